"""Heads of the voice classifier fitted anew: on the features that the shipped ones read."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from detect.core.media import AudioClip
from detect.evaluate.recipes.speech_head import BOUND
from detect.evaluate.recipes.voice import SpeechRecipe
from detect.models.manifest import load_manifest
from detect.models.runtime import open_session
from detect.voice.speech import WINDOW, SpeechDetector
from detect.voice.speech_network import SpeechNetwork
from detect.voice.speech_window import prepare
from detect.voice.voice_activity import VoiceActivity

pytest.importorskip("torch")
pytest.importorskip("onnx")

ROOT = Path(__file__).resolve().parents[2]
RATE = 16_000


@pytest.fixture(scope="module")
def recipe() -> SpeechRecipe:
    return SpeechRecipe(load_manifest())


def windows(name: str) -> list[AudioClip]:
    """Stretches of four seconds of a sample."""
    resampler = av.AudioResampler("flt", "mono", RATE)
    with av.open(str(ROOT / "samples" / name)) as container:
        parts = [
            part.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for part in resampler.resample(frame)
        ]
    samples = np.concatenate(parts).astype(np.float32)
    return [
        AudioClip(samples[k : k + WINDOW], RATE, k / RATE)
        for k in range(0, len(samples) - WINDOW + 1, RATE)
    ]


def test_the_shipped_heads_give_their_part_of_the_score(recipe: SpeechRecipe) -> None:
    import onnx
    from onnx import numpy_helper

    manifest = load_manifest()
    network = onnx.load_model_from_string(manifest["speech-v4"].read("heads"))
    named = {
        item.name.removeprefix("heads."): numpy_helper.to_array(item)
        for item in network.graph.initializer
        if item.name.startswith("heads.")
    }
    clip = windows("tts-voice.m4a")[0]
    features = recipe.features(None, clip)
    assert isinstance(features, np.ndarray)
    z = np.clip((features - named["mean"]) / named["deviation"], -BOUND, BOUND)
    score = named["bias"][0]
    for name in ("small", "large"):
        inner = z[: len(named[name])] @ named[name] + named[f"{name}_bias"]
        score += float(np.maximum(inner, 0) @ named[f"{name}_outer"])
    ready = prepare(clip.samples)
    speech = VoiceActivity(manifest).probabilities(ready)
    seen = SpeechNetwork(manifest["speech-v4"], threads=1).features(ready, speech)
    heads = open_session(manifest["speech-v4"], "heads", threads=1)
    (parts,) = heads.run(["parts"], seen)
    assert score == pytest.approx(parts[0], abs=1e-3)
    shipped, reason = SpeechDetector(manifest, threads=1).score(ready, speech)
    assert reason is None
    assert shipped == pytest.approx(float(np.arcsinh(parts.sum())), abs=1e-4)


def test_heads_fitted_on_other_windows_tell_the_voices_apart(recipe: SpeechRecipe) -> None:
    rows: list[np.ndarray] = []
    truth: list[bool] = []
    for name in ("real-voice.ogg", "tts-voice.m4a"):
        for clip in windows(name):
            found = recipe.features(None, clip)
            if not isinstance(found, str):
                rows.append(found)
                truth.append(name.startswith("tts"))
    positive = np.array(truth)
    assert 2 < positive.sum() < len(positive) - 2
    known = np.arange(len(rows)) % 2 == 0
    features = np.stack(rows)
    score = recipe.fit(
        np.repeat(features[known], 20, axis=0),
        np.repeat(positive[known], 20),
        np.ones(20 * known.sum()),
        ["one"] * int(20 * known.sum()),
    )(features[~known])
    assert score[positive[~known]].min() > score[~positive[~known]].max()


def test_what_is_no_speech_has_a_reason(recipe: SpeechRecipe) -> None:
    assert recipe.features(None, None) == "no-audio"
    silence = AudioClip(np.zeros(2 * WINDOW, np.float32), RATE, 0.0)
    assert recipe.features(None, silence) == "silent"
    noise = np.random.default_rng(1).normal(0, 0.05, WINDOW).astype(np.float32)
    assert recipe.features(None, AudioClip(noise, RATE, 0.0)) == "no-speech"
