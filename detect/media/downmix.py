"""Channels as one, so that a voice that both ears hear does not cancel out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

__all__ = ["LOUDEST", "Downmix", "bounded"]

CANCELLED, COMMON = 0.8, 1.0
"""Power of the sum of the channels over the sum of their powers: under the first they cancel each
other, until it is above the second again. Of channels that have nothing in common, and of sound in
one channel alone, it is 1."""
LOUDER = 2.0
"""Power of another channel over that of the one that is heard, for it to be heard instead."""
FADE = 160
"""Samples from one mixture to another."""
LOUDEST, USUAL, HEADROOM = 100.0, 99, 4.0
"""Floating-point samples are bounded at 40 dB above full scale, and where this percentage of them
is much lower, at so many times that or full scale: one spike must not drown a voice."""


def bounded(channels: Floats) -> Floats:
    """Samples as they are, but for what is no number (0) and what lies far outside the rest.

    Args:
        channels: float32, any shape.
    """
    import numpy as np

    if not channels.size or float(np.abs(channels).max()) <= 1.0:
        return channels
    finite = np.nan_to_num(channels, nan=0.0, posinf=0.0, neginf=0.0)
    finite = np.clip(finite, -LOUDEST, LOUDEST)
    most = max(1.0, HEADROOM * float(np.percentile(np.abs(finite), USUAL)))
    return np.clip(finite, -most, most)


class Downmix:
    """The mean of the channels, or the loudest one where they cancel each other.

    In opposite phase the mean holds nothing of what is loud in two channels: a voice could be
    hidden from whoever averages, behind another one that is in phase. Called on one part of a sound
    after the other; where the mixture changes, one fades into the other.
    """

    def __init__(self) -> None:
        self._heard: int | None = None
        """The channel that is heard; None: the mean."""

    def __call__(self, channels: Floats) -> Floats:
        """The next part of a sound.

        Args:
            channels: float32, shape (channels, n), as many channels as before.

        Returns:
            float32, shape (n,), within `LOUDEST`.
        """
        import numpy as np

        planes = bounded(channels)
        if len(planes) == 1 or not planes.size:
            return _mixture(planes, None)
        before, self._heard = self._heard, self._choose(planes)
        mixed = _mixture(planes, self._heard)
        if before != self._heard:
            count = min(FADE, len(mixed))
            share = np.linspace(0, 1, count, dtype=np.float32)
            old = _mixture(planes[:, :count], before)
            mixed[:count] = share * mixed[:count] + (1 - share) * old
        return mixed

    def _choose(self, planes: Floats) -> int | None:
        import numpy as np

        power = np.square(planes).mean(1)
        common = float(np.square(planes.sum(0)).mean())
        if common >= (CANCELLED if self._heard is None else COMMON) * float(power.sum()):
            return None
        loudest = int(power.argmax())
        if self._heard is None or power[loudest] > LOUDER * power[self._heard]:
            return loudest
        return self._heard


def _mixture(planes: Floats, heard: int | None) -> Floats:
    mixed: Floats = planes.mean(0) if heard is None else planes[heard].copy()
    return mixed
