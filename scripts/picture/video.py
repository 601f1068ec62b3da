"""The vision head on the corpus videos, which it was never trained on."""

from __future__ import annotations

import csv
import hashlib
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from detect.core.media import Media
from detect.core.settings import Settings
from detect.media.decode import decode
from detect.media.source import open_source
from detect.picture.vision import over_shots
from scripts.picture.calibration import Scaling
from scripts.picture.features import OUTPUTS, encode, open_backbone
from scripts.picture.linear import Linear
from scripts.picture.protocol import auc, bootstrap_auc, table, threshold_at
from scripts.picture.reencode import reencode


@dataclass(frozen=True, slots=True)
class Clip:
    """One video: what it is, and the class and mean patch tokens of its sampled frames."""

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


def load_clips(
    folder: Path, network: Path, cache: Path, threads: int, *, alike: bool = False
) -> list[Clip]:
    """Decodes and encodes every video of the corpus as a fast scan does, from the cache if there.

    Args:
        folder: The videos and their manifest.
        network: The backbone.
        cache: Folder of the features.
        threads: Of one network run.
        alike: Bring the videos to one size, frame rate and codec first.
    """
    digest = hashlib.sha256(network.read_bytes()).hexdigest()[:12]
    session, clips = open_backbone(network, threads), []
    settings = Settings(profile="fast")
    kind = "alike" if alike else "video"
    with open(folder / "manifest.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for row in rows:
        stored = cache / f"{kind}-{row['sha256'][:16]}-{digest}.npz"
        if not stored.is_file():
            with tempfile.TemporaryDirectory() as place:
                path = folder / row["path"]
                if alike:
                    path = Path(place) / "alike.mkv"
                    reencode(folder / row["path"], path)
                with open_source(str(path)) as media:
                    frames = decode(media, Media(row["path"]), settings).frames
            found = [encode(session, Image.fromarray(frame.pixels)) for frame in frames]
            tokens = [np.stack(one[: OUTPUTS.index("image_embeds")], axis=1) for one in found]
            shots = [frame.shot for frame in frames]
            np.savez(stored, tokens=np.stack(tokens), shots=np.array(shots))
        with np.load(stored) as arrays:
            facts = (row["path"], row["label"], row["generator"], row["origin"])
            clips.append(Clip(*facts, arrays["shots"], arrays["tokens"]))
    return clips


def judge_videos(
    forms: Mapping[str, Sequence[Clip]],
    head: Linear,
    blocks: Sequence[int],
    points: Mapping[str, Mapping[str, float]],
    scaling: Scaling,
) -> tuple[dict[str, object], str]:
    """The calibration of videos, and what they got, in words.

    The line is that of single pictures: one fitted on three AI origins was twice as steep and put
    a real video beyond every threshold. The thresholds are those of pictures, or stricter: positive
    ones lie at least ln 2 above every real video, as it is and neutralised, and at most 1 in 20 AI
    videos lies below a negative one.

    Args:
        forms: The same videos by form: as they are, neutralised.
        head: The head, which saw none of them.
        blocks: Which it reads.
        points: Thresholds of single pictures.
        scaling: Line of single pictures.
    """
    clips = next(iter(forms.values()))
    raw = {
        name: np.array([clip.score(head, blocks) for clip in same]) for name, same in forms.items()
    }
    llr = {name: scaling(values) for name, values in raw.items()}
    labels = np.array([one.label for one in clips])
    origins = np.array([one.origin for one in clips])
    known = np.isin(labels, ("ai", "real"))
    positive = labels == "ai"
    numbers = np.unique(origins, return_inverse=True)[1]

    def thresholds(rest: np.ndarray) -> dict[str, dict[str, float]]:
        values = np.concatenate([own[rest] for own in llr.values()])
        return _strict(points, values, np.tile(positive[rest], len(llr)))

    strict = thresholds(known)
    held = {name: {side: np.empty(len(clips)) for side in point} for name, point in strict.items()}
    for number in np.unique(numbers):
        test = numbers == number
        for name, point in thresholds(known & ~test).items():
            for side, threshold in point.items():
                held[name][side][test] = threshold
    declared = {
        **scaling.declare(strict),
        "fitted_on": "the line of single pictures; thresholds checked on "
        f"{(labels == 'real').sum()} real and {positive.sum()} AI videos that the head never saw, "
        "as they are and at one size, frame rate and codec",
        "n_sources": {label: len(set(origins[labels == label])) for label in ("real", "ai")},
    }
    text = ""
    for name, values in raw.items():
        low, high = bootstrap_auc(values[known], positive[known], numbers[known])
        text += (
            f"### Videos {name}\n\nAUC of AI against real: "
            f"{auc(values[known], positive[known]):.3f} (95 % interval when origins are drawn "
            f"anew: {low:.3f} to {high:.3f}). Thresholds from the other origins.\n\n"
        )
        text += _spread(labels, origins, llr[name]) + "\n" + _calls(labels, llr[name], held)
        text += "\n"
    return declared, text


def _strict(
    points: Mapping[str, Mapping[str, float]], llr: np.ndarray, positive: np.ndarray
) -> dict[str, dict[str, float]]:
    highest = float(llr[~positive].max())
    lowest = -threshold_at(-llr[positive], np.ones(positive.sum()), 0.05)
    return {
        name: {
            "positive": round(max(point["positive"], highest + math.log(2)), 4),
            "negative": round(min(point["negative"], lowest), 4),
        }
        for name, point in points.items()
    }


def _spread(labels: np.ndarray, origins: np.ndarray, llr: np.ndarray) -> str:
    rows = []
    for label in dict.fromkeys(labels.tolist()):
        values = llr[labels == label]
        spread = [float(v) for v in np.percentile(values, (0, 25, 50, 75, 100))]
        rows.append((label, len(values), len(set(origins[labels == label])), *spread))
    return table(
        ("videos", "n", "origins", "lowest llr", "25 %", "median", "75 %", "highest"), rows
    )


def _calls(
    labels: np.ndarray, llr: np.ndarray, points: Mapping[str, Mapping[str, np.ndarray]]
) -> str:
    rows = []
    for label in dict.fromkeys(labels.tolist()):
        own = labels == label
        values = llr[own]
        for name, point in points.items():
            called = int((values >= point["positive"][own]).sum())
            cleared = int((values <= point["negative"][own]).sum())
            rows.append((label, name, called, len(values) - called - cleared, cleared))
    return table(("videos", "operating point", "called AI", "abstained", "called real"), rows)
