"""A drawing is not judged by a classifier of photographs; what the file declares still counts."""

from __future__ import annotations

from detect.core.finding import DRAWN, Evidence, Finding
from detect.core.provenance import Claim, Declaration, Provenance
from detect.core.verdict import Verdict
from detect.fusion.verdict import conclude, fuse
from detect.labels import grade

SEEN = Evidence("test", "seen", "见")


def vision(llr: float, detector: str = "vision-v2") -> Finding:
    return Finding(detector, "1", "ai_generated", llr=llr, positive=3.0, negative=-1.0)


def look(decision: bool | None) -> Finding:
    llr = {True: 4.0, False: -4.0, None: 0.0}[decision]
    return Finding("depiction-v1", "1", "cgi_character", llr=llr, decision=decision)


def declared(claim: Claim) -> Provenance:
    return Provenance(declarations=(Declaration("c2pa", claim, "trusted", SEEN),))


def judge(*findings: Finding, provenance: Provenance | None = None) -> Verdict:
    provenance = provenance or Provenance()
    return conclude(fuse(findings, provenance, prior=0.5), provenance, findings=findings)


def test_the_photo_classifier_does_not_call_a_drawing_generated() -> None:
    verdict = judge(vision(3.9), look(True))
    assert verdict.label == "inconclusive"
    assert [r.code for r in verdict.reasons] == [DRAWN]
    assert "照片" in verdict.reasons[0].zh
    assert verdict.probability is None
    assert verdict.best_guess is None


def test_nor_does_it_clear_one() -> None:
    assert judge(vision(-3.0), look(True)).label == "inconclusive"


def test_its_raw_answer_stays_beside() -> None:
    result = fuse([vision(-3.0), look(True)], Provenance(), prior=0.5)["ai_generated"]
    assert (result.llr, result.model_decision, result.decision) == (-3.0, False, None)
    assert result.withheld


def test_photographic_and_unclear_pictures_are_judged_as_before() -> None:
    for decision in (False, None):
        assert judge(vision(3.9), look(decision)).label == "ai-generated"
        assert judge(vision(-3.0), look(decision)).label == "no-synthesis-found"


def test_what_the_file_declares_still_decides() -> None:
    verdict = judge(vision(-3.0), look(True), provenance=declared("ai-generated"))
    assert (verdict.label, verdict.conflicts) == ("ai-generated", ())


def test_a_camera_credential_on_a_photographed_painting_is_no_conflict() -> None:
    verdict = judge(vision(3.9), look(True), provenance=declared("captured"))
    assert (verdict.label, verdict.conflicts) == ("inconclusive", ())


def test_a_model_of_the_users_own_still_votes() -> None:
    assert judge(vision(-3.0), vision(3.5, "anime-model"), look(True)).label == "ai-generated"
    assert judge(vision(3.9), vision(-2.0, "anime-model"), look(True)).label == "no-synthesis-found"


def test_the_look_is_a_result_of_its_own_and_no_sign_of_ai() -> None:
    findings = [vision(-3.0), look(True)]
    results = fuse(findings, Provenance(), prior=0.5)
    assert results["cgi_character"].decision is True
    assert results["cgi_character"].probability is None
    assert {label.category for label in grade(results, Provenance()).values()} == {"none-found"}
    results = fuse([vision(3.9), look(True)], Provenance(), prior=0.5)
    assert {label.category for label in grade(results, Provenance()).values()} == {"none-found"}


def test_it_is_absent_where_no_picture_was_looked_at() -> None:
    nothing = Finding("depiction-v1", "1", "cgi_character", "not-applicable", "no-picture")
    assert "cgi_character" not in fuse([nothing], Provenance(), prior=0.5)
