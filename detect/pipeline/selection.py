"""Which files of folders are scanned: media by content or name, and by patterns."""

from __future__ import annotations

import fnmatch
import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from detect.media.sniff import sniff
from detect.media.source import MediaError, open_source
from detect.pipeline.inputs import walk

__all__ = ["Ahead", "Selection"]

T = TypeVar("T")

MEDIA = frozenset((
    "3gp", "aac", "aif", "aiff", "amr", "avi", "avif", "bmp", "caf", "flac", "flv", "gif",
    "heic", "heif", "j2k", "jfif", "jp2", "jpe", "jpeg", "jpg", "m4a", "m4v", "mka", "mkv",
    "mov", "mp3", "mp4", "mpeg", "mpg", "oga", "ogg", "ogv", "opus", "png", "tif", "tiff",
    "ts", "wav", "webm", "webp", "wma", "wmv",
))  # fmt: skip
"""Extensions of files that are examined even where their content is none that is known."""


class Selection:
    """Files of folders, with counts of those that were left out.

    Attributes:
        others: How many were no media, by extension, or by name where there is none.
        filtered: How many the patterns left out.

    Args:
        include: Patterns (`*.jpg`, `uploads/*`) of which one must match the name, or the path
            below the folder; all files when empty.
        exclude: Patterns of names, folders or paths that are left out.
        all_files: Take what is no medium, too.
    """

    def __init__(
        self,
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        all_files: bool = False,
    ) -> None:
        self._include, self._exclude, self._all = include, exclude, all_files
        self.others: Counter[str] = Counter()
        self.filtered = 0

    def walk(self, folder: str) -> Iterator[str]:
        """The files of a folder and below that are to be scanned, in a fixed order.

        Raises:
            ConfigurationError: It cannot be listed.
        """
        for path in walk(folder):
            if not self._wanted(os.path.relpath(path, folder)):
                self.filtered += 1
            elif self._all or _is_medium(path):
                yield path
            else:
                self.others[_sort_of(path)] += 1

    def _wanted(self, relative: str) -> bool:
        parts = [*relative.split(os.sep), relative]
        if any(fnmatch.fnmatchcase(p, pattern) for pattern in self._exclude for p in parts):
            return False
        ends = (parts[-2], relative)
        return not self._include or any(
            fnmatch.fnmatchcase(p, pattern) for pattern in self._include for p in ends
        )


class Ahead(Generic[T]):
    """An iterator that reads ahead a little with each item, so that the total is known early.

    Args:
        items: Read lazily.
        step: Items read ahead with each one that is taken; 0: none.
    """

    MOST = 100_000
    """Items that wait, at most."""

    def __init__(self, items: Iterable[T], step: int = 200) -> None:
        self._items, self._step = iter(items), step
        self._waiting: deque[T] = deque()
        self._taken = 0
        self._ended = False

    @property
    def total(self) -> int | None:
        """How many there are, None as long as that is not known."""
        return self._taken + len(self._waiting) if self._ended else None

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        room = min(self._step, self.MOST - len(self._waiting))
        self._read(max(room, 0 if self._waiting else 1))
        if not self._waiting:
            raise StopIteration
        self._taken += 1
        return self._waiting.popleft()

    def _read(self, count: int) -> None:
        for _ in range(count):
            if self._ended:
                return
            try:
                self._waiting.append(next(self._items))
            except StopIteration:
                self._ended = True


def _is_medium(path: str) -> bool:
    name = os.path.basename(path)
    if _extension(name) in MEDIA and not name.startswith("._"):
        return True
    try:
        with open_source(os.fsencode(path)) as file:
            sniff(file)
    except MediaError as error:
        empty = error.status == "unreadable" and os.path.exists(path)
        return error.status != "unsupported" and not empty
    except (OSError, ValueError):
        return True  # its record says why
    return True


def _extension(name: str) -> str:
    return os.path.splitext(name)[1][1:].lower()


def _sort_of(path: str) -> str:
    name = os.path.basename(path)
    return _extension(name) or name
