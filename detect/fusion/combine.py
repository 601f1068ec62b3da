"""From the findings on one hypothesis, and what the file declares, to one result.

The fused log-likelihood ratio is the unfitted mean over the models that could answer: correlated
models are not counted twice, and on public score matrices the mean of log-odds generalises better
than learned ensembles. Declarations never enter the mean; they decide by rule.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from detect.core.finding import Finding, Hypothesis, Span
from detect.core.provenance import Declaration
from detect.core.verdict import HypothesisResult

__all__ = ["combine", "posterior"]

PREFIX: dict[Hypothesis, str] = {"ai_generated": "picture", "voice_synthetic": "voice"}
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
        declarations: What the file declares; only `ai_generated` is decided by them.
        prior: Base rate in (0, 1).
    """
    result = _from_models(hypothesis, findings, prior)
    if hypothesis != "ai_generated":
        return result
    return _with_declarations(result, declarations)


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
    spans = _agreeing_spans(voters[0]) if decision else ()
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
    hinted = "ai-possible" in claims or any(d.state == "malformed" for d in live)
    unseen = result.status != "ok"
    decision, code, by = result.decision, result.reason, result.decided_by
    if "ai-generated" in claims:
        decision, code, by = True, "declared-ai", "declaration"
    elif result.decision and any(d.claim == "captured" and d.state == "trusted" for d in live):
        decision, code, by = None, "conflict-camera-credential", None
    elif not result.decision and "ai-edited" in claims:
        decision, code, by = None, "declared-ai-edited", None
    elif hinted and (unseen or result.decision is False):
        decision, code, by = None, "declared-ai-possible", None
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


def _mean(values: Sequence[float | None]) -> float:
    known = [v for v in values if v is not None]
    return math.fsum(known) / len(known)


def _agreeing_spans(voter: Finding) -> tuple[Span, ...]:
    """Neighbouring spans that pass the threshold of a single span, joined.

    Stills have no length: neighbours in the list are joined from the first to the last moment.
    Where no span passes alone but the file does, all that was scored is one stretch.
    """
    threshold = voter.span_thresholds[0]
    joined: list[Span] = []
    previous = False
    scored = [s for s in voter.spans if s.llr is not None]
    for span in voter.spans:
        passes = span.llr is not None and threshold is not None and span.llr >= threshold
        if passes and previous and (span.start == span.end or span.start <= joined[-1].end + 1e-6):
            last = joined.pop()
            best = max(last.llr or 0.0, span.llr or 0.0)
            joined.append(Span(last.start, max(last.end, span.end), None, best))
        elif passes:
            joined.append(Span(span.start, span.end, span.score, span.llr))
        previous = passes
    if scored and not joined:
        joined = [Span(scored[0].start, scored[-1].end, voter.score, voter.llr)]
    return tuple(joined)
