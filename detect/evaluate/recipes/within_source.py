"""A linear head by discriminant analysis whose spread is that within sources.

Between sources pictures differ by what they show, which is no evidence; within one, they differ by
chance alone. Fisher's discriminant with the pooled covariance within sources (each source about its
own mean) divides by the second only. With few sources, the first would be estimated from a handful
of means, and dividing by it costs more than it gives (measured: `weights/vision-v3/card.md`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from detect.evaluate.recipes.linear import Linear

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating]
    Bools = npt.NDArray[np.bool_]

__all__ = ["COMPONENTS", "PENALTY", "fit_within_sources"]

COMPONENTS = 256
"""Principal components kept of each part of the features."""
PENALTY = 1.0
"""Added to the variance of every component; features are standardised before."""
FLOOR = 1e-6


def fit_within_sources(
    features: Floats,
    positive: Bools,
    sources: npt.NDArray[np.integer],
    part: int,
    *,
    components: int = COMPONENTS,
    penalty: float = PENALTY,
) -> Linear:
    """Fits the head. A source with n rows weighs sqrt(n); the classes weigh alike.

    Args:
        features: float32, shape (n, d), d a multiple of `part`; reduced part by part.
        positive: True for synthetic, shape (n,).
        sources: Number of the source of each row; a source with both classes counts as two.
        part: Length of one part: a token of one block.
        components: Principal components kept of each part.
        penalty: Ridge on the covariance.

    Returns:
        A head on features as they come; its scale is that of log-odds under normal classes.
    """
    import numpy as np

    mean, spread = features.mean(0), features.std(0) + np.float32(FLOOR)
    bases, reduced = [], []
    for start in range(0, features.shape[1], part):
        own = slice(start, start + part)
        scaled = (features[:, own] - mean[own]) / spread[own]
        _, vectors = np.linalg.eigh(scaled.T @ scaled / np.float32(len(scaled)))
        basis = vectors[:, -min(components, part) :]
        bases.append(basis / spread[own][:, None])
        reduced.append(scaled @ basis)
    rows = np.concatenate(reduced, axis=1)
    centres, scatter = [], np.zeros((rows.shape[1], rows.shape[1]), np.float32)
    for own_class in (False, True):
        own_rows = np.flatnonzero(positive == own_class)
        _, index, counts = np.unique(sources[own_rows], return_inverse=True, return_counts=True)
        means = np.zeros((len(counts), rows.shape[1]), np.float32)
        np.add.at(means, index, rows[own_rows])
        means /= counts[:, None]
        heft = np.sqrt(counts) / np.sqrt(counts).sum()
        centres.append((heft @ means).astype(np.float32))
        share = np.sqrt(heft / counts)[index].astype(np.float32)
        centred = (rows[own_rows] - means[index]) * share[:, None]
        scatter += centred.T @ centred / 2
    scatter[np.diag_indices_from(scatter)] += np.float32(penalty)
    direction = np.linalg.solve(scatter, centres[1] - centres[0])
    pieces = np.split(direction, np.cumsum([basis.shape[1] for basis in bases])[:-1])
    weight = np.concatenate([basis @ piece for basis, piece in zip(bases, pieces, strict=True)])
    middle = float((centres[0] + centres[1]) @ direction) / 2
    return Linear(weight.astype(np.float32), -middle - float(weight @ mean))
