"""What goes in: one file (`Media`), and what decoding makes of it (`Frame`, `AudioClip`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["STATUSES", "AudioClip", "Frame", "Kind", "Media", "Status"]

Kind = Literal["image", "video", "audio", "unknown"]
Status = Literal[
    "ok",
    "unreadable",
    "unsupported",
    "too-large",
    "timed-out",
    "crashed",
    "missing",
    "denied",
    "not-regular",
    "invalid",
]
STATUSES: tuple[Status, ...] = (
    "ok",
    "unreadable",
    "unsupported",
    "too-large",
    "timed-out",
    "crashed",
    "missing",
    "denied",
    "not-regular",
    "invalid",
)


@dataclass(frozen=True, slots=True)
class Media:
    """One input file and what probing found. All text that came out of the file is untrusted.

    Attributes:
        path: Display name: valid Unicode, control characters and lone bytes escaped.
        path_bytes: The exact name (`os.fsencode`) in hexadecimal, when `path` had to be escaped.
        sha256: Hexadecimal digest of the content, None when it could not be read.
        size: Bytes.
        kind: What it is by its magic number and its streams.
        format: Container or file format, for example `jpeg`, `mp4`, `ogg`.
        width: Pixels, after orientation is applied.
        height: Pixels, after orientation is applied.
        duration: Seconds of the longest stream.
        fps: Frames a second (average).
        frame_count: Frames decoded (video, animation) or 1.
        video_codec: Codec of the picture stream.
        audio_codec: Codec of the first sound stream, None when there is none.
        audio_rate: Sample rate in Hz of the original sound.
        audio_channels: Channels of the original sound.
    """

    path: str
    path_bytes: str | None = None
    sha256: str | None = None
    size: int | None = None
    kind: Kind = "unknown"
    format: str | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    fps: float | None = None
    frame_count: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    audio_rate: int | None = None
    audio_channels: int | None = None


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Frame:
    """Pixels of one still.

    Attributes:
        pixels: uint8, shape (height, width, 3), RGB, borders cropped, orientation applied.
        pts: Seconds from the start, None for an image.
        index: Number of the frame in its stream, from 0.
        shot: Number of the shot it belongs to, from 0.
        weight: Seconds of the video that this frame stands for (1.0 for an image).
    """

    pixels: npt.NDArray[np.uint8]
    pts: float | None = None
    index: int = 0
    shot: int = 0
    weight: float = 1.0

    def __repr__(self) -> str:
        return f"Frame(shape={self.pixels.shape}, pts={self.pts}, index={self.index})"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class AudioClip:
    """Sound of one contiguous stretch.

    Attributes:
        samples: float32, shape (n,), mono; full scale is 1, which floating-point files may exceed.
        rate: Samples a second (16,000 everywhere in the toolkit).
        start: Seconds from the start of the file.
    """

    samples: npt.NDArray[np.float32]
    rate: int = 16_000
    start: float = 0.0

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return int(self.samples.shape[0]) / self.rate

    def __repr__(self) -> str:
        return f"AudioClip(seconds={self.seconds:.3f}, rate={self.rate}, start={self.start})"
