"""The tables of the picture classifier's card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from scripts.picture.decisions import Answers, Plane, shares
from scripts.picture.left_out import Data
from scripts.picture.protocol import auc, bootstrap_auc, calibration_error, table, tpr_at

Raw = Sequence[np.ndarray]
"""Raw scores under a condition: of the whole picture, of the face, of the expert for face GANs."""
GANS = ("stylegan", "face-gan", "r3gan", "thispersondoesnotexist")


def evaluation(
    data: Data,
    scores: Mapping[str, Raw],
    answers: Answers,
    honest: np.ndarray,
    chosen: Mapping[str, Mapping[str, np.ndarray]],
    plane: Plane,
    points: Mapping[str, Mapping[str, float]],
) -> str:
    """Everything, in Markdown.

    Args:
        data: The pictures.
        scores: By condition, raw scores.
        answers: Rows of all conditions, one under the other.
        honest: llr of the rows by planes of the other folds.
        chosen: Thresholds of the rows, chosen on the other folds.
        plane: The shipped one.
        points: The shipped thresholds.
    """
    web = _place(data, scores, "web")
    return "\n".join(
        (
            "# vision-v3: evaluation\n",
            f"{_size(data)}\n",
            "## How well it tells them apart\n",
            discrimination(data, scores, honest),
            "## Decisions, plane and thresholds from the other folds\n",
            decisions(data, scores, answers, honest, chosen),
            "## Kinds of real pictures at the default, web\n",
            kinds(answers, honest, chosen, web),
            "## AI pictures at the default, web\n",
            generators(data, scores, honest, chosen),
            "## Sources at the default, web: worst\n",
            sources(data, scores, answers, honest, chosen),
            "## Drawn and rendered by people, web, shipped thresholds\n",
            by_people(data, scores, plane, points),
        )
    )


def _size(data: Data) -> str:
    parts = []
    for label in ("real", "ai", "drawn", "cgi"):
        for name, side in (("fitted on", ~data.held_out), ("held out", data.held_out)):
            rows = (data.label == label) & side
            groups = len(np.unique(data.group[rows]))
            parts.append(f"{label} {name}: {rows.sum()} pictures of {groups} groups")
    return "; ".join(parts) + f"; {len(np.unique(data.group))} groups in all."


def _rows(data: Data, scores: Mapping[str, Raw], name: str) -> np.ndarray:
    """Pictures that are among the answers under a condition."""
    return np.isin(data.label, ("real", "ai")) & ~np.isnan(scores[name][0])


def _place(data: Data, scores: Mapping[str, Raw], name: str) -> slice:
    """Where the answers of a condition lie."""
    start = 0
    for condition in scores:
        count = int(_rows(data, scores, condition).sum())
        if condition == name:
            return slice(start, start + count)
        start += count
    raise KeyError(name)


def _conditions(data: Data, scores: Mapping[str, Raw]) -> Iterator[tuple[str, np.ndarray, slice]]:
    for name in scores:
        yield name, _rows(data, scores, name), _place(data, scores, name)


def discrimination(data: Data, scores: Mapping[str, Raw], honest: np.ndarray) -> str:
    """AUC and recall at fixed false-positive rates, by condition; held-out groups apart."""
    lines = []
    for name, rows, place in _conditions(data, scores):
        llr, ai = honest[place], (data.label == "ai")[rows]
        faced, out, group = data.face[rows], data.held_out[rows], data.group[rows]
        for part, keep in (("all", out | ~out), ("fitted on, by fold", ~out), ("held out", out)):
            if len(np.unique(ai[keep])) < 2:
                continue
            low, high = bootstrap_auc(llr[keep], ai[keep], group[keep])
            inner = [keep & faced, keep & ~faced]
            lines.append(
                (
                    name,
                    part,
                    int((keep & ~ai).sum()),
                    int((keep & ai).sum()),
                    auc(llr[keep], ai[keep]),
                    f"{low:.3f} to {high:.3f}",
                    *(auc(llr[k], ai[k]) if len(np.unique(ai[k])) > 1 else "" for k in inner),
                    tpr_at(llr[keep], ai[keep], 0.01),
                    tpr_at(llr[keep], ai[keep], 0.05),
                )
            )
    header = ("condition", "groups", "real", "AI", "AUC", "95 % interval", "faces", "no face")
    return table((*header, "TPR at 1 % FPR", "at 5 %"), lines)


def decisions(
    data: Data,
    scores: Mapping[str, Raw],
    answers: Answers,
    honest: np.ndarray,
    chosen: Mapping[str, Mapping[str, np.ndarray]],
) -> str:
    """Shares by operating point and condition: plain, and the errors by weight of sources."""
    lines = []
    for name, rows, place in _conditions(data, scores):
        own = answers.among(np.arange(place.start, place.stop))
        llr, even = honest[place], np.ones(len(own.ai))
        faced, out = ~np.isnan(own.face), data.held_out[rows]
        for point in chosen:
            pair = {side: values[place] for side, values in chosen[point].items()}
            for part, keep in (("all", out | ~out), ("held out", out)):
                real, ai = keep & ~own.ai, keep & own.ai
                false, free = shares(llr, pair, real, even)
                found, missed = shares(llr, pair, ai, even)
                lines.append(
                    (
                        point,
                        name,
                        part,
                        false,
                        shares(llr, pair, real, own.weight)[0],
                        shares(llr, pair, real & faced, even)[0],
                        shares(llr, pair, real & ~faced, even)[0],
                        missed,
                        shares(llr, pair, ai, own.weight)[1],
                        free,
                        found,
                        (false + free + found + missed) / 2,
                        calibration_error(llr[keep], own.ai[keep], own.weight[keep]),
                    )
                )
    header = ("point", "condition", "groups", "real called AI", "by source", "with a face")
    more = ("no face", "AI cleared", "by source", "real cleared", "AI called AI", "share decided")
    return table((*header, *more, "ECE"), lines)


def kinds(
    answers: Answers,
    honest: np.ndarray,
    chosen: Mapping[str, Mapping[str, np.ndarray]],
    place: slice,
) -> str:
    """Real pictures by what they show."""
    own = answers.among(np.arange(place.start, place.stop))
    pair = {side: values[place] for side, values in chosen["low-false-alarm"].items()}
    lines = []
    for kind in np.unique(own.kind[~own.ai]):
        rows = ~own.ai & (own.kind == kind)
        false, free = shares(honest[place], pair, rows, np.ones(len(own.ai)))
        lines.append((kind or "not named", int(rows.sum()), false, free))
    return table(("kind", "pictures", "called AI", "cleared"), lines)


def generators(
    data: Data,
    scores: Mapping[str, Raw],
    honest: np.ndarray,
    chosen: Mapping[str, Mapping[str, np.ndarray]],
) -> str:
    """AI pictures by look, and face GANs apart; each head saw other sources only."""
    rows, place = _rows(data, scores, "web"), _place(data, scores, "web")
    pair = {side: values[place] for side, values in chosen["low-false-alarm"].items()}
    pictures = [p for p, inside in zip(data.pictures, rows, strict=True) if inside]
    ai = (data.label == "ai")[rows]
    gans = np.array([is_gan(p.generator, p.source, p.kind) for p in pictures]) & ai
    out = data.held_out[rows]
    look = np.array([p.look or "not labelled" for p in pictures])
    parts = {"face GANs": gans, "face GANs, held out": gans & out}
    parts |= {name: ai & (look == name) for name in np.unique(look[ai])}
    lines = []
    for name, keep in parts.items():
        if keep.any():
            found, missed = shares(honest[place], pair, keep, np.ones(len(ai)))
            sources = len({p.source for p, inside in zip(pictures, keep, strict=True) if inside})
            lines.append((name, int(keep.sum()), sources, found, missed))
    return table(("pictures", "n", "sources", "called AI", "cleared"), lines)


def is_gan(*words: str) -> bool:
    """Whether a face GAN is named."""
    return any(name in word.lower() for name in GANS for word in words)


def sources(
    data: Data,
    scores: Mapping[str, Raw],
    answers: Answers,
    honest: np.ndarray,
    chosen: Mapping[str, Mapping[str, np.ndarray]],
) -> str:
    """Real sources with most pictures called AI, AI sources with most cleared and least caught."""
    rows, place = _rows(data, scores, "web"), _place(data, scores, "web")
    own = answers.among(np.arange(place.start, place.stop))
    pair = {side: values[place] for side, values in chosen["low-false-alarm"].items()}
    names = np.array([p.source for p, inside in zip(data.pictures, rows, strict=True) if inside])
    lines = []
    for side, label in ((~own.ai, "real"), (own.ai, "ai")):
        for name in np.unique(names[side]):
            keep = side & (names == name)
            called, cleared = shares(honest[place], pair, keep, np.ones(len(own.ai)))
            mean = float(honest[place][keep].mean())
            lines.append((label, name, int(keep.sum()), called, cleared, mean))
    real = sorted((x for x in lines if x[0] == "real"), key=lambda x: (-x[3] * x[2], -x[5]))[:12]
    fake = sorted((x for x in lines if x[0] == "ai"), key=lambda x: x[5])[:20]
    return table(("label", "source", "n", "called AI", "cleared", "mean llr"), real + fake)


def by_people(
    data: Data,
    scores: Mapping[str, Raw],
    plane: Plane,
    points: Mapping[str, Mapping[str, float]],
) -> str:
    """Pictures that people drew or rendered, called AI by heads that left their group out."""
    whole, face, gan = scores["web"]
    nothing = np.zeros(len(whole))
    llr = plane(Answers(whole, face, gan, nothing > 1, nothing > 1, nothing, nothing, nothing))
    lines = []
    for label in ("drawn", "cgi"):
        for name, side in (("fitted on, by fold", ~data.held_out), ("held out", data.held_out)):
            rows = (data.label == label) & side & ~np.isnan(whole)
            if rows.any():
                called = [shares(llr, p, rows, np.ones(len(llr))) for p in points.values()]
                lines.append((label, name, int(rows.sum()), *(c for pair in called for c in pair)))
    header = [f"{name}: {what}" for name in points for what in ("called AI", "cleared")]
    return table(("label", "groups", "n", *header), lines)
