"""China's implicit label held against GB 45438-2025, 6.1 and Annex E."""

from __future__ import annotations

from collections.abc import Iterator

from detect.core.provenance import ImplicitLabel
from detect.core.verdict import Check
from detect.labels.evidence import Evidence

__all__ = ["implicit_checks"]

_RULE = "cn-gb45438-e"
_CLAUSE = "GB 45438-2025, Annex E"
_AGAIN = (
    "Have the service that made the file export it anew with a correct label; a label that is "
    "there must not be altered by others (Measures, Art. 10).",
    "请由生成服务重新导出带有正确标识的文件；已有标识不得由他人篡改（《标识办法》第十条）。",
)
_PROBLEMS = {
    "not-json": ("The AIGC field is not a JSON object.", "AIGC 字段不是 JSON 对象。"),
    "label-missing": ("The field Label is missing.", "缺少 Label 字段。"),
    "label-value": ("Label is not 1, 2 or 3.", "Label 取值不是 1、2 或 3。"),
    "producer-missing": (
        "Neither ContentProducer nor ContentPropagator names a service.",
        "ContentProducer 与 ContentPropagator 均未填写服务提供者。",
    ),
    "number-missing": (
        "Neither ProduceID nor PropagateID numbers the content.",
        "ProduceID 与 PropagateID 均未填写内容编号。",
    ),
    "characters": (
        "A value has characters outside 0x21 to 0x7E.",
        "取值含有 0x21 至 0x7E 以外的字符。",
    ),
    "field-type": ("A value is not text.", "字段取值不是文本。"),
}


def implicit_checks(evidence: Evidence) -> Iterator[Check]:
    """Whether there is a label, well-formed, exactly once, of a known service."""
    labels = evidence.provenance.implicit_labels
    if not labels:
        yield Check(
            "cn-implicit",
            "missing",
            "cn-measures-5",
            "《标识办法》第五条; GB 45438-2025, 6.1",
            "No implicit label (AIGC) is in the metadata.",
            "元数据中没有隐式标识（AIGC）。",
            "If the content is AI-generated, add one: detect label write FILE --cn "
            "--producer CODE.",
            "若内容为人工智能生成合成，请添加：detect label write FILE --cn --producer 编码。",
        )
        return
    yield _copies(labels)
    for label in labels:
        yield from _form(label)
    yield _entity(labels)


def _copies(labels: tuple[ImplicitLabel, ...]) -> Check:
    total = sum(label.copies for label in labels)
    where = "; ".join(place for label in labels for place in label.where)[:300]
    once = total == 1
    return Check(
        "cn-implicit-copies",
        "pass" if once else "fail",
        _RULE,
        "GB 45438-2025, 6.1 c)",
        f"The file carries exactly one implicit label ({where})."
        if once
        else f"The file carries {total} implicit labels ({where}); exactly one is asked for.",
        f"文件含有且仅有一份隐式标识（{where}）。"
        if once
        else f"文件含有 {total} 份隐式标识（{where}），标准要求有且仅有一份。",
        None if once else _AGAIN[0],
        None if once else _AGAIN[1],
        float(total),
        1.0,
    )


def _form(label: ImplicitLabel) -> Iterator[Check]:
    if "vendor-form" in label.problems:
        yield Check(
            "cn-implicit-form",
            "note",
            _RULE,
            _CLAUSE,
            "The label is in a form of its vendor, not in that of Annex E; it says AI.",
            "标识采用厂商自有格式，并非附录E 格式；其内容表明为人工智能生成。",
        )
        return
    for problem in label.problems:
        en, zh = _PROBLEMS[problem]
        yield Check(f"cn-implicit-{problem}", "fail", _RULE, _CLAUSE, en, zh, *_AGAIN)
    if not label.problems:
        yield Check(
            "cn-implicit-form",
            "pass",
            _RULE,
            _CLAUSE,
            f"The implicit label is well-formed (Label {label.label}).",
            f"隐式标识格式正确（Label {label.label}）。",
        )


def _entity(labels: tuple[ImplicitLabel, ...]) -> Check:
    entity = next((label.entity for label in labels if label.entity), None)
    if entity:
        en = f"The provider code is that of the legal entity behind {entity}."
        zh = f"提供者编码对应 {entity} 所属的法律主体。"
    else:
        en = "The provider is none whose code is known here; names are allowed as well."
        zh = "提供者编码不在已知列表中；标准也允许填写名称。"
    return Check("cn-implicit-provider", "pass" if entity else "note", _RULE, _CLAUSE, en, zh)
