"""Texture of the spectrogram of speech: how its fine structure goes on in time and frequency.

The log spectrogram is taken at three resolutions. What remains of it without its smooth course over
frequency and without its mean over time (so without what a microphone, a room or a codec's filter
does to it) is correlated with itself a few frames and bins away, region by region: harmonics that
run on, pulses, and the noise that vocoders and codecs leave between them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from scripts.voice.acoustics import HOP, WIDE, Fourier, fourier, regions, speech_weight

Array = np.ndarray[Any, Any]
RESOLUTIONS = ((256, 80, 9), (512, 160, 15), (1024, 320, 25))
"""Samples of the window and of a step, and the bins that the smooth course is averaged over."""
FRAMES, BINS = range(5), (0, 1, 2, 3, 5)
"""How far away the fine structure is compared with itself."""
REGIONS = 8


class Texture(nn.Module):
    """Samples and speech probabilities -> statistics, 344 for each resolution."""

    def __init__(self) -> None:
        super().__init__()
        self.spectra = nn.ModuleDict(
            {
                str(width): Fourier(fourier(np.hanning(width + 1)[:-1]), hop)
                for width, hop, _ in RESOLUTIONS
                if (width, hop) != (WIDE, HOP)
            }
        )
        for width, _, _ in RESOLUTIONS:
            bins = width // 2 + 1
            part = -(-bins // REGIONS)
            own = regions(REGIONS, bins)
            self._keep(f"regions{width}", torch.tensor(own))
            # Products of bin f + away and bin f lie in blocks of `part` rows f, one block of
            # columns for each shift; a pair counts in the region of its upper bin.
            f, shifts = np.arange(bins), 2 * len(FRAMES) - 1
            reach = part + max(BINS)
            places, shares = [], []
            for away in BINS:
                row = (f // part * reach + f % part + away) * shifts
                places.append(np.stack([(row + k) * part + f % part for k in range(shifts)]))
                share = np.zeros((bins, REGIONS), np.float32)
                share[: bins - away] = own[:, away:].T
                shares.append(share)
            self._keep(f"places{width}", torch.tensor(np.stack(places)))
            self._keep(f"shares{width}", torch.tensor(np.stack(shares)))
        # A bin with itself in the same frame says nothing; back in time, it is as ahead in time.
        kept = [(0, away) for away in range(1, len(BINS))]
        for k in FRAMES[1:]:
            kept += [(2 * k - 1, away) for away in range(len(BINS))]
            kept += [(2 * k, away) for away in range(1, len(BINS))]
        self._keep("kept", torch.tensor([away * (2 * len(FRAMES) - 1) + k for k, away in kept]))

    def _keep(self, name: str, value: Tensor) -> None:
        self.register_buffer(name, value)

    def forward(self, samples: Tensor, speech: Tensor, wide: Tensor) -> Tensor:
        """[n], [m] (one for each 32 ms) and the spectrum of 512 samples -> [3 * 344]."""
        out = []
        for width, hop, smooth in RESOLUTIONS:
            parts = wide
            if str(width) in self.spectra:
                edge = width // 2
                padded = functional.pad(samples[None, None], (edge, edge), mode="reflect")
                parts = self.spectra[str(width)](padded[0, 0])
            out.append(self._statistics(width, hop, smooth, parts, speech))
        return torch.cat(out)

    def _statistics(
        self, width: int, hop: int, smooth: int, parts: Tensor, speech: Tensor
    ) -> Tensor:
        real, imaginary = parts[: width // 2 + 1], parts[width // 2 + 1 :]
        log = torch.log(real * real + imaginary * imaginary + 1e-7 * width / 512)
        weight = speech_weight(speech, log.shape[1], hop)
        share = weight / weight.sum()
        course = functional.avg_pool1d(
            log.T[:, None], smooth, 1, smooth // 2, count_include_pad=False
        )
        fine = log - course[:, 0].T
        fine = fine - (fine * share).sum(1, keepdim=True)
        variance = (fine * fine * share).sum(1) + 1e-6
        fine = fine / torch.sqrt(variance)[:, None]

        own, bins = getattr(self, f"regions{width}"), width // 2 + 1
        part = -(-bins // REGIONS)
        tall = functional.pad(fine, (0, 0, 0, REGIONS * part + max(BINS) - bins))
        upper = torch.stack([tall[i * part : (i + 1) * part + max(BINS)] for i in range(REGIONS)])
        lower = tall[: REGIONS * part].reshape(REGIONS, part, -1)
        shifted = [lower * share]
        for away in FRAMES[1:]:
            both = torch.minimum(weight[away:], weight[:-away])
            both = both / both.sum()
            shifted.append(functional.pad(lower[:, :, :-away] * both, (away, 0)))
            shifted.append(functional.pad(lower[:, :, away:] * both, (0, away)))
        products = upper @ torch.cat(shifted, 1).transpose(1, 2)
        pairs = products.reshape(-1)[getattr(self, f"places{width}")]
        near = (pairs @ getattr(self, f"shares{width}")).reshape(-1, REGIONS)[self.kept]
        square = fine * fine
        return torch.cat(
            [
                torch.log(own @ variance),
                near.reshape(-1),
                own @ (square * fine * share).sum(1),
                own @ torch.log1p((square * square * share).sum(1)),
            ]
        )
