"""Which inputs to scan: files, folders, lists, standard input."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from detect.core.errors import ConfigurationError

__all__ = ["printable", "read_list", "walk"]


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

    Empty lines are skipped; nothing is stripped but the line end, since names may hold spaces.
    """
    separator, rest = b"", b""
    while chunk := stream.read(65536):
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
