"""Audits accounts from the corpus with a vision model that saw none of their sources.

    OMP_NUM_THREADS=1 python -m scripts.measure.accounts --corpus ../shared/corpus \
        --cache /tmp/vision-cache --work /tmp/accounts

Trains that model (the recipe of `train_vision.py` on two views, minutes once features are cached),
calibrates it and counts its answers on left-out folds, builds the accounts (`make_accounts.py`),
audits each, and prints what came out against the truth. The classifier of drawings and renders
(`depiction-v2`) is the shipped one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import detect
from detect.core.finding import Finding, Hypothesis
from detect.core.media import AudioClip, Frame, Media
from detect.models.calibration import Calibration
from detect.models.manifest import load_manifest
from detect.picture.depiction import DepictionDetector
from detect.picture.vision import VisionDetector
from scripts.picture.calibration import calibrate_left_out, operating_points, platt
from scripts.picture.features import encode, load_view, open_backbone, read_manifest
from scripts.picture.linear import fit
from scripts.picture.protocol import FOLDS, folds_of, groups_of, source_weights
from scripts.picture.rates import source_rates
from scripts.samples.accounts import FORMS, LEFT_OUT, accounts, write

ROOT = Path(__file__).resolve().parents[2]
NETWORK = ROOT / "weights" / "clip-vit-b16" / "clip-vit-b16.onnx"
VIEWS = ("clean", "web")
BLOCKS = slice(5, 10)
PENALTY = 0.2


class HeldOut:
    """The class tokens of blocks 6 to 10 and a linear head, fitted without the accounts' sources.

    Args:
        folder: Where `train` left head and calibration.
        operating_point: Which thresholds decide.
    """

    id = VisionDetector.id
    hypothesis: Hypothesis = "ai_generated"

    def __init__(self, folder: Path, operating_point: str) -> None:
        with np.load(folder / "head.npz") as head:
            self._weight, self._bias = head["weight"], float(head["bias"])
        content = (folder / "weights" / self.id / "calibration.json").read_bytes()
        self._calibration = Calibration.parse_json(content)
        self._point = self._calibration.operating_points[operating_point]
        self._session = open_backbone(NETWORK, 1)
        self.version = hashlib.sha256(self._weight.tobytes() + content).hexdigest()[:12]

    def examine(self, media: Media, frames: Sequence[Frame], audio: Sequence[AudioClip]) -> Finding:
        """Scores the first frame."""
        if not frames:
            return Finding(self.id, self.version, self.hypothesis, "not-applicable", "no-picture")
        tokens = encode(self._session, Image.fromarray(frames[0].pixels))[0][BLOCKS]
        score = float(tokens.ravel() @ self._weight) + self._bias
        llr = self._calibration.llr(score)
        return Finding(
            self.id,
            self.version,
            self.hypothesis,
            score=score,
            llr=llr,
            decision=self._point.decide(llr),
            positive=self._point.positive,
            negative=self._point.negative,
        )


def train(corpus: Path, cache: Path, out: Path, threads: int) -> None:
    """Head, calibration and rates; whole repositories of the accounts' sources are left out."""
    items = read_manifest(corpus / "images")
    banned = {item.origin for item in items if item.source in LEFT_OUT}
    keep = np.array(
        [
            item.label != "cgi" and item.origin not in banned and item.source not in LEFT_OUT
            for item in items
        ]
    )
    kept = [item for item, inside in zip(items, keep, strict=True) if inside]
    print(f"trained on {len(kept)} pictures; {int((~keep).sum())} left out", flush=True)
    tokens = {}
    for view in VIEWS:
        stored = load_view(view, items, corpus / "images", NETWORK, cache, threads)
        tokens[view] = stored["class_tokens"][keep, BLOCKS].reshape(len(kept), -1)
    positive = np.array([item.label == "ai" for item in kept])
    faces = np.array([item.face for item in kept])
    sources = [item.source for item in kept]
    groups, weights = groups_of(kept), source_weights(sources, positive)
    folds = folds_of(groups, positive)

    def head(rows: np.ndarray) -> object:
        share = weights[rows].copy()
        for side in (positive[rows], ~positive[rows]):
            share[side] /= share[side].sum()
        features = np.concatenate([tokens[view][rows] for view in VIEWS])
        many = len(VIEWS)
        return fit(features, np.tile(positive[rows], many), np.tile(share, many), PENALTY)

    scores = {view: np.empty(len(kept)) for view in VIEWS}
    for fold in range(FOLDS):
        one = head(folds != fold)
        for view in VIEWS:
            scores[view][folds == fold] = one(tokens[view][folds == fold])  # type: ignore[operator]
    scaling = platt(scores, positive, weights, groups)
    points = operating_points(
        {view: scaling(raw) for view, raw in scores.items()}, positive, weights, faces
    )
    drawn = np.zeros(len(kept), bool)
    honest = calibrate_left_out(scores, positive, weights, groups, faces, folds, drawn)
    rates = source_rates(honest.llr, points, positive, sources, "left-out folds of other sources")
    whole = head(np.ones(len(kept), bool))
    out.mkdir(parents=True, exist_ok=True)
    np.savez(out / "head.npz", weight=whole.weight, bias=whole.bias)  # type: ignore[attr-defined]
    _write_weights(out / "weights", {**scaling.declare(points), "rates": rates})


def _write_weights(out: Path, calibration: dict[str, object]) -> None:
    """A weights folder that declares the classifier and its calibration, for the error rates."""
    shutil.rmtree(out, ignore_errors=True)
    content = json.dumps(calibration).encode()
    (out / VisionDetector.id).mkdir(parents=True)
    (out / VisionDetector.id / "calibration.json").write_bytes(content)
    (out / "manifest.toml").write_text(
        f"""schema = 1
[[model]]
id = "{VisionDetector.id}"
version = "held-out"
role = "classifier"
hypothesis = "ai_generated"
licence = "none"
origin = "scripts/measure/accounts.py"
[[model.file]]
key = "calibration"
path = "{VisionDetector.id}/calibration.json"
sha256 = "{hashlib.sha256(content).hexdigest()}"
size = {len(content)}
"""
    )


def main() -> None:
    """Prints one line an account."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="outside the checkout")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--operating-point", default="low-false-alarm")
    parser.add_argument("--only", default="", help="names of accounts, a regular expression")
    arguments = parser.parse_args()
    weights = arguments.work / "weights"
    if not (weights / "manifest.toml").is_file():
        train(arguments.corpus, arguments.cache, arguments.work, arguments.threads)
    judge = HeldOut(arguments.work, arguments.operating_point)
    settings = detect.load_settings(
        {"threads": arguments.threads, "operating_point": arguments.operating_point, "workers": 1}
    )
    depiction = DepictionDetector(load_manifest(), threads=arguments.threads)
    inside = near = changes = total = false = 0
    outcomes: Counter[str] = Counter()
    for number, account in enumerate(accounts(arguments.corpus / "images")):
        if not re.search(arguments.only, account.name):
            continue
        folder = arguments.work / account.name
        write(account, folder, FORMS[number % len(FORMS)])
        result = detect.audit(
            folder,
            journal=arguments.work / f"{account.name}.db",
            settings=settings,
            weights=weights,
            classifiers=[judge, depiction],
        )
        summary = result.summary()
        outcome = summary["persona"]["outcome"]
        verdict = "right" if outcome in account.right else "WRONG"
        verdict = "open" if outcome == "undecided" else verdict
        outcomes[f"{account.name.split('-')[0]} {verdict}"] += 1
        told = _persona(summary["persona"])
        share = summary["estimate"]["share"]["share"]
        interval = f"{share['value']:4.2f} [{share['low']:4.2f}, {share['high']:4.2f}]"
        if account.turned is None:
            print(
                f"{account.name:28} true -    estimate {interval}\n    {verdict}: {told}",
                flush=True,
            )
            continue
        truth = 1 - account.turned / len(account.pictures)
        change = summary["change"]
        stated = change is not None and change["stated"]
        mixed = 0 < account.turned < len(account.pictures)
        covered = share["low"] - 1e-9 <= truth <= share["high"] + 1e-9
        total, inside = total + 1, inside + covered
        if mixed:
            changes += 1
            near += stated and abs(change["position"] - account.turned) <= 3
        else:
            false += stated
        place = f"{change['position']} ({change['first']}-{change['last']})" if stated else "none"
        print(
            f"{account.name:28} true {truth:4.2f} estimate {interval} {'ok ' if covered else 'OUT'}"
            f" answers {summary['estimate']['share']['counts']} change {place} of "
            f"{account.turned if mixed else 'none'} p {change['probability'] if change else 0:4.2f}"
            f"\n    {verdict}: {told}",
            flush=True,
        )
    print(
        f"interval holds the truth: {inside} of {total}; change within 3 posts: {near} of "
        f"{changes}; change stated where there is none: {false} of {total - changes}"
    )
    print(f"persona: {dict(sorted(outcomes.items()))}")


def _persona(persona: Mapping[str, Any]) -> str:
    """The outcome and what it rests on, in one line."""
    faces, leaning = persona["faces"], persona["leaning"]
    first = next(iter(faces["recurring"]), None)
    face = f"{first['posts']} with one face at {first['tightness']}" if first else "no face recurs"
    reason = f" ({persona['withheld']['code']})" if persona["withheld"] else ""
    return (
        f"{persona['outcome']}{reason}, most probable {leaning} "
        f"{persona['probabilities'][leaning]:.2f}; {persona['pictures']} posts, {faces['posts']} "
        f"with faces, {faces['people']} people, {face}"
    )


if __name__ == "__main__":
    main()
