"""The audible label, and what only resembles it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from detect.core.media import AudioClip
from detect.labelling.explicit_stream import rhythm
from detect.marks.rhythm import FOUND, read_rhythm

Samples = npt.NDArray[np.float32]


def noise(seconds: float, level: float = 0.1) -> Samples:
    samples = np.random.default_rng(3).normal(0, level, int(16_000 * seconds))
    return samples.astype(np.float32)


def found(*parts: Samples) -> bool:
    finding = read_rhythm((AudioClip(np.concatenate(parts)),))
    return [e.code for e in finding.evidence] == [FOUND]


def tones(*lengths: float, pitch: float = 800.0, gap: float = 0.12) -> Samples:
    parts = []
    for length in lengths:
        time = np.arange(int(16_000 * length)) / 16_000
        parts += [0.3 * np.sin(2 * np.pi * pitch * time), np.zeros(int(16_000 * gap))]
    return np.concatenate(parts).astype(np.float32)


def test_at_the_start_and_at_the_end() -> None:
    cue = rhythm(16_000)
    assert found(cue, noise(5))
    assert found(noise(20), cue)
    assert found(cue + noise(len(cue) / 16_000, 0.003))


@pytest.mark.parametrize(
    "other",
    [
        noise(5),
        np.zeros(80_000, np.float32),
        tones(4.0),
        tones(0.12, 0.12, 0.12, 0.12),
        tones(0.36, 0.36, 0.36, 0.36),
        tones(*[0.06] * 30, gap=0.06),
        np.zeros(100, np.float32),
    ],
    ids=["noise", "silence", "tone", "short", "long", "beeps", "nothing"],
)
def test_other_sounds(other: Samples) -> None:
    assert not found(other)


def test_sound_with_nothing_in_it() -> None:
    assert read_rhythm(()).evidence == ()
