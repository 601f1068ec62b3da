"""What a post discloses against what the evidence says."""

from __future__ import annotations

from typing import Any

import pytest

from detect.account.exports.records.post import PlatformLabel, Post
from detect.account.judging.cues import find_cues
from detect.account.judging.disclosure import disclose, duties

CREATOR = PlatformLabel("tiktok-creator", "creator", "aigcLabelType", "1")
REMOVED = PlatformLabel("instagram-manual-override-label-off", "removed", "x", "y")


def result(decision: bool | None = None, *, file: str | None = None, mark: str = "") -> Any:
    label = {"text": "", "rule": None}
    suspected = {True: "suspected", None: "none-found", False: "none-found"}[decision]
    return {
        "picture": {
            "status": "ok",
            "llr": 0.0,
            "model_decision": decision,
            "decision": True if file else decision,
            "decided_by": "declaration" if file else "classifier",
        },
        "voice": None,
        "declared": [{"source": "c2pa", "claim": file, "state": "intact"}] if file else [],
        "marks": [{"text": mark}] if mark else [],
        "labels": {
            "silent": {"cn": {"category": suspected, **label}, "us-ny": {"category": "r", **label}},
            "declared": {"cn": {"category": "possible", **label}},
        },
    }


@pytest.mark.parametrize(
    ("results", "labels", "text", "outcome"),
    [
        ([result(True)], (), "", "undisclosed"),
        ([result(False), result(True)], (), "", "undisclosed"),
        ([result(True)], (CREATOR,), "", "disclosed"),
        ([result(True)], (), "made with AI", "disclosed"),
        ([result(True)], (), "no AI used here, not AI-generated", "undisclosed"),
        ([result(True, mark="豆包AI生成")], (), "", "disclosed"),
        ([result(None, mark="豆包AI生成")], (), "", "disclosed"),
        ([result(None)], (CREATOR,), "", "disclosed"),
        ([result(False)], (CREATOR,), "", "over-disclosed"),
        ([result(False), result(None)], (CREATOR,), "", "disclosed"),
        ([result(False, file="ai-generated")], (CREATOR,), "", "disclosed"),
        ([result(False, file="ai-generated")], (), "", "declared-in-file"),
        ([result(None, file="ai-edited")], (), "", "declared-in-file"),
        ([result(None, file="captured")], (), "", "unclear"),
        ([result(None)], (REMOVED,), "", "label-removed"),
        ([result(None)], (), "", "unclear"),
        ([], (), "", "unclear"),
        ([], (CREATOR,), "", "disclosed"),
        ([result(False)], (), "", "no-sign"),
        ([result(False), result(None)], (), "", "unclear"),
    ],
)
def test_outcomes(results: list[Any], labels: Any, text: str, outcome: str) -> None:
    post = Post("1", "tiktok", text=text, labels=labels)
    found = disclose(post, find_cues(text), results)
    assert found.outcome == outcome


def test_duties_follow_what_the_publisher_says_and_whether_it_is_an_advertisement() -> None:
    post = Post("1", "tiktok")
    silent = disclose(post, (), [result(True)])
    asked = duties(silent, [result(False), result(True)], paid=True)
    assert asked["cn"]["category"] == "suspected"
    assert asked["us-ny"]["open"] and asked["cn"]["open"]
    organic = duties(silent, [result(True)], paid=False)
    assert organic["cn"]["open"] and not organic["us-ny"]["open"]
    said = disclose(Post("1", "tiktok", labels=(CREATOR,)), (), [result(True)])
    assert duties(said, [result(True)], paid=False)["cn"]["category"] == "possible"
