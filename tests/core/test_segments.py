"""Segments: no flicker, no early end."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from detect.core.finding import Span
from detect.core.segments import segments, smoothed


def windows(llrs: Sequence[float | None], start: float = 0.0) -> list[Span]:
    return [
        Span(start + 2.0 * n, start + 2.0 * n + 2, llr, llr, None if llr is not None else "silent")
        for n, llr in enumerate(llrs)
    ]


def found(llrs: Sequence[float | None]) -> list[tuple[float, float]]:
    return [(s[0].start, s[-1].end) for s in segments(windows(llrs), 2.0)]


@pytest.mark.parametrize(
    ("llrs", "expected"),
    [
        ([-1, -1, 5, -1, -1], []),  # one window is no segment
        ([5, -1, -1, -1], []),  # not even at the edge
        ([-1, 3, 3, 3, -1], [(2.0, 8.0)]),
        ([-1, 3, 3, -2, 3, 3, -1], [(2.0, 12.0)]),  # a dip does not end it
        ([-1, 1, 1, 3, 3, 1, -1], [(2.0, 12.0)]),  # held below the threshold
        ([-1, 1, 1, 1, 1, -1], []),  # never opened
        ([3, 3, None, 3, 3], []),  # silence between: two short runs
        ([3, 3, 3, None, -1, 3, 3, 3], [(0.0, 6.0), (10.0, 16.0)]),
        ([3], [(0.0, 2.0)]),  # all that was scored
        ([], []),
        ([None, None], []),
    ],
)
def test_segments(llrs: list[float | None], expected: list[tuple[float, float]]) -> None:
    assert found(llrs) == expected


def test_time_that_nobody_looked_at_parts_nothing() -> None:
    spans = [*windows([-1, 3, 3]), *windows([3, -1, -1], start=60.0)]
    (segment,) = segments(spans, 2.0)
    assert [(span.start, span.end) for span in segment] == [(2, 4), (4, 6), (60, 62)]


def test_segments_keep_the_scores_of_their_windows() -> None:
    (segment,) = segments(windows([3, 3, -2, 3, 3]), 2.0)
    assert [span.llr for span in segment] == [3, 3, -2, 3, 3]


def test_stills_are_left_alone() -> None:
    stills = [Span(t, t, x, x) for t, x in enumerate([1.0, 9.0, 1.0])]
    assert smoothed(stills) == tuple(stills)
