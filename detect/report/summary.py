"""What every rendering says about a report, in the same words: headline, facts, gaps, tally."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from detect.core.clock import clock
from detect.core.media import Media
from detect.core.report import Report
from detect.core.verdict import Check, HypothesisResult, Label
from detect.fusion.severity import SEVERITY
from detect.report.text import clean, percent, size
from detect.report.words import Phrase, known, phrase

__all__ = [
    "Headline",
    "Tally",
    "answer",
    "at_half",
    "breaches",
    "by_severity",
    "code_words",
    "facts",
    "gaps",
    "headline",
    "hypothesis_key",
    "kind_line",
    "trouble",
]

HALF = 0.5
"""Share of a file under which "nothing found" is said of the share that was examined."""
RARE = 0.05
"""Share of synthetic files of the second percentage in a table."""
_DECIDED = ("ai-generated", "voice-synthetic", "ai-edited")


@dataclass(frozen=True, slots=True)
class Headline:
    """The five-second answer.

    Attributes:
        label: The verdict in words.
        certainty: `97% probability of synthesis` or `declared by the file`; None when there is
            nothing to say.
        number: The percentage alone, None for a declaration.
        rare: The percentage if 1 in 20 files were synthetic, None where there is no number.
        short: `leans AI` of an inconclusive file, None of others.
        sentence: Why, in one sentence.
        also: Other things that were decided.
        gloss: What the label does not mean.
    """

    label: Phrase
    certainty: Phrase | None
    number: str | None
    rare: str | None
    short: Phrase | None
    sentence: Phrase | None
    also: tuple[Phrase, ...]
    gloss: Phrase | None


def headline(report: Report) -> Headline:
    """The five-second answer of a report."""
    verdict = report.verdict
    number = None if verdict.probability is None else percent(verdict.probability)
    certainty: Phrase | None = None
    if number is not None:
        words = phrase("ui.probability")
        certainty = Phrase(f"{number} {words.en}", f"{words.zh} {number}")
    elif verdict.label in _DECIDED:
        certainty = phrase("ui.declared")
    if verdict.lean is not None:
        certainty = Phrase(verdict.lean.en.rstrip("."), verdict.lean.zh.rstrip("。"))
    elif certainty and verdict.best_guess:
        part = verdict.best_guess != "no-synthesis-found" and (verdict.probability or 0.0) < 0.5
        leans = phrase("ui.part-leans" if part else "ui.leans")
        guess = phrase(f"verdict.{verdict.best_guess}")
        certainty = Phrase(
            f"{certainty.en}, {leans.en} {guess.en}", f"{certainty.zh}，{leans.zh}{guess.zh}"
        )
    if certainty and verdict.label == "no-synthesis-found" and (least := _examined(report)) < HALF:
        share, examined = percent(least), phrase("gap.coverage")
        certainty = Phrase(
            f"{certainty.en}, {share} {examined.en}", f"{certainty.zh}，{examined.zh} {share}"
        )
    gloss = f"gloss.{verdict.label}"
    return Headline(
        label=phrase(f"verdict.{verdict.label}"),
        certainty=certainty,
        number=number,
        rare=next((percent(r.probability) for r in verdict.base_rates if r.share == RARE), None),
        short=phrase(f"lean.{verdict.lean.code}") if verdict.lean else None,
        sentence=_sentence(report),
        also=tuple(
            phrase(f"verdict.{label}") for label in verdict.labels if label != verdict.label
        ),
        gloss=phrase(gloss) if known(gloss) else None,
    )


def at_half(report: Report) -> set[bool]:
    """Whether the probability holds if half of the files are synthetic; empty without one."""
    stated = report.verdict.probability
    half = next((r.probability for r in report.verdict.base_rates if r.share == HALF), None)
    return set() if stated is None or half is None else {abs(stated - half) < 1e-6}


def _examined(report: Report) -> float:
    """The smallest share of the file that one of the scored hypotheses rests on."""
    scored = [f for f in report.findings if f.status == "ok" and f.llr is not None]
    return min((f.coverage for f in scored if f.coverage is not None), default=1.0)


def _sentence(report: Report) -> Phrase | None:
    if report.status != "ok" and report.verdict.label == "not-examined":
        return trouble(report)
    if report.verdict.label == "not-examined" and (lacks := _lacks(report)):
        return lacks
    if report.verdict.reasons:
        first = report.verdict.reasons[0]
        return Phrase(first.en, first.zh)
    return None


def _lacks(report: Report) -> Phrase | None:
    """What a readable file lacks to be examined: speech, size; None where nothing says so."""
    codes = [r.reason for r in report.hypotheses.values() if r.status == "not-applicable"]
    said = [code_words(code) for code in codes if code and code not in _NOT_THERE]
    if not said:
        return None
    english, chinese = "; ".join(p.en for p in said), "；".join(p.zh for p in said)
    return Phrase(f"{_capital(english)}.", f"{chinese}。")


_NOT_THERE = ("no-picture", "no-audio")
"""Reasons that the kind of the file already tells."""


def trouble(report: Report) -> Phrase | None:
    """Why a file could not be examined, None when it could."""
    if report.status == "ok":
        return None
    status, why = phrase(f"status.{report.status}"), clean(report.reason or "", 400)
    if not why:
        return Phrase(f"{_capital(status.en)}.", f"{status.zh}。")
    return Phrase(f"{_capital(status.en)}: {why}", f"{status.zh}：{why}")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def hypothesis_key(name: str, media: Media) -> str:
    """Word key of a hypothesis; a sound file has no picture that could be generated."""
    key = f"hypothesis.{name}"
    return f"{key}.audio" if known(f"{key}.audio") and media.kind == "audio" else key


def answer(result: HypothesisResult) -> str:
    """Word key of the final answer on one hypothesis."""
    if result.status != "ok":
        return f"answer.{result.status}"
    if known(f"answer.{result.reason}"):
        return f"answer.{result.reason}"
    return {True: "answer.yes", False: "answer.no", None: "answer.undecided"}[result.decision]


def breaches(label: Label) -> tuple[Check, ...]:
    """What the labels in a file fail, and what is missing where a label is due by the evidence."""
    if label.category in ("none-found", "not-in-force"):
        return tuple(check for check in label.checks if check.outcome == "fail")
    return tuple(check for check in label.checks if check.outcome in ("fail", "missing"))


def code_words(code: str | None) -> Phrase:
    """Words of a reason code; an unknown code is shown as it is, made harmless."""
    if code is None:
        return Phrase("", "")
    return phrase(f"reason.{code}")


def gaps(report: Report) -> tuple[Phrase, ...]:
    """What was not examined in a file that was examined, and why."""
    if report.status != "ok":
        return ()
    found: list[Phrase] = []
    for name, result in report.hypotheses.items():
        if result.status != "ok":
            what, why = phrase(f"track.{name}"), code_words(result.reason)
            found.append(Phrase(f"{what.en}: {why.en}", f"{what.zh}：{why.zh}"))
    for finding in report.findings:
        name = clean(finding.detector, 60)
        if finding.reason and finding.hypothesis is None:
            why = code_words(finding.reason)
            found.append(Phrase(f"{name}: {why.en}", f"{name}：{why.zh}"))
        elif finding.status == "ok" and (finding.coverage or 1.0) < 0.995:
            share, word = percent(finding.coverage or 0.0), phrase("gap.coverage")
            found.append(Phrase(f"{name}: {share} {word.en}", f"{name}：{word.zh} {share}"))
    found += [phrase(f"gap.{name}") for name in _LIMITS.get(report.media.kind, ())]
    return tuple(dict.fromkeys(found))


_LIMITS = {
    "image": ("local-edits", "visible-marks"),
    "video": ("local-edits", "lip-sync", "music", "visible-marks"),
    "audio": ("music", "watermarks"),
}


def kind_line(media: Media) -> tuple[Phrase, ...]:
    """Kind, format, size of the picture, duration and bytes, for one line of text."""
    plain = []
    if media.format:
        plain.append(clean(media.format, 20).upper())
    if media.width and media.height:
        plain.append(f"{media.width}×{media.height}")
    if media.duration:
        plain.append(clock(media.duration))
    if media.size is not None:
        plain.append(size(media.size))
    return (phrase(f"kind.{media.kind}"), *(Phrase(text, text) for text in plain))


def facts(media: Media) -> tuple[tuple[Phrase, str], ...]:
    """Name and value of everything known about the file; values are made harmless."""
    picture = f"{media.width}×{media.height}" if media.width and media.height else None
    if picture and media.fps:
        picture += f", {media.fps:.3g} fps"
    sound = None
    if media.audio_codec:
        parts = [clean(media.audio_codec, 40)]
        if media.audio_rate:
            parts.append(f"{media.audio_rate} Hz")
        if media.audio_channels:
            parts.append(f"{media.audio_channels} ch")
        sound = ", ".join(parts)
    rows = {
        "path": clean(media.path, 500),
        "path_bytes": media.path_bytes,
        "sha256": media.sha256,
        "size": None if media.size is None else f"{size(media.size)} ({media.size:,} B)",
        "format": media.format and clean(media.format, 40),
        "dimensions": picture,
        "duration": None if media.duration is None else f"{media.duration:.2f} s",
        "frames": None if media.frame_count is None else str(media.frame_count),
        "video_codec": media.video_codec and clean(media.video_codec, 40),
        "audio": sound,
    }
    return tuple((phrase(f"fact.{name}"), value) for name, value in rows.items() if value)


def by_severity(reports: Sequence[Report]) -> list[int]:
    """Positions of the reports, most severe verdict first, then in the order given."""
    return sorted(range(len(reports)), key=lambda n: SEVERITY.index(reports[n].verdict.label))


@dataclass(slots=True)
class Tally:
    """Counts over many reports."""

    verdicts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)

    def add(self, report: Report) -> None:
        """Counts one report."""
        self.verdicts[report.verdict.label] += 1
        self.statuses[report.status] += 1

    @property
    def total(self) -> int:
        """Number of reports."""
        return self.statuses.total()

    def verdict_counts(self) -> list[tuple[str, int]]:
        """Labels that occurred, most severe first."""
        return [(label, self.verdicts[label]) for label in SEVERITY if self.verdicts[label]]

    def status_counts(self) -> list[tuple[str, int]]:
        """Statuses other than `ok` that occurred, most frequent first."""
        return [(s, n) for s, n in self.statuses.most_common() if s != "ok"]
