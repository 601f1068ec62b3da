"""Plots as inline SVG; their colours are classes of the page's style sheet, for light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from detect.evaluate.statistics.metrics import Bin
from detect.evaluate.statistics.result import Curve, Row

__all__ = ["DotRow", "dot_rows", "reliability_plot", "roc_plot"]

LEFT, TOP, SIDE, FOOT = 46, 10, 300, 44
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def roc_plot(curves: Mapping[str, Curve]) -> str:
    """ROC curves, one for each condition."""
    lines = [
        f'<polyline class="curve c{number % 6}" points="'
        + " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in zip(curve.x, curve.y, strict=True))
        + '"/>'
        for number, curve in enumerate(curves.values())
    ]
    return _square(
        "ROC curve",
        "real called synthetic (false-positive rate)",
        "synthetic caught",
        ['<line class="chance" ' + _ends(0, 0, 1, 1) + "/>", *lines],
    )


def reliability_plot(bins: Mapping[str, Sequence[Bin]]) -> str:
    """Observed share over predicted probability; the size of a point is the weight of its bin."""
    marks = ['<line class="chance" ' + _ends(0, 0, 1, 1) + "/>"]
    for number, found in enumerate(bins.values()):
        points = " ".join(f"{_x(b.predicted):.1f},{_y(b.observed):.1f}" for b in found)
        marks.append(f'<polyline class="curve thin c{number % 6}" points="{points}"/>')
        marks += [
            f'<circle class="dot c{number % 6}" cx="{_x(b.predicted):.1f}" '
            f'cy="{_y(b.observed):.1f}" r="{2 + 9 * b.share**0.5:.1f}"><title>predicted '
            f"{b.predicted:.2f}, observed {b.observed:.2f}, {b.items} files</title></circle>"
            for b in found
        ]
    return _square("Reliability", "predicted probability of synthesis", "observed share", marks)


class DotRow:
    """One line of the per-source plot.

    Attributes:
        name: Of the source.
        files: How many.
        seen: Whether the model was trained on some of it.
        svg: An axis from 0 to 1 with a dot and interval for each condition.
    """

    def __init__(self, row: Row) -> None:
        self.name, self.files, self.seen = row.name, row.files, bool(row.seen)
        self.svg = _dots(row)


def dot_rows(rows: Sequence[Row]) -> list[DotRow]:
    """The per-source plot, line by line; names are written by the page, which escapes them."""
    return [DotRow(row) for row in rows]


def _dots(row: Row) -> str:
    count = len(row.shares)
    height = max(16, 5 * count + 6)
    parts = [f'<svg class="dots" viewBox="0 0 400 {height}" aria-hidden="true">']
    parts += [
        f'<line class="grid" x1="{4 + 392 * t:g}" x2="{4 + 392 * t:g}" y1="0" y2="{height}"/>'
        for t in TICKS
    ]
    for number, (name, share) in enumerate(row.shares.items()):
        if share.called is None:
            continue
        y = (height - 5 * (count - 1)) / 2 + 5 * number
        low, at, high = (4 + 392 * v for v in (share.low, share.called, share.high))
        parts.append(
            f'<g class="c{number % 6}"><line class="spread" x1="{low:.1f}" x2="{high:.1f}" '
            f'y1="{y:.1f}" y2="{y:.1f}"/><circle class="dot" cx="{at:.1f}" cy="{y:.1f}" r="2.6">'
            f"<title>{name}: {100 * share.called:.1f} % of {share.scored}</title></circle></g>"
        )
    return "".join(parts) + "</svg>"


def _square(label: str, across: str, up: str, marks: Sequence[str]) -> str:
    width, height = LEFT + SIDE + 14, TOP + SIDE + FOOT
    return (
        f'<svg class="plot" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
        + "".join(_axes())
        + "".join(marks)
        + f'<text class="axis" x="{LEFT + SIDE / 2}" y="{height - 6}" text-anchor="middle">'
        f"{across}</text>"
        f'<text class="axis" transform="translate(12 {TOP + SIDE / 2}) rotate(-90)" '
        f'text-anchor="middle">{up}</text></svg>'
    )


def _axes() -> Iterator[str]:
    yield f'<rect class="plane" x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}"/>'
    for tick in TICKS:
        yield f'<line class="grid" {_ends(tick, 0, tick, 1)}/><line class="grid" '
        yield f"{_ends(0, tick, 1, tick)}/>"
        yield f'<text x="{_x(tick):.1f}" y="{TOP + SIDE + 16}" text-anchor="middle">{tick:g}</text>'
        yield f'<text x="{LEFT - 6}" y="{_y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'


def _ends(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'x1="{_x(x1):.1f}" y1="{_y(y1):.1f}" x2="{_x(x2):.1f}" y2="{_y(y2):.1f}"'


def _x(value: float) -> float:
    return LEFT + SIDE * value


def _y(value: float) -> float:
    return TOP + SIDE * (1 - value)
