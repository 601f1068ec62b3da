"""A weighted, L2-regularised logistic regression on standardised features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating]
    Bools = npt.NDArray[np.bool_]

__all__ = ["Linear", "fit_linear"]


@dataclass(frozen=True, slots=True)
class Linear:
    """`score = x @ weight + bias` on features as they come; standardisation is folded in."""

    weight: npt.NDArray[np.float32]
    bias: float

    def __call__(self, features: Floats) -> Floats:
        """Raw scores (log-odds at the training prior), shape (n,), of features (n, d)."""
        scores: Floats = features @ self.weight + self.bias
        return scores


def fit_linear(features: Floats, positive: Bools, weights: Floats, penalty: float) -> Linear:
    """Minimises weighted mean log loss + penalty / 2 * |w|^2 on standardised features.

    Args:
        features: float32, shape (n, d).
        positive: bool, shape (n,).
        weights: Shape (n,), any scale.
        penalty: Positive.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    share = weights / weights.sum()
    scale = StandardScaler().fit(features, sample_weight=share)
    model = LogisticRegression(C=1 / penalty, max_iter=300, tol=1e-5)
    model.fit(scale.transform(features), positive, sample_weight=share)
    weight = (model.coef_[0] / scale.scale_).astype(np.float32)
    return Linear(weight, float(model.intercept_[0] - weight @ scale.mean_))
