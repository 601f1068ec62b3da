"""The report of an account as one self-contained page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from detect.report.html import page_environment, page_style

if TYPE_CHECKING:
    from detect.auditing.audit import Audit

__all__ = ["html_pieces"]


def html_pieces(audit: Audit, language: Literal["en", "zh"] = "en") -> Iterator[str]:
    """The page in pieces; posts are read as they are written.

    Args:
        audit: The audit.
        language: The one the page opens in.
    """
    style = page_style()
    yield from (
        page_environment()
        .get_template("audit.html.j2")
        .generate(
            summary=audit.summary(),
            posts=audit.posts(),
            language=language,
            style=style,
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii"),
        )
    )
