r"""Trains, judges and calibrates the depiction head: photographic, or drawn, painted or rendered?

    OMP_NUM_THREADS=1 python -m scripts.picture.train_depiction --corpus ../shared/corpus \
        --cache /tmp/vision-cache

The features are those of `train_vision.py`, from the same cache. What a picture looks like was
labelled by eye on contact sheets: `depiction_labels.tsv` names every picture that is not
photographic by the start of its sha256. `--compare` prints the candidates.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from detect.picture.clip import MEAN, SIZE, STD
from scripts.picture.calibration import Scaling, operating_points, platt
from scripts.picture.depiction_tables import evaluation
from scripts.picture.features import SEED, Item, load_view, read_manifest
from scripts.picture.linear import Linear, fit
from scripts.picture.protocol import (
    FOLDS,
    auc,
    category,
    folds_of,
    groups_of,
    source_weights,
    table,
)

ROOT = Path(__file__).resolve().parents[2]
NETWORK = ROOT / "weights" / "clip-vit-b16" / "clip-vit-b16.onnx"
LABELS = Path(__file__).resolve().with_name("depiction_labels.tsv")
PAINTINGS = "photographed paintings"
VIEWS = ("clean", "web", "delivered-0")
"""Views trained and judged on: as stored, JPEG 60, and a random crop and delivery."""
FALSE_ALARM, MISSED = 0.01, 0.05
"""Share of the photographs of any kind that may be called drawn (or one picture, in a kind of fewer
than 100), and of drawn pictures that may be called photographic."""
MARGIN = 0.25
"""Distance of the threshold from the scores it was chosen on, in llr: what 8-bit rounding moves."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the head is fitted: blocks of the backbone from 1, and the L2 penalty."""

    blocks: tuple[int, ...]
    penalty: float

    def __str__(self) -> str:
        return f"blocks {' '.join(map(str, self.blocks))}, penalty {self.penalty:g}"


SHIPPED = Recipe((9,), 0.05)
CANDIDATES = (
    *(Recipe((block,), 0.05) for block in (5, 7, 9)),
    *(Recipe((9,), penalty) for penalty in (0.02, 0.2)),
    Recipe((7, 9), 0.05),
    Recipe((5, 7, 9), 0.05),
)
AI_HEAD = Recipe((8,), 0.2)
"""For `ai_generated`, about as good as vision-v1 (AUC 0.923 against 0.925 under web): what the rule
does to such answers."""


@dataclass(frozen=True)
class Data:
    """All pictures with their features.

    Attributes:
        items: The pictures.
        looks: `photographic`, `drawn`, `rendered`, `photoreal-render` or `mixed`, by eye.
        tokens: Class tokens by condition, shape (n, 12, 768).
        drawn: Drawn, painted or rendered.
        taught: Drawn or photographic: what the head is fitted on.
        groups: What may never be split.
        folds: A fold for each picture; whole groups.
        weights: By source, of the taught ones.
    """

    items: list[Item]
    looks: np.ndarray
    tokens: dict[str, np.ndarray]
    drawn: np.ndarray
    taught: np.ndarray
    groups: np.ndarray
    folds: np.ndarray
    weights: np.ndarray

    def matrix(self, view: str, recipe: Recipe) -> np.ndarray:
        """Features of all pictures under a view, shape (n, d)."""
        chosen = self.tokens[view][:, [b - 1 for b in recipe.blocks]]
        return chosen.reshape(len(chosen), -1)


def read_labels(images: Path, items: Sequence[Item]) -> np.ndarray:
    """What each picture looks like; those that the list does not name are photographic."""
    with open(LABELS, encoding="utf-8", newline="") as file:
        named = {row["sha256"]: row["depiction"] for row in csv.DictReader(file, delimiter="\t")}
    with open(images / "manifest.tsv", encoding="utf-8", newline="") as file:
        start = {row["path"]: row["sha256"][:16] for row in csv.DictReader(file, delimiter="\t")}
    looks = np.array([named.pop(start[item.path], "photographic") for item in items])
    if named:
        raise SystemExit(f"{LABELS.name} names {len(named)} pictures that the corpus lacks")
    return looks


def load(corpus: Path, cache: Path, threads: int) -> Data:
    """All pictures, their labels and features."""
    images = corpus / "images"
    items = read_manifest(images)
    looks = read_labels(images, items)
    stored = {
        view: load_view(view, items, images, NETWORK, cache, threads)["class_tokens"]
        for view in VIEWS
    }
    drawn = np.isin(looks, ("drawn", "rendered"))
    taught = drawn | (looks == "photographic")
    groups = groups_of(items)
    folds = folds_of(groups, drawn)
    weights = np.zeros(len(items))
    sources = [item.source for item, kept in zip(items, taught, strict=True) if kept]
    weights[taught] = source_weights(sources, drawn[taught])
    return Data(items, looks, stored, drawn, taught, groups, folds, weights)


def train(data: Data, recipe: Recipe, keep: np.ndarray) -> Linear:
    """One linear head on the taught pictures among `keep`, all views of each."""
    keep = keep & data.taught
    weights = data.weights.copy()
    for side in (data.drawn, ~data.drawn):
        weights[side & keep] /= weights[side & keep].sum()
    stacked = np.concatenate([data.matrix(view, recipe)[keep] for view in VIEWS])
    many = len(VIEWS)
    drawn, weights = np.tile(data.drawn[keep], many), np.tile(weights[keep], many)
    return fit(stacked, drawn, weights, recipe.penalty)


def left_out(data: Data, recipe: Recipe) -> dict[str, np.ndarray]:
    """Raw scores by condition, each picture scored by a head that saw nothing of its group."""
    scores = {condition: np.empty(len(data.items)) for condition in VIEWS}
    for fold in range(FOLDS):
        test = data.folds == fold
        head = train(data, recipe, ~test)
        for condition in VIEWS:
            scores[condition][test] = head(data.matrix(condition, recipe)[test])
    return scores


def kinds(data: Data) -> dict[str, np.ndarray]:
    """Masks of the real photographs by kind; photographed paintings are none of them."""
    real = np.array([item.label == "real" for item in data.items])
    photos = real & (data.looks == "photographic")
    names = np.array(
        [category(i.source) if r else "" for i, r in zip(data.items, real, strict=True)]
    )
    return {name: photos & (names == name) for name in dict.fromkeys(names[photos].tolist())}


def thresholds(data: Data, llr: Mapping[str, np.ndarray]) -> tuple[float, float]:
    """For drawn and for photographic.

    At most `FALSE_ALARM` of the photographs of every kind (or one, in a small kind) lie within
    `MARGIN` of the first one, under any view.
    """
    highest = []
    for view in VIEWS:
        for kind in kinds(data).values():
            ranked = np.sort(llr[view][kind])[::-1]
            highest.append(float(ranked[max(1, int(FALSE_ALARM * len(ranked)))]))
    positive = max(highest) + MARGIN
    negative = min(float(np.quantile(llr[view][data.drawn], MISSED)) for view in VIEWS)
    return round(positive, 4), round(min(negative, positive - 1e-3), 4)


def ai_left_out(
    data: Data, cache: Path
) -> tuple[dict[str, np.ndarray], dict[str, dict[str, float]]]:
    """Left-out llr of the `ai_generated` head for every picture, and its operating points."""
    stored = cache / "depiction-ai.npz"
    label = np.array([item.label for item in data.items])
    judged, fake = label != "cgi", label == "ai"
    weights = np.zeros(len(label))
    sources = [item.source for item, kept in zip(data.items, judged, strict=True) if kept]
    weights[judged] = source_weights(sources, fake[judged])
    if not stored.is_file():
        raw = {view: np.empty(len(label)) for view in VIEWS}
        for fold in range(FOLDS):
            test = data.folds == fold
            keep = judged & ~test
            stacked = np.concatenate([data.matrix(view, AI_HEAD)[keep] for view in VIEWS])
            share = np.tile(weights[keep], len(VIEWS))
            head = fit(stacked, np.tile(fake[keep], len(VIEWS)), share, AI_HEAD.penalty)
            for view in VIEWS:
                raw[view][test] = head(data.matrix(view, AI_HEAD)[test])
        np.savez(stored, **raw)
    with np.load(stored) as arrays:
        raw = {view: arrays[view] for view in VIEWS}
    known = {view: values[judged] for view, values in raw.items()}
    scaling = platt(known, fake[judged], weights[judged], data.groups[judged])
    llr = {view: scaling(values) for view, values in raw.items()}
    faces = np.array([item.face for item in data.items])[judged]
    points = operating_points(
        {view: values[judged] for view, values in llr.items()}, fake[judged], weights[judged], faces
    )
    return llr, points


def compare(data: Data) -> None:
    """Prints the candidates: AUC, and recall at the threshold that holds in every kind."""
    header = ("head", *VIEWS, "drawn by AI", "real paintings", "renders", "AI photographs")
    print(table(header, []), end="")
    label = np.array([item.label for item in data.items])
    for recipe in CANDIDATES:
        scores = left_out(data, recipe)
        scaling = platt(
            {c: s[data.taught] for c, s in scores.items()},
            data.drawn[data.taught],
            data.weights[data.taught],
            data.groups[data.taught],
        )
        llr = {c: scaling.slope * s + scaling.intercept for c, s in scores.items()}
        positive = thresholds(data, llr)[0]
        parts = (
            data.drawn & (label == "ai"),
            data.drawn & (label == "real"),
            data.drawn & (label == "cgi"),
            (data.looks == "photographic") & (label == "ai"),
        )
        row = [
            str(recipe),
            *(auc(scores[c][data.taught], data.drawn[data.taught]) for c in VIEWS),
            *(float(np.mean(llr["web"][part] >= positive)) for part in parts),
        ]
        print(table((), [row]).splitlines()[-1], flush=True)


def write_json(path: Path, content: object) -> None:
    """Writes a small JSON file, readable."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_head(head: Linear, recipe: Recipe, path: Path) -> None:
    """The head as a network: `class_tokens` [1, blocks, 768] -> `score` [1]."""
    weight = head.weight.reshape(1, len(recipe.blocks), -1)
    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["class_tokens", "weight"], ["weighed"]),
            helper.make_node("ReduceSum", ["weighed", "axes"], ["sum"], keepdims=0),
            helper.make_node("Add", ["sum", "bias"], ["score"]),
        ],
        "depiction-v1",
        [helper.make_tensor_value_info("class_tokens", TensorProto.FLOAT, weight.shape)],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [1])],
        [
            numpy_helper.from_array(weight, "weight"),
            numpy_helper.from_array(np.array([1, 2], np.int64), "axes"),
            numpy_helper.from_array(np.array([head.bias], np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def calibrate(data: Data, scores: Mapping[str, np.ndarray]) -> Scaling:
    """Platt scaling on the left-out scores of the taught pictures."""
    taught = data.taught
    raw = {c: s[taught] for c, s in scores.items()}
    return platt(raw, data.drawn[taught], data.weights[taught], data.groups[taught])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="features; outside the checkout")
    parser.add_argument("--out", type=Path, default=ROOT / "weights" / "depiction-v1")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compare", action="store_true", help="print the candidates and stop")
    arguments = parser.parse_args()
    data = load(arguments.corpus, arguments.cache, arguments.threads)
    if arguments.compare:
        compare(data)
        return

    scores = left_out(data, SHIPPED)
    scaling = calibrate(data, scores)
    llr = {condition: scaling(raw) for condition, raw in scores.items()}
    head = train(data, SHIPPED, np.ones(len(data.items), bool))
    positive, negative = thresholds(data, llr)

    arguments.out.mkdir(parents=True, exist_ok=True)
    write_head(head, SHIPPED, arguments.out / "head.onnx")
    many, few = (
        len(np.unique(data.groups[data.taught & side])) for side in (~data.drawn, data.drawn)
    )
    calibration = {
        **scaling.declare({"clear": {"positive": positive, "negative": negative}}),
        "fitted_on": f"{int(data.taught.sum())} pictures labelled by eye, each scored by a head "
        f"that saw nothing of its repository ({FOLDS} folds), as stored, as JPEG 60, and cropped "
        "and delivered at random; weighted by source, classes balanced",
        "n_sources": {"photographic": many, "drawn or rendered": few},
    }
    write_json(arguments.out / "calibration.json", calibration)
    preprocessing = {
        "crop": "centre square",
        "size": SIZE,
        "filter": "bicubic",
        "mean": MEAN,
        "std": STD,
    }
    write_json(
        arguments.out / "config.json",
        {
            "backbone": "clip-vit-b16",
            "backbone_sha256": hashlib.sha256(NETWORK.read_bytes()).hexdigest(),
            "preprocessing": preprocessing,
            "blocks": SHIPPED.blocks,
            "views": VIEWS,
            "penalty": SHIPPED.penalty,
            "seed": SEED,
        },
    )
    text = evaluation(
        data, kinds(data), scores, llr, (positive, negative), ai_left_out(data, arguments.cache)
    )
    (arguments.out / "evaluation.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
