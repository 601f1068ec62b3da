"""A weighted, L2-regularised logistic regression on standardised features (L-BFGS, float32)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detect.core.errors import ConfigurationError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating]
    Bools = npt.NDArray[np.bool_]

__all__ = ["Linear", "fit_linear", "require_training"]


@dataclass(frozen=True, slots=True)
class Linear:
    """`score = x @ weight + bias` on features as they come; standardisation is folded in."""

    weight: npt.NDArray[np.float32]
    bias: float

    def __call__(self, features: Floats) -> Floats:
        """Raw scores (log-odds at the training prior), shape (n,), of features (n, d)."""
        scores: Floats = features @ self.weight + self.bias
        return scores


def require_training() -> None:
    """Checks that what refitting needs is installed.

    Raises:
        ConfigurationError: It is not; the message says how to get it.
    """
    from importlib.util import find_spec

    missing = [name for name in ("scipy", "onnx") if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"the protocol leave-out fits models anew, which needs {' and '.join(missing)}: "
            "pip install 'detect-synthetic[train]'; or --protocol shipped judges the installed "
            "model without"
        )


def fit_linear(features: Floats, positive: Bools, weights: Floats, penalty: float) -> Linear:
    """Minimises weighted mean log loss + penalty / 2 * |w|^2 on standardised features.

    Args:
        features: float32, shape (n, d).
        positive: bool, shape (n,).
        weights: Shape (n,), any scale.
        penalty: With weights of mean one, sklearn's C is 1 / (n * penalty).
    """
    import numpy as np
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    share = (weights / weights.sum()).astype(np.float32)
    mean = share @ features
    spread = np.sqrt(np.maximum(share @ np.square(features) - np.square(mean), 1e-12))
    scaled = (features - mean) / spread
    sign = np.where(positive, 1.0, -1.0).astype(np.float32)

    def objective(vector: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
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
