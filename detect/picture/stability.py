"""Does the decision outlive the ways in which pictures are passed on?

Platforms scale, crop and re-encode. A decision that flips when the same pixels are delivered again
rests on something else than the picture, so it is taken back: where one copy gets the opposite
answer, or where the mean over the copies and the original would not decide the same. (One copy
alone that falls between the thresholds is no flip: scores just beyond one would nearly all go, and
on pictures of sources left out most of those are right; see the card of the model.)

The deliveries are made here, from pixels that a worker has decoded: only our own encoder's output
is ever decoded again.
"""

from __future__ import annotations

import io
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from detect.core.finding import UNSTABLE, Delivery, Evidence, Finding
from detect.models.calibration import Calibration, OperatingPoint

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image

    Pixels = npt.NDArray[np.uint8]

__all__ = ["DELIVERIES", "FRAMES", "deliver", "settle"]

FRAMES = 3
"""Frames of a video that are delivered again."""
DELIVERIES = ("jpeg-50", "crop-85", "scale-75-webp-70")
"""JPEG quality 50 with the longest side at most 512; the central 85 % of both sides; both sides
at 75 %, then WebP quality 70."""
LONGEST = 512


def deliver(pixels: Pixels, delivery: str) -> Pixels:
    """The same picture as it arrives after one delivery.

    Args:
        pixels: uint8, shape (height, width, 3), RGB.
        delivery: One of `DELIVERIES`.

    Returns:
        uint8, shape (new height, new width, 3).
    """
    import numpy as np
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(pixels))
    width, height = picture.size
    match delivery:
        case "jpeg-50":
            picture = _scaled(picture, min(1.0, LONGEST / max(picture.size)))
            picture = _encoded(picture, "JPEG", 50)
        case "crop-85":
            across, down = round(width * 0.85), round(height * 0.85)
            left, top = (width - across) // 2, (height - down) // 2
            picture = picture.crop((left, top, left + across, top + down))
        case "scale-75-webp-70":
            # Beyond what a platform keeps, larger pictures only take longer.
            factor = min(0.75, 2 * LONGEST / max(picture.size))
            picture = _encoded(_scaled(picture, factor), "WEBP", 70)
        case _:
            raise ValueError(f"no delivery {delivery!r}")
    return np.asarray(picture)


def settle(
    finding: Finding,
    pictures: Sequence[Pixels],
    scores: Sequence[float],
    rescore: Callable[[Sequence[Pixels]], Sequence[float]],
    calibration: Calibration,
    point: OperatingPoint,
) -> Finding:
    """Takes a decision back that flips under a delivery.

    The score of a file under a delivery is its own, moved by the median change of the pictures that
    are delivered again: all there are, or `FRAMES` spread over a video.

    Args:
        finding: Decided (`decision` is not None), with a score.
        pictures: Pixels of what was scored; at least one.
        scores: Raw score of each.
        rescore: Raw scores of new pictures.
        calibration: From a raw score of the file to its llr.
        point: The thresholds that decided.

    Returns:
        The finding with its deliveries; if they flip the decision, undecided, with the reason
        `UNSTABLE` and a sentence that lists the scores.
    """
    count = len(pictures)
    chosen = sorted({round((n + 0.5) * count / FRAMES - 0.5) for n in range(FRAMES)})
    chosen = [at for at in chosen if 0 <= at < count]
    own = finding.score or 0.0
    again = rescore([deliver(pictures[at], name) for name in DELIVERIES for at in chosen])
    delivered: list[Delivery] = []
    for number, name in enumerate(DELIVERIES):
        moved = again[number * len(chosen) : (number + 1) * len(chosen)]
        change = statistics.median(new - scores[at] for new, at in zip(moved, chosen, strict=True))
        llr = calibration.llr(own + change)
        delivered.append(Delivery(name, own + change, llr, point.decide(llr)))
    mean = calibration.llr(statistics.fmean((own, *(d.score for d in delivered))))
    opposed = any(d.decision is (not finding.decision) for d in delivered)
    if not opposed and point.decide(mean) is finding.decision:
        return replace(finding, deliveries=tuple(delivered))
    return replace(
        finding,
        decision=None,
        reason=UNSTABLE,
        deliveries=tuple(delivered),
        evidence=(*finding.evidence, _evidence(finding.llr or 0.0, delivered, mean)),
    )


def _scaled(picture: Image.Image, factor: float) -> Image.Image:
    from PIL import Image

    if factor >= 1:
        return picture
    width, height = (max(1, round(side * factor)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _encoded(picture: Image.Image, kind: str, quality: int) -> Image.Image:
    from PIL import Image

    content = io.BytesIO()
    picture.save(content, kind, quality=quality)
    content.seek(0)
    return Image.open(content, formats=(kind,)).convert("RGB")


_NAMES = {
    "jpeg-50": ("JPEG quality 50", "JPEG 质量 50"),
    "crop-85": ("cropped to 85 %", "裁剪至 85%"),
    "scale-75-webp-70": ("scaled to 75 %, WebP quality 70", "缩放至 75% 并转为 WebP 质量 70"),
}


def _evidence(llr: float, delivered: Sequence[Delivery], mean: float) -> Evidence:
    english = "; ".join(f"{_NAMES[d.name][0]}: {d.llr:+.1f}" for d in delivered)
    chinese = "；".join(f"{_NAMES[d.name][1]}：{d.llr:+.1f}" for d in delivered)
    return Evidence(
        "vision.unstable-delivery",
        f"The decision does not outlive passing the picture on. LLR as it is: {llr:+.1f}; "
        f"{english}. Mean score: {mean:+.1f}.",
        f"转存图片后判定不再成立。原始 LLR：{llr:+.1f}；{chinese}。平均得分对应 LLR：{mean:+.1f}。",
    )
