"""How an account's pictures are made, from the evidence of all of them: fit and error rates.

Accounts differ from each other far more than chance would have it, so their mean evidence is spread
around that of their class, and single pictures around the mean of their account (a normal
distribution each; both spreads are fitted on whole sources that the heads did not see):

    x_i = u + e_i,   u ~ N(mean, between^2),   e_i ~ N(0, within^2)

for the llr x of the n pictures of an account. What `depiction` says is the second evidence: k of n
pictures called drawn or rendered follow a beta-binomial distribution (a, b) of the class. A mixed
account is one class up to some post and another from there, every cut equally likely. Logarithms of
likelihoods are tempered by one number, because neither distribution is quite right.

    python -m scripts.picture.content --cache CACHE

after `train` and `train_depiction`, writes `weights/vision-v3/content.json` and `content.md`.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from scripts.picture.left_out import FOLDS, Data, load
from scripts.picture.protocol import table

__all__ = ["CLASSES", "LEAST_PART", "Model", "Spread", "fit", "fit_temper", "posterior"]

CLASSES = ("camera", "ai-generated", "drawn-or-rendered")
LEAST_PART = 3
"""Posts on each side of the cut of a mixed account."""
LEAST, MOST = 8, 20
"""Pictures of an account that is made up of a source."""
BARS = (0.5, 0.6, 0.7, 0.8, 0.9)
ROOT = Path(__file__).resolve().parents[2]
OF_LABEL = {
    "real": "camera",
    "ai": "ai-generated",
    "drawn": "drawn-or-rendered",
    "cgi": "drawn-or-rendered",
}
PRIOR = {"camera": 0.35, "ai-generated": 0.35, "drawn-or-rendered": 0.15, "mixed": 0.15}


@dataclass(frozen=True, slots=True)
class Spread:
    """One class.

    Attributes:
        mean: Of the accounts' means, llr.
        between: Standard deviation of the accounts' means.
        within: Standard deviation of pictures around the mean of their account.
        a: Of the beta distribution of the share that is called drawn or rendered.
        b: Likewise.
        sources: How many it was fitted on.
    """

    mean: float
    between: float
    within: float
    a: float
    b: float
    sources: int

    def log_likelihood(self, llr: Sequence[float], drawn: Sequence[bool]) -> float:
        """Of the pictures of one account."""
        n = len(llr)
        if n == 0:
            return 0.0
        average = math.fsum(llr) / n
        scatter = math.fsum((x - average) ** 2 for x in llr)
        inner, outer = self.within**2, self.within**2 + n * self.between**2
        normal = (n - 1) * math.log(inner) + math.log(outer) + scatter / inner
        normal += n * (average - self.mean) ** 2 / outer
        k = sum(drawn)
        return -normal / 2 + _log_beta(self.a + k, self.b + n - k) - _log_beta(self.a, self.b)


@dataclass(frozen=True)
class Model:
    """All classes, the temper, and the prior."""

    spreads: Mapping[str, Spread]
    temper: float = 1.0
    prior: Mapping[str, float] | None = None

    def declare(self) -> dict[str, object]:
        """As JSON holds it."""
        rounded = {
            name: {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(one).items()}
            for name, one in self.spreads.items()
        }
        return {
            "classes": rounded,
            "temper": round(self.temper, 4),
            "prior": dict(self.prior or PRIOR),
            "least_part": LEAST_PART,
        }


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def posterior(
    model: Model, llr: Sequence[float], drawn: Sequence[bool]
) -> tuple[dict[str, float], int | None]:
    """Probabilities of the classes and of `mixed` (camera, then AI), and the likeliest cut.

    Args:
        model: Fitted.
        llr: Of the pictures in the order of time.
        drawn: Whether each is called drawn or rendered.

    Returns:
        Probabilities, together 1, and the number of posts before the change, if any cut is allowed.
    """
    logs = {name: one.log_likelihood(llr, drawn) for name, one in model.spreads.items()}
    n, cut = len(llr), None
    camera, generated = model.spreads["camera"], model.spreads["ai-generated"]
    cuts = {
        k: camera.log_likelihood(llr[:k], drawn[:k]) + generated.log_likelihood(llr[k:], drawn[k:])
        for k in range(LEAST_PART, n - LEAST_PART + 1)
    }
    if cuts:
        cut = max(cuts, key=lambda k: cuts[k])
        logs["mixed"] = _log_sum(list(cuts.values())) - math.log(len(cuts))
    prior = model.prior or PRIOR
    weighed = {name: model.temper * log + math.log(prior[name]) for name, log in logs.items()}
    total = _log_sum(list(weighed.values()))
    return {name: math.exp(log - total) for name, log in weighed.items()}, cut


def _log_sum(logs: Sequence[float]) -> float:
    top = max(logs)
    return top + math.log(math.fsum(math.exp(log - top) for log in logs))


def fit(
    llr: np.ndarray, drawn: np.ndarray, sources: np.ndarray, classes: np.ndarray, least: int = 4
) -> Model:
    """Spreads by moments over sources with at least `least` pictures; sources weigh alike.

    Args:
        llr: Of pictures, by heads that did not see their source, shape (n,).
        drawn: Called drawn or rendered, shape (n,).
        sources: Name of the source, shape (n,).
        classes: One of `CLASSES`, shape (n,).
        least: Pictures of a source.
    """
    spreads = {}
    for name in CLASSES:
        means, variances, counts, shares = [], [], [], []
        for source in np.unique(sources[classes == name]):
            own = (sources == source) & (classes == name)
            if own.sum() >= least:
                means.append(llr[own].mean())
                variances.append(llr[own].var(ddof=1))
                counts.append(own.sum())
                shares.append((drawn[own].sum(), own.sum()))
        within = float(np.mean(variances))
        between = float(np.var(means, ddof=1) - np.mean(within / np.array(counts)))
        a, b = _beta_of(shares)
        spreads[name] = Spread(
            float(np.mean(means)),
            math.sqrt(max(between, 0.05)),
            math.sqrt(max(within, 0.05)),
            a,
            b,
            len(means),
        )
    return Model(spreads)


def _beta_of(shares: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """The likeliest beta-binomial on a grid; every source weighs alike, as 20 pictures at most."""
    grid = np.exp(np.linspace(math.log(0.05), math.log(40), 30))
    best = (-math.inf, 1.0, 1.0)
    for a in grid:
        for b in grid:
            log = sum(
                (_log_beta(a + k, b + n - k) - _log_beta(a, b)) * min(1, 20 / n) for k, n in shares
            )
            best = max(best, (log, float(a), float(b)))
    return best[1], best[2]


def fit_temper(model: Model, accounts: Sequence[tuple[str, list[float], list[bool]]]) -> Model:
    """The temper under which the true answers of made-up accounts are likeliest."""

    def loss(temper: float) -> float:
        tempered = Model(model.spreads, temper, model.prior)
        found = (posterior(tempered, x, d)[0][truth] for truth, x, d in accounts)
        return -math.fsum(math.log(max(p, 1e-9)) for p in found)

    best = min((round(0.1 + 0.05 * k, 2) for k in range(19)), key=loss)
    return Model(model.spreads, best, model.prior)


@dataclass(frozen=True)
class Account:
    """A source taken for an account, or two one after the other."""

    name: str
    truth: str
    llr: list[float]
    drawn: list[bool]
    cut: int | None = None


@dataclass(frozen=True)
class Evidence:
    """What left-out heads say of the pictures, under web; shape (n,) each."""

    llr: np.ndarray
    drawn: np.ndarray
    source: np.ndarray
    kind: np.ndarray
    fold: np.ndarray

    def among(self, rows: np.ndarray) -> Evidence:
        """Some of the pictures."""
        return Evidence(
            self.llr[rows], self.drawn[rows], self.source[rows], self.kind[rows], self.fold[rows]
        )

    def model(self) -> Model:
        """Fitted on these pictures, tempered on accounts made of them."""
        rough = fit(self.llr, self.drawn, self.source, self.kind)
        made = [(a.truth, a.llr, a.drawn) for a in self.accounts(0)]
        return fit_temper(rough, made)

    def accounts(self, seed: int) -> list[Account]:
        """One account a source, and camera sources followed by AI ones of the same fold."""
        random, found = np.random.default_rng(seed), []
        for source in np.unique(self.source):
            own = np.flatnonzero(self.source == source)
            if len(own) >= LEAST:
                own = random.permutation(own)[: int(random.integers(LEAST, MOST + 1))]
                found.append(self._account(str(source), str(self.kind[own[0]]), own))
        for fold in np.unique(self.fold):
            here = [a for a in (self._sides(fold, kind) for kind in CLASSES[:2]) if a]
            if len(here) < 2:
                continue
            for number, camera in enumerate(here[0]):
                generated = here[1][number % len(here[1])]
                half = int(random.integers(LEAST // 2, MOST // 2 + 1))
                first, then = (random.permutation(own)[:half] for own in (camera, generated))
                both = np.concatenate([first, then])
                found.append(self._account("mixed", "mixed", both, len(first)))
        return found

    def _sides(self, fold: int, kind: str) -> list[np.ndarray]:
        rows = (self.fold == fold) & (self.kind == kind)
        sides = [np.flatnonzero(rows & (self.source == s)) for s in np.unique(self.source[rows])]
        return [side for side in sides if len(side) >= LEAST // 2]

    def _account(self, name: str, truth: str, own: np.ndarray, cut: int | None = None) -> Account:
        return Account(name, truth, self.llr[own].tolist(), self.drawn[own].tolist(), cut)


def evidence_of(data: Data, cache: Path, clip: tuple[float, float]) -> Evidence:
    """What `train` and `train_depiction` left in the cache."""
    with np.load(cache / "vision-answers.npz") as vision:
        assert vision["key"].tolist() == data.keys
        llr = vision["llr"]
    with np.load(cache / "depiction-answers.npz") as depiction:
        drawn = depiction["drawn"]
    known = ~np.isnan(llr)
    evidence = Evidence(
        np.clip(np.nan_to_num(llr), *clip),
        drawn,
        np.array([f"{p.source} {p.label}" for p in data.pictures]),
        np.array([OF_LABEL[label] for label in data.label]),
        np.where(data.held_out, data.group % FOLDS, data.fold),
    )
    return evidence.among(known)


def judged(evidence: Evidence) -> list[tuple[Account, dict[str, float], int | None]]:
    """Accounts of each fold by the model of the others."""
    found = []
    for fold in np.unique(evidence.fold):
        model = evidence.among(evidence.fold != fold).model()
        for account in evidence.among(evidence.fold == fold).accounts(1):
            found.append((account, *posterior(model, account.llr, account.drawn)))
    return found


def confusion(found: Sequence[tuple[Account, dict[str, float], int | None]]) -> str:
    """Stated right, undecided, wrong, by class and bar; and where changes were found."""
    lines = []
    for bar in BARS:
        for truth in (*CLASSES, "mixed"):
            count: Counter[str] = Counter()
            for account, chances, _ in found:
                if account.truth == truth:
                    best = max(chances, key=lambda name: chances[name])
                    right = "right" if best == truth else "wrong"
                    count[right if chances[best] >= bar else "undecided"] += 1
            total = sum(count.values())
            shares = [count[name] / max(total, 1) for name in ("right", "undecided", "wrong")]
            lines.append((bar, truth, total, *shares))
    text = table(("stated from", "account", "n", "right", "undecided", "wrong"), lines)
    off = [
        abs(cut - account.cut)
        for account, chances, cut in found
        if account.cut is not None and cut is not None and chances.get("mixed", 0) >= 0.5
    ]
    if off:
        near = sum(distance <= 2 for distance in off)
        text += f"\nMixed, called mixed: cut within 2 posts of the truth in {near} of {len(off)}.\n"
    return text


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="How the content of accounts is made.")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ROOT / "weights" / "vision-v3")
    arguments = parser.parse_args()
    calibration = json.loads((arguments.out / "calibration.json").read_text(encoding="utf-8"))
    low, high = calibration["clip"]
    evidence = evidence_of(load(arguments.cache), arguments.cache, (low, high))
    found = judged(evidence)
    model = evidence.model()
    (arguments.out / "content.json").write_text(
        json.dumps(model.declare(), indent=1) + "\n", encoding="utf-8"
    )
    text = confusion(found)
    for account, chances, _ in found:
        best = max(chances, key=lambda name: chances[name])
        if best != account.truth and chances[best] >= 0.8 and account.truth != "mixed":
            text += f"\n- wrong at 0.8: {account.name} is {account.truth}, called {best}"
    print(text)
    (arguments.out / "content.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
