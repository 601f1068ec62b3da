"""What a person at a terminal reads, and what a hostile file cannot do to it."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from detect.core.report import Report
from detect.report.terminal import ReportTable, print_report
from detect.report.words import Language, Phrase
from tests.report import factory


def console(
    width: int = 80, colour: bool = False, encoding: str = "utf-8", terminal: bool = False
) -> Console:
    return Console(
        file=io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace"),
        width=width,
        force_terminal=colour or terminal,
        color_system="256" if colour else None,
    )


def text(of: Console) -> str:
    of.file.flush()
    return of.file.buffer.getvalue().decode(of.encoding)  # type: ignore[attr-defined]


def shown(report: Report, language: Language = "en", **options: object) -> str:
    target = console(**options)  # type: ignore[arg-type]
    print_report(report, target, language=language)
    return text(target)


def first_lines(output: str, count: int = 6) -> str:
    return "\n".join(output.splitlines()[:count])


@pytest.mark.parametrize(
    ("name", "label", "certainty"),
    [
        ("cloned_voice", "SYNTHETIC VOICE", "99%"),
        ("generated_image", "AI-GENERATED", "declared"),
        ("edited_image", "AI-EDITED", "declared"),
        ("undecided_image", "INCONCLUSIVE", "Leans AI"),
        ("camera_photo", "NO SYNTHESIS FOUND", "3%"),
        ("broken", "NOT EXAMINED", "copy it again"),
    ],
)
def test_the_answer_stands_in_the_first_lines(name: str, label: str, certainty: str) -> None:
    report = factory.ALL[name]()
    top = first_lines(shown(report))
    assert report.media.path in top
    assert label in top
    assert certainty in top


@pytest.mark.parametrize("make", factory.ALL.values(), ids=factory.ALL)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_lines_fit_and_carry_no_control_characters(
    make: Callable[[], Report], language: Language, width: int
) -> None:
    for line in shown(make(), language, width=width).splitlines():
        assert cell_len(line) <= width
        assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs")]


@pytest.mark.parametrize("colour", [False, True])
def test_hostile_text_stays_text(colour: bool) -> None:
    output = shown(factory.hostile(), colour=colour, width=200)
    assert "[/foo]" in output
    assert "\\x1b]0;owned\\x07" in output
    assert "\\u202e" in output
    assert "[bold]" in output
    for sequence in ("\x1b]0;", "\x07", "\u202e", "\u2066"):
        assert sequence not in output


def test_colour_changes_nothing_but_colour() -> None:
    import re

    report = factory.cloned_voice()
    plain, coloured = shown(report), shown(report, colour=True)
    assert "\x1b[" not in plain
    stripped = re.sub("\x1b\\[[0-9;]*m", "", coloured)
    assert stripped.replace(" SYNTHETIC VOICE ", "[SYNTHETIC VOICE]") == plain


def test_a_cloned_minute_is_shown_with_its_time() -> None:
    output = shown(factory.cloned_voice())
    assert "0:12–0:28" in output
    voice = next(line for line in output.splitlines() if line.strip().startswith("Voice  "))
    assert "█" in voice and "▃" in voice


def test_chinese_has_no_english_sentence_left() -> None:
    output = shown(factory.cloned_voice(), "zh")
    assert "合成语音" in output
    assert "疑似" in output
    for word in ("classifier", "probability", "threshold", "Labels", "examined"):
        assert word not in output


def test_a_terminal_without_unicode_gets_ascii_drawings() -> None:
    report = factory.cloned_voice()
    output = shown(report, encoding="iso-8859-1")
    assert "###" in output


def test_nothing_found_is_not_called_real() -> None:
    output = shown(factory.camera_photo()).lower()
    assert "not proof" in output
    for word in (" is real", "authentic", "genuine", "clean"):
        assert word not in output


def test_what_was_not_examined_is_said() -> None:
    output = shown(factory.music_only())
    assert "no speech found" in output
    assert "Music" in output


def test_a_long_chain_is_cut_with_a_count() -> None:
    output = shown(factory.long_chain())
    assert "Editor 7" in output
    assert "Editor 30" not in output
    assert "+ 32" in output


def test_a_table_in_a_file_cuts_nothing() -> None:
    target, report = console(), factory.generated_video()
    path = "folder/" * 60 + "clip.mp4"
    long = replace(report, media=replace(report.media, path=path))
    ReportTable(target).add(long, [Phrase("same as x", "与 x 内容相同")])
    (row,) = text(target).splitlines()
    assert path in row and row.endswith("same as x")


def test_the_table_is_one_line_a_file_and_sums_up() -> None:
    target = console()
    table = ReportTable(target)
    for make in factory.ALL.values():
        table.add(make())
    rows = text(target).splitlines()
    assert len(rows) == len(factory.ALL)
    assert len({row.partition("  ")[2] for row in rows}) > 10
    table.summary()
    summary = text(target).splitlines()[len(rows) :]
    assert f"{len(rows)} files" in summary[1]
    assert "1 synthetic voice" in " ".join(summary)
    assert "2 unreadable" in " ".join(summary)


def test_the_table_keeps_hostile_names_in_one_line() -> None:
    target = console(width=100, colour=True)
    ReportTable(target).add(factory.hostile())
    output = text(target)
    assert output.count("\n") <= 4
    assert "\x1b]" not in output


def test_the_table_in_chinese_is_aligned() -> None:
    target = console()
    table = ReportTable(target, language="zh")
    for make in factory.ALL.values():
        table.add(make())
    starts = set()
    for row in text(target).splitlines():
        starts.add(cell_len(row[: row.index("]") + 1]))
    assert len(starts) == 1


def test_a_drawing_is_named_beside_the_verdict() -> None:
    english, chinese = (shown(factory.drawn_image(), each) for each in ("en", "zh"))
    assert "[AI-GENERATED]" in english
    assert "Looks drawn or rendered  yes" in english
    assert "绘制或渲染" in chinese
