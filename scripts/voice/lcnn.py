"""Light convolutional networks, trained on crops of the windows of all channels.

One sees LFCC with first and second differences, one the fine structure of the log spectrogram.
Max-feature-map convolutions (Lavrentyeva et al. 2019, arXiv:1904.05576), and attentive statistics
over the frames with speech (Okabe et al. 2018, arXiv:1803.10963). Every crop is seen at another
level of noise and through another smooth filter; what is kept is a moving average of the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from scripts.voice.acoustics import BINS, HOP, WIDE, cosines, speech_weight, triangles
from scripts.voice.crops import Crops, curves, levelled, noisy, roughened

Array = np.ndarray[Any, Any]
CEPSTRA, SMOOTH = 20, 25
"""Cepstral coefficients, and bins of the smooth course that the fine structure is without."""
POOLED = 16 * HOP
"""Samples between frames after four halvings."""
RATE, DECAY, MIXUP = 1e-3, 0.03, 0.3


class Maxout(nn.Module):
    """Convolution whose output is the larger of two halves of its channels."""

    def __init__(self, inputs: int, outputs: int, size: int, stride: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, 2 * outputs, size, stride, size // 2)

    def forward(self, x: Tensor) -> Tensor:
        """[b, inputs, f, t] -> [b, outputs, f, t]."""
        both = self.convolution(x)
        half = self.convolution.out_channels // 2
        one, two = both[:, :half], both[:, half:]
        return two + functional.relu(one - two)


class Folded(nn.Module):
    """A trained `Maxout` as two convolutions, which is faster where onnxruntime runs it."""

    def __init__(self, maxout: Maxout) -> None:
        super().__init__()
        whole = maxout.convolution
        half = whole.out_channels // 2

        def part(weight: Tensor, bias: Tensor) -> nn.Conv2d:
            shape = (whole.in_channels, half, whole.kernel_size[0])
            layer = nn.Conv2d(*shape, whole.stride[0], int(whole.padding[0]))
            layer.weight.data, layer.bias.data = weight.clone(), bias.clone()
            return layer

        weight, bias = whole.weight.data, whole.bias.data
        self.more = part(weight[:half] - weight[half:], bias[:half] - bias[half:])
        self.second = part(weight[half:], bias[half:])

    def forward(self, x: Tensor) -> Tensor:
        """[b, inputs, f, t] -> [b, outputs, f, t]."""
        return self.second(x) + functional.relu(self.more(x))


class Lfcc(nn.Module):
    """Log energies of linear bands, and their cepstrum with first and second differences."""

    rows, width, stride = 3 * CEPSTRA, 1.0, 1

    def __init__(self) -> None:
        super().__init__()
        for name, value in {
            "bands": triangles(CEPSTRA, BINS),
            "cosine": cosines(CEPSTRA, CEPSTRA),
        }.items():
            tensor = torch.tensor(value, dtype=torch.float32)
            self.register_buffer(name, tensor, persistent=False)

    def energies(self, power: Tensor) -> Tensor:
        """[b, 257, t] -> [b, 20, t]."""
        return torch.log(self.bands @ power + 1e-6)

    def image(self, energy: Tensor) -> Tensor:
        """[b, 20, t] -> [b, 60, t]."""
        static = self.cosine @ energy
        first = functional.pad(static[..., 2:] - static[..., :-2], (1, 1))
        second = functional.pad(first[..., 2:] - first[..., :-2], (1, 1))
        return torch.cat([static, first, second], 1)


class Fine(nn.Module):
    """Log spectrum without its mean over time and without its smooth course over frequency."""

    rows, width, stride = BINS - 1, 0.75, 2

    def __init__(self) -> None:
        super().__init__()
        bins = np.arange(self.rows)
        weight = np.hanning(SMOOTH + 2)[1:-1]
        near = np.abs(bins[:, None] - bins) <= SMOOTH // 2
        place = np.clip(bins[:, None] - bins + SMOOTH // 2, 0, SMOOTH - 1)
        course = np.where(near, weight[place], 0)
        course /= course.sum(1, keepdims=True)
        rough = torch.tensor(np.eye(self.rows) - course, dtype=torch.float32)
        self.register_buffer("rough", rough, persistent=False)

    def energies(self, power: Tensor) -> Tensor:
        """[b, 257, t] -> [b, 256, t]."""
        return torch.log(power[:, 1:] + 1e-5)

    def image(self, energy: Tensor) -> Tensor:
        """[b, 256, t] -> [b, 256, t]."""
        return self.rough @ (energy - energy.mean(2, keepdim=True))


@dataclass(frozen=True)
class Recipe:
    """What a network sees, and how it is trained.

    Attributes:
        front: What it sees.
        steps: How many batches.
        batch: Crops in each.
        average: Share of the moving average that stays, each step.
        rough: Crops go through noise, rooms, and cut bands besides filters.
        within: Share of the batches whose crops are mixed within their class (LISA: Yao et al.
            2022, arXiv:2201.00299); half of the others are mixed across classes (mixup).
    """

    front: type[Lfcc | Fine]
    steps: int
    batch: int
    average: float
    rough: bool
    within: float


RECIPES = {
    "lcnn": Recipe(Lfcc, steps=2000, batch=24, average=0.998, rough=False, within=0),
    "fine": Recipe(Fine, steps=350, batch=96, average=0.975, rough=True, within=0.8),
}


class Lcnn(nn.Module):
    """Spectrum and speech probabilities -> logit.

    Args:
        name: One of `RECIPES`.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.front = RECIPES[name].front()
        stride = self.front.stride
        a, b, c = (int(round(self.front.width * size / 8) * 8) for size in (32, 48, 64))

        def norm(width: int) -> nn.Module:
            return nn.BatchNorm2d(width, affine=False)

        self.layers = nn.Sequential(
            *(Maxout(1, a, 5, stride), nn.MaxPool2d(2)),
            *(Maxout(a, a, 1), norm(a), Maxout(a, b, 3), nn.MaxPool2d(2), norm(b)),
            *(Maxout(b, b, 1), norm(b), Maxout(b, c, 3), nn.MaxPool2d(2)),
            *(Maxout(c, c, 1), norm(c), Maxout(c, a, 3), norm(a)),
            *(Maxout(a, a, 1), norm(a), Maxout(a, a, 3)),
            *(nn.MaxPool2d((2, 2 // stride)), nn.Dropout(0.5)),
        )
        wide = a * (self.front.rows // (16 * stride))
        self.attention = nn.Sequential(nn.Linear(wide, 64), nn.Tanh(), nn.Linear(64, 1))
        self.output = nn.Linear(2 * wide, 1)
        window = torch.tensor(np.hanning(WIDE + 1)[:-1], dtype=torch.float32)
        self.register_buffer("window", window, persistent=False)

    def fold(self) -> Lcnn:
        """Itself, ready to be exported."""
        self.layers = nn.Sequential(
            *(Folded(layer) if isinstance(layer, Maxout) else layer for layer in self.layers)
        )
        return self

    def forward(self, spectrum: Tensor, speech: Tensor) -> Tensor:
        """[2 * 257, t] (real, imaginary) and [m] (one for each 32 ms) -> [1]."""
        real, imaginary = spectrum[:BINS], spectrum[BINS:]
        energy = self.front.energies((real * real + imaginary * imaginary)[None])
        return self.logits(self.front.image(energy), speech[None])

    def energies(self, samples: Tensor) -> Tensor:
        """[b, n] -> log energies [b, f, t]."""
        spectrum = torch.stft(samples, WIDE, HOP, window=self.window, return_complex=True)
        return self.front.energies(spectrum.abs().square())

    def logits(self, image: Tensor, speech: Tensor) -> Tensor:
        """[b, rows, t] and [b, m] -> [b]."""
        image = image[:, None].contiguous(memory_format=torch.channels_last)
        frames = self.layers(image).permute(0, 3, 1, 2).flatten(2)
        weight = speech_weight(speech, frames.shape[1], POOLED, POOLED // 2)
        share = torch.softmax(self.attention(frames)[..., 0].float() + torch.log(weight), 1)
        frames = frames.float()
        mean = (frames * share[..., None]).sum(1)
        square = (frames * frames * share[..., None]).sum(1)
        deviation = torch.sqrt((square - mean * mean).clamp(min=1e-6))
        return self.output(torch.cat([mean, deviation], 1))[:, 0]


def _image(network: Lcnn, samples: Tensor, noises: Sequence[Array] | None, rng: Any) -> Tensor:
    """What the network is to see of a batch: at another noise, through another filter each."""
    if noises is not None:
        samples = levelled(roughened(samples, noises, rng))
        return network.front.image(network.energies(noisy(samples, rng)))
    energy = network.energies(noisy(levelled(samples), rng))
    shape = curves(len(energy), energy.shape[1], 1.6, rng)
    return network.front.image(energy + torch.from_numpy(shape).float()[:, :, None])


def _mixed(
    image: Tensor, truth: Tensor, within: float, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """The batch mixed within classes, mixed across them, or as it is."""
    if within and rng.random() < within:
        share, other = torch.rand(len(truth)), torch.empty(len(truth), dtype=torch.long)
        for side in (truth < 0.5, truth >= 0.5):
            rows = torch.nonzero(side)[:, 0]
            other[rows] = rows[torch.randperm(len(rows))]
    elif rng.random() < 0.5:
        share = torch.from_numpy(rng.beta(MIXUP, MIXUP, len(truth))).float()
        other = torch.randperm(len(truth))
    else:
        return image, truth
    part = share[:, None, None]
    return part * image + (1 - part) * image[other], share * truth + (1 - share) * truth[other]


def train(name: str, crops: Crops, rows: Array, *, seed: int = 0) -> Lcnn:
    """Train network `name` on these rows of the corpus, in bfloat16 if the processor has it."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    drawing, recipe = crops.draw(rows, rng), RECIPES[name]
    network = Lcnn(name).to(memory_format=torch.channels_last)
    solver = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        solver, RATE, total_steps=recipe.steps, pct_start=0.15
    )
    average = AveragedModel(
        network, multi_avg_fn=get_ema_multi_avg_fn(recipe.average), use_buffers=True
    )
    network.train()
    for step in range(recipe.steps):
        samples, speech, truth = drawing.batch(recipe.batch)
        image = _image(network, samples, crops.noises if recipe.rough else None, rng)
        image, truth = _mixed(image, truth, recipe.within, rng)
        with torch.autocast("cpu", torch.bfloat16):
            logits = network.logits(image, speech)
        loss = functional.binary_cross_entropy_with_logits(logits.float(), truth)
        solver.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        solver.step()
        schedule.step()
        average.update_parameters(network)
        if step % 25 == 24:
            print(f"step {step + 1} of {recipe.steps}, loss {loss:.3f}", flush=True)
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
            image = network.front.image(network.energies(samples))
            found.append(float(network.logits(image, heard)))
    return np.array(found)
