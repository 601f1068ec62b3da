"""Scores over time, ready to be drawn in characters or as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from detect.core.finding import Finding, Span
from detect.core.report import Report

__all__ = ["Standing", "Track", "columns", "standing", "tracks"]

Standing = Literal["yes", "no", "undecided", "none"]
"""Where a score stands: above the threshold, below the lower one, between them, or no score."""


@dataclass(frozen=True, slots=True)
class Track:
    """The scores of one detector over time.

    Attributes:
        hypothesis: What they are about.
        detector: Whose they are.
        spans: As the detector gave them, in order; single moments for frames.
        points: The same as stretches of time: a single moment reaches to the middle between its
            neighbours.
        positive: Threshold for synthetic on the log-likelihood ratio of one span, when known.
        negative: Threshold for no traces.
        decided: Stretches that support the decision or, without one, stand out.
        end: Seconds of the whole file.
    """

    hypothesis: str
    detector: str
    spans: tuple[Span, ...]
    points: tuple[Span, ...]
    positive: float | None
    negative: float | None
    decided: tuple[Span, ...]
    end: float


def tracks(report: Report) -> tuple[Track, ...]:
    """The tracks of a report: at least two scored stretches each."""
    return tuple(
        _track(report, finding)
        for finding in report.findings
        if finding.hypothesis and sum(span.llr is not None for span in finding.spans) > 1
    )


def standing(llr: float | None, positive: float | None, negative: float | None) -> Standing:
    """Where a log-likelihood ratio stands; without thresholds nothing is decided."""
    if llr is None:
        return "none"
    if positive is not None and llr >= positive:
        return "yes"
    if negative is not None and llr <= negative:
        return "no"
    return "undecided"


def columns(track: Track, count: int) -> list[float | None]:
    """The track in `count` equal steps of time: the highest log-likelihood ratio in each."""
    step = track.end / count
    values: list[float | None] = []
    for number in range(count):
        start, end = number * step, (number + 1) * step
        inside = [
            p.llr for p in track.points if p.start < end and p.end > start and p.llr is not None
        ]
        values.append(max(inside, default=None))
    return values


def _track(report: Report, finding: Finding) -> Track:
    assert finding.hypothesis is not None
    spans = sorted(finding.spans, key=lambda span: (span.start, span.end))
    end = max([report.media.duration or 0.0, *(span.end for span in spans)]) or 1.0
    points = tuple(_widened(spans, end))
    result = report.hypotheses.get(finding.hypothesis)
    positive, negative = finding.span_thresholds
    return Track(
        hypothesis=finding.hypothesis,
        detector=finding.detector,
        spans=tuple(spans),
        points=points,
        positive=positive,
        negative=negative,
        decided=tuple(_shown(span, points) for span in result.spans) if result else (),
        end=end,
    )


def _widened(spans: list[Span], end: float) -> list[Span]:
    wide = []
    for number, span in enumerate(spans):
        if span.end > span.start:
            wide.append(span)
            continue
        left = (spans[number - 1].end + span.start) / 2 if number else 0.0
        right = (spans[number + 1].start + span.end) / 2 if number + 1 < len(spans) else end
        wide.append(Span(left, right, span.score, span.llr, span.reason, span.index))
    return wide


def _shown(span: Span, points: tuple[Span, ...]) -> Span:
    """A stretch as it is drawn: single moments count as far as their neighbours' middles."""
    inside = [p for p in points if p.start <= span.end and p.end >= span.start]
    if span.end > span.start and not any(p.start < span.start < p.end for p in inside):
        return span
    return Span(min(p.start for p in inside), max(p.end for p in inside)) if inside else span
