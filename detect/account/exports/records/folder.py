"""The files of an export: found once, listed by folder, never outside of it."""

from __future__ import annotations

import bisect
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from detect.account.exports.records.post import MediaRef, Problem

__all__ = ["Folder", "inside", "is_sidecar", "walk_folders"]

TABLES = (".csv", ".tsv", ".xlsx", ".db", ".sqlite", ".sqlite3")
SIDECARS = (".json", ".json.xz", ".jsonl", ".ndjson", *TABLES)
MOST_MEDIA = 200
"""Files of one post; platforms allow some dozens at most."""

IMAGES = frozenset(("jpg", "jpeg", "png", "webp", "gif", "heic", "avif", "bmp", "tif", "tiff"))
VIDEOS = frozenset(("mp4", "webm", "mkv", "mov", "m4v", "avi", "flv", "ts", "3gp"))
SOUNDS = frozenset(("mp3", "m4a", "aac", "ogg", "opus", "wav", "flac"))


def is_sidecar(name: str) -> bool:
    """Whether a name is that of a file that may hold metadata; its content decides."""
    return name.lower().endswith(SIDECARS)


def extension(name: str) -> str:
    """The extension in lower case, without the dot."""
    return os.path.splitext(name)[1][1:].lower()


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of an export.

    Attributes:
        root: The export, resolved.
        path: The folder relative to it, empty for the export itself.
        names: Names of the files in it, sorted; links that lead out of the export are left out.
    """

    root: str
    path: str
    names: tuple[str, ...]

    def relative(self, name: str) -> str:
        """A file of this folder, relative to the export."""
        return os.path.join(self.path, name)

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        place = bisect.bisect_left(self.names, name)
        return place < len(self.names) and self.names[place] == name

    def starting(self, prefix: str) -> Iterator[str]:
        """Names that start with `prefix`, in order."""
        for name in self.names[bisect.bisect_left(self.names, prefix) :]:
            if not name.startswith(prefix):
                return
            yield name

    def with_stem(self, stem: str, *, numbered: bool = False) -> tuple[MediaRef, ...]:
        """The media files `stem.*`, and `stem_1.*`, `stem_2.*` ... when `numbered`, in order.

        A picture beside a video of the same stem is the platform's thumbnail of it.
        """
        pattern = re.compile(r"(?:_(\d{1,4}))?(?:\.f[\w-]{1,24})?\.(\w{2,5})\Z")
        found: list[tuple[int, str]] = []
        for name in self.starting(stem):
            match = pattern.fullmatch(name[len(stem) :])
            if match is None or (match[1] and not numbered):
                continue
            if match[2].lower() in IMAGES | VIDEOS | SOUNDS:
                found.append((int(match[1] or 0), name))
        found.sort()
        moving = {number for number, name in found if extension(name) in VIDEOS}
        return tuple(
            MediaRef(
                self.relative(name),
                "thumbnail" if number in moving and extension(name) in IMAGES else "media",
            )
            for number, name in found[:MOST_MEDIA]
        )


def inside(root: str, folder: str, name: str) -> str | None:
    """A path that a sidecar names, relative to the export, if it lies within and is a file.

    Args:
        root: The export, resolved.
        folder: Folder of the sidecar, relative to the export.
        name: What the sidecar says: relative to its folder or to the export.

    Returns:
        The path relative to the export; None when it is absolute, leads out (also by a link), or is
        no regular file.
    """
    if not name or "\0" in name or os.path.isabs(name) or len(name) > 4096:
        return None
    for start in dict.fromkeys((folder, "")):
        relative = os.path.normpath(os.path.join(start, name))
        if relative == ".." or relative.startswith(".." + os.sep) or os.path.isabs(relative):
            continue
        if _is_file_within(root, os.path.join(root, relative)):
            return relative
    return None


def _is_file_within(root: str, path: str) -> bool:
    try:
        real = os.path.realpath(path)
        if os.path.commonpath((root, real)) != root:
            return False
        return stat.S_ISREG(os.stat(real).st_mode)
    except (OSError, ValueError):
        return False


def walk_folders(root: str) -> Iterator[Folder | Problem]:
    """Every folder of an export in a fixed order; links to folders are not followed.

    Hidden files and folders are left out.
    """
    stack = [""]
    while stack:
        here = stack.pop()
        names: list[str] = []
        below: list[str] = []
        try:
            with os.scandir(os.path.join(root, here)) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        below.append(entry.name)
                    elif entry.is_symlink():
                        if _is_file_within(root, entry.path):
                            names.append(entry.name)
                        else:
                            yield Problem(
                                os.path.join(here, entry.name),
                                "a link that leads out of the export, or nowhere",
                            )
                    elif entry.is_file(follow_symlinks=False):
                        names.append(entry.name)
        except OSError as error:
            yield Problem(here or ".", f"the folder cannot be listed: {error.strerror}")
            continue
        stack += [os.path.join(here, name) for name in sorted(below, reverse=True)]
        yield Folder(root, here, tuple(sorted(names)))
