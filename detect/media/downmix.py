"""Channels as one, so that a voice that both ears hear does not cancel out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

__all__ = ["LOUDEST", "downmix"]

CANCELLED = 0.4
"""Power of the sum of the channels over that of the loudest one from which on down they cancel
each other: sound in one channel alone gives 1, two that have nothing in common 2."""
LOUDEST = 100.0
"""Samples of floating-point files are bounded here (40 dB above full scale)."""


def downmix(channels: Floats) -> Floats:
    """The mean of the channels, or the loudest one where they cancel each other.

    In opposite phase the mean holds nothing of what is loud in two channels: a voice could be
    hidden from whoever averages, behind another one that is in phase.

    Args:
        channels: float32, shape (channels, n); what is not a number counts as 0.

    Returns:
        float32, shape (n,), within `LOUDEST`.
    """
    import numpy as np

    finite = np.nan_to_num(channels, nan=0.0, posinf=LOUDEST, neginf=-LOUDEST)
    bounded = np.clip(finite, -LOUDEST, LOUDEST)
    total: Floats = bounded.sum(0)
    if len(bounded) > 1 and total.size:
        power = np.square(bounded).mean(1)
        if float(np.square(total).mean()) < CANCELLED * float(power.max()):
            return np.asarray(bounded[power.argmax()])
    return np.asarray(total / np.float32(len(bounded)))
