"""What a window's features go through: all heads as one network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from detect.evaluate.recipes.speech_head import BOUND, Scale

Array = np.ndarray[Any, Any]
Layers = tuple[Array, Array, Array, Array]
"""Weights and bias of the hidden layer of a small network, then of its output."""


class Heads(nn.Module):
    """Statistics and encoder states of a window -> score and kind of sound.

    Args:
        scale: Of the features, statistics first.
        small: Networks on the statistics, whose logits are summed.
        large: Networks on everything, likewise.
        kind: Weights [4, statistics] and biases [4] for speech, singing, music and other sound.
    """

    def __init__(
        self,
        scale: Scale,
        small: Sequence[Layers],
        large: Sequence[Layers],
        kind: tuple[Array, Array],
    ) -> None:
        super().__init__()
        named = {"mean": scale.mean, "deviation": scale.deviation}
        for name, networks in (("small", small), ("large", large)):
            named[name] = np.concatenate([n[0] for n in networks]).T
            named[f"{name}_bias"] = np.concatenate([n[1] for n in networks])
            named[f"{name}_outer"] = np.concatenate([n[2][0] for n in networks])
        named["bias"] = np.array([sum(float(n[3][0]) for n in (*small, *large))])
        named["kind"], named["kind_bias"] = kind[0].T, kind[1]
        for name, value in named.items():
            self.register_buffer(name, torch.tensor(value, dtype=torch.float32))

    def forward(self, statistics: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """[k] and [features - k] -> score [1], and probabilities [4] of the kinds of sound."""
        x = torch.cat([statistics, states])
        z = ((x - self.mean) / self.deviation).clamp(-BOUND, BOUND)
        first = z[: self.small.shape[0]]
        small = torch.relu(first @ self.small + self.small_bias) * self.small_outer
        large = torch.relu(z @ self.large + self.large_bias) * self.large_outer
        score = small.sum() + large.sum() + self.bias
        return score, torch.softmax(first @ self.kind + self.kind_bias, 0)
