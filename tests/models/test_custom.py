"""A registered model as a classifier: what it scores, what it leaves alone, how it fails."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from detect import AudioClip, Frame, Media, WeightsError
from detect.detectors.custom import CustomClassifier
from detect.models.calibration import Calibration, OperatingPoint
from detect.models.checkpoint import Network
from detect.models.manifest import load_manifest
from detect.models.user import HYPOTHESES, Task, UserModel, declare_files
from tests.models import tiny

MEDIA = Media("a test")
CALIBRATION = Calibration(
    0.5, 0.0, (-2.0, 2.0), {"low-false-alarm": OperatingPoint(1.5, -1.5)}, "a test"
)


def model(root: Path, task: Task, labels: tuple[str, str]) -> UserModel:
    meanings = {labels[0]: "real", labels[1]: HYPOTHESES[task]}
    return UserModel(
        "mine", task, meanings, "MIT", "a test", declare_files(root), CALIBRATION, {}, root
    )


@pytest.fixture
def seeing(picture_checkpoint: Path) -> UserModel:
    return model(picture_checkpoint, "image-classification", ("real", "fake"))


@pytest.fixture
def hearing(sound_checkpoint: Path) -> UserModel:
    return model(sound_checkpoint, "audio-classification", ("bonafide", "spoof"))


def frame(synthetic: bool, seed: int, shot: int = 0) -> Frame:
    return Frame(tiny.picture(synthetic, seed), pts=float(seed), index=seed, shot=shot)


def chord(seconds: int) -> tiny.Samples:
    """Loud music of a kind: three steady tones."""
    at = np.arange(seconds * tiny.RATE) / tiny.RATE
    tones = sum(np.sin(2 * np.pi * pitch * at) for pitch in (262.0, 330.0, 392.0))
    return np.asarray(0.2 * tones, np.float32)


def test_a_picture_gets_a_score_and_a_decision(seeing: UserModel) -> None:
    classifier = CustomClassifier(load_manifest(), seeing)
    for synthetic in (True, False):
        finding = classifier.examine(MEDIA, [frame(synthetic, 1)], [])
        assert finding.status == "ok"
        assert finding.detector == "mine"
        assert finding.hypothesis == "ai_generated"
        assert finding.score is not None
        assert finding.llr == pytest.approx(max(-2.0, min(2.0, 0.5 * finding.score)), abs=0.011)
        assert (finding.positive, finding.negative) == (1.5, -1.5)
        assert finding.decision is synthetic


def test_the_score_is_the_log_odds_of_the_labels(seeing: UserModel) -> None:
    pixels = tiny.picture(True, 1)
    real, fake = Network(seeing.root, seeing.task).picture(pixels)
    finding = CustomClassifier(load_manifest(), seeing).examine(MEDIA, [Frame(pixels)], [])
    assert finding.score == pytest.approx(fake - real)
    turned = dataclasses.replace(seeing, labels={"real": "ai_generated", "fake": "real"})
    assert CustomClassifier(load_manifest(), turned).examine(
        MEDIA, [Frame(pixels)], []
    ).score == pytest.approx(real - fake)


def test_one_odd_frame_of_a_shot_decides_nothing(seeing: UserModel) -> None:
    frames = [frame(n == 2, n) for n in range(5)]
    finding = CustomClassifier(load_manifest(), seeing).examine(MEDIA, frames, [])
    assert finding.decision is False
    assert [span.start for span in finding.spans] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert finding.spans[2].llr is not None and finding.spans[2].llr > 0


def test_blank_and_tiny_pictures_are_left_alone(seeing: UserModel) -> None:
    classifier = CustomClassifier(load_manifest(), seeing)
    blank = Frame(np.full((96, 96, 3), 7, np.uint8))
    small = Frame(tiny.picture(True, 1)[:20, :20])
    for one, reason in ((blank, "blank"), (small, "too-small")):
        finding = classifier.examine(MEDIA, [one], [])
        assert (finding.status, finding.reason) == ("not-applicable", reason)
    finding = classifier.examine(MEDIA, [blank, frame(True, 1), blank, blank], [])
    assert finding.coverage == 0.25
    assert finding.decision is True


def test_a_stretch_of_synthetic_sound_shows(hearing: UserModel, voice: tiny.Samples) -> None:
    parts = [tiny.sound(voice, synthetic, seed) for seed, synthetic in enumerate((0, 0, 1, 1))]
    clip = AudioClip(np.concatenate(parts), start=10.0)
    spans = CustomClassifier(load_manifest(), hearing).examine(MEDIA, [], [clip]).spans
    assert spans[0].start == 10.0
    assert spans[-1].end == pytest.approx(22.0)
    first, last = spans[0].llr, spans[-1].llr
    assert first is not None and last is not None
    assert first < 0 < last


@pytest.mark.parametrize(
    ("silence", "reason"),
    [
        (np.zeros(80_000, np.float32), "silent"),
        (np.zeros(0, np.float32), "no-audio"),
        (np.zeros(8_000, np.float32), "too-little-speech"),
        (chord(5), "no-speech"),
    ],
)
def test_sound_without_speech_is_left_alone(
    hearing: UserModel, silence: tiny.Samples, reason: str
) -> None:
    clips = [AudioClip(silence)] if len(silence) else []
    finding = CustomClassifier(load_manifest(), hearing).examine(MEDIA, [], clips)
    assert (finding.status, finding.reason, finding.llr) == ("not-applicable", reason, None)


def test_no_picture_is_not_applicable(seeing: UserModel) -> None:
    finding = CustomClassifier(load_manifest(), seeing).examine(MEDIA, [], [])
    assert (finding.status, finding.reason) == ("not-applicable", "no-picture")


@pytest.mark.parametrize("outputs", [[math.nan, 0.0], [math.inf, 0.0], [0.0, 1.0, 2.0]])
def test_a_failure_is_a_finding(
    seeing: UserModel, monkeypatch: pytest.MonkeyPatch, outputs: list[float]
) -> None:
    monkeypatch.setattr(Network, "picture", lambda *_: outputs)
    finding = CustomClassifier(load_manifest(), seeing).examine(MEDIA, [frame(True, 1)], [])
    assert (finding.status, finding.reason, finding.llr) == ("error", "model-error", None)
    assert finding.evidence[0].code == "model-error"


def test_a_changed_file_is_never_parsed(seeing: UserModel) -> None:
    wrong = dataclasses.replace(seeing.files[0], sha256="0" * 64)
    changed = dataclasses.replace(seeing, files=(wrong, *seeing.files[1:]))
    with pytest.raises(WeightsError, match="not the registered file"):
        CustomClassifier(load_manifest(), changed).examine(MEDIA, [frame(True, 1)], [])


def test_the_same_file_gives_the_same_finding(seeing: UserModel) -> None:
    frames = [frame(True, n) for n in range(3)]
    findings = {
        CustomClassifier(load_manifest(), seeing, threads=1).examine(MEDIA, frames, [])
        for _ in range(3)
    }
    assert len(findings) == 1
