"""How the heads of the voice classifier are fitted: small networks, added up to one score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]
    Bools = npt.NDArray[np.bool_]

__all__ = [
    "BOUND",
    "LARGE_EPOCHS",
    "SMALL_EPOCHS",
    "Committee",
    "Perceptron",
    "Scale",
    "fit_speech_head",
]

HIDDEN, DROPOUT, DECAY = 64, 0.3, 0.03
BATCH, RATE = 128, 1e-3
SMALL_EPOCHS, LARGE_EPOCHS = 30, 16
"""Of the networks on the statistics, and of those on everything."""
SEEDS = 2
"""Networks of each kind."""
BOUND = 6.0
"""Standardised features are clipped here."""


class Scale:
    """Mean and deviation of features; maps to bounded z-scores.

    Args:
        rows: Shape (n, d).
    """

    def __init__(self, rows: Floats) -> None:
        self.mean, self.deviation = rows.mean(0), rows.std(0) + 1e-4

    def __call__(self, rows: Floats) -> npt.NDArray[np.float32]:
        """Rows (n, d), standardised and clipped."""
        import numpy as np

        bounded = np.clip((rows - self.mean) / self.deviation, -BOUND, BOUND)
        return np.asarray(bounded, np.float32)


class Perceptron:
    """One hidden layer, trained with dropout and weight decay on mixtures within a class.

    A batch holds as many of both classes, drawn by weight, each mixed with another of its class:
    what tells sources of one class apart is averaged away (LISA: Yao et al., 2022,
    arXiv:2201.00299).

    Args:
        rows: float32, shape (n, d), standardised.
        positive: True for synthetic, shape (n,); both occur.
        weights: Shape (n,), any scale.
        epochs: Passes over as many rows as there are.
        seed: Of the first weights, the draws and the dropout.
    """

    def __init__(
        self, rows: Floats, positive: Bools, weights: Floats, *, epochs: int, seed: int = 0
    ) -> None:
        import numpy as np
        import torch
        from torch import nn
        from torch.nn.functional import binary_cross_entropy_with_logits

        torch.manual_seed(seed)
        inputs = torch.from_numpy(np.asarray(rows, np.float32))
        worth = torch.from_numpy(np.asarray(weights, np.float64))
        sides = [torch.from_numpy(np.flatnonzero(side)) for side in (~positive, positive)]
        half = BATCH // 2
        target = torch.cat([torch.zeros(half), torch.ones(half)])

        def draw() -> torch.Tensor:
            drawn = [torch.multinomial(worth[side], half, replacement=True) for side in sides]
            return inputs[torch.cat([side[i] for side, i in zip(sides, drawn, strict=True)])]

        self._net = nn.Sequential(
            nn.Dropout(DROPOUT),
            nn.Linear(rows.shape[1], HIDDEN),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, 1),
        )
        steps = max(1, epochs * len(rows) // BATCH)
        solver = torch.optim.AdamW(self._net.parameters(), lr=RATE, weight_decay=DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(solver, RATE, total_steps=steps)
        for _ in range(steps):
            mixed = torch.lerp(draw(), draw(), torch.rand(BATCH, 1))
            loss = binary_cross_entropy_with_logits(self._net(mixed)[:, 0], target)
            solver.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            solver.step()
            schedule.step()
        self._net.eval()

    def __call__(self, rows: Floats) -> npt.NDArray[np.float32]:
        """Logits of rows (n, d), shape (n,)."""
        import numpy as np
        import torch

        with torch.inference_mode():
            logits = self._net(torch.from_numpy(np.asarray(rows, np.float32)))[:, 0]
        return np.asarray(logits.numpy())

    def arrays(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Weights and bias of the hidden layer, then of the output."""
        inner, inner_bias, outer, outer_bias = (p.detach().numpy() for p in self._net.parameters())
        return inner, inner_bias, outer, outer_bias


class Committee:
    """Perceptrons whose logits are averaged.

    Args:
        members: Fitted on the same features, with other seeds or other rows.
        shares: What each counts, together 1; alike when empty.
    """

    def __init__(self, members: Sequence[Perceptron], shares: Sequence[float] = ()) -> None:
        self.members = list(members)
        self.shares = list(shares) or [1 / len(members)] * len(members)

    def __call__(self, rows: Floats) -> npt.NDArray[np.float32]:
        """Mean logits of rows (n, d), shape (n,)."""
        import numpy as np

        logits = [s * member(rows) for s, member in zip(self.shares, self.members, strict=True)]
        return np.asarray(np.sum(logits, axis=0), np.float32)


def fit_speech_head(
    rows: Floats, positive: Bools, weights: Floats, statistics: int
) -> Callable[[Floats], npt.NDArray[np.float32]]:
    """Networks on the hand-made statistics and networks on everything.

    Each kind counts by one over the deviation of its logits on the rows it was fitted on (the
    shipped heads: on held-out rows, `scripts/voice/train.py`).

    Args:
        rows: float32, shape (n, d); the statistics come first.
        positive: True for synthetic, shape (n,); both occur.
        weights: Shape (n,), any scale.
        statistics: How many of the d are hand-made statistics.

    Returns:
        A scorer: rows (m, d) to raw scores (m,).
    """
    import numpy as np

    def committee(inputs: Floats, epochs: int) -> Committee:
        seeds = range(SEEDS)
        return Committee(
            [Perceptron(inputs, positive, weights, epochs=epochs, seed=seed) for seed in seeds]
        )

    scale = Scale(rows)
    known = scale(rows)
    small = committee(known[:, :statistics], SMALL_EPOCHS)
    large = committee(known, LARGE_EPOCHS)
    scales = [float(small(known[:, :statistics]).std()), float(large(known).std())]

    def score(found: Floats) -> npt.NDArray[np.float32]:
        ready = scale(found)
        parts = (small(ready[:, :statistics]), large(ready))
        return np.asarray(sum(part / s for part, s in zip(parts, scales, strict=True)), np.float32)

    return score
