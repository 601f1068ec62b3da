"""The Perth watermark (Resemble AI) that speech generators such as Chatterbox put into sound.

The published decoder looks at a third of a second at a time in three speeds of time and answers the
mean. Two of its three branches answer the same whatever they hear, so only the third one is here.
Its answers are about 0 or about 6: the score is the share of frames that say yes, over sliding
windows, so that a mark over a part is found and a few loud frames cannot make a mean. Music and
noise can say yes too: a window counts only where somebody speaks.

A spectrum of 1,024 points at 16 kHz has the same bins below 8 kHz as the original's 2,048 points at
32 kHz, at half the magnitude; the network reads no bin above 2 kHz.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from detect.core.finding import Evidence, Finding
from detect.core.mark import Watermark
from detect.core.media import AudioClip
from detect.core.provenance import Declaration
from detect.models.manifest import Manifest
from detect.models.runtime import Session, open_session
from detect.voice.voice_activity import VoiceActivity, unfit

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["DETECTOR", "MODEL", "THRESHOLD", "VERSION", "PerthDecoder", "Stretch", "declare"]

DETECTOR, VERSION = "perth", "1.0.0"
MODEL = "perth"
THRESHOLD = 0.8
"""Share of frames from which a window counts as marked; see the card for what lies below."""

WINDOW, HOP = 400, 100
"""Frames of a window and between two windows: 4 s and 1 s."""
LEAST = 100
"""Frames of the shortest clip that is examined: 1 s."""
MOST_SECONDS, PIECE = 600.0, 20.0
"""Sound of one file that is examined; of more, as much in pieces that lie evenly all over it."""

_RATE, _STEP, _POINTS, _BANDS = 16_000, 160, 1024, 128
_FLOOR_DB, _HEADROOM_DB = -180.0, 15.0
_CHUNK, _CONTEXT = 2_000, 20
_YES = 3.0
_LEVEL = 0.05
"""Root mean square at which speech is looked for."""


class Stretch(NamedTuple):
    """A stretch of sound: seconds from the start of the file, and the best score in it."""

    start: float
    end: float
    score: float


class PerthDecoder:
    """Decodes the watermark; may be asked from several threads.

    Args:
        manifest: The weights (`perth`, and `silero-vad` where a mark is found), loaded on first
            use.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._model = manifest[MODEL]
        self._voice = VoiceActivity(manifest)

    @cached_property
    def _network(self) -> Session:
        return open_session(self._model, "network", threads=1)

    def read(
        self, audio: Sequence[AudioClip], duration: float | None = None
    ) -> tuple[Finding, tuple[Watermark, ...]]:
        """Looks for the watermark.

        Args:
            audio: 16 kHz mono; clips under a second are left out, and of more than ten minutes
                ten are examined.
            duration: Seconds of the file, for the coverage.

        Returns:
            The finding (`not-applicable` with `too-short`), and one watermark for each stretch of
            neighbouring windows with speech that carry it; time that was not examined parts
            nothing.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        clips = list(_spread(audio))
        windows = [(clip, window) for clip in clips for window in self._windows(clip)]
        if not windows:
            return Finding(DETECTOR, VERSION, status="not-applicable", reason="too-short"), ()
        marked = [
            window if window.score >= THRESHOLD and self._speaks(clip, window) else None
            for clip, window in windows
        ]
        examined, whole = (sum(clip.seconds for clip in part) for part in (clips, audio))
        finding = Finding(
            DETECTOR,
            VERSION,
            score=max(window.score for _, window in windows),
            coverage=min(1.0, examined / max(whole, duration or 0.0)),
        )
        return finding, tuple(
            Watermark("perth", "Perth", s.score, THRESHOLD, "voice_synthetic", s.start, s.end)
            for s in _joined(marked)
        )

    def answers(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """What the network says of each frame: about 6 where there is a mark, about 0 elsewhere.

        Args:
            samples: float32, shape (n,), mono at 16 kHz.

        Returns:
            float32, shape (n // 160 + 1,).

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        import numpy as np

        count = len(samples) // _STEP + 1
        parts = []
        for first in range(0, count, _CHUNK):
            last = min(first + _CHUNK, count)
            before, after = max(0, first - _CONTEXT), min(count, last + _CONTEXT)
            bands = _bands(samples, before, after)
            found = self._network.run(None, {"bands": bands[None]})[0]
            parts.append(found[0, 0, first - before : last - before])
        whole: npt.NDArray[np.float32] = np.concatenate(parts)
        return whole

    def _windows(self, clip: AudioClip) -> Iterator[Stretch]:
        yes = self.answers(clip.samples) > _YES
        window = min(WINDOW, len(yes))
        last = len(yes) - window
        for first in sorted({*range(0, last + 1, HOP), last}):
            begin, end = (clip.start + at * _STEP / _RATE for at in (first, first + window - 1))
            yield Stretch(begin, end, float(yes[first : first + window].mean()))

    def _speaks(self, clip: AudioClip, window: Stretch) -> bool:
        """Whether there is speech in a window."""
        import numpy as np

        begin, end = (round((at - clip.start) * _RATE) for at in (window.start, window.end))
        samples = clip.samples[begin:end]
        level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
        if level <= 0:
            return False
        return unfit(self._voice.probabilities(samples * np.float32(_LEVEL / level))) is None


def declare(mark: Watermark) -> Declaration:
    """The declaration that a watermark makes."""
    start, end = mark.start or 0.0, mark.end or 0.0
    return Declaration(
        "watermark",
        "ai-generated",
        "intact",
        Evidence(
            "watermark.perth",
            "The sound carries the invisible Perth watermark, which speech generators such as "
            f"Chatterbox write, from {start:.0f} s to {end:.0f} s.",
            f"声音在 {start:.0f} 秒至 {end:.0f} 秒含有 Perth 隐形水印，"
            "由 Chatterbox 等语音生成工具写入。",
            f"Perth {mark.score:.2f}, {start:.0f}-{end:.0f} s",
        ),
        "Perth (Resemble AI)",
        about=mark.about,
    )


def _spread(audio: Sequence[AudioClip]) -> Iterator[AudioClip]:
    """The clips that are long enough, or evenly spread pieces of them where that is too much."""
    clips = [clip for clip in audio if len(clip.samples) >= LEAST * _STEP]
    if sum(clip.seconds for clip in clips) <= MOST_SECONDS:
        yield from clips
        return
    size = int(PIECE * _RATE)
    pieces = [
        AudioClip(clip.samples[first : first + size], clip.rate, clip.start + first / _RATE)
        for clip in clips
        for first in range(0, len(clip.samples) - LEAST * _STEP + 1, size)
    ]
    share, due = MOST_SECONDS / sum(piece.seconds for piece in pieces), 0.0
    for piece in pieces:
        due += share * piece.seconds
        if due >= piece.seconds:
            due -= piece.seconds
            yield piece


def _joined(windows: Sequence[Stretch | None]) -> list[Stretch]:
    """Windows as one that touch, overlap or come one after the other; None: one without a mark."""
    joined: list[Stretch] = []
    before: Stretch | None = None
    for window in windows:
        if window and joined and (before or window.start <= joined[-1].end):
            last = joined.pop()
            joined.append(Stretch(last.start, window.end, max(last.score, window.score)))
        elif window:
            joined.append(window)
        before = window
    return joined


def _bands(samples: npt.NDArray[np.float32], first: int, last: int) -> npt.NDArray[np.float32]:
    """Log magnitudes up to 2 kHz of frames `first` to `last`, 128 x frames, 0 at -180 dB."""
    import numpy as np

    half = _POINTS // 2
    begin, end = first * _STEP - half, (last - 1) * _STEP + half
    inside = samples[max(0, begin) : min(len(samples), end)]
    padding = max(0, -begin), max(0, end - len(samples))
    inside = np.pad(inside, padding, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(inside, _POINTS)[::_STEP]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_POINTS) / _POINTS)).astype(np.float32)
    magnitude = 2 * np.abs(np.fft.rfft(frames * window, axis=1)[:, :_BANDS]).T
    floor: float = 10 ** (_FLOOR_DB / 20)
    decibel = 20 * np.log10(np.maximum(magnitude, floor))
    scaled: npt.NDArray[np.float32] = (decibel - _FLOOR_DB) / (_HEADROOM_DB - _FLOOR_DB)
    return scaled.astype(np.float32)
