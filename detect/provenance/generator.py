"""Metadata that picture generators write. Strict rules only: an ordinary photo matches none.

Loose words (`parameters`, `Lavf`, `prompt`, a model's name in a caption) are not evidence; a rule
asks for the structure that the tool writes. The rules were read off files of the tools themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from detect.core.finding import Evidence
from detect.core.provenance import Claim, Declaration
from detect.provenance.carriers.fields import Field
from detect.provenance.carriers.samsung import RE_EDIT
from detect.provenance.carriers.xmp import read_xmp
from detect.provenance.generator_settings import are_settings, named_in

__all__ = ["read_generators"]


class Match(NamedTuple):
    """A rule that fired: machine code, name of the tool, claim, and the field that shows it."""

    code: str
    tool: str
    field: Field
    claim: Claim = "ai-generated"


_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_WEBUI = re.compile(
    r"^Steps: \d+, (?:[^\n]{1,300}, )?(?:Sampler|Schedule type|CFG scale|Seed): ", re.MULTILINE
)
_FOOOCUS = re.compile(r", Version: Fooocus")
_DREAM = re.compile(r'".*" -s ?\d+ -S ?\d+ -W ?\d+ -H ?\d+ -C ?[\d.]+', re.DOTALL)
_JOB = re.compile(rf"\bJob ID: {_UUID}\b")
_XAI = re.compile(r"Signature: [A-Za-z0-9+/]{80,2000}={0,2}")
_REVE = re.compile(r"(?:https?://)?(?:www\.|app\.|preview\.)?reve\.(?:com|art)/?", re.IGNORECASE)

_SIGNED_NAMES = {
    "ideogram ai": ("ideogram", "Ideogram"),
    "luma ai": ("luma", "Luma AI"),
    "novelai": ("novelai", "NovelAI"),
    "midjourney": ("midjourney", "Midjourney"),
    "adobe firefly": ("firefly", "Adobe Firefly"),
    "dall-e": ("dall-e", "DALL-E"),
    "dall·e": ("dall-e", "DALL-E"),
    "stable diffusion": ("stable-diffusion", "Stable Diffusion"),
    "stability ai": ("stability", "Stability AI"),
    "dreamstudio": ("stability", "Stability AI"),
    "leonardo.ai": ("leonardo", "Leonardo.Ai"),
    "draw things": ("draw-things", "Draw Things"),
    "diffusionbee": ("diffusionbee", "DiffusionBee"),
    "invokeai": ("invokeai", "InvokeAI"),
    "comfyui": ("comfyui", "ComfyUI"),
    "invoke-ai": ("invokeai", "InvokeAI"),
    "fooocus": ("fooocus", "Fooocus"),
    "ruinedfooocus": ("ruinedfooocus", "RuinedFooocus"),
    "simplesdxl": ("simplesdxl", "SimpleSDXL"),
    "easy diffusion": ("easy-diffusion", "Easy Diffusion"),
    "sd.next": ("sd-next", "SD.Next"),
    "sdnext": ("sd-next", "SD.Next"),
    "swarmui": ("swarmui", "SwarmUI"),
    "stableswarmui": ("swarmui", "SwarmUI"),
    "mochi diffusion": ("mochi-diffusion", "Mochi Diffusion"),
    "krita ai diffusion": ("krita-ai-diffusion", "Krita AI Diffusion"),
}
"""A maker or software field that holds exactly this name and nothing else."""

_PRODUCTS = ("dreamina", "dreamina_oversea", "jimeng", "doubao", "xinghui")
_GEN_AI = re.compile(r'genAIType\\?"\s{0,4}:\s{0,4}[1-9]\d{0,5}')

_NAME_KEYS = frozenset(("make", "software", "source", "creatortool"))


def read_generators(fields: Iterable[Field]) -> tuple[Declaration, ...]:
    """What generators wrote into a file, one declaration for each tool."""
    every = list(fields)
    found: dict[str, Match] = {}
    for rule in _RULES:
        for match in rule(every):
            known = found.get(match.code)
            if known is None or (known.claim, match.claim) == ("ai-possible", "ai-generated"):
                found[match.code] = match
    if len(found) > 1:
        found.pop("diffusion-settings", None)
    return tuple(map(_declaration, found.values()))


def _declaration(match: Match) -> Declaration:
    if match.claim == "ai-generated":
        en = f"The file carries what {match.tool} writes into what it generates."
        zh = f"文件含有 {match.tool} 写入其生成内容的元数据。"
    elif match.claim == "ai-edited":
        en = f"The file carries what {match.tool} writes into what it edits."
        zh = f"文件含有 {match.tool} 写入其编辑内容的元数据。"
    else:
        en = f"The file carries metadata of {match.tool}; whether it generated the content is open."
        zh = f"文件含有 {match.tool} 的元数据；内容是否由其生成尚不确定。"
    return Declaration(
        "generator-metadata",
        match.claim,
        "intact",
        Evidence(
            f"generator.{match.code}",
            f"{en} It is not signed: anyone can write it.",
            f"{zh}该信息未签名，任何人都可写入。",
            match.field.where,
            match.field.text[:200],
        ),
        match.tool,
    )


def _free_text(fields: Iterable[Field], *keys: str) -> Iterator[Field]:
    """Fields in which tools keep their settings: named chunks, EXIF comments, hidden text.

    Letters' case does not count: Matroska writes all names in capitals.
    """
    wanted = {key.lower() for key in keys}
    for item in fields:
        if item.carrier != "xmp" and item.key.lower() in wanted:
            yield item


_SETTINGS = ("parameters", "UserComment", "stealth", "Comment")


def _json(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _webui(fields: list[Field]) -> Iterator[Match]:
    for item in _free_text(fields, *_SETTINGS):
        if _WEBUI.search(item.text) and not _FOOOCUS.search(item.text):
            yield Match("stable-diffusion-webui", "Stable Diffusion web UI", item)


def _fooocus(fields: list[Field]) -> Iterator[Match]:
    marked = any(f.key.lower() == "fooocus_scheme" for f in fields)
    for item in _free_text(fields, "parameters", "UserComment"):
        if _WEBUI.search(item.text) and _FOOOCUS.search(item.text):
            yield Match("fooocus", "Fooocus", item)
        content = _json(item.text)
        if not isinstance(content, dict):
            continue
        if "sui_image_params" in content:
            yield Match("swarmui", "SwarmUI", item)
        elif str(content.get("version", "")).startswith("Fooocus") or (
            marked and "base_model" in content
        ):
            yield Match("fooocus", "Fooocus", item)


def _comfyui(fields: list[Field]) -> Iterator[Match]:
    """A workflow; without a sampling node it may only have processed a picture."""
    for item in fields:
        if item.carrier == "xmp":
            continue
        if item.carrier == "exif":
            prefix, _, body = item.text.partition(":")
            graph = _json(body) if prefix.lower() in ("workflow", "prompt") else None
        elif item.key.lower() in ("prompt", "workflow"):
            graph = _json(item.text)
        elif item.key.lower() == "comment":
            graph = _json(item.text)
            inner = isinstance(graph, dict) and (graph.get("prompt") or graph.get("workflow"))
            graph = _json(inner) if isinstance(inner, str) else inner
        else:
            continue
        nodes = _nodes(graph)
        if nodes:
            samples = any("sampler" in node.lower() for node in nodes)
            yield Match("comfyui", "ComfyUI", item, "ai-generated" if samples else "ai-possible")


def _nodes(graph: Any) -> list[str]:
    """Types of the nodes of a ComfyUI graph, in either of its two forms."""
    if not isinstance(graph, dict):
        return []
    if isinstance(graph.get("nodes"), list) and graph.keys() & {"last_node_id", "last_link_id"}:
        return [str(n.get("type", "")) for n in graph["nodes"] if isinstance(n, dict)]
    nodes = [n for n in graph.values() if isinstance(n, dict)]
    if nodes and all("class_type" in n and "inputs" in n for n in nodes):
        return [str(n["class_type"]) for n in nodes]
    return []


def _invokeai(fields: list[Field]) -> Iterator[Match]:
    for item in _free_text(fields, "invokeai_metadata", "invokeai_graph", "sd-metadata", "Dream"):
        if item.key.lower() == "dream":
            fits = bool(_DREAM.match(item.text))
        else:
            content = _json(item.text)
            fits = isinstance(content, dict) and (
                item.key.lower() != "sd-metadata" or content.get("app_id") == "invoke-ai/InvokeAI"
            )
        if fits:
            yield Match("invokeai", "InvokeAI", item)


def _stealth(fields: list[Field]) -> Iterator[Match]:
    """Hidden settings are a generator's whatever they say; NovelAI's name themselves."""
    for item in _free_text(fields, "stealth"):
        content = _json(item.text)
        if isinstance(content, dict) and content.get("Software") == "NovelAI":
            yield Match("novelai", "NovelAI", item)
        elif not _WEBUI.search(item.text):
            yield Match("stealth-settings", "a Stable Diffusion tool", item)


def _midjourney(fields: list[Field]) -> Iterator[Match]:
    for item in _free_text(fields, "Description", "ImageDescription"):
        if _JOB.search(item.text):
            yield Match("midjourney", "Midjourney", item)
    for item in fields:
        if item.carrier == "xmp" and "Job ID: " in item.text:
            for _, name, value in read_xmp(item.text):
                if name == "description" and _JOB.search(value):
                    yield Match(
                        "midjourney", "Midjourney", Field("xmp", name, value, "XMP description")
                    )


def _xai(fields: list[Field]) -> Iterator[Match]:
    artist = any(f.key.lower() == "artist" and re.fullmatch(_UUID, f.text.strip()) for f in fields)
    for item in _free_text(fields, "ImageDescription", "UserComment"):
        if artist and _XAI.fullmatch(item.text.strip()):
            yield Match("xai", "xAI Grok", item)


def _named(fields: list[Field]) -> Iterator[Match]:
    for item in fields:
        if item.carrier == "xmp":
            for _, name, value in read_xmp(item.text):
                if name == "CreatorTool":
                    yield from _name(Field("xmp", name, value, "XMP CreatorTool"))
        elif item.key.lower() in _NAME_KEYS:
            yield from _name(item)


def _settings(fields: list[Field]) -> Iterator[Match]:
    """Settings of a diffusion run: in one object, or each under its own key (Easy Diffusion)."""
    own = [item for item in fields if item.carrier in ("text", "tag")]
    if are_settings(item.key for item in own):
        first = next(item for item in own if "prompt" in item.key.lower())
        yield Match("diffusion-settings", "a diffusion tool", first)
    for item in _objects(fields):
        content = _json(item.text)
        for part in (content, *content.values()) if isinstance(content, dict) else ():
            if not isinstance(part, dict):
                continue
            tools = list(named_in(part, _SIGNED_NAMES))
            for tool in tools:
                yield Match(*_SIGNED_NAMES[tool], item)
            if not tools and are_settings(map(str, part)):
                yield Match("diffusion-settings", "a diffusion tool", item)


def _objects(fields: list[Field]) -> Iterator[Field]:
    """Fields that hold a JSON object, those of XMP comments among them (Draw Things)."""
    for item in fields:
        if item.carrier != "xmp":
            if item.text.lstrip()[:1] == "{":
                yield item
        elif "UserComment" in item.text:
            for _, name, value in read_xmp(item.text):
                if name == "UserComment" and value.lstrip()[:1] == "{":
                    yield Field("xmp", name, value, "XMP UserComment")


def _name(item: Field) -> Iterator[Match]:
    text = item.text.strip()
    if known := _SIGNED_NAMES.get(text.lower()):
        yield Match(*known, item)
    elif _REVE.fullmatch(text):
        yield Match("reve", "Reve", item)


def _bytedance(fields: list[Field]) -> Iterator[Match]:
    """ByteDance apps; a label type of 0 says nothing, and TikTok writes it into every download."""
    for item in fields:
        if "aigc" not in item.text.lower() or item.carrier == "xmp":
            continue
        content = _json(item.text)
        if not isinstance(content, dict):
            continue
        info, data = (_inner(content.get(key)) for key in ("aigc_info", "data"))
        if data and "aigc_info" in content:
            product, export = str(data.get("product", "")).lower(), data.get("exportType")
            if product in _PRODUCTS and export == "generation":
                yield Match("bytedance", "a ByteDance generator (Dreamina, Jimeng)", item)
                continue
        info = info or content
        kinds = [info.get(key) for key in ("aigc_label_type", "aigc_type")]
        if any(isinstance(kind, int) and kind > 0 for kind in kinds):
            yield Match("bytedance", "a ByteDance app (AI label set)", item, "ai-possible")


def _inner(value: Any) -> dict[str, Any]:
    """An object inside another one, perhaps as text; empty when it is none."""
    value = _json(value) if isinstance(value, str) else value
    return value if isinstance(value, dict) else {}


def _samsung(fields: list[Field]) -> Iterator[Match]:
    """Galaxy phones note which AI tool edited a photo; 0 is none."""
    for item in _free_text(fields, RE_EDIT):
        if found := _GEN_AI.search(item.text):
            shown = Field("text", item.key, found[0], item.where)
            yield Match("samsung", "Samsung Galaxy AI", shown, "ai-edited")


def _hosted(fields: list[Field]) -> Iterator[Match]:
    for item in _free_text(fields, "hf-job-id"):
        if re.fullmatch(_UUID, item.text.strip()):
            yield Match("huggingface-job", "a job on Hugging Face", item, "ai-possible")


_RULES: tuple[Callable[[list[Field]], Iterator[Match]], ...] = (
    _webui,
    _fooocus,
    _comfyui,
    _invokeai,
    _stealth,
    _midjourney,
    _xai,
    _named,
    _settings,
    _bytedance,
    _samsung,
    _hosted,
)
