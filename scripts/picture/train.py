r"""Trains, judges and calibrates the vision head, and writes everything that ships with it.

    python -m scripts.picture.human_art packages /tmp/drawings
    OMP_NUM_THREADS=1 python -m scripts.picture.train --corpus ../shared/corpus \
        --drawings /tmp/drawings --cache /tmp/vision-cache

Features are computed once into the cache (0.1 to 0.4 s a picture and view on one core, by
processor); after that a run takes minutes. `--compare` prints the candidates that the shipped
recipe was chosen from; `--curve` writes the learning curve, which later runs put into
`evaluation.md`.
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

from detect.evaluate.recipes.vision_head import LOGISTIC_PENALTY, SHARE, fit_vision_head
from detect.evaluate.recipes.within_source import COMPONENTS, PENALTY, fit_within_sources
from detect.picture.clip import MEAN, SIZE, STD, centre_square
from scripts.picture.calibration import HeldOut, calibrate_left_out, operating_points, platt
from scripts.picture.curve import curve, read_curve, write_curve
from scripts.picture.features import (
    CONDITIONS,
    OUTPUTS,
    SEED,
    Item,
    load_view,
    make_view,
    read_manifest,
)
from scripts.picture.linear import Linear, fit
from scripts.picture.protocol import FOLDS, auc, folds_of, groups_of, source_weights, table, tpr_at
from scripts.picture.rates import source_rates
from scripts.picture.tables import evaluation, real_by
from scripts.picture.video import Clip, judge_videos, load_clips

ROOT = Path(__file__).resolve().parents[2]
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
        drawn: Whether drawings by people are learnt from; they are scored in any case.
        views: Views trained on.
        members: Recipes whose heads are averaged; then only the name of this one counts, and what
            the members have in common.
    """

    name: str
    features: tuple[str, ...] = ("class_tokens",)
    blocks: tuple[int, ...] = tuple(range(1, BLOCKS + 1))
    method: str = "logistic"
    penalty: float = 1.0
    drawn: bool = False
    views: tuple[str, ...] = CONDITIONS
    members: tuple[Recipe, ...] = ()


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
    drawn: np.ndarray

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


def load(corpus: Path, drawings: Path, cache: Path, views: Sequence[str], threads: int) -> Data:
    """All pictures: of the corpus, then drawings by people (`human_art.py`)."""
    folders = (corpus / "images", drawings / "images")
    parts = [read_manifest(images) for images in folders]
    stored: Views = {}
    for view in views:
        both = [
            load_view(view, items, images, NETWORK, cache, threads)
            for items, images in zip(parts, folders, strict=True)
        ]
        depth = min(part["class_tokens"].shape[1] for part in both)
        stored[view] = {
            name: np.concatenate(
                [p[name][:, :depth] if p[name].ndim > 2 else p[name] for p in both]
            )
            for name in OUTPUTS
            if all(name in part for part in both)
        }
    items = [
        replace(item, path=str(images / item.path))
        for part, images in zip(parts, folders, strict=True)
        for item in part
    ]
    positive = np.array([item.label == "ai" for item in items])
    drawn = np.arange(len(items)) >= len(parts[0])
    rendered = np.array([item.label == "cgi" for item in items])
    groups, folds = np.zeros((2, len(items)), int)
    for part in (~drawn & ~rendered, drawn, rendered):
        inside = groups_of([item for item, k in zip(items, part, strict=True) if k])
        groups[part] = inside + groups.max() + 1
        folds[part] = folds_of(inside, positive[part])
    return Data(
        items,
        stored,
        positive,
        groups,
        folds,
        source_weights([item.source for item in items], positive),
        np.array([item.face for item in items]),
        drawn,
    )


def select(data: Data, keep: np.ndarray) -> Data:
    """Some of the pictures."""
    return replace(
        data,
        items=[item for item, inside in zip(data.items, keep, strict=True) if inside],
        views={v: {k: a[keep] for k, a in parts.items()} for v, parts in data.views.items()},
        positive=data.positive[keep],
        groups=data.groups[keep],
        folds=data.folds[keep],
        weights=source_weights(
            [item.source for item, k in zip(data.items, keep, strict=True) if k],
            data.positive[keep],
        ),
        faces=data.faces[keep],
        drawn=data.drawn[keep],
    )


def train(data: Data, recipe: Recipe, keep: np.ndarray) -> Linear:
    """One linear head over the chosen features of the chosen pictures, all views of each."""
    if not recipe.drawn:
        keep = keep & ~data.drawn
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


def mean_head(heads: Sequence[Linear]) -> Linear:
    """The head whose score is the mean of theirs."""
    weight = np.mean([head.weight for head in heads], axis=0).astype(np.float32)
    return Linear(weight, float(np.mean([head.bias for head in heads])))


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
    if recipe.members:
        parts = [fold_heads(data, member, keep, cache) for member in recipe.members]
        return [mean_head(heads) for heads in zip(*parts, strict=True)]
    stored = cache / f"heads-{digest_of(data, recipe)}.npz" if cache else None
    if stored and stored.is_file():
        with np.load(stored) as arrays:
            return [Linear(w, float(b)) for w, b in zip(arrays["w"], arrays["b"], strict=True)]
    heads = [train(data, recipe, keep(data.folds != fold)) for fold in range(FOLDS)]
    if stored:
        np.savez(stored, w=np.stack([h.weight for h in heads]), b=[h.bias for h in heads])
    return heads


def whole_head(data: Data, recipe: Recipe, cache: Path) -> Linear:
    """The head that has seen every picture, from the cache if there."""
    if recipe.members:
        return mean_head([whole_head(data, member, cache) for member in recipe.members])
    stored = cache / f"whole-{digest_of(data, recipe)}.npz"
    if not stored.is_file():
        head = train(data, recipe, np.ones(len(data.items), bool))
        np.savez(stored, w=head.weight, b=head.bias)
    with np.load(stored) as arrays:
        return Linear(arrays["w"], float(arrays["b"]))


def digest_of(data: Data, recipe: Recipe) -> str:
    """Names what a recipe makes of these pictures and folds."""
    places = zip(data.items, data.folds, strict=True)
    lines = (f"{item.path} {fold}" for item, fold in places)
    return hashlib.sha256("\n".join((str(recipe), *lines)).encode()).hexdigest()[:12]


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
CORPUS_ALONE = Recipe("no drawings learnt", BOTH, MIDDLE, "both", views=TRAINING)
WITH_DRAWINGS = replace(CORPUS_ALONE, name="drawings learnt", drawn=True)
SHIPPED = replace(CORPUS_ALONE, name="vision-v2", members=(CORPUS_ALONE, WITH_DRAWINGS))


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
        CORPUS_ALONE,
    ]
    return [replace(recipe, views=STILL) for recipe in recipes]


def compare(data: Data, recipes: Sequence[Recipe]) -> None:
    """Prints the table of candidates."""
    print(table(("head", *STILL, *SUMMARY), []), end="")
    for recipe in recipes:
        row = [recipe.name, *summary(data, left_out(data, recipe, STILL))]
        print(table((), [row]).splitlines()[-1], flush=True)


def yardstick(data: Data, cache: Path) -> dict[str, dict[str, np.ndarray]]:
    """Left-out scores of the yardstick; nothing where the cache holds the middle blocks only."""
    if any(YARDSTICK.features[0] not in data.views[view] for view in STILL):
        return {}
    return {YARDSTICK.name: left_out(data, YARDSTICK, STILL, cache=cache)}


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


def drawings(
    data: Data, honest: HeldOut, shipped: dict[str, np.ndarray], alone: dict[str, np.ndarray]
) -> str:
    """Drawings by people called AI: by package, and with the head that learnt none."""
    items = [item for item, inside in zip(data.items, data.drawn, strict=True) if inside]
    rows = []
    for name, scores in ((SHIPPED.name, shipped), (CORPUS_ALONE.name, alone)):
        shares = []
        for values in scores.values():
            real = values[~data.positive & ~data.drawn]
            shares += [(values[data.drawn] > np.quantile(real, q)).mean() for q in (0.99, 0.95)]
        rows.append([name, *shares])
    header = ["head", *(f"{c}, {p} % of photographs" for c in shipped for p in (1, 5))]
    no = np.zeros(len(items), bool)
    return (
        table(header, rows)
        + "\n"
        + real_by([item.source for item in items], honest.llr, honest.points, no, "package")
    )


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
    parser.add_argument("--drawings", type=Path, required=True, help="made by human_art.py")
    parser.add_argument("--cache", type=Path, required=True, help="features; outside the checkout")
    parser.add_argument("--out", type=Path, default=ROOT / "weights" / "vision-v2")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compare", action="store_true", help="print the candidates and stop")
    parser.add_argument("--curve", action="store_true", help="write the learning curve and stop")
    arguments = parser.parse_args()
    views = STILL if arguments.compare or arguments.curve else CONDITIONS
    whole = load(arguments.corpus, arguments.drawings, arguments.cache, views, arguments.threads)
    neutral = np.array([item.label == "cgi" for item in whole.items])
    rendered, everything = select(whole, neutral), select(whole, ~neutral)
    data = select(everything, ~everything.drawn)
    if arguments.compare:
        compare(data, candidates())
        return
    if arguments.curve:
        still = replace(CORPUS_ALONE, method="within sources", views=STILL)

        def scored(keep: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
            return left_out(data, still, ("web",), keep)["web"]

        arguments.out.mkdir(parents=True, exist_ok=True)
        points = curve(scored, data.groups, data.positive, data.faces)
        write_curve(points, arguments.out / CURVE)
        return

    def of_corpus(scores: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {condition: values[~everything.drawn] for condition, values in scores.items()}

    known = left_out(everything, SHIPPED, cache=arguments.cache)
    scores = of_corpus(known)
    scaling = platt(scores, data.positive, data.weights, data.groups)
    llr = {condition: scaling(raw) for condition, raw in known.items()}
    points = operating_points(of_corpus(llr), data.positive, data.weights, data.faces)
    honest = calibrate_left_out(
        known,
        everything.positive,
        everything.weights,
        everything.groups,
        everything.faces,
        everything.folds,
        everything.drawn,
    )
    honest, of_people = honest.among(~everything.drawn), honest.among(everything.drawn)
    head = whole_head(everything, SHIPPED, arguments.cache)
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
            "method": "mean of two heads, without and with drawings by people among the real "
            "pictures, each: logistic head on class tokens + share * discriminant analysis with "
            "the covariance within sources on all features",
            "logistic_penalty": LOGISTIC_PENALTY,
            "share": SHARE,
            "components": COMPONENTS,
            "covariance_penalty": PENALTY,
            "seed": SEED,
        },
    )
    cache = arguments.cache
    heads = {
        SHIPPED.name: scores,
        CORPUS_ALONE.name: of_corpus(alone := left_out(everything, CORPUS_ALONE, cache=cache)),
        PREVIOUS.name: of_corpus(left_out(everything, PREVIOUS, cache=cache)),
        **yardstick(data, cache),
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
        drawings(everything, of_people, known, alone),
        video_text,
        read_curve(arguments.out / CURVE),
    )
    (arguments.out / "evaluation.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
