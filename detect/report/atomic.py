"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from detect.core.errors import ConfigurationError
from detect.report.text import clean

__all__ = ["write_atomic"]

_WHY = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "no permission to write there",
    errno.EPERM: "no permission to write there",
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "the folder is a file",
    errno.EISDIR: "it is a folder",
}


def write_atomic(path: str | os.PathLike[str], chunks: Iterable[str]) -> None:
    """Writes text (UTF-8) to a temporary file beside `path`, syncs it and renames it.

    A device or pipe (`/dev/stdout`) is written to directly.

    Args:
        path: Where to; an existing file is replaced.
        chunks: The text in pieces.

    Raises:
        ConfigurationError: It cannot be written there; nothing is left behind, and a file that was
            there before is untouched.
    """
    target = Path(path)
    try:
        target = target.resolve()
        if _is_special(target):
            with target.open("w", encoding="utf-8") as stream:
                stream.writelines(chunks)
            return
        _write_and_rename(target, chunks)
    except OSError as error:
        why = _WHY.get(error.errno or 0, error.strerror or str(error))
        name = clean(os.fspath(path), 400)
        raise ConfigurationError(f"cannot write {name}: {why}") from error


def _is_special(target: Path) -> bool:
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return not stat.S_ISREG(mode)


def _write_and_rename(target: Path, chunks: Iterable[str]) -> None:
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with open(handle, "w", encoding="utf-8") as stream:
            stream.writelines(chunks)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
