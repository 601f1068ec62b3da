"""What is speech, what is scored, and where in time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from detect.core.finding import Finding
from detect.core.media import AudioClip, Media
from detect.evaluate.dataset.sound_conditions import mix, tune
from detect.models.manifest import load_manifest
from detect.voice.speech import SpeechDetector, golden_samples
from detect.voice.speech_window import prepare
from detect.voice.voice_activity import VoiceActivity, is_silent, unfit
from tests.media import make

RATE = 16_000
SAMPLES = Path(__file__).parents[2] / "samples"
Samples = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def detector() -> SpeechDetector:
    return SpeechDetector(load_manifest(), threads=1)


def look(detector: SpeechDetector, *clips: AudioClip) -> Finding:
    return detector.examine(Media("x.wav", kind="audio"), (), clips)


def tone(seconds: float, level: float = 0.2) -> Samples:
    time = np.arange(int(seconds * RATE)) / RATE
    return np.asarray(level * np.sin(2 * np.pi * 440 * time), np.float32)


def noise(seconds: float, level: float = 0.1) -> Samples:
    draws = np.random.default_rng(0).standard_normal(int(seconds * RATE))
    return np.asarray(level * draws, np.float32)


class Everything(VoiceActivity):
    """Takes all sound for speech, so that windows can be tested without recordings."""

    def __init__(self) -> None:
        pass

    def probabilities(self, samples: Samples) -> Samples:
        return np.ones(-(-len(samples) // 512), np.float32)


def scoring(
    detector: SpeechDetector, monkeypatch: pytest.MonkeyPatch, score: Callable[[Samples], float]
) -> None:
    monkeypatch.setattr(detector, "_activity", Everything())
    monkeypatch.setattr(detector, "score", lambda samples, _: (score(samples), None))


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(10 * RATE, np.float32), "muted"),
        (np.zeros(0, np.float32), "muted"),
        (np.full(3 * RATE, 1e-5, np.float32), "silent"),
        (tone(10), "no-speech"),
        (noise(10), "no-speech"),
        (noise(10, 0.001), "no-speech"),
        (tone(0.01), "no-speech"),
    ],
)
def test_what_is_not_speech_has_no_score(
    detector: SpeechDetector, samples: Samples, reason: str
) -> None:
    finding = look(detector, AudioClip(samples))
    assert (finding.status, finding.reason) == ("not-applicable", reason)
    assert finding.score is finding.llr is finding.decision is None
    assert all(span.score is None and span.reason for span in finding.spans)


def test_no_sound_at_all(detector: SpeechDetector) -> None:
    assert look(detector).reason == "no-audio"


def test_silence_is_told_by_the_loudest_frame() -> None:
    click = np.zeros(RATE, np.float32)
    click[5000] = 0.5
    assert is_silent(np.zeros(RATE, np.float32))
    assert not is_silent(click)


def test_too_little_speech() -> None:
    assert unfit(np.zeros(125, np.float32)) == "no-speech"
    assert unfit(np.repeat(np.float32([1, 0]), [20, 105])) == "too-little-speech"
    assert unfit(np.full(125, 0.7, np.float32)) == "too-little-speech"
    assert unfit(np.repeat(np.float32([1, 0]), [40, 85])) is None


@pytest.mark.parametrize(("ratio", "reason"), [(1.5, "too-noisy"), (4.0, None)])
def test_pauses_as_loud_as_speech_are_too_noisy(ratio: float, reason: str | None) -> None:
    speech = np.repeat(np.float32([1, 0]), [60, 65])
    power = np.repeat(np.where(speech > 0.5, ratio, 1.0), 512)
    assert unfit(speech, np.float32(np.sqrt(power)) * noise(4)) == reason


def test_without_pauses_nothing_is_said_about_noise() -> None:
    assert unfit(np.ones(125, np.float32), noise(4)) is None


def test_level_offset_and_digital_silence_do_not_matter() -> None:
    sound = golden_samples()
    np.testing.assert_allclose(prepare(sound * 0.01 + 0.2), prepare(sound), atol=1e-5)
    assert np.abs(prepare(sound)[sound == 0]).max() > 0


def test_golden_score(detector: SpeechDetector) -> None:
    declared = load_manifest()["speech-v4"].declared["golden"]
    assert detector.golden_score() == pytest.approx(declared["score"], abs=declared["tolerance"])
    assert detector.golden_score() == detector.golden_score()


def test_a_synthetic_stretch_inside_a_recording(
    detector: SpeechDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = noise(60)
    samples[20 * RATE : 40 * RATE] += 1
    scoring(detector, monkeypatch, lambda s: 50.0 if s.mean() > 0.5 else -50.0)
    monkeypatch.setattr("detect.voice.speech.prepare", lambda s: s)
    finding = look(detector, AudioClip(samples, RATE, 5.0))
    assert finding.llr is not None and finding.positive is not None
    high = [s for s in finding.spans if s.llr is not None and s.llr >= finding.positive]
    assert high[0].start == pytest.approx(25, abs=1)
    assert high[-1].end == pytest.approx(45, abs=1)
    assert finding.coverage == pytest.approx(1.0)
    assert [s.start for s in finding.spans[1:]] == [s.end for s in finding.spans[:-1]]
    assert finding.spans[0].start == 5.0 and finding.spans[-1].end == 65.0
    assert "voice-part-synthetic" in [e.code for e in finding.evidence]


def test_one_window_that_stands_out_decides_nothing(
    detector: SpeechDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([-5.0] * 10 + [50.0] + [-5.0] * 100)
    scoring(detector, monkeypatch, lambda s: next(scores))
    finding = look(detector, AudioClip(noise(60)))
    assert finding.llr is not None and finding.positive is not None
    assert finding.llr < finding.positive
    assert not finding.decision


def test_a_dip_does_not_end_a_segment_and_the_words_say_how_much(
    detector: SpeechDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([-50.0] * 6 + [50.0] * 4 + [-9.0] + [50.0] * 4 + [-50.0] * 100)
    scoring(detector, monkeypatch, lambda s: next(scores))
    finding = detector.examine(
        Media("x.wav", kind="audio", duration=120.0), (), (AudioClip(noise(60)),)
    )
    part = next(e for e in finding.evidence if e.code == "voice-part-synthetic")
    assert part.where == "13.0-31.0 s"
    assert "60 s of 120 s" in part.en and "120 秒" in part.zh
    assert finding.coverage == pytest.approx(0.5)


def test_a_part_is_named_as_one_where_only_samples_of_it_were_heard(
    detector: SpeechDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = [noise(20), noise(20) + 1, noise(20) + 1, noise(20)]
    scoring(detector, monkeypatch, lambda s: 50.0 if s.mean() > 0.5 else -50.0)
    monkeypatch.setattr("detect.voice.speech.prepare", lambda s: s)
    clips = [AudioClip(part, RATE, 100.0 * n) for n, part in enumerate(samples)]
    finding = detector.examine(Media("x.wav", kind="audio", duration=320.0), (), clips)
    part = next(e for e in finding.evidence if e.code == "voice-part-synthetic")
    assert part.where == "1:40-3:40"
    assert "1:40-3:40 (40 s heard)" in part.en and "80 s of 320 s" in part.en
    assert "1:40-3:40（检测其中 40 秒）" in part.zh


def test_what_was_left_out_of_a_file_with_speech_is_said(
    detector: SpeechDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    scoring(detector, monkeypatch, lambda s: 0.0)
    answers = iter(["music"] * 4 + ["too-noisy"] * 2)
    monkeypatch.setattr(
        detector, "_judge", lambda s: (None, why) if (why := next(answers, "")) else (0.0, None)
    )
    finding = look(detector, AudioClip(noise(30)))
    said = next(e for e in finding.evidence if e.code == "voice-not-scored")
    assert said.en == "13 s were not scored: music (9 s), speech drowned in noise (4 s)."


def test_only_a_track_that_was_heard_all_over_is_muted(detector: SpeechDetector) -> None:
    silence = np.zeros(20 * RATE, np.float32)
    assert look(detector, AudioClip(silence)).reason == "muted"
    clips = (AudioClip(silence), AudioClip(silence, RATE, 100.0))
    found = detector.examine(Media("x.wav", kind="audio", duration=120.0), (), clips)
    assert found.reason == "silent"


@pytest.mark.parametrize("seed", [0, 1])
def test_speech_over_a_tune_is_still_speech(detector: SpeechDetector, seed: int) -> None:
    (clip,) = make.decoded(SAMPLES / "tts-voice.m4a").audio
    behind = tune(len(clip.samples), np.random.default_rng(seed))
    assert look(detector, AudioClip(mix(clip.samples, behind, 10.0))).coverage == 1.0
    assert look(detector, AudioClip(behind)).status == "not-applicable"


@pytest.mark.parametrize("reason", ["singing", "music"])
def test_other_sound_than_speech_is_a_reason_and_no_score(
    detector: SpeechDetector, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    monkeypatch.setattr(detector, "_activity", Everything())
    monkeypatch.setattr(detector, "score", lambda samples, _: (50.0, reason))
    finding = look(detector, AudioClip(noise(20)))
    assert (finding.status, finding.reason, finding.decision) == ("not-applicable", reason, None)


def test_silence_between_is_said_and_not_counted(
    detector: SpeechDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    scoring(detector, monkeypatch, lambda s: 0.0)
    samples = noise(30)
    samples[10 * RATE : 20 * RATE] = 0
    finding = look(detector, AudioClip(samples))
    quiet = [s for s in finding.spans if s.reason == "silent"]
    assert len(quiet) == 1
    assert (quiet[0].start, quiet[0].end) == (pytest.approx(11, abs=1), pytest.approx(19, abs=1))
    assert finding.coverage == pytest.approx(1 - (quiet[0].end - quiet[0].start) / 30, abs=0.01)


def test_real_speech_is_scored_and_the_order_does_not_matter(
    detector: SpeechDetector, corpus: Path
) -> None:
    import av

    clips = []
    for path in sorted((corpus / "audio" / "real").glob("*.opus"))[:3]:
        with av.open(str(path)) as container:
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            parts = [
                part.to_ndarray()[0]
                for frame in container.decode(audio=0)
                for part in resampler.resample(frame)
            ]
        clips.append(AudioClip(np.concatenate(parts).astype(np.float32) / 32768))
    forward = [look(detector, clip) for clip in clips]
    backward = [look(detector, clip) for clip in reversed(clips)]
    assert forward == backward[::-1]
    assert any(finding.status == "ok" for finding in forward)
    assert all(
        f.llr is not None and f.coverage is not None and 0 < f.coverage <= 1
        for f in forward
        if f.status == "ok"
    )
