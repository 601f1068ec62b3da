"""Which evidence supports which label."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from detect.core.finding import Evidence
from detect.core.mark import Watermark
from detect.core.media import Kind
from detect.core.provenance import Declaration, Provenance
from detect.core.verdict import HypothesisResult
from detect.labels import grade

CLASSIFIED = HypothesisResult(
    status="ok", llr=9.0, probability=0.9999, model_decision=True, decision=True,
    decided_by="classifier",
)  # fmt: skip
DECLARED = HypothesisResult(
    status="ok", llr=-1.0, probability=0.27, decision=True, decided_by="declaration"
)
CLEARED = HypothesisResult(
    status="ok", llr=-5.0, probability=0.007, model_decision=False, decision=False,
    decided_by="classifier",
)  # fmt: skip


def declare(**fields: Any) -> Provenance:
    values = {
        "source": "c2pa",
        "claim": "ai-generated",
        "state": "untrusted",
        "evidence": Evidence("c2pa.ai-declared", "Declared.", "已声明。"),
    }
    return Provenance(declarations=(Declaration(**{**values, **fields}),))


def category(provenance: Provenance, **hypotheses: HypothesisResult) -> str:
    return grade(hypotheses or {"ai_generated": CLEARED}, provenance)["cn"].category


@pytest.mark.parametrize("state", ["trusted", "untrusted", "expired"])
@pytest.mark.parametrize("claim", ["ai-generated", "ai-edited"])
def test_signed_declaration_of_ai_confirms(state: str, claim: str) -> None:
    assert category(declare(state=state, claim=claim), ai_generated=DECLARED) == "confirmed"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"source": "aigc-label", "state": "intact", "aigc_label": 1}, "confirmed"),
        ({"source": "iptc", "state": "intact"}, "confirmed"),
        ({"source": "generator-metadata", "state": "intact"}, "confirmed"),
        (
            {"source": "aigc-label", "state": "intact", "claim": "ai-possible", "aigc_label": 2},
            "possible",
        ),
        (
            {"source": "aigc-label", "state": "intact", "claim": "ai-possible", "aigc_label": 3},
            "suspected",
        ),
        ({"source": "aigc-label", "state": "malformed"}, "suspected"),
        ({"state": "void"}, "suspected"),
        ({"claim": "ai-possible"}, "suspected"),
        ({"claim": "captured"}, "none-found"),
        ({"claim": "not-ai"}, "none-found"),
        ({"claim": "captured", "state": "void"}, "none-found"),
    ],
)
def test_what_a_declaration_supports_in_china(fields: dict[str, Any], expected: str) -> None:
    assert category(declare(**fields)) == expected


@pytest.mark.parametrize("name", ["ai_generated", "voice_synthetic"])
def test_a_classifier_alone_is_never_more_than_suspected(name: str) -> None:
    label = grade({name: CLASSIFIED}, Provenance())["cn"]
    assert label.category == "suspected"
    assert "疑似" in label.text
    assert "classifier-at-most-suspected" in {r.code for r in label.reasons}


def test_a_classifier_beside_a_weak_label_does_not_raise_it() -> None:
    weak = declare(source="aigc-label", state="malformed")
    assert category(weak, ai_generated=CLASSIFIED) == "suspected"


def test_an_abstaining_classifier_gives_no_label() -> None:
    undecided = HypothesisResult(status="ok", llr=3.0, probability=0.95, model_decision=None)
    overruled = HypothesisResult(status="ok", llr=6.0, probability=0.99, model_decision=True)
    assert category(Provenance(), ai_generated=undecided) == "none-found"
    labels = grade({"ai_generated": overruled}, declare(claim="captured"))
    assert labels["cn"].category == "none-found"
    assert [r.code for r in labels["cn"].reasons] == ["classifier-withheld", "declared-captured"]
    assert labels["eu"].category == labels["us-ny"].category == "review"


def test_a_publisher_who_declares_makes_it_possible() -> None:
    label = grade({"ai_generated": CLASSIFIED}, Provenance(), declared_by_publisher=True)["cn"]
    assert label.category == "possible"
    assert "可能" in label.text


def test_a_camera_credential_is_named_but_does_not_lower_the_grade() -> None:
    label = grade({"ai_generated": CLASSIFIED}, declare(claim="captured", state="trusted"))["cn"]
    assert label.category == "suspected"
    assert "declared-captured" in {r.code for r in label.reasons}


def test_notice_wording_of_the_three_grades() -> None:
    confirmed = grade({}, declare(state="trusted"))["cn"]
    assert "属于" in confirmed.text
    assert confirmed.extra["implicit_label"] == "1"
    assert confirmed.extra["text_en"]
    assert "第六条" in (confirmed.rule or "")


def test_nothing_found_is_never_called_clean_or_real() -> None:
    for label in grade(
        {"ai_generated": CLEARED, "voice_synthetic": CLEARED}, Provenance()
    ).values():
        assert label.category == "none-found"
        words = (label.text + label.extra.get("text_en", "")).lower()
        assert "clean" not in words and "authentic" not in words
        assert "does not make it real" in words


def test_an_unexamined_file_says_so() -> None:
    for label in grade({}, Provenance()).values():
        assert label.category == "none-found"
        assert [r.code for r in label.reasons] == ["not-examined"]


@pytest.mark.parametrize(
    ("provenance", "result", "expected"),
    [
        (declare(state="trusted"), DECLARED, "disclose"),
        (declare(state="void"), CLEARED, "review"),
        (declare(source="aigc-label", state="malformed"), CLEARED, "review"),
        (Provenance(), CLASSIFIED, "review"),
        (Provenance(), CLEARED, "none-found"),
    ],
)
def test_european_union(provenance: Provenance, result: HypothesisResult, expected: str) -> None:
    assert grade({"ai_generated": result}, provenance)["eu"].category == expected


def test_what_a_tool_leaves_behind_is_not_a_mark() -> None:
    def codes(**fields: Any) -> set[str]:
        label = grade({"ai_generated": CLEARED}, declare(**fields))["eu"]
        assert label.category == "disclose"
        return {reason.code for reason in label.reasons}

    assert "eu-machine-readable-mark" in codes(source="iptc", state="intact")
    assert "eu-no-machine-readable-mark" in codes(source="generator-metadata", state="intact")


def test_a_watermark_is_a_mark_but_no_metadata() -> None:
    provenance = declare(source="watermark", state="intact", about="voice_synthetic")
    label = grade({"voice_synthetic": DECLARED}, provenance, kind="audio")["eu"]
    assert label.category == "review"
    assert "eu-machine-readable-mark" in {reason.code for reason in label.reasons}
    said = " ".join(reason.en for reason in label.reasons)
    assert "watermark" in said and "Article 6" not in said
    marked = Watermark("perth", "Perth", 0.9, 0.8, "voice_synthetic", 8.0, 20.0)
    provenance = replace(provenance, watermarks=(marked,))
    labels = grade({"voice_synthetic": DECLARED}, provenance, kind="audio")
    outcome = {check.code: check.outcome for label in labels.values() for check in label.checks}
    assert outcome["eu-machine-readable"] == "pass"
    assert outcome["us-ca-machine-readable"] == "missing"


def test_new_york_reviews_pictures_and_leaves_sound_alone() -> None:
    def ask(provenance: Provenance, kind: Kind = "video", **hypotheses: HypothesisResult) -> str:
        return grade(hypotheses, provenance, kind=kind)["us-ny"].category

    assert ask(Provenance(), ai_generated=CLASSIFIED) == "review"
    assert ask(declare(), ai_generated=DECLARED) == "review"
    assert ask(Provenance(), ai_generated=CLEARED, voice_synthetic=CLASSIFIED) == "none-found"
    assert ask(declare(), "audio", ai_generated=DECLARED) == "none-found"


def test_every_reason_speaks_both_languages_and_every_label_names_its_rule() -> None:
    labels = grade({"ai_generated": CLASSIFIED, "voice_synthetic": CLASSIFIED}, declare())
    for label in labels.values():
        assert label.rule
        assert "no legal advice" in label.extra["note_en"]
        assert label.reasons
        for reason in label.reasons:
            assert reason.en.isascii()
            assert any("\u4e00" <= c <= "\u9fff" for c in reason.zh)
