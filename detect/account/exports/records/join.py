"""Records that do not lie beside their files: joined by the names and ids that they state."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from detect.account.exports.records.folder import (
    IMAGES,
    MOST_MEDIA,
    SOUNDS,
    VIDEOS,
    extension,
)
from detect.account.exports.records.post import MediaRef, Post
from detect.account.exports.records.values import first, text

__all__ = ["FileIndex", "Pending", "pending"]

_NAMES = ("_filename", "filename", "filepath", "file", "path", "local_path")
_IDS = ("media_id", "display_id", "bvid", "aid", "post_shortcode", "shortcode", "post_id", "id")
_SHORTEST_ID = 6
"""Shorter ids are joined by a whole name only: `12` stands in many names."""
_NUMBER = re.compile(r"[_\-. ](?:\d{1,3})\Z")
_FORMAT = re.compile(r"\.f[\w-]{1,24}\Z")


@dataclass(frozen=True, slots=True)
class Pending:
    """A post whose files are still to be found.

    Attributes:
        post: Without files.
        names: Names of its files, exact ones first.
        ids: Ids that may stand in their names, the file's own first.
        optional: Left out when no file is found: an entry of a list, without details.
    """

    post: Post
    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    optional: bool = False


def pending(post: Post, document: Mapping[str, Any], sidecar: str | None = None) -> Pending:
    """The names and ids that a record states of its files.

    Args:
        post: Read from the record, without files.
        document: The record.
        sidecar: Name of its file where it holds this record alone: `IMG.jpg.json` names `IMG.jpg`.
    """
    names = [text(first(document, key), 4096) for key in _NAMES]
    ending = text(first(document, "extension", "ext"), 10)
    names += [f"{name}.{ending}" for name in names[:] if name and ending]
    if sidecar is not None:
        names.append(sidecar.removesuffix(".xz").removesuffix(".json").removesuffix(".info"))
    ids = [text(first(document, key), 200) for key in _IDS]
    plain = [os.path.basename(name.replace("\\", "/")) for name in names if name]
    return Pending(
        post,
        tuple(dict.fromkeys(n for n in plain if n)),
        tuple(dict.fromkeys(i for i in (*ids, post.id) if i)),
        optional=document.get("_type") in ("url", "url_transparent"),
    )


class FileIndex:
    """Media files that no record beside them speaks of, by name and by what stands in the name."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._named: dict[str, list[str]] = {}
        self._parts: dict[str, list[str]] = {}
        self.claimed: set[str] = set()
        for path in paths:
            if extension(path) not in IMAGES | VIDEOS | SOUNDS:
                continue
            folder, name = os.path.split(path)
            stem = _FORMAT.sub("", os.path.splitext(name)[0])
            for key in {name, stem, _NUMBER.sub("", stem)}:
                self._named.setdefault(key, []).append(path)
            for key in _tokens(stem) | _tokens(os.path.basename(folder)):
                self._parts.setdefault(key, []).append(path)

    def join(self, one: Pending) -> Post:
        """The post with the files that its record names, or whose names hold one of its ids."""
        found: list[str] = []
        for key in (*one.names, *one.ids):
            found = self._free(self._named.get(key, ()))
            if not found and len(key) >= _SHORTEST_ID and key in one.ids:
                found = self._free(self._parts.get(key, ()))
            if found:
                break
        self.claimed.update(found)
        moving = {os.path.splitext(p)[0] for p in found if extension(p) in VIDEOS}
        media = tuple(
            MediaRef(
                path,
                "thumbnail"
                if extension(path) in IMAGES and os.path.splitext(path)[0] in moving
                else "media",
            )
            for path in found[:MOST_MEDIA]
        )
        return replace(one.post, media=media)

    def _free(self, paths: Iterable[str]) -> list[str]:
        return [path for path in paths if path not in self.claimed]


def _tokens(stem: str) -> set[str]:
    """What stands in brackets, and the words of a name, with and without `-` and `_` in them."""
    found = set(re.findall(r"\[([^\[\]]+)\]", stem))
    found.update(re.split(r"[^\w-]+", stem))
    found.update(re.split(r"[\W_]+", stem))
    return {token for token in found if len(token) >= _SHORTEST_ID}
