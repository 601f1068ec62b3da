"""What to do next, how far open evidence leans, base rates, and both languages of each."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from detect.account.showing import words as account_words
from detect.core.provenance import MetadataClaim, Provenance
from detect.fusion.lean import lean
from detect.fusion.next_step import STEPS
from detect.provenance.carriers.fields import Field
from detect.provenance.claims import read_claims
from detect.report import words
from detect.report.html import render_html
from detect.report.terminal import ReportTable, print_report
from tests.report import factory

_ENGLISH = re.compile(r"\b(the|and|of|is|not|file|picture|posts?|with)\b")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("generated_image", "label"),
        ("cloned_voice", "label"),
        ("edited_image", "label"),
        ("camera_conflict", "look-here"),
        ("undecided_image", "ask-original"),
        ("broken", "send-again"),
        ("music_only", "nothing"),
        ("camera_photo", "nothing"),
    ],
)
def test_each_file_has_one_next_step(name: str, code: str) -> None:
    step = factory.ALL[name]().verdict.next
    assert step is not None
    assert step.code == code
    assert step.en and step.zh


def test_open_evidence_leans_by_its_ratio() -> None:
    found = factory.undecided_image().verdict
    assert found.lean is not None
    assert found.lean.code == "leans-ai"
    assert found.lean.en == "Leans AI: about 4 times likelier if generated."
    even = factory.report(factory.media("a.jpg", "image"), factory.picture(0.3), factory.NO_SOUND)
    assert even.verdict.lean is not None
    assert even.verdict.lean.code == "no-lean"
    assert lean({}) is None


def test_a_probability_stands_beside_its_base_rates() -> None:
    report = factory.cloned_voice()
    rates = {rate.share: rate.probability for rate in report.verdict.base_rates}
    assert rates[0.5] == report.verdict.probability
    assert rates[0.01] < rates[0.05] < rates[0.5]
    assert "1 in 20" in render_html([report])


def test_unsigned_metadata_are_shown_as_a_claim_and_bounded() -> None:
    fields = [Field("exif", "Make", "Canon\x00", "EXIF Make")]
    fields += [Field("exif", "Software", f"<b>{n}" * 100, "EXIF Software") for n in range(9)]
    found = read_claims(fields)
    assert found[0] == MetadataClaim("maker", "Canon", "EXIF Make")
    assert len(found) == 3
    assert all(len(claim.text) <= 120 for claim in found)
    report = factory.report(
        factory.media("a.jpg", "image"),
        factory.picture(1.0),
        factory.NO_SOUND,
        provenance=Provenance(claims=found),
    )
    page = render_html([report])
    assert "declares nothing" not in page
    assert "<b>0" not in page
    assert report.to_dict()["provenance"]["claims"][0]["text"] == "Canon"


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_neither_path_nor_reason_is_cut(width: int, language: words.Language) -> None:
    target = io.StringIO()
    report = factory.report(factory.media("d/" * 30 + "name.jpg", "image"), factory.picture(1.0))
    table = ReportTable(Console(file=target, width=width), language=language)
    table.add(report)
    assert report.media.path in target.getvalue()
    assert "…" not in target.getvalue()


def test_every_sentence_exists_in_both_languages() -> None:
    everything = words._TABLE | account_words._TABLE
    everything |= {key: (en, zh) for key, (_, en, zh) in STEPS.items()}
    for key, (en, zh) in everything.items():
        assert en and zh, key
        assert not _ENGLISH.search(re.sub(r"`[^`]*`|\{[^}]*\}", "", zh)), key


@pytest.mark.parametrize("name", [n for n in factory.ALL if n not in ("hostile", "broken")])
def test_no_english_stands_in_chinese_output(name: str) -> None:
    target = io.StringIO()
    print_report(factory.ALL[name](), Console(file=target, width=160), language="zh")
    assert not _ENGLISH.findall(target.getvalue().replace("detect compare", ""))
