"""An export as a stream of posts: each file is asked for once, memory does not grow with posts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from detect.account.exports.readers.base import SidecarReader
from detect.account.exports.readers.gallery_dl import GalleryDl
from detect.account.exports.readers.instaloader import Instaloader, are_comments
from detect.account.exports.readers.manifest import read_manifest, rows_of
from detect.account.exports.readers.yt_dlp import YtDlp
from detect.account.exports.records import values
from detect.account.exports.records.folder import (
    IMAGES,
    SIDECARS,
    SOUNDS,
    VIDEOS,
    Folder,
    extension,
    is_sidecar,
    walk_folders,
)
from detect.account.exports.records.post import MediaRef, Post, Problem, Profile
from detect.account.exports.records.sidecar import SidecarError, read_json
from detect.core.errors import ConfigurationError
from detect.media.sniff import sniff
from detect.media.source import MediaError, display_name, open_source

__all__ = ["read_export"]

READERS: tuple[SidecarReader, ...] = (GalleryDl(), Instaloader(), YtDlp())
_LINES = (".jsonl", ".ndjson", ".csv", ".tsv")
_NOT_POSTS = re.compile(r"profile_pic|[._-]avatar|^avatar|cover_photo", re.IGNORECASE)
_DATE = re.compile(
    r"(20\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?:[ _T-]?([0-2]\d)[-_.:]?([0-5]\d)[-_.:]?([0-5]\d))?"
)


def read_export(path: str | os.PathLike[str]) -> Iterator[Post | Profile | Problem]:
    """Everything an export says, in a fixed order; posts first that have metadata.

    A post with several sidecars arrives in several pieces of the same platform and id
    (`detect.account.exports.records.post.merge`).

    Args:
        path: The folder of the export, or one manifest, whose folder is then the export.

    Raises:
        ConfigurationError: There is no such folder or file.
    """
    root, only = os.path.realpath(os.fspath(path)), None
    if os.path.isfile(root) and root.lower().endswith(SIDECARS):
        root, only = os.path.split(root)
    if not os.path.isdir(root):
        shown = display_name(os.fsencode(path))[0]
        raise ConfigurationError(f"{shown}: no folder of an export, and no manifest of one")
    claimed: set[str] = set()
    others: list[str] = []
    for folder in walk_folders(root):
        if isinstance(folder, Problem):
            yield folder
            continue
        for name in folder.names:
            if only is not None and (folder.path or name != only):
                continue
            if not is_sidecar(name):
                others.append(folder.relative(name))
                continue
            for found in _read_sidecar(folder, name):
                if isinstance(found, MediaRef):
                    claimed.add(found.path)
                    continue
                if isinstance(found, Post):
                    claimed.update(m.path for m in found.media)
                yield found
    for relative in others:
        if relative not in claimed:
            yield from _bare(root, relative)


def _read_sidecar(folder: Folder, name: str) -> Iterator[Post | Profile | Problem | MediaRef]:
    if name.lower().endswith(_LINES):
        yield from read_manifest(folder, name)
        return
    path = folder.relative(name)
    try:
        document = read_json(os.fsencode(os.path.join(folder.root, path)))
    except SidecarError as error:
        yield Problem(path, str(error))
        return
    if isinstance(document, list):
        if all(isinstance(row, dict) for row in document):
            if not are_comments(document):
                yield from rows_of(enumerate(document, 1), folder, path)
        else:
            yield Problem(path, "JSON of no known tool")
        return
    if not isinstance(document, dict):
        return
    try:
        yield from _understood(document, folder, name)
    except Exception as error:  # a sidecar that no reader foresaw costs one post
        yield Problem(path, f"not understood: {type(error).__name__}")


def _understood(
    document: Mapping[str, Any], folder: Folder, name: str
) -> Iterator[Post | Profile | Problem | MediaRef]:
    for reader in READERS:
        if not reader.understands(document):
            continue
        for found in reader.read(document, folder, name):
            if isinstance(found, Post) and not found.id:
                yield Problem(folder.relative(name), f"{reader.name} metadata without an id")
            elif not isinstance(found, Profile) or found.handle or found.followers is not None:
                yield found
        return
    yield Problem(folder.relative(name), "JSON of no known tool")


def _bare(root: str, relative: str) -> Iterator[Post | Problem]:
    """A file that no sidecar speaks of is a post of its own, if it is a medium by its content."""
    if _NOT_POSTS.search(os.path.basename(relative)):
        return
    try:
        with open_source(os.fsencode(os.path.join(root, relative))) as file:
            sniff(file)
    except MediaError as error:
        if extension(relative) not in IMAGES | VIDEOS | SOUNDS:
            return  # subtitles, captions, databases
        if error.status != "unsupported":
            yield Problem(relative, str(error))
            return
    except OSError as error:
        yield Problem(relative, f"reading failed: {error.strerror}")
        return
    match = _DATE.search(os.path.basename(relative))
    moment = None
    if match:
        day = "-".join(match.group(1, 2, 3))
        moment = values.time(f"{day} {':'.join(match.group(4, 5, 6))}" if match[4] else day)
    yield Post(
        id=relative.encode("utf-8", "backslashreplace").decode(),
        platform="unknown",
        time=moment,
        media=(MediaRef(relative),),
        reader="folder",
    )
