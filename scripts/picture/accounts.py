"""How evidence is spread over sources, for accounts: fitted on left-out answers, judged left out.

    python -m scripts.picture.accounts --cache CACHE

after `train`: writes `accounts` into `weights/vision-v3/calibration.json` and the confusion of
sources taken for accounts into `weights/vision-v3/accounts.md`. Every account is judged with the
spreads of the sources of the other folds, by `detect.account.weighing.content` as an audit does.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np

from detect.account.weighing.content import CLEAR, judge_content
from detect.account.weighing.scores import PostScore
from detect.account.weighing.spread import Spread, Spreads
from scripts.picture.left_out import FOLDS, Data, load
from scripts.picture.protocol import table

LEAST, MOST = 8, 20
"""Pictures of an account that is made of a source."""
FITTED = 4
"""Pictures of a source that spreads are fitted on, at least."""
ROOT = Path(__file__).resolve().parents[2]
SIDES = {"real": "camera", "ai": "ai-generated"}


def spread_of(llr: np.ndarray, sources: np.ndarray) -> Spread:
    """Moments over sources, each weighing alike; the level is their median."""
    means, variances, counts = [], [], []
    for source in np.unique(sources):
        own = llr[sources == source]
        if len(own) >= FITTED:
            means.append(own.mean())
            variances.append(own.var(ddof=1))
            counts.append(len(own))
    within = float(np.mean(variances))
    between = float(np.var(means, ddof=1) - np.mean(within / np.array(counts)))
    return Spread(
        round(float(np.median(means)), 4),
        round(max(between, 0.05) ** 0.5, 4),
        round(max(within, 0.05) ** 0.5, 4),
        len(means),
    )


def spreads_of(llr: np.ndarray, label: np.ndarray, sources: np.ndarray) -> Spreads:
    """Both classes."""
    camera, ai = (spread_of(llr[label == k], sources[label == k]) for k in ("real", "ai"))
    return Spreads(camera, ai, "")


def posts(llr: np.ndarray) -> list[PostScore]:
    """One picture a post, one post a day."""
    days = [f"2025-{1 + i // 28:02}-{1 + i % 28:02}" for i in range(len(llr))]
    return [PostScore(d, "image", float(x), "undecided") for d, x in zip(days, llr, strict=True)]


def judged(data: Data, llr: np.ndarray) -> list[tuple[str, str, str, int | None, int | None]]:
    """Source, truth and outcome of every account; of mixed ones the true turn and the said one."""
    sources = np.array([f"{p.source} {p.label}" for p in data.pictures])
    fold = np.where(data.held_out, data.group % FOLDS, data.fold)
    known = ~np.isnan(llr) & np.isin(data.label, list(SIDES))
    random = np.random.default_rng(20261201)
    found: list[tuple[str, str, str, int | None, int | None]] = []
    for one in np.unique(fold[known]):
        rest, here = known & (fold != one), known & (fold == one)
        spreads = {"image": spreads_of(llr[rest], data.label[rest], sources[rest])}
        sides: dict[str, list[np.ndarray]] = {"real": [], "ai": []}
        for source in np.unique(sources[here]):
            own = random.permutation(llr[here & (sources == source)])[:MOST]
            label = source.rpartition(" ")[2]
            sides[label].append(own)
            if len(own) >= LEAST:
                outcome = judge_content(posts(own), spreads, posts=len(own)).outcome
                found.append((source, SIDES[label], outcome, None, None))
        pairs = [s for s in zip(*(sides[k] for k in SIDES), strict=False) if min(map(len, s)) >= 4]
        for camera, ai in pairs:
            both = np.concatenate([camera[: MOST // 2], ai[: MOST // 2]])
            answer = judge_content(posts(both), spreads, posts=len(both))
            days = [post.time for post in posts(both)]
            cut = days.index(answer.since) if answer.since else None
            found.append(("mixed", "mixed", answer.outcome, len(camera[: MOST // 2]), cut))
    return found


def confusion(found: list[tuple[str, str, str, int | None, int | None]]) -> str:
    """Right, undecided and wrong by what is true; who is wrong; turns."""
    lines = []
    for truth in ("camera", "ai-generated", "mixed"):
        counted = Counter(
            "right" if o == truth else o if o == "undecided" else "wrong"
            for _, t, o, _, _ in found
            if t == truth
        )
        lines.append(
            (truth, counted.total(), *(counted[k] for k in ("right", "undecided", "wrong")))
        )
    text = table(("account", "n", "right", "undecided", "wrong"), lines)
    wrong = [f"{s} ({o})" for s, t, o, _, _ in found if o not in (t, "undecided") and t != "mixed"]
    near = [abs(a - b) <= 2 for *_, a, b in found if a is not None and b is not None]
    text += f"\nWrong: {', '.join(wrong) or 'none'}.\n"
    return text + f"\nTurns of accounts called mixed within 2 posts: {sum(near)} of {len(near)}.\n"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ROOT / "weights" / "vision-v3")
    arguments = parser.parse_args()
    path = arguments.out / "calibration.json"
    calibration = json.loads(path.read_text(encoding="utf-8"))
    data = load(arguments.cache)
    with np.load(arguments.cache / "vision-answers.npz") as kept:
        assert kept["key"].tolist() == data.keys
        llr = np.clip(kept["llr"], *calibration["clip"])
    known = ~np.isnan(llr) & np.isin(data.label, list(SIDES))
    sources = np.array([f"{p.source} {p.label}" for p in data.pictures])
    fitted = spreads_of(llr[known], data.label[known], sources[known])
    calibration["accounts"] = {
        "image": {"camera": asdict(fitted.camera), "ai": asdict(fitted.ai)},
        "fitted_on": "left-out answers under web, one row a source",
    }
    path.write_text(json.dumps(calibration, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text = (
        f"# Sources taken for accounts\n\nOf {LEAST} to {MOST} pictures as JPEG 60, without words, "
        f"stated from {CLEAR} on, spreads of the other folds.\n\n{confusion(judged(data, llr))}"
    )
    (arguments.out / "accounts.md").write_text(text, encoding="utf-8")
    print(text, calibration["accounts"])


if __name__ == "__main__":
    main()
