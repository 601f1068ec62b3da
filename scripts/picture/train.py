r"""Trains, judges and calibrates the picture classifier, and writes what ships with it.

    python -m scripts.collecting.rebuild SNAPSHOTS PICTURES
    python -m scripts.collecting.human_art PACKAGES DRAWINGS
    python -m scripts.picture.views --cache CACHE ../shared/corpus PICTURES DRAWINGS
    OMP_NUM_THREADS=1 python -m scripts.picture.train --cache CACHE

The list of pictures is `sources.tsv`. With one thread, the same pictures and the same versions of
onnxruntime, Pillow and NumPy it gives the same heads. Afterwards, in `scripts.picture`:
`train_depiction`, `video` (measures the head of videos) and `content` (accounts).
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from detect.evaluate.recipes.linear import Linear
from detect.models.manifest import load_manifest
from detect.picture.clip import MEAN, SIZE, STD
from detect.picture.face_view import LEAST, MARGIN
from scripts.collecting.collection import SOURCES
from scripts.picture.decisions import (
    CAP,
    SHARE,
    Answers,
    Plane,
    fit_plane,
    limits,
    nested,
    thresholds,
)
from scripts.picture.left_out import (
    BLOCKS,
    COMPONENTS,
    FOLDS,
    HELD_OUT,
    LOGISTIC_PENALTY,
    PENALTY,
    Data,
    Space,
    added,
    fold_heads,
    load,
    logistic_heads,
    scores_of,
)
from scripts.picture.rates import source_rates
from scripts.picture.tables import evaluation, is_gan
from scripts.picture.views import SEED, WIDTH

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "weights" / "vision-v3"
WHOLE = ("web", "del0", "small", "hard", "clean")
FACE = ("wface", "dface0")
"""Views that the two heads learn from; the cache may hold them for some pictures only."""
CONDITIONS = {
    "web": ("web", "wface"),
    "delivered": ("del0", "dface0"),
    "small": ("small", None),
    "hard": ("hard", None),
}
"""Conditions that are judged: view of the whole picture, view of the face. `small` and `hard` are
judged without the face, as if none had been found."""
GAN_PENALTY, SMALL_CLIP = 4.0, 2.0
FEATURES = ("class_tokens", "patch_means")
PREPROCESSING = {
    "crop": "centre square",
    "size": SIZE,
    "filter": "bicubic",
    "mean": MEAN,
    "std": STD,
}


class Scores(NamedTuple):
    """Raw scores of pictures, NaN where there is none, shape (n,) each."""

    whole: np.ndarray
    face: np.ndarray
    gan: np.ndarray


def gans(data: Data) -> np.ndarray:
    """Which pictures come from a face GAN, as far as is known."""
    named = [is_gan(p.generator, p.source, p.kind) for p in data.pictures]
    return np.array(named) & (data.label == "ai")


def two_heads(data: Data) -> tuple[dict[str, dict[int, Linear]], dict[str, Space]]:
    """Heads of the whole picture and of the face by fold, on reduced features.

    Each is a discriminant within sources plus a logistic head. Pictures that people drew or
    rendered count half among the real ones. The experts tell face GANs from photographs
    with a face.
    """
    real, ai = data.label == "real", data.label == "ai"
    human = np.isin(data.label, ("drawn", "cgi"))
    gan = gans(data)
    heads, spaces = {}, {}
    for name, views in (("whole", WHOLE), ("face", FACE)):
        space = spaces[name] = Space(data, views)
        photographs = space.sums(real)
        within = fold_heads((photographs, photographs + space.sums(human)), space.sums(ai))
        heft = np.where(ai | real, 1.0, np.where(human, 0.5, 0.0))
        heads[name] = added(space, within, logistic_heads(space, ai, heft))
        faced = space.sums(real & data.face)
        heads[f"gan {name}"] = fold_heads((faced,), space.sums(gan), GAN_PENALTY)
    return heads, spaces


def scored(
    data: Data, heads: Mapping[str, Mapping[int, Linear]], spaces: Mapping[str, Space]
) -> dict[str, Scores]:
    """By condition, raw scores, NaN where there is none."""
    found = {}
    for condition, (view, face_view) in CONDITIONS.items():
        whole = scores_of(spaces["whole"], heads["whole"], view)
        face, gan = np.full((2, len(whole)), np.nan)
        if face_view:
            face = scores_of(spaces["face"], heads["face"], face_view)
            gan = scores_of(spaces["whole"], heads["gan whole"], view)
            gan += scores_of(spaces["face"], heads["gan face"], face_view)
            # A face that was not seen under this condition says nothing about faces.
            whole[data.face & np.isnan(face)] = np.nan
            face[np.isnan(whole)] = np.nan
        found[condition] = Scores(whole, face, gan)
    return found


def answers_of(data: Data, scores: Mapping[str, Scores]) -> Answers:
    """All conditions of photographs by people and of AI pictures, one under the other."""
    ai = data.label == "ai"
    judged = ai | (data.label == "real")
    kinds = np.array([picture.kind for picture in data.pictures])
    # Held-out groups are dealt to the folds, too: for lines and thresholds only.
    folds = np.where(data.held_out, data.group % FOLDS, data.fold)
    gan, parts = gans(data), []
    for one in scores.values():
        rows = judged & ~np.isnan(one.whole)
        weight = data.weights(rows, ai)
        columns = (*one, ai, gan, weight, folds, kinds)
        parts.append([column[rows] for column in columns])
    return Answers(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def write_json(path: Path, content: object) -> None:
    """Writes a small JSON file, readable."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def sums_of(parts: Mapping[str, np.ndarray], bias: float, name: str) -> tuple[list, list]:
    """Nodes and constants of a linear head: summaries [1, blocks, 2, 768] by name -> [1]."""
    nodes, constants, sums = [], [], []
    for view, flat in parts.items():
        weight = flat.reshape(1, len(BLOCKS), len(FEATURES), WIDTH).astype(np.float32)
        own = f"{name}/{view}"
        nodes.append(helper.make_node("Mul", [view, f"{own}/weight"], [f"{own}/weighed"]))
        nodes.append(
            helper.make_node("ReduceSum", [f"{own}/weighed", "axes"], [f"{own}/sum"], keepdims=0)
        )
        constants.append(numpy_helper.from_array(weight, f"{own}/weight"))
        sums.append(f"{own}/sum")
    constants.append(numpy_helper.from_array(np.array([bias], np.float32), f"{name}/bias"))
    nodes.append(helper.make_node("Sum", [*sums, f"{name}/bias"], [name]))
    return nodes, constants


def write_network(nodes: list, constants: list, inputs: Sequence[str], path: Path) -> None:
    """A network from named summaries to `score` [1]."""
    constants.append(numpy_helper.from_array(np.array([1, 2, 3], np.int64), "axes"))
    shape = (1, len(BLOCKS), len(FEATURES), WIDTH)
    graph = helper.make_graph(
        nodes,
        "vision-v3",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in inputs],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [1])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def write_heads(
    heads: Mapping[str, Mapping[int, Linear]],
    spaces: Mapping[str, Space],
    plane: Plane,
    out: Path,
) -> None:
    """The heads that saw every `train` group, calibration folded in: their scores are llr."""
    whole, face = (spaces[n].basis.unfold(heads[n][HELD_OUT]) for n in ("whole", "face"))
    experts = [spaces[n].basis.unfold(heads[f"gan {n}"][HELD_OUT]) for n in ("whole", "face")]
    slope, intercept = plane.line
    nodes, constants = sums_of(
        {"summaries": whole.weight * slope}, whole.bias * slope + intercept, "score"
    )
    write_network(nodes, constants, ("summaries",), out / "head.onnx")
    a, b, c = plane.plane
    nodes, constants = sums_of(
        {"summaries": whole.weight * a, "face": face.weight * b},
        whole.bias * a + face.bias * b + c,
        "other",
    )
    slope, intercept = plane.expert
    more_nodes, more = sums_of(
        {"summaries": experts[0].weight * slope, "face": experts[1].weight * slope},
        (experts[0].bias + experts[1].bias) * slope + intercept,
        "gan",
    )
    far = {"other": 25.0, "gan": CAP}
    for name, share in (("other", 1 - SHARE), ("gan", SHARE)):
        for sign, value in (("low", -far[name]), ("high", far[name])):
            more.append(numpy_helper.from_array(np.array(value, np.float32), f"{name}/{sign}"))
        more.append(numpy_helper.from_array(np.array([share], np.float32), f"{name}/share"))
        more_nodes += [
            helper.make_node("Clip", [name, f"{name}/low", f"{name}/high"], [f"{name}/near"]),
            helper.make_node("Exp", [f"{name}/near"], [f"{name}/odds"]),
            helper.make_node("Mul", [f"{name}/odds", f"{name}/share"], [f"{name}/part"]),
        ]
    for place, value in enumerate(plane.last):
        more.append(numpy_helper.from_array(np.array([value], np.float32), f"last/{place}"))
    more_nodes += [
        helper.make_node("Sum", ["other/part", "gan/part"], ["odds"]),
        helper.make_node("Log", ["odds"], ["mixed"]),
        helper.make_node("Mul", ["mixed", "last/0"], ["scaled"]),
        helper.make_node("Add", ["scaled", "last/1"], ["score"]),
    ]
    write_network(nodes + more_nodes, constants + more, ("summaries", "face"), out / "face.onnx")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="features; outside the checkout")
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    data = load(arguments.cache)
    heads, spaces = two_heads(data)
    scores = scored(data, heads, spaces)
    answers = answers_of(data, scores)
    plane = fit_plane(answers)
    # Thresholds are those of the condition that pictures are met in; the others are reported.
    first = (
        np.arange(len(answers.ai))
        < (np.isin(data.label, ("real", "ai")) & ~np.isnan(scores["web"].whole)).sum()
    )
    points = thresholds(plane(answers.among(first)), answers.among(first))
    write_heads(heads, spaces, plane, out)

    ai, real = data.label == "ai", data.label == "real"
    count = {name: len(np.unique(data.group[side])) for name, side in (("real", real), ("ai", ai))}
    clip = limits(count["ai"], count["real"])
    honest, chosen = nested(answers, first)
    known = ~np.isnan(scores["web"].whole)
    web = answers.among(first)
    judged = known & (ai | real)
    calibration = {
        "method": "platt",
        "slope": 1.0,
        "intercept": 0.0,
        "clip": clip,
        "operating_points": points,
        "fitted_on": f"{int(judged.sum())} pictures scored by heads that saw nothing of their "
        f"owner ({FOLDS} folds, and groups kept out of every fit), as JPEG 60 and cropped, "
        "delivered "
        "and "
        "shrunk at random; weighted by source, classes balanced; the line is in the heads",
        "n_sources": count,
        "rates": source_rates(
            {"web": np.clip(honest[: len(web.ai)], *clip)},
            points,
            web.ai,
            [f"{p.source}" for p, inside in zip(data.pictures, judged, strict=True) if inside],
            "left-out answers under web, one row a source",
        ),
    }
    line = {key: calibration[key] for key in ("method", "slope", "intercept")}
    calibration["small"] = {
        **line,
        "clip": (-SMALL_CLIP, SMALL_CLIP),
        "operating_points": points,
        "fitted_on": "the line of all; clipped below the default's threshold, because small "
        "pictures are sharpened beyond what was measured",
    }
    stored = out / "calibration.json"
    if stored.is_file():
        # The head of videos is another one, which is not fitted here.
        old = json.loads(stored.read_text(encoding="utf-8"))
        calibration |= {key: old[key] for key in ("frame", "video") if key in old}
    write_json(stored, calibration)
    write_json(
        out / "config.json",
        {
            "backbone": "clip-vit-b16",
            "backbone_sha256": load_manifest()["clip-vit-b16"].files["network"].sha256,
            "preprocessing": PREPROCESSING,
            "face": {"least": LEAST, "margin": MARGIN},
            "blocks": BLOCKS,
            "features": FEATURES,
            "views": {"whole": WHOLE, "face": FACE},
            "method": "discriminants with the covariance within sources plus logistic heads, both "
            "with pictures drawn or rendered by people at half weight among the real ones; a line "
            "(no face) or a plane (face) on their left-out scores",
            "components": COMPONENTS,
            "covariance_penalty": PENALTY,
            "logistic_penalty": LOGISTIC_PENALTY,
            "plane": {field.name: getattr(plane, field.name) for field in fields(plane)},
            "face GANs": {"share": SHARE, "cap": CAP, "covariance_penalty": GAN_PENALTY},
            "seed": SEED,
            "sources_sha256": hashlib.sha256(SOURCES.read_bytes()).hexdigest(),
        },
    )
    np.savez(
        arguments.cache / "vision-answers.npz",
        key=np.array(data.keys),
        llr=np.where(known, plane(_web(data, scores)), np.nan),
    )
    text = evaluation(data, scores, answers, honest, chosen, plane, points)
    (out / "evaluation.md").write_text(text, encoding="utf-8")
    print(text)


def _web(data: Data, scores: Mapping[str, Scores]) -> Answers:
    """Every picture under web, drawn and rendered ones too."""
    nothing = np.zeros(len(data.pictures))
    kinds = np.array([picture.kind for picture in data.pictures])
    return Answers(*scores["web"], data.label == "ai", gans(data), nothing, data.fold, kinds)


if __name__ == "__main__":
    main()
