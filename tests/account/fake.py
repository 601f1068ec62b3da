"""A classifier that takes no time, and accounts of small pictures."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from detect.core.finding import Finding, Hypothesis
from detect.core.media import AudioClip, Frame, Media


class Brightness:
    """Bright pictures are synthetic, dark ones are not, grey ones are undecided."""

    id = "brightness"
    version = "1"
    hypothesis: Hypothesis = "ai_generated"

    def __init__(self) -> None:
        self.seen = 0

    def examine(self, media: Media, frames: Sequence[Frame], audio: Sequence[AudioClip]) -> Finding:
        """Scores the first frame by its mean level."""
        self.seen += 1
        if not frames:
            return Finding(self.id, self.version, self.hypothesis, "not-applicable", "no-picture")
        llr = float(np.clip((frames[0].pixels.mean() - 128) / 20, -4, 4))
        return Finding(
            self.id,
            self.version,
            self.hypothesis,
            score=llr,
            llr=llr,
            decision=llr >= 2 if abs(llr) >= 2 else None,
            positive=2.0,
            negative=-2.0,
        )


def picture(path: Path, number: int, level: int) -> Path:
    """A small picture, its own by `number`, of a mean level."""
    random = np.random.default_rng(number)
    pixels = np.clip(random.normal(level, 12, (72, 72, 3)), 0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=90)
    return path


def account(folder: Path, posts: int, *, bright_from: int | None = None, **more: object) -> Path:
    """A manifest of posts of one picture each, a day apart; bright from a certain post on."""
    lines = []
    for number in range(posts):
        bright = bright_from is not None and number >= bright_from
        picture(folder / f"{number:05}.jpg", number, 210 if bright else 40)
        day = f"{2020 + number // 336:04}-{1 + number // 28 % 12:02}-{1 + number % 28:02}"
        row = {"id": str(number), "time": f"{day}T12:00:00Z", "media": f"{number:05}.jpg"}
        lines.append(json.dumps({**row, "platform": "instagram", "handle": "ann", **more}))
    (folder / "posts.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def odd_names(folder: Path) -> list[bytes]:
    """Names no report may stumble over."""
    names = [b"\xff\xfe.jpg", b"=cmd|1.jpg", b"<img src=x onerror=1>.jpg", b"a\nb\x1b[31m.jpg"]
    for number, name in enumerate(names):
        content = picture(folder / "x.jpg", number, 200).read_bytes()
        (folder / os.fsdecode(name)).write_bytes(content)
    (folder / "x.jpg").unlink()
    return names
