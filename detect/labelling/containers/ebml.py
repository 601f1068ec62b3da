"""Elements of EBML, the binary form of Matroska (RFC 8794)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from detect.labelling.containers.pieces import damaged
from detect.provenance.carriers.source import Source

__all__ = ["CHECK", "VOID", "Element", "element", "elements", "size_field", "void", "with_check"]

MAX_ELEMENTS = 500_000
VOID, CHECK = 0xEC, 0xBF


class Element(NamedTuple):
    """Where an element lies.

    Attributes:
        id: Its number, with the marker bits.
        start: First byte.
        body: First byte of its content.
        end: One past the last; the end of the level when the size is not stated.
        open: The size is not stated.
    """

    id: int
    start: int
    body: int
    end: int
    open: bool


def elements(file: Source, at: int, end: int) -> Iterator[Element]:
    """Elements of one level; the search ends at an element of unknown size."""
    for _ in range(MAX_ELEMENTS):
        if at >= end:
            return
        head = file.read(at, 12)
        width = 9 - head[0].bit_length() if head and head[0] else 9
        if width > 4 or len(head) < width + 1:
            raise damaged("its elements are cut short")
        size_width = 9 - head[width].bit_length() if head[width] else 9
        if size_width > 8 or len(head) < width + size_width:
            raise damaged("its elements are cut short")
        value = int.from_bytes(head[width : width + size_width], "big") & (1 << 7 * size_width) - 1
        unknown = value == (1 << 7 * size_width) - 1
        body = at + width + size_width
        stop = end if unknown else body + value
        if stop > end:
            raise damaged("its elements are cut short")
        yield Element(int.from_bytes(head[:width], "big"), at, body, stop, unknown)
        at = stop
    raise damaged("it has too many elements")


def size_field(value: int, width: int = 0) -> bytes:
    """A size; in as few bytes as possible unless `width` is given."""
    width = width or next(w for w in range(1, 9) if value < (1 << 7 * w) - 1)
    if value >= (1 << 7 * width) - 1:
        raise damaged("its size field is too narrow")
    return (value | 1 << 7 * width).to_bytes(width, "big")


def element(kind: int, body: bytes) -> bytes:
    """A whole element."""
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + size_field(len(body)) + body


def with_check(body: bytes) -> bytes:
    """Content with its checksum in front."""
    return element(CHECK, zlib.crc32(body).to_bytes(4, "little")) + body


def void(size: int) -> bytes:
    """Padding of exactly `size` bytes (none, or two or more)."""
    if size == 0:
        return b""
    width = 1 if size - 2 < 126 else 8
    return bytes([VOID]) + size_field(size - 1 - width, width) + bytes(size - 1 - width)
