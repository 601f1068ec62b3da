"""California, India and Korea: duties that a file can show something about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from detect.core.verdict import Check, Label, Reason
from detect.labels.basis import NOTE_EN, NOTE_ZH
from detect.labels.evidence import UNSEEN, Evidence, machine_readable

__all__ = ["OTHERS", "grade"]


@dataclass(frozen=True, slots=True)
class _Duty:
    """What a jurisdiction asks for, in the words of a report.

    Attributes:
        rule: Its main rule, in words.
        mark: Id of the rule that asks for a machine-readable mark.
        notice: Id of the rule that asks for something people perceive.
        either: One of the two is enough.
        disclose: Text when the file declares AI.
        disclose_zh: The same in Chinese.
    """

    rule: str
    mark: str
    notice: str
    either: bool
    disclose: str
    disclose_zh: str


OTHERS = {
    "us-ca": _Duty(
        "California SB 942 / AB 853",
        "us-ca-sb942-latent",
        "us-ca-sb942-manifest",
        False,
        "Declared AI: a large provider must keep a machine-readable disclosure in the file and "
        "offer a visible one; large platforms must show it from 2027-01-01.",
        "文件声明使用了人工智能：大型提供者须在文件中保留机器可读披露并提供可见披露；"
        "大型平台自 2027-01-01 起须向用户展示。",
    ),
    "in": _Duty(
        "India, IT Rules as amended on 2026-02-10",
        "in-it-rules-2026",
        "in-it-rules-2026",
        False,
        "Declared AI: a prominent label and permanent metadata with a unique identifier are due.",
        "文件声明使用了人工智能：须有显著标识以及含唯一标识符的持久元数据。",
    ),
    "kr": _Duty(
        "Korea, AI Basic Act, Art. 31",
        "kr-ai-basic-act-31",
        "kr-ai-basic-act-31",
        True,
        "Declared AI: an AI business must mark it so that people or machines can tell; a deep fake "
        "so that people can. Mere users are not bound.",
        "文件声明使用了人工智能：经营者须作出可感知或机器可读的标记，深度伪造须能被人识别；普通使用者不适用。",
    ),
}

_REVIEW = (
    "Signs of AI without an intact declaration in the metadata: a person should decide whether a "
    "label is due.",
    "有人工智能生成迹象，但元数据中没有完整有效的声明：是否需要标识应由人工判断。",
)
_NONE = (
    "No declaration of AI found; that does not make it real.",
    "未发现人工智能生成的声明或标识，不代表内容真实。",
)
_ROLE = Reason(
    "role-not-judged",
    "Who publishes, and whether the law binds them, is not in the file.",
    "发布者的身份及其是否受该法约束，无法从文件得知。",
)


def grade(jurisdiction: str, evidence: Evidence) -> Label:
    """What one of `OTHERS` asks to look at."""
    duty, basis = OTHERS[jurisdiction], evidence.basis
    signs = basis.positive + basis.withheld
    if basis.declared:
        category, text = "disclose", (duty.disclose, duty.disclose_zh)
    elif signs:
        category, text = "review", _REVIEW
    else:
        category, text = "none-found", _NONE
    reasons = (*signs, _ROLE, *basis.against) if signs else basis.nothing
    return Label(
        category=category,
        text=text[0],
        reasons=reasons,
        rule=duty.rule,
        extra={"text_zh": text[1], "note_en": NOTE_EN, "note_zh": NOTE_ZH},
        checks=tuple(_checks(jurisdiction, duty, evidence)),
    )


def _checks(jurisdiction: str, duty: _Duty, evidence: Evidence) -> Iterator[Check]:
    mark = machine_readable(evidence, duty.mark, duty.rule, jurisdiction)
    seen = next((m for m in evidence.notices if m.generation_element or m.kind == "label"), None)
    if duty.either and (mark.outcome == "pass" or seen):
        mark = mark if mark.outcome == "pass" else _notice(jurisdiction, duty, evidence)
        yield mark
        return
    yield mark
    if not duty.either:
        yield _notice(jurisdiction, duty, evidence)


def _notice(jurisdiction: str, duty: _Duty, evidence: Evidence) -> Check:
    code = f"{jurisdiction}-notice"
    if not evidence.pictures or not evidence.marks_read:
        return Check(
            code, "not-examined", duty.notice, duty.rule,
            "Whether people can perceive a label was not examined.",
            "是否有可感知的标识，未作检测。",
            *UNSEEN,
        )  # fmt: skip
    if any(m.generation_element or m.kind == "label" for m in evidence.notices):
        return Check(
            code, "pass", duty.notice, duty.rule,
            "A visible label says that it is AI-generated.", "可见标识说明其为人工智能生成。",
        )  # fmt: skip
    return Check(
        code, "missing", duty.notice, duty.rule,
        "No visible label was read in the picture.", "画面中未识别到可见标识。",
        f"Draw one: detect label write FILE --{jurisdiction} --explicit.",
        f"添加标识：detect label write FILE --{jurisdiction} --explicit。",
    )  # fmt: skip
