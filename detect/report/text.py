"""Attacker text made harmless for a terminal and readable in a page; numbers in words."""

from __future__ import annotations

import math
import unicodedata

__all__ = ["clean", "odds", "percent", "size", "times"]

_JOINER = "\u200d"  # holds composed emoji together
_ESCAPED = ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
_MARKS_IN_A_ROW = 3


def clean(text: str, limit: int | None = None) -> str:
    """Makes text that came out of a file safe to show on one line.

    Control characters (ESC and newlines among them), bidirectional and other invisible format
    characters and lone surrogates become visible escapes; piles of combining marks are cut.

    Args:
        text: Untrusted text.
        limit: Longest result in characters; what is longer is cut in the middle.
    """
    kept: list[str] = []
    marks = 0
    window = text if limit is None else text[: limit * 4]
    for character in window:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > _MARKS_IN_A_ROW:
            continue
        if category in _ESCAPED and character != _JOINER:
            kept.append(_escape(character))
        else:
            kept.append(character)
    whole = "".join(kept)
    if limit is None or (len(whole) <= limit and len(window) == len(text)):
        return whole
    head = (limit - 1) * 2 // 3
    tail = limit - 1 - head
    return f"{whole[:head]}…{whole[-tail:] if tail else ''}"


def _escape(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def percent(probability: float) -> str:
    """A probability in whole percent that never claims certainty: `<1%`, `97%`, `>99%`."""
    if probability < 0.01:
        return "<1%"
    if probability > 0.99:
        return ">99%"
    return f"{probability * 100:.0f}%"


def size(number: int) -> str:
    """Bytes in the largest fitting unit (powers of 1024)."""
    value = float(number)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{number} B" if unit == "B" else f"{value:.1f} {unit}"


def odds(llr: float) -> str:
    """A log-likelihood ratio with its sign, `+2.3`."""
    return f"{llr:+.1f}".replace("-", "−")


def times(llr: float) -> str:
    """A log-likelihood ratio as how many times likelier one side is: `17`, `>1,000`."""
    factor = math.exp(min(abs(llr), 30.0))
    if factor > 1000:
        return ">1,000"
    return f"{factor:.1f}" if factor < 9.95 else f"{float(f'{factor:.2g}'):,.0f}"
