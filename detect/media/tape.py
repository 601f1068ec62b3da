"""Sound in one buffer that never grows past its limit: of more, stretches all over it are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from detect.core.media import AudioClip

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["RATE", "Tape"]

RATE = 16_000
"""Samples a second."""
STRETCH = 20.0
"""Seconds that are kept or left out together."""
GOLDEN = (5**0.5 - 1) / 2
SMALLER = 0.9
"""What the share of the stretches that are kept shrinks by whenever the tape is full."""
LEAST = 1e-3
"""Share under which the tape stays full."""


class Tape:
    """Clips of sound, in order of time.

    Time is cut into stretches. While there is room, all are kept. Then those go whose place in the
    sequence of multiples of the golden ratio (modulo 1) is not under a share that shrinks: whatever
    the share, these are spread evenly, and those of a smaller one are among those of a larger one
    (a Kronecker sequence; Kuipers and Niederreiter 1974). How long the sound will be need not be
    known.

    Args:
        seconds: How much sound it holds at most.
    """

    def __init__(self, seconds: float) -> None:
        import numpy as np

        self._limit = int(seconds * RATE)
        self._stretch = int(min(STRETCH, seconds / 4) * RATE)
        self._samples: npt.NDArray[np.float32] = np.empty(min(self._limit, 60 * RATE), np.float32)
        self._used, self._now, self._share = 0, 0, 1.0
        self._clips: list[tuple[int, int]] = []
        """Where each clip begins, in the buffer and in time, in samples."""
        self._cut = True

    @property
    def full(self) -> bool:
        """Whether nothing more is kept, wherever it lies."""
        return self._share < LEAST

    @property
    def thinned(self) -> bool:
        """Whether stretches were left out."""
        return self._share < 1

    def wants(self, seconds: float) -> bool:
        """Whether sound from this time on would be kept."""
        return self._keeps(int(max(0.0, seconds) * RATE))

    def new_clip(self, seconds: float) -> None:
        """Goes to a time; what follows is a clip of its own."""
        self._now, self._cut = int(max(0.0, seconds) * RATE), True

    def append(self, samples: npt.NDArray[np.float32]) -> None:
        """Adds sound, as far as it is kept."""
        for part in self._stretches(self._now, samples):
            while not self.full and self._keeps(self._now) and self._limit - self._used < len(part):
                self._thin()
            if not self.full and self._keeps(self._now):
                self._store(part)
            else:
                self._cut = True
            self._now += len(part)

    def clips(self) -> tuple[AudioClip, ...]:
        """What was kept: a clip for each stretch of time without a gap."""
        return tuple(
            AudioClip(self._samples[place:end], RATE, time / RATE)
            for place, time, end in self._bounds()
            if end > place
        )

    def _keeps(self, time: int) -> bool:
        return time // self._stretch * GOLDEN % 1 < self._share

    def _bounds(self) -> Iterator[tuple[int, int, int]]:
        """First sample in the buffer, time, and end in the buffer of each clip."""
        places = [*(place for place, _ in self._clips), self._used]
        for (place, time), end in zip(self._clips, places[1:], strict=True):
            yield place, time, end

    def _stretches(
        self, time: int, samples: npt.NDArray[np.float32]
    ) -> Iterator[npt.NDArray[np.float32]]:
        """Samples from a time on, cut where a stretch ends."""
        done = 0
        while done < len(samples):
            size = self._stretch - (time + done) % self._stretch
            yield samples[done : done + size]
            done += size

    def _store(self, samples: npt.NDArray[np.float32]) -> None:
        if self._cut:
            self._clips.append((self._used, self._now))
            self._cut = False
        end = self._used + len(samples)
        if end > len(self._samples):
            self._samples.resize(min(self._limit, 2 * end), refcheck=False)
        self._samples[self._used : end] = samples
        self._used = end

    def _thin(self) -> None:
        """Leaves more stretches out, those already on the tape too."""
        self._share *= SMALLER
        clips, used = [], 0
        for place, time, end in list(self._bounds()):
            cut = True
            for part in self._stretches(time, self._samples[place:end]):
                if self._keeps(time):
                    if cut:
                        clips.append((used, time))
                    self._samples[used : used + len(part)] = part
                    used += len(part)
                cut = not self._keeps(time)
                time += len(part)
        self._cut |= not self._keeps(self._now - 1)
        self._clips, self._used = clips, used
