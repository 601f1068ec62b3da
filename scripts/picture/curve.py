"""The learning curve: how much of the sources a head is trained on against how well it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from scripts.picture.protocol import auc, table, tpr_at

SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)
DRAWS = 2

Score = Callable[[Callable[[np.ndarray], np.ndarray]], np.ndarray]
"""Left-out scores of heads trained on what is kept of the rows that they may see."""


@dataclass(frozen=True, slots=True)
class Point:
    """One run: share of groups, number of the draw, and what came of it under web."""

    share: float
    draw: int
    auc: float
    faces: float
    tpr_1: float
    tpr_5: float


def some_groups(
    groups: np.ndarray, positive: np.ndarray, share: float, draw: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Keeps a share of the groups of each class among the rows that a head may be trained on."""

    def keep(rows: np.ndarray) -> np.ndarray:
        random = np.random.default_rng([draw, round(1000 * share), int(rows.sum())])
        chosen: list[int] = []
        for side in (positive, ~positive):
            known = np.unique(groups[rows & side])
            chosen += random.permutation(known)[: max(1, round(len(known) * share))].tolist()
        return rows & np.isin(groups, chosen)

    return keep


def curve(
    score: Score, groups: np.ndarray, positive: np.ndarray, faces: np.ndarray
) -> Iterator[Point]:
    """Runs the protocol with fewer sources, then with all of them."""

    def judged(share: float, draw: int) -> Point:
        values = score(some_groups(groups, positive, share, draw))
        return Point(
            share,
            draw,
            auc(values, positive),
            auc(values[faces], positive[faces]),
            tpr_at(values, positive, 0.01),
            tpr_at(values, positive, 0.05),
        )

    for share in SHARES:
        for draw in range(DRAWS if share < 1 else 1):
            yield judged(share, draw)


def write_curve(points: Iterable[Point], path: Path) -> None:
    """Writes the points as they come, with tabs between the columns."""
    with path.open("w", encoding="utf-8") as file:
        print(*(field.name for field in fields(Point)), sep="\t", file=file)
        for point in points:
            numbers = (f"{value:.4f}" for value in astuple(point)[2:])
            print(f"{point.share:g}", point.draw, *numbers, sep="\t", file=file, flush=True)


def read_curve(path: Path) -> str:
    """Means over the draws and their range as a table; empty when the curve was not run."""
    if not path.is_file():
        return ""
    _, *lines = path.read_text(encoding="utf-8").splitlines()
    points = [Point(float(a), int(b), *map(float, rest)) for a, b, *rest in map(str.split, lines)]
    rows = []
    for share in dict.fromkeys(point.share for point in points):
        runs = [point for point in points if point.share == share]
        areas = [run.auc for run in runs]
        rows.append(
            (
                f"{share:g}",
                len(runs),
                float(np.mean(areas)),
                f"{min(areas):.3f} to {max(areas):.3f}",
                float(np.mean([run.faces for run in runs])),
                float(np.mean([run.tpr_1 for run in runs])),
                float(np.mean([run.tpr_5 for run in runs])),
            )
        )
    header = ("share of groups", "draws", "AUC", "range", "AUC faces", "TPR at 1 %", "TPR at 5 %")
    return table(header, rows)
