"""What counts as a visible mark, and that marks are read where they stand."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from detect.core.media import Frame, Media
from detect.marks.visible_mark import MarkReader, declare
from detect.marks.words import maker, read_line

ROOT = Path(__file__).resolve().parents[2]
FONT = ROOT / "detect" / "labelling" / "fonts" / "label.otf"


@pytest.mark.parametrize(
    ("text", "kind", "vendor", "conforming"),
    [
        ("AI生成", "label", None, True),
        ("豆包AI生成", "label", "doubao", True),
        ("豆包Al生成", "label", "doubao", True),
        ("千问AI生成", "label", "qwen", True),
        ("RunningHub AI生成", "label", "runninghub", True),
        ("内容由 AI 生成，仅供参考", "label", None, True),
        ("人工智能生成合成内容", "label", None, True),
        ("★ 即梦AI", "vendor", "jimeng", False),
        ("可灵AI 3.0", "vendor", "kling", False),
        ("KLING AI", "vendor", "kling", False),
        ("MINIMAX | hailuo AI", "vendor", "hailuo", False),
        ("LibLibAI", "vendor", "liblib", False),
        ("Contenuti generati dall'Al", "label", "samsung", False),
        ("Contenu généré par l'IA", "label", "samsung", False),
        ("KI-generierte Inhalte", "label", "samsung", False),
        ("AI-generated", "label", None, False),
        ("AI-generated content", "label", None, False),
        ("AI生成 Al-generated", "label", None, True),
        ("AI-generated | 豆包AI生成", "label", "doubao", True),
        ("AI生成內容", "label", None, True),
        ("KLING AI 2.1 PRO", "vendor", "kling", False),
        ("疑似使用了AI生成技术，请谨慎甄别", "platform", None, True),
        ("数字人", "digital-human", None, False),
        ("Sora", "vendor", "sora", False),
    ],
)
def test_marks(text: str, kind: str, vendor: str | None, conforming: bool) -> None:
    reading = read_line(text)
    assert reading is not None
    assert (reading.kind, reading.vendor) == (kind, vendor)
    both = reading.ai_element and reading.generation_element and reading.chinese
    assert both is conforming


@pytest.mark.parametrize(
    "text",
    [
        "AI",
        "Al",
        "OpenAI",
        "AI生成技术的发展趋势",
        "生成式AI",
        "人工智能大会",
        "AI CONFERENCE 2025",
        "AI生成 is the future",
        "How AI generated art changes us",
        "AI-generated content policy in schools",
        "SORA",
        "Sora Restaurant",
        "即梦",
        "",
        "x" * 300,
    ],
)
def test_text_that_only_speaks_of_ai_is_no_mark(text: str) -> None:
    assert read_line(text) is None


def test_a_name_alone_belongs_to_the_label_beside_it() -> None:
    assert maker("元宝") == "yuanbao"
    assert maker("元宝山") is None


@pytest.fixture(scope="module")
def reader() -> MarkReader:
    pytest.importorskip("rapidocr")
    return MarkReader()


def photo(width: int, height: int) -> Image.Image:
    with Image.open(ROOT / "samples" / "camera-temple.jpg") as picture:
        return picture.convert("RGB").resize((width, height))


def drawn(size: tuple[int, int], text: str, share: float, quality: int = 85) -> Image.Image:
    """A photo with white letters of `share` of its shorter side at the bottom right."""
    picture = photo(*size)
    high = share * min(size)
    font = ImageFont.truetype(FONT, 100)
    _, top, _, bottom = font.getbbox(text)
    font = ImageFont.truetype(FONT, 100 * high / (bottom - top))
    _, _, right, bottom = font.getbbox(text)
    place = size[0] - 0.03 * min(size) - right, size[1] - 0.03 * min(size) - bottom
    ImageDraw.Draw(picture).text(
        place, text, font=font, fill="white", stroke_width=1, stroke_fill="black"
    )
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=quality)
    return Image.open(target).convert("RGB")


def frame(picture: Image.Image, pts: float | None = None, index: int = 0) -> Frame:
    return Frame(np.asarray(picture), pts, index)


@pytest.mark.parametrize(("size", "share"), [((768, 768), 0.03), ((432, 768), 0.05)])
def test_a_drawn_label_is_read_with_its_place_and_size(
    reader: MarkReader, size: tuple[int, int], share: float
) -> None:
    finding, marks = reader.read(Media("a", kind="image"), [frame(drawn(size, "AI生成", share))])
    assert finding.status == "ok"
    (mark,) = marks
    assert (mark.kind, mark.position, mark.conforming_wording) == ("label", "bottom-right", True)
    assert mark.height == pytest.approx(share, rel=0.25)
    assert mark.start is None and mark.seconds is None
    said = declare(mark)
    assert (said.source, said.claim) == ("visible-mark", "ai-possible")
    assert said.evidence.untrusted == mark.text


def test_a_photo_without_a_mark_has_none(reader: MarkReader) -> None:
    assert reader.read(Media("a", kind="image"), [frame(photo(768, 512))])[1] == ()


def test_a_mark_in_a_video_lasts_from_its_first_to_its_last_reading(reader: MarkReader) -> None:
    marked, bare = drawn((480, 480), "AI生成", 0.06), photo(480, 480)
    frames = [frame(marked, 0.0, 0), frame(marked, 2.2, 1), frame(bare, 5.0, 2)]
    _, (mark,) = reader.read(Media("a", kind="video"), frames)
    assert (mark.start, mark.end, mark.seconds) == (0.0, 2.2, 2.2)


def test_nothing_to_read(reader: MarkReader) -> None:
    finding, marks = reader.read(Media("a", kind="audio"), [])
    assert (finding.status, finding.reason, marks) == ("not-applicable", "no-picture", ())
    small = [frame(photo(60, 60))]
    assert reader.read(Media("a", kind="image"), small)[0].reason == "too-small"


def test_reading_text_loads_nothing_that_reaches_the_network(reader: MarkReader) -> None:
    reader.read(Media("a", kind="image"), [frame(photo(256, 256))])
    import rapidocr.utils.download_file as download

    with pytest.raises(OSError, match="no network"):
        download.requests.get("https://example.org")
