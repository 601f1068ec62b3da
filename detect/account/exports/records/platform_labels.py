"""The platforms' own AI labels and paid-partnership flags, wherever a sidecar keeps them.

Only keys that the platform writes are read: a caption that says "AI-generated" is the creator's
word, and comments, quoted and related posts are about something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from detect.account.exports.records.post import LabelledBy, PlatformLabel
from detect.account.exports.records.values import text

__all__ = ["keeps_labels", "paid_flags", "platform_labels", "shop_flags"]

DEEPEST = 8
MOST_NODES = 20_000

_NOT_ABOUT_THIS_POST = frozenset(
    (
        "author", "authorstats", "challenges", "comments", "edge_media_preview_comment",
        "edge_media_to_comment", "edge_media_to_parent_comment", "formats", "owner",
        "preview_comments", "profile", "quoted", "quoted_status", "quote", "reblog", "related",
        "requested_formats", "retweeted_status", "subtitles", "automatic_captions", "heatmap",
        "tagged_users", "thumbnails", "user", "usertags", "workspace", "music", "chapters",
    )
)  # fmt: skip
_CREATORS_WORDS = frozenset(
    (
        "accessibility_caption", "alt", "bio", "biography", "caption", "content", "contents",
        "desc", "description", "dynamic", "filename", "full_name", "fullname", "fulltitle",
        "hashtags", "longtext", "name", "nick", "nickname", "playlist", "signature", "tags",
        "text", "text_raw", "textextra", "title", "username", "_filename",
    )
)  # fmt: skip

_INSTAGRAM: dict[str, LabelledBy] = {
    "C2PA_METADATA": "metadata",
    "C2PA_METADATA_EDITED": "metadata",
    "IPTC_METADATA": "metadata",
    "IPTC_METADATA_EDITED": "metadata",
    "META_INVISIBLE_WATERMARK": "metadata",
    "SELF_DISCLOSURE_FLOW": "creator",
    "MANUAL_OVERRIDE_LABEL_ON": "platform",
    "MANUAL_OVERRIDE_LABEL_OFF": "removed",
}
"""Values of Instagram's `gen_ai_detection_method`; `NONE` and `UNRECOGNIZED` are no label."""

_INSTAGRAM_KEYS = frozenset(("gen_ai_detection_method", "has_high_risk_gen_ai_inform_treatment"))

_NOTICES: tuple[tuple[str, str, LabelledBy], ...] = (
    ("疑似使用了ai生成技术", "notice-suspected", "platform"),
    ("疑似ai生成", "notice-suspected", "platform"),
    ("疑似为人工智能生成", "notice-suspected", "platform"),
    ("作品含ai生成内容", "notice-metadata", "metadata"),
    ("该视频使用人工智能合成技术", "bilibili-creator", "creator"),
    ("含ai生成内容", "notice-creator", "creator"),
    ("使用人工智能合成技术", "notice-creator", "creator"),
    ("内容由ai生成", "notice-creator", "creator"),
    ("内容由人工智能生成", "notice-creator", "creator"),
    ("ai辅助创作", "notice-creator", "creator"),
    ("altered or synthetic content", "youtube-altered", "creator"),
    ("creator labeled as ai-generated", "tiktok-creator", "creator"),
    ("creator labelled as ai-generated", "tiktok-creator", "creator"),
    ("imagined with ai", "meta-imagined-with-ai", "metadata"),
)
_WHOLE_NOTICES: dict[str, tuple[str, LabelledBy]] = {
    "ai info": ("meta-ai-info", "metadata"),
    "made with ai": ("meta-made-with-ai", "metadata"),
    "ai-generated": ("notice-ai-generated", "platform"),
    "ai generated": ("notice-ai-generated", "platform"),
    "ai生成": ("notice-creator", "creator"),
}
"""Notices too short to look for inside other text."""


def platform_labels(document: object, *, platform: str = "unknown") -> tuple[PlatformLabel, ...]:
    """The AI labels that a platform attached to a post.

    Args:
        document: The parsed sidecar.
        platform: `pixiv` gives `aiType` its meaning.
    """
    found: dict[tuple[str, str], PlatformLabel] = {}
    for path, key, value in _walk(document):
        label = _label(path, key.lower(), value, platform)
        if label is not None:
            found.setdefault((label.code, label.by), label)
    return tuple(found.values())


def keeps_labels(document: object) -> bool:
    """Whether an Instagram document has the place for an AI label, be it empty.

    Chosen fields, logged-out answers and older ones lack it.
    """
    return any(key in _INSTAGRAM_KEYS for _, key, _ in _walk(document))


def _label(path: str, key: str, value: object, platform: str) -> PlatformLabel | None:
    shown = text(value, 200) or ""
    if key in ("aigclabeltype", "aigc_label_type"):
        by: LabelledBy | None = {"1": "creator", "2": "platform"}.get(shown)  # type: ignore[assignment]
        return PlatformLabel(f"tiktok-{by}", by, path, shown) if by else None
    if key in ("isaigc", "is_aigc", "is_ai_generated") and value is True:
        return PlatformLabel("is-aigc", "platform", path, "true")
    if key in ("gen_ai_detection_method", "detection_method") and shown.upper() in _INSTAGRAM:
        method = shown.upper()
        code = f"instagram-{method.lower().replace('_', '-')}"
        return PlatformLabel(code, _INSTAGRAM[method], path, shown)
    if key == "has_high_risk_gen_ai_inform_treatment" and value is True:
        return PlatformLabel("instagram-high-risk", "platform", path, "true")
    if key in ("illust_ai_type", "ai_type", "aitype") and platform == "pixiv":
        return PlatformLabel("pixiv-ai", "creator", path, shown) if shown == "2" else None
    if isinstance(value, str) and key not in _CREATORS_WORDS and len(value) <= 200:
        return _notice(path, value)
    return None


def _notice(path: str, value: str) -> PlatformLabel | None:
    plain = "".join(value.split()).lower() if not value.isascii() else value.strip().lower()
    if plain in _WHOLE_NOTICES:
        code, by = _WHOLE_NOTICES[plain]
        return PlatformLabel(code, by, path, value)
    for words, code, by in _NOTICES:
        if words in plain and not plain.startswith(("http:", "https:")):
            return PlatformLabel(code, by, path, value)
    return None


_PAID = frozenset(
    ("is_paid_partnership", "ispaidpartnership", "ispaidcontent", "is_paid_content", "isad",
     "is_ad", "is_ads", "is_sponsored", "issponsored", "paid_partnership", "sponsored",
     "brandedcontenttoggle", "is_branded_content")
)  # fmt: skip
_SPONSORS = frozenset(("sponsor_tags", "sponsor_users", "edge_media_to_sponsor_user"))
_SHOP = frozenset(("isecvideo", "is_affiliate", "has_shopping_tags", "product_tags"))


def paid_flags(document: object) -> tuple[str, ...]:
    """Keys with which the platform says that a post is an advertisement or paid for."""
    return tuple(
        dict.fromkeys(
            path
            for path, key, value in _walk(document)
            if (key.lower() in _PAID and _true(value))
            or (key.lower() in _SPONSORS and _filled(value))
        )
    )


def shop_flags(document: object) -> tuple[str, ...]:
    """Keys with which the platform says that a post sells something."""
    return tuple(
        dict.fromkeys(
            path
            for path, key, value in _walk(document)
            if key.lower() in _SHOP and (_true(value) or _filled(value))
        )
    )


def _true(value: object) -> bool:
    return value is True or (not isinstance(value, bool) and value in (1, "1", "true", "True"))


def _filled(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_filled(v) for v in value.values())
    return isinstance(value, list) and len(value) > 0


def _walk(document: object) -> Iterator[tuple[str, str, Any]]:
    """Path, key and value of everything that the platform says about this post."""
    stack: list[tuple[str, str, object, int]] = [("", "", document, 0)]
    seen = 0
    while stack and seen < MOST_NODES:
        path, key, value, depth = stack.pop()
        seen += 1
        if key:
            yield path, key, value
        if depth >= DEEPEST:
            continue
        if isinstance(value, Mapping):
            children = [(str(k), v) for k, v in value.items()]
            for name, child in reversed(children):
                if name.lower() not in _NOT_ABOUT_THIS_POST:
                    where = f"{path}.{name}"[:200] if path else name[:200]
                    stack.append((where, name, child, depth + 1))
        elif isinstance(value, list):
            stack += [(path, key if not isinstance(v, (dict, list)) else "", v, depth + 1)
                      for v in reversed(value[:500])]  # fmt: skip
