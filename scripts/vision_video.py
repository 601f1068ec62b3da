"""The vision head on the corpus videos, which it was never trained on."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from vision_calibration import Scaling
from vision_features import encode, open_backbone
from vision_linear import Linear
from vision_protocol import auc, bootstrap_auc, table, threshold_at

from detect.core.media import Media
from detect.core.settings import Settings
from detect.detectors.vision import over_shots
from detect.media.decode import decode
from detect.media.source import open_source


@dataclass(frozen=True, slots=True)
class Clip:
    """One video: what it is, and the class tokens of its sampled frames."""

    path: str
    label: str
    generator: str
    origin: str
    shots: np.ndarray
    tokens: np.ndarray

    def score(self, head: Linear, blocks: Sequence[int]) -> float:
        """The raw score that the detector gives the file."""
        chosen = self.tokens[:, [b - 1 for b in blocks]].reshape(len(self.tokens), -1)
        return over_shots(zip(self.shots.tolist(), head(chosen).tolist(), strict=True))


def load_clips(folder: Path, network: Path, cache: Path, threads: int) -> list[Clip]:
    """Decodes and encodes every video of the corpus as a scan does, from the cache if there."""
    digest = hashlib.sha256(network.read_bytes()).hexdigest()[:12]
    session, clips = open_backbone(network, threads), []
    with open(folder / "manifest.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for row in rows:
        stored = cache / f"video-{row['sha256'][:16]}-{digest}.npz"
        if not stored.is_file():
            with open_source(str(folder / row["path"])) as media:
                frames = decode(media, Media(row["path"]), Settings()).frames
            tokens = [encode(session, Image.fromarray(frame.pixels))[0] for frame in frames]
            shots = [frame.shot for frame in frames]
            np.savez(stored, tokens=np.stack(tokens), shots=np.array(shots))
        with np.load(stored) as arrays:
            facts = (row["path"], row["label"], row["generator"], row["origin"])
            clips.append(Clip(*facts, arrays["shots"], arrays["tokens"]))
    return clips


def judge_videos(
    clips: Sequence[Clip],
    head: Linear,
    blocks: Sequence[int],
    scaling: Scaling,
    points: Mapping[str, Mapping[str, float]],
) -> tuple[dict[str, object], str]:
    """The calibration of videos, and what they got, in words.

    The line and its clip are those of single pictures: so few videos cannot support their own. The
    thresholds are those of pictures, or stricter: positive ones lie at least ln 2 above every real
    video, and at most 1 in 20 AI videos lies below a negative one.
    """
    raw = np.array([clip.score(head, blocks) for clip in clips])
    labels = np.array([clip.label for clip in clips])
    origins = np.array([clip.origin for clip in clips])
    known = np.isin(labels, ("ai", "real"))
    positive = labels[known] == "ai"
    llr = scaling(raw)
    highest = float(llr[labels == "real"].max())
    fake = llr[labels == "ai"]
    lowest = -threshold_at(-fake, np.ones(len(fake)), 0.05)
    strict = {
        name: {
            "positive": round(max(point["positive"], highest + math.log(2)), 4),
            "negative": round(min(point["negative"], lowest), 4),
        }
        for name, point in points.items()
    }
    declared = {
        **scaling.declare(strict),
        "fitted_on": "the line of single pictures; thresholds checked on "
        f"{(labels == 'real').sum()} real and {len(fake)} AI videos, none of them trained on",
        "n_sources": {label: len(set(origins[labels == label])) for label in ("real", "ai")},
    }
    numbers = np.unique(origins[known], return_inverse=True)[1]
    low, high = bootstrap_auc(raw[known], positive, numbers)
    text = (
        f"AUC of AI against real: {auc(raw[known], positive):.3f} (95 % interval when origins are "
        f"drawn anew: {low:.3f} to {high:.3f}).\n\n"
    )
    text += _spread(labels, origins, llr) + "\n" + _calls(labels, llr, strict)
    return declared, text


def _spread(labels: np.ndarray, origins: np.ndarray, llr: np.ndarray) -> str:
    rows = []
    for label in dict.fromkeys(labels.tolist()):
        values = llr[labels == label]
        spread = [float(v) for v in np.percentile(values, (0, 25, 50, 75, 100))]
        rows.append((label, len(values), len(set(origins[labels == label])), *spread))
    return table(
        ("videos", "n", "origins", "lowest llr", "25 %", "median", "75 %", "highest"), rows
    )


def _calls(labels: np.ndarray, llr: np.ndarray, points: Mapping[str, Mapping[str, float]]) -> str:
    rows = []
    for label in dict.fromkeys(labels.tolist()):
        values = llr[labels == label]
        for name, point in points.items():
            called = int((values >= point["positive"]).sum())
            cleared = int((values <= point["negative"]).sum())
            rows.append((label, name, called, len(values) - called - cleared, cleared))
    return table(("videos", "operating point", "called AI", "abstained", "called real"), rows)
