"""Decisions that flip when a picture is passed on are taken back, and the scores are listed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

import detect
from detect.core.finding import UNSTABLE, Finding
from detect.core.media import Frame, Media
from detect.core.provenance import Provenance
from detect.fusion.verdict import conclude, fuse
from detect.models.calibration import Calibration, OperatingPoint
from detect.models.manifest import load_manifest
from detect.picture.stability import DELIVERIES, FRAMES, deliver, settle
from detect.picture.vision import NEAR, VisionDetector, golden_picture

POINT = OperatingPoint(positive=2.0, negative=-2.0)
LINE = Calibration(1.0, 0.0, (-9.0, 9.0), {"low-false-alarm": POINT}, "a test")


def finding(score: float) -> Finding:
    return Finding(
        "vision-v3",
        "1",
        "ai_generated",
        score=score,
        llr=score,
        decision=POINT.decide(score),
        positive=POINT.positive,
        negative=POINT.negative,
    )


def settled(score: float, again: Sequence[float], pictures: int = 1) -> Finding:
    """The finding after deliveries whose scores are given, in the order of `DELIVERIES`."""
    chosen = min(pictures, FRAMES)

    def rescore(delivered: Sequence[np.ndarray]) -> Sequence[float]:
        assert len(delivered) == len(DELIVERIES) * chosen
        return [value for value in again for _ in range(chosen)]

    return settle(
        finding(score), [golden_picture()] * pictures, [score] * pictures, rescore, LINE, POINT
    )


@pytest.mark.parametrize(
    ("score", "again", "decision"),
    [
        (4.0, (3.0, 3.5, 2.5), True),
        (4.0, (1.5, 3.5, 2.5), True),  # one copy between the thresholds is no flip
        (2.1, (1.0, 1.9, 0.5), None),  # the mean does not decide any more
        (5.0, (9.0, 9.0, -2.5), None),  # one copy gets the opposite answer
        (-4.0, (-3.0, -2.5, -3.0), False),
        (-2.5, (-1.0, 0.0, -1.0), None),
    ],
)
def test_a_decision_that_flips_is_taken_back(
    score: float, again: Sequence[float], decision: bool | None
) -> None:
    found = settled(score, again)
    assert found.decision is decision
    assert found.reason == (UNSTABLE if decision is None else None)
    assert [d.name for d in found.deliveries] == list(DELIVERIES)
    assert [d.llr for d in found.deliveries] == pytest.approx(list(again))
    assert found.llr == score


def test_the_verdict_is_inconclusive_and_says_so_in_both_languages() -> None:
    found = settled(2.1, (1.0, 1.9, 0.5))
    hypotheses = fuse([found], Provenance(), prior=0.5)
    verdict = conclude(hypotheses, Provenance(), findings=[found])
    assert verdict.label == "inconclusive"
    assert [reason.code for reason in verdict.reasons] == ["picture-unstable"]
    evidence = found.evidence[-1]
    for text in ("+2.1", "+1.0", "+1.9", "+0.5"):
        assert text in evidence.en
        assert text in evidence.zh


def test_of_a_video_a_few_frames_are_delivered_again() -> None:
    assert settled(4.0, (3.0, 3.5, 2.5), pictures=16).decision is True
    assert settled(4.0, (3.0, 3.5, 2.5), pictures=2).decision is True


@pytest.mark.parametrize("shape", [(300, 401, 3), (64, 2000, 3), (1500, 900, 3)])
@pytest.mark.parametrize("name", DELIVERIES)
def test_deliveries_keep_what_the_picture_shows(name: str, shape: tuple[int, int, int]) -> None:
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    red = (120 + 80 * np.sin(y / 40)).astype(np.uint8)
    blue = (120 + 80 * np.cos(x / 40)).astype(np.uint8)
    pixels = np.stack([red, np.full_like(red, 90), blue], axis=-1)
    there = deliver(pixels[:, ::-1], name)
    assert there.dtype == np.uint8
    assert min(there.shape[:2]) >= 16
    assert math.isclose(there.shape[1] / there.shape[0], shape[1] / shape[0], rel_tol=0.05)
    assert np.allclose(there.mean(axis=(0, 1)), pixels.mean(axis=(0, 1)), atol=12)


@pytest.mark.parametrize(("beyond", "runs"), [(-0.5, 1), (0.5, 2), (NEAR + 0.5, 1)])
def test_the_detector_spends_it_only_on_decisions_for_ai_near_the_threshold(
    beyond: float, runs: int
) -> None:
    content = load_manifest()[VisionDetector.id].read("calibration")
    threshold = Calibration.parse_json(content).operating_points["low-false-alarm"].positive
    seen: list[int] = []

    class Counting(VisionDetector):
        def scores(self, pictures: Sequence[np.ndarray]) -> list[float]:
            seen.append(len(pictures))
            return [threshold + beyond] * len(pictures)

    detector = Counting(load_manifest(), threads=1, stability=True)
    found = detector.examine(Media("a", kind="image"), [Frame(golden_picture())], ())
    assert len(seen) == runs
    assert len(found.deliveries) == (len(DELIVERIES) if runs == 2 else 0)


@pytest.mark.parametrize(
    ("options", "checked"),
    [
        ({}, True),
        ({"profile": "thorough"}, True),
        ({"profile": "fast"}, False),
        ({"profile": "fast", "stability": True}, True),
        ({"stability": False}, False),
    ],
)
def test_the_profile_decides_unless_the_setting_does(
    options: dict[str, object], checked: bool
) -> None:
    assert detect.Settings(**options).checks_stability is checked


@pytest.mark.parametrize(
    ("value", "meant"), [("on", True), ("0", False), (True, True), ("FALSE", False)]
)
def test_the_setting_comes_from_the_environment_too(value: object, meant: bool) -> None:
    settings = detect.load_settings({"stability": value}, environment={})
    assert settings.stability is meant
    with pytest.raises(detect.ConfigurationError, match="true or false"):
        detect.load_settings(environment={"DETECT_STABILITY": "perhaps"})
