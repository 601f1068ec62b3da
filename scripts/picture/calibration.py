"""From left-out raw scores to log-likelihood ratios, their limits, and operating points."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scripts.picture.linear import fit
from scripts.picture.protocol import threshold_at

POINTS = {"low-false-alarm": (0.01, 0.05), "balanced": (0.05, 0.10), "high-recall": (0.10, 0.03)}
"""Share of real pictures at or above `positive`, share of AI pictures at or below `negative`."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """llr = clip(slope * raw + intercept)."""

    slope: float
    intercept: float
    low: float
    high: float

    def __call__(self, raw: np.ndarray) -> np.ndarray:
        """Natural-log likelihood ratios."""
        return np.clip(self.slope * raw + self.intercept, self.low, self.high)

    def declare(self, points: Mapping[str, Mapping[str, float]]) -> dict[str, object]:
        """As the calibration file says it."""
        return {
            "method": "platt",
            "slope": self.slope,
            "intercept": self.intercept,
            "clip": [self.low, self.high],
            "operating_points": dict(points),
        }


def platt(
    scores: Mapping[str, np.ndarray],
    positive: np.ndarray,
    weights: np.ndarray,
    groups: np.ndarray,
) -> Scaling:
    """Platt scaling over all conditions, both classes weighing the same.

    Balanced classes make the fitted log-odds a log-likelihood ratio. It is clipped to
    [-ln(m + 1), ln(n + 1)] with n real and m AI groups of sources: with n independent sources, no
    likelihood ratio beyond about n can be observed.
    """
    raw = np.concatenate(list(scores.values())).astype(np.float32)[:, None]
    many = len(scores)
    line = fit(raw, np.tile(positive, many), np.tile(weights, many), 1e-6)
    real, fake = (len(np.unique(groups[side])) for side in (~positive, positive))
    return Scaling(float(line.weight[0]), line.bias, -math.log(fake + 1), math.log(real + 1))


def operating_points(
    llr: Mapping[str, np.ndarray],
    positive: np.ndarray,
    weights: np.ndarray,
    faces: np.ndarray,
) -> dict[str, dict[str, float]]:
    """Thresholds that hold their shares (by source weight) in every condition.

    The positive one holds on real pictures with a face, on those without, and on all.
    """
    real = ~positive
    points = {}
    for name, (false_alarm, missed) in POINTS.items():
        high = max(
            threshold_at(values[side], weights[side], false_alarm)
            for values in llr.values()
            for side in (real, real & faces, real & ~faces)
        )
        low = min(-threshold_at(-v[positive], weights[positive], missed) for v in llr.values())
        points[name] = {"positive": round(high, 4), "negative": round(min(low, high - 1e-3), 4)}
    return points


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What pictures get by a line and thresholds that were fitted on other folds.

    Attributes:
        llr: By condition, shape (n,).
        points: By operating point, thresholds for each picture, shape (n,).
    """

    llr: dict[str, np.ndarray]
    points: dict[str, dict[str, np.ndarray]]

    def among(self, rows: np.ndarray) -> HeldOut:
        """Some of the pictures."""
        points = {n: {s: t[rows] for s, t in sides.items()} for n, sides in self.points.items()}
        return HeldOut({c: values[rows] for c, values in self.llr.items()}, points)


def calibrate_left_out(
    scores: Mapping[str, np.ndarray],
    positive: np.ndarray,
    weights: np.ndarray,
    groups: np.ndarray,
    faces: np.ndarray,
    folds: np.ndarray,
    drawn: np.ndarray,
) -> HeldOut:
    """Calibrates each fold on the others, so that no threshold is reported where it was chosen.

    Drawings by people get answers and take no part in the fit.
    """
    many = len(positive)
    llr = {condition: np.empty(many) for condition in scores}
    points = {name: {side: np.empty(many) for side in ("positive", "negative")} for name in POINTS}
    for fold in np.unique(folds):
        test, rest = folds == fold, folds != fold
        rest &= ~drawn
        raw = {condition: values[rest] for condition, values in scores.items()}
        scaling = platt(raw, positive[rest], weights[rest], groups[rest])
        known = {condition: scaling(values) for condition, values in raw.items()}
        chosen = operating_points(known, positive[rest], weights[rest], faces[rest])
        for condition, values in scores.items():
            llr[condition][test] = scaling(values[test])
        for name, point in chosen.items():
            for side, threshold in point.items():
                points[name][side][test] = threshold
    return HeldOut(llr, points)
