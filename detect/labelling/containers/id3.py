"""Labels in MP3 and AAC: TXXX frames of an ID3 tag (ID3v2.2 to 2.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from detect.labelling.containers.pieces import Piece, Slice, damaged, without
from detect.media.sniff import synchsafe
from detect.provenance.carriers.source import Source

__all__ = ["label_id3"]

MAX_TAG = 64 * 2**20
_UNSYNCHRONISED, _EXTENDED, _EXPERIMENTAL, _FOOTER = 0x80, 0x40, 0x20, 0x10


def label_id3(file: Source, tags: Mapping[str, str]) -> list[Piece]:
    """Adds frames behind the last one; padding is used where there is enough."""
    head = file.read(0, 10)
    if not head.startswith(b"ID3"):
        body = b"".join(_frame(4, name, value) for name, value in tags.items())
        return [b"ID3\x04\x00\x00" + _safe(len(body)) + body, Slice(0, file.size)]
    version, flags = head[3], head[5]
    size = synchsafe(head[6:])
    if version not in (2, 3, 4) or (version == 2 and flags & _EXTENDED) or size > MAX_TAG:
        raise damaged("its ID3 tag is of an unknown kind")
    if 10 + size > file.size:
        raise damaged("its ID3 tag is cut short")
    if version < 4 and flags & _UNSYNCHRONISED:
        return [_plain(file.read(0, 10 + size), tags), Slice(10 + size, file.size)]
    start, end = 10 + _extended(file, version, flags), 10 + size
    last, cuts = start, []
    for name, at, stop in _frames(file, version, start, end):
        if name in tags:
            cuts.append((at, stop, b""))
        last = stop
    frames = b"".join(_frame(version, name, value) for name, value in tags.items())
    room = sum(stop - at for at, stop, _ in cuts) + (0 if flags & _FOOTER else end - last)
    if len(frames) <= room and not flags & _FOOTER:
        return without(file.size, *cuts, (last, end, frames + bytes(room - len(frames))))
    grown = size + len(frames) - sum(stop - at for at, stop, _ in cuts)
    cuts.append((last, last, frames))
    if flags & _FOOTER:
        cuts.append((end + 6, end + 10, _safe(grown)))
    return without(file.size, (6, 10, _safe(grown)), *cuts)


def _plain(tag: bytes, tags: Mapping[str, str]) -> bytes:
    """A whole tag with the labels and without unsynchronisation.

    Before version 2.4 it goes over the whole tag, and sizes are those before it (ID3v2.3, 5).
    """
    body = tag[10:].replace(b"\xff\x00", b"\xff")
    plain = tag[:5] + bytes([tag[5] & ~_UNSYNCHRONISED]) + _safe(len(body)) + body
    pieces = label_id3(Source(plain), tags)
    return b"".join(p if isinstance(p, bytes) else plain[p.start : p.end] for p in pieces)


def _extended(file: Source, version: int, flags: int) -> int:
    """Bytes of the extended header; one with a checksum is not changed."""
    if version == 2 or not flags & _EXTENDED:
        return 0
    head = file.read(10, 10)
    if version == 3:
        if head[4] & 0x80:
            raise damaged("its ID3 tag has a checksum")
        return 4 + int.from_bytes(head[:4], "big")
    if head[5] & 0x20:
        raise damaged("its ID3 tag has a checksum")
    return synchsafe(head[:4])


def _frames(file: Source, version: int, at: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Description (of TXXX frames, else empty), start and end of each frame."""
    width, header = (3, 6) if version == 2 else (4, 10)
    while at + header <= end:
        head = file.read(at, header)
        if not head[0]:
            return
        size = head[width : 2 * width]
        length = synchsafe(size) if version == 4 else int.from_bytes(size, "big")
        stop = at + header + length
        if stop > end:
            raise damaged("its ID3 tag is cut short")
        name = ""
        if head[:width] in (b"TXXX", b"TXX"):
            body = file.read(at + header, min(length, 200))
            code = {1: "utf-16", 2: "utf-16-be", 3: "utf-8"}.get(body[0] if body else 0, "latin-1")
            name = body[1:].decode(code, "replace").partition("\x00")[0]
        yield name, at, stop
        at = stop


def _frame(version: int, name: str, value: str) -> bytes:
    """Latin-1 is enough for what is written here, and needs no unsynchronisation."""
    body = b"\x00" + name.encode("latin-1") + b"\x00" + value.encode("latin-1")
    if version == 2:
        return b"TXX" + len(body).to_bytes(3, "big") + body
    size = _safe(len(body)) if version == 4 else len(body).to_bytes(4, "big")
    return b"TXXX" + size + b"\x00\x00" + body


def _safe(size: int) -> bytes:
    if size >= 2**28:
        raise damaged("its ID3 tag is full")
    return bytes(size >> 7 * place & 127 for place in (3, 2, 1, 0))
