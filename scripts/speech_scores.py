"""How good held-out scores are: everything weighted so that a source counts by its root."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def auc(score: Array, synthetic: Array, weight: Array) -> float:
    """Area under the ROC curve; ties count half."""
    _, place = np.unique(score, return_inverse=True)
    real = np.bincount(place, weight * ~synthetic)
    fake = np.bincount(place, weight * synthetic)
    return float((fake * (np.cumsum(real) - real / 2)).sum() / (fake.sum() * real.sum()))


def quantile(value: Array, weight: Array, share: float) -> float:
    """The smallest value with at most `share` of the weight above it."""
    order = np.argsort(value)[::-1]
    above = np.cumsum(weight[order]) / weight.sum()
    return float(value[order][min(int(np.searchsorted(above, share)), len(value) - 1)])


def rate(hit: Array, weight: Array) -> float:
    """Weighted share of hits."""
    return float((hit * weight).sum() / max(weight.sum(), 1e-12))


def eer(score: Array, synthetic: Array, weight: Array) -> float:
    """Rate at which as many real are flagged as synthetic are missed."""
    steps = np.unique(score)[:: max(1, len(score) // 500)]
    pairs = [
        (
            rate(score[~synthetic] > t, weight[~synthetic]),
            rate(score[synthetic] <= t, weight[synthetic]),
        )
        for t in steps
    ]
    return float(sum(min(pairs, key=lambda p: abs(p[0] - p[1]))) / 2)


def tpr_at(score: Array, synthetic: Array, weight: Array, fpr: float) -> float:
    """Share of synthetic above the threshold that `fpr` of real passes."""
    threshold = quantile(score[~synthetic], weight[~synthetic], fpr)
    return rate(score[synthetic] > threshold, weight[synthetic])


def ece(llr: Array, synthetic: Array, weight: Array, bins: int = 10) -> float:
    """Expected calibration error of the posterior at even prior."""
    weight = balanced(weight, synthetic)
    probability = 1 / (1 + np.exp(-llr))
    place = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = [
        abs(((probability - synthetic) * weight)[place == b].sum())
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps) / weight.sum())


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
    """95 % interval of the AUC, whole sources drawn with replacement."""
    rng = np.random.default_rng(0)
    names, place = np.unique(source, return_inverse=True)
    sizes = np.bincount(place)
    found = []
    for _ in range(draws):
        times = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
        weight = (times / np.sqrt(sizes))[place]
        if (weight * synthetic).sum() and (weight * ~synthetic).sum():
            found.append(auc(score, synthetic, weight))
    return float(np.percentile(found, 2.5)), float(np.percentile(found, 97.5))
