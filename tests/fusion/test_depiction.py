"""What a picture looks like is a result of its own; it says nothing about who made it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detect.core.finding import Evidence, Finding
from detect.core.provenance import Claim, Declaration, Provenance
from detect.core.verdict import Verdict
from detect.fusion.verdict import conclude, fuse
from detect.labels import grade
from detect.report.words import word

SEEN = Evidence("test", "seen", "见")


def vision(llr: float, detector: str = "vision-v3") -> Finding:
    return Finding(detector, "1", "ai_generated", llr=llr, positive=3.0, negative=-1.0)


def look(decision: bool | None) -> Finding:
    llr = {True: 4.0, False: -4.0, None: 0.0}[decision]
    return Finding("depiction-v2", "1", "cgi_character", llr=llr, decision=decision)


def declared(claim: Claim) -> Provenance:
    return Provenance(declarations=(Declaration("c2pa", claim, "trusted", SEEN),))


def judge(*findings: Finding, provenance: Provenance | None = None) -> Verdict:
    provenance = provenance or Provenance()
    return conclude(fuse(findings, provenance, prior=0.5), provenance, findings=findings)


def test_who_made_a_picture_is_judged_the_same_however_it_looks() -> None:
    for decision in (True, False, None):
        assert judge(vision(3.9), look(decision)).label == "ai-generated"
        assert judge(vision(-3.0), look(decision)).label == "no-synthesis-found"


def test_what_the_file_declares_still_decides() -> None:
    verdict = judge(vision(0.0), look(True), provenance=declared("ai-generated"))
    assert verdict.label == "ai-generated"


def test_the_look_is_a_result_of_its_own_and_no_sign_of_ai() -> None:
    findings = [vision(-3.0), look(True)]
    results = fuse(findings, Provenance(), prior=0.5)
    assert results["cgi_character"].decision is True
    assert results["cgi_character"].probability is None
    assert {label.category for label in grade(results, Provenance()).values()} == {"none-found"}


@pytest.mark.parametrize("kind", ["drawn", "rendered", "rendered-head"])
def test_it_is_said_what_is_not_photographed(kind: str) -> None:
    seen = Evidence(f"depiction.{kind}", "seen", "见")
    finding = replace(look(True), evidence=(seen,))
    result = fuse([finding], Provenance(), prior=0.5)["cgi_character"]
    assert (result.decision, result.reason) == (True, f"looks-{kind}")
    for prefix in ("answer", "reason"):
        assert word(f"{prefix}.looks-{kind}", "en") != word(f"{prefix}.looks-{kind}", "zh")


def test_it_is_absent_where_no_picture_was_looked_at() -> None:
    nothing = Finding("depiction-v2", "1", "cgi_character", "not-applicable", "no-picture")
    assert "cgi_character" not in fuse([nothing], Provenance(), prior=0.5)
