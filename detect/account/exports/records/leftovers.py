"""Files that an unfinished download left behind: no posts, and none counted twice."""

from __future__ import annotations

import re
from collections.abc import Collection

__all__ = ["is_leftover"]

_ENDINGS = re.compile(
    r"(\.(part|partial|ytdl|crdownload|opdownload|download|tmp|temp|aria2|unfinished)"
    r"|\.part-?Frag\d+|-Frag\d+|\.temp\.\w{2,5})\Z",
    re.IGNORECASE,
)
_FORMAT = re.compile(r"\.f[\w-]{1,24}(?=\.\w{2,5}\Z)")
_MERGED = ("mp4", "mkv", "webm", "mov", "m4a", "mp3", "opus", "flv")


def is_leftover(name: str, names: Collection[str]) -> bool:
    """Whether a name is that of an unfinished download, or of a part that was merged since.

    Args:
        name: Of the file.
        names: Of all files of its folder, in a collection that finds one quickly.
    """
    if _ENDINGS.search(name) or f"{name}.aria2" in names:
        return True
    match = _FORMAT.search(name)
    if match is None:
        return False
    stem = name[: match.start()]
    return any(f"{stem}.{ending}" in names for ending in _MERGED)
