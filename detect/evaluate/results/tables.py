"""An evaluation as tables of text, the same for the terminal, Markdown and the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from detect.evaluate.results.tally import MEASURES
from detect.evaluate.statistics.result import Estimate, Evaluation, Row, Share
from detect.report.text import clean

__all__ = ["Table", "tables", "title", "words"]

LONGEST = 80
FEW = 3
"""Conditions beside which a terminal has room for `leaning`."""
MANY = 30
"""Generators that a terminal shows."""
BROKEN = 20
"""Files that could not be examined and are named."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table and what it says.

    Attributes:
        key: Stable name, for links.
        title: Heading.
        about: A sentence or two.
        header: One cell a column.
        rows: Cells; the first one names the row.
    """

    key: str
    title: str
    about: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def title(found: Evaluation) -> str:
    """Heading of the report."""
    return f"detect eval {found.kind}: {clean(found.dataset, LONGEST)}"


def words(found: Evaluation) -> tuple[str, str]:
    """What real and synthetic files are called in this report."""
    return ("real pictures", "AI pictures") if found.kind == "images" else ("real", "synthetic")


def tables(found: Evaluation, *, short: bool = False) -> Iterator[Table]:
    """All tables, the most important first.

    Args:
        found: The evaluation.
        short: Without the intervals of rows, for narrow terminals.
    """
    real, made = words(found)
    yield _summary(found)
    conditions = tuple(found.conditions)
    called = "Share called synthetic at the operating point"
    interval = "" if short else ", with its 95 % interval as if files were independent"
    lean = not short or len(conditions) <= FEW
    leaning = "; `leaning`: the worst condition's share at or above even odds (llr ≥ 0)" * lean
    for key, heading, rows, what in (
        ("categories", f"False positives by kind of {real}", found.categories, "kind"),
        ("real-sources", f"False positives by source of {real}", found.real_sources, "source"),
        ("synthetic-sources", f"Recall by source of {made}", found.synthetic_sources, "source"),
        ("generators", f"Recall by generator of {made}", found.generators, "generator"),
        ("beside", "Beside the question", found.beside, "kind"),
    ):
        if rows:
            shown = rows[:MANY] if short and key == "generators" else rows
            cut = (
                f" The first {MANY} of {len(rows)}; all are in the report." if shown != rows else ""
            )
            sources = ("sources",) if what != "source" and not short else ()
            yield Table(
                key,
                heading,
                f"{called}, of the files with a score (`scored`: how many, in the condition with "
                f"the fewest){interval}{leaning}.{cut}",
                (what, "files", *sources, "scored", *conditions, *(("leaning",) if lean else ())),
                tuple(_cells(row, conditions, short, bool(sources), lean) for row in shown),
            )
    if any(row.aucs for row in found.categories):
        yield Table(
            "within",
            "AUC within a kind",
            "Real and synthetic files of the same kind, where both have two sources.",
            ("kind", *conditions),
            tuple(
                (_name(row), *(_figure(row.aucs.get(c)) for c in conditions))
                for row in found.categories
                if row.aucs
            ),
        )
    if found.unscored:
        yield Table(
            "unscored",
            "Without a score",
            "Not applicable is neither real nor synthetic; rates are of files with a score.",
            ("condition", "reasons"),
            tuple(
                (
                    name,
                    ", ".join(f"{clean(why, LONGEST)}: {count}" for why, count in found_.items()),
                )
                for name, found_ in found.unscored.items()
            ),
        )
    if found.broken:
        more = len(found.broken) - BROKEN
        yield Table(
            "broken",
            f"Could not be examined: {len(found.broken)} of {found.files} files",
            "In no figure." + (f" The first {BROKEN}; all are in the JSON file." * (more > 0)),
            ("file", "status", "reason"),
            tuple(
                (clean(b.path, 200), clean(b.status, LONGEST), clean(b.reason, 200))
                for b in found.broken[:BROKEN]
            ),
        )


def _summary(found: Evaluation) -> Table:
    counting = (
        "each source counts by the root of its size"
        if found.weights == "source"
        else ("each file counts alike")
    )
    header = ("condition", "real", "synthetic", *MEASURES.values())
    rows = tuple(
        (
            name,
            str(summary.real),
            str(summary.synthetic),
            *(
                _figure(summary.measures[key], percent=key in ("false_positives", "recall"))
                for key in MEASURES
            ),
        )
        for name, summary in found.summaries.items()
    )
    about = (
        f"With 95 % intervals from drawing whole sources anew; {counting}. No average stands "
        "alone: what each kind and each source got is below."
    )
    return Table("summary", "How good", about, header, rows)


def _cells(
    row: Row, conditions: Sequence[str], short: bool, sources: bool, lean: bool
) -> tuple[str, ...]:
    leanings = [s.leaning for s in row.shares.values() if s.leaning is not None]
    return (
        _name(row),
        str(row.files),
        *([str(row.sources)] if sources else []),
        str(min(row.shares[name].scored for name in conditions)),
        *(_share(row.shares[name], short) for name in conditions),
        *([f"{100 * max(leanings):.0f} %" if leanings else "–"] if lean else []),
    )


def _name(row: Row) -> str:
    name = clean(row.name, LONGEST)
    if row.seen:
        return f"{name} (trained on {row.seen})"
    return name


def _share(share: Share, short: bool) -> str:
    if share.called is None:
        return "–"
    text = _percent(share.called)
    if short:
        return text
    return f"{text} ({_number(share.low)}–{_number(share.high)})"


def _percent(value: float) -> str:
    return f"{_number(value)} %"


def _number(value: float) -> str:
    percent = 100 * value
    return f"{percent:.1f}" if 0.05 <= percent < 10 or 99 < percent < 99.95 else f"{percent:.0f}"


def _figure(estimate: Estimate | None, *, percent: bool = False) -> str:
    if estimate is None:
        return "–"
    if percent:
        text, low, high = (
            f"{_percent(estimate.value)}",
            estimate.low and _number(estimate.low),
            estimate.high and _number(estimate.high),
        )
        if estimate.low is None:
            return text
        return f"{text} ({low or '0'}–{high or '0'})"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} ({estimate.low:.2f}–{estimate.high:.2f})"
