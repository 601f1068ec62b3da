"""Labels in MKV and WebM: tags (RFC 9559).

The tags of a file, old ones included, are written in front of the first cluster, where every reader
looks. Padding (Void) makes room; without enough of it what follows moves, and with it the places in
the seek head, the index and the clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from detect.labelling.containers.ebml import (
    CHECK,
    VOID,
    Element,
    element,
    elements,
    size_field,
    void,
    with_check,
)
from detect.labelling.containers.pieces import Piece, damaged, without
from detect.provenance.carriers.source import Source

__all__ = ["label_matroska"]

MAX_TAGS = 16 * 2**20
MAX_INDEX = 64 * 2**20
ROUNDS = 8
_SEGMENT, _SEEK_HEAD, _SEEK = 0x18538067, 0x114D9B74, 0x4DBB
_SEEK_ID, _SEEK_POSITION = 0x53AB, 0x53AC
_TAGS, _TAG, _TARGETS, _SIMPLE = 0x1254C367, 0x7373, 0x63C0, 0x67C8
_NAME, _STRING = 0x45A3, 0x4487
_CLUSTER, _CUES, _POSITION = 0x1F43B675, 0x1C53BB6B, 0xA7
_CUE_POINT, _CUE_TRACK, _CUE_PLACE = 0xBB, 0xB7, 0xF1

Cut = tuple[int, int, bytes]
Place = Callable[[int], int]
"""Where an old place in the segment has gone."""


def label_matroska(file: Source, tags: Mapping[str, str]) -> list[Piece]:
    """Adds a tag to the segment; a simple tag of the same name is replaced."""
    top = next((e for e in elements(file, 0, file.size) if e.id == _SEGMENT), None)
    if top is None:
        raise damaged("it has no segment")
    parts = list(elements(file, top.body, top.end))
    old = [e for e in parts if e.id == _TAGS]
    new = element(_TAGS, with_check(_merged(file, old, tags)))
    first = next((e.start for e in parts if e.id == _CLUSTER), top.end)
    front = next((e for e in old if e.start < first), None)
    start, end = (front.start, front.end) if front else (first, first)
    end = _behind_padding(parts, end)
    fixed = [_fitted(start, end, new)]
    fixed += [(e.start, e.end, void(e.end - e.start)) for e in old if e is not front]
    cuts = _settled(file, top, parts, fixed)
    if not top.open:
        growth = sum(len(new) - (stop - at) for at, stop, new in cuts)
        width = top.body - top.start - 4
        cuts.append((top.start + 4, top.body, size_field(top.end - top.body + growth, width)))
    return without(file.size, *cuts)


def _behind_padding(parts: list[Element], end: int) -> int:
    for part in parts:
        if part.start == end and part.id == VOID:
            end = part.end
    return end


def _fitted(start: int, end: int, new: bytes) -> Cut:
    """A replacement that fills its room exactly, where it fits."""
    spare = end - start - len(new)
    return (start, end, new + void(spare)) if spare == 0 or spare >= 2 else (start, end, new)


def _settled(file: Source, top: Element, parts: list[Element], fixed: list[Cut]) -> list[Cut]:
    """All cuts, once the places in seek head and index agree with the sizes of both."""
    heads = [e for e in parts if e.id == _SEEK_HEAD]
    index = [e for e in parts if e.id == _CUES]
    cuts = list(fixed)
    for _ in range(ROUNDS):

        def place(old: int, cuts: list[Cut] = cuts) -> int:
            """What is inserted at a place goes in front of what was there."""
            at = top.body + old
            return old + sum(len(new) - (end - start) for start, end, new in cuts if end <= at)

        inserted = fixed[0][0] == fixed[0][1]
        tags_at = place(fixed[0][0] - top.body) - (len(fixed[0][2]) if inserted else 0)
        new = list(fixed)
        for head in heads:
            end = head.end if fixed[0][0] == head.end else _behind_padding(parts, head.end)
            new.append(_fitted(head.start, end, _seek_head(file, head, place, tags_at)))
        if any(len(changed) != end - start for start, end, changed in new):
            new += [(e.start, e.end, _index(file, e, place)) for e in index]
            new += _cluster_places(file, parts, place)
        if new == cuts:
            return cuts
        cuts = new
    raise damaged("its index does not settle")


def _merged(file: Source, old: list[Element], tags: Mapping[str, str]) -> bytes:
    """The content of the old tags, without simple tags that are written anew, and the new tag."""
    content = b""
    for part in old:
        if part.end - part.start > MAX_TAGS:
            raise damaged("its tags are too large")
        inner = Source(file.read(part.body, part.end - part.body))
        for item in elements(inner, 0, inner.size):
            if item.id == _TAG:
                content += _without_names(inner, item, tags)
            elif item.id not in (CHECK, VOID):
                content += inner.read(item.start, item.end - item.start)
    simple = b"".join(
        element(_SIMPLE, element(_NAME, name.encode()) + element(_STRING, value.encode()))
        for name, value in tags.items()
    )
    return content + element(_TAG, element(_TARGETS, b"") + simple)


def _without_names(inner: Source, tag: Element, tags: Mapping[str, str]) -> bytes:
    kept, simple = b"", 0
    upper = {name.upper() for name in tags}
    for part in elements(inner, tag.body, tag.end):
        if part.id == _SIMPLE:
            names = [
                inner.read(e.body, e.end - e.body).decode("utf-8", "replace").upper()
                for e in elements(inner, part.body, part.end)
                if e.id == _NAME
            ]
            if upper.intersection(names):
                continue
            simple += 1
        if part.id != CHECK:
            kept += inner.read(part.start, part.end - part.start)
    return element(_TAG, kept) if simple else b""


def _seek_head(file: Source, head: Element, place: Place, tags_at: int) -> bytes:
    """The seek head with every place as it will be, and that of the tags."""
    entries: list[tuple[bytes, bytes]] = []
    for seek in elements(file, head.body, head.end):
        if seek.id == _SEEK:
            fields = {
                e.id: file.read(e.body, min(e.end - e.body, 8))
                for e in elements(file, seek.body, seek.end)
            }
            name, where = fields.get(_SEEK_ID, b""), fields.get(_SEEK_POSITION, b"")
            if int.from_bytes(name, "big") != _TAGS:
                entries.append((name, _number(place(int.from_bytes(where, "big")), len(where))))
    entries.append((_TAGS.to_bytes(4, "big"), _number(tags_at, 4)))
    body = b"".join(
        element(_SEEK, element(_SEEK_ID, name) + element(_SEEK_POSITION, where))
        for name, where in entries
    )
    return element(_SEEK_HEAD, with_check(body) if _checked(file, head) else body)


def _index(file: Source, cues: Element, place: Place) -> bytes:
    """The index with every cluster where it will be."""
    if cues.end - cues.start > MAX_INDEX:
        raise damaged("its index is too large")
    inner = Source(file.read(cues.body, cues.end - cues.body))
    body = _mapped(inner, 0, inner.size, (_CUE_POINT, _CUE_TRACK, _CUE_PLACE), place)
    return element(_CUES, with_check(body) if _checked(file, cues) else body)


def _mapped(file: Source, at: int, end: int, path: tuple[int, ...], place: Place) -> bytes:
    out = []
    for part in elements(file, at, end):
        if part.id == path[0] and len(path) == 1:
            old = file.read(part.body, min(part.end - part.body, 8))
            out.append(element(part.id, _number(place(int.from_bytes(old, "big")), len(old))))
        elif part.id == path[0]:
            out.append(element(part.id, _mapped(file, part.body, part.end, path[1:], place)))
        elif part.id != CHECK:
            out.append(file.read(part.start, part.end - part.start))
    return b"".join(out)


def _cluster_places(file: Source, parts: list[Element], place: Place) -> list[Cut]:
    """A cluster may repeat its own place; it is corrected where it fits."""
    cuts = []
    for cluster in parts:
        if cluster.id != _CLUSTER or cluster.open:
            continue
        at = cluster.body
        for _ in range(4):  # time, place and size of the previous one stand first
            part = next(elements(file, at, cluster.end), None)
            if part is None or part.end - part.start > 16:
                break
            if part.id == _POSITION:
                old = file.read(part.body, part.end - part.body)
                new = _number(place(int.from_bytes(old, "big")), len(old))
                if len(new) == len(old):
                    cuts.append((part.body, part.end, new))
            at = part.end
    return cuts


def _checked(file: Source, part: Element) -> bool:
    first = next(elements(file, part.body, part.end), None)
    return first is not None and first.id == CHECK


def _number(value: int, width: int) -> bytes:
    return value.to_bytes(max(width, (value.bit_length() + 7) // 8), "big")
