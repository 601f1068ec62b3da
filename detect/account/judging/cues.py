"""Words in captions, hashtags and biographies: disclosure, virtual humans, selling.

Words prove nothing about pixels. A denial ("no AI", "not AI-generated", 非AI) is no disclosure, and
tags that only name the subject ("#ai", "#人工智能") are kept apart from those that say how the
post was made.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

__all__ = ["Cue", "CueKind", "find_cues"]

CueKind = Literal["disclosure", "virtual-human", "paid", "selling"]
KINDS: tuple[CueKind, ...] = ("disclosure", "virtual-human", "paid", "selling")


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that were found.

    Attributes:
        kind: `disclosure` (made with AI), `virtual-human` (the person shown is none), `paid` (an
            advertisement or paid partnership), `selling` (links, codes, 带货).
        code: Stable code, mostly the language or the thing.
        words: What was found (untrusted).
    """

    kind: CueKind
    code: str
    words: str


_DENIAL = re.compile(
    r"(?:\b(?:no|not|non|never|without|isn['’]?t|ohne|keine?|nicht|sans|pas|sin|ningun[ao]?|senza|"
    r"sem|não|geen|niet)\b[^.\n]{0,12}|非|不是|没有|没用|未使用|未用|无|拒绝|并非)\Z",
    re.IGNORECASE,
)
_TAG_TEXT = re.compile(r"[#＃]\S+")

Patterns = tuple[tuple[CueKind, str, re.Pattern[str]], ...]


@cache
def _vocabulary() -> tuple[Patterns, dict[CueKind, frozenset[str]]]:
    file = resources.files("detect.account.judging") / "cues.toml"
    table: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    words: dict[str, str] = table["vocabulary"]
    patterns: list[tuple[CueKind, str, re.Pattern[str]]] = []
    tags: dict[CueKind, frozenset[str]] = {}
    for kind in KINDS:
        for code, found in table[kind].items():
            if code == "hashtags":
                tags[kind] = frozenset(found.split())
                continue
            for pattern in found:
                whole = re.sub(r"<(\w+)>", lambda match: words[match[1]], pattern)
                patterns.append((kind, code, re.compile(whole, re.IGNORECASE)))
    return tuple(patterns), tags


def find_cues(caption: str, hashtags: Sequence[str] = ()) -> tuple[Cue, ...]:
    """Cues in a caption or biography and its hashtags, each kind and code once.

    Args:
        caption: Untrusted text, at most some ten thousand characters.
        hashtags: Lower case, without `#`.
    """
    patterns, tags = _vocabulary()
    found: dict[tuple[str, str], Cue] = {}
    plain = _TAG_TEXT.sub(" ", caption)
    for kind, code, pattern in patterns:
        for match in pattern.finditer(plain):
            before = plain[max(0, match.start() - 24) : match.start()]
            if kind in ("disclosure", "virtual-human") and _DENIAL.search(before):
                continue
            found.setdefault((kind, code), Cue(kind, code, match[0].strip()[:80]))
            break
    for tag in hashtags:
        for kind, names in tags.items():
            if tag in names:
                found.setdefault((kind, "hashtag"), Cue(kind, "hashtag", f"#{tag}"[:80]))
    return tuple(found.values())
