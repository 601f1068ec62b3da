"""The page of a portfolio: one row an account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from detect.account.showing.page import audit_style, both_of, style_digest
from detect.account.showing.portfolio_row import RISKS, relative
from detect.account.showing.words import title, words
from detect.report.html import page_environment
from detect.report.text import percent
from detect.report.words import Language

__all__ = ["html_pieces"]


def html_pieces(
    rows: Sequence[Mapping[str, Any]], target: Path, language: Language
) -> Iterator[str]:
    """The page in pieces.

    Args:
        rows: One an account, see `Portfolio.rows`.
        target: Where the page will be; links start from there.
        language: The one it opens in.
    """
    style = audit_style()
    counted = Counter(row["risk"] for row in rows)
    yield from (
        page_environment()
        .get_template("portfolio.html.j2")
        .generate(
            rows=[(row, _address(relative(row["page"], target))) for row in rows],
            risks=[(risk, counted[risk]) for risk in RISKS],
            paid_gap=sum(row["paid_undisclosed"] or 0 for row in rows),
            gap=sum((r["undisclosed"] or 0) + (r["label_removed"] or 0) for r in rows),
            posts=sum(row["examined"] or 0 for row in rows),
            language=language,
            w=words,
            title=title,
            reason=both_of,
            percent=percent,
            style=style,
            style_hash=style_digest(style),
        )
    )


def _address(page: str | None) -> str | None:
    """A relative address; a name that looks like a scheme stays a name."""
    return None if page is None else "./" + quote(page.encode("utf-8", "surrogateescape"))
