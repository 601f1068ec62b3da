"""The head of videos on the corpus videos, which it never saw.

    OMP_NUM_THREADS=1 python -m scripts.picture.video --corpus ../shared/corpus --cache CACHE

Writes `video.md`. Frames are sampled as the `fast` profile does. With `--alike`, the videos are
also judged when all are brought to one size, frame rate and codec.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detect.core.media import Media
from detect.core.settings import Settings
from detect.media.decode import decode
from detect.media.source import open_source
from detect.models.calibration import Calibration
from detect.models.manifest import load_manifest
from detect.picture.vision import VisionDetector, over_shots, unfit
from scripts.picture.protocol import auc, bootstrap_auc, table
from scripts.picture.reencode import reencode
from scripts.picture.train import OUT


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
    heads = model.files["video"].sha256[:16]
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
            scores = detector.frame_scores([frame.pixels for frame in seen])
            shots = [frame.shot for frame in seen]
            known[row["sha256"]] = over_shots(zip(shots, scores, strict=True))
            stored.write_text(json.dumps(known))
        clips.append(Clip(row["label"], row["origin"], known[row["sha256"]]))
    return clips


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="The head of videos on the corpus videos.")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--alike", action="store_true")
    arguments = parser.parse_args()
    content = (arguments.out / "calibration.json").read_bytes()
    calibration = Calibration.parse_json(content, "video")
    detector = VisionDetector(load_manifest(), threads=1)
    text = ""
    for alike in (False, True) if arguments.alike else (False,):
        clips = load_clips(arguments.corpus / "video", detector, arguments.cache, alike)
        label = np.array([clip.label for clip in clips])
        origin = np.unique([clip.origin for clip in clips], return_inverse=True)[1]
        llr = np.array([calibration.llr(clip.score) for clip in clips])
        known, positive = np.isin(label, ("real", "ai")), label == "ai"
        low, high = bootstrap_auc(llr[known], positive[known], origin[known])
        text += f"Videos {'all alike' if alike else 'as they are'}: AUC "
        text += f"{auc(llr[known], positive[known]):.3f} ({low:.3f} to {high:.3f} over origins)\n\n"
        lines = []
        for kind in dict.fromkeys(label.tolist()):
            own = llr[label == kind]
            for name, point in calibration.operating_points.items():
                called, cleared = own >= point.positive, own <= point.negative
                lines.append((kind, name, len(own), int(called.sum()), int(cleared.sum())))
        text += table(("videos", "operating point", "n", "called AI", "cleared"), lines) + "\n"
    (arguments.out / "video.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
