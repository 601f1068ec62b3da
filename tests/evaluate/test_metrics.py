"""Figures that a pencil confirms, and that agree with scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest

from detect.evaluate.statistics import metrics
from detect.evaluate.statistics.bootstrap import intervals

REAL, MADE = False, True


def arrays(
    scores: list[float], truth: list[bool], weights: list[float] | None = None
) -> tuple[metrics.Floats, metrics.Bools, metrics.Floats]:
    return np.array(scores), np.array(truth), np.array(weights or [1.0] * len(scores))


FIVE = arrays([0.1, 0.4, 0.35, 0.8, 0.9], [REAL, REAL, MADE, MADE, REAL])
"""From the top: real, made, real, made, real."""


def test_roc_by_hand() -> None:
    false, true, thresholds = metrics.roc(*FIVE)
    assert false == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 1])
    assert true == pytest.approx([0, 0, 1 / 2, 1 / 2, 1, 1])
    assert thresholds.tolist() == [math.inf, 0.9, 0.8, 0.4, 0.35, 0.1]


def test_tpr_at_a_false_positive_rate_by_hand() -> None:
    assert metrics.tpr_at(*FIVE, 0.32) == 0  # the highest score is a real one
    assert metrics.tpr_at(*FIVE, 1 / 3) == 0.5
    assert metrics.tpr_at(*FIVE, 0.7) == 1


def test_weights_move_the_false_positive_rate() -> None:
    scores, truth, _ = FIVE
    light = np.array([1.0, 1.0, 1.0, 1.0, 0.02])  # the high real one is of a large source
    assert metrics.tpr_at(scores, truth, light, 0.01) == 0.5
    # Made 0.8 is above real 0.1 and 0.4, made 0.35 above real 0.1: 3 of the pairs' 2 * 2.02.
    assert metrics.auc(scores, truth, light) == pytest.approx(3 / (2 * 2.02))


def test_equal_error_rate_by_hand() -> None:
    assert metrics.eer(*arrays([1, 2, 3, 4], [REAL, REAL, MADE, MADE])) == 0
    assert metrics.eer(*arrays([4, 3, 2, 1], [REAL, REAL, MADE, MADE])) == 1
    # One of two errs on both sides.
    assert metrics.eer(*arrays([1, 3, 2, 4], [REAL, REAL, MADE, MADE])) == 0.5
    # Real 1 2 3 9, made 4 5 6 7: at a threshold of 5 one of four real ones is wrong, and so is one
    # of four made ones.
    truth = [REAL] * 4 + [MADE] * 4
    assert metrics.eer(*arrays([1, 2, 3, 9, 4, 5, 6, 7], truth)) == pytest.approx(0.25)


def test_balanced_accuracy_by_hand() -> None:
    llr, truth, weights = arrays([-1, -2, 3, 1, 2, -1], [REAL, REAL, REAL, MADE, MADE, MADE])
    assert metrics.balanced_accuracy(llr, truth, weights) == pytest.approx(2 / 3)


def test_calibration_error_by_hand() -> None:
    # Two bins are hit. Odds of 4 to 1 predict 0.8: 3 of 4 are synthetic, a gap of 0.05. Odds of 1
    # to 4 predict 0.2: 1 of 4 is, a gap of 0.05.
    llr = [math.log(4)] * 4 + [-math.log(4)] * 4
    truth = [MADE, MADE, MADE, REAL, MADE, REAL, REAL, REAL]
    assert metrics.calibration_error(*arrays(llr, truth)) == pytest.approx(0.05)
    bars = metrics.reliability(*arrays(llr, truth))
    assert [(round(b.predicted, 6), b.observed, b.share, b.items) for b in bars] == [
        (0.2, 0.25, 0.5, 4),
        (0.8, 0.75, 0.5, 4),
    ]


def test_calibration_error_does_not_depend_on_the_mix_of_classes() -> None:
    llr = [math.log(3)] * 4 + [-math.log(3)] * 4
    truth = [MADE, MADE, MADE, REAL, MADE, REAL, REAL, REAL]
    assert metrics.calibration_error(*arrays(llr, truth)) == pytest.approx(0, abs=1e-12)
    rare = [value for value, made in zip(llr, truth, strict=True) for _ in range(1 if made else 10)]
    many = [made for made in truth for _ in range(1 if made else 10)]
    assert metrics.calibration_error(*arrays(rare, many)) == pytest.approx(0, abs=1e-12)


def test_wilson_by_hand() -> None:
    # Newcombe 1998, table I: 81 of 263 and 0 of 20.
    assert metrics.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert metrics.wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)


@pytest.mark.parametrize("weighted", [False, True])
def test_conformance_to_scikit_learn(weighted: bool) -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(1)
    truth = random.random(400) < 0.3
    scores = (random.standard_normal(400) + truth).round(1)  # with ties
    weights = random.uniform(0.1, 3, 400) if weighted else np.ones(400)
    false, true, _ = sklearn.roc_curve(
        truth, scores, sample_weight=weights, drop_intermediate=False
    )
    ours = metrics.roc(scores, truth, weights)
    assert ours[0] == pytest.approx(false)
    assert ours[1] == pytest.approx(true)
    expected = sklearn.roc_auc_score(truth, scores, sample_weight=weights)
    assert metrics.auc(scores, truth, weights) == pytest.approx(expected)
    assert metrics.tpr_at(scores, truth, weights, 0.05) == pytest.approx(true[false <= 0.05].max())
    accuracy = sklearn.balanced_accuracy_score(truth, scores >= 0, sample_weight=weights)
    assert metrics.balanced_accuracy(scores, truth, weights) == pytest.approx(accuracy)
    crossing = np.interp(metrics.eer(scores, truth, weights), false, 1 - true)
    assert crossing == pytest.approx(metrics.eer(scores, truth, weights), abs=1e-9)


def test_intervals_draw_whole_sources() -> None:
    # Two hundred files of four sources a class, alike within each: as good as eight numbers.
    random = np.random.default_rng(2)
    groups = [f"{side}{n}" for side in "rm" for n in range(4) for _ in range(50)]
    truth = np.array([name.startswith("m") for name in groups])
    levels = (0, 1, 2, 3, 0.5, 1.5, 2.5, 3.5)
    level = dict(zip(dict.fromkeys(groups), levels, strict=True))
    scores = np.array([level[name] for name in groups]) + 0.01 * random.standard_normal(400)
    measures = {"auc": (scores, metrics.auc)}
    weights = np.ones(400)
    low, high = intervals(measures, truth, weights, groups, 300)["auc"] or (0, 0)
    files = [str(n) for n in range(400)]
    narrow = intervals(measures, truth, weights, files, 300)["auc"] or (0, 0)
    assert high - low > 3 * (narrow[1] - narrow[0])
    assert low <= metrics.auc(scores, truth, weights) <= high


def test_one_source_shows_no_spread() -> None:
    scores, truth, weights = FIVE
    groups = ["a", "a", "m", "n", "a"]
    assert intervals({"auc": (scores, metrics.auc)}, truth, weights, groups) == {"auc": None}
