r"""Can the class tokens tell the family of a generator? Against the majority guess, left out.

    OMP_NUM_THREADS=1 python -m scripts.measure.families --corpus ../shared/corpus \
        --cache /tmp/vision-cache

Families are in `generator_families.tsv`, from what their makers published; what is not published,
or is none of the three, stays `unknown` and is not judged. A picture is judged by heads that saw
nothing of its repository and nothing of its generator.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scripts.picture.features import load_view, read_manifest
from scripts.picture.linear import fit
from scripts.picture.protocol import groups_of, table

NETWORK = Path(__file__).resolve().parents[2] / "weights" / "clip-vit-b16" / "clip-vit-b16.onnx"

FAMILIES = ("diffusion", "gan", "autoregressive")
BLOCK, PENALTY = 9, 0.05
KEPT = (1.0, 0.5, 0.25)
"""Shares of the pictures that get an answer, surest first; the rest abstain."""


def family_of(generators: Sequence[str]) -> np.ndarray:
    """The family of each generator; the longest line of the table that fits decides."""
    path = Path(__file__).resolve().with_name("generator_families.tsv")
    with open(path, encoding="utf-8", newline="") as file:
        known = {row["generator"]: row["family"] for row in csv.DictReader(file, delimiter="\t")}

    def one(name: str) -> str:
        fits = [k for k in known if k == name or (k.endswith("*") and name.startswith(k[:-1]))]
        return known[max(fits, key=len)]

    return np.array([one(name) for name in generators])


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    images = arguments.corpus / "images"
    items = read_manifest(images)
    stored = load_view("web", items, images, NETWORK, arguments.cache, arguments.threads)
    families = np.full(len(items), "unknown", dtype="<U14")
    made = np.array([item.label == "ai" for item in items])
    families[made] = family_of([item.generator for item in items if item.label == "ai"])
    judged = families != "unknown"
    groups = groups_of(items)[judged]
    tokens, families = stored["class_tokens"][judged][:, BLOCK - 1], families[judged]
    chosen = [item for item, kept in zip(items, judged, strict=True) if kept]
    generators = np.array([item.generator for item in chosen])
    sources = np.array([item.source for item in chosen])

    odds = np.full((len(families), len(FAMILIES)), -20.0)
    majority = np.empty(len(families), dtype="<U14")
    for group in np.unique(groups):
        test = groups == group
        taught = ~test & ~np.isin(generators, generators[test])
        names, counts = np.unique(families[taught], return_counts=True)
        majority[test] = names[counts.argmax()]
        rare = np.array([(sources[taught] == s).sum() ** -0.5 for s in sources[taught]])
        for place, family in enumerate(FAMILIES):
            positive = families[taught] == family
            if not positive.any():
                continue
            weights = rare.copy()
            for side in (positive, ~positive):
                weights[side] *= 0.5 / weights[side].sum()
            odds[test, place] = fit(tokens[taught], positive, weights, PENALTY)(tokens[test])
    said = np.array(FAMILIES)[odds.argmax(axis=1)]
    ranked = np.sort(odds, axis=1)
    margin = ranked[:, -1] - ranked[:, -2]
    rows = []
    for share in KEPT:
        kept = margin >= np.quantile(margin, 1 - share)
        present = [f for f in FAMILIES if (kept & (families == f)).any()]
        recalls = [float((said == f)[kept & (families == f)].mean()) for f in present]
        rows.append(
            (
                f"{share:.0%}",
                int(kept.sum()),
                float((said == families)[kept].mean()),
                float((majority == families)[kept].mean()),
                float(np.mean(recalls)),
                1 / len(present),
            )
        )
    header = ("answered", "pictures", "right", "majority guess right", "balanced", "guess")
    print(table(header, rows))
    rows = []
    for family in FAMILIES:
        part = families == family
        answers = [int((said[part] == other).sum()) for other in FAMILIES]
        counts = len(set(generators[part])), len(set(sources[part]))
        rows.append((family, int(part.sum()), *counts, *answers))
    said_as = tuple(f"said {family}" for family in FAMILIES)
    print(table(("family", "pictures", "generators", "sources", *said_as), rows))


if __name__ == "__main__":
    main()
