"""What a file declares of its origin."""

from __future__ import annotations

__all__ = ["TABLE"]

TABLE: dict[str, tuple[str, str]] = {
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
}
