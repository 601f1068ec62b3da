"""Times as people read them."""

from __future__ import annotations

from detect.core.clock import clock, stretch


def test_a_clock_shows_hours_only_when_there_are_any() -> None:
    assert clock(65.9) == "1:05"
    assert clock(3725) == "1:02:05"
    assert clock(-1) == "0:00"


def test_tenths_round_into_the_next_minute() -> None:
    assert clock(59.96, tenths=True) == "1:00.0"


def test_a_stretch_is_in_seconds_within_the_first_minute() -> None:
    assert stretch(13, 31.04) == "13.0-31.0 s"
    assert stretch(3340, 3360) == "55:40-56:00"
