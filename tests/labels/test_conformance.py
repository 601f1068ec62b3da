"""Labels in a file held against the clauses, with how much is lacking."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from detect.core.finding import Evidence, Finding
from detect.core.mark import VisibleMark
from detect.core.media import Kind, Media
from detect.core.provenance import ImplicitLabel, Provenance
from detect.core.verdict import Check
from detect.labels import grade

READ = (Finding("visible-mark", "1"),)
MARK = VisibleMark(
    "AI生成", "label", None, True, True, True, (0.7, 0.9, 0.98, 0.97), 0.06, "bottom-right", 0.99,
)  # fmt: skip
LABEL = ImplicitLabel(("XMP",), 1, 1, {"Label": "1"}, (), "Doubao")


def checks(
    *, marks: tuple[VisibleMark, ...] = (), kind: Kind = "image", read: bool = True, **facts: Any
) -> dict[str, Check]:
    found = Provenance(marks=marks, **facts)
    media = Media("x", kind=kind, duration=10.0 if kind == "video" else None)
    labels = grade({}, found, media=media, findings=READ if read else ())
    return {check.code: check for check in labels["cn"].checks}


def test_a_conforming_picture_label() -> None:
    found = checks(marks=(MARK,))
    names = ("cn-explicit-wording", "cn-explicit-position", "cn-explicit-height")
    assert {found[name].outcome for name in names} == {"pass"}
    assert found["cn-explicit-height"].required == 0.05


@pytest.mark.parametrize(
    ("change", "code", "outcome"),
    [
        ({"height": 0.03}, "cn-explicit-height", "fail"),
        ({"height": 0.047}, "cn-explicit-height", "note"),
        ({"position": "inside"}, "cn-explicit-position", "fail"),
        ({"generation_element": False, "chinese": False}, "cn-explicit-wording", "fail"),
    ],
)
def test_which_clause_fails(change: dict[str, Any], code: str, outcome: str) -> None:
    check = checks(marks=(replace(MARK, **change),))[code]
    assert check.outcome == outcome
    assert check.clause == "GB 45438-2025, 5.2"
    if outcome == "fail":
        assert "detect label write" in (check.todo_en or "")


def test_by_how_much_it_fails() -> None:
    check = checks(marks=(replace(MARK, height=0.03),))["cn-explicit-height"]
    assert check.measured == 0.03
    assert "2.0 points less" in check.en and "2.0" in check.zh


@pytest.mark.parametrize(
    ("start", "end", "outcomes"),
    [
        (0.0, 3.0, ("pass", "pass")),
        (0.0, 1.5, ("pass", "fail")),
        (4.0, 9.0, ("fail", "pass")),
        (0.0, 10.0, ("pass", "pass")),
    ],
)
def test_time_in_a_video(start: float, end: float, outcomes: tuple[str, str]) -> None:
    found = checks(marks=(replace(MARK, pts=start, start=start, end=end),), kind="video")
    assert (
        found["cn-explicit-start"].outcome,
        found["cn-explicit-duration"].outcome,
    ) == outcomes


def test_nothing_is_said_about_marks_that_were_not_looked_for() -> None:
    assert checks(read=False)["cn-explicit"].outcome == "not-examined"
    assert checks()["cn-explicit"].outcome == "missing"
    assert checks(kind="audio")["cn-explicit"].outcome == "not-examined"


def test_the_implicit_label() -> None:
    assert checks()["cn-implicit"].outcome == "missing"
    found = checks(implicit_labels=(LABEL,))
    assert found["cn-implicit-copies"].outcome == found["cn-implicit-form"].outcome == "pass"
    assert found["cn-implicit-provider"].outcome == "pass"
    twice = checks(implicit_labels=(replace(LABEL, copies=2),))["cn-implicit-copies"]
    assert (twice.outcome, twice.measured, twice.required) == ("fail", 2.0, 1.0)
    bad = checks(implicit_labels=(replace(LABEL, label=None, problems=("label-value",)),))
    assert bad["cn-implicit-label-value"].outcome == "fail"


def test_a_platform_learns_where_and_in_which_words() -> None:
    label = grade({}, Provenance(), declared_by_publisher=True)["cn"]
    assert label.extra["platform-douyin"] == "内容由AI生成"
    assert "周边" in label.extra["where_zh"]


def test_the_rhythm_in_sound_is_a_trace_and_keeps_the_clause() -> None:
    evidence = Evidence("audible-label.rhythm", "Rhythm.", "节奏。", "0.0 s")
    heard = Finding("audible-label", "1", evidence=(evidence,))
    media = Media("x", kind="audio")
    label = grade({}, Provenance(), media=media, findings=(heard,))["cn"]
    assert label.category == "suspected"
    assert {c.code: c.outcome for c in label.checks}["cn-explicit"] == "pass"
    silent = grade({}, Provenance(), media=media, findings=(replace(heard, evidence=()),))["cn"]
    assert silent.category == "none-found"
