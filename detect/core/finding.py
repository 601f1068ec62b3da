"""What a detector says: a `Finding` with its evidence and, where time matters, its spans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "UNSTABLE",
    "Delivery",
    "Evidence",
    "Finding",
    "FindingStatus",
    "Hypothesis",
    "Span",
]

Hypothesis = Literal["ai_generated", "voice_synthetic", "cgi_character"]
"""`cgi_character` is drawn, painted or rendered: what a picture looks like, not who made it."""
FindingStatus = Literal["ok", "not-applicable", "error"]

UNSTABLE = "unstable-delivery"
"""Reason of a finding whose decision flips when the same content is passed on once more."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen.

    Attributes:
        code: Stable machine code, for example `c2pa.ai-declared`.
        en: Sentence in English.
        zh: The same in Chinese.
        where: Metadata key, chunk, time span or box.
        untrusted: Text that came out of the file, verbatim; show it escaped, never interpret it.
    """

    code: str
    en: str
    zh: str
    where: str | None = None
    untrusted: str | None = None

    @property
    def text(self) -> str:
        """The sentence in English."""
        return self.en


@dataclass(frozen=True, slots=True)
class Span:
    """The score of a stretch of time (or of one frame: `start == end`, in seconds).

    Attributes:
        start: Seconds from the start of the file.
        end: Seconds.
        score: The raw model output.
        llr: Calibrated log-likelihood ratio (natural log, positive towards synthetic), or None.
        reason: Why there is no score, for example `no-speech`.
        index: Frame index for pictures.
    """

    start: float
    end: float
    score: float | None = None
    llr: float | None = None
    reason: str | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The score of the same content after it was passed on once more.

    Attributes:
        name: How: for example `jpeg-50` or `crop-85`.
        score: The raw model output.
        llr: Calibrated log-likelihood ratio.
        decision: What the detector would have said (None: it abstains).
    """

    name: str
    score: float
    llr: float
    decision: bool | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one detector found in one file.

    Attributes:
        detector: Detector id, for example `vision-v3`.
        version: Its version.
        hypothesis: What its score is about, None for detectors that only report.
        status: `ok`, `not-applicable` (with a reason: never real, never fake) or `error`.
        reason: Machine-readable reason code when the status is not `ok`, or a caveat when it is.
        score: Raw model output.
        llr: Calibrated log-likelihood ratio, natural log, positive towards synthetic.
        decision: What this detector alone says at the operating point (None: it abstains).
        positive: Its threshold for True at the operating point, on the llr.
        negative: Its threshold for False.
        span_positive: The same for a single span, where that has another calibration.
        span_negative: The same for a single span.
        coverage: Share of the file it examined, 0 to 1.
        evidence: What it saw.
        spans: Scores over time.
        deliveries: Scores after re-deliveries, where a decision was tested that way.
    """

    detector: str
    version: str
    hypothesis: Hypothesis | None = None
    status: FindingStatus = "ok"
    reason: str | None = None
    score: float | None = None
    llr: float | None = None
    decision: bool | None = None
    positive: float | None = None
    negative: float | None = None
    span_positive: float | None = None
    span_negative: float | None = None
    coverage: float | None = None
    evidence: tuple[Evidence, ...] = ()
    spans: tuple[Span, ...] = ()
    deliveries: tuple[Delivery, ...] = ()

    @property
    def span_thresholds(self) -> tuple[float | None, float | None]:
        """Thresholds for a single span: for True, for False."""
        positive = self.positive if self.span_positive is None else self.span_positive
        negative = self.negative if self.span_negative is None else self.span_negative
        return positive, negative
