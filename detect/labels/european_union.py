"""European Union: AI Act, Article 50 (applies from 2026-08-02).

50(2) asks providers to mark output in a machine-readable way; 50(4) asks deployers to disclose a
deep fake. Whether a picture is a deep fake in that sense (it resembles something that exists and
would pass for authentic) and whether an exception applies is for a person to judge.
"""

from __future__ import annotations

from collections.abc import Iterator

from detect.core.verdict import Check, Label, Reason
from detect.labels.basis import NOTE_EN, NOTE_ZH
from detect.labels.evidence import Evidence, machine_readable

__all__ = ["grade"]

_RULE = "Regulation (EU) 2024/1689, Art. 50(2) and 50(4)"
_TEXT = {
    "disclose": (
        "Declared AI: whoever publishes it as a deep fake must disclose that it was artificially "
        "generated or manipulated.",
        "文件声明使用了人工智能：若作为深度伪造内容发布，须披露其为人工生成或操纵。",
    ),
    "review": (
        "Signs of AI without an intact declaration in the metadata: a person should decide whether "
        "disclosure is due.",
        "有人工智能生成迹象，但元数据中没有完整有效的声明：是否需要披露应由人工判断。",
    ),
    "none-found": (
        "No declaration of AI found; that does not make it real.",
        "未发现人工智能生成的声明或标识，不代表内容真实。",
    ),
}
_MARKED = Reason(
    "eu-machine-readable-mark",
    "A machine-readable mark as in Art. 50(2) is in the file.",
    "文件含有第50条第2款所指的机器可读标记。",
)
_UNMARKED = Reason(
    "eu-no-machine-readable-mark",
    "No intact machine-readable mark as in Art. 50(2) was found; it may have been stripped.",
    "未发现第50条第2款所指的有效机器可读标记；标记可能已被清除。",
)
_JUDGE = Reason(
    "eu-deep-fake-not-judged",
    "Whether it is a deep fake, and whether an exception applies, was not judged.",
    "是否属于深度伪造以及是否适用例外，未作判断。",
)


def grade(evidence: Evidence) -> Label:
    """What Article 50 asks to look at."""
    basis = evidence.basis
    signs = basis.positive + basis.withheld
    context = (_MARKED if basis.marked else _UNMARKED, _JUDGE, *basis.against)
    if basis.declared:
        category, reasons = "disclose", signs + context
    elif signs:
        category, reasons = "review", signs + context
    else:
        category, reasons = "none-found", basis.nothing
    english, chinese = _TEXT[category]
    return Label(
        category=category,
        text=english,
        reasons=reasons,
        rule=_RULE,
        extra={"text_zh": chinese, "note_en": NOTE_EN, "note_zh": NOTE_ZH},
        checks=tuple(_checks(evidence)),
    )


_CODE = "eu-code-of-practice"
_CODE_CLAUSE = "Code of Practice (voluntary)"
_SIGNED = ("trusted", "valid", "expired")
_LAYER = {
    "signed": ("Signed metadata is in the file.", "文件含有签名元数据。"),
    "absent": ("No signed metadata is in the file.", "文件中没有签名元数据。"),
    "remote": (
        "Signed metadata is not in the file: only a link to some, which was not fetched.",
        "文件本身没有签名元数据，仅链接到外部元数据，未获取。",
    ),
    "unreadable": (
        "Signed metadata is in the file but cannot be read (damaged, or an unknown version).",
        "文件含有签名元数据，但无法读取（已损坏或版本不受支持）。",
    ),
    "invalid-credential": (
        "Signed metadata is in the file, but its certificate or manifest is not acceptable.",
        "文件含有签名元数据，但其证书或清单不合格。",
    ),
    "content-changed": (
        "Signed metadata is in the file, but the content was changed after it was signed.",
        "文件含有签名元数据，但内容在签名后被更改。",
    ),
    "broken-signature": (
        "Signed metadata is in the file, but its signature does not verify.",
        "文件含有签名元数据，但签名验证失败。",
    ),
}
"""What is said of the signed layer, by state of the Content Credentials."""


def _checks(evidence: Evidence) -> Iterator[Check]:
    """A mark by Art. 50(2); the layers of the Code of Practice, which is voluntary, as notes."""
    clause = "AI Act, Art. 50(2)"
    yield machine_readable(evidence, "eu-ai-act-50-2", clause, "eu", watermarks=True)
    found = evidence.provenance
    signed = found.c2pa_state in _SIGNED
    says = _LAYER["signed" if signed else found.c2pa_state]
    unsigned = found.c2pa_state in ("absent", "remote")
    yield Check(
        "eu-signed-layer",
        "pass" if signed else "note",
        _CODE,
        _CODE_CLAUSE,
        *says,
        "Sign it: detect label write FILE --eu --sign CERT --key KEY." if unsigned else None,
        "签名：detect label write FILE --eu --sign CERT --key KEY。" if unsigned else None,
    )
    names = [*found.c2pa_soft_bindings, *(mark.scheme for mark in found.watermarks)]
    named = ", ".join(names)[:200]
    yield Check(
        "eu-watermark-layer",
        "pass" if names else "note",
        _CODE,
        _CODE_CLAUSE,
        f"A watermark is named or was decoded: {named}."
        if names
        else "No watermark was decoded; most cannot be decoded offline.",
        f"提及或解码出水印：{named}。" if names else "未解码出水印；多数水印无法离线解码。",
    )
