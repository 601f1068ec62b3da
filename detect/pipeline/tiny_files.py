"""A tiny file of every kind that is decoded, made on the spot, to see whether decoding works."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import av
    import numpy as np
    import numpy.typing as npt

__all__ = ["tiny_files"]

SOUNDS = (
    ("wav", "wav", "pcm_s16le"),
    ("flac", "flac", "flac"),
    ("mp3", "mp3", "libmp3lame"),
    ("m4a (AAC)", "mp4", "aac"),
    ("ogg (Opus)", "ogg", "libopus"),
)
VIDEOS = (
    ("mp4 (H.264)", "mp4", "libx264"),
    ("webm (VP9)", "webm", "libvpx-vp9"),
    ("mkv (H.264)", "matroska", "libx264"),
    ("avi (MPEG-4)", "avi", "mpeg4"),
)
PICTURES = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF")


def tiny_files() -> Iterator[tuple[str, bytes]]:
    """Yields a name and the content, for every format of `PICTURES`, `SOUNDS` and `VIDEOS`."""
    import numpy as np

    ramp = np.linspace(0, 255, 96 * 96 * 3).astype(np.uint8).reshape(96, 96, 3)
    for name in PICTURES:
        yield name.lower(), _picture(ramp, name)
    tone = (np.sin(np.arange(16_000) * 0.2) * 8000).astype(np.int16)
    for name, container, codec in SOUNDS:
        yield name, _sound(tone, container, codec)
    for name, container, codec in VIDEOS:
        yield name, _video(ramp, container, codec)


def _picture(pixels: npt.NDArray[np.uint8], name: str) -> bytes:
    import pillow_heif
    from PIL import Image

    pillow_heif.register_heif_opener()
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, name)
    return target.getvalue()


def _sound(samples: npt.NDArray[np.int16], container: str, codec: str) -> bytes:
    import av

    target = io.BytesIO()
    with av.open(target, "w", format=container) as out:
        rate = 48_000 if codec == "libopus" else 16_000
        stream = cast("av.AudioStream", out.add_stream(codec, rate=rate))
        stream.layout = "mono"
        resampler = av.AudioResampler(stream.format, "mono", rate, stream.frame_size or None)
        sound = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        sound.rate = 16_000
        for frame in (*resampler.resample(sound), *resampler.resample(None)):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return target.getvalue()


def _video(pixels: npt.NDArray[np.uint8], container: str, codec: str) -> bytes:
    import av
    import numpy as np

    target = io.BytesIO()
    with av.open(target, "w", format=container) as out:
        stream = cast("av.VideoStream", out.add_stream(codec, rate=8))
        stream.width = stream.height = 96
        stream.pix_fmt = "yuv420p"
        for number in range(8):
            shifted = np.roll(pixels, number * 7, axis=1)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(shifted, format="rgb24")))
        out.mux(stream.encode(None))
    return target.getvalue()
