"""The five-second answer says what a file lacks."""

from __future__ import annotations

import pytest

from detect.core.finding import Finding, Span
from detect.core.media import Media
from detect.core.provenance import Provenance
from detect.core.report import Report
from detect.fusion.verdict import conclude, fuse
from detect.report.summary import headline


def unscored(kind: str, **reasons: str) -> Report:
    findings = tuple(
        Finding(name, "1", name, "not-applicable", reason)  # type: ignore[arg-type]
        for name, reason in reasons.items()
    )
    hypotheses = fuse(findings, Provenance(), prior=0.5)
    verdict = conclude(hypotheses, Provenance(), "ok", findings)
    media = Media("file", kind=kind)  # type: ignore[arg-type]
    return Report(media, status="ok", hypotheses=hypotheses, verdict=verdict, labels={})


def heard(finding: Finding) -> Report:
    hypotheses = fuse((finding,), Provenance(), prior=0.5)
    verdict = conclude(hypotheses, Provenance(), "ok", (finding,))
    return Report(
        Media("file", kind="audio"),
        status="ok", hypotheses=hypotheses, verdict=verdict, labels={}, findings=(finding,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "picture", "voice", "said"),
    [
        ("audio", "no-picture", "muted", "Sound track muted (digital silence)."),
        ("audio", "no-picture", "too-little-speech", "Too little speech."),
        ("image", "blank", "no-audio", "Blank picture."),
        ("video", "too-small", "music", "Picture too small; music, not speech."),
    ],
)
def test_what_a_file_without_any_score_lacks(
    kind: str, picture: str, voice: str, said: str
) -> None:
    head = headline(unscored(kind, ai_generated=picture, voice_synthetic=voice))
    assert head.label.en == "Not examined"
    assert head.sentence is not None
    assert head.sentence.en == said
    assert head.sentence.zh.endswith("。")


@pytest.mark.parametrize(("coverage", "said"), [(0.25, True), (0.9, False), (None, False)])
def test_nothing_found_in_a_part_of_the_file_says_which_part(
    coverage: float | None, said: bool
) -> None:
    finding = Finding(
        "speech-v4", "3", "voice_synthetic", score=-1.0, llr=-2.5, decision=False,
        positive=2.4, negative=-1.6, coverage=coverage,
    )  # fmt: skip
    report = heard(finding)
    head = headline(report)
    assert report.verdict.label == "no-synthesis-found"
    assert head.certainty is not None
    assert ("25% examined" in head.certainty.en) is said
    assert ("25%" in head.certainty.zh) is said


def test_a_part_that_stands_out_leans_not_the_whole() -> None:
    spans = tuple(Span(2.0 * k, 2.0 * k + 2, 0.0, 1.9 if 10 <= k < 15 else -2.5) for k in range(30))
    finding = Finding(
        "speech-v4", "3", "voice_synthetic", score=-1.0, llr=-1.8, decision=False,
        positive=2.4, negative=-1.6, span_positive=2.4, span_negative=-1.6, spans=spans,
    )  # fmt: skip
    report = heard(finding)
    certainty = headline(report).certainty
    assert (report.verdict.label, report.verdict.best_guess) == ("inconclusive", "voice-synthetic")
    assert certainty is not None
    assert certainty.en == "A part: Leans synthetic voice: about 7 times likelier if synthetic"
    assert report.verdict.next is not None
    assert "0:20–0:30" in report.verdict.next.en
    assert "其中一部分" in certainty.zh
