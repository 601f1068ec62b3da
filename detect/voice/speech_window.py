"""A stretch of sound made ready for the speech network: level and floor."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["prepare"]

LEVEL = 0.05
"""Root mean square that every window is brought to: loudness says nothing about its origin."""
FLOOR = 0.001
"""Level of the noise added, relative to the sound (-60 dB): hides digital silence."""


def prepare(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Removes the mean, sets the level, and adds a fixed noise 60 dB below.

    Args:
        samples: float32, shape (n,), mono at 16 kHz.

    Returns:
        float32, shape (n,).
    """
    import numpy as np

    centred = samples - samples.mean()
    level = float(np.sqrt(np.mean(np.square(centred, dtype=np.float64))))
    scaled = centred * np.float32(LEVEL / max(level, 1e-5))
    noise = _noise(-(-len(samples) // 65_536) * 65_536)[: len(samples)]
    return np.asarray(scaled + noise * np.float32(LEVEL * FLOOR), np.float32)


@cache
def _noise(n: int) -> npt.NDArray[np.float32]:
    """White noise of unit variance by a 64-bit mixing formula: the same on every machine."""
    import numpy as np

    mixed = np.arange(n, dtype=np.uint64)
    mixed = mixed * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(33)
    uniform = (mixed >> np.uint64(40)).astype(np.float64) / 2**24 - 0.5
    return (uniform * 12**0.5).astype(np.float32)
