"""Which inputs to scan: files, folders, lists, standard input."""

from __future__ import annotations

import codecs
import itertools
import os
from collections.abc import Iterator
from typing import BinaryIO

from detect.core.errors import ConfigurationError
from detect.core.text import unified

__all__ = ["printable", "read_list", "walk"]


LONGEST_LIST = 2**30
"""Bytes of a list in UTF-16, which is held in memory."""


def walk(folder: str | os.PathLike[str]) -> Iterator[str]:
    """Everything in a folder and below that is not itself a folder, in a fixed order.

    Links to folders are not followed, so that a loop ends and nothing outside the tree is walked
    into; links to files, sockets and pipes are yielded and become records with a status.

    Args:
        folder: Where to start.

    Yields:
        Paths as the `os` module decodes them (`os.fsencode` gives back the exact bytes).

    Raises:
        ConfigurationError: `folder` itself cannot be listed.
    """
    start = os.fspath(folder)
    stack = [start]
    while stack:
        here = stack.pop()
        try:
            with os.scandir(here) as entries:
                found = sorted((e.name, e.is_dir(follow_symlinks=False)) for e in entries)
        except OSError as error:
            if here == start:
                raise ConfigurationError(f"{printable(here)}: {error.strerror}") from None
            yield here
            continue
        stack += [os.path.join(here, name) for name, is_folder in reversed(found) if is_folder]
        yield from (os.path.join(here, name) for name, is_folder in found if not is_folder)


def read_list(stream: BinaryIO) -> Iterator[str]:
    """Paths from a list: one a line, or separated by NUL when the first chunk holds one.

    Empty lines are skipped; nothing is stripped but the line end, since names may hold spaces. A
    list may start with a byte-order mark; one in UTF-16 (Windows) is read as a whole.

    Raises:
        ConfigurationError: It starts like UTF-16 and is not.
    """
    separator, rest = b"", b""
    first = stream.read(65536)
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        first += stream.read(LONGEST_LIST)
    try:
        chunks: Iterator[bytes] = iter((unified(first),))
    except ValueError as error:
        raise ConfigurationError(
            f"the list of files is not the UTF-16 it claims: {error}"
        ) from None
    for chunk in itertools.chain(chunks, iter(lambda: stream.read(65536), b"")):
        rest += chunk
        separator = separator or (b"\0" if b"\0" in chunk else b"\n")
        *whole, rest = rest.split(separator)
        yield from (os.fsdecode(w) for w in map(_line, whole) if w)
    if line := _line(rest):
        yield os.fsdecode(line)


def printable(path: str) -> str:
    """A path for a message: valid Unicode, control characters escaped."""
    safe = path.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in safe)


def _line(raw: bytes) -> bytes:
    return raw.removesuffix(b"\n").removesuffix(b"\r")
