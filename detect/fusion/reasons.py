"""Sentences for what fusion decides, in both languages."""

from __future__ import annotations

from detect.core.verdict import Reason

__all__ = ["known", "reason"]

_SENTENCES: dict[str, tuple[str, str]] = {
    "declared-ai": (
        "The file itself declares that it was made by AI.",
        "文件自身声明其由 AI 生成。",
    ),
    "declared-ai-edited": (
        "The file itself declares that parts of it were made or changed with AI.",
        "文件自身声明其部分内容由 AI 生成或修改。",
    ),
    "declared-ai-possible": (
        "The file carries a label that hints at AI, or one that does not follow its standard.",
        "文件带有提示 AI 生成的标识，或带有不符合标准的标识。",
    ),
    "watermark-picture": (
        "The pixels carry the invisible watermark of an image generator.",
        "像素中含有图像生成工具的隐形水印。",
    ),
    "watermark-voice": (
        "The sound carries the invisible watermark of a speech generator.",
        "声音中含有语音生成工具的隐形水印。",
    ),
    "visible-mark": (
        "A mark that can be seen in the picture says AI. Anybody can draw one, so it decides "
        "nothing alone.",
        "画面中可见 AI 标识。任何人都可以添加此类标识，因此不能单独作为判定依据。",
    ),
    "picture-above-threshold": (
        "The picture classifier is above the threshold of the operating point.",
        "画面分类器得分高于当前工作点的判定阈值。",
    ),
    "voice-above-threshold": (
        "The voice classifier is above the threshold of the operating point.",
        "语音分类器得分高于当前工作点的判定阈值。",
    ),
    "picture-between-thresholds": (
        "The evidence in the picture is too weak for either answer.",
        "画面证据不足，无法作出判断。",
    ),
    "voice-between-thresholds": (
        "The evidence in the voice is too weak for either answer.",
        "语音证据不足，无法作出判断。",
    ),
    "picture-unstable": (
        "The result changed when the picture was cropped or recompressed, so it was set to "
        "undecided.",
        "画面经裁剪或重新压缩后结果改变，因此改为无法判定。",
    ),
    "picture-part-stands-out": (
        "A part of the pictures resembles AI-generated ones, the rest does not: look at that part.",
        "部分画面更接近生成内容，其余部分则不然：请复核该部分。",
    ),
    "voice-part-stands-out": (
        "A part of the voice resembles synthetic speech, the rest does not: listen to that part.",
        "部分语音更接近合成语音，其余部分则不然：请复核该部分。",
    ),
    "picture-below-threshold": (
        "The picture classifier finds no traces of a generator. That is not proof of a camera.",
        "画面分类器未发现生成痕迹，但这不能证明其为实拍。",
    ),
    "voice-below-threshold": (
        "The voice classifier finds no traces of synthesis. That is not proof of a person.",
        "语音分类器未发现合成痕迹，但这不能证明其为真人语音。",
    ),
    "picture-prior": (
        "The evidence passes a threshold, but at the stated base rate the opposite stays likelier.",
        "证据达到判定阈值，但按设定的先验比例，相反的结论仍更可能。",
    ),
    "voice-prior": (
        "The evidence passes a threshold, but at the stated base rate the opposite stays likelier.",
        "证据达到判定阈值，但按设定的先验比例，相反的结论仍更可能。",
    ),
    "conflict-camera-credential": (
        "A trusted camera credential says that this was captured, but the classifier sees a "
        "generator: a person should look.",
        "受信任的相机凭证声明其为实拍，但分类器判定为生成内容：需要人工复核。",
    ),
    "conflict-camera-claim": (
        "The file claims to be a camera capture, by a signer that is not on a trust list; the "
        "classifier sees a generator.",
        "文件声称为实拍（签名者不在信任列表中），而分类器判定为生成内容。",
    ),
    "conflict-declared-not-seen": (
        "The file declares AI, but the classifier finds no traces of a generator.",
        "文件声明为 AI 生成，但分类器未发现生成痕迹。",
    ),
    "void-credential": (
        "The file carries credentials whose signature or content no longer match; they decide "
        "nothing.",
        "文件带有签名或内容已不匹配的凭证，该凭证不作为依据。",
    ),
    "nothing-to-examine": (
        "Nothing in this file can be examined.",
        "文件中没有可检测的内容。",
    ),
    "unreadable": (
        "The file could not be examined.",
        "文件无法检测。",
    ),
    "picture-undecodable": (
        "The picture stream cannot be decoded, so the picture was not examined.",
        "画面流无法解码，未能检测画面。",
    ),
    "sound-undecodable": (
        "The sound stream cannot be decoded, so the voice was not examined.",
        "音频流无法解码，未能检测语音。",
    ),
    "model-error": (
        "A model failed on this file; its answer is missing.",
        "模型处理该文件时出错，缺少其结果。",
    ),
    "want-original": (
        "The original file with its metadata, as it left the camera or the generator.",
        "提供带有完整元数据的原始文件。",
    ),
    "want-more-speech": (
        "A recording with more clear speech.",
        "提供包含更多清晰语音的录音。",
    ),
    "want-larger": (
        "A larger copy of the picture.",
        "提供更大尺寸的图片。",
    ),
    "want-review": (
        "A look by a person.",
        "由人工复核。",
    ),
}


def known(code: str) -> bool:
    """Whether a sentence is written for `code`."""
    return code in _SENTENCES


def reason(code: str) -> Reason:
    """The reason with its sentences.

    Raises:
        KeyError: No sentence is written for `code`.
    """
    en, zh = _SENTENCES[code]
    return Reason(code, en, zh)
