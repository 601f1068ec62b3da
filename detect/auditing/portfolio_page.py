"""The page of a portfolio: one row an account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from detect.auditing.page import audit_style, style_digest
from detect.auditing.portfolio import relative
from detect.auditing.portfolio_row import RISKS
from detect.auditing.words import title, words
from detect.report.html import page_environment
from detect.report.text import percent
from detect.report.words import Language

if TYPE_CHECKING:
    from detect.auditing.portfolio import Portfolio

__all__ = ["html_pieces"]


def html_pieces(found: Portfolio, target: Path, language: Language) -> Iterator[str]:
    """The page in pieces.

    Args:
        found: The accounts.
        target: Where the page will be; links start from there.
        language: The one it opens in.
    """
    style = audit_style()
    counted = Counter(row["risk"] for row in found.rows)
    yield from (
        page_environment()
        .get_template("portfolio.html.j2")
        .generate(
            rows=[(row, _address(relative(row["page"], target))) for row in found.rows],
            risks=[(risk, counted[risk]) for risk in RISKS],
            paid_gap=sum(row["paid_undisclosed"] or 0 for row in found.rows),
            gap=sum((r["undisclosed"] or 0) + (r["label_removed"] or 0) for r in found.rows),
            posts=sum(row["examined"] or 0 for row in found.rows),
            language=language,
            w=words,
            title=title,
            percent=percent,
            style=style,
            style_hash=style_digest(style),
        )
    )


def _address(page: str | None) -> str | None:
    """A relative address; a name that looks like a scheme stays a name."""
    return None if page is None else "./" + quote(page.encode("utf-8", "surrogateescape"))
