"""Tables for spreadsheets: one row a file; no cell of it is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from detect.core.report import Report
from detect.report.summary import headline
from detect.report.tables.notes import misnamed
from detect.report.words import Language

__all__ = ["cell", "columns", "line", "row"]

_BEFORE = (
    "path", "status", "verdict", "probability", "decided_by", "leans_to", "also", "why",
    "next", "next_words", "declared", "tool",
)  # fmt: skip
_AFTER = (
    "same_as", "misnamed", "kind", "format", "width", "height", "seconds", "bytes", "sha256",
)  # fmt: skip


def columns(jurisdictions: Sequence[str]) -> tuple[str, ...]:
    """Names of the columns, one for each jurisdiction among them.

    Args:
        jurisdictions: Whose labels are shown.
    """
    return (*_BEFORE, *(f"label_{name}" for name in jurisdictions), *_AFTER)


def row(
    report: Report, jurisdictions: Sequence[str], language: Language, same_as: str | None
) -> list[str]:
    """The cells of one file, in the order of `columns`.

    Args:
        report: Of the file.
        jurisdictions: Whose labels are shown.
        language: Of the sentences; codes are the same in both.
        same_as: Path of an earlier file with the same content.
    """
    verdict, media = report.verdict, report.media
    said = [phrase.say(language) for phrase in [headline(report).sentence] if phrase]
    said += [getattr(reason, language) for reason in report.why_not]
    declared = report.provenance.declarations
    decided = {r.decided_by for r in report.hypotheses.values() if r.decided_by and r.decision}
    after = getattr(verdict, "next", None)
    values = [
        media.path,
        report.status,
        verdict.label,
        None if verdict.probability is None else round(verdict.probability, 4),
        "; ".join(sorted(decided)),
        verdict.best_guess,
        "; ".join(label for label in verdict.labels if label != verdict.label),
        said[0] if said else None,
        getattr(after, "code", None),
        getattr(after, language, None),
        "; ".join(dict.fromkeys(f"{d.source}: {d.claim} ({d.state})" for d in declared)),
        "; ".join(dict.fromkeys(d.tool for d in declared if d.tool)),
        *(
            report.labels[name].category if name in report.labels else None
            for name in jurisdictions
        ),
        same_as,
        misnamed(report) is not None,
        media.kind,
        media.format,
        media.width,
        media.height,
        None if media.duration is None else round(media.duration, 2),
        media.size,
        media.sha256,
    ]
    return [cell(value) for value in values]


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
    bare = text.lstrip(" \t\r\n\ufeff\u200b")
    if bare.startswith(tuple("=+-@＝＋－＠|%")) or text.startswith(("\t", "\r", "\n")):
        return "'" + text
    return text


def line(values: Any) -> str:
    """One line of a table, quoted where it needs to be."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(values)
    return buffer.getvalue()
