"""Discriminants within sources (`detect.evaluate.recipes.within_source`), all folds in one pass.

Means and scatter are sums over sources. They are added up once for each fold, so that the head that
leaves a fold out costs one subtraction and one solution of linear equations.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detect.evaluate.recipes.linear import Linear

PART = 768
FLOOR = 1e-6


class Basis:
    """Standardises features and keeps the principal components of every token.

    Args:
        rows: float32, shape (n, d), d a multiple of 768; labels are not looked at.
        components: Kept of each token.
    """

    def __init__(self, rows: np.ndarray, components: int) -> None:
        self.mean, self.spread = rows.mean(0), rows.std(0) + np.float32(FLOOR)
        self.axes = []
        for own in self._parts():
            scaled = (rows[:, own] - self.mean[own]) / self.spread[own]
            _, vectors = np.linalg.eigh(scaled.T @ scaled / np.float32(len(scaled)))
            self.axes.append(vectors[:, -components:].astype(np.float32))

    def _parts(self) -> list[slice]:
        return [slice(start, start + PART) for start in range(0, len(self.mean), PART)]

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Reduced rows."""
        parts = zip(self._parts(), self.axes, strict=True)
        return np.concatenate(
            [((rows[:, own] - self.mean[own]) / self.spread[own]) @ axes for own, axes in parts], 1
        )

    def unfold(self, head: Linear) -> Linear:
        """A head on reduced rows as one on rows as they come."""
        pieces = np.split(head.weight, np.cumsum([axes.shape[1] for axes in self.axes])[:-1])
        parts = zip(self._parts(), self.axes, pieces, strict=True)
        weight = np.concatenate([(axes @ piece) / self.spread[own] for own, axes, piece in parts])
        return Linear(weight.astype(np.float32), float(head.bias - weight @ self.mean))


@dataclass
class Sums:
    """Of one class: scatter within sources, weighted means and weights, by fold.

    A source with n rows weighs sqrt(n), its scatter 1 / sqrt(n) a row. Fold -1 is in every fit.
    """

    scatter: np.ndarray
    means: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, sources: np.ndarray, folds: np.ndarray, count: int) -> Sums:
        """Adds up rows, float32, shape (n, d), by fold (-1 to count - 1)."""
        width = rows.shape[1]
        sums = cls(
            np.zeros((count + 1, width, width), np.float32),
            np.zeros((count + 1, width)),
            np.zeros(count + 1),
        )
        for fold in range(-1, count):
            inside = np.flatnonzero(folds == fold)
            if len(inside) == 0:
                continue
            _, index, counts = np.unique(sources[inside], return_inverse=True, return_counts=True)
            means = np.zeros((len(counts), width), np.float32)
            np.add.at(means, index, rows[inside])
            means /= counts[:, None]
            centred = (rows[inside] - means[index]) * (counts[index] ** -0.25)[:, None]
            centred = centred.astype(np.float32)
            sums.scatter[fold] = centred.T @ centred
            sums.means[fold] = np.sqrt(counts) @ means
            sums.weight[fold] = np.sqrt(counts).sum()
        return sums

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.scatter + other.scatter, self.means + other.means, self.weight + other.weight
        )

    def without(self, fold: int | None) -> tuple[np.ndarray, np.ndarray]:
        """Scatter and mean of all folds but one."""
        scatter, means, weight = self._total
        if fold is not None:
            scatter, means = scatter - self.scatter[fold], means - self.means[fold]
            weight = weight - self.weight[fold]
        return scatter / np.float32(weight), means / weight

    @cached_property
    def _total(self) -> tuple[np.ndarray, np.ndarray, float]:
        return self.scatter.sum(0), self.means.sum(0), float(self.weight.sum())


def discriminant(negative: Sums, positive: Sums, fold: int | None, penalty: float) -> Linear:
    """Fisher's discriminant with the covariance within sources, both classes weighing the same."""
    (scatter, low), (other, high) = negative.without(fold), positive.without(fold)
    scatter = (scatter + other) / 2
    scatter[np.diag_indices_from(scatter)] += np.float32(penalty)
    weight = np.linalg.solve(scatter, (high - low).astype(np.float32))
    return Linear(weight, -float((low + high) @ weight) / 2)


def mean_head(*heads: Linear) -> Linear:
    """The head whose score is the mean of theirs."""
    weight = np.mean([head.weight for head in heads], axis=0).astype(np.float32)
    return Linear(weight, float(np.mean([head.bias for head in heads])))
