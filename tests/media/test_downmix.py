"""Channels as one: nothing that both ears hear is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detect.media.audio import RATE
from detect.media.downmix import LOUDEST, downmix
from tests.media import make

RNG = np.random.default_rng(0)
VOICE, OTHER = (RNG.standard_normal(RATE).astype(np.float32) * 0.1 for _ in range(2))


def test_channels_are_averaged() -> None:
    np.testing.assert_allclose(downmix(np.stack([VOICE, VOICE])), VOICE, rtol=1e-6)
    np.testing.assert_allclose(downmix(np.stack([VOICE, OTHER])), (VOICE + OTHER) / 2, rtol=1e-6)
    np.testing.assert_allclose(downmix(VOICE[None]), VOICE)


@pytest.mark.parametrize("channels", [2, 6])
def test_sound_in_one_channel_alone_is_heard(channels: int) -> None:
    planes = np.zeros((channels, RATE), np.float32)
    planes[1] = VOICE
    np.testing.assert_allclose(downmix(planes), VOICE / channels, rtol=1e-6)


def test_a_voice_in_opposite_phase_hides_nothing() -> None:
    faint = 0.07 * OTHER
    planes = np.stack([VOICE + faint, 0.9 * (faint - VOICE)])
    np.testing.assert_allclose(downmix(planes), VOICE + faint)
    np.testing.assert_allclose(downmix(np.stack([VOICE, -VOICE])), VOICE)


def test_what_is_no_number_is_bounded() -> None:
    broken = np.float32([[np.nan, np.inf, -np.inf, 1e38, 0.5]])
    assert downmix(broken).tolist() == [0, LOUDEST, -LOUDEST, LOUDEST, 0.5]
    assert downmix(np.zeros((2, 0), np.float32)).tolist() == []


@pytest.mark.parametrize(
    ("name", "codec"), [("a.wav", "pcm_s16le"), ("a.mp3", "libmp3lame"), ("a.m4a", "aac")]
)
def test_opposite_channels_of_a_file(tmp_path: Path, name: str, codec: str) -> None:
    tone = make.tone(2, 44_100)
    path = make.audio(tmp_path / name, np.stack([tone, -tone]), rate=44_100, codec=codec)
    (clip,) = make.decoded(path).audio
    assert 0.4 < np.abs(clip.samples[RATE // 2 : RATE]).max() < 0.6
