"""Heads on features: ridge-penalised logistic ones, and all of them as one network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import speech_scores as scores
import torch
from torch import Tensor, nn
from torch.nn import functional

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


def logistic(z: Array, synthetic: Array, weight: Array, ridge: float) -> tuple[Array, float]:
    """Ridge-penalised logistic head, both classes worth a half: weights and bias."""
    inputs, target = torch.from_numpy(z), torch.from_numpy(synthetic.astype(np.float32))
    worth = torch.from_numpy(scores.balanced(weight, synthetic).astype(np.float32))
    head = torch.zeros(z.shape[1], requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    solver = torch.optim.LBFGS([head, bias], max_iter=40, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        solver.zero_grad()
        each = functional.binary_cross_entropy_with_logits(
            inputs @ head + bias, target, reduction="none"
        )
        total = (each * worth).sum() + ridge * (head**2).sum()
        total.backward()
        return total

    solver.step(loss)  # type: ignore[arg-type]
    return head.detach().numpy(), float(bias.detach())


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
