"""What the report of an account needs of the report on one file."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from detect.core.report import Report
from detect.core.serialize import to_plain
from detect.labels import grade_report

__all__ = ["report_json", "summarise"]


def summarise(report: Report, day: dt.date) -> dict[str, Any]:
    """Plain values, as the journal keeps them.

    Args:
        report: On the file.
        day: Of the audit: whose rules on labels apply.

    Returns:
        `status`, `reason`, `kind`, `label`, `probability`, `picture`, `voice` and `depiction`
        (drawn or rendered) with llr, thresholds and decisions, `declared` (what the file says of
        itself), `marks` (visible), and `labels`: what each jurisdiction asks for when the publisher
        says nothing (`silent`) and when it declares (`declared`).
    """
    return {
        "status": report.status,
        "reason": report.reason,
        "kind": report.media.kind,
        "label": report.verdict.label,
        "probability": report.verdict.probability,
        "picture": _hypothesis(report, "ai_generated"),
        "voice": _hypothesis(report, "voice_synthetic"),
        "depiction": _hypothesis(report, "cgi_character"),
        "declared": [
            {
                "source": d.source,
                "claim": d.claim,
                "state": d.state,
                "tool": to_plain(d.tool),
                "en": to_plain(d.evidence.en),
                "zh": to_plain(d.evidence.zh),
            }
            for d in report.provenance.declarations
            if d.source != "visible-mark"
        ],
        "marks": [
            {"text": to_plain(m.text), "kind": m.kind, "conforming": m.conforming_wording}
            for m in report.provenance.marks
        ],
        "labels": {
            name: {
                key: {"category": label.category, "text": label.text, "rule": label.rule}
                for key, label in grade_report(
                    report, declared_by_publisher=declares, as_of=day
                ).items()
            }
            for name, declares in (("silent", False), ("declared", True))
        },
    }


def _hypothesis(report: Report, name: str) -> dict[str, Any] | None:
    result = report.hypotheses.get(name)
    if result is None:
        return None
    votes = [
        (f.positive, f.negative)
        for f in report.findings
        if f.hypothesis == name and f.status == "ok" and f.llr is not None
    ]
    thresholds = [
        sum(v[side] or 0.0 for v in votes) / len(votes) if votes else None for side in (0, 1)
    ]
    plain: dict[str, Any] = to_plain(
        {
            "status": result.status,
            "reason": result.reason,
            "llr": result.llr,
            "probability": result.probability,
            "model_decision": result.model_decision,
            "decision": result.decision,
            "decided_by": result.decided_by,
            "positive": thresholds[0],
            "negative": thresholds[1],
        }
    )
    return plain


def report_json(report: Report) -> str:
    """The report as one line of JSON, without timings, which differ between two runs."""
    plain = report.to_dict()
    plain["timings"] = {}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
