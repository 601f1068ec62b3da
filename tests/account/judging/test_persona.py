"""Outcomes need grounds; a real person is not called synthetic without them."""

from __future__ import annotations

import pytest

from detect.account.judging.cues import find_cues
from detect.account.judging.persona import OUTCOMES, Signs, declared_by, judge_persona
from detect.account.weighing.estimate import Interval
from detect.account.weighing.rates import Rates
from detect.account.weighing.scores import PostScore
from detect.account.weighing.share_evidence import share_evidence

RATES = {
    "image": Rates(
        (-1.0, 1.0),
        1.0,
        -1.0,
        real=((80, 18, 2), (60, 38, 2), (90, 10, 0)),
        ai=((10, 40, 50), (5, 25, 70), (40, 55, 5)),
    )
}


def signs(synthetic: int, posts: int = 30, *, bio: str = "", **more: object) -> Signs:
    """An account with a recurring face, so many of whose posts are called synthetic."""
    scores = [
        PostScore(None, "image", 2.0, "synthetic")
        if number < synthetic
        else PostScore(None, "image", -2.0, "free")
        for number in range(posts)
    ]
    share = synthetic / posts
    facts: dict[str, object] = {
        "posts": posts,
        "pictures": posts,
        "faces": posts,
        "persona": posts,
        "looked": posts,
        "scored": posts,
        "share": Interval(share, max(0, share - 0.1), min(1, share + 0.1)),
        "evidence": share_evidence(scores, RATES),
        "cues": find_cues(bio),
    }
    return Signs(**{**facts, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (signs(0), "real-person"),
        (signs(30), "ai-persona"),
        (signs(16), "real-person-ai-edited"),
        (signs(0, bio="Virtual influencer from Seoul", declared=20), "ai-persona"),
        (signs(0, bio="Virtual influencer from Seoul"), "undecided"),
        (signs(30, bio="虚拟人，超写实"), "cgi-virtual-human"),
        (signs(0, bio="Unreal Engine developer, CGI artist, digital creator"), "real-person"),
        (signs(0, bio="数字人技术公司"), "real-person"),
        (signs(2, looked=30, drawn=29, bio="VTuber, hololive fan"), "anime-vtuber"),
        (signs(0, persona=0, faces=2, scored=0, share=None, evidence=None), "no-persona"),
        (signs(0, 5), "undecided"),
        (signs(28, faces=None, persona=0), "undecided"),
    ],
)
def test_outcomes(given: Signs, outcome: str) -> None:
    found = judge_persona(given)
    assert found.outcome == outcome, (found.leaning, found.probabilities, found.withheld)
    assert tuple(found.probabilities) == OUTCOMES
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert (found.withheld is None) == (outcome != "undecided")


def test_no_sum_of_weak_signs_makes_a_person_synthetic() -> None:
    """Without a declaration, an interval that reaches down keeps the answer open."""
    for low in (0.0, 0.2, 0.45):
        given = signs(
            28, share=Interval(0.9, low, 1.0), voices_scored=9, voices_synthetic=9, virtual=14
        )
        assert judge_persona(given).outcome not in ("ai-persona", "cgi-virtual-human")


def test_posts_without_the_face_can_keep_the_answer_open() -> None:
    """A real person who now posts a persona is not called one."""
    half, none = Interval(0.5, 0.4, 0.6), Interval(0.02, 0.0, 0.3)
    for given in (signs(30, whole=half), signs(0, whole=half)):
        found = judge_persona(given)
        assert found.outcome == "undecided"
        assert found.withheld is not None and found.withheld.code == "mixed"
    assert judge_persona(signs(0, whole=none)).outcome == "real-person"
    rare = judge_persona(signs(0, pictures=90, persona=30, whole=none))
    assert rare.outcome == "undecided"


def test_words_that_are_a_job_are_no_confession() -> None:
    assert declared_by(find_cues("AI artist and digital creator")).keys() <= {"says-works-with-ai"}
    assert set(declared_by(find_cues("AI model, 23"))) == {"says-ai"}
    assert set(declared_by(find_cues("a CGI character"))) == {"says-cgi"}
    assert set(declared_by(find_cues("虚拟人"))) == {"says-virtual"}
    assert not declared_by(find_cues("not an AI model"))


def test_hostile_words_are_no_format() -> None:
    found = judge_persona(signs(0, bio="virtual influencer {0.__class__} {words}"))
    assert found.reasons[0].code == "says-virtual"
