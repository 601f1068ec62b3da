"""Shares and change points of accounts whose truth is known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from detect.account.weighing.change import find_change
from detect.account.weighing.estimate import estimate_share, predictive_value
from detect.account.weighing.rates import Rates, read_rates
from detect.account.weighing.scores import PostScore, answer_of
from detect.core.errors import WeightsError

# Sources differ: 0 to 3 % of real and 10 to 90 % of AI pictures are called synthetic.
REAL = tuple((28.0 - 0.3 * i, 12.0, 0.3 * i) for i in range(5))
AI = tuple((2.0, 34.0 - 8 * i, 4.0 + 8.0 * i) for i in range(5))
RATES = Rates((-2.0, 2.0), 2.0, -2.0, REAL, AI)
LLR = {"synthetic": 3.0, "undecided": 0.0, "free": -3.0}


def posts(counts: tuple[int, int, int], month: str = "2026-01") -> list[PostScore]:
    answers = ["synthetic"] * counts[0] + ["undecided"] * counts[1] + ["free"] * counts[2]
    return [PostScore(f"{month}-01T00:00:00Z", "image", LLR[a], a) for a in answers]  # type: ignore[arg-type]


def share(counts: tuple[int, int, int], total: int | None = None) -> tuple[float, float, float]:
    whole, _ = estimate_share([("all", total or sum(counts), posts(counts))], {"image": RATES}) or (
        pytest.fail("no estimate"),
        None,
    )
    return whole.share.low, whole.share.value, whole.share.high


def test_a_share_is_no_count() -> None:
    low, value, high = share((18, 22, 0))  # 45 % positive, the rest missed rather than real
    assert value > 0.6 and high == 1.0
    low, value, high = share((0, 12, 28))
    assert low == 0 and value < 0.1
    low, value, high = share((10, 14, 16))
    assert 0.1 < low < 0.5 < high < 0.95


def test_false_alarms_at_their_rate_are_no_synthetic_posts() -> None:
    low, value, _ = share((1, 24, 55))
    assert low < 0.02 and value < 0.1


def test_a_sample_says_less_than_the_whole() -> None:
    low, _, high = share((4, 3, 8))
    wider = share((4, 3, 8), total=1500)
    assert wider[2] - wider[0] > high - low


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(5)
    inside = 0
    for _ in range(20):
        truth = random.uniform()
        real, ai = REAL[random.integers(5)], AI[random.integers(5)]
        synthetic = int(random.binomial(40, truth))
        counts = random.multinomial(synthetic, np.array(ai) / sum(ai)) + random.multinomial(
            40 - synthetic, np.array(real) / sum(real)
        )
        low, _, high = share(tuple(int(c) for c in counts[::-1]))  # type: ignore[arg-type]
        inside += low <= synthetic / 40 <= high
    assert inside >= 16


def test_periods_follow_the_account() -> None:
    strata = [
        ("2026-01", 20, posts((0, 6, 14))),
        ("2026-02", 20, posts((14, 5, 1), "2026-02")),
        ("2026-03", 5, []),
    ]
    found = estimate_share(strata, {"image": RATES})
    assert found is not None
    whole, (first, second, third) = found
    assert first.share.value < 0.15 and second.share.value > 0.7
    assert whole.share.low < 0.5 < whole.share.high
    assert third.scored == 0 and third.share.high - third.share.low > 0.5
    assert estimate_share([("x", 3, [])], {"image": RATES}) is None


def test_the_same_every_time() -> None:
    assert share((5, 5, 5)) == share((5, 5, 5))


def test_predictive_value_falls_with_the_base_rate() -> None:
    high, low = predictive_value(RATES, 0.5), predictive_value(RATES, 0.001)
    assert high.value > 0.9 > 0.5 > low.value
    assert high.low <= high.value <= high.high


def turning(before: int, after: int, *, seed: int = 1) -> list[PostScore]:
    random = np.random.default_rng(seed)
    answers = ["free", "undecided", "synthetic"]
    drawn = [random.choice(answers, p=np.array(REAL[2]) / sum(REAL[2])) for _ in range(before)]
    drawn += [random.choice(answers, p=np.array(AI[3]) / sum(AI[3])) for _ in range(after)]
    return [
        PostScore(f"2026-{1 + n // 28:02}-{1 + n % 28:02}T00:00:00Z", "image", LLR[a], a)
        for n, a in enumerate(drawn)
    ]


@pytest.mark.parametrize(("before", "after"), [(20, 20), (30, 10), (6, 40), (12, 12)])
def test_change_is_found_where_it_is(before: int, after: int) -> None:
    change = find_change(turning(before, after), {"image": RATES})
    assert change is not None and change.stated and change.direction == "turned-synthetic"
    assert abs(change.position - before) <= 3
    assert change.first <= before <= change.last and change.earliest <= change.time <= change.latest


def test_no_change_is_stated_where_there_is_none() -> None:
    stated = 0
    for seed in range(4):
        for before in (40, 0):
            change = find_change(turning(before, 40 - before, seed=seed), {"image": RATES})
            assert change is not None
            stated += change.stated
    assert stated <= 1


def test_few_posts_and_posts_without_time_say_nothing() -> None:
    assert find_change(turning(2, 2), {"image": RATES}) is None
    assert find_change(turning(20, 20), {}) is None
    assert find_change([PostScore(None, "image", 1.0, "undecided")] * 50, {"image": RATES}) is None


def test_answer_of_a_post() -> None:
    def item(llr: float | None) -> dict[str, object]:
        return {"kind": "image", "picture": {"llr": llr, "positive": 2.0, "negative": -2.0}}

    assert answer_of([], None) is None and answer_of([item(None)], None) is None
    assert [answer_of([item(v)], None).answer for v in (3.0, 0.0, -3.0)] == [  # type: ignore[union-attr]
        "synthetic",
        "undecided",
        "free",
    ]
    assert answer_of([item(3.0), item(-3.0), item(None)], None).answer == "undecided"  # type: ignore[union-attr]


def test_rates_are_read_and_checked() -> None:
    def content(rows: object, edges: object = (-2, 2)) -> bytes:
        points = {"balanced": {"positive": 2, "negative": -2}}
        rates = {"edges": edges, "image": {"real": rows, "ai": rows}}
        return json.dumps({"operating_points": points, "rates": rates}).encode()

    rates = read_rates(content([[1, 2, 3]]), "balanced")
    assert rates is not None and rates.real == ((1.0, 2.0, 3.0),)
    assert [rates.answer(x) for x in (-3, 0, 2, 3)] == [0, 1, 2, 2]
    assert rates.sensitivity == pytest.approx(0.5)
    assert read_rates(b"{}", "balanced") is None
    assert read_rates(content([[1, 2, 3]]), "balanced", "video") is None
    for wrong in ([], [[1, 2]], [[0, 0, 0]], [[1, -1, 1]], "x"):
        with pytest.raises(WeightsError):
            read_rates(content(wrong), "balanced")
    for edges in ([2, -2], [1], "ab", None):
        with pytest.raises(WeightsError):
            read_rates(content([[1, 2, 3]], edges), "balanced")
    with pytest.raises(WeightsError):
        read_rates(content([[1, 2, 3]]), "no such point")
