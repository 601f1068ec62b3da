"""What follows from findings and declarations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detect.core.finding import Evidence, Finding, FindingStatus, Hypothesis, Span
from detect.core.mark import Watermark
from detect.core.provenance import Claim, Declaration, Provenance
from detect.core.verdict import Verdict
from detect.fusion.combine import posterior
from detect.fusion.verdict import conclude, fuse

SEEN = Evidence("test", "seen", "见")


def finding(
    hypothesis: Hypothesis,
    llr: float | None,
    *,
    status: FindingStatus = "ok",
    reason: str | None = None,
    spans: tuple[Span, ...] = (),
) -> Finding:
    return Finding(
        "test",
        "1",
        hypothesis,
        status,
        reason,
        score=llr,
        llr=llr,
        positive=3.0,
        negative=-1.0,
        spans=spans,
    )


def declared(claim: Claim, state: str = "intact") -> Provenance:
    return Provenance(declarations=(Declaration("c2pa", claim, state, SEEN),))  # type: ignore[arg-type]


def judge(
    picture: float | None,
    voice: float | None = None,
    provenance: Provenance | None = None,
    prior: float = 0.5,
) -> Verdict:
    provenance = provenance or Provenance()
    findings = [
        finding("ai_generated", picture)
        if picture is not None
        else finding("ai_generated", None, status="not-applicable", reason="no-picture"),
        finding("voice_synthetic", voice)
        if voice is not None
        else finding("voice_synthetic", None, status="not-applicable", reason="no-audio"),
    ]
    return conclude(fuse(findings, provenance, prior=prior), provenance, "ok", findings)


@pytest.mark.parametrize(
    ("picture", "voice", "label"),
    [
        (4.0, None, "ai-generated"),
        (-2.0, None, "no-synthesis-found"),
        (1.0, None, "inconclusive"),
        (-2.0, 4.0, "voice-synthetic"),
        (-2.0, 1.0, "inconclusive"),
        (4.0, 4.0, "ai-generated"),
        (None, None, "not-examined"),
        (None, -2.0, "no-synthesis-found"),
    ],
)
def test_label_follows_the_decisions(
    picture: float | None, voice: float | None, label: str
) -> None:
    assert judge(picture, voice).label == label


def test_both_decisions_are_kept() -> None:
    assert judge(4.0, 4.0).labels == ("ai-generated", "voice-synthetic")


def test_inconclusive_names_its_best_guess_and_what_would_help() -> None:
    verdict = judge(2.0)
    assert verdict.best_guess == "ai-generated"
    assert {r.code for r in verdict.would_change} >= {"want-original", "want-review"}


def test_low_base_rate_withholds_a_decision_that_is_probably_wrong() -> None:
    verdict = judge(4.0, prior=0.001)
    assert verdict.label == "inconclusive"
    assert verdict.reasons[0].code == "picture-prior"


def test_declaration_decides_and_is_no_probability() -> None:
    verdict = judge(-2.0, provenance=declared("ai-generated"))
    assert (verdict.label, verdict.probability) == ("ai-generated", None)
    assert [c.code for c in verdict.conflicts] == ["conflict-declared-not-seen"]


def test_void_credentials_decide_nothing_but_are_named() -> None:
    verdict = judge(-2.0, provenance=declared("ai-generated", "void"))
    assert verdict.label == "no-synthesis-found"
    assert "void-credential" in {r.code for r in verdict.reasons}


def test_trusted_camera_credential_turns_a_hit_into_a_question() -> None:
    verdict = judge(5.0, provenance=declared("captured", "trusted"))
    assert verdict.label == "inconclusive"
    assert [c.code for c in verdict.conflicts] == ["conflict-camera-credential"]


def test_untrusted_camera_claim_is_shown_but_anyone_can_sign_it() -> None:
    verdict = judge(5.0, provenance=declared("captured", "untrusted"))
    assert verdict.label == "ai-generated"
    assert [c.code for c in verdict.conflicts] == ["conflict-camera-claim"]


def test_ai_edit_is_not_a_generated_picture() -> None:
    assert judge(-2.0, provenance=declared("ai-edited")).label == "ai-edited"


def test_sound_file_that_declares_ai() -> None:
    verdict = judge(None, -2.0, declared("ai-generated"))
    assert verdict.label == "ai-generated"
    assert [c.code for c in verdict.conflicts] == ["conflict-declared-not-seen"]
    assert not judge(None, 4.0, declared("ai-generated")).conflicts


def test_a_watermark_in_a_voice_that_sounds_real_is_a_conflict() -> None:
    marked = in_content("watermark", "ai-generated", "voice_synthetic")
    assert [c.code for c in judge(None, -2.0, marked).conflicts] == ["conflict-declared-not-seen"]
    assert not judge(None, 1.0, marked).conflicts


def test_what_is_declared_of_the_voice_is_no_conflict_with_the_picture() -> None:
    marked = in_content("watermark", "ai-generated", "voice_synthetic")
    noisy = finding("voice_synthetic", None, status="not-applicable", reason="too-noisy")
    for findings, provenance in (
        ([finding("ai_generated", -2.0), noisy], marked),
        (
            [
                finding("ai_generated", None, status="error", reason="model-error"),
                finding("voice_synthetic", -2.0),
            ],
            declared("ai-generated"),
        ),
    ):
        results = fuse(findings, provenance, prior=0.5)
        assert not conclude(results, provenance, "ok", findings).conflicts


def test_where_a_watermark_was_found_is_the_stretch_that_it_decides() -> None:
    marked = replace(
        in_content("watermark", "ai-generated", "voice_synthetic"),
        watermarks=(Watermark("perth", "Perth", 0.9, 0.8, "voice_synthetic", 8.0, 20.0),),
    )
    voice = fuse([finding("voice_synthetic", -2.0)], marked, prior=0.5)["voice_synthetic"]
    assert [(span.start, span.end) for span in voice.spans] == [(8.0, 20.0)]


def test_more_speech_is_wanted_for_a_weak_voice_but_not_where_a_part_stands_out() -> None:
    assert "want-more-speech" in {r.code for r in judge(None, 1.0).would_change}
    part = finding("voice_synthetic", -1.0)
    part = replace(part, spans=windows(*[-2.0] * 7, *[2.5] * 3, *[-2.0] * 7))
    verdict = conclude(fuse([part], Provenance(), prior=0.5), Provenance())
    assert verdict.reasons[0].code == "voice-part-stands-out"
    assert "want-more-speech" not in {r.code for r in verdict.would_change}


def test_unreadable_file_that_declares_ai_is_still_labelled() -> None:
    provenance = declared("ai-generated")
    verdict = conclude(fuse([], provenance, prior=0.5), provenance, "too-large")
    assert verdict.label == "ai-generated"
    assert "unreadable" in {r.code for r in verdict.reasons}


def test_models_are_averaged_not_added() -> None:
    votes = [finding("ai_generated", 4.0), finding("ai_generated", 2.0)]
    result = fuse(votes, Provenance(), prior=0.5)["ai_generated"]
    assert result.llr == pytest.approx(3.0)


def test_failed_model_is_never_a_clean_bill() -> None:
    votes = [finding("ai_generated", None, status="error", reason="model-error")]
    hypotheses = fuse([*votes, finding("voice_synthetic", -3.0)], Provenance(), prior=0.5)
    assert conclude(hypotheses, Provenance()).label == "inconclusive"


def test_neighbouring_spans_that_support_a_decision_are_joined() -> None:
    spans = (
        Span(0, 4, 1.0, -2.0),
        Span(4, 8, 2.0, 5.0),
        Span(8, 12, 2.0, 4.0),
        Span(12, 16, 1.0, -2.0),
    )
    votes = [finding("voice_synthetic", 4.0, spans=spans)]
    result = fuse(votes, Provenance(), prior=0.5)["voice_synthetic"]
    assert [(s.start, s.end, s.llr) for s in result.spans] == [(4, 12, 5.0)]


@pytest.mark.parametrize("llr", [-800.0, -3.0, 0.0, 3.0, 800.0])
def test_posterior_is_bayes(llr: float) -> None:
    assert 0.0 <= posterior(llr, 0.2) <= 1.0
    assert posterior(0.0, 0.2) == pytest.approx(0.2)


def test_stills_in_a_row_become_one_stretch() -> None:
    spans = tuple(
        Span(t, t, 1.0, llr, index=t) for t, llr in ((0, 5.0), (2, 4.0), (4, 0.0), (6, 4.0))
    )
    votes = [finding("ai_generated", 4.0, spans=spans)]
    result = fuse(votes, Provenance(), prior=0.5)["ai_generated"]
    assert [(s.start, s.end) for s in result.spans] == [(0, 2), (6, 6)]


def test_high_base_rate_withholds_a_clean_bill() -> None:
    verdict = judge(-2.0, prior=0.95)
    assert verdict.label == "inconclusive"
    assert verdict.best_guess == "ai-generated"


def test_best_guess_follows_the_base_rate() -> None:
    assert judge(2.0, prior=0.001).best_guess == "no-synthesis-found"


@pytest.mark.parametrize("voice", [None, -2.0])
def test_hint_on_a_sound_file_is_never_a_clean_bill(voice: float | None) -> None:
    verdict = judge(None, voice, declared("ai-possible"))
    assert verdict.label == "inconclusive"
    assert "declared-ai-possible" in {r.code for r in verdict.reasons}


def test_malformed_label_is_a_hint_not_a_declaration() -> None:
    assert judge(-2.0, provenance=declared("ai-generated", "malformed")).label == "inconclusive"


def test_model_that_failed_beside_one_that_answered_is_named() -> None:
    votes = [
        finding("ai_generated", -2.0),
        finding("ai_generated", None, status="error", reason="model-error"),
    ]
    hypotheses = fuse(votes, Provenance(), prior=0.5)
    verdict = conclude(hypotheses, Provenance(), findings=votes)
    assert "model-error" in {r.code for r in verdict.reasons}


def test_spans_are_measured_by_their_own_thresholds() -> None:
    spans = (Span(0, 4, 1.0, -2.0), Span(4, 8, 2.0, 2.0), Span(8, 12, 2.0, 2.1))
    vote = replace(finding("voice_synthetic", 4.0, spans=spans), span_positive=1.7)
    result = fuse([vote], Provenance(), prior=0.5)["voice_synthetic"]
    assert [(s.start, s.end) for s in result.spans] == [(4, 12)]


def test_file_above_without_a_span_above_is_one_stretch() -> None:
    spans = (Span(0, 4, 1.0, 1.5), Span(4, 8, 1.0, 1.4))
    result = fuse([finding("voice_synthetic", 4.0, spans=spans)], Provenance(), prior=0.5)
    assert [(s.start, s.end) for s in result["voice_synthetic"].spans] == [(0, 8)]


def windows(*llrs: float) -> tuple[Span, ...]:
    return tuple(Span(4 * n, 4 * n + 4, llr, llr) for n, llr in enumerate(llrs))


def test_cloned_part_of_a_real_recording_is_no_clean_bill() -> None:
    spans = windows(*[-2.0] * 10, 1.5, 1.2, 2.0, 1.4, *[-2.0] * 10)
    vote = finding("voice_synthetic", -1.4, spans=spans)
    hypotheses = fuse([vote], Provenance(), prior=0.5)
    result = hypotheses["voice_synthetic"]
    assert (result.decision, result.reason) == (None, "voice-part-stands-out")
    assert [(s.start, s.end) for s in result.spans] == [(40, 56)]
    verdict = conclude(hypotheses, Provenance())
    assert (verdict.label, verdict.best_guess) == ("inconclusive", "voice-synthetic")


@pytest.mark.parametrize("part", [(1.5, 1.2), (0.4, 0.9, 0.3, 0.5)])
def test_short_or_weak_parts_do_not_stand_out(part: tuple[float, ...]) -> None:
    spans = windows(*[-2.0] * 10, *part, *[-2.0] * 10)
    result = fuse([finding("voice_synthetic", -1.4, spans=spans)], Provenance(), prior=0.5)
    assert result["voice_synthetic"].decision is False


def test_spans_grow_over_what_leans_the_same_way() -> None:
    votes = [finding("voice_synthetic", 4.0, spans=windows(-1.0, 1.0, 4.0, 0.5, -1.0))]
    result = fuse(votes, Provenance(), prior=0.5)["voice_synthetic"]
    assert [(s.start, s.end) for s in result.spans] == [(4, 16)]


def in_content(source: str, claim: Claim, about: Hypothesis = "ai_generated") -> Provenance:
    found = Declaration(source, claim, "intact", SEEN, about=about)  # type: ignore[arg-type]
    return Provenance(declarations=(found,))


@pytest.mark.parametrize(
    ("picture", "label"),
    [(-2.0, "inconclusive"), (1.0, "inconclusive"), (4.0, "ai-generated")],
)
def test_a_visible_mark_decides_nothing_but_keeps_from_a_clean_bill(
    picture: float, label: str
) -> None:
    verdict = judge(picture, provenance=in_content("visible-mark", "ai-possible"))
    assert verdict.label == label
    assert "visible-mark" in [r.code for r in verdict.reasons]


def test_a_watermark_decides_what_it_is_about() -> None:
    picture = judge(-2.0, provenance=in_content("watermark", "ai-generated"))
    assert (picture.label, picture.probability) == ("ai-generated", None)
    assert picture.reasons[0].code == "watermark-picture"
    voice = judge(-2.0, -2.0, provenance=in_content("watermark", "ai-generated", "voice_synthetic"))
    assert voice.labels == ("voice-synthetic",)
    assert voice.reasons[0].code == "watermark-voice"
