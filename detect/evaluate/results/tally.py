"""From scores to figures: one summary a condition, and a row for every source and category."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from detect.core.errors import ConfigurationError
from detect.evaluate.dataset.manifest import Item
from detect.evaluate.measuring.measure import Seen
from detect.evaluate.statistics.bootstrap import ROUNDS, intervals
from detect.evaluate.statistics.metrics import (
    auc,
    balanced_accuracy,
    calibration_error,
    eer,
    rate,
    roc,
    tpr_at,
    weigh,
    wilson,
)
from detect.evaluate.statistics.result import Curve, Estimate, Row, Share, Summary
from detect.evaluate.statistics.scored import Scored

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

__all__ = ["MEASURES", "Tally"]

MEASURES = {
    "auc": "AUC",
    "balanced_accuracy": "balanced accuracy",
    "eer": "EER",
    "tpr_at_1": "TPR at 1 % FPR",
    "tpr_at_5": "TPR at 5 % FPR",
    "ece": "ECE",
    "false_positives": "real called synthetic",
    "recall": "synthetic called synthetic",
}
"""Figures of a condition; the last two at the operating point."""

DARK_NAME = "dark (night, stage)"


class Tally:
    """Figures of the examined files.

    Attributes:
        trained: How many of the real and synthetic files the model was trained on.
        without_trained: Whether the averages leave those out.

    Args:
        seen: Examined files, all with `status` ok.
        by: Weights of the averages: `source` or `file`.
        trained: sha256 (or its first digits) of files the model was trained on; None: not known or
            left out by the protocol.
        rounds: Draws of the bootstrap.
    """

    def __init__(
        self,
        seen: Sequence[Seen],
        *,
        by: str = "source",
        trained: frozenset[str] | None = None,
        rounds: int = ROUNDS,
    ) -> None:
        import numpy as np

        self._items = [record.item for record in seen]
        self._truth = np.array([bool(item.synthetic) for item in self._items])
        self._counts = np.array([item.counts for item in self._items])
        self._groups = np.array([item.group for item in self._items])
        self._sources = np.array([item.source for item in self._items])
        self._kinds = [
            {*record.item.categories, *((DARK_NAME,) if record.dark else ())} for record in seen
        ]
        self._known = None
        if trained is not None:
            digits = {len(name) for name in trained}
            self._known = np.array(
                [any((r.sha256 or "")[:n] in trained for n in digits) for r in seen]
            )
        self._by, self._rounds = by, rounds
        self._averaged, self.trained, self.without_trained = self._fresh()

    def _fresh(self) -> tuple[Bools, int, bool]:
        """What averages are taken over, how many files were trained on, and whether those are out.

        They are left out where two sources of each class remain.
        """
        if self._known is None:
            return self._counts, 0, False
        fresh = self._counts & ~self._known
        enough = all(len(set(self._groups[fresh & (self._truth == t)])) >= 2 for t in (True, False))
        trained = int((self._counts & self._known).sum())
        return (fresh if enough else self._counts), trained, bool(trained and enough)

    def summary(self, name: str, scored: Scored) -> Summary:
        """The figures of one condition.

        Args:
            name: Of the condition, for errors.
            scored: Of all items.

        Raises:
            ConfigurationError: Files of fewer than two sources of a class have a score.
        """
        rows = self._averaged & _has(scored)
        for own, word in ((False, "real"), (True, "synthetic")):
            groups = set(self._groups[rows & (self._truth == own)])
            if len(groups) < 2:
                raise ConfigurationError(
                    f"under {name}, {word} files of {len(groups)} source(s) have a score; averages "
                    "are printed for two and more"
                )
        truth, score, llr = self._truth[rows], scored.score[rows], scored.llr[rows]
        called = scored.called[rows].astype(float)
        weights = weigh(truth, self._sources[rows].tolist(), self._by)
        measures: dict[str, tuple[Floats, Callable[[Floats, Bools, Floats], float]]] = {
            "auc": (score, auc),
            "balanced_accuracy": (llr, balanced_accuracy),
            "eer": (score, eer),
            "tpr_at_1": (score, lambda s, t, w: tpr_at(s, t, w, 0.01)),
            "tpr_at_5": (score, lambda s, t, w: tpr_at(s, t, w, 0.05)),
            "ece": (llr, calibration_error),
            "false_positives": (called, lambda c, t, w: rate(c[~t] > 0, w[~t])),
            "recall": (called, lambda c, t, w: rate(c[t] > 0, w[t])),
        }
        groups = self._groups[rows].tolist()
        spread = intervals(measures, truth, weights, groups, self._rounds)
        found = {
            key: _estimate(measure(values, truth, weights), spread[key])
            for key, (values, measure) in measures.items()
        }
        for key, figure in found.items():
            side = {"false_positives": ~truth, "recall": truth}.get(key)
            found[key] = _honest(figure) if side is None else _widened(figure, weights[side])
        return Summary(int((~truth).sum()), int(truth.sum()), found)

    def curve(self, scored: Scored) -> Curve:
        """The ROC curve, thinned to what a plot can show."""
        import numpy as np

        rows = self._averaged & _has(scored)
        truth = self._truth[rows]
        weights = weigh(truth, self._sources[rows].tolist(), self._by)
        false, true, _ = roc(scored.score[rows], truth, weights)
        step = max(1, len(false) // 400)
        keep = np.unique(
            [*range(min(150, len(false))), *range(0, len(false), step), len(false) - 1]
        )
        return Curve(tuple(false[keep].round(5).tolist()), tuple(true[keep].round(5).tolist()))

    def arrays(self, scored: Scored) -> tuple[Floats, Bools, Floats]:
        """llr, truth and weights of what counts and has a score, for the reliability diagram."""
        rows = self._averaged & _has(scored)
        truth = self._truth[rows]
        return scored.llr[rows], truth, weigh(truth, self._sources[rows].tolist(), self._by)

    def by_source(self, scored: Mapping[str, Scored], synthetic: bool) -> tuple[Row, ...]:
        """A row for each source: real ones worst first, synthetic ones least caught first."""
        own = self._counts & (self._truth == synthetic)
        names = sorted(set(self._sources[own]))
        rows = [self._row(name, own & (self._sources == name), scored) for name in names]
        return _ordered(rows, rising=synthetic)

    def by_generator(self, scored: Mapping[str, Scored]) -> tuple[Row, ...]:
        """A row for each generator or system, least caught first."""
        import numpy as np

        own = self._counts & self._truth
        made = np.array([item.generator or "not named" for item in self._items])
        rows = [self._row(name, own & (made == name), scored) for name in sorted(set(made[own]))]
        return _ordered(rows, rising=True)

    def by_category(self, scored: Mapping[str, Scored]) -> tuple[Row, ...]:
        """A row for each category of real files, those beside the question included.

        Where synthetic files are of the category too, with the AUC within it.
        """
        import numpy as np

        real = np.array([item.synthetic is False for item in self._items])
        found = []
        for name in sorted({kind for kinds in self._kinds for kind in kinds}):
            inside = np.array([name in kinds for kinds in self._kinds])
            if (inside & real).any():
                aucs = {c: a for c, s in scored.items() if (a := self._auc(inside, s)) is not None}
                found.append(self._row(name, inside & real, scored, aucs))
        return _ordered(found, rising=False)

    def beside(self, scored: Mapping[str, Scored]) -> tuple[Row, ...]:
        """Synthetic files beside the question (music, singing) and files that are neither."""
        import numpy as np

        names = np.array([_beside(item) for item in self._items])
        rows = [self._row(name, names == name, scored) for name in sorted(set(names) - {""})]
        return _ordered(rows, rising=False)

    def unscored(
        self, seen: Sequence[Seen], conditions: Sequence[str]
    ) -> dict[str, dict[str, int]]:
        """By condition: reasons of files without a score, and how many."""
        found: dict[str, dict[str, int]] = {}
        for name in conditions:
            reasons: dict[str, int] = {}
            for record in seen:
                if reason := record.answers[name].reason:
                    reasons[reason] = reasons.get(reason, 0) + 1
            if reasons:
                found[name] = dict(sorted(reasons.items(), key=lambda pair: -pair[1]))
        return found

    def _auc(self, inside: Bools, scored: Scored) -> Estimate | None:
        rows = inside & self._averaged & _has(scored)
        truth, groups = self._truth[rows], self._groups[rows]
        if any(len(set(groups[truth == own])) < 2 for own in (False, True)):
            return None
        score = scored.score[rows]
        weights = weigh(truth, self._sources[rows].tolist(), self._by)
        rounds = min(self._rounds, 500)
        spread = intervals({"auc": (score, auc)}, truth, weights, groups.tolist(), rounds)
        return _estimate(auc(score, truth, weights), spread["auc"])

    def _row(
        self,
        name: str,
        mask: Bools,
        scored: Mapping[str, Scored],
        aucs: Mapping[str, Estimate] | None = None,
    ) -> Row:
        return Row(
            name=name,
            files=int(mask.sum()),
            sources=len(set(self._groups[mask])),
            seen=None if self._known is None else int(self._known[mask].sum()),
            shares={c: _share(mask & _has(s), s) for c, s in scored.items()},
            aucs=dict(aucs or {}),
        )


def _has(scored: Scored) -> Bools:
    import numpy as np

    return ~np.isnan(scored.score)


def _share(mask: Bools, scored: Scored) -> Share:
    count, hits = int(mask.sum()), int(scored.called[mask].sum())
    if not count:
        return Share(0, None, 0.0, 1.0, None, None)
    cleared, leaning = scored.cleared[mask].mean(), (scored.llr[mask] >= 0).mean()
    return Share(count, hits / count, *wilson(hits, count), float(cleared), float(leaning))


def _beside(item: Item) -> str:
    if item.synthetic is None:
        return f"{item.beside or 'neither'}: neither real nor AI"
    return f"{item.beside}: synthetic" if item.beside and item.synthetic else ""


def _estimate(value: float, spread: tuple[float, float] | None) -> Estimate:
    low, high = spread or (None, None)
    return Estimate(float(value), low, high)


def _honest(figure: Estimate) -> Estimate:
    """The figure without an interval of no width, where drawing sources anew changes nothing."""
    return Estimate(figure.value, None, None) if figure.low == figure.high else figure


def _widened(share: Estimate, weights: Floats) -> Estimate:
    """A share whose interval is never narrower than that of as many independent files (Kish):
    drawing sources without a single hit anew gives none again, which shows nothing."""
    if share.low is None or share.high is None:
        return share
    items = float(weights.sum() ** 2 / (weights**2).sum())
    low, high = wilson(share.value * items, items)
    return Estimate(share.value, min(low, share.low), max(high, share.high))


def _ordered(rows: Sequence[Row], *, rising: bool) -> tuple[Row, ...]:
    """By the mean over conditions of the share called synthetic, then by that of leaning."""

    def place(row: Row) -> tuple[float, float, int]:
        shares = [s for s in row.shares.values() if s.called is not None]
        if not shares:
            return (2.0, 0.0, 0)
        sign = 1 if rising else -1
        called = sum(s.called or 0 for s in shares) / len(shares)
        leaning = sum(s.leaning or 0 for s in shares) / len(shares)
        return (sign * called, sign * leaning, -row.files)

    return tuple(sorted(rows, key=place))
