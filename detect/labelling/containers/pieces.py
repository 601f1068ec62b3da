"""A changed file as stretches of the old one and new bytes between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from detect.core.errors import LabelError

__all__ = ["Piece", "Slice", "copy_pieces", "damaged", "size_of", "without"]

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes of the old file.

    Attributes:
        start: First byte.
        end: One past the last.
    """

    start: int
    end: int


Piece = bytes | Slice
"""New bytes, or a stretch of the old file."""


def size_of(pieces: Iterable[Piece]) -> int:
    """Bytes of the changed file."""
    return sum(len(p) if isinstance(p, bytes) else p.end - p.start for p in pieces)


def without(size: int, *cuts: tuple[int, int, bytes]) -> list[Piece]:
    """The file with stretches replaced.

    Args:
        size: Bytes of the old file.
        cuts: Start, end (equal to insert) and what stands there instead.
    """
    pieces: list[Piece] = []
    at = 0
    for start, end, new in sorted(cuts, key=lambda cut: cut[:2]):
        if start < at or end < start or end > size:
            raise damaged("parts of it overlap")
        pieces += [Slice(at, start), new]
        at = end
    pieces.append(Slice(at, size))
    return [p for p in pieces if size_of([p])]


def copy_pieces(source: BinaryIO, pieces: Iterable[Piece], target: BinaryIO) -> None:
    """Writes the changed file in blocks of a megabyte.

    Raises:
        LabelError: The file became shorter meanwhile.
    """
    for piece in pieces:
        if isinstance(piece, bytes):
            target.write(piece)
            continue
        source.seek(piece.start)
        left = piece.end - piece.start
        while left:
            block = source.read(min(BLOCK, left))
            if not block:
                raise LabelError("the file was cut short while it was copied; nothing was written")
            target.write(block)
            left -= len(block)


def damaged(why: str) -> LabelError:
    """The error for a container that cannot be changed safely."""
    return LabelError(f"this file cannot be labelled without risk: {why}; export it anew first")
