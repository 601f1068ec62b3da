"""The report as JSON and as a table, written piece by piece."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detect.core.serialize import to_plain

if TYPE_CHECKING:
    from detect.auditing.audit import Audit

__all__ = ["COLUMNS", "cell", "csv_pieces", "json_pieces"]

COLUMNS = (
    "time", "platform", "handle", "id", "url", "outcome", "paid", "selling", "platform_labels",
    "text_discloses", "file_declares", "visible_marks", "picture", "voice", "score_llr",
    "score_answer", "cn", "eu", "us_ny", "likes", "comments", "shares", "views", "media", "text",
)  # fmt: skip


def json_pieces(audit: Audit) -> Iterator[str]:
    """One JSON document: the summary, then `posts`, one a line."""
    head = json.dumps(to_plain(audit.summary()), ensure_ascii=False, allow_nan=False, indent=1)
    yield head.removesuffix("\n}") + ',\n "posts": ['
    for number, record in enumerate(audit.posts()):
        line = json.dumps(to_plain(record), ensure_ascii=False, allow_nan=False)
        yield f"{',' if number else ''}\n  {line}"
    yield "\n ]\n}\n"


def csv_pieces(audit: Audit) -> Iterator[str]:
    """A header line and one line a post."""
    yield "\ufeff" + _line(COLUMNS)
    for record in audit.posts():
        yield _line([cell(value) for value in _row(record)])


def cell(value: Any) -> str:
    """A value for a spreadsheet, which would run text that starts like a formula.

    Such text gets an apostrophe in front (OWASP, CSV injection); numbers of ours stay numbers.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value)
    text = str(value).encode("utf-8", "backslashreplace").decode().replace("\0", "")
    if text.lstrip(" \t\r\n\ufeff\u200b")[:1] in tuple("=+-@＝＋－＠|%") or text[:1] in "\t\r\n":
        return "'" + text
    return text


def _row(record: dict[str, Any]) -> list[Any]:
    matrix, counts = record["disclosure"]["matrix"], record["counts"]
    score, due = record["score"] or {}, record["duties"]

    def listed(values: list[str]) -> str:
        return "; ".join(values)

    return [
        record["time"],
        record["platform"],
        record["handle"],
        record["id"],
        record["url"],
        record["disclosure"]["outcome"],
        record["paid"],
        record["selling"],
        listed(matrix["platform"] + [f"removed: {code}" for code in matrix["removed"]]),
        listed(matrix["text"]),
        listed(matrix["file"]),
        listed(matrix["mark"]),
        matrix["picture"],
        matrix["voice"],
        score.get("llr"),
        score.get("answer"),
        *(due.get(key, {}).get("category") for key in ("cn", "eu", "us-ny")),
        *(counts.get(key) for key in ("likes", "comments", "shares", "views")),
        listed([item["path"] for item in record["media"]]),
        record["text"],
    ]


def _line(values: Any) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(values)
    return buffer.getvalue()
