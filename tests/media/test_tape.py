"""Sound that is too long for the tape: kept in stretches that lie all over it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from detect.media.tape import RATE, STRETCH, Tape


def recorded(tape: Tape, seconds: int, start: float = 0.0) -> Tape:
    """Each second of the sound has its number as its samples."""
    tape.new_clip(start)
    for second in range(seconds):
        tape.append(np.full(RATE, int(start) + second, np.float32))
    return tape


def test_nothing_recorded_is_no_clip() -> None:
    assert Tape(100).clips() == ()
    assert recorded(Tape(100), 0).clips() == ()


def test_sound_that_fits_is_one_clip() -> None:
    tape = recorded(Tape(100), 100)
    (clip,) = tape.clips()
    assert not tape.thinned
    assert (clip.start, clip.seconds) == (0, 100)


@pytest.mark.parametrize("seconds", [101, 150, 400, 3000])
def test_longer_sound_is_kept_in_places_all_over_it(seconds: int) -> None:
    tape = recorded(Tape(100), seconds)
    clips = tape.clips()
    assert tape.thinned
    assert not tape.full
    assert 65 <= sum(clip.seconds for clip in clips) <= 100
    ends = [0.0, *(c.start for c in clips), seconds]
    assert max(b - a for a, b in pairwise(ends)) < 3.5 * seconds / len(clips)


def test_every_clip_knows_its_time() -> None:
    for clip in recorded(Tape(100), 777).clips():
        second = clip.samples.astype(int)
        expected = np.floor(clip.start + np.arange(len(second)) / RATE)
        assert (second == expected).all()


def test_clips_of_a_thinned_tape_do_not_touch() -> None:
    clips = recorded(Tape(1000), 5000).clips()
    assert all(a.start + a.seconds < b.start for a, b in pairwise(clips))
    assert all(clip.seconds % STRETCH == 0 for clip in clips)


def test_gaps_stay_gaps() -> None:
    tape = recorded(Tape(100), 10)
    clips = recorded(tape, 5, start=60).clips()
    assert [(c.start, c.seconds) for c in clips] == [(0, 10), (60, 5)]


def test_times_that_never_leave_what_is_kept_fill_the_tape() -> None:
    tape = Tape(8)
    for _ in range(20):
        recorded(tape, 1)
    assert tape.full
    assert sum(clip.seconds for clip in tape.clips()) <= 8


def test_what_would_not_be_kept_is_not_wanted() -> None:
    tape = recorded(Tape(100), 1000)
    wanted = {int(s) for s in range(1000) if tape.wants(s)}
    kept = {int(c.start) + s for c in tape.clips() for s in range(int(c.seconds))}
    assert kept == wanted
