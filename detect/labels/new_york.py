"""New York: General Business Law § 396-b, synthetic performers in advertisements (2026-06-09).

An advertisement that shows a synthetic performer (a human-looking figure that is nobody
identifiable) must say so; audio-only advertisements are excluded. Neither "is this an
advertisement" nor "does it show a person" is examined by this version, so the answer is never
more than `review`.
"""

from __future__ import annotations

from detect.core.verdict import Check, Label, Reason
from detect.labels.basis import NOTE_EN, NOTE_ZH
from detect.labels.evidence import UNSEEN, Evidence

__all__ = ["grade"]

_RULE = "N.Y. Gen. Bus. Law § 396-b"
_TEXT = {
    "review": (
        "If this is an advertisement and shows a human-looking synthetic performer, that must be "
        "disclosed.",
        "若为广告且出现拟人的合成表演者，须作出披露。",
    ),
    "none-found": (
        "No sign of a synthetic picture found; that does not make it real.",
        "未发现画面为合成的迹象，不代表内容真实。",
    ),
}
_NOT_KNOWN = Reason(
    "us-ny-context-not-examined",
    "Whether this is an advertisement and whether it shows a person was not examined.",
    "是否为广告、是否出现人物，均未检测。",
)
_AUDIO_ONLY = Reason(
    "us-ny-sound-excluded",
    "Only the sound is concerned; audio-only advertisements are excluded.",
    "仅涉及声音；纯音频广告不在适用范围内。",
)


def grade(evidence: Evidence) -> Label:
    """Whether a synthetic performer is worth a look."""
    basis = evidence.basis
    declares = basis.declared + basis.possible + basis.traces + basis.withheld
    sound_only = not basis.pictures or (
        not declares and basis.detected_names == frozenset({"voice_synthetic"})
    )
    signs = basis.positive + basis.withheld
    if signs and not sound_only:
        category, reasons = "review", (*signs, _NOT_KNOWN, *basis.against)
    else:
        category, reasons = "none-found", (*signs, _AUDIO_ONLY) if signs else basis.nothing
    english, chinese = _TEXT[category]
    return Label(
        category=category,
        text=english,
        reasons=reasons,
        rule=_RULE,
        extra={"text_zh": chinese, "note_en": NOTE_EN, "note_zh": NOTE_ZH},
        checks=() if sound_only else (_disclosure(evidence),),
    )


def _disclosure(evidence: Evidence) -> Check:
    """Whether the picture itself says that it is synthetic."""
    seen = any(m.generation_element or m.kind == "digital-human" for m in evidence.provenance.marks)
    if not evidence.marks_read:
        return Check(
            "us-ny-disclosure", "not-examined", "us-ny-gbl-396-b", _RULE,
            "Visible disclosures were not looked for.", "未检测画面中的披露文字。",
            *UNSEEN,
        )  # fmt: skip
    if seen:
        return Check(
            "us-ny-disclosure", "pass", "us-ny-gbl-396-b", _RULE,
            "A visible text says that it is synthetic.", "画面文字说明其为合成内容。",
        )  # fmt: skip
    return Check(
        "us-ny-disclosure", "missing", "us-ny-gbl-396-b", _RULE,
        "No visible disclosure was read in the picture.", "画面中未识别到披露文字。",
        "In an advertisement with a synthetic performer draw one: detect label write FILE "
        "--us-ny --explicit.",
        "若为含合成表演者的广告，请添加：detect label write FILE --us-ny --explicit。",
    )  # fmt: skip
