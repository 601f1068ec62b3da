"""Which short lines of text are AI marks: a grammar of whole lines, not a search for words.

A line counts only when all of it is a label, so that a slide about AI, a headline or a shop sign
does not. Sources: GB 45438-2025, 5.2 and 5.4 (an AI element with a generation element); the notes
of platforms; marks of generators as catalogued in public registries of visible watermarks.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from detect.core.mark import MarkKind

__all__ = ["LONGEST", "VENDORS", "Reading", "maker", "read_line"]

LONGEST = 40
"""Characters of the longest line that can be a mark, spaces left out."""

VENDORS = {
    "doubao": "Doubao",
    "jimeng": "Jimeng/Dreamina",
    "qwen": "Qwen",
    "kling": "Kling",
    "yuanbao": "Tencent Yuanbao",
    "baidu": "Baidu",
    "liblib": "LibLibAI",
    "runninghub": "RunningHub",
    "samsung": "Samsung",
    "hailuo": "MiniMax Hailuo",
    "dola": "Dola",
    "veo": "Google Veo",
    "gemini": "Google Gemini",
    "sora": "OpenAI Sora",
    "meta": "Meta",
}
"""Key and name of the generators whose marks are known."""


class Reading(NamedTuple):
    """What a line says.

    Attributes:
        kind: What sort of mark it is.
        vendor: Key of the generator it names.
        ai_element: It says AI.
        generation_element: It says generated or synthetic.
        chinese: Both in the words of GB 45438-2025.
        bare: A name alone that is also an ordinary word: it needs more evidence.
    """

    kind: MarkKind
    vendor: str | None = None
    ai_element: bool = False
    generation_element: bool = False
    chinese: bool = False
    bare: bool = False


_NAMES = {
    "doubao": "豆包",
    "jimeng": "即梦|dreamina",
    "qwen": "(?:通义)?千问|通义|qwen",
    "kling": "可灵|kling",
    "yuanbao": "(?:腾讯)?元宝",
    "baidu": "百度|文心(?:一言)?",
    "liblib": "liblib(?:ai)?|哩布哩布",
    "runninghub": "runninghub",
    "hailuo": "海螺|(?:minimax[|丨l1i/\\-·]*)?hailuo",
    "dola": "dola",
}
_NAME = "|".join(f"(?P<{key}>{pattern})" for key, pattern in _NAMES.items())
_VERSION = r"(?:v?\d{1,3})?(?:pro|master|turbo|omni)?"

# Spaces are gone and everything is lower case when these are matched.
_SUBJECT = (
    "(?:以上|本|该|此)?(?:部分)?(?:内容|图片|图像|图文|视频|音频|作品|画面|照片|影像|短片|素材|文本)?"
    "(?:中|里)?"
)
_VERB = (
    "(?:疑似|可能|部分|均)?(?:是由|由|含有|含|包含|为|系|属于|使用了|使用|采用了|采用|经|通过|利用|"
    "运用)?"
)
_AI = "(?:ai|人工智能)(?:技术|模型|大模型|辅助|自动|智能)?"
_MADE = "(?:生成|合成)(?:[/、和与及]?(?:生成|合成))?"
_OBJECT = (
    "(?:的|式)?(?:内容|图片|图像|视频|音频|作品|画面|照片|影像|素材|技术|制作|数字人|虚拟人)?"
    "(?:制作|标识)?"
)
_TAIL = "(?:[,，。;；]?(?:请|仅供|注意|谨慎|非真实|不代表|如有)[^,，。]{0,12})?"
_CHINESE = re.compile(
    f"(?P<prefix>(?:{_NAME})?{_VERSION}{_SUBJECT}{_VERB}){_AI}{_MADE}{_OBJECT}{_TAIL}"
)
_PLATFORM = re.compile(
    "疑似使用了?(?:ai|人工智能)(?:生成|合成)技术.{0,10}|作品含(?:ai|人工智能)(?:生成|合成)内容|"
    "(?:作者|创作者)声明.{0,4}(?:ai|人工智能)(?:生成|合成).{0,4}|"
    "该视频使用(?:ai|人工智能)合成技术|aiinfo|alteredorsyntheticcontent"
)
_DIGITAL = re.compile(
    "(?:本视频)?(?:由|为|系|使用)?(?:ai)?(?:虚拟)?(?:数字人|虚拟人)(?:播报|形象|主播|出镜)?"
)
_FOREIGN = re.compile(
    "(?:this|the)?(?:content|image|photo|picture|video|audio)?s?(?:was|is|were|are|hasbeen)?"
    "(?:ai-?(?:generated|modified|created|made)|(?:generated|created|made|modified|produced)"
    "(?:by|with|using)(?:an)?ai|artificiallygenerated(?:ormanipulated)?)"
    "(?:content|image|photo|picture|video|audio|media)?s?(?:by(?:an)?ai)?"
    "|(?:ai-?)generated(?:content)?"
)
_SAMSUNG = re.compile(
    "contenut[oi]generat[oi](?:dall'?|da|con|tramite)(?:l')?(?:ai|ia)"
    "|contenus?generes?par(?:l')?(?:ia|ai)"
    "|contenidos?generados?(?:por|con)(?:la)?(?:ia|ai)"
    "|conteudos?gerados?(?:por|com|pela)(?:ia|ai)"
    "|(?:ki|ai)-?generierter?n?inhalte?|(?:mit|von|durch)(?:ki|ai)(?:generierter?|erstellter?)inhalte?"
    "|(?:door)?(?:ai|ki)-?gegenereerde(?:inhoud|content)"
    "|tresc[ci]?(?:i)?wygenerowanaprzez(?:ai|si)|tresciwygenerowaneprzez(?:ai|si)"
    "|aiで?生成(?:された)?(?:コンテンツ|画像)|(?:ai로생성된|ai생성)(?:콘텐츠|이미지)"
)
"""Labels in the languages of a phone. They are ordinary words: their place says whose they are."""
_OWN = re.compile(
    f"(?:{_NAME}){_VERSION}ai{_VERSION}(?:创作|作图|绘画|出品)?|liblibai|minimax[|丨l1i/]hailuo(?:ai)?"
)
_META = re.compile("imaginedwithai|madewithai|createdwithmetaai")
_BARE = {"sora": "Sora", "veo": "Veo"}
_BETWEEN = "|丨/·-—,，"
_MAKERS = re.compile(f"(?:{_NAME})(?:ai)?")
_SIMPLE = str.maketrans("內圖視頻畫虛擬數", "内图视频画虚拟数")
_MISREAD = re.compile(r"(?<![a-z])a[l1|!i丨]{1}(?![a-z])")


@cache
def _plain(text: str) -> str:
    """Lower case without accents, spaces and ornaments; `Al` and `A1` alone are AI."""
    wide = unicodedata.normalize("NFKC", text)
    split = unicodedata.normalize("NFD", wide)
    bare = "".join(c for c in split if unicodedata.category(c) != "Mn" or "\u3040" <= c <= "\u30ff")
    bare = unicodedata.normalize("NFC", bare).lower()
    bare = re.sub(r"[’‘`´]", "'", bare)
    bare = _MISREAD.sub("ai", bare).translate(_SIMPLE)
    return re.sub(r"[\s★☆✦✧◆◇●•*_\"“”#@©®™~…【】\[\]()（）<>《》:：。.!]+", "", bare)


def read_line(text: str) -> Reading | None:
    """What a line of text is, None when it is no mark.

    Args:
        text: As it was read: any case, spaces and ornaments.
    """
    line = _plain(text[:200])
    if not 2 <= len(line) <= LONGEST:
        return None
    if _PLATFORM.fullmatch(line):
        chinese = bool(re.search("(?:ai|人工智能)(?:生成|合成)", line))
        return Reading("platform", None, "ai" in line or chinese, True, chinese)
    if found := _CHINESE.fullmatch(line):
        return Reading("label", _vendor(found), True, True, True)
    if found := _OWN.fullmatch(line):
        return Reading("vendor", _vendor(found) or _by_name(line), True)
    if _META.fullmatch(line):
        return Reading("label", "meta", True, True)
    if _DIGITAL.fullmatch(line):
        return Reading("digital-human", None, "ai" in line)
    if _SAMSUNG.fullmatch(line):
        return Reading("label", "samsung", True, True)
    if _FOREIGN.fullmatch(line):
        return Reading("label", None, "ai" in line, True)
    if found := _bilingual(line):
        return Reading("label", _vendor(found), True, True, True)
    for key, name in _BARE.items():
        if text.strip() == name:
            return Reading("vendor", key, bare=True)
    return None


def _bilingual(line: str) -> re.Match[str] | None:
    """The Chinese one of two labels in a row, in either order (`AI生成 AI-generated`)."""
    for cut in range(2, len(line) - 1):
        for chinese, other in ((line[:cut], line[cut:]), (line[cut:], line[:cut])):
            found = _FOREIGN.fullmatch(other.strip(_BETWEEN)) and _CHINESE.fullmatch(
                chinese.strip(_BETWEEN)
            )
            if found:
                return found
    return None


def maker(text: str) -> str | None:
    """Key of the generator that a line names and nothing else (`元宝` above `AI生成`)."""
    found = _MAKERS.fullmatch(_plain(text[:200]))
    return _vendor(found) if found else None


def _vendor(found: re.Match[str]) -> str | None:
    return next((key for key in _NAMES if found.groupdict().get(key)), None)


def _by_name(line: str) -> str | None:
    return "liblib" if "liblib" in line else "hailuo" if "hailuo" in line else None
