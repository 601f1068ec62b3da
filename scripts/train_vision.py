r"""Trains, judges and calibrates the vision head, and writes everything that ships with it.

    OMP_NUM_THREADS=1 python scripts/train_vision.py --corpus ../shared/corpus \
        --cache /tmp/vision-cache

Features are computed once into the cache (about 0.1 s a picture and view on one core); after that
a run takes minutes. `--compare` prints the candidates that the shipped recipe was chosen from;
`--curve` writes the learning curve, which later runs put into `evaluation.md`.
The seed is fixed; with one thread, the same corpus and the same versions of onnxruntime, Pillow and
NumPy give the same head.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from vision_calibration import calibrate_left_out, operating_points, platt
from vision_curve import curve, read_curve, write_curve
from vision_features import CONDITIONS, SEED, Item, load_view, make_view, read_manifest
from vision_linear import Linear, fit
from vision_protocol import FOLDS, auc, folds_of, groups_of, source_weights, table, tpr_at
from vision_rates import source_rates
from vision_tables import evaluation
from vision_video import Clip, judge_videos, load_clips

from detect.detectors.clip import MEAN, SIZE, STD, centre_square
from detect.evaluate.vision_head import LOGISTIC_PENALTY, SHARE, fit_vision_head
from detect.evaluate.within_source import COMPONENTS, PENALTY, fit_within_sources

ROOT = Path(__file__).resolve().parent.parent
NETWORK = ROOT / "weights" / "clip-vit-b16" / "clip-vit-b16.onnx"
BLOCKS, WIDTH = 12, 768
PREPROCESSING = {
    "crop": "centre square",
    "size": SIZE,
    "filter": "bicubic",
    "mean": MEAN,
    "std": STD,
}

CURVE = "learning-curve.tsv"

Views = dict[str, dict[str, np.ndarray]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a head is fitted.

    Attributes:
        name: For the tables.
        features: Outputs of the backbone, side by side.
        blocks: Blocks used, from 1; ignored for the final embedding.
        method: `logistic`, `within sources` (Fisher's discriminant) or `both` as shipped.
        penalty: Of the weights (logistic) or on the covariance; `both` has its own.
        views: Views trained on.
    """

    name: str
    features: tuple[str, ...] = ("class_tokens",)
    blocks: tuple[int, ...] = tuple(range(1, BLOCKS + 1))
    method: str = "logistic"
    penalty: float = 1.0
    views: tuple[str, ...] = CONDITIONS


@dataclass(frozen=True)
class Data:
    """The labelled pictures with their features, views stacked on request."""

    items: list[Item]
    views: Views
    positive: np.ndarray
    groups: np.ndarray
    folds: np.ndarray
    weights: np.ndarray
    faces: np.ndarray

    def matrix(self, view: str, recipe: Recipe) -> np.ndarray:
        """Features of all pictures under a view, shape (n, d): block by block, output by output."""
        stored = [self.views[view][name] for name in recipe.features]
        if stored[0].ndim == 2:
            return stored[0]
        chosen = np.stack([part[:, [b - 1 for b in recipe.blocks]] for part in stored], axis=2)
        return chosen.reshape(len(chosen), -1)

    @property
    def sources(self) -> np.ndarray:
        """Number of the source of each picture; both classes of one source count as two."""
        names = [f"{item.source} {item.label}" for item in self.items]
        return np.unique(names, return_inverse=True)[1]


def load(corpus: Path, cache: Path, views: Sequence[str], threads: int) -> tuple[Data, Data]:
    """The training pictures (real and ai), and the rendered ones, which are neither."""
    images = corpus / "images"
    items = read_manifest(images)
    stored = {v: load_view(v, items, images, NETWORK, cache, threads) for v in views}

    def part(keep: np.ndarray) -> Data:
        kept = [item for item, inside in zip(items, keep, strict=True) if inside]
        positive = np.array([item.label == "ai" for item in kept])
        groups = groups_of(kept)
        folds = folds_of(groups, positive) if positive.any() else np.zeros(len(kept), int)
        weights = source_weights([item.source for item in kept], positive)
        faces = np.array([item.face for item in kept])
        features = {v: {k: a[keep] for k, a in stored[v].items()} for v in views}
        return Data(kept, features, positive, groups, folds, weights, faces)

    rendered = np.array([item.label == "cgi" for item in items])
    return part(~rendered), part(rendered)


def train(data: Data, recipe: Recipe, keep: np.ndarray) -> Linear:
    """One linear head over the chosen features of the chosen pictures, all views of each."""
    stacked = np.concatenate([data.matrix(v, recipe)[keep] for v in recipe.views])
    positive = np.tile(data.positive[keep], len(recipe.views))
    sources = np.tile(data.sources[keep], len(recipe.views))
    if recipe.method == "within sources":
        return fit_within_sources(stacked, positive, sources, WIDTH, penalty=recipe.penalty)
    weights = data.weights.copy()
    for side in (data.positive, ~data.positive):
        weights[side & keep] /= weights[side & keep].sum()
    weights = np.tile(weights[keep], len(recipe.views))
    if recipe.method == "both":
        return fit_vision_head(stacked, positive, weights, sources)
    return fit(stacked, positive, weights, recipe.penalty)


def fold_heads(
    data: Data,
    recipe: Recipe,
    keep: Callable[[np.ndarray], np.ndarray] = lambda rows: rows,
    cache: Path | None = None,
) -> list[Linear]:
    """One head a fold, which saw nothing of it.

    Args:
        data: The labelled pictures.
        recipe: How a head is fitted.
        keep: Which of the rows that a head may see it is trained on.
        cache: Where heads fitted on all they may see are kept.
    """
    paths = "\n".join(
        f"{item.path} {fold}" for item, fold in zip(data.items, data.folds, strict=True)
    )
    digest = hashlib.sha256(f"{recipe}\n{paths}".encode()).hexdigest()[:12]
    stored = cache / f"heads-{digest}.npz" if cache else None
    if stored and stored.is_file():
        with np.load(stored) as arrays:
            return [Linear(w, float(b)) for w, b in zip(arrays["w"], arrays["b"], strict=True)]
    heads = [train(data, recipe, keep(data.folds != fold)) for fold in range(FOLDS)]
    if stored:
        np.savez(stored, w=np.stack([h.weight for h in heads]), b=[h.bias for h in heads])
    return heads


def whole_head(data: Data, recipe: Recipe, cache: Path) -> Linear:
    """The head that has seen every picture, from the cache if there."""
    paths = "\n".join(item.path for item in data.items)
    digest = hashlib.sha256(f"{recipe}\n{paths}".encode()).hexdigest()[:12]
    stored = cache / f"whole-{digest}.npz"
    if not stored.is_file():
        head = train(data, recipe, np.ones(len(data.items), bool))
        np.savez(stored, w=head.weight, b=head.bias)
    with np.load(stored) as arrays:
        return Linear(arrays["w"], float(arrays["b"]))


def left_out(
    data: Data,
    recipe: Recipe,
    conditions: Sequence[str] = CONDITIONS,
    keep: Callable[[np.ndarray], np.ndarray] = lambda rows: rows,
    cache: Path | None = None,
) -> dict[str, np.ndarray]:
    """Raw scores by condition, each picture scored by a head that saw nothing of its group."""
    scores = {condition: np.empty(len(data.items)) for condition in conditions}
    heads = fold_heads(data, recipe, keep, cache)
    for condition in conditions:
        features = data.matrix(condition, recipe)
        for fold, head in enumerate(heads):
            test = data.folds == fold
            scores[condition][test] = head(features[test])
    return scores


def summary(data: Data, scores: dict[str, np.ndarray]) -> list[object]:
    """AUC by condition, then under web: faces, by source weight, TPR at 1 % and 5 % FPR."""
    web = scores["web"]
    return [
        *(auc(values, data.positive) for values in scores.values()),
        auc(web[data.faces], data.positive[data.faces]),
        auc(web, data.positive, data.weights),
        tpr_at(web, data.positive, 0.01),
        tpr_at(web, data.positive, 0.05),
    ]


STILL = ("clean", "web")
SUMMARY = ("web, faces", "web, by source", "TPR at 1 %", "TPR at 5 %")
MIDDLE = tuple(range(6, 11))
BOTH = ("class_tokens", "patch_means")
YARDSTICK = Recipe("last CLIP embedding", ("image_embeds",), penalty=0.5, views=STILL)
TRAINING = ("clean", "web", "delivered-0")
PREVIOUS = Recipe("recipe of vision-v1", blocks=MIDDLE, penalty=0.2, views=TRAINING)
SHIPPED = Recipe("vision-v2", BOTH, MIDDLE, "both", views=TRAINING)


def candidates() -> list[Recipe]:
    """What was tried; all trained and judged on two views, clean and web."""
    recipes = [YARDSTICK, replace(PREVIOUS, views=STILL)]
    for block in range(5, 10):
        recipes.append(Recipe(f"block {block}, logistic", blocks=(block,), penalty=0.1))
    recipes += [
        Recipe("class tokens and patch means 6-10, logistic", BOTH, MIDDLE, penalty=0.3),
        Recipe("class tokens 6-9", blocks=MIDDLE[:4], method="within sources"),
        Recipe("class tokens 6-10", blocks=MIDDLE, method="within sources"),
        Recipe("class tokens 6-10, penalty 3", blocks=MIDDLE, method="within sources", penalty=3.0),
        Recipe("class tokens 5-12", blocks=tuple(range(5, 13)), method="within sources"),
        Recipe("patch means 6-10", ("patch_means",), MIDDLE, method="within sources"),
        Recipe("class tokens and patch means 6-10", BOTH, MIDDLE, "within sources"),
        Recipe("the same, penalty 3", BOTH, MIDDLE, "within sources", 3.0),
        SHIPPED,
    ]
    return [replace(recipe, views=STILL) for recipe in recipes]


def compare(data: Data, recipes: Sequence[Recipe]) -> None:
    """Prints the table of candidates."""
    print(table(("head", *STILL, *SUMMARY), []), end="")
    for recipe in recipes:
        row = [recipe.name, *summary(data, left_out(data, recipe, STILL))]
        print(table((), [row]).splitlines()[-1], flush=True)


def shortcuts(data: Data, images: Path, cache: Path) -> dict[str, dict[str, np.ndarray]]:
    """Left-out scores of two models that cannot see texture, from the cache if there."""
    if (cache / "shortcuts.npz").is_file():
        with np.load(cache / "shortcuts.npz") as stored:
            return {name: {"web": stored[name]} for name in stored}
    from sklearn.ensemble import HistGradientBoostingClassifier

    formats = sorted({item.original[2] for item in data.items})
    facts = np.array(
        [(i.width, i.height, *i.original[:2], formats.index(i.original[2])) for i in data.items]
    )
    facts = np.column_stack([facts, facts[:, 0] / facts[:, 1], facts[:, 2:4] % 64 == 0])
    tiny = []
    for item in data.items:
        with Image.open(images / item.path) as picture:
            view = make_view(picture.convert("RGB"), "web", item.path)
        square = Image.fromarray(centre_square(np.asarray(view)))
        tiny.append(np.asarray(square.resize((32, 32), Image.Resampling.BOX), np.float32).ravel())
    pixels = np.stack(tiny)
    both = {name: np.empty(len(data.items)) for name in ("size and format", "32-px thumbnail")}
    for fold in range(FOLDS):
        test = data.folds == fold
        trees = HistGradientBoostingClassifier(random_state=SEED % 1000, max_iter=100)
        trees.fit(facts[~test], data.positive[~test], data.weights[~test])
        both["size and format"][test] = trees.predict_proba(facts[test])[:, 1]
        head = fit(pixels[~test], data.positive[~test], data.weights[~test], 0.1)
        both["32-px thumbnail"][test] = head(pixels[test])
    np.savez(cache / "shortcuts.npz", **both)
    return {name: {"web": scores} for name, scores in both.items()}


def videos(folder: Path, cache: Path, threads: int) -> dict[str, list[Clip]]:
    """The corpus videos as they are, and at one size, frame rate and codec."""
    return {
        "as they are": load_clips(folder, NETWORK, cache, threads),
        "all alike": load_clips(folder, NETWORK, cache, threads, alike=True),
    }


def write_json(path: Path, content: object) -> None:
    """Writes a small JSON file, readable."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_head(head: Linear, recipe: Recipe, path: Path) -> None:
    """The head as a network: `summaries` [1, blocks, outputs, 768] -> `score` [1]."""
    weight = head.weight.reshape(1, len(recipe.blocks), len(recipe.features), WIDTH)
    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["summaries", "weight"], ["weighed"]),
            helper.make_node("ReduceSum", ["weighed", "axes"], ["sum"], keepdims=0),
            helper.make_node("Add", ["sum", "bias"], ["score"]),
        ],
        "vision-v2",
        [helper.make_tensor_value_info("summaries", TensorProto.FLOAT, weight.shape)],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [1])],
        [
            numpy_helper.from_array(weight, "weight"),
            numpy_helper.from_array(np.array([1, 2, 3], np.int64), "axes"),
            numpy_helper.from_array(np.array([head.bias], np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="features; outside the checkout")
    parser.add_argument("--out", type=Path, default=ROOT / "weights" / "vision-v2")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compare", action="store_true", help="print the candidates and stop")
    parser.add_argument("--curve", action="store_true", help="write the learning curve and stop")
    arguments = parser.parse_args()
    views = STILL if arguments.compare or arguments.curve else CONDITIONS
    data, rendered = load(arguments.corpus, arguments.cache, views, arguments.threads)
    if arguments.compare:
        compare(data, candidates())
        return
    if arguments.curve:
        still = replace(SHIPPED, method="within sources", views=STILL)

        def scored(keep: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
            return left_out(data, still, ("web",), keep)["web"]

        arguments.out.mkdir(parents=True, exist_ok=True)
        points = curve(scored, data.groups, data.positive, data.faces)
        write_curve(points, arguments.out / CURVE)
        return

    scores = left_out(data, SHIPPED, cache=arguments.cache)
    scaling = platt(scores, data.positive, data.weights, data.groups)
    llr = {condition: scaling(raw) for condition, raw in scores.items()}
    points = operating_points(llr, data.positive, data.weights, data.faces)
    honest = calibrate_left_out(
        scores, data.positive, data.weights, data.groups, data.faces, data.folds
    )
    head = whole_head(data, SHIPPED, arguments.cache)
    forms = videos(arguments.corpus / "video", arguments.cache, arguments.threads)
    video, video_text = judge_videos(forms, head, SHIPPED.blocks, points, scaling)

    arguments.out.mkdir(parents=True, exist_ok=True)
    write_head(head, SHIPPED, arguments.out / "head.onnx")
    real, fake = (len(np.unique(data.groups[side])) for side in (~data.positive, data.positive))
    calibration = {
        **scaling.declare(points),
        "fitted_on": f"{len(data.items)} pictures, each scored by a head that saw nothing of its "
        f"repository ({FOLDS} folds), as stored, as JPEG 60, as JPEG 40, and cropped and delivered "
        "at random; weighted by source, classes balanced",
        "n_sources": {"real": real, "ai": fake},
        "rates": source_rates(
            honest.llr,
            points,
            data.positive,
            [item.source for item in data.items],
            "left-out answers, one row a source, mean over the four conditions",
        ),
        "video": video,
    }
    write_json(arguments.out / "calibration.json", calibration)
    write_json(
        arguments.out / "config.json",
        {
            "backbone": "clip-vit-b16",
            "backbone_sha256": hashlib.sha256(NETWORK.read_bytes()).hexdigest(),
            "preprocessing": PREPROCESSING,
            "blocks": SHIPPED.blocks,
            "features": SHIPPED.features,
            "views": SHIPPED.views,
            "method": "logistic head on class tokens + share * discriminant analysis with the "
            "covariance within sources on all features",
            "logistic_penalty": LOGISTIC_PENALTY,
            "share": SHARE,
            "components": COMPONENTS,
            "covariance_penalty": PENALTY,
            "seed": SEED,
        },
    )
    heads = {
        SHIPPED.name: scores,
        PREVIOUS.name: left_out(data, PREVIOUS, cache=arguments.cache),
        YARDSTICK.name: left_out(data, YARDSTICK, STILL, cache=arguments.cache),
        **shortcuts(data, arguments.corpus / "images", arguments.cache),
    }
    flat = {c: rendered.matrix(c, SHIPPED) for c in CONDITIONS}
    neither = {c: scaling(head(features)) for c, features in flat.items()}
    text = evaluation(
        data.items,
        data.positive,
        data.groups,
        data.weights,
        heads,
        honest,
        points,
        (rendered.items, neither),
        video_text,
        read_curve(arguments.out / CURVE),
    )
    (arguments.out / "evaluation.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
