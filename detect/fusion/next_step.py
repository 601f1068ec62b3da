"""The one next step for a file, chosen from what was found."""

from __future__ import annotations

from collections.abc import Mapping

from detect.core.clock import clock
from detect.core.finding import Span
from detect.core.media import Status
from detect.core.provenance import Provenance
from detect.core.verdict import HypothesisResult, Reason, Verdict

__all__ = ["STEPS", "next_step"]

STEPS: dict[str, tuple[str, str, str]] = {
    "label-declared": (
        "label",
        "Label it “AI-generated”, as the file itself declares (in China “AI生成”).",
        "请标注“AI生成”：文件自身已声明。",
    ),
    "label-edited": (
        "label",
        "Label it “edited with AI”, as the file itself declares (in China “AI编辑”).",
        "请标注“AI编辑”：文件自身已声明。",
    ),
    "label-picture": (
        "label",
        "Label it “suspected to be AI-generated” (in China “疑似AI生成”).",
        "请标注“疑似AI生成”。",
    ),
    "label-voice": (
        "label",
        "Label it “suspected synthetic voice” (in China “疑似AI生成”); `detect compare` holds it "
        "against recordings of the person.",
        "请标注“疑似AI生成”；可用 `detect compare` 与本人真实录音比对。",
    ),
    "look-conflict": (
        "look-here",
        "Look at it yourself: the file says camera, the classifier says AI.",
        "请人工查看：文件声明为实拍，分类器判为 AI。",
    ),
    "look-part": ("look-here", "Look at {} yourself.", "请人工查看 {}。"),
    "listen-part": ("look-here", "Listen to {} yourself.", "请人工听辨 {}。"),
    "look-mark": (
        "look-here",
        "Look at the mark in the picture that says AI yourself.",
        "请人工查看画面中的 AI 标识。",
    ),
    "look-credential": (
        "look-here",
        "Look at its credentials: signature and content no longer match.",
        "请查看其凭证：签名与内容已不匹配。",
    ),
    "ask-original": (
        "ask-original",
        "Ask the uploader for the original file.",
        "请向上传者索取原始文件。",
    ),
    "ask-label": (
        "ask-original",
        "Ask the uploader how it was made: the file hints at AI without saying so plainly.",
        "请向上传者询问制作方式：文件有 AI 提示，但未明确声明。",
    ),
    "compare": (
        "compare",
        "Compare it with genuine recordings of the person (`detect compare`).",
        "请与本人的真实录音比对（`detect compare`）。",
    ),
    "send-again": (
        "send-again",
        "Have it sent again: it could not be read.",
        "请重新发送：该文件无法读取。",
    ),
    "send-format": (
        "send-again",
        "Have it sent again in a common format (JPEG, PNG, MP4, WAV).",
        "请以常见格式（JPEG、PNG、MP4、WAV）重新发送。",
    ),
    "send-smaller": (
        "send-again",
        "Have it sent again smaller, or raise the limit that it exceeds.",
        "请缩小后重新发送，或提高相应上限。",
    ),
    "send-larger": (
        "send-again",
        "Have it sent again larger: the picture is too small.",
        "请发送更大的版本：画面尺寸过小。",
    ),
    "send-speech": (
        "send-again",
        "Have a recording sent with more clear speech.",
        "请发送包含更多清晰语音的录音。",
    ),
    "scan-again": (
        "send-again",
        "Scan it again: a model failed on it.",
        "请重新检测：模型处理该文件时出错。",
    ),
    "check-access": (
        "check-access",
        "Check path and permissions, and scan it again.",
        "请检查路径与权限后重新检测。",
    ),
    "nothing": ("nothing", "Nothing to do.", "无需处理。"),
    "nothing-judged": (
        "nothing",
        "Nothing to do: it holds neither a picture nor speech that could be judged.",
        "无需处理：其中没有可判定的画面或语音。",
    ),
}  # fmt: skip
"""Code in the report, and the sentence in both languages; `{}` stands for places in time."""

_PLACES = 3
_SPEECH = ("too-little-speech", "too-noisy", "too-short")


def next_step(
    verdict: Verdict,
    hypotheses: Mapping[str, HypothesisResult],
    provenance: Provenance,
    status: Status,
) -> Reason:
    """The next step: what was decided first, then what keeps a file from a decision.

    Args:
        verdict: With label, reasons and conflicts.
        hypotheses: Results by name.
        provenance: What the file declares.
        status: Of the file.
    """
    picture, voice = hypotheses["ai_generated"], hypotheses["voice_synthetic"]
    if any(c.code.startswith("conflict-camera") for c in verdict.conflicts):
        return _step("look-conflict")
    if verdict.label == "ai-generated":
        return _step("label-declared" if picture.decided_by == "declaration" else "label-picture")
    if verdict.label == "voice-synthetic":
        return _step("label-declared" if voice.decided_by == "declaration" else "label-voice")
    if verdict.label == "ai-edited":
        return _step("label-edited")
    if status != "ok":
        return _step(_ACCESS.get(status, "send-again"))
    if any(result.status == "error" for result in (picture, voice)):
        return _step("scan-again")
    live = [d for d in provenance.declarations if d.state != "void"]
    if verdict.label == "inconclusive":
        if picture.reason == "picture-part-stands-out":
            return _step("look-part", picture.spans)
        if voice.reason == "voice-part-stands-out":
            return _step("listen-part", voice.spans)
        if any(d.source == "visible-mark" for d in live):
            return _step("look-mark")
        if any(d.claim == "ai-possible" for d in live):
            return _step("ask-label")
        open_picture = picture.status == "ok" and picture.decision is None
        return _step("ask-original" if open_picture else "compare")
    if verdict.label == "not-examined":
        if picture.reason == "too-small":
            return _step("send-larger")
        return _step("send-speech" if voice.reason in _SPEECH else "nothing-judged")
    if any(d.state == "void" for d in provenance.declarations):
        return _step("look-credential")
    return _step("nothing")


_ACCESS = {
    "missing": "check-access",
    "denied": "check-access",
    "not-regular": "check-access",
    "unsupported": "send-format",
    "too-large": "send-smaller",
    "timed-out": "send-smaller",
}


def _step(key: str, spans: tuple[Span, ...] = ()) -> Reason:
    code, en, zh = STEPS[key]
    shown = [
        clock(s.start) if s.end <= s.start else f"{clock(s.start)}–{clock(s.end)}"
        for s in spans[:_PLACES]
    ]
    place = ", ".join(shown)
    more = len(spans) > _PLACES
    if not shown:
        return Reason(code, en.format("the part that stands out"), zh.format("突出的部分"))
    chinese = "、".join(shown)
    return Reason(
        code,
        en.format(place + (" and further places" if more else "")),
        zh.format(chinese + (" 等处" if more else "")),
    )
