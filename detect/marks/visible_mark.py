"""Visible AI marks: labels and generator marks along the edges of pictures and videos.

Lines of text near the edges are read; `mark_words` decides what is a mark, `sparkle` looks for the
one logo that has no text. A mark says what somebody wrote into the picture: it is a trace, and
decides nothing alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from detect.core.finding import Evidence, Finding
from detect.core.mark import MarkKind, Position, VisibleMark
from detect.core.media import Frame, Media
from detect.core.provenance import Declaration
from detect.marks.ocr import MOST_LINES, Line, TextReader
from detect.marks.sparkle import AROUND, find_sparkle
from detect.marks.words import LONGEST, VENDORS, maker, read_line

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["DETECTOR", "VERSION", "MarkReader", "declare"]

DETECTOR, VERSION = "visible-mark", "1.1.0"

WHOLE = 400_000
"""Pixels up to which the text of a whole picture is found at once: bands of a wide frame are so low
that it takes as long, and small marks are lost in them."""
BAND = 0.22
"""Height of the bands along the upper and the lower edge, as a share of the height."""
STRIP = 0.30
"""Width of the strips between them along the other edges, as a share of the width."""
AT_EDGE = 0.12
"""Farthest that a mark stands from an edge, as a share of the shorter side."""
LEAST, MOST = 0.008, 0.13
"""Height of the glyphs of a mark, as a share of the shorter side: smaller ones are not read
safely, larger ones are titles."""
GLYPH, MARGIN = 0.70, 2
"""Height of the glyphs as a share of the height of their box less a margin in pixels (fitted on
drawn marks of 6 to 45 pixels)."""
SURE, VERY_SURE = 0.80, 0.90
"""Confidence of a reading: of a whole label, and of the mark of a generator."""
LEAST_SIDE = 128
"""Shorter side in pixels from which a picture is examined."""
BESIDE = 1.2
"""Farthest that the name of a generator stands from its label, in heights of the label."""

LOGO = "\u2726"
"""Stands for the text of a mark that is a star without any."""

_KINDS: tuple[MarkKind, ...] = ("label", "vendor", "platform", "digital-human")
_EARLY = 2.0
_SAYS: dict[MarkKind, tuple[str, str]] = {
    "label": (
        "A label in the picture says that it was made by AI",
        "画面中有标识，称其由人工智能生成",
    ),
    "vendor": ("The mark of an AI generator is in the picture", "画面中有人工智能生成工具的标识"),
    "platform": ("A platform's note on AI is in the picture", "画面中有平台的人工智能提示"),
    "digital-human": ("A notice in the picture says digital human", "画面中有数字人提示"),
}
_PLACES: dict[Position, tuple[str, str]] = {
    "top-left": ("top left", "左上角"),
    "top": ("top", "上边缘"),
    "top-right": ("top right", "右上角"),
    "left": ("left edge", "左边缘"),
    "right": ("right edge", "右边缘"),
    "bottom-left": ("bottom left", "左下角"),
    "bottom": ("bottom", "下边缘"),
    "bottom-right": ("bottom right", "右下角"),
    "inside": ("inside the picture", "画面内部"),
}


class MarkReader:
    """Reads the marks of a file. Loads the networks on first use."""

    def __init__(self) -> None:
        self._reader = TextReader()

    def read(
        self, media: Media, frames: Sequence[Frame]
    ) -> tuple[Finding, tuple[VisibleMark, ...]]:
        """Looks at a picture, or at some frames of a video: the first, one after two seconds, the
        middle one and the last.

        Args:
            media: Facts about the file.
            frames: Its stills in time order.

        Returns:
            The finding (`not-applicable` with `no-picture`, `too-small` or `ocr-missing`), and the
            marks, clearest first.
        """
        large = [f for f in frames if min(f.pixels.shape[:2]) >= LEAST_SIDE]
        if not large:
            return _not("too-small" if frames else "no-picture"), ()
        chosen = _chosen(large)
        try:
            seen = [(frame, list(self._frame(frame))) for frame in chosen]
        except ImportError:
            return _not("ocr-missing"), ()
        moving = len(frames) > 1 or media.kind == "video"
        if not moving and (star := _logo(large[0])):
            seen.append((large[0], [star]))
        marks = [
            m
            for m in _followed(seen, moving)
            if m.kind != "vendor" or m.vendor not in ("sora", "veo") or _moved_on(m, seen)
        ]
        marks.sort(key=lambda m: (_KINDS.index(m.kind), -m.confidence))
        return Finding(DETECTOR, VERSION), tuple(marks)

    def _frame(self, frame: Frame) -> Iterator[VisibleMark]:
        pixels = frame.pixels
        lines: list[Line] = []
        for left, top, right, bottom in _regions(pixels):
            part = pixels[top:bottom, left:right]
            boxes = self._reader.find(part)
            whole = [(b[0] + left, b[1] + top, b[2] + left, b[3] + top) for b in boxes]
            whole = [b for b in whole if _fits(b, pixels)]
            whole.sort(key=lambda b: _gap(b, pixels))
            lines += [self._reader.read(pixels, b) for b in whole[:MOST_LINES]]
        for line in lines:
            if mark := _mark(line, lines, frame):
                yield mark


def _logo(frame: Frame) -> VisibleMark | None:
    """The star of Gemini in a picture; in video a broadcaster's logo may look like it."""
    star = find_sparkle(frame.pixels)
    if star is None:
        return None
    height, width = frame.pixels.shape[:2]
    left, top, right, bottom = star.box
    return VisibleMark(
        text=LOGO,
        kind="vendor",
        vendor="gemini",
        ai_element=False,
        generation_element=False,
        chinese=False,
        box=(left / width, top / height, min(right, width) / width, min(bottom, height) / height),
        height=(bottom - top) / AROUND / min(height, width),
        position="bottom-right",
        confidence=star.score,
        index=frame.index,
    )


def declare(mark: VisibleMark) -> Declaration:
    """The declaration that a mark makes: a hint, whatever it says."""
    en, zh = _SAYS[mark.kind]
    if mark.vendor:
        en, zh = f"{en} ({VENDORS[mark.vendor]})", f"{zh}（{VENDORS[mark.vendor]}）"
    place_en, place_zh = _PLACES[mark.position]
    size = f"{100 * mark.height:.1f} %"
    en, zh = f"{en}, {place_en}", f"{zh}，位于{place_zh}"
    if mark.start is not None and mark.end is not None and mark.end > mark.start:
        en += f", from {mark.start:.1f} s to at least {mark.end:.1f} s"
        zh += f"，自第 {mark.start:.1f} 秒至少到第 {mark.end:.1f} 秒"
    what_en, what_zh = ("It is", "标识高度") if mark.text == LOGO else ("Its letters are", "字高")
    return Declaration(
        "visible-mark",
        "ai-possible",
        "intact",
        Evidence(
            f"mark.{mark.kind}",
            f"{en}. {what_en} {size} of the shorter side high.",
            f"{zh}，{what_zh}约为短边的 {size}。",
            f"{mark.position}, {size}",
            mark.text[:100],
        ),
        VENDORS[mark.vendor] if mark.vendor else None,
    )


def _not(reason: str) -> Finding:
    return Finding(DETECTOR, VERSION, status="not-applicable", reason=reason)


def _chosen(frames: Sequence[Frame]) -> list[Frame]:
    """The first frame, the first one after two seconds, the middle one and the last."""
    last = len(frames) - 1
    early = next((i for i, f in enumerate(frames) if (f.pts or 0.0) >= _EARLY), last)
    return [frames[i] for i in sorted({0, early, len(frames) // 2, last})]


def _regions(pixels: npt.NDArray[np.uint8]) -> Iterator[tuple[int, int, int, int]]:
    """Where text is looked for: a small picture as a whole, bands along the edges of others.

    Yields:
        Left, top, right, bottom.
    """
    height, width = pixels.shape[:2]
    if height * width <= WHOLE:
        yield 0, 0, width, height
        return
    band, strip = max(48, round(BAND * height)), max(64, round(STRIP * width))
    if 2 * band >= height or 2 * strip >= width:
        yield 0, 0, width, height
        return
    yield 0, 0, width, band
    yield 0, height - band, width, height
    yield 0, band, strip, height - band
    yield width - strip, band, width, height - band


def _glyphs(tall: int) -> float:
    """Height of the glyphs in a box, in pixels."""
    return GLYPH * max(1, tall - MARGIN)


def _gap(box: tuple[int, int, int, int], pixels: npt.NDArray[np.uint8]) -> int:
    """Pixels from a box to the nearest edge."""
    height, width = pixels.shape[:2]
    return int(min(box[0], box[1], width - box[2], height - box[3]))


def _fits(box: tuple[int, int, int, int], pixels: npt.NDArray[np.uint8]) -> bool:
    """Whether a box may hold a mark, by its size and place."""
    shorter = min(pixels.shape[:2])
    tall, wide = box[3] - box[1], box[2] - box[0]
    size = _glyphs(tall) / shorter
    return (
        LEAST <= size <= MOST
        and wide <= 1.2 * LONGEST * tall
        and _gap(box, pixels) <= AT_EDGE * shorter
    )


def _mark(line: Line, lines: Iterable[Line], frame: Frame) -> VisibleMark | None:
    reading = read_line(line.text)
    if reading is None:
        return None
    whole = reading.kind in ("label", "platform")
    if line.confidence < (SURE if whole else VERY_SURE):
        return None
    height, width = frame.pixels.shape[:2]
    left, top, right, bottom = line.box
    vendor = reading.vendor
    position = _position(line.box, width, height)
    if vendor == "samsung" and position != "bottom-left":
        vendor = None  # the words are not its own, only the place with them
    if vendor is None and reading.chinese:
        vendor = next((v for near in lines if (v := _beside(line, near))), None)
    return VisibleMark(
        text=line.text[:200],
        kind=reading.kind,
        vendor=vendor,
        ai_element=reading.ai_element,
        generation_element=reading.generation_element,
        chinese=reading.chinese,
        box=(left / width, top / height, right / width, bottom / height),
        height=_glyphs(bottom - top) / min(height, width),
        position=position,
        confidence=min(1.0, line.confidence),
        index=frame.index,
        pts=frame.pts,
        start=frame.pts,
        end=frame.pts,
    )


def _beside(label: Line, near: Line) -> str | None:
    """The generator that a line next to a label names."""
    if near is label or near.confidence < SURE:
        return None
    reach = BESIDE * (label.box[3] - label.box[1])
    apart = [
        max(label.box[i], near.box[i]) - min(label.box[i + 2], near.box[i + 2]) for i in (0, 1)
    ]
    return maker(near.text) if max(apart) <= reach else None


def _position(box: tuple[int, int, int, int], width: int, height: int) -> Position:
    reach = AT_EDGE * min(width, height)
    left, top, right, bottom = box
    row = "top" if top <= reach else "bottom" if height - bottom <= reach else ""
    # Long lines touch both sides: then the middle decides.
    near_left, near_right = left <= reach, width - right <= reach
    column = "left" if near_left and not near_right else "right" if near_right else ""
    if near_left and near_right:
        column = ""
    name = "-".join(part for part in (row, column) if part) or "inside"
    return name  # type: ignore[return-value]


def _followed(
    seen: Sequence[tuple[Frame, Sequence[VisibleMark]]], moving: bool
) -> list[VisibleMark]:
    """Marks of all frames: the same words of the same maker are one mark, from first to last."""
    found: dict[tuple[MarkKind, str | None, bool], VisibleMark] = {}
    for frame, marks in seen:
        for mark in marks:
            key = (mark.kind, mark.vendor, mark.chinese)
            known = found.get(key)
            if known is None:
                found[key] = mark
            elif known.index != frame.index:
                best = max(known, mark, key=lambda m: m.confidence)
                found[key] = replace(best, start=known.start, end=mark.end)
    if moving:
        return list(found.values())
    return [replace(m, pts=None, start=None, end=None) for m in found.values()]


def _moved_on(mark: VisibleMark, seen: Sequence[tuple[Frame, Sequence[VisibleMark]]]) -> bool:
    """Whether a name that is also a word was read in at least two frames."""
    return sum(any(m.vendor == mark.vendor for m in marks) for _, marks in seen) >= 2
