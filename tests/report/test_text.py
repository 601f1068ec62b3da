"""Untrusted text, numbers and times in words; the table of words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import detect.report
from detect.core.media import STATUSES
from detect.fusion import combine
from detect.fusion.severity import SEVERITY
from detect.report import words
from detect.report.text import clean, odds, percent, size
from detect.report.words import known, phrase, word


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("plain 名字 é.jpg", "plain 名字 é.jpg"),
        ("\x1b[2Ja\r\nb", "\\x1b[2Ja\\x0d\\x0ab"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),
        ("a\u2066b\u200fc\u2028d", "a\\u2066b\\u200fc\\u2028d"),
        ("\udcff.jpg", "\\udcff.jpg"),
        ("\U000e0041", "\\U000e0041"),
        ("👩\u200d👧.png", "👩\u200d👧.png"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_clean(raw: str, safe: str) -> None:
    assert clean(raw) == safe


def test_clean_cuts_piles_and_length() -> None:
    assert len(clean("a" + "\u0301" * 500)) < 10
    cut = clean("x" * 10_000 + ".jpg", 40)
    assert len(cut) == 40
    assert "…" in cut
    assert clean("x" * 40, 40) == "x" * 40


def test_percent_never_claims_certainty() -> None:
    assert [percent(p) for p in (0.0, 0.004, 0.5, 0.994, 1.0)] == [
        "<1%", "<1%", "50%", ">99%", ">99%",
    ]  # fmt: skip


def test_numbers_in_words() -> None:
    assert size(1023) == "1023 B"
    assert size(4_404_019) == "4.2 MiB"
    assert odds(-1.25) == "−1.2"


def test_every_verdict_and_status_has_words() -> None:
    for label in SEVERITY:
        assert known(f"verdict.{label}")
    for status in STATUSES:
        assert known(f"status.{status}")
    assert "real" not in word("verdict.no-synthesis-found", "en").lower()


def test_every_reason_that_combining_can_give_has_words() -> None:
    source = Path(combine.__file__).read_text(encoding="utf-8")
    endings = set(re.findall(r"""f"{prefix}-([a-z-]+)\"""", source))
    assert len(endings) >= 6
    for ending in endings:
        assert known(f"reason.picture-{ending}")
        assert known(f"reason.voice-{ending}") or ending == "unstable"  # of pictures only


def test_unknown_codes_are_shown_as_they_are_but_harmless() -> None:
    assert phrase("reason.brand-new.code") == ("brand-new.code", "brand-new.code")
    assert "\x1b" not in word("reason.\x1b[31m", "zh")


def test_the_table_holds_the_words_the_renderings_ask_for_and_no_others() -> None:
    folder = Path(detect.report.__file__).parent
    asked = set()
    for file in [*folder.rglob("*.py"), *folder.glob("templates/*.j2")]:
        if file.parent.name == "vocabulary":
            continue
        asked |= set(
            re.findall(r"""["']((?:ui|gap|fact|track)\.[a-z0-9_-]+)["']""", file.read_text())
        )
    assert len(asked) > 40
    assert not [key for key in asked if not known(key)]
    kept = {key for key in words._TABLE if key.startswith("ui.")}
    assert not kept - asked
