"""From the results on all hypotheses to one verdict, with reasons and conflicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from detect.core.finding import Finding, Span
from detect.core.media import Status
from detect.core.provenance import Declaration, Provenance
from detect.core.verdict import HypothesisResult, Reason, Verdict, VerdictLabel
from detect.fusion.combine import combine
from detect.fusion.depiction import depiction
from detect.fusion.lean import base_rates, lean
from detect.fusion.next_step import next_step
from detect.fusion.reasons import known, reason
from detect.fusion.severity import SEVERITY

__all__ = ["conclude", "fuse"]

_LABEL: dict[str, VerdictLabel] = {
    "ai_generated": "ai-generated",
    "voice_synthetic": "voice-synthetic",
}


def fuse(
    findings: Sequence[Finding], provenance: Provenance, *, prior: float
) -> dict[str, HypothesisResult]:
    """One result for each hypothesis; `cgi_character` only where a picture was looked at.

    Args:
        findings: Of all detectors.
        provenance: What the file declares.
        prior: Base rate of synthetic files, in (0, 1).
    """
    declared = provenance.declarations
    results = {
        "ai_generated": combine("ai_generated", findings, declared, prior=prior),
        "voice_synthetic": combine("voice_synthetic", findings, declared, prior=prior),
    }
    voice = results["voice_synthetic"]
    if voice.decided_by == "declaration" and (marked := _marked(provenance)):
        results["voice_synthetic"] = replace(voice, spans=marked)
    if look := depiction(findings):
        results["cgi_character"] = look
    return results


def _marked(provenance: Provenance) -> tuple[Span, ...]:
    """Where watermarks in the voice were found."""
    return tuple(
        Span(mark.start, mark.end, mark.score)
        for mark in provenance.watermarks
        if mark.about == "voice_synthetic" and mark.start is not None and mark.end is not None
    )


def conclude(
    hypotheses: Mapping[str, HypothesisResult],
    provenance: Provenance,
    status: Status = "ok",
    findings: Sequence[Finding] = (),
) -> Verdict:
    """The verdict: the most severe decision, or why there is none.

    No applicable finding is `not-examined`, never real. A file that could not be decoded
    (`status` is not `ok`) is `not-examined` too, unless what it declares decides.
    """
    hypotheses = {name: r for name, r in hypotheses.items() if name in _LABEL}
    examined = {name: r for name, r in hypotheses.items() if r.status == "ok"}
    live = [d for d in provenance.declarations if d.state != "void"]
    labels: list[VerdictLabel] = [_LABEL[name] for name, r in examined.items() if r.decision]
    if any(d.claim == "ai-edited" for d in live) and "ai-generated" not in labels:
        labels.append("ai-edited")
    labels.sort(key=SEVERITY.index)
    undecided = [r for r in examined.values() if r.decision is None]
    failed = [r for r in hypotheses.values() if r.status == "error"]

    label: VerdictLabel
    if labels:
        label = labels[0]
    elif undecided or (failed and examined):
        label = "inconclusive"
    elif examined:
        label = "no-synthesis-found"
    else:
        label = "not-examined"

    reasons = [reason(r.reason) for r in _by_weight(examined) if r.reason]
    if "ai-edited" in labels and all(r.code != "declared-ai-edited" for r in reasons):
        reasons.insert(0, reason("declared-ai-edited"))
    for code in sorted({f.reason or "" for f in findings if f.status == "error"}):
        reasons.append(reason(code if known(code) else "model-error"))
    if status != "ok":
        reasons.append(reason("unreadable"))
    elif not examined and not failed:
        reasons.append(reason("nothing-to-examine"))
    if any(d.source == "visible-mark" for d in live):
        reasons.append(reason("visible-mark"))
    if any(d.state == "void" for d in provenance.declarations):
        reasons.append(reason("void-credential"))

    guess: VerdictLabel | None = None
    scored = {n: r for n, r in examined.items() if r.probability is not None}
    if label == "inconclusive" and scored:
        name, best = max(scored.items(), key=lambda i: (bool(i[1].spans), i[1].llr or 0.0))
        leans = best.spans or (best.probability or 0.0) > 0.5
        guess = _LABEL[name] if leans else "no-synthesis-found"
    verdict = Verdict(
        label,
        _probability(label, hypotheses),
        tuple(labels) or (label,),
        guess,
        tuple(dict.fromkeys(reasons)),
        tuple(_conflicts(hypotheses, live, findings)),
        tuple(_would_change(label, hypotheses)),
        lean=lean(hypotheses) if label == "inconclusive" else None,
        base_rates=base_rates(verdict_llr(label, hypotheses)),
    )
    return replace(verdict, next=next_step(verdict, hypotheses, provenance, status))


def verdict_llr(label: VerdictLabel, hypotheses: Mapping[str, HypothesisResult]) -> float | None:
    """Log-likelihood ratio that the probability of the verdict rests on; None without one."""
    if _probability(label, hypotheses) is None:
        return None
    own = [n for n, about in _LABEL.items() if about == label]
    results = [hypotheses[n] for n in own or _LABEL if n in hypotheses]
    scored = [r.llr for r in results if r.llr is not None and r.probability is not None]
    return max(scored, default=None)


def _by_weight(examined: Mapping[str, HypothesisResult]) -> list[HypothesisResult]:
    def rank(result: HypothesisResult) -> tuple[int, float]:
        order = {True: 0, None: 1, False: 2}[result.decision]
        return order, -(result.llr or 0.0)

    return sorted(examined.values(), key=rank)


def _probability(label: VerdictLabel, hypotheses: Mapping[str, HypothesisResult]) -> float | None:
    for name, own in _LABEL.items():
        if own == label:
            result = hypotheses[name]
            return None if result.decided_by == "declaration" else result.probability
    if label in ("inconclusive", "no-synthesis-found"):
        known = [r.probability for r in hypotheses.values() if r.probability is not None]
        return max(known, default=None)
    return None


def _conflicts(
    hypotheses: Mapping[str, HypothesisResult],
    live: Sequence[Declaration],
    findings: Sequence[Finding],
) -> list[Reason]:
    picture = hypotheses["ai_generated"]
    found = []
    captured = [d for d in live if d.claim == "captured"]
    if picture.model_decision and captured:
        trusted = any(d.state == "trusted" for d in captured)
        found.append(reason("conflict-camera-credential" if trusted else "conflict-camera-claim"))
    declared = [r for r in hypotheses.values() if r.decided_by == "declaration"]
    no_picture = {f.reason for f in findings if f.hypothesis == "ai_generated"} == {"no-picture"}
    if no_picture and picture in declared:
        # What a sound file declares of itself is about its voice.
        declared.append(hypotheses["voice_synthetic"])
    if any(result.model_decision is False for result in declared):
        found.append(reason("conflict-declared-not-seen"))
    return found


def _would_change(label: VerdictLabel, hypotheses: Mapping[str, HypothesisResult]) -> list[Reason]:
    if label not in ("inconclusive", "not-examined"):
        return []
    wants = []
    if hypotheses["ai_generated"].reason == "too-small":
        wants.append(reason("want-larger"))
    voice = hypotheses["voice_synthetic"]
    short = voice.reason == "too-little-speech"
    weak = voice.decision is None and voice.reason != "voice-part-stands-out"
    if short or (voice.status == "ok" and weak):
        wants.append(reason("want-more-speech"))
    if label == "inconclusive":
        wants += [reason("want-original"), reason("want-review")]
    return wants
