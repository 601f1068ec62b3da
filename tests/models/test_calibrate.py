"""A calibration says what the data supports, and no more."""

from __future__ import annotations

import math

import numpy as np
import pytest

from detect import ConfigurationError
from detect.models.calibrate import (
    auc,
    calibrate,
    fit_platt,
    operating_points,
    source_weights,
)


def _gaussian(
    real: int, made: int, distance: float = 2.0, seed: int = 0
) -> tuple[list[float], list[bool]]:
    """Scores of unit variance, `distance` apart: the true llr is distance*score - distance²/2."""
    rng = np.random.default_rng(seed)
    scores = np.concatenate([rng.normal(0, 1, real), rng.normal(distance, 1, made)])
    return scores.tolist(), [False] * real + [True] * made


def test_platt_recovers_the_likelihood_ratio_whatever_the_mix() -> None:
    for real, made in ((4000, 4000), (7000, 1000), (1000, 7000)):
        slope, intercept = fit_platt(*_gaussian(real, made))
        assert slope == pytest.approx(2.0, abs=0.2)
        assert intercept == pytest.approx(-2.0, abs=0.25)


def test_platt_is_indifferent_to_the_scale_of_scores() -> None:
    scores, labels = _gaussian(200, 200)
    slope, intercept = fit_platt(scores, labels)
    moved, shifted = fit_platt([1000 * s + 5e6 for s in scores], labels)
    assert moved * 1000 == pytest.approx(slope, rel=1e-4)
    assert shifted + moved * 5e6 == pytest.approx(intercept, abs=1e-3)


def test_separable_scores_give_a_finite_slope() -> None:
    slope, intercept = fit_platt([0.0] * 30 + [1.0] * 30, [False] * 30 + [True] * 30)
    # Platt's targets: 31/32 and 1/32.
    assert slope + intercept == pytest.approx(math.log(31), abs=1e-6)
    assert intercept == pytest.approx(-math.log(31), abs=1e-6)


@pytest.mark.parametrize("scores", [[1.0, 1.0, 1.0], [0.0, float("nan"), 1.0]])
def test_scores_without_information_are_refused(scores: list[float]) -> None:
    with pytest.raises(ConfigurationError):
        fit_platt(scores, [True, False, True])


def test_auc_counts_ties_half() -> None:
    assert auc([0, 1, 1, 2], [False, False, True, True]) == pytest.approx(0.875)
    assert auc([3, 1, 2, 0], [False, True, False, True]) == 0.0


def test_a_large_source_does_not_drown_a_small_one() -> None:
    labels = [False] * 101 + [True] * 10
    weights = source_weights(labels, ["big"] * 100 + ["small"] + ["maker"] * 10)
    assert weights[:100].sum() == pytest.approx(10 * weights[100])
    assert weights[:101].sum() == pytest.approx(weights[101:].sum())


def test_threshold_holds_its_false_alarm_rate_on_fresh_items() -> None:
    scores, labels = _gaussian(3000, 3000)
    fit = calibrate(scores, labels, fitted_on="a test")
    fresh, _ = _gaussian(20_000, 1, seed=1)
    llr = [fit.calibration.llr(s) for s in fresh[:-1]]
    positive = fit.calibration.operating_points["low-false-alarm"].positive
    assert 0.003 < np.mean(np.array(llr) >= positive) <= 0.01
    assert not fit.notes
    order = [fit.measured[n].recall for n in ("low-false-alarm", "balanced", "high-recall")]
    assert order == sorted(order)


@pytest.mark.parametrize("real", [100, 299, 300, 500])
def test_the_false_alarm_rate_holds_with_confidence(real: int) -> None:
    passing = []
    for seed in range(100):
        scores, labels = _gaussian(real, 200, distance=3, seed=seed)
        calibration = calibrate(scores, labels, fitted_on="a test").calibration
        threshold = calibration.operating_points["low-false-alarm"].positive
        raw = (threshold - calibration.intercept) / calibration.slope
        reachable = threshold <= calibration.clip[1]
        passing.append(0.5 * math.erfc(raw / math.sqrt(2)) if reachable else 0.0)
    assert np.mean(passing) <= 0.01
    if real >= 300:
        assert np.mean(np.array(passing) > 0.01) <= 0.1


def test_few_real_items_raise_the_threshold_and_say_so() -> None:
    scores, labels = _gaussian(60, 400, distance=4)
    fit = calibrate(scores, labels, fitted_on="a test")
    point = fit.calibration.operating_points["low-false-alarm"]
    assert point.positive >= math.log(60 / 3)
    assert fit.measured["low-false-alarm"].false_alarms == 0
    assert any(
        "60 real items cannot show a false-alarm rate of 1% at low-false-alarm" in n
        for n in fit.notes
    )


def test_no_llr_is_stronger_than_the_items_support() -> None:
    scores, labels = _gaussian(30, 90, distance=9)
    low, high = calibrate(scores, labels, fitted_on="a test").calibration.clip
    assert (low, high) == (pytest.approx(-math.log(30)), pytest.approx(math.log(10)))


def test_an_outlier_among_few_real_items_takes_the_decision_away() -> None:
    scores, labels = _gaussian(60, 60, distance=9)
    scores[0] = 12.0
    fit = calibrate(scores, labels, fitted_on="a test")
    point = fit.calibration.operating_points["low-false-alarm"]
    assert all(point.decide(fit.calibration.llr(score)) is not True for score in scores)
    assert any("never decides 'synthetic'" in note for note in fit.notes)
    # Held out, the outlier was not there to raise the threshold: that is counted.
    assert fit.measured["low-false-alarm"].false_alarms == 1


def test_what_is_measured_was_held_out() -> None:
    """A camera that no other camera prepares for shows as false alarms of that camera."""
    scores, labels = _gaussian(90, 90, distance=9)
    for number in range(30):
        scores[number] = 9.0
    sources = ["odd"] * 30 + ["a"] * 30 + ["b"] * 30 + ["x"] * 45 + ["y"] * 45
    fit = calibrate(scores, labels, sources, fitted_on="a test")
    assert fit.false_alarms_by_source["odd"][0] > 20


def test_positive_thresholds_never_favour_the_real_side() -> None:
    llr = [-9.0] * 1000 + [-5.0] * 1000
    points, _ = operating_points(llr, [False] * 1000 + [True] * 1000)
    for point in points.values():
        assert point.negative <= 0 <= point.positive


def test_whole_sources_are_held_out_where_there_are_several() -> None:
    scores, labels = _gaussian(100, 100)
    sources = ["camera-a"] * 50 + ["camera-b"] * 50 + ["maker-a"] * 50 + ["maker-b"] * 50
    fit = calibrate(scores, labels, sources, fitted_on="a test")
    assert fit.held_out == "whole sources"
    assert {s: n for s, (_, n) in fit.false_alarms_by_source.items()} == {
        "camera-a": 50,
        "camera-b": 50,
    }
    assert calibrate(scores, labels, ["one"] * 200, fitted_on="a test").held_out == "items"


def test_too_few_items_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="19 real and 40 synthetic"):
        calibrate(*_gaussian(19, 40), fitted_on="a test")


def test_a_model_that_does_not_tell_apart_is_refused() -> None:
    scores, labels = _gaussian(50, 50, distance=4)
    with pytest.raises(ConfigurationError, match="the wrong way round"):
        calibrate([-s for s in scores], labels, fitted_on="a test")
