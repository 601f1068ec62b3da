"""Heads on standardised features: all of them as one network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

Array = np.ndarray[Any, Any]
BOUND = 6.0
"""Standardised features are clipped here."""


class Scale:
    """Mean and deviation of features; maps to bounded z-scores."""

    def __init__(self, x: Array) -> None:
        self.mean, self.deviation = x.mean(0), x.std(0) + 1e-4

    def __call__(self, x: Array) -> Array:
        """[rows, features] -> the same, standardised and clipped."""
        return np.clip((x - self.mean) / self.deviation, -BOUND, BOUND).astype(np.float32)


class Heads(nn.Module):
    """Everything that a feature vector goes through, as one network.

    Args:
        scale: Of the features.
        hidden: Arrays of the small networks, whose logits are summed.
        kind: Weights [4, features] and biases [4] for speech, singing, music and other sound.
    """

    def __init__(
        self,
        scale: Scale,
        hidden: Sequence[tuple[Array, Array, Array, Array]],
        kind: tuple[Array, Array],
    ) -> None:
        super().__init__()
        named = {"mean": scale.mean, "deviation": scale.deviation}
        named["inner"] = np.concatenate([h[0] for h in hidden]).T
        named["inner_bias"] = np.concatenate([h[1] for h in hidden])
        named["outer"] = np.concatenate([h[2][0] for h in hidden])
        named["bias"] = np.array([sum(float(h[3][0]) for h in hidden)])
        named["kind"], named["kind_bias"] = kind[0].T, kind[1]
        for name, value in named.items():
            self.register_buffer(name, torch.tensor(value, dtype=torch.float32))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[features] -> score [1], and probabilities [4] of the kinds of sound."""
        z = ((x - self.mean) / self.deviation).clamp(-BOUND, BOUND)
        inner = torch.relu(z @ self.inner + self.inner_bias)
        score = (inner * self.outer).sum() + self.bias
        return score, torch.softmax(z @ self.kind + self.kind_bias, 0)
