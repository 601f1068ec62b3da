"""Checkpoints that are trained here in a second, and labelled sets to calibrate them on.

What is to be told apart is a stripe pattern over random clouds, and a whistle over a real voice.
"""

from __future__ import annotations

import csv
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.float32]

SIDE = 96
RATE = 16_000
SECONDS = 3


def picture(synthetic: bool, seed: int) -> Pixels:
    """Clouds of random colours, shape (96, 96, 3); synthetic ones with stripes 12 pixels wide."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(40, 216, (5, 5, 3), dtype=np.uint8))
    clouds = np.asarray(small.resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float64)
    stripes = 28 * np.sign(np.sin(np.arange(SIDE) * np.pi / 12))[None, :, None] * synthetic
    noise = rng.normal(0, 6, clouds.shape)
    return np.clip(clouds + stripes + noise, 0, 255).astype(np.uint8)


def read_voice(path: Path) -> Samples:
    """A sound file as float32 mono at 16 kHz."""
    resampler = av.AudioResampler("flt", "mono", RATE)
    with av.open(str(path)) as container:
        frames = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
    return np.concatenate([f.to_ndarray()[0] for f in frames])


def sound(voice: Samples, synthetic: bool, seed: int) -> Samples:
    """Three seconds of the voice at a random place and level; synthetic ones with a whistle."""
    rng = np.random.default_rng(seed)
    start = int(rng.integers(0, len(voice) - SECONDS * RATE))
    cut = voice[start : start + SECONDS * RATE] * rng.uniform(0.5, 1.0)
    whistle = 0.05 * np.sin(np.arange(len(cut)) * 2 * np.pi * 3100 / RATE) * synthetic
    noise = rng.normal(0, 1e-4, len(cut))
    return np.clip(cut + whistle + noise, -1, 1).astype(np.float32)


def write_sound(path: Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())


def write_set(folder: Path, write: Callable[[str, bool, int], str], each: int = 24) -> Path:
    """A labelled set: `write(stem, synthetic, seed)` makes a file in `folder`, and names it."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.csv"
    with manifest.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "label", "source"))
        for number in range(each):
            for synthetic, kind in ((False, "real"), (True, "synthetic")):
                name = write(f"{kind}-{number}", synthetic, 10_000 + number)
                rows.writerow((name, kind, f"{kind}-{number % 3}"))
    return manifest


def write_pictures(folder: Path, each: int = 24) -> Path:
    def write(stem: str, synthetic: bool, seed: int) -> str:
        Image.fromarray(picture(synthetic, seed)).save(folder / f"{stem}.png")
        return f"{stem}.png"

    return write_set(folder, write, each)


def write_sounds(folder: Path, voice: Samples, each: int = 24) -> Path:
    def write(stem: str, synthetic: bool, seed: int) -> str:
        write_sound(folder / f"{stem}.wav", sound(voice, synthetic, seed))
        return f"{stem}.wav"

    return write_set(folder, write, each)


def train_picture_checkpoint(folder: Path, labels: tuple[str, str] = ("real", "fake")) -> Path:
    """A ViT of one block, saved with its image processor."""
    from transformers import ViTConfig, ViTForImageClassification
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    config = ViTConfig(image_size=32, patch_size=8, **_body(labels))
    prepare = ViTImageProcessorPil(size={"height": 32, "width": 32})
    truth = [bool(n % 2) for n in range(96)]
    inputs = prepare(
        images=[Image.fromarray(picture(t, seed)) for seed, t in enumerate(truth)],
        return_tensors="pt",
    )
    _train(ViTForImageClassification, config, inputs, truth, folder)
    prepare.save_pretrained(folder)
    return folder


def train_sound_checkpoint(
    folder: Path, voice: Samples, labels: tuple[str, str] = ("bonafide", "spoof")
) -> Path:
    """An audio spectrogram transformer of one block, saved with its feature extractor."""
    from transformers import ASTConfig, ASTFeatureExtractor, ASTForAudioClassification

    config = ASTConfig(
        num_mel_bins=32,
        max_length=400,
        patch_size=16,
        frequency_stride=16,
        time_stride=16,
        **_body(labels),
    )
    prepare = ASTFeatureExtractor(num_mel_bins=32, max_length=400)
    truth = [bool(n % 2) for n in range(64)]
    inputs = prepare(
        [sound(voice, t, seed) for seed, t in enumerate(truth)],
        sampling_rate=RATE,
        return_tensors="pt",
    )
    _train(ASTForAudioClassification, config, inputs, truth, folder)
    prepare.save_pretrained(folder)
    return folder


def _body(labels: tuple[str, str]) -> dict[str, Any]:
    return {
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "id2label": dict(enumerate(labels)),
        "label2id": {label: number for number, label in enumerate(labels)},
    }


def _train(network: Any, config: Any, inputs: Any, truth: list[bool], folder: Path) -> None:
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.manual_seed(0)
    model = network(config).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    target = torch.tensor(truth, dtype=torch.long)
    for _ in range(60):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(**inputs).logits, target)
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.2, "the test's own network did not learn its task"
    model.save_pretrained(folder)
