"""What stands in the content itself: marks that can be seen, watermarks that can be decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from detect.core.finding import Hypothesis

__all__ = ["MarkKind", "Position", "VisibleMark", "Watermark", "WatermarkScheme"]

MarkKind = Literal["label", "vendor", "platform", "digital-human"]
"""A label that names AI and generation; the mark of a generator; the note of a platform; a notice
that the person shown is a digital human."""

Position = Literal[
    "top-left",
    "top",
    "top-right",
    "left",
    "right",
    "bottom-left",
    "bottom",
    "bottom-right",
    "inside",
]

WatermarkScheme = Literal["sd-dwt-dct", "perth"]


@dataclass(frozen=True, slots=True)
class VisibleMark:
    """A line of text in the picture that says AI, or the logo of a generator.

    Attributes:
        text: As it was read (untrusted text); a star alone for a logo without text.
        kind: What sort of mark its wording makes it.
        vendor: Key of the generator it names, None when it names none.
        ai_element: It says `AI` or 人工智能.
        generation_element: It says that the content is generated or synthetic, in any language.
        chinese: Both in the words of GB 45438-2025: (人工智能 or AI) with (生成 or 合成).
        box: Left, top, right, bottom, as shares of the width and height of the frame.
        height: Height of the glyphs or the logo as a share of the shorter side of the frame;
            measured to about a tenth.
        position: Where it stands; `inside` is neither edge nor corner.
        confidence: Of the reading, 0 to 1.
        index: Number of the frame that `box` is from.
        pts: Seconds of that frame, None for an image.
        start: First second at which it was read, None for an image.
        end: Last second at which it was read, None for an image.
    """

    text: str
    kind: MarkKind
    vendor: str | None
    ai_element: bool
    generation_element: bool
    chinese: bool
    box: tuple[float, ...]
    height: float
    position: Position
    confidence: float
    index: int = 0
    pts: float | None = None
    start: float | None = None
    end: float | None = None

    @property
    def conforming_wording(self) -> bool:
        """Whether its words are those that GB 45438-2025 (5.2, 5.4) asks for."""
        return self.ai_element and self.generation_element and self.chinese

    @property
    def seconds(self) -> float | None:
        """From the first to the last reading; None for an image."""
        return None if self.start is None or self.end is None else self.end - self.start


@dataclass(frozen=True, slots=True)
class Watermark:
    """An invisible mark that was decoded.

    Attributes:
        scheme: How it is embedded.
        payload: What it says, by name (`StableDiffusionV1`, `SDXL`, `FLUX`, `Perth`).
        score: Share of bits that agree, or the mean answer of the decoder; 0 to 1.
        threshold: From which score it counts.
        about: What it declares synthetic: the picture or the voice.
        start: Seconds where it starts, for sound.
        end: Seconds where it ends.
    """

    scheme: WatermarkScheme
    payload: str
    score: float
    threshold: float
    about: Hypothesis
    start: float | None = None
    end: float | None = None
