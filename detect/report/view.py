"""What the HTML templates show of one report: no decision is made here or there."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

from detect.core.clock import clock
from detect.core.provenance import C2paManifest
from detect.core.report import Report, Thumbnail
from detect.core.verdict import HypothesisResult
from detect.report.summary import (
    Headline,
    answer,
    by_severity,
    code_words,
    facts,
    gaps,
    headline,
    hypothesis_key,
    trouble,
)
from detect.report.telling import base_rate_words, telling, times_words
from detect.report.text import odds, percent
from detect.report.timeline import Plot, plot
from detect.report.tracks import Standing, standing, tracks
from detect.report.words import Phrase, phrase

__all__ = ["Card", "FrameView", "HypothesisView", "Row", "card", "rows_of", "sort_style"]

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
    rates: Phrase | None
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
        rates=base_rate_words(report.verdict.base_rates),
        trouble=trouble(report) if trouble(report) != head.sentence else None,
        reasons=tuple(reason for reason in said if reason != head.sentence),
        hypotheses=tuple(
            _hypothesis(name, hypothesis_key(name, report.media), r)
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


def _hypothesis(name: str, key: str, result: HypothesisResult) -> HypothesisView:
    probability = result.probability
    return HypothesisView(
        name=phrase(key),
        answer=answer(result),
        why=code_words(result.reason),
        share=None if probability is None else round(100 * probability, 1),
        number=None if probability is None else percent(probability),
        llr=None if result.llr is None else odds(result.llr),
        ratio=None if result.llr is None else times_words(name, result.llr),
        decided_by=result.decided_by,
    )


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


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the summary; `by_name` and `by_probability` are its places in those orders."""

    number: int
    report: Report
    head: Headline
    fact: Phrase | None
    thumbnail: str | None
    by_name: int
    by_probability: int


def rows_of(reports: Sequence[Report]) -> list[Row]:
    """The lines of the summary, most severe first; a thumbnail where there is one."""
    everything = range(len(reports))
    names = sorted(everything, key=lambda n: (reports[n].media.path.casefold(), n))
    chances = sorted(everything, key=lambda n: (-(reports[n].verdict.probability or -1.0), n))
    by_name = {n: place for place, n in enumerate(names)}
    by_chance = {n: place for place, n in enumerate(chances)}
    pictured = reports if len(reports) <= PICTURED else ()
    return [
        Row(
            number=n + 1,
            report=reports[n],
            head=headline(reports[n]),
            fact=telling(reports[n]),
            thumbnail=_small(reports[n]) if pictured else None,
            by_name=by_name[n],
            by_probability=by_chance[n],
        )
        for n in by_severity(reports)
    ]


def sort_style(rows: Sequence[Row]) -> str:
    """Style rules that put the lines in the chosen order: the page has no script."""
    if len(rows) > PICTURED:
        return ""
    return "\n".join(
        f"body:has(#sort-{name}:checked) #row-{row.number} {{ order: {getattr(row, place)}; }}"
        for name, place in (("name", "by_name"), ("probability", "by_probability"))
        for row in rows
    )


PICTURED = 500
"""Reports on one page up to which its summary has thumbnails and can be sorted."""
_SIDE = 96


def _small(report: Report) -> str | None:
    """The first thumbnail in the size of a row; it was encoded by us from pixels."""
    if not report.thumbnails:
        return None
    from PIL import Image

    with Image.open(io.BytesIO(report.thumbnails[0].jpeg)) as image:
        image.thumbnail((_SIDE, _SIDE))
        target = io.BytesIO()
        image.convert("RGB").save(target, "JPEG", quality=70)
    return _data(target.getvalue())


def _data(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
