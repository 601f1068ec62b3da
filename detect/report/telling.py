"""The most telling facts of one file, for its line in a table: never one sentence for all."""

from __future__ import annotations

import math

from detect.core.clock import clock
from detect.core.report import Report
from detect.core.verdict import BaseRate, HypothesisResult
from detect.fusion.lean import NO_LEAN
from detect.report.summary import headline
from detect.report.text import clean, percent, times
from detect.report.words import Phrase, phrase

__all__ = ["base_rate_words", "camera", "telling", "times_words"]

EVEN = math.log(NO_LEAN)
"""Distance of a log-likelihood ratio from zero under which it speaks for neither."""
_SIDES = {
    ("ai_generated", True): "row.times-ai",
    ("ai_generated", False): "row.times-camera",
    ("voice_synthetic", True): "row.times-synthetic",
    ("voice_synthetic", False): "row.times-recorded",
}


def times_words(name: str, llr: float) -> Phrase:
    """A log-likelihood ratio in words: `17 times likelier if generated`."""
    if abs(llr) < EVEN:
        return phrase("row.even")
    if (name, True) not in _SIDES:
        return _filled("row.times-drawn" if llr > 0 else "row.times-photo", times(llr))
    return _filled(_SIDES[name, llr > 0], times(llr))


def base_rate_words(rates: tuple[BaseRate, ...]) -> Phrase | None:
    """The probability at other shares of synthetic files, in one sentence."""
    known = {rate.share: percent(rate.probability) for rate in rates}
    if not {0.5, 0.05, 0.01} <= known.keys():
        return None
    said = phrase("ui.base-rates")
    names = {"half": known[0.5], "twentieth": known[0.05], "hundredth": known[0.01]}
    return Phrase(said.en.format(**names), said.zh.format(**names))


def camera(report: Report) -> str | None:
    """Maker, model or software that unsigned metadata name, made harmless; None without."""
    found = {claim.field: clean(claim.text, 40) for claim in reversed(report.provenance.claims)}
    maker, model = found.get("maker"), found.get("model")
    if maker and model:
        return model if model.casefold().startswith(maker.casefold()) else f"{maker} {model}"
    return maker or model or found.get("software")


def telling(report: Report) -> Phrase | None:
    """What a line of a table says of one file: declaration, ratio, seconds, camera, cause."""
    said: list[Phrase] = []
    declared = [d for d in report.provenance.declarations if d.state != "void"]
    if declared and report.verdict.label not in ("no-synthesis-found",):
        first = declared[0]
        source = phrase(f"source.{first.source}")
        tool = f", {clean(first.tool, 40)}" if first.tool else ""
        zh_tool = f"，{clean(first.tool, 40)}" if first.tool else ""
        words = phrase("row.declares")
        said.append(Phrase(words.en.format(source.en + tool), words.zh.format(source.zh + zh_tool)))
    if report.status == "ok":
        said += _scores(report)
    if not said:
        return headline(report).sentence
    if name := camera(report):
        said.append(_filled("row.names-camera", name))
    return Phrase("; ".join(p.en for p in said), "；".join(p.zh for p in said))


def _scores(report: Report) -> list[Phrase]:
    said = []
    for name, result in _weighty(report):
        if result.llr is None or (result.decided_by == "declaration" and abs(result.llr) < EVEN):
            continue
        words = times_words(name, result.llr)
        if name == "voice_synthetic" and abs(result.llr) < EVEN:
            voice = phrase("row.voice")
            words = Phrase(f"{voice.en} {words.en}", f"{voice.zh}{words.zh}")
        said.append(words)
        if result.spans and result.decision is not False and result.decided_by != "declaration":
            where = [
                clock(s.start) if s.end <= s.start else f"{clock(s.start)}–{clock(s.end)}"
                for s in result.spans[:2]
            ]
            at = phrase("row.at")
            said.append(Phrase(at.en.format(", ".join(where)), at.zh.format("、".join(where))))
        if result.reason in ("picture-unstable", "unstable-delivery"):
            said.append(phrase("row.changed"))
    return said


def _weighty(report: Report) -> list[tuple[str, HypothesisResult]]:
    """Scored hypotheses that the verdict rests on, synthetic evidence first."""
    scored = [
        (name, r)
        for name, r in report.hypotheses.items()
        if r.status == "ok" and r.llr is not None and (name, True) in _SIDES
    ]
    scored.sort(key=lambda item: (item[1].decision is not True, -(item[1].llr or 0.0)))
    if report.verdict.label == "inconclusive":
        return [item for item in scored if item[1].decision is None] or scored
    return scored


def _filled(key: str, value: str) -> Phrase:
    words = phrase(key)
    return Phrase(words.en.replace("{}", value), words.zh.replace("{}", value))
