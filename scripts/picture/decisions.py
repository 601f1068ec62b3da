"""From left-out scores to log-likelihood ratios, and to thresholds with a stated error rate.

Pictures without a face that is looked at by itself have one score and a line (Platt 1999). Those
with one have three: whole picture and face go through a plane, the expert for face GANs through a
line of its own, and the ratio is the mixture of both, as it is of two kinds of AI pictures. All are
fitted on scores of heads that did not see the picture's group, classes weighing alike, so that the
log-odds are a log-likelihood ratio.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from detect.evaluate.recipes.linear import fit_linear
from scripts.picture.protocol import threshold_at

__all__ = ["POINTS", "Answers", "Plane", "fit_plane", "nested", "thresholds"]

POINTS = {"low-false-alarm": (0.01, 0.05), "balanced": (0.03, 0.07), "high-recall": (0.06, 0.03)}
"""Share of real pictures at or above `positive`, share of AI pictures at or below `negative`."""
MOST_OF_A_KIND = 4.0
"""A kind of real pictures may have this many times the share of all."""
SHARE, CAP = 0.2, 2.0
"""Of face GANs in the mixture, and the most that their expert may say, in llr: eight owners of GANs
support no more, and much of what it sees is how such faces are aligned, as some photographs are."""
ALIGNED = "aligned"
"""Photographs cut and turned as face GANs learn from them: the twins of their pictures, and no kind
that is met otherwise; their rate is reported and not held."""
LEAST_OF_A_KIND = 100
"""Pictures of a kind that a share is told of."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Scored pictures under one condition or several, a row each.

    Attributes:
        whole: Raw score of the whole picture, shape (n,).
        face: Raw score of the face, NaN without one, shape (n,).
        gan: Raw score of the expert for face GANs, likewise.
        ai: Which pictures are AI, shape (n,).
        is_gan: Which are known to come from a face GAN, shape (n,).
        weight: 1/sqrt(n) by source, both classes alike, shape (n,).
        fold: What is judged together, shape (n,).
        kind: What it shows, shape (n,).
    """

    whole: np.ndarray
    face: np.ndarray
    gan: np.ndarray
    ai: np.ndarray
    is_gan: np.ndarray
    weight: np.ndarray
    fold: np.ndarray
    kind: np.ndarray

    def among(self, rows: np.ndarray) -> Answers:
        """Some of the rows."""
        parts = (getattr(self, field.name) for field in fields(self))
        return Answers(*(part[rows] for part in parts))


@dataclass(frozen=True, slots=True)
class Plane:
    """From raw scores to an llr, not clipped.

    Without a face: whole * line[0] + line[1]. With one: a = whole * plane[0] + face * plane[1] +
    plane[2]; b = gan * expert[0] + expert[1], between -`CAP` and `CAP`; then
    log((1 - SHARE) exp(a) + SHARE exp(b)) * last[0] + last[1].
    """

    line: tuple[float, float]
    plane: tuple[float, float, float]
    expert: tuple[float, float]
    last: tuple[float, float]

    def __call__(self, answers: Answers) -> np.ndarray:
        """Natural-log likelihood ratios, shape (n,)."""
        alone = answers.whole * self.line[0] + self.line[1]
        faced = ~np.isnan(answers.face)
        alone[faced] = self._mixed(answers.among(faced)) * self.last[0] + self.last[1]
        return alone

    def _mixed(self, answers: Answers) -> np.ndarray:
        first = answers.whole * self.plane[0] + answers.face * self.plane[1] + self.plane[2]
        second = np.clip(answers.gan * self.expert[0] + self.expert[1], -CAP, CAP)
        return np.asarray(np.logaddexp(math.log(1 - SHARE) + first, math.log(SHARE) + second))


def fit_plane(answers: Answers) -> Plane:
    """All fits; the line also on the whole-picture scores of pictures with a face, at half weight.

    A small face is found in one copy and missed in the next, so that the line has to serve both.
    """
    faced = ~np.isnan(answers.face)
    weight = answers.weight * np.where(faced, 0.5, 1.0)
    line = fit_linear(_column(answers.whole), answers.ai, weight, 1e-6)
    rest = answers.among(faced & ~answers.is_gan)
    inputs = np.stack([rest.whole, rest.face], axis=1).astype(np.float32)
    plane = fit_linear(inputs, rest.ai, _halved(rest), 1e-6)
    gans = answers.among(faced & (answers.is_gan | ~answers.ai))
    expert = fit_linear(_column(gans.gan), gans.is_gan, _halved(gans), 1e-6)
    rough = Plane(
        (float(line.weight[0]), line.bias),
        (float(plane.weight[0]), float(plane.weight[1]), plane.bias),
        (float(expert.weight[0]), expert.bias),
        (1.0, 0.0),
    )
    both = answers.among(faced)
    last = fit_linear(_column(rough(both)), both.ai, _halved(both), 1e-6)
    return replace(rough, last=(float(last.weight[0]), last.bias))


def _column(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)[:, None]


def _halved(answers: Answers) -> np.ndarray:
    weight = answers.weight.copy()
    for side in (answers.ai, ~answers.ai):
        weight[side] *= 0.5 / weight[side].sum()
    return weight


def thresholds(llr: np.ndarray, answers: Answers) -> dict[str, dict[str, float]]:
    """Thresholds by operating point.

    The positive one holds its share (by weight of sources) on real pictures with a face, without
    one, and on all, and `MOST_OF_A_KIND` times the share on every kind that has
    `LEAST_OF_A_KIND` pictures; the negative one holds its share on all AI pictures.
    """
    real, faced = ~answers.ai, ~np.isnan(answers.face)
    parts = [(real, 1.0), (real & faced, 1.0), (real & ~faced, 1.0)]
    for kind in np.unique(answers.kind[real]):
        own = real & (answers.kind == kind)
        if kind and kind != ALIGNED and own.sum() >= LEAST_OF_A_KIND:
            parts.append((own, MOST_OF_A_KIND))
    points = {}
    for name, (false_alarm, missed) in POINTS.items():
        high = max(
            threshold_at(llr[rows], answers.weight[rows], false_alarm * times)
            for rows, times in parts
        )
        low = -threshold_at(-llr[answers.ai], answers.weight[answers.ai], missed)
        points[name] = {"positive": round(high, 4), "negative": round(min(low, high - 1e-3), 4)}
    return points


def nested(
    answers: Answers, judged: np.ndarray
) -> tuple[np.ndarray, dict[str, dict[str, np.ndarray]]]:
    """What rows get by a plane and thresholds that were fitted on the other folds.

    Args:
        answers: Rows of all conditions.
        judged: Rows that thresholds are chosen on.

    Returns:
        llr, shape (n,), and by operating point the thresholds of each row, shape (n,).
    """
    llr = np.empty(len(answers.ai))
    points = {name: {s: np.empty(len(llr)) for s in ("positive", "negative")} for name in POINTS}
    for fold in np.unique(answers.fold):
        test = answers.fold == fold
        plane = fit_plane(answers.among(~test))
        llr[test] = plane(answers.among(test))
        rest = answers.among(~test & judged)
        for name, point in thresholds(plane(rest), rest).items():
            for side, value in point.items():
                points[name][side][test] = value
    return llr, points


def limits(ai_groups: int, real_groups: int) -> tuple[float, float]:
    """Clip of the llr: with n independent sources no ratio beyond about n can be observed."""
    return -math.log(ai_groups + 1), math.log(real_groups + 1)


def shares(
    llr: np.ndarray, point: Mapping[str, np.ndarray | float], rows: np.ndarray, weight: np.ndarray
) -> tuple[float, float]:
    """Weighted shares of rows called AI, and cleared."""
    heft = weight[rows]
    called = llr[rows] >= np.broadcast_to(point["positive"], llr.shape)[rows]
    cleared = llr[rows] <= np.broadcast_to(point["negative"], llr.shape)[rows]
    if not len(heft):
        return math.nan, math.nan
    return float(np.average(called, weights=heft)), float(np.average(cleared, weights=heft))
