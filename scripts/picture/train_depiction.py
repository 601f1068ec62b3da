r"""Trains, judges and calibrates the depiction heads: photographic, drawn, rendered, rendered head.

    OMP_NUM_THREADS=1 python -m scripts.picture.train_depiction --cache CACHE

Pictures, looks and features are those of `scripts.picture.train`. Looks were labelled by eye, or
follow from the source (a game's screenshots, an engine's gallery).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from detect.evaluate.recipes.linear import Linear, fit_linear
from detect.models.manifest import load_manifest
from detect.picture.depiction import KINDS
from scripts.picture.decisions import limits
from scripts.picture.left_out import (
    BLOCKS,
    COMPONENTS,
    HELD_OUT,
    Data,
    Space,
    fold_heads,
    load,
    scores_of,
)
from scripts.picture.protocol import auc, table, threshold_at
from scripts.picture.train import FACE, FEATURES, PREPROCESSING, ROOT, WHOLE, write_json
from scripts.picture.views import SEED, WIDTH

OUT = ROOT / "weights" / "depiction-v2"
PENALTY = 2.0
FALSE_ALARM, MISSED = {"drawn": 0.005, "rendered": 0.002, "head": 0.002}, 0.03
"""Share of real photographs (by source) that each head may call its kind, and of its kind that it
may call photographic."""
VIEWS = {"drawn": ("web", "del0"), "rendered": ("web", "del0"), "head": ("wface", "dface0")}


@dataclass(frozen=True)
class Judge:
    """One head: by fold, left-out scores by view, and its calibration.

    Attributes:
        heads: By fold, on reduced features.
        llr: By view, NaN where it is not known, shape (n,); not clipped.
        line: Slope and intercept from raw score to llr.
        points: `clear`: `positive` and `negative`.
        clip: Lowest and highest llr.
        groups: Of photographic pictures, and of the kind.
    """

    heads: Mapping[int, Linear]
    llr: Mapping[str, np.ndarray]
    line: tuple[float, float]
    points: Mapping[str, float]
    clip: tuple[float, float]
    groups: tuple[int, int]

    def declare(self) -> dict[str, object]:
        """As the calibration file holds it."""
        return {
            "method": "platt",
            "slope": 1.0,
            "intercept": 0.0,
            "clip": self.clip,
            "operating_points": {"clear": self.points},
            "fitted_on": "pictures scored by heads that saw nothing of their owner, as JPEG 60 and "
            "cropped and delivered at random; weighted by source, classes balanced",
            "n_sources": {"photographic": self.groups[0], "kind": self.groups[1]},
        }


def looks(data: Data) -> dict[str, np.ndarray]:
    """Masks: `photo`, and what each head looks for."""
    rendered = np.isin(data.look, ("render", "photoreal-render"))
    return {
        "photo": (data.look == "photo") & np.isin(data.label, ("real", "ai")),
        "drawn": data.look == "drawn",
        "rendered": rendered,
        "head": rendered & (data.label == "cgi"),
    }


def judge(data: Data, space: Space, kind: str) -> Judge:
    """Fits and calibrates one head."""
    seen = looks(data)
    heads = fold_heads([space.sums(seen["photo"])], space.sums(seen[kind]), PENALTY)
    raw = {view: scores_of(space, heads, view) for view in VIEWS[kind]}
    rows = {v: (seen["photo"] | seen[kind]) & ~np.isnan(s) for v, s in raw.items()}
    truth = np.concatenate([seen[kind][keep] for keep in rows.values()])
    weight = np.concatenate([data.weights(keep, seen[kind])[keep] for keep in rows.values()])
    flat = np.concatenate([raw[view][keep] for view, keep in rows.items()]).astype(np.float32)
    fitted = fit_linear(flat[:, None], truth, weight, 1e-6)
    line = float(fitted.weight[0]), fitted.bias
    llr = {view: scores * line[0] + line[1] for view, scores in raw.items()}
    photographs = seen["photo"] & (data.label == "real")
    positive, negative = -np.inf, np.inf
    for values in llr.values():
        real, own = (side & ~np.isnan(values) for side in (photographs, seen[kind]))
        even = np.ones(len(values))
        for heft in (data.weights(real, data.label == "ai"), even):
            positive = max(positive, threshold_at(values[real], heft[real], FALSE_ALARM[kind]))
        negative = min(negative, -threshold_at(-values[own], even[own], MISSED))
    photo_groups, kind_groups = (
        len(np.unique(data.group[side])) for side in (seen["photo"], seen[kind])
    )
    clip = limits(photo_groups, kind_groups)
    # What the calibration cannot tell from certain stays reachable.
    positive = min(positive, clip[1] - 0.1)
    points = {
        "positive": round(positive, 4),
        "negative": round(max(min(negative, positive - 1e-3), clip[0] + 0.1), 4),
    }
    return Judge(heads, llr, line, points, clip, (photo_groups, kind_groups))


def called(data: Data, judges: Mapping[str, Judge], view: int) -> tuple[np.ndarray, np.ndarray]:
    """Whether the detector calls a picture drawn or rendered, and by which kinds, shape (n, 3)."""
    parts = []
    for kind in KINDS:
        judged = judges[kind]
        parts.append(
            np.nan_to_num(judged.llr[VIEWS[kind][view]], nan=-9.0) >= judged.points["positive"]
        )
    kinds = np.stack(parts, axis=1)
    return kinds.any(axis=1), kinds


def evaluation(data: Data, judges: Mapping[str, Judge]) -> str:
    """Every head by itself, then what the detector says."""
    seen, lines = looks(data), []
    for kind, judged in judges.items():
        for view, values in judged.llr.items():
            for name, side in (("by fold", ~data.held_out), ("held out", data.held_out)):
                rows = (seen["photo"] | seen[kind]) & side & ~np.isnan(values)
                real = rows & (data.label == "real") & seen["photo"]
                own = rows & seen[kind]
                if own.any() and real.any():
                    lines.append(
                        (
                            *(kind, view, name, int(own.sum()), len(np.unique(data.group[own]))),
                            auc(values[rows], seen[kind][rows]),
                            float((values[own] >= judged.points["positive"]).mean()),
                            float((values[real] >= judged.points["positive"]).mean()),
                        )
                    )
    header = ("head", "view", "groups", "n of the kind", "groups of it", "AUC")
    text = "# depiction-v2: evaluation\n\n## Heads\n\n"
    text += table((*header, "found", "real photographs called it"), lines)
    text += "\n## What the detector says\n\n"
    parts = {
        "real photographs": seen["photo"] & (data.label == "real"),
        "of them with a face": seen["photo"] & (data.label == "real") & data.face,
        "AI, photographic": seen["photo"] & (data.label == "ai"),
        "drawn by people": seen["drawn"] & (data.label == "drawn"),
        "drawn by AI": seen["drawn"] & (data.label == "ai"),
        "photoreal renders of people": (data.look == "photoreal-render") & data.face,
        "photoreal renders, no face": (data.look == "photoreal-render") & ~data.face,
        "other renders": (data.look == "render") & (data.label == "cgi"),
        "rendered by AI": (data.look == "render") & (data.label == "ai"),
        "mixed": data.look == "mixed",
    }
    lines = []
    for number, condition in enumerate(("web", "delivered")):
        anything, kinds = called(data, judges, number)
        known = ~np.isnan(judges["drawn"].llr[VIEWS["drawn"][number]])
        for name, side in parts.items():
            for groups, keep in (("by fold", ~data.held_out), ("held out", data.held_out)):
                rows = side & keep & known
                if rows.any():
                    lines.append(
                        (
                            *(condition, name, groups, int(rows.sum())),
                            len(np.unique(data.group[rows])),
                            float(anything[rows].mean()),
                            *(float(column[rows].mean()) for column in kinds.T),
                            float(kinds[rows][:, 1:].any(axis=1).mean()),
                        )
                    )
    header = ("condition", "pictures", "groups", "n", "owners", "called any", *KINDS)
    return text + table((*header, "render or rendered head"), lines)


def write(heads: Mapping[str, Linear], path: Path) -> None:
    """Linear heads as one network: `summaries` [1, blocks, 2, 768] -> a score [1] each."""
    shape = (1, len(BLOCKS), len(FEATURES), WIDTH)
    nodes, constants = [], [numpy_helper.from_array(np.array([1, 2, 3], np.int64), "axes")]
    for name, head in heads.items():
        constants.append(numpy_helper.from_array(head.weight.reshape(shape), f"{name}/weight"))
        constants.append(numpy_helper.from_array(np.array([head.bias], np.float32), f"{name}/bias"))
        nodes += [
            helper.make_node("Mul", ["summaries", f"{name}/weight"], [f"{name}/weighed"]),
            helper.make_node("ReduceSum", [f"{name}/weighed", "axes"], [f"{name}/sum"], keepdims=0),
            helper.make_node("Add", [f"{name}/sum", f"{name}/bias"], [name]),
        ]
    graph = helper.make_graph(
        nodes,
        "depiction-v2",
        [helper.make_tensor_value_info("summaries", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in heads],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="features; outside the checkout")
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    data = load(arguments.cache)
    whole, face = Space(data, WHOLE), Space(data, FACE)
    spaces = {"drawn": whole, "rendered": whole, "head": face}
    judges = {kind: judge(data, spaces[kind], kind) for kind in KINDS}
    shipped = {}
    for kind in KINDS:
        head, (slope, intercept) = judges[kind].heads[HELD_OUT], judges[kind].line
        whole_head = spaces[kind].basis.unfold(head)
        shipped[kind] = Linear(
            whole_head.weight * np.float32(slope), whole_head.bias * slope + intercept
        )
    write({kind: shipped[kind] for kind in ("drawn", "rendered")}, out / "head.onnx")
    write({"head": shipped["head"]}, out / "face.onnx")
    write_json(out / "calibration.json", {kind: judges[kind].declare() for kind in KINDS})
    write_json(
        out / "config.json",
        {
            "backbone": "clip-vit-b16",
            "backbone_sha256": load_manifest()["clip-vit-b16"].files["network"].sha256,
            "preprocessing": PREPROCESSING,
            "blocks": BLOCKS,
            "features": FEATURES,
            "views": {"whole": WHOLE, "face": FACE},
            "components": COMPONENTS,
            "covariance_penalty": PENALTY,
            "seed": SEED,
        },
    )
    anything, _ = called(data, judges, 0)
    np.savez(arguments.cache / "depiction-answers.npz", key=np.array(data.keys), drawn=anything)
    text = evaluation(data, judges)
    (out / "evaluation.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
