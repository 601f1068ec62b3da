"""Which frames of a video are kept: some of every shot, spread over time, no still twice.

Decoding is one pass of unknown length, so frames are chosen as they come. A candidate is taken at
every shot change and then at a steady step; when there are too many, the one that stands for the
least time goes and its time falls to a neighbour. Memory is constant, the result depends on nothing
but the frames.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from detect.core.media import Frame

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["THUMBNAIL", "Sampler", "crop_borders"]

THUMBNAIL = (32, 18)
"""Width and height of the grey thumbnails that shots are found on."""

CUT_DIFFERENCE = 16.0
"""Mean difference of two thumbnails, in grey levels, that a cut has at least..."""
CUT_RATIO = 4.0
"""... and how many times the usual difference of the shot it is, so that motion is no cut."""
CUT_HISTOGRAM = 0.5
"""Or this share of pixels in other grey bins: a cut between two restless shots."""

STILL_DIFFERENCE = 3
"""Thumbnails that differ nowhere by more grey levels than this show the same still."""

FIRST_STEP = 0.1
"""Seconds between candidates until there are too many; then the step doubles."""

BAR_LEVEL, BAR_SPREAD = 40, 16
"""A border row is no brighter than this, and no less even than this, in every frame."""
LEAST_LEFT = 0.25
"""Share of a side that must be left between the bars; otherwise they are the picture."""


@dataclass(slots=True)
class _Candidate:
    frame: Frame
    thumbnail: npt.NDArray[np.int16]
    weight: float


class Sampler:
    """Chooses about `wanted` frames out of a stream of frames.

    Args:
        wanted: How many frames are kept at most.
        duration: Seconds of the stream where they are known; only the work depends on it.
    """

    def __init__(self, wanted: int, duration: float | None = None) -> None:
        self._wanted = wanted
        self._capacity = wanted + max(4, wanted // 2)
        self._step = max(duration / wanted, 1e-3) if duration else FIRST_STEP
        self._next = 0.0
        self._shot = 0
        self._usual: float | None = None
        self._last: npt.NDArray[np.int16] | None = None
        self._kept: list[_Candidate] = []
        self._current: _Candidate | None = None

    def offer(
        self,
        thumbnail: npt.NDArray[np.uint8],
        pts: float,
        index: int,
        seconds: float,
        render: Callable[[], npt.NDArray[np.uint8]],
    ) -> None:
        """Looks at the next frame.

        Args:
            thumbnail: Grey, `THUMBNAIL` in size.
            pts: Seconds from the start.
            index: Number of the frame in its stream.
            seconds: How long it is shown.
            render: Makes the pixels; called only when the frame is kept.
        """
        import numpy as np

        grey = thumbnail.astype(np.int16)
        cut = self._is_cut(grey)
        self._last = grey
        if cut:
            self._shot += 1
        if self._current is None or cut or pts >= self._next:
            self._next = (pts if cut else max(self._next, pts - self._step)) + self._step
            self._current = self._same_still(grey)
            if self._current is None:
                frame = Frame(render(), pts, index, self._shot)
                self._current = _Candidate(frame, grey, 0.0)
                self._kept.append(self._current)
        self._current.weight += seconds
        if len(self._kept) > self._capacity:
            self._drop_least()
            self._step = max(self._step, self._seconds() / self._wanted / 2)

    def frames(self) -> tuple[Frame, ...]:
        """What was kept, in order; the weights add up to the seconds that were offered."""
        while len(self._kept) > self._wanted:
            self._drop_least()
        return tuple(replace(c.frame, weight=c.weight) for c in self._kept)

    def _is_cut(self, grey: npt.NDArray[np.int16]) -> bool:
        import numpy as np

        if self._last is None:
            return False
        difference = float(np.abs(grey - self._last).mean())
        usual = self._usual
        if usual is None:  # the first step of a shot is its measure
            self._usual = difference
            return False
        if difference > CUT_DIFFERENCE and (
            difference > CUT_RATIO * usual or _moved(grey, self._last) > CUT_HISTOGRAM
        ):
            self._usual = None
            return True
        self._usual = 0.8 * usual + 0.2 * difference
        return False

    def _same_still(self, grey: npt.NDArray[np.int16]) -> _Candidate | None:
        import numpy as np

        for candidate in reversed(self._kept):
            if int(np.abs(candidate.thumbnail - grey).max()) <= STILL_DIFFERENCE:
                return candidate
        return None

    def _seconds(self) -> float:
        return sum(candidate.weight for candidate in self._kept)

    def _drop_least(self) -> None:
        """Drops a candidate, and gives its time to a neighbour.

        The one goes that leaves the shortest stretch with a single frame. The only candidate of a
        shot goes last, the newest one stays.
        """
        shots = [c.frame.shot for c in self._kept]

        def cost(place: int) -> tuple[bool, float, bool, int]:
            alone = shots.count(shots[place]) == 1
            stretch = self._kept[place].weight + self._kept[self._heir(place)].weight
            return alone, stretch, place == 0, place

        place = min((i for i, c in enumerate(self._kept) if c is not self._current), key=cost)
        self._kept[self._heir(place)].weight += self._kept[place].weight
        del self._kept[place]

    def _heir(self, place: int) -> int:
        """The neighbour that a candidate is most like: in its shot, or else before it."""
        near = [i for i in (place - 1, place + 1) if 0 <= i < len(self._kept)]
        shot = self._kept[place].frame.shot
        return min(near, key=lambda i: (self._kept[i].frame.shot != shot, i))


def _moved(grey: npt.NDArray[np.int16], last: npt.NDArray[np.int16]) -> float:
    """Share of pixels that fall into another of 16 grey bins."""
    import numpy as np

    new, old = (np.bincount((a >> 4).ravel(), minlength=16) for a in (grey, last))
    return float(np.abs(new - old).sum()) / (2 * grey.size)


def crop_borders(frames: Sequence[Frame]) -> tuple[Frame, ...]:
    """Cuts off dark, even bars (letterbox, pillarbox) that every frame has in the same place.

    Args:
        frames: Frames of one video.

    Returns:
        The same frames, all cut alike when they have one size; unchanged where bars are not
        certain, or where hardly anything would be left.
    """
    import numpy as np

    if len({f.pixels.shape for f in frames}) != 1:
        return tuple(frames)
    greys = [f.pixels.max(axis=2) for f in frames]
    dark = all(int(g.max()) <= BAR_LEVEL for g in greys)
    if dark:
        return tuple(frames)
    height, width = greys[0].shape
    top, bottom = _inside(greys, axis=1)
    left, right = _inside([g[top:bottom] for g in greys], axis=0)
    if bottom - top < LEAST_LEFT * height or right - left < LEAST_LEFT * width:
        return tuple(frames)
    if (bottom - top, right - left) == (height, width):
        return tuple(frames)
    return tuple(
        replace(f, pixels=np.ascontiguousarray(f.pixels[top:bottom, left:right])) for f in frames
    )


def _inside(greys: Sequence[npt.NDArray[np.uint8]], axis: int) -> tuple[int, int]:
    """First line of the picture and the one after its last, across `axis`."""
    import numpy as np

    bright = np.max([g.max(axis=axis) for g in greys], axis=0)
    spread = np.max([np.ptp(g, axis=axis) for g in greys], axis=0)
    lines = ((bright > BAR_LEVEL) | (spread > BAR_SPREAD)).nonzero()[0]
    return (int(lines[0]), int(lines[-1]) + 1) if lines.size else (0, bright.size)
