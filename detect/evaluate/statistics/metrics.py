"""Measures of a binary detector, with weights.

Scores are higher for synthetic; an item is called synthetic at or above a threshold. Every function
takes the weight of each item (within its class), so that a source can count by less than its size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detect.models.calibrate import auc, source_weights

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

__all__ = [
    "BINS",
    "Bin",
    "auc",
    "balanced_accuracy",
    "calibration_error",
    "eer",
    "probability",
    "rate",
    "reliability",
    "roc",
    "source_weights",
    "tpr_at",
    "weigh",
    "wilson",
]

BINS = 15
"""Bins of the reliability diagram, as in Guo et al. 2017."""


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a reliability diagram.

    Attributes:
        low: Lower edge of the predicted probability.
        high: Upper edge.
        predicted: Weighted mean of the predicted probabilities in it.
        observed: Weighted share of synthetic items in it.
        share: Share of all weight that lies in it, 0 to 1.
        items: How many items.
    """

    low: float
    high: float
    predicted: float
    observed: float
    share: float
    items: int


def roc(scores: Floats, truth: Bools, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """The ROC curve, one point for each distinct score.

    Args:
        scores: Shape (n,).
        truth: True for synthetic, shape (n,); both classes are there.
        weights: Shape (n,).

    Returns:
        False-positive rates and true-positive rates, both rising from 0 to 1, and the thresholds,
        the first of them infinite (nothing is called synthetic).
    """
    import numpy as np

    values, place = np.unique(scores, return_inverse=True)
    real = np.bincount(place, weights * ~truth, len(values))[::-1]
    made = np.bincount(place, weights * truth, len(values))[::-1]
    fpr = np.concatenate([[0.0], np.cumsum(real) / real.sum()])
    tpr = np.concatenate([[0.0], np.cumsum(made) / made.sum()])
    return fpr, tpr, np.concatenate([[math.inf], values[::-1]])


def tpr_at(scores: Floats, truth: Bools, weights: Floats, fpr: float) -> float:
    """Share of synthetic weight caught while at most `fpr` of the real weight is: no interpolation,
    which is what a threshold can do."""
    import numpy as np

    false, true, _ = roc(scores, truth, weights)
    return float(true[int(np.searchsorted(false, fpr + 1e-12, side="right")) - 1])


def eer(scores: Floats, truth: Bools, weights: Floats) -> float:
    """Equal error rate: where the ROC curve, joined by straight lines, has as many false positives
    as misses."""
    import numpy as np

    false, true, _ = roc(scores, truth, weights)
    return float(np.interp(0.0, false - (1 - true), false))


def balanced_accuracy(llr: Floats, truth: Bools, weights: Floats) -> float:
    """Mean of the shares right in both classes when the likelier answer is taken (llr >= 0)."""
    called = llr >= 0
    return (rate(called[truth], weights[truth]) + rate(~called[~truth], weights[~truth])) / 2


def probability(llr: Floats) -> Floats:
    """Posterior probability of synthesis at a base rate of one half."""
    import numpy as np

    return np.asarray(1 / (1 + np.exp(-np.clip(llr, -500, 500))), float)


def reliability(llr: Floats, truth: Bools, weights: Floats, bins: int = BINS) -> tuple[Bin, ...]:
    """The reliability diagram at a base rate of one half: both classes weigh the same.

    Args:
        llr: Calibrated log-likelihood ratios, shape (n,).
        truth: True for synthetic, shape (n,); both classes are there.
        weights: Shape (n,).
        bins: Equal-width bins of the predicted probability; empty ones are left out.
    """
    import numpy as np

    heft = _halved(truth, weights)
    chance = probability(llr)
    place = np.minimum((chance * bins).astype(int), bins - 1)
    found = []
    for number in np.unique(place):
        inside = place == number
        total = heft[inside].sum()
        if total > 0:
            found.append(
                Bin(
                    float(number / bins),
                    float((number + 1) / bins),
                    float(np.average(chance[inside], weights=heft[inside])),
                    float(heft[inside & truth].sum() / total),
                    float(total),
                    int(inside.sum()),
                )
            )
    return tuple(found)


def calibration_error(llr: Floats, truth: Bools, weights: Floats, bins: int = BINS) -> float:
    """Expected calibration error: mean gap between predicted and observed, by weight of the bins.

    Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017), section 3, for the
    probability of the synthetic class, at a base rate of one half.
    """
    return math.fsum(
        bar.share * abs(bar.predicted - bar.observed)
        for bar in reliability(llr, truth, weights, bins)
    )


def rate(hit: Bools, weights: Floats | None = None) -> float:
    """Share of hits by weight; not a number where there is nothing."""
    import numpy as np

    return float(np.average(hit, weights=weights)) if len(hit) else math.nan


def wilson(hits: float, items: float) -> tuple[float, float]:
    """95 % interval of a share of independent items (Wilson 1927); weighted ones by their effective
    number."""
    if not items:
        return 0.0, 1.0
    z, share = 1.959963984540054, hits / items
    middle = (share + z * z / (2 * items)) / (1 + z * z / items)
    half = (z / (1 + z * z / items)) * math.sqrt(
        share * (1 - share) / items + z * z / (4 * items * items)
    )
    return max(0.0, middle - half), min(1.0, middle + half)


def weigh(truth: Bools, sources: Sequence[str], by: str) -> Floats:
    """The weight of each item: 1/sqrt(n) for a source of n (`source`), or all alike (`file`)."""
    return source_weights(list(truth), sources if by == "source" else None)


def _halved(truth: Bools, weights: Floats) -> Floats:
    """Weights of which each class has a half."""
    import numpy as np

    heft = np.asarray(weights, float).copy()
    for side in (truth, ~truth):
        heft[side] *= 0.5 / heft[side].sum()
    return heft
