"""Absolute file offsets inside ISO media boxes, moved when something in front of them grows."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from detect.labelling.containers.pieces import damaged

__all__ = ["Overflow", "boxed", "children", "shift_fragment", "shift_index", "shift_movie"]

MAX_CHILDREN = 65_536


class Overflow(Exception):
    """A 32-bit offset would pass 4 GiB."""


def boxed(kind: bytes, body: bytes) -> bytes:
    """A box with a 32-bit size."""
    return struct.pack(">I", len(body) + 8) + kind + body


def children(
    data: bytes | bytearray, start: int = 0, end: int | None = None
) -> Iterator[tuple[bytes, int, int, int]]:
    """Kind, start, start of the body and end of each box in a stretch of bytes.

    A rest too short for a box (QuickTime ends some lists with four zero bytes) is left out.
    """
    at, end = start, len(data) if end is None else end
    for _ in range(MAX_CHILDREN):
        if at + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and at + 16 <= end:
            size, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end:
            raise damaged("its boxes overlap")
        yield kind, at, at + head, at + size
        at += size
    raise damaged("it has too many boxes")


def shift_movie(movie: bytes, threshold: int, delta: int) -> bytes:
    """Chunk offsets (`stco`, `co64`) and `saio` of a movie box's body.

    Args:
        movie: The body.
        threshold: Only places at or behind this one move.
        delta: By how many bytes.

    Raises:
        Overflow: A 32-bit offset would pass 4 GiB.
    """
    out = bytearray(movie)
    for track, _, body, end in children(movie):
        if track == b"trak":
            _shift_tables(out, (b"mdia", b"minf", b"stbl"), body, end, threshold, delta)
    return bytes(out)


def _shift_tables(
    out: bytearray, path: tuple[bytes, ...], start: int, end: int, threshold: int, delta: int
) -> None:
    for kind, _, body, stop in list(children(out, start, end)):
        if path and kind == path[0]:
            _shift_tables(out, path[1:], body, stop, threshold, delta)
        elif not path and kind in (b"stco", b"co64", b"saio"):
            wide = kind == b"co64" or (kind == b"saio" and out[body] == 1)
            skip = 8 if kind == b"saio" and out[body + 3] & 1 else 0
            _shift_list(out, body + 4 + skip, stop, wide, threshold, delta)


def _shift_list(out: bytearray, at: int, stop: int, wide: bool, threshold: int, delta: int) -> None:
    if at + 4 > stop:
        raise damaged("a table of offsets is cut short")
    count = struct.unpack_from(">I", out, at)[0]
    form, width = ("Q", 8) if wide else ("I", 4)
    if at + 4 + count * width > stop:
        raise damaged("a table of offsets is cut short")
    places = struct.unpack_from(f">{count}{form}", out, at + 4)
    moved = [place + delta if place >= threshold else place for place in places]
    if moved and (max(moved) >= 2 ** (8 * width) or min(moved) < 0):
        raise Overflow
    struct.pack_into(f">{count}{form}", out, at + 4, *moved)


def shift_fragment(fragment: bytes, threshold: int, delta: int) -> bytes:
    """Base data offsets (`tfhd`) of a fragment header's body."""
    out = bytearray(fragment)
    for kind, _, body, end in children(fragment):
        if kind != b"traf":
            continue
        for inner, _, at, stop in children(fragment, body, end):
            if inner == b"tfhd" and stop - at >= 16 and out[at + 3] & 1:
                place = struct.unpack_from(">Q", out, at + 8)[0]
                if place >= threshold:
                    struct.pack_into(">Q", out, at + 8, place + delta)
    return bytes(out)


def shift_index(index: bytes, threshold: int, delta: int) -> bytes:
    """Fragment places (`tfra`) of an `mfra` body."""
    out = bytearray(index)
    for kind, _, at, end in children(index):
        if kind != b"tfra" or end - at < 16:
            continue
        wide = out[at] == 1
        extra = 3 + sum(out[at + 11] >> shift & 3 for shift in (4, 2, 0))
        form, width = (">Q", 8) if wide else (">I", 4)
        count = struct.unpack_from(">I", out, at + 12)[0]
        if at + 16 + count * (2 * width + extra) > end:
            raise damaged("its index of fragments is cut short")
        for number in range(count):
            where = at + 16 + number * (2 * width + extra) + width
            place = struct.unpack_from(form, out, where)[0]
            if place >= threshold:
                if place + delta >= 2 ** (8 * width):
                    raise Overflow
                struct.pack_into(form, out, where, place + delta)
    return bytes(out)
