"""Heads of the picture models by fold: every picture scored by one that saw nothing of its group.

Folds are whole groups. `held-out` groups are in no fit at all; the head that has seen every `train`
group scores them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from detect.evaluate.recipes.linear import Linear
from scripts.collecting.collection import SOURCES, Picture, read_sources
from scripts.picture.discriminant import Basis, Sums, discriminant, mean_head
from scripts.picture.protocol import folds_of
from scripts.picture.views import Store

__all__ = ["BLOCKS", "FOLDS", "Data", "Space", "load", "scores_of"]

FOLDS = 10
BLOCKS = (6, 7, 8, 9, 10)
COMPONENTS = 192
"""Principal components kept of each of the ten tokens."""
LOGISTIC_PENALTY, ITERATIONS = 0.2, 60
PENALTY = 1.0
"""Added to the variance of every component."""
HELD_OUT = -2
"""Fold of the groups that nothing is fitted on."""


@dataclass(frozen=True)
class Data:
    """Pictures with features of at least the view `web`.

    Attributes:
        pictures: In list order.
        store: Their features.
        label: `real`, `ai`, `drawn` or `cgi`, shape (n,).
        look: As the list says, shape (n,).
        group: Number of the group, shape (n,).
        source: Number of the source and label, shape (n,).
        fold: 0 to 9, or `HELD_OUT`, shape (n,).
        face: Whether there is a face that is looked at by itself, shape (n,).
    """

    pictures: list[Picture]
    store: Store
    label: np.ndarray
    look: np.ndarray
    group: np.ndarray
    source: np.ndarray
    fold: np.ndarray
    face: np.ndarray

    @property
    def keys(self) -> list[str]:
        """Names in the cache."""
        return [picture.key for picture in self.pictures]

    @property
    def held_out(self) -> np.ndarray:
        """Groups that no fit sees."""
        return self.fold == HELD_OUT

    def weights(self, rows: np.ndarray, positive: np.ndarray) -> np.ndarray:
        """1/sqrt(n) by source among some rows, both classes to a half; 0 elsewhere."""
        weights = np.zeros(len(rows))
        for side in (rows & positive, rows & ~positive):
            counts = np.bincount(self.source[side], minlength=self.source.max() + 1)
            weights[side] = counts[self.source[side]] ** -0.5
            weights[side] *= 0.5 / max(weights[side].sum(), 1e-12)
        return weights


def load(cache: Path, listed: Path = SOURCES) -> Data:
    """The list, the cache, and folds that whole groups are dealt to, labels spread evenly."""
    store = Store(cache)
    pictures = [p for p in read_sources(listed) if f"{p.key}/web" in store]
    label = np.array([p.label for p in pictures])
    group = np.unique([p.group for p in pictures], return_inverse=True)[1]
    source = np.unique([f"{p.source} {p.label}" for p in pictures], return_inverse=True)[1]
    kept = np.array([p.part == "train" for p in pictures])
    fold = np.full(len(pictures), HELD_OUT)
    for part in (np.isin(label, ("real", "ai")), ~np.isin(label, ("real", "ai"))):
        # A group keeps one fold, whatever its labels.
        known = {
            g: f for g, f in zip(group[kept & ~part], fold[kept & ~part], strict=True) if f >= 0
        }
        chosen = kept & part
        fold[chosen] = folds_of(group[chosen], label[chosen] == "ai")
        for g, f in known.items():
            fold[kept & (group == g)] = f
    return Data(
        pictures,
        store,
        label,
        np.array([p.look for p in pictures]),
        group,
        source,
        fold,
        np.array([store.faces.get(p.key) is not None for p in pictures]),
    )


class Space:
    """Reduced features of views, and discriminants in it.

    Args:
        data: The pictures.
        views: Views that are learnt from, the first one is also what is kept for scoring.
    """

    def __init__(self, data: Data, views: Sequence[str]) -> None:
        self.data = data
        self.views = tuple(views)
        first, known = data.store.matrix(data.keys, views[0], BLOCKS)
        self.basis = Basis(first[known & ~data.held_out], COMPONENTS)
        self._rows: dict[str, tuple[np.ndarray, np.ndarray]] = {
            views[0]: (self.basis(first), known)
        }

    def rows(self, view: str) -> tuple[np.ndarray, np.ndarray]:
        """Reduced features of all pictures under a view, and which are known."""
        if view not in self._rows:
            rows, known = self.data.store.matrix(self.data.keys, view, BLOCKS)
            self._rows[view] = (self.basis(rows), known)
        return self._rows[view]

    def sums(self, chosen: np.ndarray) -> Sums:
        """Of some pictures, all views learnt from; never of held-out groups."""
        chosen = chosen & ~self.data.held_out
        parts = [(self.rows(view)[0], self.rows(view)[1] & chosen) for view in self.views]
        rows = np.concatenate([values[known] for values, known in parts])
        sources = np.concatenate([self.data.source[known] for _, known in parts])
        folds = np.concatenate([self.data.fold[known] for _, known in parts])
        return Sums.of(rows, sources, folds, FOLDS)


def fold_heads(
    negatives: Sequence[Sums], positive: Sums, penalty: float = PENALTY
) -> dict[int, Linear]:
    """A head for each fold left out, and one that saw all of them (`HELD_OUT`).

    Args:
        negatives: Each makes a member; the mean of the members is the head.
        positive: The other class.
        penalty: Ridge.
    """
    return {
        fold: mean_head(
            *(
                discriminant(one, positive, None if fold == HELD_OUT else fold, penalty)
                for one in negatives
            )
        )
        for fold in (*range(FOLDS), HELD_OUT)
    }


def logistic_heads(
    space: Space, positive: np.ndarray, heft: np.ndarray, penalty: float = LOGISTIC_PENALTY
) -> dict[int, Linear]:
    """Logistic heads by fold on the reduced features as they come, so that the penalty holds the
    small components back.

    Args:
        space: Features.
        positive: Which pictures are of the class that is looked for, shape (n,).
        heft: What a picture counts within its class, beside its source's 1/sqrt(n); 0 for those
            that are not learnt from.
        penalty: L2.
    """
    data = space.data
    parts = []
    for view in space.views:
        rows, known = space.rows(view)
        parts.append((rows, known & (heft > 0) & ~data.held_out))
    rows = np.concatenate([values[known] for values, known in parts])
    truth = np.concatenate([positive[known] for _, known in parts])
    fold = np.concatenate([data.fold[known] for _, known in parts])
    counts = np.bincount(
        np.concatenate([data.source[known] for _, known in parts]), minlength=data.source.max() + 1
    )
    weight = np.concatenate(
        [heft[known] * counts[data.source[known]] ** -0.5 for _, known in parts]
    )
    heads = {}
    for out in (*range(FOLDS), HELD_OUT):
        keep = fold != out
        heads[out] = _logistic(rows[keep], truth[keep], weight[keep], penalty)
    return heads


def _logistic(rows: np.ndarray, truth: np.ndarray, weight: np.ndarray, penalty: float) -> Linear:
    share = weight.copy()
    for side in (truth, ~truth):
        share[side] *= 0.5 / share[side].sum()
    share = share.astype(np.float32)
    sign = np.where(truth, 1.0, -1.0).astype(np.float32)

    def objective(vector: np.ndarray) -> tuple[float, np.ndarray]:
        direction, bias = vector[:-1].astype(np.float32), np.float32(vector[-1])
        margin = sign * (rows @ direction + bias)
        loss = float(share @ np.logaddexp(0, -margin)) + penalty / 2 * float(direction @ direction)
        pull = -sign * share / (1 + np.exp(np.minimum(margin, 60)))
        gradient = np.append(pull @ rows + np.float32(penalty) * direction, pull.sum())
        return loss, gradient.astype(np.float64)

    start = np.zeros(rows.shape[1] + 1)
    options = {"maxiter": ITERATIONS}
    found = minimize(objective, start, jac=True, method="L-BFGS-B", options=options).x
    return Linear(found[:-1].astype(np.float32), float(found[-1]))


def added(space: Space, *parts: Mapping[int, Linear]) -> dict[int, Linear]:
    """The sum of heads, each by one over the deviation of its scores on the first view."""
    scales = [1 / float(np.nanstd(scores_of(space, heads, space.views[0]))) for heads in parts]
    return {
        fold: Linear(
            np.sum([s * h[fold].weight for s, h in zip(scales, parts, strict=True)], axis=0).astype(
                np.float32
            ),
            float(sum(s * h[fold].bias for s, h in zip(scales, parts, strict=True))),
        )
        for fold in parts[0]
    }


def scores_of(space: Space, heads: Mapping[int, Linear], view: str) -> np.ndarray:
    """Raw scores under a view, NaN where it is not known, shape (n,)."""
    rows, known = space.rows(view)
    scores = np.full(len(rows), np.nan)
    for fold, head in heads.items():
        own = known & (space.data.fold == fold)
        scores[own] = head(rows[own])
    return scores
