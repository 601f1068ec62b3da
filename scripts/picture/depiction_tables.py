"""What the depiction head reaches, in tables, and what its policy costs and saves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from scripts.picture.protocol import auc, bootstrap_auc, rate, table

if TYPE_CHECKING:
    from scripts.picture.train_depiction import Data


def evaluation(
    data: Data,
    kinds: Mapping[str, np.ndarray],
    scores: Mapping[str, np.ndarray],
    llr: Mapping[str, np.ndarray],
    points: tuple[float, float],
    ai: tuple[Mapping[str, np.ndarray], Mapping[str, Mapping[str, float]]],
) -> str:
    """The evaluation file.

    Args:
        data: The pictures.
        kinds: Masks of the real photographs by kind.
        scores: Left-out raw scores by condition.
        llr: The same calibrated.
        points: Thresholds for drawn and for photographic.
        ai: Left-out llr of the `ai_generated` head by condition, and its operating points.
    """
    parts = (
        ("## Separation", _separation(data, scores)),
        (
            "## Photographs called drawn or rendered, by kind",
            _false_alarms(data, kinds, llr, points),
        ),
        ("## What is found, by source left out", _found(data, llr, points)),
        ("## What the policy costs and saves", _policy(data, llr, points, *ai)),
    )
    head = (
        "# Evaluation of the depiction head\n\nEvery picture was scored by a head that saw nothing "
        "of its repository.\nLabels by eye: "
        + ", ".join(f"{(data.looks == look).sum()} {look}" for look in dict.fromkeys(data.looks))
        + f".\nThresholds on the llr: drawn at {points[0]:.2f}, photographic at {points[1]:.2f}.\n"
    )
    return head + "".join(f"\n{title}\n\n{text}" for title, text in parts)


def _shares(llr: Mapping[str, np.ndarray], part: np.ndarray, limit: float) -> str:
    return " / ".join(f"{rate(llr[c][part] >= limit):.3f}" for c in llr)


def _separation(data: Data, scores: Mapping[str, np.ndarray]) -> str:
    rows = []
    taught, drawn = data.taught, data.drawn
    for condition in scores:
        values = scores[condition][taught]
        low, high = bootstrap_auc(values, drawn[taught], data.groups[taught])
        weighted = auc(values, drawn[taught], data.weights[taught])
        rows.append((condition, auc(values, drawn[taught]), f"{low:.3f} to {high:.3f}", weighted))
    return table(("condition", "AUC", "95 % over sources", "by source weight"), rows)


def _false_alarms(
    data: Data,
    kinds: Mapping[str, np.ndarray],
    llr: Mapping[str, np.ndarray],
    points: tuple[float, float],
) -> str:
    label = np.array([item.label for item in data.items])
    rows = [(name, part.sum(), _shares(llr, part, points[0])) for name, part in kinds.items()]
    rows.append(("all real photographs", *_row(llr, np.any(list(kinds.values()), axis=0), points)))
    fake = (data.looks == "photographic") & (label == "ai")
    rows.append(("AI pictures that look photographic", *_row(llr, fake, points)))
    rows.append(
        ("photoreal architecture renders", *_row(llr, data.looks == "photoreal-render", points))
    )
    rows.append(("mixed or unclear", *_row(llr, data.looks == "mixed", points)))
    return table(("pictures", "n", "called drawn: " + " / ".join(llr)), rows)


def _row(
    llr: Mapping[str, np.ndarray], part: np.ndarray, points: tuple[float, float]
) -> tuple[int, str]:
    return int(part.sum()), _shares(llr, part, points[0])


def _found(data: Data, llr: Mapping[str, np.ndarray], points: tuple[float, float]) -> str:
    label = np.array([item.label for item in data.items])
    rows = [
        (name, *_row(llr, part, points))
        for name, part in (
            ("drawn by AI", (data.looks == "drawn") & (label == "ai")),
            ("rendered by AI", (data.looks == "rendered") & (label == "ai")),
            ("real paintings, photographed", (data.looks == "drawn") & (label == "real")),
            ("renders", (data.looks == "rendered") & (label == "cgi")),
        )
    ]
    source = np.array([item.source for item in data.items])
    for name in sorted(set(source[data.drawn])):
        rows.append((f"`{name}`", *_row(llr, data.drawn & (source == name), points)))
    return table(("drawn or rendered", "n", "called drawn: " + " / ".join(llr)), rows)


def _policy(
    data: Data,
    llr: Mapping[str, np.ndarray],
    points: tuple[float, float],
    ai: Mapping[str, np.ndarray],
    operating: Mapping[str, Mapping[str, float]],
) -> str:
    """Shares called AI (and cleared) without and with the rule, under web."""
    label = np.array([item.label for item in data.items])
    drawn = llr["web"] >= points[0]
    photographic = data.looks == "photographic"
    groups = (
        ("AI pictures, all", label == "ai"),
        ("AI pictures that look photographic", (label == "ai") & photographic),
        ("AI drawings and renders", (label == "ai") & data.drawn),
        ("AI, mixed or unclear", (label == "ai") & (data.looks == "mixed")),
        ("real photographs", (label == "real") & photographic),
        ("real paintings, photographed", (label == "real") & (data.looks == "drawn")),
        ("renders that look rendered", (label == "cgi") & data.drawn),
        ("photoreal architecture renders", data.looks == "photoreal-render"),
    )
    rows = []
    for name, part in groups:
        for point, limits in operating.items():
            called = ai["web"][part] >= limits["positive"]
            cleared = ai["web"][part] <= limits["negative"]
            kept = ~drawn[part]
            rows.append(
                (
                    name,
                    part.sum(),
                    point,
                    rate(called),
                    rate(called & kept),
                    rate(cleared),
                    rate(cleared & kept),
                )
            )
    header = ("pictures", "n", "operating point", "called AI", "with the rule")
    return table((*header, "called no traces", "with the rule"), rows)
