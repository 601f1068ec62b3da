"""Random crops of the windows of all channels, and what is done to their sound."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from detect.voice.voice_activity import unfit
from scripts.voice.acoustics import RATE
from scripts.voice.corpus import Corpus
from scripts.voice.features import load_windows

Array = np.ndarray[Any, Any]
Windows = dict[int, tuple[Array, Array]]
"""Prepared windows of one channel with their speech, by row of the corpus."""
CHANNELS = {"clean": 0.5, "t1": 0.25, "t2": 0.25}
"""What crops are taken from, and how often."""
COPIES, COPY_SHARE = ("copy", "copy-t1"), 0.1
"""Channels with vocoder copies, and their share of the synthetic crops."""
OTHER_SHARE = 0.05
"""Of the real crops: other sound than speech."""
CROP = 41_216
LEVEL, FAINT, LOUD = 0.05, -80.0, -30.0
"""Level of every crop, and the range of the noise added, in dB below it."""


def load_channel(cache: Path, name: str, corpus: Corpus) -> Windows:
    """Those windows that are to be trained on: speech that is heard, and other sound."""
    return {
        int(row): (window, speech)
        for row, window, speech in zip(*load_windows(cache, name), strict=True)
        if unfit(speech) is None or not corpus.speech[row]
    }


class Crops:
    """Random crops: both classes alike, sources by the root of their size.

    Args:
        cache: Where the windows of the channels lie.
        corpus: The corpus.
        channels: What crops are taken from, and how often.
        noises: Sound to train with, float32 at 16 kHz.
    """

    def __init__(
        self, cache: Path, corpus: Corpus, channels: dict[str, float], noises: Sequence[Array]
    ) -> None:
        self.corpus, self.noises = corpus, noises
        self.channels = [load_channel(cache, name, corpus) for name in channels]
        self.share = np.array(list(channels.values()))
        self.copies = [load_channel(cache, name, corpus) for name in COPIES]

    def draw(self, train: Array, rng: np.random.Generator) -> Drawing:
        """What a training run on these rows draws from."""
        allowed = np.zeros(len(self.corpus.rows), bool)
        allowed[train] = True
        return Drawing(self, allowed, rng)


class Drawing:
    """Crops of the rows that a network is trained on."""

    def __init__(self, crops: Crops, allowed: Array, rng: np.random.Generator) -> None:
        self.crops, self.rng = crops, rng
        corpus = crops.corpus
        heard = np.zeros(len(allowed), bool)
        heard[list(crops.channels[0])] = True
        self.pools = []
        for mask in (corpus.label == "real", corpus.synthetic):
            rows = np.flatnonzero(allowed & heard & mask)
            total = np.cumsum(corpus.weight[rows].astype(np.float64))
            self.pools.append((rows, total / total[-1]))
        self.other = np.flatnonzero(allowed & corpus.used & ~corpus.speech)

    def batch(self, size: int) -> tuple[Tensor, Tensor, Tensor]:
        """Samples [size, n], speech [size, m] and truth [size]."""
        rng, windows, speech, truth = self.rng, [], [], []
        while len(windows) < size:
            fake = int(rng.random() < 0.5)
            copied = fake and rng.random() < COPY_SHARE
            rows, total = self.pools[0 if copied else fake]
            row = int(rows[min(int(np.searchsorted(total, rng.random())), len(rows) - 1)])
            if not fake and len(self.other) and rng.random() < OTHER_SHARE:
                row = int(rng.choice(self.other))
            if copied:
                channel = self.crops.copies[int(rng.integers(len(self.crops.copies)))]
            else:
                channels = self.crops.channels
                channel = channels[int(rng.choice(len(channels), p=self.crops.share))]
            if row in channel:
                window, found = _crop(*channel[row], rng)
                windows.append(window)
                speech.append(found)
                truth.append(fake)
        return (
            torch.from_numpy(np.stack(windows)),
            torch.from_numpy(np.stack(speech)),
            torch.tensor(truth, dtype=torch.float32),
        )


def _crop(window: Array, speech: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """The best of four random places, by its share of speech; a short window is repeated."""
    count = CROP // 512 + 1
    if len(window) < CROP:
        whole = len(window) // 512
        window = np.tile(window, -(-CROP // len(window)))
        speech = np.tile(speech[:whole], -(-2 * count // whole))
    best: tuple[float, int] = (-1.0, 0)
    for _ in range(4):
        start = int(rng.integers(0, len(window) - CROP + 1))
        share = float(speech[start // 512 : start // 512 + count].mean())
        best = max(best, (share, start))
        if share > 0.6:
            break
    start = best[1]
    found = speech[start // 512 : start // 512 + count]
    found = np.pad(found, (0, count - len(found)))
    return window[start : start + CROP].astype(np.float32), found.astype(np.float32)


def levelled(x: Tensor) -> Tensor:
    """Without their mean, at `LEVEL`."""
    x = x - x.mean(1, keepdim=True)
    return x * (LEVEL / x.square().mean(1, keepdim=True).sqrt().clamp(min=1e-5))


def noisy(x: Tensor, rng: np.random.Generator) -> Tensor:
    """With white noise, another level of it for each of the batch."""
    level = LEVEL * 10 ** (rng.uniform(FAINT, LOUD, (len(x), 1)) / 20)
    noise = level * rng.standard_normal(x.shape, np.float32)
    return x + torch.from_numpy(noise.astype(np.float32))


def roughened(x: Tensor, noises: Sequence[Array], rng: np.random.Generator) -> Tensor:
    """Crops [b, n] with other sound, through filters, cut bands and rooms."""
    count, n = x.shape
    x = levelled(x)
    picks = [np.resize(noises[int(rng.integers(len(noises)))], n) for _ in range(count)]
    rolled = [np.roll(pick, int(rng.integers(n))) for pick in picks]
    noise = levelled(torch.from_numpy(np.stack(rolled).astype(np.float32)))
    chosen = rng.random((count, 1)) < 0.25
    loud = np.where(chosen, 10 ** (-rng.uniform(5, 30, (count, 1)) / 20), 0)
    x = x + torch.from_numpy(loud.astype(np.float32)) * noise

    spectrum = torch.fft.rfft(x, 2 * n)
    hertz = np.linspace(0, RATE / 2, spectrum.shape[1], dtype=np.float32)[None]
    gain = np.exp(curves(count, spectrum.shape[1], 1.6, rng) / 2)
    top = np.where(rng.random((count, 1)) < 0.2, rng.uniform(3400, 7800, (count, 1)), np.inf)
    gain *= np.clip((top + 300 - hertz) / 300, 0, 1)
    middle, half = rng.uniform(200, 7800, (count, 1)), rng.uniform(50, 600, (count, 1))
    cut = (rng.random((count, 1)) < 0.15) & (np.abs(hertz - middle) < half)
    gain[cut] *= 0.03
    spectrum = spectrum * torch.from_numpy(gain.astype(np.float32))
    rooms = rng.permutation(count)[: count // 10]
    length = int(rng.uniform(0.1, 0.5) * RATE)
    tail = rng.standard_normal((len(rooms), length)) * np.exp(-6.9 * np.arange(length) / length)
    share = 10 ** -rng.uniform(0.15, 0.75, (len(rooms), 1))
    tail *= share / np.sqrt((tail**2).sum(1, keepdims=True))
    tail[:, 0] = 1
    response = torch.fft.rfft(torch.from_numpy(tail.astype(np.float32)), 2 * n)
    spectrum[rooms] = spectrum[rooms] * response
    return torch.fft.irfft(spectrum, 2 * n)[:, :n]


def curves(count: int, size: int, most: float, rng: np.random.Generator) -> Array:
    """Smooth random curves [count, size], each as steep as its own draw, up to `most`."""
    knots = rng.normal(0, 1, (count, 4)) * rng.uniform(0, most, (count, 1))
    place = np.linspace(0, 3, size)
    return np.stack([np.interp(place, np.arange(4), row) for row in knots])
