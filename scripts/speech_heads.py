"""Heads on features: ridge-penalised logistic ones and small networks, all as plain arrays."""

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


class Perceptron:
    """One hidden layer, trained with dropout, mixup and weight decay on rows drawn by weight."""

    def __init__(
        self,
        z: Array,
        synthetic: Array,
        weight: Array,
        *,
        hidden: int = 64,
        epochs: int = 20,
        seed: int = 0,
    ) -> None:
        torch.manual_seed(seed)
        inputs, target = torch.from_numpy(z), torch.from_numpy(synthetic.astype(np.float32))
        worth = torch.from_numpy(scores.balanced(weight, synthetic))
        self.net = nn.Sequential(
            nn.Dropout(0.3),
            nn.Linear(z.shape[1], hidden),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(hidden, 1),
        )
        batch, rate = 128, 1e-3
        steps = epochs * len(z) // batch
        solver = torch.optim.AdamW(self.net.parameters(), lr=rate, weight_decay=0.03)
        schedule = torch.optim.lr_scheduler.OneCycleLR(solver, rate, total_steps=steps)
        share = torch.distributions.Beta(0.3, 0.3)
        for _ in range(steps):
            rows = torch.multinomial(worth, batch, replacement=True)
            part, other = share.sample((batch, 1)), torch.randperm(batch)
            x, y = inputs[rows], target[rows]
            x = part * x + (1 - part) * x[other]
            y = part[:, 0] * y + (1 - part[:, 0]) * y[other]
            loss = functional.binary_cross_entropy_with_logits(self.net(x)[:, 0], y)
            solver.zero_grad()
            loss.backward()
            solver.step()
            schedule.step()
        self.net.eval()

    def __call__(self, z: Array) -> Array:
        """Logits of the rows."""
        with torch.inference_mode():
            return np.asarray(self.net(torch.from_numpy(z))[:, 0].numpy())

    def arrays(self) -> tuple[Array, Array, Array, Array]:
        """Weights and bias of the hidden layer, then of the output."""
        return tuple(p.detach().numpy() for p in self.net.parameters())  # type: ignore[return-value]


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
