"""Per-file pages beside the page of an audit, made from the reports that its journal keeps."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detect.account.showing.pictures import pixelated
from detect.core.errors import ConfigurationError
from detect.core.report import Report, Thumbnail
from detect.core.serialize import from_plain
from detect.report.html import write_html
from detect.report.words import Language

if TYPE_CHECKING:
    from detect.account.judging.findings import Findings

__all__ = ["files_of", "folder_of", "name_of", "restore", "write_file_pages"]

MOST = 4
"""Files of a post that get a page, those with the highest scores."""
_OURS = re.compile(r"[0-9a-f]{16}\.html")


def folder_of(audit: Findings, *, privacy: bool) -> str:
    """Name of the folder, which follows from the journal, so that the page does, too."""
    named = f"{audit.export}\0{audit.started}\0{audit.config}\0{'private' if privacy else ''}"
    return f"files-{hashlib.sha256(named.encode('utf-8', 'replace')).hexdigest()[:12]}"


def name_of(sha256: str) -> str:
    """Name of the page of a file: its content, so that no name of the export is in it."""
    return f"{sha256[:16]}.html"


def files_of(post: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The files of a post that get a page, strongest evidence first."""
    files = {
        m["sha256"]: m
        for m in post["media"]
        if m["role"] == "media" and m["sha256"] and m["status"] not in ("pending", "not-scored")
    }
    return sorted(files.values(), key=lambda m: (-_score(m), m["sha256"]))[:MOST]


def _score(item: Mapping[str, Any]) -> float:
    if item["verdict"] in ("ai-generated", "ai-edited") and item["probability"] is None:
        return 100.0
    return max((s for k in ("picture", "voice") if (s := item[f"{k}_llr"]) is not None), default=-9)


def restore(plain: Mapping[str, Any], thumbnail: bytes | None) -> Report:
    """A report out of the journal, with its first thumbnail, without the folder it lay in.

    Raises:
        ValueError: The journal holds something else.
    """
    report = from_plain(Report, {k: v for k, v in plain.items() if k != "schema_version"})
    shown = report.media.path.rpartition("/")[2]
    report = replace(report, media=replace(report.media, path=shown, path_bytes=None))
    if thumbnail is None:
        return report
    spans = [s for f in report.findings if f.hypothesis == "ai_generated" for s in f.spans]
    first = spans[0] if spans else None
    index = first.index if first is not None and first.index is not None else 0
    moment = first.start if first is not None and report.media.kind == "video" else None
    return replace(report, thumbnails=(Thumbnail(thumbnail, moment, index),))


def write_file_pages(
    audit: Findings,
    posts: Iterable[Mapping[str, Any]],
    folder: Path,
    *,
    language: Language,
    privacy: bool,
) -> dict[str, str]:
    """Writes a page for the files of some posts; earlier pages that are not among them go.

    Args:
        audit: The audit.
        posts: Records.
        folder: Where to; made when it is not there.
        language: The one they open in.
        privacy: Pixelate the pictures.

    Returns:
        Name of the page by sha256 of the file; reports that cannot be read back have none.

    Raises:
        ConfigurationError: They cannot be written there.
    """
    chosen = {item["sha256"]: None for post in posts for item in files_of(post)}
    if not chosen and not folder.is_dir():
        return {}
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"cannot make {folder}: {error.strerror}") from None
    written: dict[str, str] = {}
    for sha256 in chosen:
        plain = audit.report(sha256)
        if plain is None:
            continue
        picture = audit.attachment(sha256, "thumbnail")
        if picture is not None and privacy:
            picture = pixelated(picture)
        try:
            report = restore(plain, picture)
        except ValueError:  # of another version of the toolkit
            continue
        written[sha256] = name_of(sha256)
        write_html([report], folder / written[sha256], language=language)
    kept = set(written.values())
    for entry in os.scandir(folder):
        if _OURS.fullmatch(entry.name) and entry.name not in kept and entry.is_file():
            os.unlink(entry.path)
    return written
