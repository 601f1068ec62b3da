"""Reason codes, and what this version does not examine."""

from __future__ import annotations

__all__ = ["TABLE"]

TABLE: dict[str, tuple[str, str]] = {
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
    "reason.picture-unstable": ("changed when cropped or recompressed", "裁剪或重新压缩后结果改变"),
    "reason.unstable-delivery": (
        "changed when cropped or recompressed",
        "裁剪或重新压缩后结果改变",
    ),
    "reason.picture-part-stands-out": ("a part stands out", "部分画面突出"),
    "reason.voice-part-stands-out": ("a part stands out", "部分语音突出"),
    "reason.looks-drawn": ("drawn or painted", "绘制的画面"),
    "reason.looks-rendered": ("rendered by computer graphics", "计算机图形渲染的画面"),
    "reason.looks-rendered-head": (
        "the largest face is rendered by computer graphics",
        "最大的人脸由计算机图形渲染",
    ),
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
}
