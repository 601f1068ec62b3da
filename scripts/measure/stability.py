"""What the delivery check takes back, on pictures of groups that the head never saw.

Draws a few pictures of every source, fits a head for each fold on the others (all deliveries), and
compares the decisions of the first score with those that outlive the check of
`detect.picture.stability`. Three further deliveries, which the check does not use, say how often
a decision would have been the same on a copy.

    OMP_NUM_THREADS=1 python -m scripts.measure.stability --corpus ../shared/corpus --out /tmp/s.npz

Class tokens are kept in `--out`, so that another rule or head can be tried in seconds.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from detect.evaluate.recipes.linear import fit_linear
from detect.models.manifest import load_manifest
from detect.picture.clip import centre_square, normalise
from detect.picture.stability import DELIVERIES, deliver
from scripts.picture.features import Item, open_backbone, read_manifest
from scripts.picture.protocol import folds_of, groups_of, source_weights

BLOCKS = slice(5, 10)
PENALTY = 0.2
UNSEEN = ("jpeg-30", "half", "mirror")
POINTS = ((0.01, 0.05), (0.02, 0.05), (0.05, 0.10), (0.10, 0.03))
"""Shares of real pictures above the positive threshold, of AI pictures below the negative one."""


def views(pixels: np.ndarray) -> list[np.ndarray]:
    """The picture, its deliveries, and the three that the check does not know."""
    from scripts.picture.delivery import recompress

    picture = Image.fromarray(pixels)
    half = picture.resize(
        (max(1, picture.width // 2), max(1, picture.height // 2)), Image.Resampling.BILINEAR
    )
    further = [np.asarray(recompress(picture, "JPEG", 30)), np.asarray(half), pixels[:, ::-1]]
    return [pixels, *(deliver(pixels, name) for name in DELIVERIES), *further]


def tokens_of(items: list[Item], images: Path) -> np.ndarray:
    """Class tokens, shape (pictures, views, 12, 768)."""
    network = load_manifest()["clip-vit-b16"]
    session = open_backbone(network.root / network.files["network"].path, 1)
    rows = []
    for number, item in enumerate(items, start=1):
        with Image.open(images / item.path) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        inputs = [normalise(centre_square(view)) for view in views(pixels)]
        rows.append([session.run(["class_tokens"], {"pixel_values": one})[0][0] for one in inputs])
        if number % 50 == 0:
            print(f"{number} of {len(items)}", flush=True)
    return np.asarray(rows, np.float32)


def left_out_scores(features: np.ndarray, items: list[Item], positive: np.ndarray) -> np.ndarray:
    """Scores by heads that saw nothing of the picture's group, shape (pictures, views)."""
    folds = folds_of(groups_of(items), positive)
    weights = source_weights([item.source for item in items], positive)
    count = features.shape[1]
    scores = np.zeros(features.shape[:2])
    for fold in np.unique(folds):
        train = folds != fold
        head = fit_linear(
            features[train].reshape(-1, features.shape[2]),
            np.repeat(positive[train], count),
            np.repeat(weights[train], count),
            PENALTY,
        )
        for view in range(count):
            scores[~train, view] = head(features[~train, view])
    return scores


def report(scores: np.ndarray, positive: np.ndarray) -> None:
    """Prints the Markdown table of the model card."""
    first = scores[:, 0]
    copies = scores[:, 1 : 1 + len(DELIVERIES)]
    mean = scores[:, : 1 + len(DELIVERIES)].mean(axis=1)
    print(
        "| real above, AI below | | " + " | ".join(("TP", "FP", "TN", "FN")) + " | same on a copy |"
    )
    print("| --- " * 7 + "|")
    for above, below in POINTS:
        high = np.quantile(first[~positive], 1 - above, method="higher")
        low = -np.quantile(-first[positive], 1 - below, method="higher")

        def decide(values: np.ndarray) -> np.ndarray:
            return np.where(values >= high, 1, np.where(values <= low, -1, 0))  # noqa: B023

        said = decide(first)
        opposed = (decide(copies) == -said[:, None]).any(axis=1) & (said != 0)
        kept = np.where((decide(mean) == said) & ~opposed, said, 0)
        for name, out in (("first score", said), ("outlives the check", kept)):
            counts = [
                int(((out == v) & m).sum())
                for v, m in ((1, positive), (1, ~positive), (-1, ~positive), (-1, positive))
            ]
            decided = out != 0
            same = np.mean(
                [(decide(scores[decided, -n]) == out[decided]).mean() for n in (1, 2, 3)]
            )
            cells = " | ".join(map(str, counts))
            print(f"| {above:.0%}, {below:.0%} | {name} | {cells} | {same:.0%} |")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--each", type=int, default=5, help="pictures of each source")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    random = np.random.default_rng(7)
    by_source: dict[tuple[str, str], list[Item]] = {}
    for item in read_manifest(arguments.corpus / "images"):
        if item.label in ("real", "ai"):
            by_source.setdefault((item.label, item.source), []).append(item)
    items = [
        group[place]
        for _, group in sorted(by_source.items())
        for place in random.permutation(len(group))[: arguments.each]
    ]
    if arguments.out.is_file():
        tokens = np.load(arguments.out)["tokens"]
    else:
        tokens = tokens_of(items, arguments.corpus / "images")
        np.savez(arguments.out, tokens=tokens)
    positive = np.array([item.label == "ai" for item in items])
    features = tokens[:, :, BLOCKS].reshape(*tokens.shape[:2], -1)
    print(f"{positive.sum()} AI and {(~positive).sum()} real pictures, {len(by_source)} sources")
    report(left_out_scores(features, items, positive), positive)


if __name__ == "__main__":
    main()
