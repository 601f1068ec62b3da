"""A weighted, L2-regularised logistic regression on standardised features (L-BFGS, float32)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize


@dataclass(frozen=True, slots=True)
class Linear:
    """`score = x @ weight + bias` on features as they come; standardisation is folded in."""

    weight: np.ndarray
    bias: float

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Raw scores (log-odds at the training prior), shape (n,)."""
        return features @ self.weight + self.bias


def fit(features: np.ndarray, positive: np.ndarray, weights: np.ndarray, penalty: float) -> Linear:
    """Minimises weighted mean log loss + penalty / 2 * |w|^2 on standardised features.

    Args:
        features: float32, shape (n, d).
        positive: bool, shape (n,).
        weights: Shape (n,), any scale.
        penalty: With weights of mean one, sklearn's C is 1 / (n * penalty).
    """
    share = (weights / weights.sum()).astype(np.float32)
    mean = share @ features
    spread = np.sqrt(np.maximum(share @ np.square(features) - np.square(mean), 1e-12))
    scaled = (features - mean) / spread
    sign = np.where(positive, 1.0, -1.0).astype(np.float32)

    def objective(vector: np.ndarray) -> tuple[float, np.ndarray]:
        weight, bias = vector[:-1].astype(np.float32), np.float32(vector[-1])
        margin = sign * (scaled @ weight + bias)
        loss = float(share @ np.logaddexp(0, -margin)) + penalty / 2 * float(weight @ weight)
        pull = -sign * share / (1 + np.exp(np.minimum(margin, 60)))
        gradient = np.append(pull @ scaled + np.float32(penalty) * weight, pull.sum())
        return loss, gradient.astype(np.float64)

    options = {"maxiter": 300, "ftol": 1e-8, "gtol": 1e-5}
    start = np.zeros(features.shape[1] + 1)
    solution = minimize(objective, start, jac=True, method="L-BFGS-B", options=options).x
    weight = (solution[:-1] / spread).astype(np.float32)
    return Linear(weight, float(solution[-1] - weight @ mean))
