"""What would be said about an account that posts one source of the calibration, with one face.

    python -m scripts.measure.persona

Every source with at least twelve pictures is taken for an account: its answers are those that the
picture classifier gave while the source was left out, its counts are taken out of the error rates,
nothing is declared, and one face is in all posts: the case in which a real person is called
synthetic most easily. Prints the outcomes of real and of AI sources.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

from detect.account.judging.persona import Persona, Signs, judge_persona
from detect.account.weighing.estimate import estimate_share
from detect.account.weighing.rates import Counts, Rates, read_rates
from detect.account.weighing.scores import PostScore
from detect.account.weighing.share_evidence import share_evidence

ROOT = Path(__file__).resolve().parents[2]
LEAST = 12


def posts_of(counts: Counts, rates: Rates, most: int) -> list[PostScore]:
    """So many posts as there were pictures, at most `most`, answered in the same proportions."""
    total = sum(counts)
    number = min(most, round(total))
    exact = [count / total * number for count in counts]
    whole = [int(value) for value in exact]
    for place in sorted(range(len(exact)), key=lambda n: whole[n] - exact[n]):
        if sum(whole) < number:
            whole[place] += 1
    found = []
    for place, count in enumerate(whole):
        llr = rates.edges[place - 1] + 1e-6 if place else rates.edges[0] - 1
        answer = "synthetic" if llr >= rates.positive else "free"
        answer = answer if answer == "synthetic" or llr <= rates.negative else "undecided"
        found += [PostScore(None, "image", llr, answer)] * count
    return found


def judge(posts: list[PostScore], rates: Rates) -> Persona:
    """The outcome on an account of one face whose pictures look like photographs."""
    by_kind = {"image": rates}
    found = estimate_share([("", len(posts), posts)], by_kind)
    assert found is not None
    many = len(posts)
    return judge_persona(
        Signs(
            posts=many,
            pictures=many,
            faces=many,
            persona=many,
            looked=many,
            scored=many,
            share=found[0].share,
            evidence=share_evidence(posts, by_kind),
        )
    )


def main() -> None:
    """Prints counts of outcomes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--posts", type=int, default=40, help="at most so many an account")
    parser.add_argument("--all", action="store_true", help="one line a source, too")
    arguments = parser.parse_args()
    content = (ROOT / "weights" / "vision-v3" / "calibration.json").read_bytes()
    rates = read_rates(content, "low-false-alarm")
    assert rates is not None
    for side in ("real", "ai"):
        sources = getattr(rates, side)
        outcomes: Counter[str] = Counter()
        for number, counts in enumerate(sources):
            if sum(counts) < LEAST:
                continue
            others = replace(
                rates, **{side: tuple(s for n, s in enumerate(sources) if n != number)}
            )
            persona = judge(posts_of(counts, rates, arguments.posts), others)
            outcomes[persona.outcome] += 1
            if arguments.all:
                shown = ", ".join(f"{k} {v:.2f}" for k, v in persona.probabilities.items())
                print(f"{side} {sum(counts):4.0f} {persona.outcome:22} {shown}")
        print(f"{side} sources: {dict(outcomes.most_common())}")


if __name__ == "__main__":
    main()
