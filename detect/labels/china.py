"""China: Measures for Labelling AI-Generated and Synthetic Content (in force 2025-09-01).

Article 6 knows three grades: an implicit label in the metadata that says AI confirms (属于); a
declaration by the user makes it possible (可能); other traces, which is all a classifier can
offer, make it suspected (疑似). GB 45438-2025 (Annex E) writes them as `Label` 1, 2 and 3; a label
2 or 3 found in a file keeps that grade. A malformed label confirms nothing: it is one of the
"other traces".
"""

from __future__ import annotations

from detect.core.verdict import Label, Reason
from detect.labels.basis import NOTE_EN, NOTE_ZH
from detect.labels.evidence import Evidence
from detect.labels.explicit import explicit_checks
from detect.labels.implicit import implicit_checks
from detect.labels.rules import select_rules

__all__ = ["grade"]

_MEASURES = "《人工智能生成合成内容标识办法》第六条"
_NOTICE = {
    "confirmed": (
        "该内容属于人工智能生成合成内容",
        "This content is AI-generated or synthetic.",
        f"{_MEASURES}第（一）项",
        "1",
    ),
    "possible": (
        "该内容可能为人工智能生成合成内容",
        "This content is possibly AI-generated or synthetic.",
        f"{_MEASURES}第（二）项",
        "2",
    ),
    "suspected": (
        "该内容疑似为人工智能生成合成内容",
        "This content is suspected to be AI-generated or synthetic.",
        f"{_MEASURES}第（三）项",
        "3",
    ),
}
_NO_NOTICE = (
    "未发现人工智能生成的声明或标识，不代表内容真实",
    "No declaration of AI found; that does not make it real.",
)
_OTHER_METADATA = Reason(
    "cn-other-metadata",
    "This metadata is not in the form of GB 45438-2025, Annex E; because it declares AI it is read "
    "as an implicit label.",
    "该元数据并非 GB 45438-2025 附录E 的格式；因其声明使用了人工智能，按隐式标识处理。",
)
_CEILING = Reason(
    "classifier-at-most-suspected",
    "A classifier alone supports no more than suspected.",
    "仅凭分类器，最多只能标为“疑似”。",
)


def grade(evidence: Evidence) -> Label:
    """The notice a platform would show under Article 6, and whether the file's labels conform."""
    basis = evidence.basis
    checks = (*implicit_checks(evidence), *explicit_checks(evidence))
    if basis.declared:
        category = "confirmed"
    elif basis.possible:
        category = "possible"
    elif basis.traces or basis.detected:
        category = "suspected"
    else:
        return Label(
            category="none-found",
            text=_NO_NOTICE[0],
            reasons=basis.nothing,
            rule=_MEASURES,
            extra={"text_en": _NO_NOTICE[1], "note_en": NOTE_EN, "note_zh": NOTE_ZH},
            checks=checks,
        )
    text, english, rule, value = _NOTICE[category]
    remark: tuple[Reason, ...] = ()
    if basis.positive == basis.detected:
        remark = (_CEILING,)
    elif basis.declared and not basis.labelled:
        remark = (_OTHER_METADATA,)
    return Label(
        category=category,
        text=text,
        reasons=basis.positive + remark + basis.against,
        rule=rule,
        extra={
            "text_en": english,
            "implicit_label": value,
            **_WHERE,
            **_wordings(category, evidence),
            "note_en": NOTE_EN,
            "note_zh": NOTE_ZH,
        },
        checks=checks,
    )


_WHERE = {
    "where_en": "A prominent note around the post; propagation data in the metadata.",
    "where_zh": "在发布内容周边添加显著提示标识，并在元数据中写入传播要素。",
}


def _wordings(category: str, evidence: Evidence) -> dict[str, str]:
    """The notes that platforms in China show in this case."""
    return {
        f"{rule.id}": rule.wording.get(category) or rule.wording["any"]
        for rule in select_rules(("platform",), as_of=evidence.as_of)
        if rule.id in _CHINESE and (category in rule.wording or "any" in rule.wording)
    }


_CHINESE = tuple(
    f"platform-{name}" for name in ("douyin", "xiaohongshu", "bilibili", "weibo", "kuaishou")
)
