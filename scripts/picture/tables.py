"""The tables of the vision card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from scripts.picture.calibration import HeldOut
from scripts.picture.features import CONDITIONS, Item
from scripts.picture.protocol import (
    auc,
    bootstrap_auc,
    calibration_error,
    category,
    rate,
    table,
    tpr_at,
)

Scores = Mapping[str, np.ndarray]
Points = Mapping[str, Mapping[str, np.ndarray]]
"""Thresholds for each picture, chosen on other folds."""


def discrimination(
    heads: Mapping[str, Scores], positive: np.ndarray, faces: np.ndarray, groups: np.ndarray
) -> str:
    """AUC with its interval over groups, faces apart, and recall at fixed false-positive rates."""
    rows = []
    for name, scores in heads.items():
        for condition, raw in scores.items():
            low, high = bootstrap_auc(raw, positive, groups)
            rows.append(
                (
                    name,
                    condition,
                    auc(raw, positive),
                    f"{low:.3f} to {high:.3f}",
                    auc(raw[faces], positive[faces]),
                    auc(raw[~faces], positive[~faces]),
                    tpr_at(raw, positive, 0.01),
                    tpr_at(raw, positive, 0.05),
                )
            )
    header = ("head", "condition", "AUC", "95 % interval", "AUC faces", "AUC no face")
    return table((*header, "TPR at 1 % FPR", "TPR at 5 % FPR"), rows)


def within(scores: Scores, items: Sequence[Item], positive: np.ndarray) -> str:
    """AUC among pictures of one stored shape or one original format."""
    square = np.array([item.width == item.height for item in items])
    formats = np.array([item.original[2] for item in items])
    parts = {"square": square, "not square": ~square}
    parts |= {name: formats == name for name in ("JPEG", "PNG", "WEBP")}
    rows = [
        (
            name,
            int((side & ~positive).sum()),
            int((side & positive).sum()),
            *(auc(scores[c][side], positive[side]) for c in CONDITIONS),
        )
        for name, side in parts.items()
    ]
    return table(("among", "real", "ai", *CONDITIONS), rows)


def paired(
    ours: Scores, theirs: Scores, positive: np.ndarray, groups: np.ndarray, rounds: int = 300
) -> str:
    """Differences to another head over the same draws of whole groups."""
    measures = {
        "AUC": auc,
        "TPR at 1 % FPR": lambda s, p: tpr_at(s, p, 0.01),
        "TPR at 5 % FPR": lambda s, p: tpr_at(s, p, 0.05),
    }
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    rows = []
    for condition in ("web", "delivered-0"):
        random = np.random.default_rng(0)
        for name, measure in measures.items():
            differences: list[float] = []
            while len(differences) < rounds:
                draw = random.integers(0, len(members), len(members))
                rows_drawn = np.concatenate([members[k] for k in draw])
                truth = positive[rows_drawn]
                if truth.any() and not truth.all():
                    one, other = (s[condition][rows_drawn] for s in (ours, theirs))
                    differences.append(measure(one, truth) - measure(other, truth))
            whole = measure(ours[condition], positive) - measure(theirs[condition], positive)
            low, high = np.percentile(differences, (2.5, 97.5))
            better = float(np.mean(np.array(differences) > 0))
            rows.append((condition, name, f"{whole:+.3f}", f"{low:+.3f} to {high:+.3f}", better))
    return table(
        ("condition", "measure", "difference", "95 % interval", "share of draws above 0"), rows
    )


def decisions(
    llr: Scores,
    points: Points,
    positive: np.ndarray,
    faces: np.ndarray,
    weights: np.ndarray,
) -> str:
    """What each operating point does to real and to AI pictures, weighted by source."""
    rows = []
    for name, point in points.items():
        for condition in CONDITIONS:
            values = llr[condition]
            called, cleared = values >= point["positive"], values <= point["negative"]

            def share(hit: np.ndarray, side: np.ndarray) -> float:
                return rate(hit[side], weights[side])

            rows.append(
                (
                    name,
                    condition,
                    share(called, ~positive),
                    share(called, ~positive & faces),
                    share(called, ~positive & ~faces),
                    share(called, positive),
                    share(cleared, ~positive),
                    share(cleared, positive),
                )
            )
    header = ("operating point", "condition", "real called AI", "real faces", "real, no face")
    return table((*header, "AI called AI", "real called real", "AI called real"), rows)


def real_by(
    keys: Sequence[str],
    llr: Scores,
    points: Points,
    positive: np.ndarray,
    what: str,
) -> str:
    """False positives by category or source, worst first (clean / web / hard)."""
    names = np.array(keys)
    rows = []
    for key in sorted(set(names[~positive])):
        side = (names == key) & ~positive

        def trio(point: str, side: np.ndarray = side) -> str:
            threshold = points[point]["positive"][side]
            return " / ".join(f"{(llr[c][side] >= threshold).mean():.3f}" for c in CONDITIONS)

        rows.append(
            (key, int(side.sum()), trio("low-false-alarm"), trio("balanced"), trio("high-recall"))
        )
    rows.sort(key=lambda row: row[3].split(" / ")[1], reverse=True)
    return table((what, "pictures", "low-false-alarm", "balanced", "high-recall"), rows)


def recall_by(
    keys: Sequence[str],
    llr: Scores,
    points: Points,
    positive: np.ndarray,
    what: str,
    at_least: int = 1,
) -> str:
    """AI pictures called AI, by source or generator, under web, least caught first."""
    names = np.array(keys)
    counts = Counter(names[positive])
    rows = []
    for key, count in counts.items():
        if count >= at_least:
            side = (names == key) & positive
            values = llr["web"][side]
            caught = (rate(values >= p["positive"][side]) for p in points.values())
            rows.append((key, count, *caught))
    rows.sort(key=lambda row: row[2])
    return table((what, "pictures", *points), rows)


def calibration(llr: Scores, positive: np.ndarray, weights: np.ndarray) -> str:
    """Expected calibration error at a prior of one half."""
    rows = [(c, calibration_error(llr[c], positive, weights)) for c in CONDITIONS]
    return table(("condition", "ECE"), rows)


def rendered(llr: Scores, items: Sequence[Item], points: Mapping[str, Mapping[str, float]]) -> str:
    """What rendered pictures, which are neither, get."""
    sources = np.array([item.source for item in items])
    rows = []
    for source in sorted(set(sources)):
        values = llr["web"][sources == source]
        called = rate(values >= points["low-false-alarm"]["positive"])
        rows.append((source, len(values), float(np.median(values)), called))
    return table(("source", "pictures", "median llr (web)", "called AI, low-false-alarm"), rows)


COMMAND = (
    "python -m scripts.picture.train --corpus ../shared/corpus --drawings /tmp/drawings "
    "--cache /tmp/vision-cache"
)


def evaluation(
    items: Sequence[Item],
    positive: np.ndarray,
    groups: np.ndarray,
    weights: np.ndarray,
    heads: Mapping[str, Scores],
    honest: HeldOut,
    points: Mapping[str, Mapping[str, float]],
    neither: tuple[Sequence[Item], Scores],
    drawings: str,
    video: str,
    curve: str,
) -> str:
    """Everything that was measured, as Markdown."""
    llr, left_out = honest.llr, honest.points
    shipped, previous = heads["vision-v2"], heads["recipe of vision-v1"]
    faces = np.array([item.face for item in items])
    kinds, sources = categories(items), [item.source for item in items]
    generators = [item.generator for item in items]
    parts = [
        "# What was measured\n",
        f"Written by `{COMMAND}`. Every picture is scored by a head that saw nothing of its "
        "source, its repository or its owner (10 folds of whole groups). Conditions: clean (as "
        "stored), web (longest side 768, JPEG 60), hard (longest side 512, JPEG 40), delivered-0 "
        "(a random square of 60 to 100 % of the short side, mirrored or not, then one to three of "
        "JPEG, WebP, AVIF, a frame of H.264 video, scaling, blur, noise, text, stickers, a "
        "screenshot).\n",
        "## Heads compared\n",
        discrimination(heads, positive, faces, groups),
        "`size and format` and `32-px thumbnail` see no texture: what they reach is a shortcut in "
        "the collection, and the share of our result that content alone could explain. The first "
        "reads the original width, height and format, which the network never gets.\n",
        "## Against the recipe of vision-v1\n",
        "Both fitted and judged alike; the same draws of whole groups for both.\n",
        paired(shipped, previous, positive, groups),
        "## The same head within one shape or one original format\n",
        "If shape or format were what it sees, it would fail here.\n",
        within(shipped, items, positive),
        "## Decisions\n",
        "Line and thresholds of each fold come from the other nine. Shares weighted by source "
        "(1/sqrt(n)). Between the two thresholds the tool abstains.\n",
        decisions(llr, left_out, positive, faces, weights),
        "## Real pictures called AI, by kind\n",
        "Plain shares of pictures: clean / web / hard / delivered-0. Thresholds as above.\n",
        real_by(kinds, llr, left_out, positive, "kind"),
        "## Real pictures called AI, by source\n",
        real_by(sources, llr, left_out, positive, "source"),
        "## AI pictures called AI, by source (web)\n",
        recall_by(sources, llr, left_out, positive, "source"),
        "## AI pictures called AI, by generator (web, at least 8 pictures)\n",
        recall_by(generators, llr, left_out, positive, "generator", 8),
        "## Calibration\n",
        "Expected calibration error at a prior of one half, 15 bins, weighted by source; the "
        "line of each fold comes from the other nine.\n",
        calibration(llr, positive, weights),
        "## Learning curve\n",
        "Share of the groups of each class that a head may be trained on against what it reaches "
        "on the left-out fold under web; trained on two views (clean, web). Points: "
        "`learning-curve.tsv`, by `--curve`.\n",
        curve,
        "## Rendered pictures, which are neither\n",
        rendered(neither[1], neither[0], points),
        "## Drawings by people (packages of Debian)\n",
        "Plain shares called AI. First at scores that 1 and 5 % of the corpus photographs reach, "
        "then by package at the operating points: clean / web / hard / delivered-0. A package is "
        "left out whole.\n",
        drawings,
        "## Videos\n",
        video,
    ]
    return "\n".join(parts)


def categories(items: Sequence[Item]) -> list[str]:
    """Category of each picture; empty for AI ones."""
    return [category(item.source) if item.label == "real" else "" for item in items]
