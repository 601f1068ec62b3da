"""A plain manifest: CSV or JSON Lines, one post a line, for exports of any other origin.

Columns (others are ignored): `id`, `time`, `text`, `media` (paths relative to the manifest, several
separated by `;` or `|`), `hashtags`, `likes`, `comments`, `shares`, `views`, `followers`,
`platform`, `handle`, `name`, `bio`, `ai_label` (`creator`, `platform`, `metadata`, `removed`, or
empty), `paid` (`1` or `true`), `url`.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO, TypeVar, cast

from detect.account.exports.readers.base import platform_name
from detect.account.exports.records import values
from detect.account.exports.records.folder import MOST_MEDIA, Folder, inside
from detect.account.exports.records.join import Pending, pending
from detect.account.exports.records.post import (
    LabelledBy,
    MediaRef,
    PlatformLabel,
    Post,
    Problem,
    Profile,
)
from detect.account.exports.records.sidecar import SidecarError, parse_all
from detect.account.exports.records.unfold import records_of
from detect.account.exports.records.values import count, counts, first, text
from detect.core.text import encoding_of
from detect.media.source import MediaError, open_source

__all__ = ["read_manifest", "rows_of"]

T = TypeVar("T")
Found = Post | Profile | Problem | Pending
Known = Callable[[Mapping[str, Any]], Iterator[T] | None]

LONGEST_LINE = 2**20
_ALIASES = {
    "id": ("id", "post_id", "shortcode", "video_id"),
    "time": ("time", "date", "timestamp", "created_at", "posted_at", "published"),
    "text": ("text", "caption", "description", "title", "content"),
    "media": ("media", "files", "file", "path", "paths", "filename"),
    "hashtags": ("hashtags", "tags"),
    "platform": ("platform", "site"),
    "handle": ("handle", "username", "account", "author", "user"),
    "ai_label": ("ai_label", "platform_label", "label"),
    "paid": ("paid", "sponsored", "is_ad", "is_paid_partnership"),
}
_NO = frozenset(("", "0", "false", "no", "none", "null", "off"))
_LABELLED_BY = frozenset(("creator", "platform", "metadata", "removed"))


def read_manifest(folder: Folder, name: str, known: Known[T]) -> Iterator[Found | T]:
    """The posts of a CSV, TSV or JSON Lines file.

    A line that cannot be used costs one post.

    Args:
        folder: Where it lies.
        name: Its name in that folder.
        known: What a row of a known tool says; None for rows of a plain manifest.
    """
    path = folder.relative(name)
    try:
        with open_source(os.fsencode(os.path.join(folder.root, path))) as file:
            lines = _lines(file)
            if name.lower().endswith((".csv", ".tsv")):
                rows = _csv_rows(lines, "\t" if name.lower().endswith(".tsv") else None)
            else:
                rows = _json_rows(lines)
            yield from rows_of(rows, folder, path, known)
    except (MediaError, OSError, ValueError) as error:
        yield Problem(path, str(error))


def rows_of(
    rows: Iterable[tuple[int, Mapping[str, Any] | str]],
    folder: Folder,
    path: str,
    known: Known[T] = lambda row: None,
) -> Iterator[Found | T]:
    """Posts of parsed rows: number and content, or number and what is wrong with it."""
    usable = False
    for number, row in rows:
        where = f"{path}, line {number}"
        if isinstance(row, str):
            yield Problem(where, row)
            continue
        of_a_tool = known(row)
        if of_a_tool is not None:
            usable = True
            yield from of_a_tool
            continue
        plain = {str(k).strip().lower(): v for k, v in row.items() if k is not None}
        named = {key: first(plain, *names) for key, names in _ALIASES.items()}
        if not usable and not any(a in plain for key in ("media", "id") for a in _ALIASES[key]):
            yield Problem(path, "read, not understood: a table of no known tool")
            return
        usable = True
        yield from _post(plain, named, folder, path, number, where)


def _post(
    row: Mapping[str, Any],
    named: Mapping[str, Any],
    folder: Folder,
    path: str,
    number: int,
    where: str,
) -> Iterator[Found]:
    media: list[MediaRef] = []
    for item in _several(named["media"], r"[;|]")[:MOST_MEDIA]:
        found = inside(folder.root, folder.path, item)
        if found is None:
            yield Problem(where, f"no file of the export: {item[:200]}")
        else:
            media.append(MediaRef(found))
    caption = text(named["text"]) or ""
    platform = platform_name(named["platform"])
    handle = text(named["handle"], 100)
    label = (text(named["ai_label"], 200) or "").strip()
    by = cast(LabelledBy, label.lower() if label.lower() in _LABELLED_BY else "platform")
    labelled = label.lower() not in _NO
    paid = (text(named["paid"], 20) or "").strip().lower()
    post = Post(
        id=text(named["id"], 200) or (media[0].path if media else f"{path}#{number}"),
        platform=platform,
        handle=handle,
        time=values.time(named["time"]),
        text=caption,
        hashtags=values.hashtags(caption, _several(named["hashtags"], r"[;|,\s]")),
        media=tuple(media),
        counts=counts(
            row,
            likes=("likes", "like_count"),
            comments=("comments", "comment_count"),
            shares=("shares",),
            views=("views", "view_count"),
        ),
        labels=(PlatformLabel(f"manifest-{by}", by, "ai_label", label),) if labelled else (),
        labels_kept=any(name in row for name in _ALIASES["ai_label"]),
        paid=("paid",) if paid not in _NO or named["paid"] is True else (),
        url=text(row.get("url"), 500),
        reader="manifest",
        sidecar=path,
    )
    yield post if media or not named["id"] else pending(post, row)
    followers = count(row.get("followers"))
    name, bio = text(row.get("name"), 200), text(row.get("bio"), 2000)
    if handle or followers is not None or bio:
        yield Profile(platform, handle, name, bio, followers)


def _several(value: object, separators: str) -> list[str]:
    if isinstance(value, list):
        return [str(v).strip() for v in value if isinstance(v, (str, int)) and str(v).strip()]
    if isinstance(value, str):
        return [part.strip() for part in re.split(separators, value) if part.strip()]
    return []


def _lines(file: BinaryIO) -> Iterator[str]:
    """Lines of text; what is longer than a line may be arrives in pieces.

    Raises:
        ValueError: Its encoding is not known.
    """
    with io.TextIOWrapper(cast(Any, file), encoding_of(file), newline="\n") as stream:
        first_line = True
        while line := stream.readline(LONGEST_LINE):
            yield line.removeprefix("\ufeff") if first_line else line
            first_line = False


def _csv_rows(
    lines: Iterator[str], delimiter: str | None
) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    head = next(lines, "")
    if delimiter is None:
        delimiter = max(",;\t", key=head.count)
    try:
        columns = next(csv.reader([head], delimiter=delimiter), [])
    except csv.Error:
        return
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num + 1, str(error)
            continue
        if row:
            yield reader.line_num + 1, dict(zip(columns, row, strict=False))


def _json_rows(lines: Iterator[str]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            documents = parse_all(line)
        except SidecarError as error:
            yield number, str(error)
            continue
        for row in documents:
            if not isinstance(row, (dict, list)):
                yield number, "not an object"
            else:
                yield from ((number, record) for record in records_of(row))
