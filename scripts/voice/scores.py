"""How good held-out scores are: everything weighted so that a source counts by its root."""

from __future__ import annotations

from typing import Any

import numpy as np

from detect.evaluate.statistics.bootstrap import intervals
from detect.evaluate.statistics.metrics import auc, eer, tpr_at
from detect.evaluate.statistics.metrics import calibration_error as ece

__all__ = ["auc", "balanced", "ece", "eer", "interval", "platt", "quantile", "rate", "tpr_at"]

Array = np.ndarray[Any, Any]


def quantile(value: Array, weight: Array, share: float) -> float:
    """The smallest value with at most `share` of the weight above it."""
    order = np.argsort(value)[::-1]
    above = np.cumsum(weight[order]) / weight.sum()
    return float(value[order][min(int(np.searchsorted(above, share)), len(value) - 1)])


def rate(hit: Array, weight: Array) -> float:
    """Weighted share of hits."""
    return float((hit * weight).sum() / max(weight.sum(), 1e-12))


def balanced(weight: Array, synthetic: Array) -> Array:
    """The weights with both classes worth a half."""
    out = weight.astype(np.float64).copy()
    for side in (synthetic, ~synthetic):
        out[side] /= 2 * out[side].sum()
    return out


def platt(score: Array, synthetic: Array, weight: Array) -> tuple[float, float]:
    """Slope and intercept of the llr (Platt 1999), at even prior, by Newton's method."""
    weight = balanced(weight, synthetic)
    design = np.stack([score, np.ones_like(score)], 1)
    answer = np.zeros(2)
    for _ in range(50):
        probability = 1 / (1 + np.exp(-design @ answer))
        slope = design.T @ (weight * (probability - synthetic))
        curve = (design * (weight * probability * (1 - probability))[:, None]).T @ design
        answer -= np.linalg.solve(curve + 1e-9 * np.eye(2), slope)
    return float(answer[0]), float(answer[1])


def interval(
    score: Array, synthetic: Array, source: Array, draws: int = 300
) -> tuple[float, float]:
    """95 % interval of the AUC, whole sources of each class drawn with replacement."""
    _, place = np.unique(source, return_inverse=True)
    weight = np.bincount(place)[place] ** -0.5
    found = intervals({"auc": (score, auc)}, synthetic, weight, source.tolist(), draws)["auc"]
    return found or (float("nan"), float("nan"))


def table_of(values: Array) -> dict[str, int]:
    """How often each value occurs."""
    names, counts = np.unique(values, return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}
