"""Small labelled pictures and sounds, and a recipe that takes no time."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from detect.core.media import AudioClip, Frame
from detect.evaluate.recipes.linear import fit_linear

HOSTILE = "<script>alert(1)</script>|\x1b[31m"


def write_pictures(folder: Path, each: int = 3) -> Path:
    """Three real and three synthetic sources: textured and smooth; and one broken file."""
    random, lines = np.random.default_rng(3), ["path\tlabel\tsource\tgenerator\tfaces"]
    for label in ("real", "ai"):
        for place in range(3):
            for number in range(each):
                name = f"{label}-{place}-{number}.png"
                rough = random.integers(0, 200 if label == "real" else 90, (96, 128, 3))
                ramp = np.linspace(20, 55 + 20 * place, 128)[None, :, None]
                Image.fromarray((rough + ramp).clip(0, 255).astype(np.uint8)).save(folder / name)
                source = HOSTILE if (label, place) == ("real", 0) else f"{label} source {place}"
                made = f"maker {place}" if label == "ai" else ""
                lines.append(f"{name}\t{label}\t{source}\t{made}\t{number}")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    lines.append("broken.png\treal\treal source 1\t\t0")
    manifest = folder / "manifest.tsv"
    manifest.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return manifest


def write_sounds(folder: Path) -> Path:
    """Hums of three real and three synthetic sources, and one of recorded music."""
    time, lines = np.arange(16_000) / 16_000, ["path,label,origin,system"]
    names = [(label, place) for label in ("real", "synthetic") for place in range(3)]
    for number, (label, place) in enumerate([*names, ("music-real", 0)]):
        hum = sum(
            np.sin(2 * np.pi * (90 + 40 * place + number // 6) * k * time) / k for k in range(1, 9)
        )
        if label == "synthetic":
            hum = np.sign(hum)
        path = folder / f"{number}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            file.writeframes((3000 * hum).astype("<i2").tobytes())
        system = f"voice {place}" if label == "synthetic" else ""
        lines.append(f"{path.name},{label},owner{number}/page,{system}")
    manifest = folder / "manifest.csv"
    manifest.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return manifest


class Roughness:
    """A recipe of one feature: how far neighbours differ."""

    name = "roughness"
    identity = "roughness 1"

    def __init__(self) -> None:
        self.calls = 0
        self.fits: list[int] = []

    def features(self, frame: Frame | None, clip: AudioClip | None) -> Any:
        self.calls += 1
        values = frame.pixels if frame is not None else clip.samples if clip is not None else None
        assert values is not None
        line = values.astype(np.float32).reshape(-1) / np.float32(np.abs(values).max() + 1e-9)
        return np.array([np.abs(np.diff(line[::3])).mean(), 1], np.float32)

    def fit(self, features: Any, positive: Any, weights: Any, sources: Any) -> Callable[[Any], Any]:
        self.fits.append(len(features))
        return fit_linear(features.astype(np.float32), positive, weights, 0.01)
