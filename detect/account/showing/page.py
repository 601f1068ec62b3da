"""The report of an account as one self-contained page, with pages of its files beside it."""

from __future__ import annotations

import base64
import hashlib
import ntpath
import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detect.account.judging.disclosure import GAP
from detect.account.running.people import FACE
from detect.account.showing.file_pages import files_of, folder_of, write_file_pages
from detect.account.showing.pictures import data_uri, pixelated
from detect.account.showing.plot import chart
from detect.account.showing.view import SOURCES, Posts, look, says
from detect.account.showing.words import (
    advice,
    content_note,
    label_caveat,
    share_caveat,
    title,
    words,
)
from detect.account.weighing.estimate import Interval, predictive_value
from detect.report.html import page_environment, page_style
from detect.report.telling import times_words
from detect.report.text import clean, percent
from detect.report.words import Language, Phrase

if TYPE_CHECKING:
    from detect.account.judging.findings import Findings

__all__ = [
    "audit_style",
    "both_of",
    "html_pieces",
    "masked",
    "post_address",
    "style_digest",
    "write_page",
]

PRIORS = (0.01, 0.1, 0.5)
"""Base rates at which the predictive value is shown, beside the one of the audit."""
NARROW = 340.0
"""Width of the timeline's drawing for phones."""
_HANDLE = re.compile(r"[@＠][\w.\-]+|https?://\S+")


def write_page(
    audit: Findings, path: Path, *, language: Language, privacy: bool, files: bool
) -> None:
    """Writes the page and, in a folder beside it, pages of the files it links to.

    Args:
        audit: The audit.
        path: Of the page.
        language: The one pages open in.
        privacy: Pixelate all pictures; no handles of others.
        files: Write pages of files; never when `path` is a pipe or device.

    Raises:
        ConfigurationError: They cannot be written there.
    """
    from detect.report.atomic import write_atomic

    found = look(audit.posts())
    links: dict[str, str] = {}
    if files and (path.is_file() or not path.exists()):
        folder = folder_of(audit, privacy=privacy)
        names = write_file_pages(
            audit, found.rows, path.absolute().parent / folder, language=language, privacy=privacy
        )
        links = {sha256: f"{folder}/{name}" for sha256, name in names.items()}
    write_atomic(path, html_pieces(audit, found, links, language=language, privacy=privacy))


def html_pieces(
    audit: Findings, found: Posts, links: Mapping[str, str], *, language: Language, privacy: bool
) -> Iterator[str]:
    """The page in pieces.

    Args:
        audit: The audit.
        found: Its posts.
        links: Address of the page of a file by its sha256.
        language: The one the page opens in.
        privacy: See `write_page`.
    """
    summary = audit.summary()
    estimate = summary["estimate"]
    periods = estimate["periods"] if estimate else ()
    image = audit.rates.get("image")
    thresholds = None if image is None else (image.negative, image.positive)
    style = audit_style()

    def picture(sha256: str, name: str) -> str | None:
        jpeg = audit.attachment(sha256, name)
        if jpeg is None:
            return None
        return data_uri(pixelated(jpeg) if privacy else jpeg)

    yield from (
        page_environment()
        .get_template("audit.html.j2")
        .generate(
            summary=summary,
            found=found,
            links=links,
            language=language,
            privacy=privacy,
            gap=sum(summary["disclosure"]["all"][name] for name in GAP),
            paid_gap=sum(summary["disclosure"]["paid"][name] for name in GAP),
            advice=advice(summary),
            caveat=label_caveat(summary),
            share_note=share_caveat(summary),
            title=title,
            content_note=content_note(summary),
            charts=[
                chart(found.points, periods, summary["change"], thresholds, **width)
                for width in ({}, {"width": NARROW})
            ],
            faces=[f for sha in audit.people.sheet if (f := picture(sha, FACE)) is not None],
            worst=[(post, _thumbnail(post, picture)) for post in found.worst],
            duties=_duties(found),
            open=[(name, number) for name, number in sorted(found.open.items()) if number],
            predictive=_predictive(summary, image),
            sources=SOURCES,
            total=_total,
            says=says,
            files_of=files_of,
            hide=masked if privacy else str,
            w=words,
            both_of=both_of,
            times=times_words,
            address=post_address,
            percent=percent,
            clean=clean,
            base_name=lambda text: ntpath.basename(posixpath.basename(text)) or text,
            style=style,
            style_hash=style_digest(style),
        )
    )


@cache
def audit_style() -> str:
    """The style sheet of the pages of audits."""
    file = resources.files("detect.report") / "templates" / "audit.css"
    return f"{page_style()}\n{file.read_text(encoding='utf-8').strip()}"


def style_digest(style: str) -> str:
    """What the page's policy calls its style sheet."""
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")


def masked(text: str) -> str:
    """Text without handles and addresses."""
    return _HANDLE.sub("@…", text)


def both_of(row: Mapping[str, Any]) -> Any:
    from detect.report.html import page_environment

    return page_environment().globals["both"](Phrase(row["en"], row["zh"]))  # type: ignore[operator]


def _thumbnail(post: Mapping[str, Any], picture: Any) -> str | None:
    for item in files_of(post):
        found: str | None = picture(item["sha256"], "thumbnail")
        if found is not None:
            return found
    return None


def _total(counts: Counter[tuple[str, str]], source: str, answers: tuple[str, ...]) -> int:
    return sum(counts[source, answer] for answer in answers)


def post_address(url: str | None) -> str | None:
    """An address that a page may link to; others are text of the export."""
    return url if url and url.isprintable() and url.startswith(("https://", "http://")) else None


_FIRST = ("cn", "eu", "us-ny")


def _duties(found: Posts) -> list[tuple[str, str, int, str, str | None]]:
    """Jurisdiction, category, posts, wording and clause; those the page is about come first."""
    order = sorted(
        found.duties,
        key=lambda key: (
            _FIRST.index(key[0]) if key[0] in _FIRST else len(_FIRST),
            key[0],
            key[1] == "none-found",
            -found.duties[key],
            key[1],
        ),
    )
    return [
        (*key, found.duties[key], *found.texts[key])
        for key in order
        if key[0] in _FIRST or key[1] not in ("none-found", "not-in-force")
    ]


def _predictive(summary: Mapping[str, Any], image: Any) -> list[tuple[float, Interval, bool]]:
    stated = summary["predictive_value"]
    if stated is None or image is None:
        return []
    return [
        (prior, predictive_value(image, prior), prior == stated["prior"])
        for prior in sorted({*PRIORS, stated["prior"]})
    ]
