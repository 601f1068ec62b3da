"""Deletion and insertion tests of the heat maps on corpus pictures.

Takes away the hottest quarter of the cells (where the score is below 0: the coldest), and as many
drawn at random; then keeps only those. What is taken away is filled with blur and noise, as the
maps do, and in a second pair of columns with plain grey, which they never saw. The map is worth
something where taking its cells away moves the score towards the other side further than taking
random ones, and keeping only them moves it less.

    OMP_NUM_THREADS=1 python -m scripts.measure.explanation --corpus ../shared/corpus --pictures 40

Prints the Markdown table of the model card.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from detect.models.manifest import load_manifest
from detect.picture.clip import centre_square
from detect.picture.explanation import CELLS, blend, explain, filled
from detect.picture.vision import VisionDetector
from scripts.picture.features import read_manifest

SHARE = 0.25
DRAWS = 2


def chosen(values: np.ndarray, count: int) -> np.ndarray:
    """The cells with the highest values."""
    mask = np.zeros(values.size, bool)
    mask[np.argsort(-values.ravel(), kind="stable")[:count]] = True
    return mask.reshape(values.shape)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random = np.random.default_rng(arguments.seed)
    images = arguments.corpus / "images"
    items = [item for item in read_manifest(images) if item.label in ("real", "ai")]
    sources = sorted({(item.label, item.source) for item in items})
    random.shuffle(sources)
    sides = {
        label: [s for s in sources if s[0] == label][: arguments.pictures // 2]
        for label in ("real", "ai")
    }
    detector = VisionDetector(load_manifest(), threads=1)
    count = round(SHARE * CELLS * CELLS)
    rows: dict[tuple[str, str], list[list[float]]] = {}
    for label, source in [pair for side in zip(*sides.values(), strict=False) for pair in side]:
        of_source = [item for item in items if (item.label, item.source) == (label, source)]
        item = of_source[random.integers(len(of_source))]
        with Image.open(images / item.path) as picture:
            square = centre_square(np.asarray(picture.convert("RGB")))
        filling = filled(square)
        grey = np.broadcast_to(np.uint8([122, 116, 104]), square.shape)
        draws = [chosen(random.random((CELLS, CELLS)), count) for _ in range(DRAWS)]
        whole = detector.score(square)
        sign = 1 if whole > 0 else -1

        known: dict[bytes, float] = {}

        def score(pixels: np.ndarray) -> float:
            key = pixels.tobytes()
            if key not in known:  # noqa: B023
                known[key] = detector.score(pixels)  # noqa: B023
            return known[key]  # noqa: B023

        def lost(mask: np.ndarray, fill: np.ndarray) -> float:
            return sign * (whole - score(blend(square, fill, mask)))  # noqa: B023

        removed = float(np.mean([lost(mask, filling) for mask in draws]))
        kept = float(np.mean([lost(~mask, filling) for mask in draws]))
        removed_grey = float(np.mean([lost(mask, grey) for mask in draws]))
        for name, fine in (("fine", True), ("quick", False)):
            heat = explain(square, lambda many: [score(one) for one in many], fine=fine)
            hot = chosen(sign * heat.values, count)
            row = [lost(hot, filling), removed, lost(~hot, filling), kept]
            row += [lost(hot, grey), removed_grey, whole]
            rows.setdefault((name, "+" if sign > 0 else "-"), []).append(row)
            print(name, item.path, f"{whole:+.2f}", [round(v, 2) for v in row], flush=True)
    print(
        "\n| map | pictures | score | hottest quarter away | random quarter away | hottest loses "
        "more in | only the hottest quarter kept | only a random quarter kept | grey: hottest away "
        "| grey: random away |"
    )
    print("| --- " * 10 + "|")
    for (name, _), values in sorted(rows.items()):
        table = np.array(values)
        more = float((table[:, 0] > table[:, 1]).mean())
        cells = [f"{value:+.2f}" for value in -table[:, :6].mean(axis=0)]
        size = float(table[:, 6].mean())
        print(
            f"| {name} | {len(table)} | {size:+.2f} | {cells[0]} | {cells[1]} | {more:.0%} | "
            f"{cells[2]} | {cells[3]} | {cells[4]} | {cells[5]} |"
        )


if __name__ == "__main__":
    main()
