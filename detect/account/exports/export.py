"""An export as a stream of posts: each file is asked for once, memory does not grow with posts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from detect.account.exports.readers.base import SidecarReader
from detect.account.exports.readers.gallery_dl import GalleryDl
from detect.account.exports.readers.instaloader import Instaloader, are_comments
from detect.account.exports.readers.manifest import read_manifest, rows_of
from detect.account.exports.readers.official import OFFICIAL
from detect.account.exports.readers.tables import TABLES, Creators
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
from detect.account.exports.records.join import FileIndex, Pending, pending
from detect.account.exports.records.leftovers import is_leftover
from detect.account.exports.records.post import MediaRef, Post, Problem, Profile
from detect.account.exports.records.sidecar import SidecarError, read_json
from detect.account.exports.records.sqlite_rows import sqlite_rows
from detect.account.exports.records.unfold import records_of
from detect.account.exports.records.values import text
from detect.account.exports.records.xlsx_rows import xlsx_rows
from detect.core.errors import ConfigurationError
from detect.media.sniff import sniff
from detect.media.source import MediaError, display_name, open_source

__all__ = ["read_export"]

READERS: tuple[SidecarReader, ...] = (
    GalleryDl(),
    Instaloader(),
    YtDlp(),
    *TABLES,
    *OFFICIAL,
    Creators(),
)
_BOOKS = (".xlsx", ".db", ".sqlite", ".sqlite3")
_LINES = (".jsonl", ".ndjson", ".csv", ".tsv")
_COMPANIONS = frozenset(
    ("txt", "srt", "vtt", "ass", "lrc", "description", "html", "htm", "log", "md")
)
"""Subtitles, captions and notes: beside posts in most exports, and no posts."""
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
    waiting: list[Pending] = []
    with_files: set[tuple[str, str]] = set()
    failed: str | None = None
    for folder in walk_folders(root):
        if isinstance(folder, Problem):
            yield folder
            continue
        everything = frozenset(folder.names)
        left = [name for name in folder.names if is_leftover(name, everything)]
        for name in left if only is None else ():
            yield Problem(folder.relative(name), "leftover of a download")
        if left:
            names = tuple(n for n in folder.names if not is_leftover(n, everything))
            folder = Folder(folder.root, folder.path, names)
        for name in folder.names:
            if not is_sidecar(name):
                others.append(folder.relative(name))
                continue
            if only is not None and (folder.path or name != only):
                continue
            for found in _read_sidecar(folder, name):
                if isinstance(found, MediaRef):
                    claimed.add(found.path)
                    continue
                if isinstance(found, Pending):
                    waiting.append(found)
                    continue
                if isinstance(found, Problem):
                    failed = failed or found.path
                if isinstance(found, Post):
                    claimed.update(m.path for m in found.media)
                    if found.media:
                        with_files.add((found.platform, found.id))
                yield found
    index = FileIndex(path for path in others if path not in claimed)
    alone = 0
    for one in waiting:
        post = index.join(one)
        if post.media:
            with_files.add((post.platform, post.id))
        elif (post.platform, post.id) not in with_files:
            alone += 1
            if one.optional:
                continue
        yield post
    if only is not None:
        return
    why = None
    if failed is not None:
        why = f"metadata of this export could not be read: {failed}"
    elif alone:
        why = f"{alone} records of this export name none of its files"
    unknown: dict[str, list[str]] = {}
    for relative in others:
        name = os.path.basename(relative)
        if relative in claimed or relative in index.claimed or _NOT_POSTS.search(name):
            continue
        found_bare = _bare(root, relative)
        if found_bare is None:
            unknown.setdefault(extension(relative), []).append(relative)
        elif isinstance(found_bare, Post):
            yield replace(found_bare, unread=why)
        else:
            yield found_bare
    for ending, paths in sorted(unknown.items()):
        if ending not in _COMPANIONS:
            of = f"{len(paths)} of {ending}" if ending else f"{len(paths)} without an extension"
            yield Problem(paths[0], f"read, not understood: {of}")


Read = Post | Profile | Problem | MediaRef | Pending


def _read_sidecar(folder: Folder, name: str) -> Iterator[Read]:
    path = folder.relative(name)
    try:
        if name.lower().endswith(_LINES):
            yield from read_manifest(folder, name, lambda row: _record(row, folder, name))
            return
        if name.lower().endswith(_BOOKS):
            yield from _book(folder, name)
            return
        documents = read_json(os.fsencode(os.path.join(folder.root, path)))
        yield from _documents(documents, folder, name)
    except SidecarError as error:
        yield Problem(path, str(error))
    except Exception as error:  # a sidecar that no reader foresaw costs one file
        yield Problem(path, f"not understood: {type(error).__name__}")


def _book(folder: Folder, name: str) -> Iterator[Read]:
    """Rows of Excel and SQLite files; tables that no reader understands are counted."""
    path = folder.relative(name)
    rows = xlsx_rows if name.lower().endswith(".xlsx") else sqlite_rows
    strange: dict[str, int] = {}
    understood = False
    for table, row in rows(os.fsencode(os.path.join(folder.root, path))):
        found = _record(row, folder, name)
        if found is None:
            strange[table] = strange.get(table, 0) + 1
        else:
            understood = True
            yield from found
    for table, number in strange.items():
        yield Problem(path, f"read, not understood: {number} rows of {text(table, 100)}")
    if not understood and not strange:
        yield Problem(path, "read, not understood: no rows")


def _documents(documents: list[Any], folder: Folder, name: str) -> Iterator[Read]:
    path = folder.relative(name)
    single = documents[0] if len(documents) == 1 else documents
    if isinstance(single, list) and are_comments(single):
        return
    records = list(records_of(single))
    many = not isinstance(single, dict) or len(records) > 1
    understood, strange, plain = 0, 0, []
    for number, record in enumerate(records, 1):
        if isinstance(record, str):
            yield Problem(path, record)
            continue
        reader = _reader_of(record)
        if reader is None:
            strange += 1
            plain.append((number, record))
            continue
        understood += 1
        yield from _understood(record, reader, folder, name, many=many)
    if isinstance(single, list) and strange and not understood:
        yield from rows_of(plain, folder, path)
    elif strange and not understood:
        yield Problem(path, "JSON of no known tool")
    elif strange and isinstance(single, list):
        yield Problem(path, f"read, not understood: {strange} of {len(records)} records")


def _reader_of(record: Mapping[str, Any]) -> SidecarReader | None:
    return next((reader for reader in READERS if reader.understands(record)), None)


def _record(row: Mapping[str, Any], folder: Folder, name: str) -> Iterator[Read] | None:
    """What a row of a table says, None when no tool's reader understands it."""
    reader = _reader_of(row)
    return None if reader is None else _understood(row, reader, folder, name, many=True)


def _understood(
    record: Mapping[str, Any], reader: SidecarReader, folder: Folder, name: str, *, many: bool
) -> Iterator[Read]:
    """What one record says; a file of many records lies beside none of their files."""
    path = folder.relative(name)
    beside = Folder(folder.root, folder.path, ()) if many else folder
    try:
        for found in reader.read(record, beside, name):
            if isinstance(found, Post) and not found.id:
                yield Problem(path, f"{reader.name} metadata without an id")
            elif isinstance(found, Post) and not found.media:
                yield pending(found, record, None if many else name)
            elif not isinstance(found, Profile) or found.handle or found.followers is not None:
                yield found
    except Exception as error:  # a record that no reader foresaw costs one post
        yield Problem(path, f"not understood: {type(error).__name__}")


def _bare(root: str, relative: str) -> Post | Problem | None:
    """A file that no sidecar speaks of is a post of its own, if it is a medium by its content.

    Returns:
        None for a file of another kind.
    """
    try:
        with open_source(os.fsencode(os.path.join(root, relative))) as file:
            sniff(file)
    except MediaError as error:
        if extension(relative) not in IMAGES | VIDEOS | SOUNDS:
            return None
        if error.status != "unsupported":
            return Problem(relative, str(error))
    except OSError as error:
        return Problem(relative, f"reading failed: {error.strerror}")
    match = _DATE.search(os.path.basename(relative))
    moment = None
    if match:
        day = "-".join(match.group(1, 2, 3))
        moment = values.time(f"{day} {':'.join(match.group(4, 5, 6))}" if match[4] else day)
    return Post(
        id=relative.encode("utf-8", "backslashreplace").decode(),
        platform="unknown",
        time=moment,
        media=(MediaRef(relative),),
        reader="folder",
    )
