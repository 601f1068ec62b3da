"""Keys and values of a movie box: `meta` with `keys` and `ilst` (QuickTime metadata)."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from detect.labelling.containers.chunk_offsets import boxed, children
from detect.labelling.containers.pieces import damaged

__all__ = ["with_keys"]

_FIRST = (b"hdlr", b"keys", b"ilst", b"free")
_HANDLER = bytes(8) + b"mdta" + bytes(13)
MAX_KEYS = 4096


def with_keys(movie: bytes, tags: Mapping[str, str]) -> bytes:
    """The body of a movie box with more keys.

    They go where keys are already; else into `udta/meta`, as TC260-PG-20257A shows it; else, where
    that holds a list of another kind (iTunes), into `meta` of the movie itself.
    """
    parts = list(children(movie))
    tail = movie[parts[-1][3] :] if parts else movie
    user = next((p for p in parts if p[0] == b"udta"), None)
    inner = _meta_in(movie, user[2], user[3]) if user else None
    own = _meta_in(movie, 0, len(movie) - len(tail))
    if own and (_has_keys(movie, own) or (inner and not _has_keys(movie, inner))):
        if not _has_keys(movie, own):
            raise damaged("both of its lists of metadata are of another kind")
        return _replaced(movie, own, _meta(movie, own, tags))
    if inner and not _has_keys(movie, inner):
        return movie[: len(movie) - len(tail)] + _new_meta(tags, full=False) + tail
    if user is None:
        udta = boxed(b"udta", _new_meta(tags))
        return movie[: len(movie) - len(tail)] + udta + tail
    if inner:
        content = _replaced(
            movie[user[2] : user[3]], _moved(inner, -user[2]), _meta(movie, inner, tags)
        )
    else:
        content = _new_meta(tags) + movie[user[2] : user[3]]
    return _replaced(movie, user, boxed(b"udta", content))


Part = tuple[bytes, int, int, int]


def _meta_in(data: bytes, start: int, end: int) -> Part | None:
    return next((p for p in children(data, start, end) if p[0] == b"meta"), None)


def _moved(part: Part, delta: int) -> Part:
    return part[0], part[1] + delta, part[2] + delta, part[3] + delta


def _replaced(data: bytes, part: Part, new: bytes) -> bytes:
    return data[: part[1]] + new + data[part[3] :]


def _content(data: bytes, meta: Part) -> int:
    """Where the children of a `meta` box start: ISO has four bytes of version in front of them."""
    return meta[2] if data[meta[2] + 4 : meta[2] + 8] in _FIRST else meta[2] + 4


def _has_keys(data: bytes, meta: Part) -> bool:
    for kind, _, body, end in children(data, _content(data, meta), meta[3]):
        if kind == b"hdlr":
            return data[body + 8 : min(body + 12, end)] == b"mdta"
    return False


def _meta(data: bytes, meta: Part, tags: Mapping[str, str]) -> bytes:
    """A `meta` box of keys with more of them; a key that is there gets the new value."""
    start = _content(data, meta)
    parts = {p[0]: p for p in children(data, start, meta[3])}
    names = _names(data, parts[b"keys"]) if b"keys" in parts else []
    items: list[tuple[int, bytes]] = []
    if b"ilst" in parts:
        for kind, at, _, end in children(data, parts[b"ilst"][2], parts[b"ilst"][3]):
            items.append((int.from_bytes(kind, "big"), data[at:end]))
    for name, value in tags.items():
        key = b"mdta" + name.encode("utf-8")
        if key not in names:
            names.append(key)
        number = names.index(key) + 1
        items = [item for item in items if item[0] != number] + [(number, _item(number, value))]
    keys = bytes(4) + struct.pack(">I", len(names))
    keys += b"".join(struct.pack(">I", len(name) + 4) + name for name in names)
    kept = b"".join(
        data[p[1] : p[3]] for kind, p in parts.items() if kind not in (b"keys", b"ilst")
    )
    listed = boxed(b"ilst", b"".join(item for _, item in items))
    return boxed(b"meta", data[meta[2] : start] + kept + boxed(b"keys", keys) + listed)


def _names(data: bytes, keys: Part) -> list[bytes]:
    """Name space and name of each key."""
    count = int.from_bytes(data[keys[2] + 4 : keys[2] + 8], "big")
    if count > MAX_KEYS:
        raise damaged("it has too many keys")
    names, at = [], keys[2] + 8
    for _ in range(count):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8 or at + size > keys[3]:
            raise damaged("its list of keys is cut short")
        names.append(data[at + 4 : at + size])
        at += size
    return names


def _new_meta(tags: Mapping[str, str], *, full: bool = True) -> bytes:
    """QuickTime's own `meta` (directly in the movie) has no version, that of ISO has one."""
    head = bytes(4) if full else b""
    empty = head + boxed(b"hdlr", _HANDLER)
    return _meta(empty, (b"meta", 0, 0, len(empty)), tags)


def _item(number: int, value: str) -> bytes:
    utf8 = struct.pack(">II", 1, 0)
    return boxed(struct.pack(">I", number), boxed(b"data", utf8 + value.encode("utf-8")))
