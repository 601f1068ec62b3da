"""The invisible watermark of Stable Diffusion pipelines (`dwtDct` of the invisible-watermark tool).

One bit a block: in each 4 x 4 block of the low-pass Haar band of U, the largest value but the first
is moved to the lower or upper half of a step of 36. The blocks repeat the message in reading order,
and the mean over the blocks of a bit decides it. Nothing survives resizing and little survives
JPEG, so only pixels in their original size and place are worth a look.

A message counts when so many of its bits agree that fair coins would do the same in fewer than
`CHANCE` of all pictures. Flat pictures decode to all zeros or all ones: those are refused outright.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from detect.core.finding import Evidence
from detect.core.mark import Watermark
from detect.core.provenance import Declaration

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = [
    "CHANCE",
    "DETECTOR",
    "LEAST_SIDE",
    "MESSAGES",
    "VERSION",
    "declare",
    "least_agreeing",
    "look",
]

DETECTOR, VERSION = "sd-watermark", "1.0.0"

CHANCE = 1.5e-7
"""Share of pictures of fair coins that each message may be found in."""
LEAST_SIDE = 256
"""Pixels of the shorter side from which the tool embeds."""
MOST_PIXELS = 2**22
"""Pixels that are looked at, from the top; the message repeats many times in these."""
FLAT = 0.15
"""Least share of ones, and of zeros, in bits that are not refused."""

_STEP, _BLOCK = 36, 4

MESSAGES = {
    "StableDiffusionV1": "".join(f"{byte:08b}" for byte in b"StableDiffusionV1"),
    "SDXL": "101100111110110010010000011110111011000110011110",
    "FLUX": "001010101111111010000111100111001111010100101110",
}
"""What pipelines write: the text of Stable Diffusion 1 and 2, and the 48 bits of SDXL and FLUX."""

_TOOLS = {
    "StableDiffusionV1": "Stable Diffusion 1/2",
    "SDXL": "Stable Diffusion XL",
    "FLUX": "FLUX",
}


@cache
def least_agreeing(bits: int, chance: float = CHANCE) -> int:
    """Least number of `bits` that must agree, from the tail of the binomial at one half."""
    tail, total = 0, 2**bits
    for agreeing in range(bits, -1, -1):
        tail += math.comb(bits, agreeing)
        if tail > chance * total:
            return agreeing + 1
    return 0


def look(pixels: npt.NDArray[np.uint8]) -> Watermark | None:
    """The message in a picture, None when there is none.

    Args:
        pixels: uint8, shape (height, width, 3), RGB, in the size of the file.
    """
    import numpy as np

    height, width = pixels.shape[:2]
    if min(height, width) < LEAST_SIDE:
        return None
    rows = max(LEAST_SIDE, MOST_PIXELS // width)
    votes = _votes(pixels[:rows])
    best: Watermark | None = None
    for name, message in MESSAGES.items():
        bits = _bits(votes, len(message))
        if not FLAT <= float(bits.mean()) <= 1 - FLAT:
            continue
        wanted = np.frombuffer(message.encode(), np.uint8) == ord("1")
        agreeing, least = int((bits == wanted).sum()), least_agreeing(len(message))
        score = agreeing / len(message)
        if agreeing >= least and (best is None or score > best.score):
            best = Watermark("sd-dwt-dct", name, score, least / len(message), "ai_generated")
    return best


def declare(mark: Watermark) -> Declaration:
    """The declaration that a watermark makes.

    Raises:
        ValueError: It is no message of this scheme.
    """
    if mark.payload not in MESSAGES:
        raise ValueError(f"no message is called {mark.payload!r:.40}")
    tool, bits = _TOOLS[mark.payload], len(MESSAGES[mark.payload])
    agree = f"{round(mark.score * bits)}/{bits}"
    return Declaration(
        "watermark",
        "ai-generated",
        "intact",
        Evidence(
            "watermark.sd-dwt-dct",
            f"The pixels carry the invisible watermark {mark.payload}, which pipelines of {tool} "
            f"write ({agree} bits agree; by chance fewer than 2 pictures in ten million do).",
            f"像素中含有 {tool} 流程写入的隐形水印 {mark.payload}"
            f"（{agree} 位一致；随机一致的概率低于千万分之二）。",
            f"DWT-DCT, {agree}",
        ),
        tool,
        about=mark.about,
    )


def _votes(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """One vote a block, in reading order."""
    import numpy as np

    height, width = (side // 4 * 4 for side in pixels.shape[:2])
    low = _low_pass(_chroma(pixels[:height, :width]))
    rows, columns = low.shape[0] // _BLOCK, low.shape[1] // _BLOCK
    low = low[: rows * _BLOCK, : columns * _BLOCK]
    blocks = low.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2).reshape(-1, _BLOCK**2)
    values = np.abs(blocks[:, 1:]).max(axis=1)
    votes: npt.NDArray[np.bool_] = values % _STEP > _STEP / 2
    return votes


def _bits(votes: npt.NDArray[np.bool_], count: int) -> npt.NDArray[np.bool_]:
    """The majority of the votes of each bit; ties are zeros, as in the tool."""
    import numpy as np

    place = np.arange(len(votes)) % count
    ones = np.bincount(place[votes], minlength=count)
    every = np.maximum(np.bincount(place, minlength=count), 1)
    bits: npt.NDArray[np.bool_] = ones / every * 255 > 127
    return bits


def _chroma(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """U of BT.601 in the fixed-point arithmetic of OpenCV, which the tool uses."""
    import numpy as np

    red, green, blue = (pixels[..., i].astype(np.int32) for i in range(3))
    luma = (4899 * red + 9617 * green + 1868 * blue + 8192) >> 14
    chroma = ((blue - luma) * 8061 + (128 << 14) + 8192) >> 14
    plane: npt.NDArray[np.uint8] = np.clip(chroma, 0, 255).astype(np.uint8)
    return plane


def _low_pass(plane: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """The low-pass band of one Haar step, in floating point as PyWavelets computes it."""
    import numpy as np

    half = math.sqrt(0.5)
    whole = plane.astype(np.float64) * half
    lines = whole[0::2] + whole[1::2]
    scaled = lines * half
    band: npt.NDArray[np.float64] = scaled[:, 0::2] + scaled[:, 1::2]
    return band
