"""What a chain of manifests claims about the origin of a file, in words for a moderator."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from detect.core.finding import Evidence
from detect.core.provenance import C2paState, Claim, Declaration
from detect.provenance.c2pa_chain import Node, actions, dict_of, dicts, generator, text_of
from detect.provenance.carriers.fields import plain
from detect.provenance.source_types import AI_CLAIMS, SOURCE_CLAIMS, action_claim, term
from detect.provenance.trust import TrustLists

__all__ = ["declarations"]

Standing = Literal["trusted", "intact", "untrusted", "expired", "void", "malformed"]

_STANDING: dict[C2paState, Standing] = {
    "trusted": "trusted",
    "valid": "untrusted",
    "expired": "expired",
    "invalid-credential": "untrusted",
    "content-changed": "void",
    "broken-signature": "void",
}
_TOOLS = (
    (r"ChatGPT\b", "OpenAI's ChatGPT", "OpenAI 的 ChatGPT"),
    (r"Sora\b", "OpenAI's Sora", "OpenAI 的 Sora"),
    (r"(OpenAI|DALL.E)\b", "a generator of OpenAI", "OpenAI 的生成工具"),
    (r"Adobe[_ ]Firefly", "Adobe Firefly", "Adobe Firefly"),
    (r"Adobe[_ ]Photoshop", "Adobe Photoshop", "Adobe Photoshop"),
    (r"Adobe[_ ]Express", "Adobe Express", "Adobe Express"),
    (r"Black Forest Labs", "a FLUX model of Black Forest Labs", "Black Forest Labs 的 FLUX 模型"),
    (r"Google\b", "a media service of Google", "Google 的媒体服务"),
    (r"Galaxy\b", "a Samsung Galaxy device", "三星 Galaxy 设备"),
    (r"(Microsoft|Bing)\b", "a tool of Microsoft", "微软的工具"),
    (r"Stability ?AI", "a model of Stability AI", "Stability AI 的模型"),
    (r"Canva\b", "Canva", "Canva"),
    (
        r"(Dreamina|volcengine|Byteplus|北京火山引擎)",
        "a generator of ByteDance",
        "字节跳动的生成工具",
    ),
    (r"Eleven ?Labs", "ElevenLabs", "ElevenLabs"),
    (r"TikTok\b", "a tool of TikTok", "TikTok 的工具"),
    (r"recraft", "Recraft", "Recraft"),
)
"""Names that a credential may give, and what our sentences call them."""

_SAYS: dict[Claim, tuple[str, str]] = {
    "ai-generated": ("generated this content with AI", "使用人工智能生成了此内容"),
    "ai-edited": (
        "made or changed part of this content with AI",
        "使用人工智能生成或修改了部分内容",
    ),
    "ai-possible": ("used material here that may be AI-made", "使用了可能由人工智能生成的素材"),
    "captured": ("captured this content (a camera or sound recorder)", "拍摄或录制了此内容"),
    "not-ai": (
        "made this content without a camera and without AI",
        "以非拍摄、非人工智能方式制作了此内容",
    ),
}
_SIGNATURE: dict[C2paState, tuple[str, str]] = {
    "trusted": (
        "Signature: valid, the signer is on an imported trust list.",
        "签名有效，签名者在已导入的信任列表中。",
    ),
    "expired": (
        "Signature: valid and the content unchanged, but the certificate has expired.",
        "签名有效且内容未被更改，但证书已过期。",
    ),
    "invalid-credential": (
        "The content is unchanged, but the certificate or manifest breaks the rules.",
        "内容未被更改，但证书或清单不符合规范。",
    ),
    "content-changed": (
        "But this is not what was signed, so the claim does not count.",
        "但当前内容与签名时不一致，该声明不予采信。",
    ),
    "broken-signature": (
        "But the signature does not verify, so the claim does not count.",
        "但签名校验失败，该声明不予采信。",
    ),
}
_UNKNOWN_SIGNER = (
    "Signature: valid, the signer is not on an imported trust list.",
    "签名有效，签名者不在已导入的信任列表中。",
)
_NO_LISTS = (
    "Signature: valid; no trust list is imported, so the signer is unknown.",
    "签名有效；尚未导入信任列表，签名者身份未知。",
)
_MAKES_PICTURES = re.compile(
    r"ChatGPT\b|Sora\b|OpenAI\b|DALL.E\b|Adobe[_ ]Firefly|Black Forest Labs|Stability ?AI"
    r"|Dreamina|volcengine|Byteplus|Eleven ?Labs|recraft",
    re.IGNORECASE,
)
"""Tools that do nothing but generate. Some sign without a digital source type (Dreamina)."""
_UNSAID = "no digital source type"
_METADATA = re.compile(r"(stds\.iptc(\.photo-metadata)?|c2pa\.metadata)(__\d+)?")


class _Claimed(NamedTuple):
    claim: Claim
    what: str


def declarations(nodes: Sequence[Node], trust: TrustLists) -> tuple[Declaration, ...]:
    """The claims of a chain, the active manifest first.

    Args:
        nodes: The chain as `c2pa_chain.chain` gives it.
        trust: The imported trust lists, for the wording.

    Returns:
        At most one AI claim and one other claim for each manifest.
    """
    found = [(n, node, claimed) for n, node in enumerate(nodes, 1) for claimed in _claims(node)]
    if any(claimed.claim in AI_CLAIMS and claimed.what != _UNSAID for _, _, claimed in found):
        found = [item for item in found if item[2].what != _UNSAID]
    return tuple(_declaration(node, n, len(nodes), claimed, trust) for n, node, claimed in found)


def _claims(node: Node) -> Iterator[_Claimed]:
    """The strongest AI claim of a manifest and its first other claim."""
    every = list(_every_claim(node.content))
    ai = [c for c in every if c.claim in AI_CLAIMS]
    if ai:
        best = min(ai, key=lambda c: AI_CLAIMS.index(c.claim))
        if node.placed and best.claim == "ai-generated":
            best = _Claimed("ai-edited", best.what)
        yield best
    # What a component, or the input of a generator, was made with is no claim about this file.
    if not node.placed and node.relationship in ("active", "parentOf"):
        yield from [c for c in every if c.claim not in AI_CLAIMS][:1]


def _every_claim(manifest: Mapping[str, Any]) -> Iterator[_Claimed]:
    name = generator(manifest)
    typed = any(action.get("digitalSourceType") for action in actions(manifest))
    if name and not typed and _MAKES_PICTURES.match(name):
        yield _Claimed("ai-possible", _UNSAID)
    for action in actions(manifest):
        name, source = str(action.get("action", "")), term(action.get("digitalSourceType"))
        if source and (claim := action_claim(name, source)):
            yield _Claimed(claim, f"{name} {source}")
    for assertion in dicts(manifest.get("assertions")):
        label, data = str(assertion.get("label", "")), dict_of(assertion.get("data"))
        if label == "c2pa.ai_generated_content" and data.get("ai_generated") is True:
            yield _Claimed("ai-generated", label)
        elif _METADATA.fullmatch(label):
            for key, value in data.items():
                if key.rpartition(":")[2] == "DigitalSourceType" and (source := term(value)):
                    yield _Claimed(SOURCE_CLAIMS[source], f"{label} {source}")


def _declaration(
    node: Node, number: int, total: int, claimed: _Claimed, trust: TrustLists
) -> Declaration:
    state = node.standing
    name = generator(node.content)
    signer = text_of(dict_of(node.content.get("signature_info")).get("issuer"))
    tool_en, tool_zh = _tool(name, claimed.claim)
    tool_zh += " " * tool_zh[-1].isascii()
    signature_en, signature_zh = _SIGNATURE.get(state) or (
        _UNKNOWN_SIGNER if trust.names else _NO_LISTS
    )
    says_en, says_zh = _SAYS[claimed.claim]
    en, zh = f"{tool_en} {says_en}", f"{tool_zh}{says_zh}"
    if claimed.what == _UNSAID:
        en = f"{tool_en} took part, but not how this content was made"
        zh = f"{tool_zh}参与了制作，但未说明内容的生成方式"
    elif node.placed and claimed.claim == "ai-possible":
        en, zh = (
            "something placed in this content may be AI-made",
            "此内容中的素材可能由人工智能生成",
        )
    elif node.placed:
        en = f"something that {tool_en} made with AI was placed in this content"
        zh = f"此内容中加入了{tool_zh}使用人工智能生成的素材"
    elif node.depth:
        en, zh = f"in an earlier step, {en}", f"在之前的步骤中，{zh}"
    where = plain(f"C2PA manifest {number} of {total} ({node.relationship}): {claimed.what}")
    named = "; ".join(part for part in (name, signer and f"signer {signer}") if part)
    return Declaration(
        "c2pa",
        claimed.claim,
        _STANDING[state],
        Evidence(
            f"c2pa.{claimed.claim}",
            f"The file's signed credential (Content Credentials) says: {en}. {signature_en}",
            f"文件的内容凭证（Content Credentials）声明：{zh}。{signature_zh}",
            where,
            named[:200] or None,
        ),
        (name or signer or "")[:100] or None,
    )


def _tool(name: str | None, claim: Claim) -> tuple[str, str]:
    for pattern, en, zh in _TOOLS:
        if name and re.match(pattern, name, re.IGNORECASE):
            return en, zh
    return ("a device", "某设备") if claim == "captured" else ("a tool", "某工具")
