"""Hand-made statistics of a stretch of speech, as a network that ONNX can hold.

Every frame counts by its probability of speech. The groups: energies of linear bands and their
cepstrum (LFCC), prominence of fine structure, harmonicity by band, envelope correlation within
20 ms, modulation spectrum, group delay and instantaneous frequency.
"""

from __future__ import annotations

from itertools import pairwise
from math import gcd
from typing import Any

import numpy as np
import torch
from scipy.fft import dct
from torch import Tensor, nn
from torch.nn import functional

Array = np.ndarray[Any, Any]
RATE, WIDE, HOP, BINS = 16000, 512, 160, 257
BANDS, CEPSTRA, REGIONS, SHORT, SHORT_HOP, SHORT_LAGS = 64, 30, 8, 80, 32, 10
LAGS = np.arange(40, 267)  # 60 to 400 Hz
MODULATION_BANDS, MODULATION_FRAMES = 16, 64
MODULATION_EDGES = (1, 2, 4, 7, 12, 20, 33)  # bins of 1.56 Hz
LEAST_WEIGHT = 0.01


def triangles(count: int, bins: int) -> Array:
    edges = np.linspace(0, bins - 1, count + 2)
    place = np.arange(bins)[None]
    rise = (place - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - place) / (edges[2:] - edges[1:-1])[:, None]
    weight = np.maximum(0, np.minimum(rise, fall))
    return np.asarray(weight / weight.sum(1, keepdims=True), np.float32)


def fourier(window: Array) -> Array:
    basis = np.fft.rfft(np.diag(window), axis=0)
    return np.concatenate([basis.real, basis.imag]).astype(np.float32)


def regions(count: int, bins: int) -> Array:
    """Membership [count, bins] of equal neighbouring groups of bins, rows summing to one."""
    rows = np.zeros((count, bins), np.float32)
    for i, part in enumerate(np.array_split(np.arange(bins), count)):
        rows[i, part] = 1 / len(part)
    return rows


def cosines(count: int, bands: int) -> Array:
    """Basis [count, bands] of the discrete cosine transform from log bands to cepstra."""
    return np.asarray(dct(np.eye(bands), axis=0)[:count] / np.sqrt(2 * bands), np.float32)


def speech_weight(speech: Tensor, frames: int, hop: int, middle: int = 0) -> Tensor:
    """Probabilities of speech [..., m], one for each 32 ms, as weights of frames [..., frames].

    Args:
        speech: The probabilities.
        frames: How many.
        hop: Samples between frames.
        middle: Sample that the first one stands for.
    """
    place = (torch.arange(frames) * hop + middle) // 512
    return speech[..., torch.clamp(place, max=speech.shape[-1] - 1)].clamp(min=LEAST_WEIGHT)


class Fourier(nn.Module):
    """Every frame of samples times a basis, whose rows are even or odd about the frame's middle.

    Args:
        basis: float [k, width].
        hop: Samples between frames.
    """

    def __init__(self, basis: Array, hop: int) -> None:
        super().__init__()
        self.width, self.hop = basis.shape[1], hop
        half = self.width // 2
        back = (self.width - np.arange(self.width)) % self.width
        even = np.abs(basis - basis[:, back]).max(1) < 1e-4 * np.abs(basis).max()
        once = np.where(np.arange(half + 1) % half, 1.0, 0.5)
        for name, value in {
            "basis": basis,
            "even": (basis[even, : half + 1] * once).T,
            "odd": basis[~even, : half + 1].T,
        }.items():
            self.register_buffer(name, torch.tensor(np.ascontiguousarray(value, np.float32)))
        order = np.argsort(np.concatenate([np.flatnonzero(even), np.flatnonzero(~even)]))
        self.register_buffer("order", torch.tensor(order))
        self.register_buffer("back", torch.tensor(back[: half + 1]))

    def forward(self, samples: Tensor) -> Tensor:
        """[n] -> [k, frames]."""
        width, hop = self.width, self.hop
        if not torch.onnx.is_in_onnx_export():
            return self.basis @ samples.unfold(0, width, hop).T
        # The same without convolution, which takes several times as long.
        unit = gcd(width, hop)
        count = (samples.shape[0] - width) // hop + 1
        units = samples[: (count - 1) * hop + width].reshape(-1, unit)
        place = torch.arange(count)[:, None] * (hop // unit) + torch.arange(width // unit)
        frames = units[place].reshape(-1, width)
        left, right = frames[:, : width // 2 + 1], frames[:, self.back]
        both = torch.cat([(left + right) @ self.even, (left - right) @ self.odd], 1)
        return both.T[self.order]


class Acoustics(nn.Module):
    """Samples and speech probabilities -> one vector of statistics."""

    def __init__(self) -> None:
        super().__init__()
        hann = np.hanning(WIDE + 1)[:-1]
        ramp = np.arange(WIDE) - WIDE / 2
        slope = np.pi / WIDE * np.sin(2 * np.pi * np.arange(WIDE) / WIDE)
        wide = np.concatenate([fourier(hann), fourier(hann * ramp), fourier(slope)])
        self.wide = Fourier(wide, HOP)
        self.short = Fourier(fourier(np.hanning(SHORT + 1)[:-1]), SHORT_HOP)
        self._keep("bands", triangles(BANDS, BINS))
        self._keep("cosine", cosines(CEPSTRA, BANDS))
        self._keep("regions", regions(REGIONS, BINS))
        self._keep("short_regions", regions(REGIONS, SHORT // 2 + 1))
        self._keep("groups", regions(MODULATION_BANDS, BANDS))
        angle = 2 * np.pi * np.outer(np.arange(BINS), LAGS) / WIDE
        lag_window = np.correlate(hann, hann, "full")[WIDE - 1 :][LAGS] / (hann**2).sum()
        twice = np.where((np.arange(BINS) == 0) | (np.arange(BINS) == BINS - 1), 1.0, 2.0)
        self._keep("twice", twice[:, None])
        self._keep("lags", np.cos(angle) / lag_window)
        basis = fourier(np.hanning(MODULATION_FRAMES + 1)[:-1])
        self._keep("modulation", basis[:, None])
        edges = np.zeros((len(MODULATION_EDGES) - 1, MODULATION_FRAMES // 2 + 1), np.float32)
        for i, (a, b) in enumerate(pairwise(MODULATION_EDGES)):
            edges[i, a:b] = 1 / (b - a)
        self._keep("edges", edges)

    def _keep(self, name: str, value: Array) -> None:
        self.register_buffer(name, torch.tensor(value, dtype=torch.float32))

    def spectrum(self, samples: Tensor) -> Tensor:
        """[n] -> [6 * 257, frames]: real and imaginary part by a Hann window, then for phases."""
        padded = functional.pad(samples[None, None], (WIDE // 2, WIDE // 2), mode="reflect")
        return self.wide(padded[0, 0])

    def forward(self, samples: Tensor, speech: Tensor, parts: Tensor) -> dict[str, Tensor]:
        """[n], [m] and the spectrum -> the groups of statistics by name, each flat."""
        real, imaginary, r_real, r_imaginary, s_real, s_imaginary = parts.split(BINS)
        power = real**2 + imaginary**2 + 1e-7
        weight = speech_weight(speech, power.shape[1], HOP)
        share = weight / weight.sum()
        log = torch.log(power)
        out: dict[str, Tensor] = {}

        energy = torch.log(self.bands @ power)
        energy = energy - (energy * share).sum(1, keepdim=True).mean()
        out["bands"] = _moments(energy, weight, third=True)
        cepstra = self.cosine @ energy
        out["lfcc"] = torch.cat([_moments(cepstra, weight), _accelerations(cepstra, weight)])

        smooth = functional.avg_pool1d(log.T[:, None], 15, 1, 7, count_include_pad=False)[:, 0].T
        detail = log - smooth
        out["fine"] = _moments(self.regions @ detail.abs(), weight)
        out["ltas"] = (detail * share).sum(1)

        correlation = (power * self.twice).T @ self.lags
        correlation = correlation / (power * self.twice).sum(0)[:, None]
        height, lag = correlation.max(1)
        pitch = torch.log(lag.float() + float(LAGS[0]))
        voiced = weight * (height > 0.5) + 1e-4
        glide = (pitch[1:] - pitch[:-1]).abs().clamp(max=0.3)
        both = torch.minimum(voiced[1:], voiced[:-1])
        both = both / both.sum()
        centre = (pitch * voiced).sum() / voiced.sum()
        out["pitch"] = torch.cat(
            [
                _moments(height[None], weight),
                torch.stack(
                    [
                        voiced.sum() / weight.sum(),
                        centre,
                        (((pitch - centre) ** 2 * voiced).sum() / voiced.sum()).sqrt(),
                        (glide * both).sum(),
                        ((glide < 0.004).float() * both).sum(),
                        ((height[1:] - height[:-1]).abs() * both).sum(),
                    ]
                ),
            ]
        )
        chosen = self.lags.T[lag].T * power * self.twice
        harmonic = (self.regions @ chosen) / (self.regions @ (power * self.twice))
        out["harmonic"] = _moments(harmonic.clamp(-1, 1), voiced)

        delay = ((r_real * real + r_imaginary * imaginary) / power).clamp(-200, 200) / 100
        drift = ((s_imaginary * real - s_real * imaginary) / power).clamp(-0.1, 0.1) * 10
        out["phase"] = torch.cat(
            [
                _moments(self.regions @ delay.abs(), weight),
                _moments(self.regions @ drift.abs(), weight),
                _moments(self.regions @ delay, weight),
            ]
        )

        short = self.short(samples)
        half = SHORT // 2 + 1
        quick = torch.log(self.short_regions @ (short[:half] ** 2 + short[half:] ** 2) + 1e-8)
        level = functional.avg_pool1d(quick[:, None], 25, 1, 12, count_include_pad=False)[:, 0]
        quick = quick - level
        worth = speech_weight(speech, quick.shape[1], SHORT_HOP)
        variance = (quick**2 * worth).sum(1) / worth.sum()
        values = [torch.log(variance + 1e-6)]
        for step in range(1, SHORT_LAGS + 1):
            pair = (quick[:, step:] * quick[:, :-step] * worth[step:]).sum(1) / worth[step:].sum()
            values.append(pair / (variance + 1e-6))
        values.append((quick**3 * worth).sum(1) / worth.sum() / (variance + 1e-6) ** 1.5)
        across = (quick[1:] * quick[:-1] * worth).sum(1) / worth.sum()
        values.append(across / torch.sqrt(variance[1:] * variance[:-1] + 1e-9))
        out["envelope"] = torch.cat(values)

        grouped = self.groups @ energy
        waves = functional.conv1d(grouped[:, None], self.modulation, stride=16)
        half = MODULATION_FRAMES // 2 + 1
        spectrum = (waves[:, :half] ** 2 + waves[:, half:] ** 2).transpose(0, 1)
        lasting = functional.avg_pool1d(weight[None, None], MODULATION_FRAMES, 16)[0, 0]
        mean = (spectrum * lasting).sum(2) / lasting.sum()
        rhythm = torch.log(self.edges @ mean + 1e-3)
        total = torch.log(mean[1:].mean(0) + 1e-3)
        out["rhythm"] = torch.cat([(rhythm - total).flatten(), total])
        return out


def _moments(x: Tensor, weight: Tensor, third: bool = False) -> Tensor:
    """[k, t] -> mean, deviation and mean step over time (and skewness), weighted."""
    share = weight / weight.sum()
    mean = (x * share).sum(1)
    centred = x - mean[:, None]
    deviation = torch.sqrt((centred**2 * share).sum(1) + 1e-8)
    both = torch.minimum(weight[1:], weight[:-1])
    move = torch.sqrt(((x[:, 1:] - x[:, :-1]) ** 2 * (both / both.sum())).sum(1) + 1e-8)
    parts = [mean, deviation, move]
    if third:
        parts.append((centred**3 * share).sum(1) / (deviation**3 + 1e-4))
    return torch.cat(parts)


def _accelerations(x: Tensor, weight: Tensor) -> Tensor:
    """[k, t] -> root mean square of the second difference, weighted."""
    bend = x[:, 2:] - 2 * x[:, 1:-1] + x[:, :-2]
    share = weight[1:-1] / weight[1:-1].sum()
    return torch.sqrt((bend**2 * share).sum(1) + 1e-8)
