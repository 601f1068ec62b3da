"""China's implicit label: GB 45438-2025, Annex E, in every carrier of the TC260 practice guides."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from detect.core.finding import Evidence
from detect.core.provenance import Claim, Declaration, ImplicitLabel
from detect.provenance.carriers.fields import Field
from detect.provenance.carriers.xmp import read_xmp

__all__ = ["CODE", "ENTITIES", "PARTS", "read_implicit", "read_labels"]

MAX_LABEL = 64 * 1024
MAX_DISTINCT = 16
MAX_VALUE = 2000
PARTS = ("ContentProducer", "ProduceID", "ContentPropagator", "PropagateID")
FIELDS = ("Label", *PARTS, "ReservedCode1", "ReservedCode2")
CODE = re.compile(r"001[0-9]([0-9A-HJ-NPQRTUWXY]{18})[0-9A-Za-z]{5}")

ENTITIES = {
    "91110102MACQD9K640": ("Doubao", "豆包"),
    "9144030008867405X2": ("Jimeng", "即梦"),
    "91440101MA9Y9T4H7A": ("Qwen", "千问"),
    "91110108335469089C": ("Kling", "可灵"),
    "91440300708461136T": ("Tencent Yuanbao", "腾讯元宝"),
    "91110000802100433B": ("Baidu", "百度"),
    "91110105MACJ6K1C8A": ("LibLib", "LibLib"),
    "91340100MAEB4N8H76": ("RunningHub", "RunningHub"),
}
"""Unified social credit codes seen in labels, and the product each one writes for."""

_SAYS: dict[int, tuple[Claim, str, str]] = {
    1: ("ai-generated", "the content is AI-generated", "属于人工智能生成合成内容"),
    2: ("ai-possible", "the content is possibly AI-generated", "可能为人工智能生成合成内容"),
    3: ("ai-possible", "the content is suspected to be AI-generated", "疑似人工智能生成合成内容"),
}


Copies = list[tuple[Field, Any]]


def read_labels(fields: Iterable[Field]) -> tuple[Declaration, ...]:
    """The AIGC labels of a file, each distinct one once; copies are noted in the evidence."""
    groups = _groups(fields)
    total = sum(map(len, groups))
    return tuple(_declaration([item for item, _ in group], group[0][1], total) for group in groups)


def read_implicit(fields: Iterable[Field]) -> tuple[ImplicitLabel, ...]:
    """The same labels with their fields and where they depart from the standard."""
    return tuple(_implicit(group) for group in _groups(fields)[:MAX_DISTINCT])


def _groups(fields: Iterable[Field]) -> list[Copies]:
    """Fields that hold a label, those of the same content together."""
    copies: dict[str, Copies] = {}
    seen: set[tuple[str, str]] = set()
    for item, text in _candidates(fields):
        # One list read by two readers (demuxer and boxes) is one copy, not two.
        if item.carrier == "tag" and ("tag", text) in seen:
            continue
        seen.add((item.carrier, text))
        content, wrapped = _unwrap(text)
        if _is_named(item) or _is_label(content, wrapped=wrapped):
            key = json.dumps(content, sort_keys=True) if isinstance(content, dict) else text
            copies.setdefault(key, []).append((item, content))
    return list(copies.values())


def _implicit(group: Copies) -> ImplicitLabel:
    content = group[0][1]
    fields: dict[str, str] = {}
    if isinstance(content, dict):
        fields = {
            str(name)[:40]: (value if isinstance(value, str) else json.dumps(value))[:MAX_VALUE]
            for name, value in list(content.items())[:16]
        }
    entity = _entity(content)
    return ImplicitLabel(
        where=tuple(dict.fromkeys(item.where for item, _ in group)),
        copies=len(group),
        label=_value(content),
        fields=fields,
        problems=tuple(_problems(content)),
        entity=entity[0] if entity else None,
    )


def _problems(content: Any) -> Iterator[str]:
    """Where a label departs from Annex E."""
    if not isinstance(content, dict):
        yield "not-json"
        return
    if "ServiceProvider" in content and "Label" not in content:
        yield "vendor-form"
        return
    if "Label" not in content:
        yield "label-missing"
    elif _value(content) is None:
        yield "label-value"
    for code, names in (
        ("producer-missing", ("ContentProducer", "ContentPropagator")),
        ("number-missing", ("ProduceID", "PropagateID")),
    ):
        if not any(str(content.get(name) or "").strip() for name in names):
            yield code
    known = [content[name] for name in FIELDS if name in content]
    if any(not isinstance(value, (str, int)) for value in known):
        yield "field-type"
    if any(not "!" <= c <= "~" for value in known if isinstance(value, str) for c in value):
        yield "characters"


def _candidates(fields: Iterable[Field]) -> Iterator[tuple[Field, str]]:
    for item in fields:
        if item.carrier == "xmp":
            if "tc260" in item.text.lower():
                for space, name, value in read_xmp(item.text):
                    if "tc260.org.cn/ns/aigc" in space.lower() and name == "AIGC":
                        yield Field("xmp", "AIGC", value, "XMP TC260:AIGC"), value
        elif len(item.text) <= MAX_LABEL and (_is_named(item) or item.text.lstrip()[:1] == "{"):
            yield item, item.text


def _is_named(item: Field) -> bool:
    return item.key.upper() == "AIGC"


def _unwrap(text: str) -> tuple[Any, bool]:
    """The object inside JSON, perhaps HTML-escaped; and whether it stands under an `AIGC` key."""
    value: Any = text.strip("\x00 \r\n\t")
    wrapped = False
    for _ in range(5):
        if isinstance(value, str):
            try:
                value = json.loads(value if value[:1] in '{["' else html.unescape(value))
            except (ValueError, RecursionError):
                unescaped = html.unescape(value)
                if unescaped == value:
                    return value, wrapped
                value = unescaped
        elif isinstance(value, dict) and "AIGC" in value and "Label" not in value:
            value, wrapped = value["AIGC"], True
        else:
            break
    return value, wrapped


def _is_label(content: Any, *, wrapped: bool) -> bool:
    if not isinstance(content, dict):
        return False
    if "Label" in content and (wrapped or any(part in content for part in PARTS)):
        return True
    if wrapped and "ServiceProvider" in content:
        return True
    # Tencent Cloud's image service writes its own object without a Label.
    return content.get("ServiceProvider") in ("腾讯云", "Tencent Cloud") and "ContentId" in content


def _declaration(items: list[Field], content: Any, total: int) -> Declaration:
    label = _value(content)
    where = ", ".join(dict.fromkeys(item.where for item in items))
    tool = _provider(content)
    claim: Claim
    if label:
        claim, says_en, says_zh = _SAYS[label]
        code = f"aigc.label-{label}"
        en = f"The file carries China's implicit AI label: {says_en} (Label {label})."
        zh = f"文件含有人工智能生成合成内容隐式标识：{says_zh}（Label {label}）。"
    else:
        # A label nobody can read still says that somebody labelled the file.
        named = isinstance(content, dict) and str(content.get("Label", "")).upper() in _WORDS
        claim = "ai-generated" if named else "ai-possible"
        code = "aigc.malformed"
        en = "The file carries China's implicit AI label, but it does not follow the standard."
        zh = "文件含有人工智能生成合成内容隐式标识，但其取值不符合标准。"
    if entity := _entity(content):
        en += f" The provider code is that of the legal entity behind {entity[0]}."
        zh += f"提供者编码对应{entity[1]}所属的法律主体。"
    if total > 1:
        en += f" There are {total} labels in the file; the standard asks for exactly one."
        zh += f"文件中共有 {total} 份标识，而标准要求仅有一份。"
    text = json.dumps(content, ensure_ascii=False) if isinstance(content, dict) else str(content)
    return Declaration(
        "aigc-label",
        claim,
        "intact" if label else "malformed",
        Evidence(code, en, zh, where, text[:200]),
        tool[:100] if tool else None,
        label,
    )


_WORDS = ("AIGC", "AI", "TRUE")


def _value(content: Any) -> int | None:
    if not isinstance(content, dict):
        return None
    if "ServiceProvider" in content and "Label" not in content:
        return 1
    raw = content.get("Label")
    if isinstance(raw, (str, int)) and not isinstance(raw, bool):
        return {"1": 1, "2": 2, "3": 3}.get(str(raw).strip())
    return None


def _provider(content: Any) -> str | None:
    if isinstance(content, dict):
        for key in ("ContentProducer", "ContentPropagator", "ServiceProvider"):
            if isinstance(content.get(key), str) and content[key].strip():
                return str(content[key]).strip()
    return None


def _entity(content: Any) -> tuple[str, str] | None:
    if isinstance(content, dict):
        for key in ("ContentProducer", "ContentPropagator"):
            match = CODE.fullmatch(str(content.get(key, "")))
            if match and match[1] in ENTITIES:
                return ENTITIES[match[1]]
    return None
