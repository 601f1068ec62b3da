"""The report as JSON and as a table, written piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from detect.core.serialize import to_plain
from detect.report.tables.table_csv import cell, line

if TYPE_CHECKING:
    from detect.account.judging.findings import Findings

__all__ = ["COLUMNS", "csv_pieces", "json_pieces"]

COLUMNS = (
    "time", "platform", "handle", "id", "url", "outcome", "basis", "disclosed_by", "paid",
    "paid_by", "selling", "platform_labels", "labels_removed", "labels_kept", "text_discloses",
    "file_declares", "visible_marks", "picture", "voice", "score_kind", "score_llr", "score_answer",
    "since_change", "cn", "cn_open", "eu", "eu_open", "us_ny", "us_ny_open", "likes", "comments",
    "shares", "views", "files", "examined", "verdicts", "media", "sha256", "reader", "sidecar",
    "hashtags", "text",
)  # fmt: skip


def json_pieces(audit: Findings) -> Iterator[str]:
    """One JSON document: the summary, then `posts`, one a line."""
    head = json.dumps(to_plain(audit.summary()), ensure_ascii=False, allow_nan=False, indent=1)
    yield head.removesuffix("\n}") + ',\n "posts": ['
    for number, record in enumerate(audit.posts()):
        content = json.dumps(to_plain(record), ensure_ascii=False, allow_nan=False)
        yield f"{',' if number else ''}\n  {content}"
    yield "\n ]\n}\n"


def csv_pieces(audit: Findings) -> Iterator[str]:
    """A header line and one line a post."""
    change = audit.change
    since = change.time if change is not None and change.stated else None
    yield "\ufeff" + line(COLUMNS)
    for record in audit.posts():
        yield line([cell(value) for value in _row(record, since)])


def _row(record: dict[str, Any], since: str | None) -> list[Any]:
    found, counts = record["disclosure"], record["counts"]
    matrix, media = found["matrix"], [m for m in record["media"] if m["role"] == "media"]
    score, due = record["score"] or {}, record["duties"]

    def listed(values: Iterable[str | None]) -> str:
        return "; ".join(value for value in values if value)

    return [
        record["time"],
        record["platform"],
        record["handle"],
        record["id"],
        record["url"],
        found["outcome"],
        listed(found["basis"]),
        listed(found["by"]),
        record["paid"],
        listed(record["paid_by"] + [c["words"] for c in record["cues"] if c["kind"] == "paid"]),
        record["selling"],
        *(listed(matrix[key]) for key in ("platform", "removed")),
        record["labels_kept"],
        *(listed(matrix[key]) for key in ("text", "file", "mark")),
        matrix["picture"],
        matrix["voice"],
        *(score.get(key) for key in ("kind", "llr", "answer")),
        None if since is None or not record["time"] else record["time"] >= since,
        *(
            due.get(key, {}).get(field)
            for key in ("cn", "eu", "us-ny")
            for field in ("category", "open")
        ),
        *(counts.get(key) for key in ("likes", "comments", "shares", "views")),
        len(media),
        sum(item["status"] == "ok" for item in media),
        listed(dict.fromkeys(item["verdict"] or item["status"] for item in media)),
        listed(item["path"] for item in record["media"]),
        listed(item["sha256"] for item in media),
        record["reader"],
        record["sidecar"],
        listed(record["hashtags"]),
        record["text"],
    ]
