"""The audible label "short long, short short": Morse for AI (GB 45438-2025, 5.3).

Looked for at the start and at the end: four pure tones of one pitch with silence between them, in
the proportions 1 3 1 1, gaps 1 3 1. Pitch and unit length are not known to us, so any are accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from detect.core.finding import Evidence, Finding
from detect.core.media import AudioClip

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["DETECTOR", "FOUND", "read_rhythm"]

DETECTOR, VERSION = "audible-label", "1.0.0"
FOUND = "audible-label.rhythm"

SECONDS = 8.0
"""How much of the start and of the end is heard."""
HOP, WINDOW = 160, 512
"""Samples at 16 kHz: a hundredth of a second; a window that separates tones from speech."""
PURITY = 0.9
"""Share of the energy of a window that a pure tone has near its strongest frequency."""
SHORTEST, LONGEST = 0.04, 0.4
"""Seconds of the unit."""
TOLERANCE = 0.3
"""Departure from the proportions, as a share of the unit and of the length."""
PITCH = 0.03
"""Largest relative difference of the four pitches."""
SILENCE = 0.1
"""Level between the tones, as a share of theirs."""


def read_rhythm(clips: Sequence[AudioClip]) -> Finding:
    """Looks for the rhythm.

    Args:
        clips: Sound of a file, 16 kHz mono, in order of time.

    Returns:
        A finding whose evidence says where it stands, without evidence when there is none.
    """
    for at, samples in _ends(clips):
        place = _find(samples)
        if place is not None:
            time = at + place
            evidence = Evidence(
                FOUND,
                "The sound has the rhythm short long, short short (Morse AI) of an audible label.",
                "声音中有“短长 短短”节奏提示（摩尔斯码 AI）。",
                f"{time:.1f} s",
            )
            return Finding(DETECTOR, VERSION, evidence=(evidence,))
    return Finding(DETECTOR, VERSION)


def _ends(clips: Sequence[AudioClip]) -> Iterator[tuple[float, npt.NDArray[np.float32]]]:
    if not clips:
        return
    length = int(SECONDS * clips[0].rate)
    yield clips[0].start, clips[0].samples[:length]
    last = clips[-1]
    if last is not clips[0] or last.samples.shape[0] > length:
        skipped = max(0, last.samples.shape[0] - length)
        yield last.start + skipped / last.rate, last.samples[skipped:]


def _find(samples: npt.NDArray[np.float32]) -> float | None:
    """Seconds at which the rhythm starts, None when it is not there."""
    import numpy as np

    if samples.shape[0] < 2 * WINDOW:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW).astype(np.float32), axis=1)) ** 2
    total = power.sum(axis=1) + 1e-9
    peak = power[:, 3:-3].argmax(axis=1) + 3
    near = sum(np.take_along_axis(power, (peak + k)[:, None], 1)[:, 0] for k in range(-2, 3))
    level = np.sqrt(total)
    loud = level > SILENCE * np.quantile(level, 0.98)
    tone = loud & (near / total > PURITY)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], tone.astype(int), [0]])))
    runs = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1]
    for group in zip(runs, runs[1:], runs[2:], runs[3:], strict=False):
        if _matches(group, peak, level):
            return group[0][0] * HOP / 16_000
    return None


def _matches(
    runs: tuple[tuple[int, int], ...], peak: npt.NDArray[np.int64], level: npt.NDArray[np.float32]
) -> bool:
    import numpy as np

    # The window smears each edge: tones look longer and gaps shorter by the same length.
    lengths = [b - a for a, b in runs]
    gaps = [runs[n + 1][0] - runs[n][1] for n in range(3)]
    unit = (sum(lengths) + sum(gaps)) / 11  # 1 3 1 1 and 1 3 1
    if not SHORTEST <= unit * HOP / 16_000 <= LONGEST:
        return False
    smear = WINDOW / HOP / 2
    for found, wanted in zip((*lengths, *gaps), (1, 3, 1, 1, 1, 3, 1), strict=True):
        if abs(found - wanted * unit) > TOLERANCE * max(unit, wanted * unit / 3) + smear:
            return False
    pitches = [float(np.median(peak[a:b])) for a, b in runs]
    if max(pitches) - min(pitches) > max(1.0, PITCH * max(pitches)):
        return False
    loudness = min(float(np.median(level[a:b])) for a, b in runs)
    quiet = [level[(runs[n][1] + runs[n + 1][0]) // 2] for n in range(3)]
    return bool(max(quiet) < SILENCE * loudness)
