"""From the findings on one hypothesis, and what the file declares, to one result.

The fused log-likelihood ratio is the unfitted mean over the models that could answer: correlated
models are not counted twice, and on public score matrices the mean of log-odds generalises better
than learned ensembles. Declarations never enter the mean; they decide by rule.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from detect.core.finding import UNSTABLE, Finding, Hypothesis, Span
from detect.core.provenance import Declaration
from detect.core.segments import segments, smoothed
from detect.core.verdict import HypothesisResult

__all__ = ["combine", "posterior"]

LEAST_PART = 3
"""Spans in a row that make a part of a file: 6 s of speech or more."""
CLEAR_PART = 1.0
"""Mean llr of a part that keeps a file from being called free of traces (odds of e to 1 a span)."""

PREFIX: dict[Hypothesis, str] = {
    "ai_generated": "picture",
    "voice_synthetic": "voice",
    "cgi_character": "picture",
}
"""How reason codes name what a hypothesis is about."""


def posterior(llr: float, prior: float) -> float:
    """Posterior probability of synthesis.

    Args:
        llr: Natural-log likelihood ratio.
        prior: Base rate of synthetic files, in (0, 1).
    """
    odds = llr + math.log(prior / (1 - prior))
    return 1 / (1 + math.exp(-odds)) if odds >= 0 else math.exp(odds) / (1 + math.exp(odds))


def combine(
    hypothesis: Hypothesis,
    findings: Sequence[Finding],
    declarations: Sequence[Declaration],
    *,
    prior: float,
) -> HypothesisResult:
    """Fuses all findings on `hypothesis`.

    Args:
        hypothesis: Which one.
        findings: Of all detectors; those about other hypotheses are ignored.
        declarations: What the file declares; those about other hypotheses are ignored.
        prior: Base rate in (0, 1).
    """
    result = _from_models(hypothesis, findings, prior)
    return _with_declarations(result, [d for d in declarations if d.about == hypothesis])


def _from_models(
    hypothesis: Hypothesis, findings: Sequence[Finding], prior: float
) -> HypothesisResult:
    about = [f for f in findings if f.hypothesis == hypothesis]
    voters = [f for f in about if f.status == "ok" and f.llr is not None]
    if not voters:
        for status in ("error", "not-applicable"):
            for finding in about:
                if finding.status == status:
                    return HypothesisResult(status, finding.reason)
        return HypothesisResult("not-applicable", "not-examined")
    llr = _mean([f.llr for f in voters])
    positive = _mean([f.positive for f in voters])
    negative = _mean([f.negative for f in voters])
    probability = posterior(llr, prior)
    prefix = PREFIX[hypothesis]
    decision: bool | None = None
    if negative < llr < positive:
        code = f"{prefix}-between-thresholds"
    elif (llr >= positive) != (probability >= 0.5):
        code = f"{prefix}-prior"
    elif llr >= positive:
        decision, code = True, f"{prefix}-above-threshold"
    else:
        decision, code = False, f"{prefix}-below-threshold"
    if decision is not None and any(f.reason == UNSTABLE for f in voters):
        decision, code = None, f"{prefix}-unstable"
    spans: tuple[Span, ...] = ()
    if decision:
        spans = _agreeing_spans(voters[0])
    elif part := _standing_out(voters[0]):
        # Most of the file looks real and a part does not: that is no clean bill.
        decision, code, spans = None, f"{prefix}-part-stands-out", (part,)
    return HypothesisResult(
        "ok",
        code,
        llr,
        probability,
        model_decision=decision,
        decision=decision,
        decided_by=None if decision is None else "classifier",
        spans=spans,
    )


def _with_declarations(
    result: HypothesisResult, declarations: Sequence[Declaration]
) -> HypothesisResult:
    live = [d for d in declarations if d.state != "void"]
    claims = {d.claim for d in live if d.state != "malformed"}
    hints = [d for d in live if d.claim == "ai-possible" or d.state == "malformed"]
    unseen = result.status != "ok"
    decision, code, by = result.decision, result.reason, result.decided_by
    if "ai-generated" in claims:
        decision, code, by = True, _declared_by(live), "declaration"
    elif result.decision and any(d.claim == "captured" and d.state == "trusted" for d in live):
        decision, code, by = None, "conflict-camera-credential", None
    elif not result.decision and "ai-edited" in claims:
        decision, code, by = None, "declared-ai-edited", None
    elif hints and (unseen or result.decision is False):
        only_seen = all(d.source == "visible-mark" for d in hints)
        decision, code, by = None, "visible-mark" if only_seen else "declared-ai-possible", None
    else:
        return result
    return HypothesisResult(
        "ok",
        code,
        result.llr,
        result.probability,
        model_decision=result.model_decision,
        decision=decision,
        decided_by=by,
        spans=result.spans,
    )


def _declared_by(live: Sequence[Declaration]) -> str:
    """Reason code of the strongest carrier that declares AI."""
    said = [d for d in live if d.claim == "ai-generated" and d.state != "malformed"]
    if any(d.source != "watermark" for d in said):
        return "declared-ai"
    return f"watermark-{PREFIX[said[0].about]}"


def _mean(values: Sequence[float | None]) -> float:
    known = [v for v in values if v is not None]
    return math.fsum(known) / len(known)


def _agreeing_spans(voter: Finding) -> tuple[Span, ...]:
    """Stretches of neighbouring spans that lean to synthetic and of which one passes alone.

    Where spans have a length and segments are found (`detect.core.segments`: one window is no
    stretch, one dip no end), those are the stretches. Stills have no length: a stretch of them
    reaches from the first to the last moment. Where no span passes alone but the file does, all
    that was scored is one stretch.
    """
    threshold = voter.span_thresholds[0]
    runs: list[list[Span]] = []
    if threshold is not None:
        lasting = any(s.start != s.end for s in voter.spans)
        runs = segments(voter.spans, threshold) if lasting else []
        runs = runs or [
            run for run in _leaning(voter.spans) if any((s.llr or 0.0) >= threshold for s in run)
        ]
    stretches = [_joined(run) for run in runs]
    scored = [s for s in voter.spans if s.llr is not None]
    if scored and not stretches:
        return (Span(scored[0].start, scored[-1].end, voter.score, voter.llr),)
    return tuple(stretches)


def _standing_out(voter: Finding) -> Span | None:
    """The stretch that leans to synthetic most, if it is long and clear, within a file that is not.

    At least `LEAST_PART` spans in a row with a mean llr of `CLEAR_PART` or more, and not most of
    what was scored (that is a weak file, not a part).
    """
    scored = sum(s.llr is not None for s in voter.spans)
    parts = [
        run
        for run in _leaning(smoothed(voter.spans))
        if LEAST_PART <= len(run) <= scored / 2
        and math.fsum(s.llr or 0.0 for s in run) >= CLEAR_PART * len(run)
    ]
    best = max(parts, key=lambda run: math.fsum(s.llr or 0.0 for s in run), default=None)
    return _joined(best) if best else None


def _leaning(spans: Sequence[Span]) -> list[list[Span]]:
    """Runs of neighbouring spans whose llr is above 0."""
    runs: list[list[Span]] = [[]]
    for span in spans:
        if span.llr is not None and span.llr > 0:
            runs[-1].append(span)
        else:
            runs.append([])
    return [run for run in runs if run]


def _joined(run: Sequence[Span]) -> Span:
    """One span from first to last, with the highest llr."""
    best = max(run, key=lambda s: s.llr or 0.0)
    return Span(run[0].start, run[-1].end, best.score, best.llr)
