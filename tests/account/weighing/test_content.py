"""How the content of an account is made: by all pictures together, and never on too little."""

from __future__ import annotations

import json

import numpy as np
import pytest

from detect.account.weighing.content import CLEAR, LEAST, Content, judge_content
from detect.account.weighing.scores import PostScore
from detect.account.weighing.spread import Spread, Spreads, read_spreads
from detect.core.errors import WeightsError

SPREADS = {"image": Spreads(Spread(-1.8, 0.8, 1.1, 60), Spread(1.9, 1.1, 1.1, 60), "made up")}
TABLE = {"level": 1.0, "between": 1.0, "within": 1.0, "sources": 9}


def scores(*levels: float, each: int = 12, seed: int = 0, kind: str = "image") -> list[PostScore]:
    random = np.random.default_rng(seed)
    found = []
    for level in levels:
        for llr in random.normal(level, 1.0, each):
            day = f"2025-{1 + len(found) // 28:02}-{1 + len(found) % 28:02}"
            found.append(PostScore(day, kind, float(llr), "undecided"))
    return found


def judged(found: list[PostScore], **more: int) -> Content:
    return judge_content(found, SPREADS, **{"posts": len(found), **more})


@pytest.mark.parametrize(("level", "outcome"), [(-1.8, "camera"), (1.9, "ai-generated")])
@pytest.mark.parametrize("seed", range(5))
def test_single_pictures_are_open_and_the_account_is_not(
    level: float, outcome: str, seed: int
) -> None:
    found = judged(scores(level, seed=seed))
    assert found.outcome == outcome
    assert found.probability is not None and found.probability >= CLEAR
    assert sum(found.probabilities.values()) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(3))
def test_a_turn_is_found_with_its_time_and_direction(seed: int) -> None:
    found = judged(scores(-2.0, 2.0, seed=seed))
    assert (found.outcome, found.turned) == ("mixed", "turned-synthetic")
    assert found.since is not None and "2025-01-11" <= found.since <= "2025-01-15"
    assert judged(scores(2.0, -2.0, seed=seed)).turned == "turned-camera"


def test_both_kinds_in_any_order_are_mixed_without_a_time() -> None:
    pairs = zip(scores(-2.0), scores(2.0, seed=1), strict=True)
    mingled = [PostScore(None, "image", s.llr, s.answer) for pair in pairs for s in pair]
    found = judged(mingled)
    assert (found.outcome, found.since, found.turned) == ("mixed", None, None)


def test_between_the_classes_nothing_is_stated() -> None:
    found = judged(scores(0.1))
    assert found.outcome == "undecided" and found.leaning is not None


def test_one_odd_picture_makes_no_mixture() -> None:
    odd = [*scores(-1.8, each=14), PostScore("2025-06-01", "image", 3.9, "synthetic")]
    assert judged(odd).outcome == "camera"


def test_too_little_is_said_to_be_too_little() -> None:
    assert judged([]).basis == "no-posts"
    few = judged(scores(3.0, each=LEAST - 1))
    assert (few.outcome, few.basis) == ("undecided", "too-few")
    other = judge_content(scores(3.0, kind="video"), {}, posts=12)
    assert (other.outcome, other.leaning, other.basis) == ("undecided", None, "not-calibrated")


def test_the_accounts_own_word_and_drawings_decide_by_rule() -> None:
    declared = judged(scores(-1.8), declared=8)
    assert (declared.outcome, declared.basis) == ("ai-generated", "declared")
    assert declared.leaning == "camera"
    drawn = judged(scores(-1.8), looked=12, drawn=9)
    assert (drawn.outcome, drawn.basis) == ("drawn-or-rendered", "depiction")
    assert judged(scores(-1.8), looked=12, drawn=3, declared=2).outcome == "camera"


def test_many_posts_are_weighed_in_bounds() -> None:
    assert judged(scores(1.9, each=3000)).posts <= 240


def test_spreads_out_of_a_calibration() -> None:
    plain = {"accounts": {"image": {"camera": TABLE, "ai": TABLE}, "fitted_on": "x"}}
    found = read_spreads(json.dumps(plain).encode())
    assert found is not None and found.ai == Spread(1.0, 1.0, 1.0, 9)
    assert read_spreads(b"{}") is None and read_spreads(json.dumps(plain).encode(), "video") is None
    for wrong in ({**TABLE, "within": 0}, {**TABLE, "level": "x"}, {}):
        plain["accounts"]["image"] = {"camera": TABLE, "ai": wrong}
        with pytest.raises(WeightsError):
            read_spreads(json.dumps(plain).encode())
