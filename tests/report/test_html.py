"""The page holds everything, loads nothing, runs nothing, and appears whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from detect.core.errors import ConfigurationError
from detect.core.report import Report
from detect.fusion.severity import SEVERITY
from detect.report.html import render_html, write_html
from tests.report import factory

VOID = {"meta", "input", "img", "br"}
LOADS = {"src", "href", "srcset", "data", "action", "poster", "background", "xlink:href"}


class Page(HTMLParser):
    """Checks the nesting and keeps what matters."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[tuple[str, tuple[str, ...]]] = []
        self.hidden: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
            classes = (dict(attrs).get("class") or "").split()
            self.hidden.append(next((c for c in classes if c in ("en", "zh")), ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.hidden.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append((data, tuple(h for h in self.hidden if h)))

    def text(self, language: str) -> str:
        """What a reader of one language sees."""
        seen = [text for text, marks in self.texts if all(mark == language for mark in marks)]
        return re.sub(r"\s+", " ", "".join(seen))


def page(*names: str, language: str = "en") -> Page:
    return Page(render_html([factory.ALL[name]() for name in names], language=language))  # type: ignore[arg-type]


@pytest.mark.parametrize("make", factory.ALL.values(), ids=factory.ALL)
def test_a_page_is_well_formed_and_loads_and_runs_nothing(make: Callable[[], Report]) -> None:
    parsed = Page(render_html([make()]))
    forbidden = {"script", "link", "iframe", "object", "embed", "base", "form", "foreignobject"}
    assert not forbidden & set(parsed.tags)
    for tag, name, value in parsed.attributes:
        assert not name.startswith("on")
        assert name != "style"
        if name in LOADS:
            assert value.startswith("data:image/jpeg;base64," if tag == "img" else "#")
    ids = Counter(value for _, name, value in parsed.attributes if name == "id")
    assert set(ids.values()) == {1}
    anchors = {value[1:] for _, name, value in parsed.attributes if name == "href"}
    assert anchors <= set(ids)


def test_the_policy_allows_the_style_sheet_in_the_page_and_nothing_else() -> None:
    text = render_html([factory.cloned_voice()])
    style = re.search("<style>(.*?)</style>", text, re.S)
    policy = re.search('Content-Security-Policy" content="(.*?)"', text)
    assert style and policy
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy[1]
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1] and "http" not in policy[1]
    assert "@import" not in style[1] and "url(" not in style[1]


def test_hostile_text_stays_text() -> None:
    parsed = page("hostile")
    assert parsed.tags["img"] == 0
    read = parsed.text("en")
    assert "<img src=x onerror=alert(1)>" in read
    assert "</script><svg onload=alert(2)>" in read
    assert "{{7*7}}" in read
    everything = render_html([factory.hostile()])
    for character in ("\x1b", "\x07", "\u202e", "\u2066"):
        assert character not in everything


@pytest.mark.parametrize(
    ("language", "there", "gone"),
    [("en", "Synthetic voice", "合成语音"), ("zh", "合成语音", "Synthetic voice")],
)
def test_both_languages_are_in_the_file(language: str, there: str, gone: str) -> None:
    parsed = page("cloned_voice", language=language)
    assert there in parsed.text(language)
    assert gone not in parsed.text(language)
    checked = [v for _, name, v in parsed.attributes if name in ("id", "checked")]
    assert checked[checked.index(f"language-{language}") + 1] == ""


def test_labels_are_worded_for_the_reader() -> None:
    """Only China's notice is Chinese in both: it is what a platform shows."""
    parsed = page("cloned_voice")
    english, chinese = parsed.text("en"), parsed.text("zh")
    notice = "该内容疑似为人工智能生成合成内容"
    assert notice in english and notice in chinese
    assert "This content is suspected" in english and "This content is" not in chinese
    assert "a person should decide" in english and "a person should decide" not in chinese
    assert "应由人工判断" in chinese and "应由人工判断" not in english


def test_the_card_tells_the_whole_story() -> None:
    parsed = page("cloned_voice")
    read = parsed.text("en")
    for part in ("99% probability of synthesis", "81 times likelier", "suspected", "Art. 50"):
        assert part in read
    assert parsed.tags["img"] == len(factory.cloned_voice().thumbnails)
    assert parsed.tags["circle"] == 15
    assert "0:12.0–0:16.0 · LLR +3.9" in read
    assert factory.SHA in read
    assert all(value for tag, name, value in parsed.attributes if (tag, name) == ("img", "alt"))


def test_thumbnails_carry_the_standing_of_their_frame() -> None:
    parsed = page("generated_video")
    frames = [v.split()[1] for t, n, v in parsed.attributes if t == "figure" and n == "class"]
    assert Counter(frames) == {"yes": 14, "undecided": 2}


def test_the_chain_of_manifests_is_complete() -> None:
    read = page("long_chain").text("en")
    assert all(f"Editor {number} " in read for number in range(40))
    assert "Chain of manifests (40)" in read


def test_many_reports_are_indexed_by_severity() -> None:
    parsed = page(*factory.ALL)
    badges = [v.split() for t, n, v in parsed.attributes if t == "article" and n == "class"]
    order = [SEVERITY.index(classes[1]) for classes in badges]  # type: ignore[arg-type]
    assert order == sorted(order)
    assert len(order) == len(factory.ALL)
    links = [v for t, n, v in parsed.attributes if t == "a" and n == "href" and v != "#top"]
    assert sorted(links) == sorted(f"#report-{n + 1}" for n in range(len(factory.ALL)))
    assert f"{len(factory.ALL)} files" in parsed.text("en")


def test_no_report_at_all_is_still_a_page() -> None:
    assert "0 files" in Page(render_html([])).text("en")


def test_nothing_found_is_not_called_real() -> None:
    read = page("camera_photo").text("en").lower()
    assert "no synthesis found" in read
    for word in ("is real", "authentic", "genuine", "clean"):
        assert word not in read


def test_the_same_reports_give_the_same_page() -> None:
    first = render_html([factory.generated_video()], created=datetime(2026, 11, 24, 1, 2, 3))
    assert first == render_html(
        [factory.generated_video()], created=datetime(2026, 11, 24, 1, 2, 3)
    )
    assert "2026-11-24 01:02:03" in first


def test_write_replaces_the_old_page(tmp_path: Path) -> None:
    target = tmp_path / "报告.html"
    target.write_text("old")
    write_html([factory.camera_photo()], target, language="zh")
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/dev/full", "disk is full"),
        ("no/such/folder/report.html", "folder does not exist"),
        (".", "it is a folder"),
    ],
)
def test_a_page_that_cannot_be_written_says_why(
    path: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=why):
        write_html([factory.camera_photo()], path)
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_half_way_leaves_the_old_page(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")
    code = (
        "import resource, sys\n"
        "from tests.report import factory\n"
        "from detect.core.errors import ConfigurationError\n"
        "from detect.report.html import write_html\n"
        "reports = [factory.cloned_voice()]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try:\n"
        "    write_html(reports, sys.argv[1])\n"
        "except ConfigurationError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-B", "-c", code, str(target)], capture_output=True, text=True, check=True
    )
    assert "cannot write" in run.stdout
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_can_be_read_on_every_ground() -> None:
    style = re.search("<style>(.*?)</style>", render_html([]), re.S)
    assert style
    palettes = [
        dict(re.findall(r"--(\w+): (#\w+);", block)) for block in style[1].split(":root")[1:]
    ]
    assert len(palettes) == 3
    for palette in palettes:
        for ink in ("ink", "muted", "red", "violet", "orange", "amber", "grey", "blue"):
            for ground in ("paper", "soft"):
                pair = sorted((luminance(palette[ink]), luminance(palette[ground])))
                assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, (ink, ground)
