"""A light convolutional network on LFCC, trained on crops of the windows of all channels.

LFCC with first and second differences, max-feature-map convolutions (Lavrentyeva et al. 2019,
arXiv:1904.05576), and attentive statistics over the frames with speech (Okabe et al. 2018,
arXiv:1803.10963). Every crop is seen at another level of noise, through another smooth filter, and
half of the batches are mixed (mixup). What is kept is a moving average of the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from speech_acoustics import BINS, HOP, WIDE, cosines, speech_weight, triangles
from speech_corpus import Corpus
from speech_features import load_windows
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from detect.detectors.voice_activity import unfit

Array = np.ndarray[Any, Any]
Windows = dict[int, tuple[Array, Array]]
"""Prepared windows of one channel with their speech, by row of the corpus."""
CEPSTRA = 20
POOLED = 16 * HOP
"""Samples between frames after four halvings."""
CHANNELS = {"clean": 0.5, "t1": 0.25, "t2": 0.25}
"""What crops are taken from, and how often."""
COPIES, COPY_SHARE = ("copy", "copy-t1"), 0.1
"""Channels with vocoder copies, and their share of the synthetic crops."""
OTHER_SHARE = 0.05
"""Of the real crops: other sound than speech."""
CROP, BATCH, STEPS, RATE, DECAY, MIXUP, AVERAGE = 41_216, 24, 2000, 1e-3, 0.03, 0.3, 0.998
LEVEL, FAINT, LOUD = 0.05, -80.0, -30.0
"""Level of every crop, and the range of the noise added, in dB below it."""


class Maxout(nn.Module):
    """Convolution whose output is the larger of two halves of its channels."""

    def __init__(self, inputs: int, outputs: int, size: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, 2 * outputs, size, padding=size // 2)

    def forward(self, x: Tensor) -> Tensor:
        """[b, inputs, f, t] -> [b, outputs, f, t]."""
        both = self.convolution(x)
        half = self.convolution.out_channels // 2
        one, two = both[:, :half], both[:, half:]
        return two + functional.relu(one - two)


class Lcnn(nn.Module):
    """Spectrum and speech probabilities -> logit."""

    def __init__(self) -> None:
        super().__init__()

        def norm(width: int) -> nn.Module:
            return nn.BatchNorm2d(width, affine=False)

        self.layers = nn.Sequential(
            *(Maxout(1, 32, 5), nn.MaxPool2d(2)),
            *(Maxout(32, 32, 1), norm(32), Maxout(32, 48, 3), nn.MaxPool2d(2), norm(48)),
            *(Maxout(48, 48, 1), norm(48), Maxout(48, 64, 3), nn.MaxPool2d(2)),
            *(Maxout(64, 64, 1), norm(64), Maxout(64, 32, 3), norm(32)),
            *(Maxout(32, 32, 1), norm(32), Maxout(32, 32, 3), nn.MaxPool2d(2), nn.Dropout(0.5)),
        )
        wide = 32 * (3 * CEPSTRA // 16)
        self.attention = nn.Sequential(nn.Linear(wide, 64), nn.Tanh(), nn.Linear(64, 1))
        self.output = nn.Linear(2 * wide, 1)
        for name, value in {
            "window": np.hanning(WIDE + 1)[:-1],
            "bands": triangles(CEPSTRA, BINS),
            "cosine": cosines(CEPSTRA, CEPSTRA),
        }.items():
            tensor = torch.tensor(value, dtype=torch.float32)
            self.register_buffer(name, tensor, persistent=False)

    def forward(self, spectrum: Tensor, speech: Tensor) -> Tensor:
        """[2 * 257, t] (real, imaginary) and [m] (one for each 32 ms) -> [1]."""
        real, imaginary = spectrum[:BINS], spectrum[BINS:]
        energy = torch.log(self.bands @ (real * real + imaginary * imaginary) + 1e-6)
        return self.logits(self.cepstra(energy[None]), speech[None])

    def energies(self, samples: Tensor) -> Tensor:
        """[b, n] -> log energies of the bands [b, 20, t]."""
        spectrum = torch.stft(samples, WIDE, HOP, window=self.window, return_complex=True)
        return torch.log(self.bands @ spectrum.abs().square() + 1e-6)

    def cepstra(self, energy: Tensor) -> Tensor:
        """[b, 20, t] -> LFCC with first and second differences [b, 60, t]."""
        static = self.cosine @ energy
        first = functional.pad(static[..., 2:] - static[..., :-2], (1, 1))
        second = functional.pad(first[..., 2:] - first[..., :-2], (1, 1))
        return torch.cat([static, first, second], 1)

    def logits(self, cepstra: Tensor, speech: Tensor) -> Tensor:
        """[b, 60, t] and [b, m] -> [b]."""
        image = cepstra[:, None].contiguous(memory_format=torch.channels_last)
        frames = self.layers(image).permute(0, 3, 1, 2).flatten(2)
        weight = speech_weight(speech, frames.shape[1], POOLED, POOLED // 2)
        share = torch.softmax(self.attention(frames)[..., 0].float() + torch.log(weight), 1)
        frames = frames.float()
        mean = (frames * share[..., None]).sum(1)
        square = (frames * frames * share[..., None]).sum(1)
        deviation = torch.sqrt((square - mean * mean).clamp(min=1e-6))
        return self.output(torch.cat([mean, deviation], 1))[:, 0]


def load_channel(cache: Path, name: str, corpus: Corpus) -> Windows:
    """Those windows that are to be trained on: speech that is heard, and other sound."""
    return {
        int(row): (window, speech)
        for row, window, speech in zip(*load_windows(cache, name), strict=True)
        if unfit(speech) is None or not corpus.speech[row]
    }


class Crops:
    """Random crops: both classes alike, sources by the root of their size."""

    def __init__(self, cache: Path, corpus: Corpus, channels: dict[str, float]) -> None:
        self.corpus = corpus
        self.channels = [load_channel(cache, name, corpus) for name in channels]
        self.share = np.array(list(channels.values()))
        self.copies = [load_channel(cache, name, corpus) for name in COPIES]

    def draw(self, train: Array, rng: np.random.Generator) -> _Drawing:
        """What a training run on these rows draws from."""
        allowed = np.zeros(len(self.corpus.rows), bool)
        allowed[train] = True
        return _Drawing(self, allowed, rng)


class _Drawing:
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

    def batch(self) -> tuple[Tensor, Tensor, Tensor]:
        """Samples [b, n], speech [b, m] and truth [b]."""
        rng, windows, speech, truth = self.rng, [], [], []
        while len(windows) < BATCH:
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
        x = np.stack(windows)
        x -= x.mean(1, keepdims=True)
        x *= LEVEL / np.maximum(np.sqrt((x**2).mean(1, keepdims=True)), 1e-5)
        noise = LEVEL * 10 ** (rng.uniform(FAINT, LOUD, (BATCH, 1)) / 20)
        x += noise * rng.standard_normal(x.shape, np.float32)
        return (
            torch.from_numpy(x.astype(np.float32)),
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


def _filtered(energy: Tensor, rng: np.random.Generator) -> Tensor:
    """Log energies through a random smooth filter, another for each of the batch."""
    knots = rng.normal(0, 1, (len(energy), 4)) * rng.uniform(0, 1.6, (len(energy), 1))
    place = np.linspace(0, 3, energy.shape[1])
    curve = np.stack([np.interp(place, np.arange(4), row) for row in knots])
    return energy + torch.from_numpy(curve).float()[:, :, None]


def train(crops: Crops, rows: Array, *, steps: int = STEPS, seed: int = 0) -> Lcnn:
    """Train on these rows of the corpus, in bfloat16 where the processor has it."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    drawing = crops.draw(rows, rng)
    network = Lcnn().to(memory_format=torch.channels_last)
    solver = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(solver, RATE, total_steps=steps, pct_start=0.15)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(AVERAGE), use_buffers=True)
    network.train()
    for step in range(steps):
        samples, speech, truth = drawing.batch()
        cepstra = network.cepstra(_filtered(network.energies(samples), rng))
        if rng.random() < 0.5:
            share = torch.from_numpy(rng.beta(MIXUP, MIXUP, BATCH)).float()
            other = torch.randperm(BATCH)
            part = share[:, None, None]
            cepstra = part * cepstra + (1 - part) * cepstra[other]
            truth = share * truth + (1 - share) * truth[other]
        with torch.autocast("cpu", torch.bfloat16):
            logits = network.logits(cepstra, speech)
        loss = functional.binary_cross_entropy_with_logits(logits.float(), truth)
        solver.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        solver.step()
        schedule.step()
        average.update_parameters(network)
        if step % 100 == 99:
            print(f"step {step + 1} of {steps}, loss {loss:.3f}", flush=True)
    trained = average.module
    assert isinstance(trained, Lcnn)
    return trained.eval()


def scores(network: Lcnn, windows: Sequence[tuple[Array, Array]]) -> Array:
    """Logits [n] of prepared windows with their speech."""
    found = []
    with torch.inference_mode():
        for window, speech in windows:
            samples = torch.from_numpy(window.astype(np.float32))[None]
            heard = torch.from_numpy(speech[: -(-len(window) // 512)])[None]
            found.append(float(network.logits(network.cepstra(network.energies(samples)), heard)))
    return np.array(found)
