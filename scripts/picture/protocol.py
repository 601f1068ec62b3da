"""How the vision head is judged: groups that never split, folds, weights, metrics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from detect.evaluate.statistics import metrics
from detect.evaluate.statistics.bootstrap import intervals
from detect.evaluate.statistics.metrics import auc, rate
from scripts.picture.features import Item

__all__ = [
    "FOLDS",
    "auc",
    "bootstrap_auc",
    "calibration_error",
    "category",
    "folds_of",
    "groups_of",
    "rate",
    "source_weights",
    "table",
    "threshold_at",
    "tpr_at",
]

FOLDS = 10

CATEGORIES = {
    "portraits": "apdrawing beautygan ffhq_vedant jojogan photo2cartoon psgan unpaired u2net "
    "vladhuman whitebox",
    "press and celebrities": "blackpink faceapi insightface krasserm linzaer",
    "private and portfolios": "akphoto benbynum bilal chungha wrynearson",
    "weddings": "cnwedding joshxcaitlin krwedding vnwedding",
    "conference speakers": "djangocon18 djangocon19 djangogirls gugcz jsconfbp jsconfeu jsconfjp "
    "jupyter pycones pycontw tedx",
    "fashion": "ccp clothing",
    "stock and templates": "npmdev webtpl",
    "food": "basedcooking howtocook",
    "photographed paintings": "clairepink",
    "nature, street, objects": "bsds500 compvis_real imagenet_sample kodak timorleste tran550",
    "camera samples": "exif_samples immich libvips metadata_extractor",
}
"""Kinds of real sources, by what their pictures show."""


def category(source: str) -> str:
    """Kind of a real source."""
    for name, sources in CATEGORIES.items():
        if source in sources.split():
            return name
    raise KeyError(source)


def groups_of(items: Sequence[Item]) -> np.ndarray:
    """A number for each picture; pictures that share a source, repository or owner share it."""
    parent: dict[str, str] = {}

    def find(key: str) -> str:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    for item in items:
        owner = item.origin if item.origin.startswith("npm:") else item.origin.split("/")[0]
        parent[find(f"source {item.source}")] = find(f"owner {owner}")
    roots = [find(f"source {item.source}") for item in items]
    numbers = {root: number for number, root in enumerate(dict.fromkeys(roots))}
    return np.array([numbers[root] for root in roots])


def folds_of(groups: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """A fold for each picture: whole groups, both classes spread evenly, largest group first."""
    load = np.zeros((FOLDS, 2))
    total = np.maximum([(~positive).sum(), positive.sum()], 1)
    folds = np.empty(len(groups), int)
    sizes = [
        (np.array([(~positive[groups == g]).sum(), positive[groups == g].sum()]) / total, g)
        for g in np.unique(groups)
    ]
    for size, group in sorted(sizes, key=lambda pair: (-pair[0].sum(), pair[1])):
        fold = int(np.argmin(((load + size) ** 2).sum(axis=1) - (load**2).sum(axis=1)))
        load[fold] += size
        folds[groups == group] = fold
    return folds


def source_weights(sources: Sequence[str], positive: np.ndarray) -> np.ndarray:
    """1/sqrt(n) by source, both classes to a half, the sum 1."""
    counts: dict[str, int] = defaultdict(int)
    for source in sources:
        counts[source] += 1
    weights = np.array([counts[source] ** -0.5 for source in sources])
    for side in (positive, ~positive):
        if side.any():
            weights[side] *= 0.5 / weights[side].sum()
    return weights


def threshold_at(scores: np.ndarray, weights: np.ndarray, share: float) -> float:
    """The lowest threshold at or above which at most `share` of the weight lies.

    It lies halfway to the next score below, so that the same scores computed on another machine
    stay on their side.
    """
    order = np.argsort(-scores, kind="stable")
    above = np.cumsum(weights[order]) / weights.sum()
    allowed = int(np.searchsorted(above, share, side="right"))
    ranked = scores[order]
    if allowed == 0:
        return float(np.nextafter(ranked[0], np.inf))
    if allowed >= len(ranked):
        return float(ranked[-1])
    while allowed and ranked[allowed - 1] == ranked[allowed]:
        allowed -= 1
    if allowed == 0:
        return float(np.nextafter(ranked[0], np.inf))
    return float((ranked[allowed - 1] + ranked[allowed]) / 2)


def tpr_at(scores: np.ndarray, positive: np.ndarray, share: float) -> float:
    """True-positive rate at the threshold that lets `share` of the negatives pass."""
    return metrics.tpr_at(scores, positive, np.ones(len(scores)), share)


def calibration_error(llr: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> float:
    """Expected calibration error at a prior of one half, by weight."""
    return metrics.calibration_error(llr, positive, weights)


def bootstrap_auc(
    scores: np.ndarray, positive: np.ndarray, groups: np.ndarray, rounds: int = 1000
) -> tuple[float, float]:
    """95 % interval of the AUC when whole groups of each class are drawn with replacement."""
    measures = {"auc": (scores, auc)}
    found = intervals(measures, positive, np.ones(len(scores)), groups.tolist(), rounds)["auc"]
    return found or (float("nan"), float("nan"))


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; floats with three digits."""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    for row in rows:
        cells = [f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
