"""The Perth watermark: `perth-marked.opus` is a sample's voice, marked by the package's encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detect.core.media import AudioClip
from detect.marks.perth import THRESHOLD, PerthDecoder, declare
from detect.models import runtime
from detect.models.manifest import load_manifest
from tests.media.make import decoded

ROOT = Path(__file__).resolve().parents[2]
MARKED = Path(__file__).with_name("perth-marked.opus")


@pytest.fixture(scope="module")
def decoder() -> PerthDecoder:
    return PerthDecoder(load_manifest())


def clip(path: Path) -> AudioClip:
    return decoded(path).audio[0]


def test_a_marked_voice_is_found_after_a_lossy_codec(decoder: PerthDecoder) -> None:
    finding, (mark,) = decoder.read([clip(MARKED)])
    assert finding.status == "ok" and finding.score is not None and finding.score > 0.9
    assert (mark.scheme, mark.about, mark.threshold) == ("perth", "voice_synthetic", THRESHOLD)
    assert declare(mark).about == "voice_synthetic"


def test_the_network_runs_on_every_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for saturate in (False, True):
        monkeypatch.setattr(runtime, "sums_saturate", lambda saturate=saturate: saturate)
        found.append(PerthDecoder(load_manifest()).read([clip(MARKED)])[0].score)
    assert found[0] == found[1] is not None


def test_a_real_voice_carries_nothing(decoder: PerthDecoder) -> None:
    finding, marks = decoder.read([clip(ROOT / "samples" / "real-voice-short.ogg")])
    assert finding.score is not None and finding.score < 0.5
    assert marks == ()


def test_a_marked_part_is_found_where_it_is(decoder: PerthDecoder) -> None:
    real, marked = clip(ROOT / "samples" / "real-voice.ogg"), clip(MARKED)
    both = np.concatenate([real.samples[: 8 * 16_000], marked.samples])
    _, (mark,) = decoder.read([AudioClip(both)])
    assert mark.start is not None and mark.end is not None
    assert mark.start >= 6.0 and mark.end == pytest.approx(len(both) / 16_000, abs=0.1)


def test_silence_noise_and_short_sound(decoder: PerthDecoder) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 64_000).astype(np.float32)
    for samples in (np.zeros(64_000, np.float32), noise):
        assert decoder.read([AudioClip(samples)])[1] == ()
    finding, _ = decoder.read([AudioClip(noise[:8_000])])
    assert (finding.status, finding.reason) == ("not-applicable", "too-short")


def test_long_sound_is_examined_in_pieces(decoder: PerthDecoder) -> None:
    samples = np.tile(clip(MARKED).samples, 8)
    whole = decoder.answers(samples)
    alone = decoder.answers(samples[: 25 * 16_000])
    assert len(whole) == len(samples) // 160 + 1
    np.testing.assert_allclose(whole[:2400], alone[:2400], atol=0.05)


def test_a_mark_late_in_long_sound_is_found_and_named_as_one(
    decoder: PerthDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detect.marks.perth.MOST_SECONDS", 40.0)
    monkeypatch.setattr("detect.marks.perth.PIECE", 8.0)
    marked = np.tile(clip(MARKED).samples, 20)[: 60 * 16_000]
    silence = np.zeros(60 * 16_000, np.float32)
    finding, (mark,) = decoder.read([AudioClip(np.concatenate([silence, marked]))], 240.0)
    assert finding.coverage == pytest.approx(40 / 240)
    assert mark.start is not None and mark.end is not None
    assert 60 <= mark.start < 90 and mark.end > 100


@pytest.mark.parametrize(("seconds", "count"), [(2, 100), (5, 40), (25, 8), (200, 1)])
def test_as_much_is_examined_however_short_the_clips_are(
    decoder: PerthDecoder, monkeypatch: pytest.MonkeyPatch, seconds: int, count: int
) -> None:
    monkeypatch.setattr("detect.marks.perth.MOST_SECONDS", 50.0)
    monkeypatch.setattr("detect.marks.perth.PIECE", 5.0)
    silence = np.zeros(seconds * 16_000, np.float32)
    clips = [AudioClip(silence, 16_000, 2.0 * seconds * number) for number in range(count)]
    assert decoder.read(clips)[0].coverage == pytest.approx(0.25, abs=0.03)
