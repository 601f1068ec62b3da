"""The tables of the speech classifier's card, from held-out scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from detect.models.calibration import Calibration
from scripts.voice import scores
from scripts.voice.corpus import CHINESE, FOLDS, Corpus

Array = np.ndarray[Any, Any]
LEAST_GROUPS = 100
"""Of each class, for a condition to count in a calibration."""
LESS = {"noise15": 0.5, "music10": 0.5}
"""What these conditions count in the calibration; the others count 1."""
POINTS = (
    ("low-false-alarm", {1: 0.0175, 3: 0.01}, 0.05),
    ("balanced", {1: 0.05, 3: 0.05}, 0.10),
    ("high-recall", {1: 0.10, 3: 0.10}, 0.20),
)
"""Operating point, share of real above it by how many clips of a voice are heard, share of
synthetic below its lower threshold. The aim is at most 0.02 of real flagged and half of synthetic
caught; three clips of a voice reach it at 0.01."""


def calibrate(
    corpus: Corpus, held_out: dict[str, Array], passed: dict[str, Array]
) -> dict[str, Any]:
    """The calibration file: for one window, and under "file" for several of one voice."""
    return {
        **calibrate_groups(corpus, held_out, passed, 1),
        "file": {**calibrate_groups(corpus, held_out, passed, 3)},
    }


def calibrate_groups(
    corpus: Corpus, held_out: dict[str, Array], passed: dict[str, Array], size: int
) -> dict[str, Any]:
    """Platt over all conditions on the mean of `size` clips, thresholds under the worst of them."""
    groups = {n: corpus.grouped(held_out[n], passed[n], size) for n in held_out}
    groups = {n: g for n, g in groups.items() if min(g[1].sum(), (~g[1]).sum()) >= LEAST_GROUPS}
    score, synthetic, weight, source = (
        np.concatenate(column)
        for column in zip(
            *((s, y, LESS.get(name, 1) * w / w.sum(), o) for name, (s, y, w, o) in groups.items()),
            strict=True,
        )
    )
    slope, intercept = scores.platt(score, synthetic, weight)
    sources = {
        "real": len(set(source[~synthetic])),
        "synthetic": len(set(source[synthetic])),
    }
    points = {}
    for name, false_alarms, misses in POINTS:
        high = [scores.quantile(s[~y], w[~y], false_alarms[size]) for s, y, w, _ in groups.values()]
        low = [scores.quantile(s[y], w[y], 1 - misses) for s, y, w, _ in groups.values()]
        points[name] = {
            "positive": round(slope * max(high) + intercept + 1e-3, 3),
            "negative": round(slope * min(low) + intercept, 3),
        }
    what = "one window a clip" if size == 1 else f"means of {size} clips of one voice and origin"
    return {
        "method": "platt",
        "slope": slope,
        "intercept": intercept,
        "clip": [-float(np.log(sources["synthetic"])), float(np.log(sources["real"]))],
        "operating_points": points,
        "fitted_on": f"held-out scores, {what} (whole origins, systems and speakers left out, "
        f"{FOLDS} folds), {', '.join(groups)}, balanced, weighted by source 1/sqrt(n), "
        "conditions alike but for noise and music, which count half",
        "n_sources": sources,
    }


def _nested(corpus: Corpus, held_out: dict[str, Array], passed: dict[str, Array]) -> str:
    """Rates where calibration and threshold come from the other folds only."""
    llr = {n: np.full(len(s), np.nan) for n, s in held_out.items()}
    high = np.zeros(len(corpus.rows))
    for fold in range(FOLDS):
        there = corpus.fold == fold
        rest = {n: p & ~there for n, p in passed.items()}
        rule = Calibration.parse(calibrate_groups(corpus, held_out, rest, 1))
        high[there] = rule.operating_points["low-false-alarm"].positive
        for name, score in held_out.items():
            for row in np.flatnonzero(there & passed[name]):
                llr[name][row] = rule.llr(float(score[row]))
    lines = [
        "| nested (threshold and calibration from other folds) | FPR | TPR | ECE |",
        "| --- | --- | --- | --- |",
    ]
    for name, ratio in llr.items():
        rows = np.flatnonzero(passed[name] & corpus.speech)
        fake, weight = corpus.synthetic[rows], corpus.weight[rows]
        flagged = ratio[rows] >= high[rows]
        lines.append(
            f"| {name} | {scores.rate(flagged[~fake], weight[~fake]):.3f} "
            f"| {scores.rate(flagged[fake], weight[fake]):.3f} "
            f"| {scores.ece(ratio[rows], fake, weight):.3f} |"
        )
    return "\n".join(lines)


def _chinese(corpus: Corpus, held_out: dict[str, Array], passed: dict[str, Array]) -> str:
    language = np.array([row["language"] for row in corpus.rows])
    lines = ["| Chinese (zh, yue, wuu) | real | synthetic | AUC |", "| --- | --- | --- | --- |"]
    for name, score in held_out.items():
        rows = passed[name] & corpus.speech & np.isin(language, list(CHINESE))
        fake = corpus.synthetic[rows]
        if min(fake.sum(), (~fake).sum()) >= 5:
            value = scores.auc(score[rows], fake, corpus.weight[rows])
            lines.append(f"| {name} | {(~fake).sum()} | {fake.sum()} | {value:.3f} |")
    return "\n".join(lines)


def tables(
    corpus: Corpus,
    held_out: dict[str, Array],
    passed: dict[str, Array],
    calibration: dict[str, Any],
) -> str:
    """Markdown: conditions, false positives by category, recall by system, shortcut probe."""
    rule = Calibration.parse(calibration)
    point = rule.operating_points["low-false-alarm"]
    llr = {n: np.array([rule.llr(float(v)) for v in s]) for n, s in held_out.items()}
    lines = [
        "| condition | scored | AUC (95 % over sources) | EER | TPR@1 % | TPR@5 % | ECE "
        "| FPR | TPR | called real, synthetic |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, score in held_out.items():
        seen = corpus.speech & ~np.isnan(score)
        share = (seen & passed[name]).sum() / max(seen.sum(), 1)
        lines.append(
            _condition(f"{name} | {share:.3f}", rule, corpus.grouped(score, passed[name], 1))
        )
    whole = Calibration.parse(calibration["file"])
    for name, score in held_out.items():
        group = corpus.grouped(score, passed[name], 3)
        if min(group[1].sum(), (~group[1]).sum()) < LEAST_GROUPS:
            continue
        title = f"{name}, three clips of a voice | {len(group[0])} groups"
        lines.append(_condition(title, whole, group))
    lines += ["", _nested(corpus, held_out, passed), "", _chinese(corpus, held_out, passed)]
    lines += ["", _categories(corpus, passed, llr, point.positive)]
    lines += ["", _sources(corpus, passed, llr, point.positive)]
    lines += ["", _systems(corpus, passed, llr, point.positive)]
    lines += ["", _long_files(corpus, held_out, passed, (rule, whole))]
    lines += ["", _probe(corpus)]
    return "\n".join(lines) + "\n"


def _condition(name: str, rule: Calibration, group: tuple[Array, Array, Array, Array]) -> str:
    score, fake, weight, source = group
    point = rule.operating_points["low-false-alarm"]
    llr = np.array([rule.llr(float(v)) for v in score])
    low, high = scores.interval(score, fake, source)
    return (
        f"| {name} | {scores.auc(score, fake, weight):.3f} ({low:.2f}-{high:.2f}) "
        f"| {scores.eer(score, fake, weight):.3f} | {scores.tpr_at(score, fake, weight, 0.01):.2f} "
        f"| {scores.tpr_at(score, fake, weight, 0.05):.2f} | {scores.ece(llr, fake, weight):.3f} "
        f"| {scores.rate(llr[~fake] >= point.positive, weight[~fake]):.3f} "
        f"| {scores.rate(llr[fake] >= point.positive, weight[fake]):.2f} "
        f"| {scores.rate(llr[fake] <= point.negative, weight[fake]):.3f} |"
    )


def _categories(corpus: Corpus, passed: Any, llr: Any, positive: float) -> str:
    kind = corpus.category()
    lines = [
        "| category | clips | pass the gate | flagged of scored: clean | worst condition |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in sorted(set(kind) - {"synthetic"}):
        flagged = []
        for condition in llr:
            rows = (kind == name) & passed[condition]
            flagged.append(
                scores.rate(llr[condition][rows] >= positive, corpus.weight[rows])
                if rows.any()
                else 0.0
            )
        rows = kind == name
        lines.append(
            f"| {name} | {rows.sum()} | {passed['clean'][rows].mean():.2f} "
            f"| {flagged[0]:.3f} | {max(flagged):.3f} |"
        )
    return "\n".join(lines)


def _sources(corpus: Corpus, passed: Any, llr: Any, positive: float) -> str:
    lines = ["| real origin worst hit | clips | flagged (clean) |", "| --- | --- | --- |"]
    found = []
    for name in set(corpus.origin[corpus.label == "real"]):
        rows = (corpus.origin == name) & (corpus.label == "real") & passed["clean"]
        if rows.sum() >= 5:
            found.append((float((llr["clean"][rows] >= positive).mean()), name, rows.sum()))
    for share, name, count in sorted(found, reverse=True)[:6]:
        lines.append(f"| {name} | {count} | {share:.2f} |")
    return "\n".join(lines)


def _systems(corpus: Corpus, passed: Any, llr: Any, positive: float) -> str:
    lines = [
        "| system (10 clips or more) | clips | flagged | median llr |",
        "| --- | --- | --- | --- |",
    ]
    found = []
    for name in set(corpus.system[corpus.synthetic]):
        rows = corpus.synthetic & (corpus.system == name) & passed["clean"]
        if rows.sum() >= 10:
            ratio = llr["clean"][rows]
            found.append((float((ratio >= positive).mean()), float(np.median(ratio)), name, rows))
    for share, middle, name, rows in sorted(found, key=lambda f: f[:2], reverse=True):
        lines.append(f"| {name} | {rows.sum()} | {share:.2f} | {middle:.1f} |")
    return "\n".join(lines)


def _long_files(
    corpus: Corpus, held_out: Any, passed: Any, rules: tuple[Calibration, Calibration]
) -> str:
    """Made-up files of 30 windows: one real origin's clips, and ten of a synthetic voice inside."""
    from detect.voice.speech_file import Window, judge

    rng = np.random.default_rng(0)
    lines = [
        "| 30 windows, 300 draws each | called synthetic | a part named |",
        "| --- | --- | --- |",
    ]
    for name, score in held_out.items():
        if np.isnan(score).mean() > 0.5:
            continue
        pools = {}
        for fake, column in ((False, corpus.origin), (True, corpus.system)):
            rows = corpus.speech & passed[name] & (corpus.synthetic == fake)
            pools[fake] = [
                score[rows & (column == value)]
                for value in sorted(set(column[rows]))
                if (rows & (column == value)).sum() >= 10
            ]
        for inside in (0, 10):
            hits = named = 0
            for _ in range(300):
                real = pools[False][rng.integers(len(pools[False]))]
                values = rng.choice(real, 30)
                fake = pools[True][rng.integers(len(pools[True]))]
                values[8 : 8 + inside] = rng.choice(fake, inside)
                windows = [
                    Window(2.0 * i, 2.0 * i + 2, float(v), None) for i, v in enumerate(values)
                ]
                found = judge(windows, rules, "low-false-alarm")
                hits += found.point.decide(found.llr) is True
                named += bool(found.parts)
            title = "real throughout" if not inside else "20 s of a synthetic voice in it"
            lines.append(f"| {name}, {title} | {hits / 300:.3f} | {named / 300:.3f} |")
    return "\n".join(lines)


def _probe(corpus: Corpus) -> str:
    """AUC that shortcuts alone reach under the same folds."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    from scripts.voice import views

    signal = np.array([_shortcuts(views.decode(str(path))) for path in corpus.paths])
    facts = np.array(
        [
            [
                float(r["original_sample_rate"] or 0),
                float(sum(map(ord, r["original_codec"])) % 997),
                float(r["seconds"]),
            ]
            for r in corpus.rows
        ]
    )
    lines = ["| shortcut alone (boosted trees, same folds) | AUC |", "| --- | --- |"]
    for name, x in (
        ("level, peak, exact zeros, noise floor, bandwidth of the stored clip", signal),
        ("original sample rate, codec, length (from the manifest)", facts),
    ):
        score = np.zeros(len(x))
        for fold in range(FOLDS):
            train, test = corpus.split(fold)
            train = train[corpus.speech[train]]
            model = HistGradientBoostingClassifier(max_iter=100, max_leaf_nodes=8, random_state=0)
            model.fit(x[train], corpus.synthetic[train], corpus.weight[train])
            score[test] = model.decision_function(x[test])
        keep = corpus.speech
        value = scores.auc(score[keep], corpus.synthetic[keep], corpus.weight[keep])
        lines.append(f"| {name} | {value:.3f} |")
    return "\n".join(lines)


def _shortcuts(x: Array) -> list[float]:
    frames = x[: len(x) // 320 * 320].reshape(-1, 320)
    power = 10 * np.log10((frames**2).mean(1) + 1e-12)
    share = np.cumsum(np.abs(np.fft.rfft(x)) ** 2)
    share /= share[-1] + 1e-12
    edges = [float(np.searchsorted(share, q)) / len(share) for q in (0.5, 0.9, 0.99, 0.999)]
    return [
        float(10 * np.log10((x**2).mean() + 1e-12)),
        float(np.abs(x).max()),
        float((x == 0).mean()),
        float(np.percentile(power, 5)),
        *edges,
    ]
