"""What the checks of a jurisdiction look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detect.core.finding import Finding
from detect.core.mark import VisibleMark
from detect.core.media import Media
from detect.core.provenance import Provenance
from detect.core.verdict import AppliedRule, Check
from detect.labels.basis import Basis
from detect.labels.rules import select_rules

__all__ = ["UNSEEN", "Evidence", "applied", "begun", "heard", "machine_readable"]

UNSEEN = ("Look or listen for yourself.", "请人工查看或收听。")
"""What to do about a label that nobody looked for."""
_READER = "visible-mark"
_LISTENER, _RHYTHM = "audible-label", "audible-label.rhythm"
_MARKS = ("aigc-label", "iptc", "c2pa")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One file as the checks see it.

    Attributes:
        basis: The evidence sorted by how much it can carry.
        provenance: What the file declares and carries.
        media: Facts about the file.
        as_of: The day on which rules are looked up.
        marks_read: Whether visible marks were looked for.
        rhythm: Whether sound has the rhythm of an audible label, None when it was not listened to.
    """

    basis: Basis
    provenance: Provenance
    media: Media
    as_of: dt.date
    marks_read: bool
    rhythm: bool | None = None

    @classmethod
    def of(
        cls,
        basis: Basis,
        provenance: Provenance,
        media: Media,
        findings: Sequence[Finding],
        as_of: dt.date,
    ) -> Evidence:
        """Puts the evidence together."""
        read = any(f.detector.startswith(_READER) and f.status == "ok" for f in findings)
        return cls(basis, provenance, media, as_of, read or bool(provenance.marks), heard(findings))

    @property
    def pictures(self) -> bool:
        """Whether there is something to see in the file."""
        return self.media.kind != "audio"

    @property
    def notices(self) -> tuple[VisibleMark, ...]:
        """Visible marks that name AI, those with the fuller wording and the larger text first."""
        marks = [m for m in self.provenance.marks if m.ai_element or m.kind == "label"]
        return tuple(
            sorted(marks, key=lambda m: (m.conforming_wording, m.generation_element, m.height))
        )[::-1]


def heard(findings: Sequence[Finding]) -> bool | None:
    """Whether the rhythm of an audible label was found, None when nobody listened."""
    told = [f for f in findings if f.detector == _LISTENER and f.status == "ok"]
    return any(e.code == _RHYTHM for f in told for e in f.evidence) if told else None


def applied(jurisdictions: Iterable[str], as_of: dt.date) -> tuple[AppliedRule, ...]:
    """The rules of jurisdictions with their state on a day."""
    return tuple(
        AppliedRule(r.id, r.state(as_of), r.in_force, r.title_en, r.title_zh, r.verified)
        for r in select_rules(jurisdictions)
    )


def begun(rules: Iterable[AppliedRule]) -> str | None:
    """The first day of the first rule when none is in force yet, else None."""
    known = [rule for rule in rules if rule.state != "draft"]
    days = [rule.in_force for rule in known if rule.in_force and rule.state == "upcoming"]
    return min(days) if days and len(days) == len(known) else None


def machine_readable(
    evidence: Evidence, rule: str, clause: str, prefix: str, *, watermarks: bool = False
) -> Check:
    """Whether the file carries a machine-readable mark of AI in its metadata that is intact.

    Args:
        evidence: The file.
        rule: Id of the rule that asks for it.
        clause: Where the rule does.
        prefix: Of the check's code.
        watermarks: Whether one that was decoded will do.
    """
    kinds: list[str] = [
        d.source
        for d in evidence.provenance.declarations
        if d.source in _MARKS
        and d.claim in ("ai-generated", "ai-edited", "ai-possible")
        and d.state not in ("void", "malformed")
    ]
    if watermarks:
        kinds += [mark.scheme for mark in evidence.provenance.watermarks]
    if kinds:
        named = ", ".join(dict.fromkeys(kinds))
        return Check(
            f"{prefix}-machine-readable",
            "pass",
            rule,
            clause,
            f"A machine-readable mark is in the file ({named}).",
            f"文件含有机器可读标记（{named}）。",
        )
    return Check(
        f"{prefix}-machine-readable",
        "missing",
        rule,
        clause,
        "No intact machine-readable mark is in the metadata of the file.",
        "文件元数据中没有完整有效的机器可读标记。",
        "Write one: detect label write FILE --eu (or --sign CERT --key KEY for a signed one).",
        "写入标记：detect label write FILE --eu（签名标记：--sign CERT --key KEY）。",
    )
