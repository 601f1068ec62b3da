"""Verdicts, statuses and answers."""

from __future__ import annotations

__all__ = ["TABLE"]

TABLE: dict[str, tuple[str, str]] = {
    # Verdicts
    "verdict.ai-generated": ("AI-generated", "AI 生成"),
    "verdict.voice-synthetic": ("Synthetic voice", "合成语音"),
    "verdict.ai-edited": ("AI-edited", "AI 编辑"),
    "verdict.inconclusive": ("Inconclusive", "无法判定"),
    "verdict.not-examined": ("Not examined", "未检测"),
    "verdict.no-synthesis-found": ("No synthesis found", "未发现合成迹象"),
    "lean.leans-ai": ("leans AI", "倾向 AI"),
    "lean.leans-camera": ("leans camera", "倾向实拍"),
    "lean.leans-synthetic": ("leans synthetic", "倾向合成"),
    "lean.leans-recorded": ("leans recorded", "倾向真人"),
    "lean.no-lean": ("no lean", "无倾向"),
    "gloss.no-synthesis-found": (
        "Nothing was found. That does not prove where it comes from.",
        "未发现迹象，但这不能证明其来源。",
    ),
    "gloss.not-examined": (
        "Nothing can be said about this file.",
        "无法对该文件作出任何判断。",
    ),
    "gloss.inconclusive": (
        "The evidence is too weak for either answer.",
        "证据不足，无法作出判断。",
    ),
    # Status of a file
    "status.ok": ("examined", "已检测"),
    "status.unreadable": ("unreadable", "无法读取"),
    "status.unsupported": ("unsupported format", "不支持的格式"),
    "status.too-large": ("over a limit", "超出限制"),
    "status.timed-out": ("timed out", "超时"),
    "status.crashed": ("crashed the decoder", "导致解码器崩溃"),
    "status.missing": ("missing", "文件不存在"),
    "status.denied": ("no permission", "无访问权限"),
    "status.not-regular": ("not a regular file", "不是普通文件"),
    "status.invalid": ("not a file", "不是文件"),
    # Hypotheses and what they say
    "hypothesis.ai_generated": ("AI-generated picture", "AI 生成画面"),
    "hypothesis.ai_generated.audio": ("Declared AI-generated", "声明由 AI 生成"),
    "hypothesis.voice_synthetic": ("Synthetic voice", "合成语音"),
    "hypothesis.cgi_character": ("Looks drawn or rendered", "绘制或渲染画面"),
    "track.ai_generated": ("Picture", "画面"),
    "track.voice_synthetic": ("Voice", "语音"),
    "track.cgi_character": ("Look", "画面类型"),
    "answer.yes": ("yes", "是"),
    "answer.no": ("no traces", "未见迹象"),
    "answer.undecided": ("undecided", "无法判定"),
    "answer.not-applicable": ("does not apply", "不适用"),
    "answer.error": ("error", "出错"),
    "answer.looks-drawn": ("yes", "是"),
    "answer.looks-rendered": ("yes", "是"),
    "answer.looks-rendered-head": ("yes", "是"),
    "answer.looks-photographic": ("no", "否"),
    "answer.looks-unclear": ("undecided", "无法判定"),
    "standing.yes": ("▲ synthetic", "▲ 合成"),
    "standing.no": ("▽ no traces", "▽ 未见迹象"),
    "standing.undecided": ("◇ undecided", "◇ 无法判定"),
    "standing.none": ("no score", "无分数"),
    "by.classifier": ("classifier", "分类器"),
    "by.declaration": ("declared", "文件声明"),
    "finding.ok": ("examined", "已检测"),
    "finding.not-applicable": ("does not apply", "不适用"),
    "finding.error": ("error", "出错"),
}
