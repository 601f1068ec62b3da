"""Videos brought to one size, length, frame rate and codec, so that none of these can tell."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from detect.picture.clip import centre_square

SIDE, RATE, SECONDS, RATE_FACTOR = 224, 8, 4, 28
"""Side in pixels, frames a second, longest length, constant rate factor of H.264."""


def reencode(source: Path, target: Path) -> None:
    """Writes the centre square of a video at one size, frame rate and codec, without sound.

    Args:
        source: Any video that FFmpeg reads; of the corpus, thus trusted.
        target: A Matroska file with one H.264 stream, at most `SECONDS` long.
    """
    with av.open(str(source)) as video, av.open(str(target), "w", format="matroska") as out:
        stream = out.add_stream("libx264", rate=RATE)
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(RATE_FACTOR), "preset": "veryfast", "threads": "1"}
        written, start = 0, None
        for frame in video.decode(video=0):
            now = float(frame.time or 0.0)
            start = now if start is None else start
            if now - start < written / RATE - 1e-6:
                continue
            pixels = centre_square(frame.to_ndarray(format="rgb24"))
            picture = Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            made = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
            made.pts, made.time_base = written, Fraction(1, RATE)
            out.mux(stream.encode(made))
            written += 1
            if written >= RATE * SECONDS:
                break
        out.mux(stream.encode())
