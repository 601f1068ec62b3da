"""Labels in MP4, MOV, M4A and 3GP: keys in `moov` (ISO/IEC 14496-12, QuickTime File Format).

The movie box is rebuilt in memory; sound and pictures are copied. Where the movie box grows in
front of them, chunk offsets grow with it, or the box moves to the end.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from detect.labelling.containers.chunk_offsets import (
    Overflow,
    boxed,
    shift_fragment,
    shift_index,
    shift_movie,
)
from detect.labelling.containers.metadata_keys import with_keys
from detect.labelling.containers.pieces import Piece, damaged, without
from detect.provenance.carriers.source import Source

__all__ = ["label_boxes"]

MAX_BOXES = 200_000
MAX_MOVIE = 128 * 2**20
MAX_FRAGMENT = 16 * 2**20


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    body: int
    end: int
    open: bool


def label_boxes(file: Source, tags: Mapping[str, str]) -> list[Piece]:
    """Keys and values in `moov/udta/meta`, or in `moov/meta` where that place is taken."""
    boxes = list(_boxes(file))
    movies = [box for box in boxes if box.kind == b"moov"]
    if len(movies) != 1:
        raise damaged("it has no movie box" if not movies else "it has several movie boxes")
    movie = movies[0]
    if movie.end - movie.start > MAX_MOVIE:
        raise damaged("its movie box is too large")
    body = with_keys(file.read(movie.body, movie.end - movie.body), tags)
    delta = len(body) + 8 - (movie.end - movie.start)
    after = next((box for box in boxes if box.start == movie.end), None)
    if after is None:  # nothing follows
        return without(file.size, (movie.start, movie.end, boxed(b"moov", body)))
    if after.kind in (b"free", b"skip"):
        spare = after.end - after.start - delta
        if spare == 0 or 8 <= spare < 2**20:
            padding = boxed(b"free", bytes(spare - 8)) if spare else b""
            return without(file.size, (movie.start, after.end, boxed(b"moov", body) + padding))
    try:
        return _shifted(file, boxes, movie, body, delta)
    except Overflow:
        return _moved_to_end(file, boxes, movie, body)


def _shifted(file: Source, boxes: list[_Box], movie: _Box, body: bytes, delta: int) -> list[Piece]:
    """The movie box grows where it is; every absolute place behind it moves."""
    if any(b.kind == b"meta" and b"iloc" in file.read(b.body, 2**20) for b in boxes):
        raise damaged("it holds picture items beside the film")
    cuts = [(movie.start, movie.end, boxed(b"moov", shift_movie(body, movie.end, delta)))]
    for box in boxes:
        if box.kind not in (b"moof", b"mfra") or box.start < movie.end:
            continue
        if box.end - box.start > MAX_FRAGMENT:
            raise damaged("a fragment header of it is too large")
        old = file.read(box.body, box.end - box.body)
        shift = shift_fragment if box.kind == b"moof" else shift_index
        if (new := shift(old, movie.end, delta)) != old:
            cuts.append((box.body, box.end, new))
    return without(file.size, *cuts)


def _moved_to_end(file: Source, boxes: list[_Box], movie: _Box, body: bytes) -> list[Piece]:
    """32-bit offsets would overflow: the movie box goes behind the sound and pictures."""
    if any(box.kind in (b"moof", b"mfra") for box in boxes) or boxes[-1].open:
        raise damaged("its offsets would overflow")
    freed = struct.pack(">I", movie.end - movie.start) + b"free"
    if movie.body - movie.start != 8:
        raise damaged("its movie box has a 64-bit size")
    return [*without(file.size, (movie.start, movie.start + 8, freed)), boxed(b"moov", body)]


def _boxes(file: Source) -> Iterator[_Box]:
    at = 0
    for _ in range(MAX_BOXES):
        head = file.read(at, 16)
        if len(head) < 8:
            return
        size, kind = struct.unpack(">I4s", head[:8])
        start, is_open = 8, size == 0
        if size == 1 and len(head) == 16:
            size, start = struct.unpack(">Q", head[8:])[0], 16
        elif is_open:
            size = file.size - at
        if size < start or at + size > file.size:
            raise damaged("its boxes are cut short")
        yield _Box(kind, at, at + start, at + size, is_open)
        at += size
    raise damaged("it has too many boxes")
