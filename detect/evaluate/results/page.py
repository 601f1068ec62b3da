"""The report as one self-contained page: no script, no network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from detect.evaluate.results.markdown import DEFINITIONS, facts
from detect.evaluate.results.plots import dot_rows, reliability_plot, roc_plot
from detect.evaluate.results.tables import tables, title, words
from detect.evaluate.statistics.result import Evaluation
from detect.report.text import clean

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["page"]


def page(found: Evaluation) -> Iterator[str]:
    """The page in pieces; every text from the manifest is made harmless and escaped."""
    style = _style()
    every = {table.key: table for table in tables(found)}
    real, made = words(found)
    yield _template().render(
        title=title(found),
        facts=list(facts(found)),
        notes=found.notes,
        summary=every.pop("summary"),
        tables=list(every.values()),
        conditions=list(found.conditions),
        roc=roc_plot(found.curves),
        reliability=reliability_plot(found.reliability),
        dots=[
            (f"Called synthetic, by source of {real}", dot_rows(found.real_sources)),
            (f"Called synthetic, by source of {made}", dot_rows(found.synthetic_sources)),
        ],
        point=found.operating_point,
        definitions=DEFINITIONS,
        versions=found.versions,
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii"),
    )


@cache
def _style() -> str:
    file = resources.files("detect.evaluate.results") / "templates" / "evaluation.css"
    return file.read_text(encoding="utf-8").strip()


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("detect.evaluate.results"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(harmless=lambda text: clean(str(text), 2000))
    return environment.get_template("evaluation.html.j2")
