"""How far apart two pictures of one face, or two clips of one voice, lie: calibrates both encoders.

    python -m scripts.faces.calibrate voices ../shared/corpus weights/speaker-v1/calibration.json
    python -m scripts.faces.calibrate faces ../shared/corpus weights/faces-v1/calibration.json

Voices: real clips of the corpora that name their speakers; a pair of one speaker against a pair of
two speakers of one origin (same microphones, same language as a rule), judged by a fit to the other
origins. LibriSpeech is left out: the encoder was trained on it. Faces: press photographs of ten
people (`identity_groups.tsv`: grouped by eye, nobody is named), frames of one video (at least two
seconds apart, largest face), against each other, frames of other videos and faces of other picture
sources; judged in two halves of people. The shipped calibration is fitted on everything.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from detect.faces.detection import FaceDetector
from detect.faces.identity import LEAST_WIDTH, FaceEncoder
from detect.models.manifest import load_manifest
from detect.voice.speaker import SpeakerEncoder

NAMED = re.compile(
    r"(MLS-\w\w/\d+|VCTK/p\d+|DSPSpeech-20/\d+|EmoDB/\d+|CMU ARCTIC/\w+|Mboshi field corpus/\w+"
    r"|Asterisk prompts/(?!.*voice actor).+|LINE internal JP/\w+|VoxForge/.+"
    r"|Common Voice \(speaker adaptation\)/\w+-\w+-\d+)"
)
PEOPLE = ("ffhq_vedant", "gugcz", "linzaer", "faceapi", "tedx", "djangogirls", "vladhuman")
"""Picture sources of many people, one picture each as a rule."""
GROUPED = "krasserm"
"""Picture source of few people, several pictures each."""
FRAMES, APART = 8, 2.0

Vectors = npt.NDArray[np.float32]


class Items:
    """Embeddings with who they are of and where they came from."""

    def __init__(self) -> None:
        self.vectors: list[Vectors] = []
        self.who: list[str] = []
        self.origin: list[str] = []

    def add(self, vector: Vectors, who: str, origin: str) -> None:
        """Takes one in."""
        self.vectors.append(vector)
        self.who.append(who)
        self.origin.append(origin)


def read(path: Path) -> list[dict[str, str]]:
    """A manifest of the corpus."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def voices(corpus: Path) -> Items:
    """Embeddings of clips by named speakers."""
    encoder, items = SpeakerEncoder(load_manifest()), Items()
    for row in read(corpus / "audio" / "manifest.tsv"):
        named = NAMED.match(row["corpus"])
        if row["label"] != "real" or not named:
            continue
        vector = encoder.embed(sound(corpus / "audio" / row["path"]))
        if vector is not None:
            items.add(vector, f"{row['origin']}|{named.group()}", row["origin"])
    return items


def sound(path: Path) -> Vectors:
    """Samples of a file at 16 kHz, mono."""
    resampler = av.AudioResampler("flt", "mono", 16_000)
    with av.open(io.BytesIO(path.read_bytes())) as file:
        parts = [p.to_ndarray()[0] for f in file.decode(audio=0) for p in resampler.resample(f)]
    return np.concatenate(parts)


def faces(corpus: Path) -> Items:
    """Embeddings of the largest face of video frames and of pictures of many people."""
    manifest = load_manifest()
    detector, encoder, items = FaceDetector(manifest), FaceEncoder(manifest), Items()

    def take(picture: Image.Image, who: str, origin: str) -> None:
        pixels = np.asarray(picture.convert("RGB"))
        found = [f for f in detector.find(pixels) if f.box[2] >= LEAST_WIDTH]
        if found:
            largest = max(found, key=lambda face: face.box[2] * face.box[3])
            items.add(encoder.embed(pixels, [largest])[0], who, origin)

    for row in read(corpus / "video" / "manifest.tsv"):
        if row["label"] in ("real", "talking-head") and float(row["seconds"]) >= 2 * APART:
            for picture in stills(corpus / "video" / row["path"]):
                take(picture, row["path"], row["origin"])
    people = {
        r["picture"]: r["person"] for r in read(Path(__file__).with_name("identity_groups.tsv"))
    }
    for row in read(corpus / "images" / "manifest.tsv"):
        person = people.get(Path(row["path"]).stem)
        if person is not None:
            take(
                Image.open(corpus / "images" / row["path"]),
                f"{GROUPED} {person}",
                f"{GROUPED} {person}",
            )
        elif row["source"] in PEOPLE and row["faces"] == "1":
            take(Image.open(corpus / "images" / row["path"]), row["path"], row["source"])
    return items


def stills(path: Path) -> list[Image.Image]:
    """Frames at least `APART` seconds from each other, evenly over the video."""
    with av.open(io.BytesIO(path.read_bytes())) as file:
        frames = {f.time: f for f in file.decode(video=0) if f.time is not None}
    last = max(frames)
    wanted = np.linspace(0.05, 0.95, min(FRAMES, int(last / APART) + 1)) * last
    nearest = {min(frames, key=lambda t: abs(t - w)) for w in wanted}
    return [frames[t].to_image() for t in sorted(nearest)]


def pairs(
    items: Items, likeness: Callable[[Vectors, Vectors], Vectors], across: bool
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.int_], list[str]]:
    """Likeness, sameness and fold of each pair, and who its first is; folds are never mixed.

    Args:
        items: What to compare.
        likeness: Of two arrays of vectors, row by row.
        across: Whether strangers come from two origins, in two folds (else from one, a fold each).
    """
    origins = sorted(set(items.origin), key=lambda name: (-items.origin.count(name), name))
    fold = {name: number % 2 if across else number for number, name in enumerate(origins)}
    chosen = [
        (i, j)
        for i, j in itertools.combinations(range(len(items.who)), 2)
        if fold[items.origin[i]] == fold[items.origin[j]]
    ]
    first, second = np.array(chosen).T
    vectors, who = np.stack(items.vectors), [items.who[i] for i in first]
    score = likeness(vectors[first], vectors[second]).astype(np.float64)
    same = np.array([items.who[i] == items.who[j] for i, j in chosen])
    return score, same, np.array([fold[items.origin[i]] for i in first]), who


def weights(same: npt.NDArray[np.bool_], who: Sequence[str]) -> npt.NDArray[np.float64]:
    """Both classes the same in sum; within them every person the same."""
    count: dict[tuple[bool, str], int] = defaultdict(int)
    for key in zip(same.tolist(), list(who), strict=True):
        count[key] += 1
    raw = np.array([1 / count[key] for key in zip(same.tolist(), list(who), strict=True)])
    for side in (True, False):
        raw[same == side] /= raw[same == side].sum()
    return raw


def fit(score: Any, same: Any, weight: Any) -> tuple[float, float]:
    """Slope and intercept of the llr."""
    model = LogisticRegression(C=1e6).fit(score[:, None], same, weight * len(score))
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def calibrate(items: Items, likeness: Callable[..., Any], across: bool) -> dict[str, Any]:
    """The calibration and what it does on the half it was not fitted on."""
    score, same, fold, who = pairs(items, likeness, across)
    weight = weights(same, who)
    clip = math.log(len(set(np.array(who)[same])))
    llr = np.zeros(len(score))
    for left_out in np.unique(fold):
        other, here = fold != left_out, fold == left_out
        slope, intercept = fit(
            score[other], same[other], weights(same[other], np.array(who)[other])
        )
        llr[here] = np.clip(slope * score[here] + intercept, -clip, clip)
    point = math.log(10)
    slope, intercept = fit(score, same, weight)
    return {
        "method": "platt",
        "slope": slope,
        "intercept": intercept,
        "clip": [-clip, clip],
        "operating_points": {"default": {"positive": point, "negative": -point}},
        "fitted_on": "pairs of one person against pairs of two, by persons, classes balanced",
        "measured": {
            "pairs_same": int(same.sum()),
            "pairs_different": int((~same).sum()),
            "people": len(set(np.array(who)[same])),
            "origins": len(set(items.origin)),
            "auc": roc_auc_score(same, score, sample_weight=weight),
            "same_called_same": share(weight, same, llr >= point),
            "same_called_different": share(weight, same, llr <= -point),
            "different_called_same": share(weight, ~same, llr >= point),
            "different_called_different": share(weight, ~same, llr <= -point),
            "ece": calibration_error(llr, same, weight),
        },
    }


REFERENCES = (1, 2, 3, 5)
DRAWS = 4
"""Sets of references that are drawn for each clip and each speaker of its origin."""


def against_references(items: Items) -> None:
    """Prints a line for each number of genuine clips."""
    score, same, fold, who = pairs(items, cosine, across=False)
    clip, point = math.log(len(set(np.array(who)[same]))), math.log(10)
    vectors, names, origins = np.stack(items.vectors), np.array(items.who), np.array(items.origin)
    fitted = {}
    for left_out in np.unique(fold):
        other = fold != left_out
        line = fit(score[other], same[other], weights(same[other], np.array(who)[other]))
        here = {who[number] for number in np.flatnonzero(fold == left_out)}
        fitted |= {o: line for w, o in zip(items.who, items.origin, strict=True) if w in here}
    random = np.random.default_rng(0)
    print("references speakers auc same:same same:different different:same different:different ece")
    for count in REFERENCES:
        found: list[tuple[float, float, bool, str]] = []
        for number, origin in enumerate(items.origin):
            for speaker in sorted(set(names[origins == origin])):
                clips = np.flatnonzero((names == speaker) & (origins == origin))
                clips = clips[clips != number]
                for _ in range(DRAWS if len(clips) >= count else 0):
                    chosen = random.choice(clips, count, replace=False)
                    slope, intercept = fitted[origin]
                    mean = float((vectors[chosen] @ vectors[number]).mean())
                    llr = min(max(slope * mean + intercept, -clip), clip)
                    found.append((mean, llr, speaker == items.who[number], items.who[number]))
        score, llr, truth = (np.array([f[k] for f in found]) for k in range(3))
        weight = weights(truth, [f[3] for f in found])
        shares = [
            share(weight, side, called)
            for side in (truth, ~truth)
            for called in (llr >= point, llr <= -point)
        ]
        error = calibration_error(llr, truth, weight)
        auc = roc_auc_score(truth, score, sample_weight=weight)
        people = len({f[3] for f in found if f[2]})
        print(count, people, *(f"{value:.3f}" for value in (auc, *shares, error)))


def calibration_error(llr: Any, same: Any, weight: Any) -> float:
    """Expected calibration error over ten bins of the posterior at even odds."""
    posterior = 1 / (1 + np.exp(-llr))
    bins = np.clip((posterior * 10).astype(int), 0, 9)
    gaps = (abs((weight * (same - posterior))[bins == b].sum()) for b in range(10))
    return float(sum(gaps) / weight.sum())


def share(weight: Any, among: Any, which: Any) -> float:
    """Weighted share of `which` among `among`."""
    return float(weight[among & which].sum() / weight[among].sum())


def cosine(a: Vectors, b: Vectors) -> Vectors:
    """Of unit vectors, row by row."""
    return np.asarray((a * b).sum(axis=1))


def nearness(a: Vectors, b: Vectors) -> Vectors:
    """Euclidean distance, negated, row by row."""
    return np.asarray(-np.linalg.norm(a - b, axis=1))


def main() -> None:
    """Measure, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("voices", "faces", "references"))
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path, nargs="?", help="for voices and faces")
    arguments = parser.parse_args()
    if arguments.what == "references":
        against_references(voices(arguments.corpus))
        return
    if arguments.out is None:
        parser.error("where to write the calibration?")
    if arguments.what == "voices":
        found = calibrate(voices(arguments.corpus), cosine, across=False)
    else:
        found = calibrate(faces(arguments.corpus), nearness, across=True)
    arguments.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
