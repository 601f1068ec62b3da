"""One HTML file that holds everything: no script, no network, both languages.

The page carries a Content-Security-Policy that allows nothing but its own style sheet (by hash) and
pictures inside the file. Every text is escaped by the template engine; text that came out of a
scanned file is made harmless first.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from detect.core.report import Report
from detect.report.atomic import write_atomic
from detect.report.summary import Tally, at_half, by_severity, kind_line
from detect.report.text import clean
from detect.report.view import card, rows_of, sort_style
from detect.report.words import Language, phrase

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

__all__ = ["page_environment", "page_style", "render_html", "write_html"]


def write_html(
    reports: Iterable[Report],
    path: str | os.PathLike[str],
    *,
    language: Language = "en",
    created: datetime | None = None,
) -> None:
    """Writes one self-contained HTML file for one report or many.

    Args:
        reports: Shown most severe first. Their thumbnails are included when they have any.
        path: Where to; the file appears whole or not at all.
        language: The one the page opens in; the other is a click away.
        created: Time to print on the page.

    Raises:
        ConfigurationError: The file cannot be written; the message says why.
    """
    write_atomic(path, _pieces(list(reports), language, created))


def render_html(
    reports: Iterable[Report], *, language: Language = "en", created: datetime | None = None
) -> str:
    """The page as text; see `write_html`."""
    return "".join(_pieces(list(reports), language, created))


def _pieces(
    reports: Sequence[Report], language: Language, created: datetime | None
) -> Iterator[str]:
    tally = Tally()
    for report in reports:
        tally.add(report)
    versions = reports[0].versions if reports else {}
    shared = all(report.versions == versions for report in reports)
    rows = rows_of(reports)
    style = f"{page_style()}\n{sort_style(rows)}" if len(rows) > 1 else page_style()
    order = by_severity(reports)
    yield from (
        page_environment()
        .get_template("report.html.j2")
        .generate(
            cards=(card(reports[place], place + 1) for place in order),
            rows=rows,
            half=set().union(*map(at_half, reports)) <= {True},
            tally=tally,
            versions=versions if shared else None,
            language=language,
            created=created.isoformat(" ", "seconds") if created else None,
            style=style,
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii"),
        )
    )


@cache
def page_style() -> str:
    """The style sheet of every page."""
    file = resources.files("detect.report") / "templates" / "style.css"
    return file.read_text(encoding="utf-8").strip()


@cache
def page_environment() -> Environment:
    """Where templates are made: everything is escaped, an unknown name is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("detect.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(t=_t, both=_both, kind_line=kind_line, phrase=phrase)
    environment.filters.update(harmless=_harmless)
    return environment


def _t(key: str) -> Markup:
    """The words for a key in both languages, one of them hidden by the style sheet."""
    return _both(phrase(key))


def _both(words: Any) -> Markup:
    """Anything with `en` and `zh` in both languages."""
    from markupsafe import Markup

    english, chinese = clean(words.en, _LONGEST), clean(words.zh, _LONGEST)
    if english == chinese:
        return Markup("<bdi>{}</bdi>").format(english)
    return Markup(
        '<span class="en" lang="en">{}</span><span class="zh" lang="zh">{}</span>'
    ).format(english, chinese)


_LONGEST = 2000


def _harmless(value: object, limit: int = _LONGEST) -> Markup:
    """Untrusted text: cleaned, escaped and isolated from the direction of the text around it."""
    from markupsafe import Markup

    return Markup("<bdi>{}</bdi>").format(clean(str(value), limit))
