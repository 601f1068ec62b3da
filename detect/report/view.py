"""What the HTML templates show of one report: no decision is made here or there."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass

from detect.core.clock import clock
from detect.core.provenance import C2paManifest
from detect.core.report import Report, Thumbnail
from detect.core.verdict import HypothesisResult
from detect.report.summary import (
    Headline,
    answer,
    code_words,
    facts,
    gaps,
    headline,
    hypothesis_key,
    trouble,
)
from detect.report.text import odds, percent
from detect.report.timeline import Plot, plot
from detect.report.tracks import Standing, standing, tracks
from detect.report.words import Phrase, phrase

__all__ = ["Card", "FrameView", "HypothesisView", "card"]

_SHOWN_MANIFESTS = 8
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class HypothesisView:
    """One row of the hypotheses table."""

    name: Phrase
    answer: str
    why: Phrase
    share: float | None
    number: str | None
    llr: str | None
    ratio: Phrase | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class FrameView:
    """One thumbnail with its score."""

    source: str
    time: str | None
    standing: Standing
    llr: str | None
    heat: str | None


@dataclass(frozen=True, slots=True)
class MarkView:
    """One visible mark with its crop."""

    source: str
    text: str
    time: str | None


@dataclass(frozen=True, slots=True)
class ManifestView:
    """One manifest of the chain with its indentation."""

    manifest: C2paManifest
    indent: int


@dataclass(frozen=True, slots=True)
class Card:
    """One report, ready to be shown."""

    number: int
    report: Report
    head: Headline
    trouble: Phrase | None
    reasons: tuple[Phrase, ...]
    hypotheses: tuple[HypothesisView, ...]
    plot: Plot | None
    frames: tuple[FrameView, ...]
    marks: tuple[MarkView, ...]
    manifests: tuple[ManifestView, ...]
    more_manifests: tuple[ManifestView, ...]
    gaps: tuple[Phrase, ...]
    facts: tuple[tuple[Phrase, str], ...]


def card(report: Report, number: int) -> Card:
    """Prepares one report.

    Args:
        report: The report.
        number: Its number on the page, for the anchor.
    """
    head = headline(report)
    said = [Phrase(reason.en, reason.zh) for reason in report.verdict.reasons]
    chain = [
        ManifestView(manifest, min(manifest.depth, _DEEPEST))
        for manifest in report.provenance.manifests
    ]
    return Card(
        number=number,
        report=report,
        head=head,
        trouble=trouble(report) if trouble(report) != head.sentence else None,
        reasons=tuple(reason for reason in said if reason != head.sentence),
        hypotheses=tuple(
            _hypothesis(hypothesis_key(name, report.media), r)
            for name, r in report.hypotheses.items()
        ),
        plot=plot(tracks(report)),
        frames=tuple(_frame(report, thumbnail) for thumbnail in report.thumbnails),
        marks=tuple(
            MarkView(
                _data(crop.jpeg),
                mark.text,
                None if crop.pts is None else clock(crop.pts, tenths=True),
            )
            for crop, mark in zip(report.crops, report.provenance.marks, strict=False)
        ),
        manifests=tuple(chain[:_SHOWN_MANIFESTS]),
        more_manifests=tuple(chain[_SHOWN_MANIFESTS:]),
        gaps=gaps(report),
        facts=facts(report.media),
    )


def _hypothesis(key: str, result: HypothesisResult) -> HypothesisView:
    probability = result.probability
    return HypothesisView(
        name=phrase(key),
        answer=answer(result),
        why=code_words(result.reason),
        share=None if probability is None else round(100 * probability, 1),
        number=None if probability is None else percent(probability),
        llr=None if result.llr is None else odds(result.llr),
        ratio=None if result.llr is None else _ratio(result.llr),
        decided_by=result.decided_by,
    )


def _ratio(llr: float) -> Phrase:
    """A log-likelihood ratio as a lawyer reads it."""
    factor = math.exp(min(abs(llr), 30.0))
    times = f"{factor:.1f}" if factor < 10 else f"{float(f'{factor:.2g}'):,.0f}"
    words = phrase("ui.times-for" if llr >= 0 else "ui.times-against")
    return Phrase(words.en.replace("#", times), words.zh.replace("#", times))


def _frame(report: Report, thumbnail: Thumbnail) -> FrameView:
    about = [f for f in report.findings if f.hypothesis == "ai_generated" and f.status == "ok"]
    scores = [
        (span.llr, finding)
        for finding in about
        for span in finding.spans
        if span.index == thumbnail.index
    ]
    if not scores and len(report.thumbnails) == 1:
        scores = [(finding.llr, finding) for finding in about]
    llr, finding = scores[0] if scores else (None, None)
    return FrameView(
        source=_data(thumbnail.jpeg),
        time=None if thumbnail.pts is None else clock(thumbnail.pts, tenths=True),
        standing=standing(llr, *finding.span_thresholds) if finding else "none",
        llr=None if llr is None else odds(llr),
        heat=_data(thumbnail.heat) if thumbnail.heat else None,
    )


def _data(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
