"""Where somebody speaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from detect.models.manifest import load_manifest
from detect.voice import voice_activity
from detect.voice.speech_window import prepare
from detect.voice.voice_activity import FRAME, RATE, VoiceActivity
from tests.media import make

Samples = npt.NDArray[np.float32]
VOICE = Path(__file__).parents[2] / "samples" / "real-voice-short.ogg"


@pytest.fixture(scope="module")
def activity() -> VoiceActivity:
    return VoiceActivity(load_manifest())


@pytest.fixture(scope="module")
def voice() -> Samples:
    (clip,) = make.decoded(VOICE).audio
    return prepare(clip.samples)


def test_a_voice_is_heard_and_the_pause_before_it_is_not(
    activity: VoiceActivity, voice: Samples
) -> None:
    pause = 1e-4 * np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    found = activity.probabilities(np.concatenate([pause, voice]))
    assert found[: RATE // FRAME - 1].max() < 0.2
    assert (found[RATE // FRAME + 1 :] > 0.8).mean() > 0.5


def test_what_is_heard_does_not_depend_on_how_many_frames_go_together(
    activity: VoiceActivity, voice: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = activity.probabilities(voice)
    monkeypatch.setattr(voice_activity, "TOGETHER", 7)
    assert activity.probabilities(voice) == pytest.approx(whole, abs=1e-4)


def test_the_future_does_not_change_the_past(activity: VoiceActivity, voice: Samples) -> None:
    count = len(voice) // (2 * FRAME)
    half = activity.probabilities(voice[: count * FRAME])
    assert half == pytest.approx(activity.probabilities(voice)[:count], abs=1e-4)


@pytest.mark.parametrize("extra", [0, 1, 511])
def test_one_probability_for_each_frame_begun(activity: VoiceActivity, extra: int) -> None:
    found = activity.probabilities(np.zeros(3 * FRAME + extra, np.float32))
    assert found.shape == (3 + (extra > 0),)
    assert found.dtype == np.float32


def test_no_sound_has_no_probabilities(activity: VoiceActivity) -> None:
    assert activity.probabilities(np.zeros(0, np.float32)).shape == (0,)
