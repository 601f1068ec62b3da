"""How the vision head is judged: groups that never split, folds, weights, metrics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from vision_features import Item

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
    total = np.array([(~positive).sum(), positive.sum()])
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


def auc(scores: np.ndarray, positive: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Area under the ROC curve, ties counted half, optionally weighted."""
    weights = np.ones(len(scores)) if weights is None else weights
    values, index = np.unique(scores, return_inverse=True)
    real = np.bincount(index, weights * ~positive, len(values))
    fake = np.bincount(index, weights * positive, len(values))
    below = np.cumsum(real) - real
    return float((fake * (below + real / 2)).sum() / (fake.sum() * real.sum()))


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


def rate(hit: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Share of hits, by weight."""
    return float(np.average(hit, weights=weights)) if len(hit) else float("nan")


def tpr_at(scores: np.ndarray, positive: np.ndarray, share: float) -> float:
    """True-positive rate at the threshold that lets `share` of the negatives pass."""
    threshold = threshold_at(scores[~positive], np.ones((~positive).sum()), share)
    return rate(scores[positive] >= threshold)


def calibration_error(
    probability: np.ndarray, positive: np.ndarray, weights: np.ndarray, bins: int = 10
) -> float:
    """Expected calibration error over equal-width bins, by weight."""
    index = np.minimum((probability * bins).astype(int), bins - 1)
    error = 0.0
    for number in range(bins):
        inside = index == number
        if weights[inside].sum() > 0:
            gap = np.average(probability[inside] - positive[inside], weights=weights[inside])
            error += abs(gap) * weights[inside].sum() / weights.sum()
    return float(error)


def bootstrap_auc(
    scores: np.ndarray, positive: np.ndarray, groups: np.ndarray, rounds: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """95 % interval of the AUC when whole groups are drawn with replacement."""
    random = np.random.default_rng(seed)
    unique, index = np.unique(groups, return_inverse=True)
    values: list[float] = []
    while len(values) < rounds:
        drawn = np.bincount(random.integers(0, len(unique), len(unique)), minlength=len(unique))
        weights = drawn[index].astype(float)
        if weights[positive].sum() and weights[~positive].sum():
            values.append(auc(scores, positive, weights))
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; floats with three digits."""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    for row in rows:
        cells = [f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
