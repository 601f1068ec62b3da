"""From scores over time to segments: without flicker, with an end that is not a single dip."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace

from detect.core.finding import Span

__all__ = ["LEAST_SPANS", "segments", "smoothed"]

LEAST_SPANS = 3
"""Neighbouring spans that make a segment; of windows that overlap by half, two share nothing."""


def smoothed(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Every llr replaced by the median of three neighbouring ones.

    One window that stands out vanishes, and one that drops out inside a segment does not end it.
    At the edge of a run of scored spans the three nearest may only lower it. Spans without a score,
    still frames (`start == end`) and runs of fewer than three stay as they are.

    Args:
        spans: In time order; one without a score between two parts them, time that nobody
            looked at (sampled sound) does not.

    Returns:
        As many spans, in the same order.
    """
    out: list[Span] = []
    for run in _runs(spans):
        values = [s.llr for s in run if s.llr is not None]
        if len(values) < max(3, len(run)) or run[0].start == run[0].end:
            out += run
            continue
        for place, span in enumerate(run):
            first = min(max(place - 1, 0), len(run) - 3)
            middle = statistics.median(values[first : first + 3])
            at_edge = place in (0, len(run) - 1)
            out.append(replace(span, llr=min(values[place], middle) if at_edge else middle))
    return tuple(out)


def segments(spans: Sequence[Span], threshold: float) -> list[list[Span]]:
    """Stretches that sound alike: opened by the threshold, held while they lean to it.

    Hysteresis: a segment is a run of neighbouring spans whose smoothed llr is above 0, at least
    one of which reaches the threshold, and which has `LEAST_SPANS` spans or all that were scored.

    Args:
        spans: In time order.
        threshold: The llr that opens a segment.

    Returns:
        The segments in time order, each as its spans with their own llr.
    """
    scored = sum(span.llr is not None for span in spans)
    least = min(LEAST_SPANS, scored)
    found: list[list[Span]] = []
    place = 0
    for run in _runs(smoothed(spans)):
        held: list[int] = []
        for offset in range(len(run) + 1):
            llr = run[offset].llr if offset < len(run) else None
            if llr is not None and llr > 0:
                held.append(offset)
                continue
            opened = any((run[i].llr or 0.0) >= threshold for i in held)
            if opened and len(held) >= least:
                found.append([spans[place + i] for i in held])
            held = []
        place += len(run)
    return found


def _runs(spans: Sequence[Span]) -> list[list[Span]]:
    """Neighbours, scored and not scored apart; all spans, in order."""
    runs: list[list[Span]] = []
    for span in spans:
        last = runs[-1][-1] if runs else None
        if last is not None and (last.llr is None) == (span.llr is None):
            runs[-1].append(span)
        else:
            runs.append([span])
    return runs
