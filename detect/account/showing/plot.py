"""Geometry of an account's timeline: scores of posts, paid posts, share by period, the change."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from detect.account.showing.words import words
from detect.report.text import odds, percent
from detect.report.timeline import Tick

__all__ = ["Chart", "chart"]

LEFT, RIGHT, TOP = 46.0, 8.0, 24.0
SCORES, STRIP, GAP, SHARES, AXIS = 170.0, 14.0, 30.0, 90.0, 22.0
HALF_LABEL = 135.0
"""Half the width of the longest words about a change."""
CLIP = 5 * math.log(10)
"""Scores beyond 100,000 to one are drawn at the edge."""
_TEN = math.log(10)
_SHAPES = {
    "synthetic": "M0-5.5 5 4H-5Z",
    "camera": "M0 5.5 5-4H-5Z",
    "undecided": "M0-5.5 5 0 0 5.5-5 0Z",
    "not-examined": "M-3-3H3V3H-3Z",
}


@dataclass(frozen=True, slots=True)
class Point:
    """A post."""

    x: float
    y: float
    answer: str
    shape: str
    filled: bool
    gap: bool
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A period with its share and interval."""

    x: float
    width: float
    value: float
    top: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Change:
    """The change point and its interval; `label` is the middle of its words, inside the drawing."""

    x: float
    left: float
    width: float
    direction: str
    date: str
    label: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing; y runs down, units are those of the view box."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    unscored: float
    paid_row: float
    share_top: float
    share_bottom: float
    axis: float
    points: tuple[Point, ...]
    paid: tuple[float, ...]
    bars: tuple[Bar, ...]
    change: Change | None
    positive: float | None
    negative: float | None
    zero: float
    levels: tuple[Tick, ...]
    shares: tuple[Tick, ...]
    times: tuple[Tick, ...]


def chart(
    posts: Sequence[Mapping[str, Any]],
    periods: Sequence[Mapping[str, Any]],
    change: Mapping[str, Any] | None,
    thresholds: tuple[float, float] | None,
    width: float = 880.0,
) -> Chart | None:
    """Lays out the drawing.

    Args:
        posts: Points of `detect.account.showing.view.Posts`.
        periods: Of the estimate, as in the JSON report.
        change: The same.
        thresholds: Log-likelihood ratios from which a post is decided: free up to, synthetic from.
        width: Of the view box.

    Returns:
        None when there are fewer than two moments to draw.
    """
    moments = [_seconds(p["time"]) for p in posts]
    if not moments or moments[-1] <= moments[0]:
        return None
    first, last = moments[0], moments[-1]
    right = width - RIGHT
    pad = 8.0

    def x(moment: float) -> float:
        share = min(1.0, max(0.0, (moment - first) / (last - first)))
        return round(LEFT + pad + (right - LEFT - 2 * pad) * share, 1)

    values: list[float] = [p["llr"] for p in posts if p["llr"] is not None]
    values += list(thresholds or ())
    high = min(CLIP, max([1.1 * v for v in values if v > 0] + [1.2 * _TEN])) + 0.4
    low = max(-CLIP, min([1.1 * v for v in values if v < 0] + [-1.2 * _TEN])) - 0.4

    def y(llr: float) -> float:
        inside = max(low + 0.4, min(high - 0.4, llr))
        return round(TOP + SCORES * (high - inside) / (high - low), 1)

    bottom = TOP + SCORES
    unscored = bottom + STRIP
    paid_row = unscored + STRIP
    share_top = paid_row + STRIP / 2 + GAP
    share_bottom = share_top + SHARES if periods else paid_row + STRIP / 2
    powers = range(math.ceil(low / _TEN), math.floor(high / _TEN) + 1)
    stride = max(1, math.ceil(len(powers) / 6))
    negative, positive = thresholds or (None, None)

    def share_y(share: float) -> float:
        return round(share_bottom - SHARES * share, 1)

    return Chart(
        width=width,
        height=share_bottom + AXIS,
        left=LEFT,
        right=right,
        top=TOP,
        bottom=bottom,
        unscored=unscored,
        paid_row=paid_row,
        share_top=share_top,
        share_bottom=share_bottom,
        axis=share_bottom,
        points=tuple(
            _point(post, x(moment), unscored if post["llr"] is None else y(post["llr"]))
            for post, moment in zip(posts, moments, strict=True)
        ),
        paid=tuple(x(m) for p, m in zip(posts, moments, strict=True) if p["paid"]),
        bars=tuple(bar for p in periods if (bar := _bar(p, first, last, x, share_y)) is not None),
        change=_change(change, x, right),
        positive=None if positive is None else y(positive),
        negative=None if negative is None else y(negative),
        zero=y(0.0),
        levels=tuple(Tick(y(n * _TEN), _ratio(n)) for n in powers if n % stride == 0),
        shares=tuple(Tick(share_y(s), f"{s:.0%}") for s in (0.0, 0.5, 1.0)) if periods else (),
        times=tuple(_times(first, last, x, 8 if width > 500 else 5)),
    )


def _point(post: Mapping[str, Any], x: float, y: float) -> Point:
    outcome = words(f"outcome.{post['outcome']}")
    score = "" if post["llr"] is None else f" · LLR {odds(post['llr'])}"
    title = f"{post['time'][:10]}{score} · {outcome.en} / {outcome.zh}"
    answer = post["answer"]
    return Point(x, y, answer, _SHAPES[answer], post["disclosed"], post["gap"], title)


def _bar(period: Mapping[str, Any], first: float, last: float, x: Any, y: Any) -> Bar | None:
    bounds = _bounds(period["label"])
    if bounds is None or not period["scored"]:
        return None
    left, right = x(max(bounds[0], first)), x(min(bounds[1], last))
    share = period["share"]
    title = (
        f"{period['label']}: {percent(share['value'])} "
        f"({percent(share['low'])} – {percent(share['high'])})"
    )
    top, bottom = y(share["high"]), y(share["low"])
    return Bar(
        left, max(2.0, round(right - left - 1, 1)), y(share["value"]), top,
        max(1.0, round(bottom - top, 1)), title,
    )  # fmt: skip


def _bounds(label: str | None) -> tuple[float, float] | None:
    """First and last second of `2026`, `2026-Q1` or `2026-03`; None of anything else."""
    found = re.fullmatch(r"(\d{4})(?:-(?:Q([1-4])|(\d\d)))?", label or "")
    if found is None:
        return None
    year = int(found[1])
    month, many = (1, 12)
    if found[2]:
        month, many = 3 * int(found[2]) - 2, 3
    elif found[3]:
        month, many = int(found[3]), 1
    try:
        return _month(year, month - 1), _month(year, month - 1 + many)
    except ValueError:
        return None


def _month(year: int, month: int) -> float:
    """Second in which a month begins; months from 0, also beyond the year."""
    moment = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return (moment - _EPOCH).total_seconds()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _seconds(time: str) -> float:
    moment = datetime.fromisoformat(time)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH).total_seconds()


def _change(change: Mapping[str, Any] | None, x: Any, right: float) -> Change | None:
    if change is None or not change["stated"]:
        return None
    at = x(_seconds(change["time"]))
    left, end = x(_seconds(change["earliest"])) - 4, x(_seconds(change["latest"])) + 4
    label = min(max(at, HALF_LABEL), right - HALF_LABEL)
    width = round(end - left, 1)
    return Change(at, left, width, change["direction"], change["time"][:10], round(label, 1))


def _times(first: float, last: float, x: Any, most: int) -> list[Tick]:
    """Beginnings of days, months or years, at most so many."""
    start = datetime.fromtimestamp(first, UTC)
    months = (last - first) / (30.44 * 86400)
    if months < 2:
        days: dict[str, float] = {}
        for n in range(most):
            moment = first + (last - first) * n / (most - 1)
            days.setdefault(datetime.fromtimestamp(moment, UTC).strftime("%m-%d"), x(moment))
        return [Tick(at, day) for day, at in days.items()]
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60, 120) if months / s <= most), 240)
    ticks = []
    month = start.month - 1 if step < 12 else 0
    month += -month % step if step < 12 else 0
    for _ in range(100):
        try:
            moment = _month(start.year, month)
        except ValueError:
            break
        if moment > last:
            break
        if moment >= first:
            text = f"{start.year + month // 12:04}"
            ticks.append(Tick(x(moment), text if step >= 12 else f"{text}-{month % 12 + 1:02}"))
        month += step
    return ticks


def _ratio(power: int) -> str:
    if abs(power) > 3:
        number = "10" + str(abs(power)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    else:
        number = f"{10 ** abs(power):,}"
    return f"{number}:1" if power > 0 else f"1:{number}" if power < 0 else "1:1"
