"""All jurisdictions at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from detect.core.finding import Finding
from detect.core.media import Kind, Media
from detect.core.provenance import Provenance
from detect.core.report import Report
from detect.core.verdict import HypothesisResult, Label, Reason
from detect.labels import china, european_union, new_york, others
from detect.labels.basis import AUDIBLE, Basis
from detect.labels.evidence import Evidence, applied, begun, heard

__all__ = ["grade", "grade_report"]

_RULES = {"us-ny": ("us-ny", "us"), "us-ca": ("us-ca", "us")}


def grade(
    hypotheses: Mapping[str, HypothesisResult],
    provenance: Provenance,
    *,
    kind: Kind = "unknown",
    media: Media | None = None,
    findings: Sequence[Finding] = (),
    declared_by_publisher: bool = False,
    as_of: dt.date | None = None,
) -> dict[str, Label]:
    """The label each jurisdiction asks for, and whether the labels in the file conform.

    Args:
        hypotheses: Results by hypothesis name; empty when nothing could be examined.
        provenance: What the file declares and carries.
        kind: What the file is; a sound file shows no performer.
        media: Facts about the file, in place of `kind`.
        findings: What the detectors found: whether visible marks were looked for at all.
        declared_by_publisher: The publisher says outside the file (caption, platform switch) that
            it is synthetic. Nothing inside a file can say so.
        as_of: The day whose rules apply; today when None.

    Returns:
        Labels by jurisdiction: `cn`, `eu`, `us-ny`, `us-ca`, `in`, `kr`.
    """
    media = media or Media("", kind=kind)
    day = as_of or dt.date.today()
    basis = Basis.of(
        hypotheses, provenance, kind=media.kind, declared_by_publisher=declared_by_publisher
    )
    if heard(findings):
        basis = replace(basis, traces=(*basis.traces, AUDIBLE))
    evidence = Evidence.of(basis, provenance, media, findings, day)
    labels = {
        "cn": china.grade(evidence),
        "eu": european_union.grade(evidence),
        "us-ny": new_york.grade(evidence),
    }
    labels |= {name: others.grade(name, evidence) for name in others.OTHERS}
    return {name: _dated(name, label, day) for name, label in labels.items()}


def grade_report(
    report: Report, *, declared_by_publisher: bool = False, as_of: dt.date | None = None
) -> dict[str, Label]:
    """The labels of a report, with what became known since: a caption that declares, another day.

    Args:
        report: A report of `detect.scan`.
        declared_by_publisher: See `grade`.
        as_of: See `grade`.
    """
    return grade(
        report.hypotheses,
        report.provenance,
        media=report.media,
        findings=report.findings,
        declared_by_publisher=declared_by_publisher,
        as_of=as_of,
    )


def _dated(jurisdiction: str, label: Label, day: dt.date) -> Label:
    rules = applied(_RULES.get(jurisdiction, (jurisdiction,)), day)
    own = [rule for rule in rules if rule.id.startswith(f"{jurisdiction}-")]
    first = begun(own)
    if first is None:
        return replace(label, rules=rules)
    en = f"Not in force on {day}; it applies from {first}."
    zh = f"在 {day} 尚未生效，自 {first} 起适用。"
    reason = Reason("not-in-force", en, zh)
    extra = {**label.extra, "text_en": en, "text_zh": zh, "in_force": first}
    return replace(
        label,
        category="not-in-force",
        text=zh if jurisdiction == "cn" else en,
        reasons=(reason, *label.reasons),
        extra=extra,
        checks=(),
        rules=rules,
    )
