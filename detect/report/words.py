"""Every word the renderings use, in English and Chinese: one table.

A code that is not in the table is shown as it is, so that a newer detector never breaks a report.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from detect.report.text import clean
from detect.report.vocabulary import headings, labels, origins, reasons, verdicts

__all__ = ["LANGUAGES", "Language", "Phrase", "known", "phrase", "word"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


class Phrase(NamedTuple):
    """The same words in both languages."""

    en: str
    zh: str

    def say(self, language: Language) -> str:
        """The words in one language."""
        return self.en if language == "en" else self.zh


def known(key: str) -> bool:
    """Whether the table has words for `key`."""
    return key in _TABLE


def phrase(key: str) -> Phrase:
    """The words for `key` (`verdict.inconclusive`, `reason.no-speech`, `ui.evidence`).

    Unknown keys give the code after the first point, as it is but made harmless.
    """
    if key in _TABLE:
        return Phrase(*_TABLE[key])
    code = clean(key.partition(".")[2] or key, 80)
    return Phrase(code, code)


def word(key: str, language: Language) -> str:
    """As `phrase`, in one language."""
    return phrase(key).say(language)


_TABLE: dict[str, tuple[str, str]] = (
    verdicts.TABLE | reasons.TABLE | origins.TABLE | labels.TABLE | headings.TABLE
)
