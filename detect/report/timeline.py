"""Geometry of the drawn timeline: one panel a track, a shared time axis."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from detect.core.clock import clock
from detect.core.finding import Span
from detect.report.summary import code_words
from detect.report.text import odds
from detect.report.tracks import Standing, Track, standing

__all__ = ["Mark", "Panel", "Plot", "Tick", "plot"]

WIDTH = 760.0
LEFT, RIGHT, TOP, PANEL, GAP, AXIS = 64.0, 76.0, 26.0, 120.0, 40.0, 26.0
_TEN = math.log(10)
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600)


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One score: a bar between the zero line and the score; frames have a dot at its end.

    Attributes:
        x: Left edge of the bar.
        width: Of the bar.
        top: Upper edge of the bar.
        height: Of the bar.
        standing: Where it stands against the thresholds; `none` marks a stretch without a score.
        title: What hovering says.
        dot: Place of the dot, None for a stretch of sound.
    """

    x: float
    width: float
    top: float
    height: float
    standing: Standing
    title: str
    dot: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Panel:
    """One track: its marks, axis and threshold lines, in units of the drawing."""

    hypothesis: str
    detector: str
    top: float
    bottom: float
    zero: float
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    positive: float | None
    negative: float | None
    decided: tuple[tuple[float, float], ...]
    line: str


@dataclass(frozen=True, slots=True)
class Plot:
    """The whole drawing."""

    width: float
    height: float
    left: float
    right: float
    axis: float
    panels: tuple[Panel, ...]
    times: tuple[Tick, ...]


def plot(tracks: tuple[Track, ...]) -> Plot | None:
    """Lays out the tracks; None when there is nothing to draw."""
    if not tracks:
        return None
    end = max(track.end for track in tracks)
    panels = tuple(
        _panel(track, end, TOP + number * (PANEL + GAP)) for number, track in enumerate(tracks)
    )
    axis = panels[-1].bottom
    step = next((s for s in _STEPS if end / s <= 10), end / 10)
    times = tuple(
        Tick(_x(n * step, end), clock(n * step, tenths=step < 1))
        for n in range(int(end / step + 1e-9) + 1)
    )
    return Plot(WIDTH, axis + AXIS, LEFT, WIDTH - RIGHT, axis, panels, times)


def _x(seconds: float, end: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * max(0.0, min(1.0, seconds / end)), 2)


def _panel(track: Track, end: float, top: float) -> Panel:
    values = [p.llr for p in track.points if p.llr is not None]
    values += [v for v in (track.positive, track.negative) if v is not None]
    high = max(1.15 * max(values), 1.2 * _TEN)
    low = min(1.15 * min(values), -1.2 * _TEN)
    bottom = top + PANEL

    def y(llr: float) -> float:
        return round(top + PANEL * (high - llr) / (high - low), 2)

    marks = tuple(
        _mark(track, span, point, end, y)
        for span, point in zip(track.spans, track.points, strict=True)
    )
    powers = range(math.ceil(low / _TEN), math.floor(high / _TEN) + 1)
    stride = max(1, math.ceil(len(powers) / 5))
    return Panel(
        hypothesis=track.hypothesis,
        detector=track.detector,
        top=top,
        bottom=bottom,
        zero=y(0.0),
        ticks=tuple(Tick(y(p * _TEN), _ratio(p)) for p in powers if p % stride == 0),
        marks=marks,
        positive=None if track.positive is None else y(track.positive),
        negative=None if track.negative is None else y(track.negative),
        decided=tuple((_x(s.start, end), _x(s.end, end) - _x(s.start, end)) for s in track.decided),
        line=" ".join(f"{m.dot[0]},{m.dot[1]}" for m in marks if m.dot),
    )


def _mark(track: Track, span: Span, point: Span, end: float, y: Callable[[float], float]) -> Mark:
    moment = span.start == span.end
    x, right = _x(point.start, end), _x(point.end, end)
    when = clock(span.start, tenths=True)
    if not moment:
        when += f"–{clock(span.end, tenths=True)}"
    level = zero = y(0.0)
    title = when
    if span.llr is not None:
        level = y(span.llr)
        title = f"{when} · LLR {odds(span.llr)}"
    elif span.reason:
        why = code_words(span.reason)
        title = f"{when} · {why.en} / {why.zh}"
    return Mark(
        x=x,
        width=max(1.0, round(right - x, 2)),
        top=min(level, zero),
        height=max(1.0, round(abs(level - zero), 2)),
        standing=standing(span.llr, track.positive, track.negative),
        title=title,
        dot=(_x(span.start, end), level) if moment and span.llr is not None else None,
    )


def _ratio(power: int) -> str:
    if abs(power) > 3:
        return f"10{_superscript(power)}"
    number = f"{10 ** abs(power):,}"
    return f"{number}:1" if power > 0 else f"1:{number}" if power < 0 else "1:1"


def _superscript(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
