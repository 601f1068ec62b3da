"""Thresholds of videos: the shipped picture classifier on the corpus videos, which it never saw.

    OMP_NUM_THREADS=1 python -m scripts.picture.video --corpus ../shared/corpus --cache CACHE

after `scripts.picture.train`; adds `video` to the calibration and writes `video.md`. Frames are
sampled as the `fast` profile does. With `--alike`, the videos are also judged when all are brought
to one size, frame rate and codec.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detect.core.media import Media
from detect.core.settings import Settings
from detect.media.decode import decode
from detect.media.source import open_source
from detect.models.manifest import load_manifest
from detect.picture.vision import VisionDetector, over_shots, unfit
from scripts.picture.protocol import auc, bootstrap_auc, table
from scripts.picture.reencode import reencode
from scripts.picture.train import OUT, write_json


@dataclass(frozen=True, slots=True)
class Clip:
    """One video: what it is, and its raw score."""

    label: str
    origin: str
    score: float


def load_clips(folder: Path, detector: VisionDetector, cache: Path, alike: bool) -> list[Clip]:
    """Scores every video of the corpus, from the cache if this head has scored it."""
    settings, clips = Settings(profile="fast"), []
    model = load_manifest()[detector.id]
    heads = model.files["head"].sha256[:8] + model.files["face"].sha256[:8]
    kind = "alike" if alike else "video"
    stored = cache / f"{kind}-{heads}.json"
    known = json.loads(stored.read_text()) if stored.is_file() else {}
    with open(folder / "manifest.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for row in rows:
        if row["sha256"] not in known:
            with tempfile.TemporaryDirectory() as place:
                path = folder / row["path"]
                if alike:
                    path = Path(place) / "alike.mkv"
                    reencode(folder / row["path"], path)
                with open_source(str(path)) as media:
                    frames = decode(media, Media(row["path"]), settings).frames
            seen = [frame for frame in frames if not unfit(frame.pixels)]
            scores = [(frame.shot, detector.score(frame.pixels)) for frame in seen]
            known[row["sha256"]] = over_shots(scores)
            stored.write_text(json.dumps(known))
        clips.append(Clip(row["label"], row["origin"], known[row["sha256"]]))
    return clips


def strict(
    points: Mapping[str, Mapping[str, float]],
    llr: np.ndarray,
    positive: np.ndarray,
    clip: tuple[float, float],
) -> dict[str, dict[str, float]]:
    """Thresholds lie at least ln 2 beyond every video of the other class, as far as the clip allows:
    videos of few origins support no rate."""
    highest = float(llr[~positive].max()) + math.log(2)
    lowest = float(llr[positive].min()) - math.log(2)
    return {
        name: {
            "positive": round(min(max(point["positive"], highest), clip[1] - 0.05), 4),
            "negative": round(max(min(point["negative"], lowest), clip[0] + 0.05), 4),
        }
        for name, point in points.items()
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Thresholds of videos.")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--alike", action="store_true")
    arguments = parser.parse_args()
    path = arguments.out / "calibration.json"
    calibration = json.loads(path.read_text(encoding="utf-8"))
    points, (low, high) = calibration["operating_points"], calibration["clip"]
    detector = VisionDetector(load_manifest(), threads=1)
    forms = {"as they are": False} | ({"all alike": True} if arguments.alike else {})
    folder = arguments.corpus / "video"
    judged = {n: load_clips(folder, detector, arguments.cache, own) for n, own in forms.items()}
    first = next(iter(judged.values()))
    label = np.array([clip.label for clip in first])
    origin = np.unique([clip.origin for clip in first], return_inverse=True)[1]
    known, positive = np.isin(label, ("real", "ai")), label == "ai"
    llr = {n: np.clip([clip.score for clip in clips], low, high) for n, clips in judged.items()}

    def chosen(rows: np.ndarray) -> dict[str, dict[str, float]]:
        values = np.concatenate([own[rows] for own in llr.values()])
        return strict(points, values, np.tile(positive[rows], len(llr)), (low, high))

    calibration["video"] = {
        **{key: calibration[key] for key in ("method", "slope", "intercept", "clip")},
        "operating_points": chosen(known),
        "fitted_on": "the line of single pictures; thresholds checked on "
        f"{(label == 'real').sum()} real and {positive.sum()} AI videos that the heads never saw",
        "n_sources": {k: len(set(origin[label == k].tolist())) for k in ("real", "ai")},
    }
    write_json(path, calibration)
    text = ""
    for name, values in llr.items():
        ends = bootstrap_auc(values[known], positive[known], origin[known])
        text += f"Videos {name}: AUC {auc(values[known], positive[known]):.3f} "
        text += (
            f"({ends[0]:.3f} to {ends[1]:.3f} over origins); thresholds of the other origins:\n\n"
        )
        lines = []
        for kind in dict.fromkeys(label.tolist()):
            for point in points:
                called = cleared = 0
                for clip in np.flatnonzero(label == kind):
                    own = chosen(known & (origin != origin[clip]))[point]
                    called += values[clip] >= own["positive"]
                    cleared += values[clip] <= own["negative"]
                lines.append((kind, point, int((label == kind).sum()), int(called), int(cleared)))
        text += table(("videos", "operating point", "n", "called AI", "cleared"), lines) + "\n"
    (arguments.out / "video.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
