"""Kinds, facts, headings and small words."""

from __future__ import annotations

__all__ = ["TABLE"]

TABLE: dict[str, tuple[str, str]] = {
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
    # Headings and small words
    "ui.marks": ("Marks in the picture", "画面中的标识"),
    "ui.mark": ("Crop of a mark", "标识截图"),
    "ui.read-as": ("read as", "识别为"),
    "ui.report": ("Report on synthetic media", "合成内容检测报告"),
    "ui.files": ("files", "个文件"),
    "ui.probability": ("probability of synthesis", "合成概率"),
    "ui.declared": ("declared by the file", "文件自身声明"),
    "ui.also": ("Also", "另外"),
    "ui.leans": ("leans to", "倾向于"),
    "ui.part-leans": ("a part leans to", "其中一部分倾向于"),
    "ui.conflicts": ("Evidence that points the other way", "相反证据"),
    "ui.would-change": ("What would change this", "哪些信息会改变结论"),
    "ui.not-examined": ("Not examined", "未检测的内容"),
    "ui.hypotheses": ("Checks", "检测项"),
    "ui.hypothesis": ("Check", "检测项"),
    "ui.answer": ("Answer", "结果"),
    "ui.timeline": ("Over time", "时间线"),
    "ui.timeline-help": (
        "Likelihood ratio of each frame and stretch of speech, synthetic against not. The dashed "
        "lines are the thresholds for one of them; between them nothing is decided.",
        "各帧与各段语音的似然比（合成对非合成）。虚线为针对单帧或单段的判定阈值，二者之间不作判断。",
    ),
    "ui.classifier-says": ("Classifier alone", "仅分类器"),
    "ui.for-synthetic": ("▲ synthetic", "▲ 合成"),
    "ui.against-synthetic": ("▽ no traces", "▽ 未见迹象"),
    "ui.decided-span": ("decided synthetic", "判定为合成"),
    "ui.part-span": ("a part stands out, not decided:", "部分内容突出（未判定）："),
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
    "ui.unsigned-only": (
        "No signed origin and no AI declaration. What its metadata say anybody can write:",
        "没有签名的来源信息，也没有 AI 声明。以下元数据任何人都可改写：",
    ),
    "ui.unsigned-claims": (
        "Unsigned metadata, which anybody can write",
        "未签名的元数据（任何人都可改写）",
    ),
    "metadata.maker": ("Maker", "制造商"),
    "metadata.model": ("Model", "型号"),
    "metadata.date": ("Date", "日期"),
    "metadata.software": ("Software", "软件"),
    "ui.next": ("Next", "下一步"),
    "ui.show": ("Show", "显示"),
    "ui.show-all": ("all", "全部"),
    "ui.sort": ("Sort", "排序"),
    "ui.sort-verdict": ("by verdict", "按结论"),
    "ui.sort-name": ("by name", "按文件名"),
    "ui.sort-probability": ("by probability", "按概率"),
    "ui.base-rates": (
        "{half} if half of your files were AI; {twentieth} if 1 in 20; {hundredth} if 1 in 100",
        "若您的文件一半为 AI：{half}；若 20 个中有 1 个：{twentieth}；"
        "若 100 个中有 1 个：{hundredth}",
    ),
    "ui.base-rates-note": (
        "Two percentages: if half of your files were AI · if 1 in 20 were.",
        "两个百分比：若您的文件一半为 AI · 若 20 个中有 1 个为 AI。",
    ),
    "ui.base-rates-set": (
        "Two percentages: at the base rate that is set · if 1 in 20 of your files were AI.",
        "两个百分比：按设定的先验比例 · 若您的文件 20 个中有 1 个为 AI。",
    ),
    "row.times-ai": ("{} times likelier if generated", "若为 AI 生成，出现此证据的可能性为 {} 倍"),
    "row.times-camera": (
        "{} times likelier if a camera took it",
        "若为实拍，出现此证据的可能性为 {} 倍",
    ),
    "row.times-synthetic": (
        "{} times likelier if synthetic",
        "若为合成，出现此证据的可能性为 {} 倍",
    ),
    "row.times-recorded": (
        "{} times likelier if recorded",
        "若为真人录音，出现此证据的可能性为 {} 倍",
    ),
    "row.times-drawn": ("{} times likelier if drawn", "若为绘制或渲染，出现此证据的可能性为 {} 倍"),
    "row.times-photo": (
        "{} times likelier if a photograph",
        "若为照片，出现此证据的可能性为 {} 倍",
    ),
    "row.even": ("speaks for neither", "两种可能相近"),
    "row.voice": ("voice", "语音"),
    "row.at": ("at {}", "位于 {}"),
    "row.names-camera": ("metadata name {} (unsigned)", "元数据记载 {}（未签名）"),
    "row.declares": ("declares: {}", "自身声明：{}"),
    "row.changed": (
        "changed when cropped or recompressed",
        "裁剪或重新压缩后结果改变",
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
    "ui.checks": ("Labels in the file, compared with the rule", "文件所含标识与条款的对照"),
    "ui.upcoming": ("Still to come", "即将生效"),
    "ui.not-verified": ("not verified", "未核实"),
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
