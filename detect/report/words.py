"""Every word the renderings use, in English and Chinese: one table.

A code that is not in the table is shown as it is, so that a newer detector never breaks a report.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from detect.report.text import clean

__all__ = ["LANGUAGES", "Language", "Phrase", "known", "phrase", "word"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


class Phrase(NamedTuple):
    """The same words in both languages."""

    en: str
    zh: str

    def say(self, language: Language) -> str:
        """The words in one language."""
        return self.en if language == "en" else self.zh


def known(key: str) -> bool:
    """Whether the table has words for `key`."""
    return key in _TABLE


def phrase(key: str) -> Phrase:
    """The words for `key` (`verdict.inconclusive`, `reason.no-speech`, `ui.evidence`).

    Unknown keys give the code after the first point, as it is but made harmless.
    """
    if key in _TABLE:
        return Phrase(*_TABLE[key])
    code = clean(key.partition(".")[2] or key, 80)
    return Phrase(code, code)


def word(key: str, language: Language) -> str:
    """As `phrase`, in one language."""
    return phrase(key).say(language)


_TABLE: dict[str, tuple[str, str]] = {
    # Verdicts
    "verdict.ai-generated": ("AI-generated", "AI 生成"),
    "verdict.voice-synthetic": ("Synthetic voice", "合成语音"),
    "verdict.ai-edited": ("AI-edited", "AI 编辑"),
    "verdict.inconclusive": ("Inconclusive", "无法判定"),
    "verdict.not-examined": ("Not examined", "未检测"),
    "verdict.no-synthesis-found": ("No synthesis found", "未发现合成迹象"),
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
    "hypothesis.ai_generated": ("AI-generated picture", "画面由 AI 生成"),
    "hypothesis.ai_generated.audio": ("Declared AI-generated", "声明由 AI 生成"),
    "hypothesis.voice_synthetic": ("Synthetic voice", "语音为合成"),
    "hypothesis.cgi_character": ("Looks drawn or rendered", "画面为绘制或渲染"),
    "track.ai_generated": ("Picture", "画面"),
    "track.voice_synthetic": ("Voice", "语音"),
    "track.cgi_character": ("Look", "画面类型"),
    "answer.yes": ("yes", "是"),
    "answer.no": ("no traces", "未见迹象"),
    "answer.undecided": ("undecided", "未决"),
    "answer.not-applicable": ("does not apply", "不适用"),
    "answer.error": ("error", "出错"),
    "answer.looks-drawn": ("yes", "是"),
    "answer.looks-photographic": ("no", "否"),
    "answer.looks-unclear": ("undecided", "未决"),
    "standing.yes": ("▲ synthetic", "▲ 合成"),
    "standing.no": ("▽ no traces", "▽ 未见迹象"),
    "standing.undecided": ("◇ undecided", "◇ 未决"),
    "standing.none": ("no score", "无分数"),
    "by.classifier": ("classifier", "分类器"),
    "by.declaration": ("declared", "文件声明"),
    "finding.ok": ("examined", "已检测"),
    "finding.not-applicable": ("does not apply", "不适用"),
    "finding.error": ("error", "出错"),
    # Reason codes
    "reason.declared-ai": ("declared by the file", "文件自身声明"),
    "reason.declared-ai-edited": ("file declares AI edits", "文件声明经 AI 编辑"),
    "reason.declared-ai-possible": ("file says it may hold AI parts", "文件声明可能含 AI 内容"),
    "reason.watermark-picture": ("watermark of a generator", "含生成工具水印"),
    "reason.watermark-voice": ("watermark of a speech generator", "含语音生成工具水印"),
    "reason.visible-mark": ("a visible mark says AI", "画面可见 AI 标识"),
    "reason.fast-profile": ("left out in the fast profile", "快速模式下不检测"),
    "reason.no-original-pixels": (
        "not in its original size, where no watermark can be decoded",
        "非原始尺寸，无法解码水印",
    ),
    "reason.ocr-missing": ("rapidocr is not installed", "未安装 rapidocr"),
    "reason.picture-above-threshold": ("above the threshold", "高于判定阈值"),
    "reason.voice-above-threshold": ("above the threshold", "高于判定阈值"),
    "reason.picture-between-thresholds": ("between the thresholds", "介于两阈值之间"),
    "reason.voice-between-thresholds": ("between the thresholds", "介于两阈值之间"),
    "reason.picture-below-threshold": ("below the threshold", "低于判定阈值"),
    "reason.voice-below-threshold": ("below the threshold", "低于判定阈值"),
    "reason.picture-prior": ("too unlikely at this base rate", "在设定先验下可能性过低"),
    "reason.voice-prior": ("too unlikely at this base rate", "在设定先验下可能性过低"),
    "reason.picture-unstable": ("flips when passed on", "转存后结论改变"),
    "reason.unstable-delivery": ("flips when passed on", "转存后结论改变"),
    "reason.picture-part-stands-out": ("a part stands out", "部分画面突出"),
    "reason.voice-part-stands-out": ("a part stands out", "部分语音突出"),
    "reason.looks-drawn": ("drawn, painted or rendered", "绘制或渲染的画面"),
    "reason.looks-photographic": (
        "like a photograph, whoever made it",
        "照片质感，与制作者无关",
    ),
    "reason.looks-unclear": ("between the thresholds", "介于两阈值之间"),
    "reason.conflict-camera-credential": ("camera credential disagrees", "与相机凭证矛盾"),
    "reason.no-picture": ("no picture in the file", "文件中没有画面"),
    "reason.no-audio": ("no sound in the file", "文件中没有声音"),
    "reason.no-speech": ("no speech found", "未检测到语音"),
    "reason.too-little-speech": ("too little speech", "语音过短"),
    "reason.silent": ("silence", "静音"),
    "reason.muted": ("sound track muted (digital silence)", "音轨无声（数字静音）"),
    "reason.too-noisy": ("speech drowned in noise", "噪声过大，语音难以辨别"),
    "reason.singing": ("singing, not speech", "为歌唱而非说话"),
    "reason.music": ("music, not speech", "为音乐而非语音"),
    "reason.too-small": ("picture too small", "画面尺寸过小"),
    "reason.blank": ("blank picture", "空白画面"),
    "reason.ends-early": (
        "the file ends well before its stated length",
        "文件在标称时长之前就已结束",
    ),
    "reason.partial": ("only a part was decoded", "仅解码了部分内容"),
    "reason.damaged": ("damaged places were skipped", "已跳过损坏部分"),
    "reason.sampled-by-seeking": ("long: sampled in places", "时长较长，仅抽取若干位置"),
    "reason.audio-sampled": (
        "long: stretches of the sound from all over it",
        "声音较长，仅检测了均匀分布的若干片段",
    ),
    "reason.audio-truncated": ("only the first part of the sound", "仅检测了声音的前段"),
    "reason.other-picture-tracks": (
        "it has further picture tracks, which were not examined",
        "文件另有其他视频轨，未检测",
    ),
    "reason.other-pages": (
        "it has further pages, which were not examined",
        "文件另有其他页，未检测",
    ),
    "reason.other-pictures": (
        "it holds further pictures, which were not examined",
        "文件另含其他图片，未检测",
    ),
    "reason.appended-video": (
        "a video lies behind the picture (motion photo), which was not examined",
        "图片后附有视频（动态照片），未检测",
    ),
    "reason.metadata-damaged": (
        "its metadata are damaged or too large; the picture was examined without them",
        "元数据损坏或过大，仅检测了画面",
    ),
    "reason.other-sound-tracks": (
        "further sound tracks: only the one that players choose",
        "文件含多条音轨，仅检测播放器默认播放的一条",
    ),
    "reason.too-short": ("sound under a second", "声音不足一秒"),
    "reason.picture-undecodable": ("the picture cannot be decoded", "画面无法解码"),
    "reason.sound-undecodable": ("the sound cannot be decoded", "声音无法解码"),
    "reason.model-error": ("the model failed", "模型出错"),
    "reason.provenance-unreadable": (
        "what the file declares could not be read",
        "无法读取文件的来源声明",
    ),
    "reason.unreadable": ("could not be read", "无法读取"),
    "reason.not-examined": ("not examined", "未检测"),
    # Declared origin
    "c2pa.trusted": (
        "Content Credentials: intact, signer on your trust list",
        "内容凭证：完整，签名者在受信任列表中",
    ),
    "c2pa.valid": (
        "Content Credentials: intact, signer on no trust list",
        "内容凭证：完整，签名者不在受信任列表中",
    ),
    "c2pa.expired": (
        "Content Credentials: intact, certificate expired",
        "内容凭证：完整，证书已过期",
    ),
    "c2pa.invalid-credential": (
        "Content Credentials: intact, certificate not acceptable",
        "内容凭证：完整，证书不符合要求",
    ),
    "c2pa.content-changed": (
        "Content Credentials: the content was changed after signing",
        "内容凭证：签名后内容已被更改",
    ),
    "c2pa.broken-signature": (
        "Content Credentials: the signature does not verify",
        "内容凭证：签名校验失败",
    ),
    "c2pa.remote": (
        "Content Credentials: kept elsewhere, not fetched",
        "内容凭证：存放于远端，未获取",
    ),
    "c2pa.unreadable": (
        "Content Credentials: present but unreadable",
        "内容凭证：存在但无法读取",
    ),
    "c2pa.absent": ("Content Credentials: none", "内容凭证：无"),
    "source.c2pa": ("Content Credentials (C2PA)", "内容凭证（C2PA）"),
    "source.aigc-label": ("China's AIGC label", "AIGC 隐式标识"),
    "source.iptc": ("IPTC digital source type", "IPTC 数字来源类型"),
    "source.generator-metadata": ("Generator metadata", "生成工具元数据"),
    "source.watermark": ("Invisible watermark", "隐形水印"),
    "source.visible-mark": ("Mark in the picture", "画面可见标识"),
    "claim.ai-generated": ("made by AI", "由 AI 生成"),
    "claim.ai-edited": ("made or changed in part by AI", "部分由 AI 生成或修改"),
    "claim.ai-possible": ("may contain AI material", "可能含 AI 素材"),
    "claim.captured": ("taken by a camera", "由相机拍摄"),
    "claim.not-ai": ("made by other means", "以其他方式制作"),
    "state.trusted": ("signed, trusted", "已签名，受信任"),
    "state.intact": ("intact", "完整"),
    "state.untrusted": ("signed, signer unknown", "已签名，签名者未知"),
    "state.expired": ("signed, certificate expired", "已签名，证书过期"),
    "state.void": ("void: does not match this content", "无效：与当前内容不符"),
    "state.malformed": ("malformed", "格式不符"),
    "relationship.active": ("this file", "当前文件"),
    "relationship.parentOf": ("made from", "源自"),
    "relationship.inputTo": ("input to the generator", "生成输入"),
    "relationship.componentOf": ("contains", "包含"),
    # Labels
    "jurisdiction.cn": ("China", "中国"),
    "jurisdiction.eu": ("European Union", "欧盟"),
    "jurisdiction.us-ny": ("New York", "纽约州"),
    "jurisdiction.us-ca": ("California", "加利福尼亚州"),
    "jurisdiction.us": ("United States", "美国"),
    "jurisdiction.in": ("India", "印度"),
    "jurisdiction.kr": ("South Korea", "韩国"),
    "jurisdiction.platform": ("Platforms", "平台"),
    "category.confirmed": ("confirmed 属于", "属于（确认）"),
    "category.possible": ("possible 可能", "可能"),
    "category.suspected": ("suspected 疑似", "疑似"),
    "category.none-found": ("none found", "未发现"),
    "category.disclose": ("disclose", "应披露"),
    "category.review": ("review", "需复核"),
    "category.not-in-force": ("not in force", "尚未生效"),
    "outcome.pass": ("conforms", "符合"),
    "outcome.fail": ("fails", "不符合"),
    "outcome.missing": ("missing", "缺失"),
    "outcome.note": ("note", "提示"),
    "outcome.not-examined": ("not examined", "未检测"),
    "rulestate.in-force": ("in force", "已生效"),
    "rulestate.upcoming": ("upcoming", "即将生效"),
    "rulestate.draft": ("draft", "草案"),
    # Kinds and facts
    "kind.image": ("image", "图片"),
    "kind.video": ("video", "视频"),
    "kind.audio": ("audio", "音频"),
    "kind.unknown": ("unknown", "未知"),
    "fact.path": ("File", "文件"),
    "fact.kind": ("Kind", "类型"),
    "fact.size": ("Size", "大小"),
    "fact.sha256": ("SHA-256", "SHA-256"),
    "fact.format": ("Format", "格式"),
    "fact.dimensions": ("Picture", "画面"),
    "fact.duration": ("Duration", "时长"),
    "fact.frames": ("Frames", "帧数"),
    "fact.video_codec": ("Picture codec", "视频编码"),
    "fact.audio": ("Sound", "声音"),
    "fact.path_bytes": ("Name in bytes (hex)", "文件名字节（十六进制）"),
    # Not examined by this version
    "gap.local-edits": (
        "Face swaps, retouched or pasted parts of a real picture (whole frames only)",
        "换脸、局部修改或拼接（仅判断整幅画面）",
    ),
    "gap.lip-sync": (
        "Whether lips and voice belong together",
        "口型与语音是否一致",
    ),
    "gap.music": ("Music, singing and other sound that is not speech", "音乐、歌声等非语音声音"),
    "gap.visible-marks": (
        "Most marks without text, and watermarks without a public decoder (SynthID and others)",
        "多数无文字的标识，以及解码器未公开的水印（SynthID 等）",
    ),
    "gap.watermarks": (
        "Watermarks whose decoders are not public (SynthID and others)",
        "解码器未公开的水印（SynthID 等）",
    ),
    "gap.coverage": ("examined", "已检测比例"),
    # Headings and small words
    "ui.marks": ("Marks in the picture", "画面中的标识"),
    "ui.mark": ("Crop of a mark", "标识截图"),
    "ui.read-as": ("read as", "识别为"),
    "ui.report": ("Report on synthetic media", "合成内容检测报告"),
    "ui.verdict": ("Verdict", "结论"),
    "ui.file": ("File", "文件"),
    "ui.files": ("files", "个文件"),
    "ui.probability": ("probability of synthesis", "合成概率"),
    "ui.probability-short": ("Probability", "概率"),
    "ui.declared": ("declared by the file", "文件自身声明"),
    "ui.also": ("Also", "另外"),
    "ui.leans": ("leans to", "倾向于"),
    "ui.part-leans": ("a part leans to", "其中一部分倾向于"),
    "ui.why": ("Why", "依据"),
    "ui.conflicts": ("Evidence that points the other way", "相反证据"),
    "ui.would-change": ("What would change this", "哪些信息会改变结论"),
    "ui.not-examined": ("Not examined", "未检测的内容"),
    "ui.hypotheses": ("Hypotheses", "假设"),
    "ui.hypothesis": ("Hypothesis", "假设"),
    "ui.answer": ("Answer", "回答"),
    "ui.timeline": ("Over time", "时间线"),
    "ui.timeline-help": (
        "Likelihood ratio of each frame and stretch of speech, synthetic against not. The dashed "
        "lines are the thresholds for one of them; between them nothing is decided.",
        "各帧与各段语音的似然比（合成对非合成）。虚线为针对单帧或单段的判定阈值，二者之间不作判断。",
    ),
    "ui.times-for": (
        "# times likelier if synthetic",
        "合成情形下出现此分数的可能性是非合成的 # 倍",
    ),
    "ui.times-against": ("# times likelier if not", "非合成情形下出现此分数的可能性是合成的 # 倍"),
    "ui.classifier-says": ("Classifier alone", "仅分类器"),
    "ui.for-synthetic": ("▲ synthetic", "▲ 合成"),
    "ui.against-synthetic": ("▽ no traces", "▽ 未见迹象"),
    "ui.decided-span": ("decided synthetic", "判定为合成"),
    "ui.part-span": ("a part stands out, not decided:", "部分内容突出（未判定）："),
    "ui.not-readable": ("not examined", "未能检测"),
    "ui.frames": ("Scored frames", "已评分画面"),
    "ui.frame": ("Frame", "画面帧"),
    "ui.heat": ("Heat map", "热力图"),
    "ui.heat-means": (
        "Red: with this part taken away (blurred, with noise) the score falls, so it speaks for "
        "AI. Blue: the score rises, so it speaks against. Grey: no difference. Dark: not seen by "
        "the classifier.",
        "红色：去除该区域（模糊并加噪）后得分下降，即该处支持“AI 生成”。蓝色：去除后得分上升，"
        "即该处反对“AI 生成”。灰色：无影响。暗色：分类器未看到该区域。",
    ),
    "ui.heat-limits": (
        "The map says what this score rests on. It does not show which part of the picture was "
        "edited, it is no second opinion, and a map of a wrong score looks just as convincing.",
        "热力图只说明该得分的依据，不表示哪一部分经过修改，也不是独立的第二意见；得分有误时，热力图看起来同样可信。",
    ),
    "ui.provenance": ("Declared origin", "声明的来源"),
    "ui.nothing-declared": (
        "The file declares nothing about its origin. Platforms strip such declarations, so this "
        "says nothing either way.",
        "文件未声明来源。平台常会清除此类信息，因此不能据此作任何判断。",
    ),
    "ui.manifests": ("Chain of manifests", "清单链"),
    "ui.more-manifests": ("further manifests", "份其余清单"),
    "ui.signer": ("signed by", "签名者"),
    "ui.tool": ("named tool", "所称工具"),
    "ui.trust-lists": ("Trust lists consulted", "使用的信任列表"),
    "ui.no-trust-list": ("none imported", "未导入"),
    "ui.soft-bindings": ("Watermarks mentioned (not decoded)", "提及的水印（未解码）"),
    "ui.remote": ("Kept at (not fetched)", "存放地址（未获取）"),
    "ui.problems": ("Problems", "问题"),
    "ui.labels": ("Labels by jurisdiction", "各地标识要求"),
    "ui.rule": ("Rule", "依据条款"),
    "ui.checks": ("Labels in the file, held against the clauses", "文件所含标识与条款的对照"),
    "ui.todo": ("To do", "处理办法"),
    "ui.upcoming": ("Still to come", "即将生效"),
    "ui.not-verified": ("not verified", "未核实"),
    "ui.platform-notes": ("Notes that platforms show", "平台提示文字"),
    "ui.no-advice": (
        "The grades say what the evidence supports. They are no legal advice.",
        "等级仅说明证据所支持的结论，不构成法律意见。",
    ),
    "ui.evidence": ("Evidence", "证据"),
    "ui.from-file": ("text from the file, not verified", "文件中的文本，未经核实"),
    "ui.findings": ("Detectors", "检测器"),
    "ui.detector": ("Detector", "检测器"),
    "ui.status": ("Status", "状态"),
    "ui.score": ("Raw score", "原始分数"),
    "ui.thresholds": ("Thresholds", "阈值"),
    "ui.coverage": ("Coverage", "覆盖率"),
    "ui.facts": ("Media", "媒体信息"),
    "ui.versions": ("Versions", "版本"),
    "ui.summary": ("Summary", "汇总"),
    "ui.all-files": ("All files", "全部文件"),
    "ui.back": ("Back to the summary", "返回汇总"),
    "ui.created": ("Created", "生成时间"),
    "ui.disclaimer": (
        "Measured evidence with known error rates, not proof. A result that matters to a person "
        "should be checked by a person.",
        "本报告为具有已知错误率的测量证据，并非证明。涉及个人权益的结论应由人工复核。",
    ),
}
