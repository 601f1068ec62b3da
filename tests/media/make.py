"""Media made on the spot, and what decoding makes of them in this process (our own are tame)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from detect.core.media import Media
from detect.core.settings import Settings
from detect.media.decode import Decoded, decode
from detect.media.source import open_source

Picture = npt.NDArray[np.uint8]


def decoded(path: Path, **settings: Any) -> Decoded:
    with open_source(bytes(path)) as file:
        return decode(file, Media(str(path)), Settings(**settings))


def scene(seed: int, width: int = 320, height: int = 180) -> Picture:
    """A picture of large soft shapes, one for each seed."""
    coarse = np.random.default_rng(seed).integers(60, 220, (5, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def video(
    path: Path,
    frames: Sequence[Picture] | int,
    picture: Callable[[int], Picture] | None = None,
    *,
    rate: int = 25,
    codec: str = "libx264",
    sound: str | None = None,
    seconds: float = 2.0,
    **options: str,
) -> Path:
    """Writes a video of given frames, or of `picture(number)`, with a tone when `sound` is set."""
    count = frames if isinstance(frames, int) else len(frames)
    draw = picture or (lambda i: frames[i])  # type: ignore[index]
    first = draw(0)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate, options=options)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv420p"
        voice: Any = container.add_stream(sound, rate=44_100, layout="stereo") if sound else None
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(draw(number), "rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if voice:
            _encode(container, voice, tone(seconds, 44_100), 44_100)
    return path


def tone(seconds: float, rate: int, hertz: float = 440.0) -> npt.NDArray[np.float32]:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype("f4")


def audio(
    path: Path, samples: npt.NDArray[np.float32], *, rate: int, codec: str, layout: str = "stereo"
) -> Path:
    """A sound file of samples (n,), the same in all channels, or (channels, n)."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate, layout=layout)
        _encode(container, stream, samples, rate)
    return path


def _encode(container: Any, stream: Any, samples: npt.NDArray[np.float32], rate: int) -> None:
    channels = stream.layout.nb_channels
    planes = np.broadcast_to(samples, (channels, samples.shape[-1]))
    whole = (planes.T * 32767).astype(np.int16)
    resampler = av.AudioResampler(
        stream.format, stream.layout, stream.rate, stream.frame_size or 1024
    )
    for start in range(0, len(whole), 4096):
        part = np.ascontiguousarray(whole[start : start + 4096]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(part, "s16", stream.layout.name)
        frame.rate, frame.pts = rate, start
        for piece in resampler.resample(frame):
            container.mux(stream.encode(piece))
    for piece in resampler.resample(None):
        container.mux(stream.encode(piece))
    container.mux(stream.encode())
