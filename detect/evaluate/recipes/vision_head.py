"""How the head of the picture classifier is fitted: two linear heads, added up to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detect.evaluate.recipes.linear import Linear, fit_linear
from detect.evaluate.recipes.within_source import fit_within_sources

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating]
    Bools = npt.NDArray[np.bool_]

__all__ = ["LOGISTIC_PENALTY", "SHARE", "WIDTH", "fit_vision_head"]

WIDTH = 768
"""Length of a token."""
LOGISTIC_PENALTY = 0.2
SHARE = 0.5
"""Of the discriminant in the sum; its scores spread three times as far as the logistic ones."""


def fit_vision_head(
    features: Floats, positive: Bools, weights: Floats, sources: npt.NDArray[np.integer]
) -> Linear:
    """A logistic head on the class tokens plus a discriminant within sources on all of them.

    Args:
        features: float32, shape (n, blocks * 2 * 768): after each block the class token, then the
            mean patch token (`detect.picture.clip.ClipEncoder.summaries`).
        positive: True for synthetic, shape (n,).
        weights: Shape (n,), both classes alike; of the logistic head.
        sources: Number of the source of each row; a source with both classes counts as two.

    Returns:
        One head on the features as they come.
    """
    import numpy as np

    tokens = features.reshape(len(features), -1, 2, WIDTH)[:, :, 0]
    logistic = fit_linear(tokens.reshape(len(features), -1), positive, weights, LOGISTIC_PENALTY)
    spread = fit_within_sources(features, positive, sources, WIDTH)
    weight = np.float32(SHARE) * spread.weight
    weight.reshape(-1, 2, WIDTH)[:, 0] += logistic.weight.reshape(-1, WIDTH)
    return Linear(weight, SHARE * spread.bias + logistic.bias)
