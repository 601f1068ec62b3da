"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from detect.core.errors import ConfigurationError
from detect.report.text import clean

__all__ = ["replacing", "write_atomic"]

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


def write_atomic(path: str | os.PathLike[str], chunks: Iterable[str | bytes]) -> None:
    """Writes text (UTF-8) or bytes to a temporary file beside `path`, syncs it and renames it.

    A device or pipe (`/dev/stdout`) is written to directly.

    Args:
        path: Where to; an existing file is replaced.
        chunks: The content in pieces.

    Raises:
        ConfigurationError: It cannot be written there; nothing is left behind, and a file that was
            there before is untouched.
    """
    target = Path(path)
    try:
        target = target.resolve()
        if _is_special(target):
            with target.open("wb") as stream:
                stream.writelines(map(_encoded, chunks))
            return
        _write_and_rename(target, chunks)
    except OSError as error:
        why = _WHY.get(error.errno or 0, error.strerror or str(error))
        name = clean(os.fspath(path), 400)
        raise ConfigurationError(f"cannot write {name}: {why}") from error


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place when the block ends without an error.

    Args:
        path: Where to; an existing file is replaced, and one that is a link is followed.

    Yields:
        The temporary file: it exists, is empty, and may be written or replaced.

    Raises:
        ConfigurationError: It cannot be written there; nothing is left behind, and a file that was
            there before is untouched.
    """
    temporary: Path | None = None
    try:
        target = Path(path).resolve()
        if _is_special(target):
            raise OSError(errno.EINVAL, "it is no regular file")
        temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        why = _WHY.get(error.errno or 0, error.strerror or str(error))
        raise ConfigurationError(f"cannot write {clean(os.fspath(path), 400)}: {why}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _is_special(target: Path) -> bool:
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return not stat.S_ISREG(mode)


def _encoded(chunk: str | bytes) -> bytes:
    return chunk.encode("utf-8") if isinstance(chunk, str) else chunk


def _write_and_rename(target: Path, chunks: Iterable[str | bytes]) -> None:
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with open(handle, "wb") as stream:
            stream.writelines(map(_encoded, chunks))
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
