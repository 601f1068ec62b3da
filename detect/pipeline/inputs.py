"""Which inputs to scan: files, folders, lists, standard input."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from detect.core.errors import ConfigurationError

__all__ = ["read_list", "walk"]


def walk(folder: str | bytes | os.PathLike[str]) -> Iterator[bytes]:
    """Everything in a folder and below that is not itself a folder, in a fixed order.

    Links to folders are not followed, so that a loop ends and nothing outside the tree is walked
    into; links to files, sockets and pipes are yielded and become records with a status.

    Args:
        folder: Where to start.

    Yields:
        Exact paths, as bytes.

    Raises:
        ConfigurationError: `folder` itself cannot be listed.
    """
    start = os.fsencode(folder)
    stack = [start]
    while stack:
        here = stack.pop()
        try:
            with os.scandir(here) as entries:
                found = sorted((e.name, e.is_dir(follow_symlinks=False)) for e in entries)
        except OSError as error:
            if here == start:
                name = os.fsdecode(here).encode("utf-8", "backslashreplace").decode()
                raise ConfigurationError(f"{name}: {error.strerror}") from None
            yield here
            continue
        stack += [os.path.join(here, name) for name, is_folder in reversed(found) if is_folder]
        yield from (os.path.join(here, name) for name, is_folder in found if not is_folder)


def read_list(stream: BinaryIO) -> Iterator[bytes]:
    """Paths from a list: one a line, or separated by NUL when the first chunk holds one.

    Empty lines are skipped; nothing is stripped but the line end, since names may hold spaces.
    """
    separator, rest = b"", b""
    while chunk := stream.read(65536):
        rest += chunk
        separator = separator or (b"\0" if b"\0" in chunk else b"\n")
        *whole, rest = rest.split(separator)
        yield from (w for w in map(_line, whole) if w)
    if line := _line(rest):
        yield line


def _line(raw: bytes) -> bytes:
    return raw.removesuffix(b"\n").removesuffix(b"\r")
