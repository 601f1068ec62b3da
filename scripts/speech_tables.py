"""The tables of the speech classifier's card, from held-out scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import speech_scores as scores
from speech_corpus import FOLDS, Corpus

from detect.models.calibration import Calibration

Array = np.ndarray[Any, Any]


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
        share = (corpus.speech & passed[name]).sum() / corpus.speech.sum()
        lines.append(
            _condition(f"{name} | {share:.3f}", rule, corpus.grouped(score, passed[name], 1))
        )
    whole = Calibration.parse(calibration["file"])
    for name, score in held_out.items():
        group = corpus.grouped(score, passed[name], 3)
        title = f"{name}, three clips of a voice | {len(group[0])} groups"
        lines.append(_condition(title, whole, group))
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
    from detect.detectors.speech_file import Window, judge

    rng = np.random.default_rng(0)
    lines = ["| 30 windows, 300 draws each | called synthetic |", "| --- | --- |"]
    for name, score in held_out.items():
        pools = {}
        for fake, column in ((False, corpus.origin), (True, corpus.system)):
            rows = corpus.speech & passed[name] & (corpus.synthetic == fake)
            pools[fake] = [
                score[rows & (column == value)]
                for value in sorted(set(column[rows]))
                if (rows & (column == value)).sum() >= 10
            ]
        for inside in (0, 10):
            hits = 0
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
            title = "real throughout" if not inside else "20 s of a synthetic voice in it"
            lines.append(f"| {name}, {title} | {hits / 300:.3f} |")
    return "\n".join(lines)


def _probe(corpus: Corpus) -> str:
    """AUC that shortcuts alone reach under the same folds."""
    import speech_views as views
    from sklearn.ensemble import HistGradientBoostingClassifier

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
