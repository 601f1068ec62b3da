"""Opening a file that nobody vouches for, and showing its name safely."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import unicodedata
from typing import BinaryIO

from detect.core.media import Media, Status

__all__ = ["MediaError", "display_name", "open_source", "sha256_of"]

JOINERS = "\u200c\u200d"
"""Invisible characters that emoji and several scripts need; every other one is escaped."""

_NOT_REGULAR = (
    (stat.S_ISDIR, "a folder; scan it with -r"),
    (stat.S_ISFIFO, "a named pipe; copy what it delivers into a file first"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


class MediaError(Exception):
    """Why a file cannot be examined; it becomes a record, it never ends a run.

    Attributes:
        status: The record's status.
        media: What was found out before the trouble, or None.
    """

    def __init__(self, status: Status, reason: str, media: Media | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.media = media


def open_source(path: bytes | str, *, max_bytes: int = 2**62) -> BinaryIO:
    """Opens a regular file, and nothing else, without ever waiting for it.

    The check is made on the opened descriptor, so that nothing can be swapped in between; pipes
    and devices do not block, because the descriptor is opened non-blocking.

    Args:
        path: The file; links are followed.
        max_bytes: Largest size that is accepted.

    Returns:
        The file, unbuffered, at its start.

    Raises:
        MediaError: `missing`, `denied`, `not-regular`, `too-large`, or `unreadable` when empty.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    try:
        descriptor = os.open(path, flags)
    except ValueError:
        raise MediaError("missing", "no file can have a NUL in its name") from None
    except OSError as error:
        raise MediaError(_status_of(error), f"cannot be opened: {error.strerror}") from None
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            what = next((w for is_a, w in _NOT_REGULAR if is_a(facts.st_mode)), "something else")
            raise MediaError("not-regular", f"not a file but {what}")
        if facts.st_size == 0:
            raise MediaError("unreadable", "the file is empty")
        if facts.st_size > max_bytes:
            reason = f"{facts.st_size} bytes, more than max_bytes = {max_bytes}"
            raise MediaError("too-large", reason)
        return open(descriptor, "rb", buffering=0)
    except BaseException:
        os.close(descriptor)
        raise


def sha256_of(file: BinaryIO) -> str:
    """Hexadecimal SHA-256 of a file from its current position to its end, read in pieces.

    Raises:
        MediaError: `unreadable`, when the disk or the network under it fails.
    """
    digest = hashlib.sha256()
    try:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    except OSError as error:
        raise MediaError("unreadable", f"reading failed: {error.strerror}") from None
    return digest.hexdigest()


def display_name(path: bytes) -> tuple[str, str | None]:
    """A file name as it can be shown and stored, and the exact bytes where that changed it.

    Args:
        path: The exact name, as `os.fsencode` gives it.

    Returns:
        Valid Unicode in which control characters, line breaks, invisible and direction-changing
        characters and bytes that are not UTF-8 are written out (`\\x1b`, `\\u202e`); and the bytes
        of `path` in hexadecimal, or None when nothing had to be written out.
    """
    exact = path.decode("utf-8", "surrogateescape")
    shown = "".join(c if _is_plain(c) else _written_out(c) for c in exact)
    return shown, None if shown == exact else path.hex()


def _is_plain(character: str) -> bool:
    category = unicodedata.category(character)
    return category not in ("Cc", "Cf", "Cs", "Zl", "Zp") or character in JOINERS


def _written_out(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte that is not UTF-8, as surrogateescape keeps it
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def _status_of(error: OSError) -> Status:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR | errno.ELOOP | errno.ENAMETOOLONG:
            return "missing"
        case errno.EACCES | errno.EPERM:
            return "denied"
        case errno.ENXIO | errno.ENODEV | errno.EISDIR | errno.EOPNOTSUPP:
            return "not-regular"
        case _:
            return "unreadable"
