"""New York: General Business Law § 396-b, synthetic performers in advertisements (2026-06-09).

An advertisement that shows a synthetic performer (a human-looking figure that is nobody
identifiable) must say so; audio-only advertisements are excluded. Neither "is this an
advertisement" nor "does it show a person" is examined by this version, so the answer is never
more than `review`.
"""

from __future__ import annotations

from detect.core.verdict import Label, Reason
from detect.labels.basis import NOTE_EN, NOTE_ZH, Basis

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


def grade(basis: Basis) -> Label:
    """Whether a synthetic performer is worth a look."""
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
    )
