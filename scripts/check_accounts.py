"""Audits accounts from the corpus with a vision model that saw none of their sources.

    OMP_NUM_THREADS=1 python scripts/check_accounts.py --corpus ../shared/corpus \
        --cache /tmp/vision-cache --work /tmp/accounts

Trains that model (the recipe of `train_vision.py` on two views, minutes once features are cached),
calibrates it and counts its answers on left-out folds, builds the accounts (`make_accounts.py`),
audits each, and prints what came out against the truth.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
from make_accounts import FORMS, LEFT_OUT, accounts, write
from train_vision import ROOT, Recipe, left_out, load, train, write_head
from vision_calibration import calibrate_left_out, operating_points, platt
from vision_protocol import source_weights
from vision_rates import source_rates

import detect
from detect.detectors.vision import VisionDetector

VIEWS = ("clean", "web")
RECIPE = Recipe("held out", blocks=tuple(range(6, 11)), penalty=0.2, views=VIEWS)


def held_out_weights(corpus: Path, cache: Path, out: Path, threads: int) -> None:
    """A weights folder whose vision model saw no account's source, nor its repository."""
    data, _ = load(corpus, cache, VIEWS, threads)
    sources = [item.source for item in data.items]
    groups = {g for g, s in zip(data.groups, sources, strict=True) if s in LEFT_OUT}
    keep = np.array([g not in groups for g in data.groups])
    print(f"left out {int((~keep).sum())} pictures, {int(keep.sum())} remain")
    kept = type(data)(
        [item for item, inside in zip(data.items, keep, strict=True) if inside],
        {v: {k: a[keep] for k, a in stored.items()} for v, stored in data.views.items()},
        data.positive[keep],
        data.groups[keep],
        data.folds[keep],
        source_weights([s for s, k in zip(sources, keep, strict=True) if k], data.positive[keep]),
        data.faces[keep],
    )
    scores = left_out(kept, RECIPE, VIEWS)
    scaling = platt(scores, kept.positive, kept.weights, kept.groups)
    llr = {view: scaling(raw) for view, raw in scores.items()}
    points = operating_points(llr, kept.positive, kept.weights, kept.faces)
    honest = calibrate_left_out(
        scores, kept.positive, kept.weights, kept.groups, kept.faces, kept.folds
    )
    names = [item.source for item in kept.items]
    rates = source_rates(
        honest.llr,
        points,
        kept.positive,
        names,
        "left-out folds of the corpus without the sources of the accounts",
    )
    plain = {**scaling.declare(points), "fitted_on": "check", "rates": rates}
    plain["video"] = scaling.declare(points)
    head = train(kept, RECIPE, np.ones(len(kept.items), bool))
    _write(out, head, plain)


def _write(out: Path, head: object, calibration: dict[str, object]) -> None:
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(ROOT / "weights", out, copy_function=os.link if _same(out) else shutil.copy)
    folder = out / VisionDetector.id
    for name in ("head.onnx", "calibration.json"):
        (folder / name).unlink()
    write_head(head, RECIPE, folder / "head.onnx")  # type: ignore[arg-type]
    (folder / "calibration.json").write_text(json.dumps(calibration))
    manifest = (out / "manifest.toml").read_text()
    (out / "manifest.toml").unlink()
    for name in ("head.onnx", "calibration.json"):
        content = (folder / name).read_bytes()
        pattern = rf'(path = "{VisionDetector.id}/{name}"\nsha256 = ")[0-9a-f]+("\nsize = )\d+'
        digest = hashlib.sha256(content).hexdigest()
        manifest = re.sub(pattern, rf"\g<1>{digest}\g<2>{len(content)}", manifest)
    (out / "manifest.toml").write_text(manifest)


def _same(out: Path) -> bool:
    out.parent.mkdir(parents=True, exist_ok=True)
    return os.stat(out.parent).st_dev == os.stat(ROOT).st_dev


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
        held_out_weights(arguments.corpus, arguments.cache, weights, arguments.threads)
    settings = detect.load_settings(
        {"threads": arguments.threads, "operating_point": arguments.operating_point, "workers": 1}
    )
    inside = near = changes = total = false = 0
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
        )
        summary = result.summary()
        share = summary["estimate"]["share"]["share"]
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
        counts = summary["estimate"]["share"]["counts"]
        place = f"{change['position']} ({change['first']}-{change['last']})" if stated else "none"
        print(
            f"{account.name:32} true {truth:4.2f} estimate {share['value']:4.2f} "
            f"[{share['low']:4.2f}, {share['high']:4.2f}] {'ok ' if covered else 'OUT'} "
            f"answers {counts} change {place} of {account.turned if mixed else 'none'} "
            f"p {change['probability'] if change else 0:4.2f}",
            flush=True,
        )
    print(
        f"interval holds the truth: {inside} of {total}; change within 3 posts: {near} of "
        f"{changes}; change stated where there is none: {false} of {total - changes}"
    )


if __name__ == "__main__":
    main()
