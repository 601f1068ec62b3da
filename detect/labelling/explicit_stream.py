"""An explicit label drawn into video, or put in front of sound.

Video is encoded anew in its own codec, its sound is copied packet by packet. Sound gets a spoken
notice, or the rhythm "short long, short short" (Morse for AI; GB 45438-2025, 5.3). Pitch and unit
length of the rhythm are not known to us: 800 Hz and 0.12 s.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO

from detect.core.errors import LabelError
from detect.core.settings import Settings
from detect.labelling.lettering import Plate, make_plate
from detect.labelling.request import ExplicitLabel
from detect.media.sniff import Sniffed, sniff
from detect.media.source import open_source

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["LEAST_SECONDS", "TONE", "UNIT", "label_stream", "rhythm"]

LEAST_SECONDS = 2.0
"""Least time that a label stands in a video (GB 45438-2025, 5.4)."""
TONE, UNIT, LEVEL = 800.0, 0.12, 0.25
MAX_NOTICE = 30.0
MAX_WAITING = 20_000

_OPTIONS = {"protocol_whitelist": "file"}
_MUXERS = {
    "mp4": "mp4", "m4v": "mp4", "mov": "mov", "3gp": "3gp", "3g2": "3g2", "mkv": "matroska",
    "webm": "webm", "avi": "avi", "flv": "flv", "m4a": "ipod", "mp3": "mp3", "flac": "flac",
    "ogg": "ogg", "wav": "wav", "aac": "adts", "aiff": "aiff",
}  # fmt: skip
_ENCODERS = {
    "h264": ("libx264", {"crf": "18", "preset": "medium"}),
    "hevc": ("libx265", {"crf": "20", "preset": "medium"}),
    "mpeg4": ("mpeg4", {"qscale": "3"}),
    "vp8": ("libvpx", {"crf": "10"}),
    "vp9": ("libvpx-vp9", {"crf": "24"}),
    "mp3": ("libmp3lame", {}),
    "vorbis": ("libvorbis", {}),
    "opus": ("libopus", {}),
}
_PLANES = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p")
_DEEP = ("yuv420p10le", "yuv422p10le", "yuv444p10le")


def label_stream(
    file: BinaryIO,
    sniffed: Sniffed,
    target: bytes,
    label: ExplicitLabel,
    text: str,
    font: str | None,
    notice: bytes | None,
    settings: Settings,
) -> str:
    """Writes the labelled copy.

    Args:
        file: The video or sound file.
        sniffed: Its format; no other demuxer is tried.
        target: Where to.
        label: Position, height and time.
        text: The words, for video.
        font: A font file or None.
        notice: A sound file with a spoken notice, None for the rhythm; for sound.
        settings: `max_pixels` and `max_audio_seconds` apply.

    Returns:
        What was drawn or put in front, in words.

    Raises:
        LabelError: The file cannot be labelled.
    """
    import av

    muxer = _MUXERS.get(sniffed.format)
    if muxer is None:
        raise LabelError(f"no label can be put into {sniffed.format}; convert it to MP4 or WAV")
    if label.seconds is not None and label.seconds < LEAST_SECONDS:
        raise LabelError("a label stands for at least 2 seconds (GB 45438-2025, 5.4)")
    file.seek(0)
    try:
        with (
            av.open(
                file, format=sniffed.decoder, options=_OPTIONS, metadata_errors="replace"
            ) as old,
            open(target, "w+b") as stream,
        ):
            movable = muxer in ("mp4", "mov", "ipod", "3gp", "3g2")
            options = {"movflags": "use_metadata_tags"} if movable else {}
            with av.open(stream, "w", format=muxer, options=options) as new:
                new.metadata.update(old.metadata)
                pictures = [s for s in old.streams.video if not _is_cover(s)]
                if pictures:
                    return _video(old, new, pictures[0], label, text, font, settings)
                if not old.streams.audio:
                    raise LabelError("the file holds neither pictures nor sound")
                return _sound(old, new, notice, settings) + _lost(old)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise LabelError(f"the file cannot be encoded anew: {str(error)[:200]}") from None


def _is_cover(stream: Any) -> bool:
    return bool(stream.disposition & stream.disposition.attached_pic)


def _encoder(stream: Any) -> tuple[str, dict[str, str]]:
    import av

    codec = stream.codec_context.codec.canonical_name
    name, options = _ENCODERS.get(codec, (codec, {}))
    try:
        av.Codec(name, "w")
    except ValueError:
        raise LabelError(f"{codec} cannot be encoded here; convert the file first") from None
    return name, dict(options)


def _video(
    old: Any,
    new: Any,
    picture: Any,
    label: ExplicitLabel,
    text: str,
    font: str | None,
    settings: Settings,
) -> str:
    if picture.width * picture.height > settings.max_pixels:
        raise LabelError(f"its frames are larger than max_pixels = {settings.max_pixels}")
    name, options = _encoder(picture)
    out = new.add_stream(name, rate=picture.average_rate or 25, options=options)
    others = {
        s.index: new.add_stream_from_template(s)
        for s in old.streams
        if s.type in ("audio", "subtitle") and s.codec_context is not None
    }
    out.metadata.update(picture.metadata)
    picture.thread_type = out.thread_type = "AUTO"
    waiting: list[Any] = []  # until the first frame has said how large the picture is
    plate: Plate | None = None
    first: float | None = None
    for packet in old.demux([picture, *(old.streams[i] for i in others)]):
        if packet.stream.index in others:
            if packet.dts is not None:
                packet.stream = others[packet.stream.index]
                waiting.append(packet)
            if plate is None and len(waiting) > MAX_WAITING:
                raise LabelError("its pictures start too late")
            if plate is not None:
                waiting = _flushed(new, waiting)
            continue
        for frame in packet.decode():
            turned = _upright(frame)
            if plate is None:
                out.width, out.height = turned.width, turned.height
                out.pix_fmt = turned.format.name
                out.codec_context.time_base = picture.time_base
                if picture.bit_rate and name.startswith("libvpx"):
                    out.bit_rate = int(picture.bit_rate * 1.5)
                plate = make_plate(
                    text, turned.width, turned.height,
                    share=label.height, position=label.position, font=font,
                )  # fmt: skip
            at = frame.time or 0.0
            first = at if first is None else first
            if label.seconds is None or at - first <= label.seconds:
                turned = _lay(turned, plate)
            turned.pts, turned.time_base = frame.pts, frame.time_base
            turned.pict_type = 0
            new.mux(out.encode(turned))
    if plate is None:
        raise LabelError("no frame of it can be decoded")
    _flushed(new, waiting)
    new.mux(out.encode())
    time = "throughout" if label.seconds is None else f"for {label.seconds:g} s"
    return (
        f"{text!r} at {label.position} from the first frame {time}, letters "
        f"{100 * plate.share:.1f} % of the shorter side"
    )


def _flushed(new: Any, waiting: list[Any]) -> list[Any]:
    for packet in waiting:
        new.mux(packet)
    return []


def _upright(frame: Any) -> Any:
    """The frame in planes that can be drawn on, turned as it is shown."""
    import av
    import numpy as np

    turns = int(frame.rotation) // 90 % 4
    name = frame.format.name
    if turns:
        pixels = np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), turns))
        pixels = pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2]
        return av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgb24").reformat(
            format="yuv420p"
        )
    return frame if name in _PLANES + _DEEP else frame.reformat(format="yuv420p")


def _lay(frame: Any, plate: Plate) -> Any:
    """Lays the plate on the planes of a frame; pixels elsewhere stay as they are."""
    import av
    import numpy as np

    name = frame.format.name
    deep = name in _DEEP
    copy = av.VideoFrame(frame.width, frame.height, name)
    copy.color_range, copy.colorspace = frame.color_range, frame.colorspace
    full = name.startswith("yuvj") or int(frame.color_range) == 2
    white, black = (255, 0) if full else (235, 16)
    scale = 4 if deep else 1
    for number, (source, target) in enumerate(zip(frame.planes, copy.planes, strict=True)):
        kind = np.dtype("<u2") if deep else np.dtype("u1")
        pixels = _plane(source, kind).copy()
        ink = plate.ink
        down = across = 1
        if number:
            across = frame.width // source.width if source.width else 1
            down = frame.height // source.height if source.height else 1
        top, left = plate.top // down, plate.left // across
        ink = _reduced(ink, down, across)
        stretch = pixels[top : top + ink.shape[0], left : left + ink.shape[1]]
        ink = ink[: stretch.shape[0], : stretch.shape[1]]
        dark = (black if number == 0 else 128) * scale
        bright = (white if number == 0 else 128) * scale
        mixed = stretch + (dark - stretch.astype(np.float32)) * plate.opacity
        mixed = mixed * (1 - ink) + bright * ink
        stretch[...] = np.rint(mixed).astype(kind)
        into = _plane(target, kind)
        into[...] = pixels
    return copy


def _plane(plane: Any, kind: Any) -> npt.NDArray[Any]:
    """The visible part of a plane, without the padding of its lines; shares its memory."""
    import numpy as np

    width = plane.line_size // kind.itemsize
    return np.frombuffer(plane, kind).reshape(-1, width)[: plane.height, : plane.width]


def _reduced(ink: npt.NDArray[np.float32], down: int, across: int) -> npt.NDArray[np.float32]:
    height, width = ink.shape[0] // down * down, ink.shape[1] // across * across
    parts = ink[:height, :width].reshape(height // down, down, width // across, across)
    reduced: npt.NDArray[np.float32] = parts.mean(axis=(1, 3))
    return reduced


def rhythm(rate: int) -> npt.NDArray[np.float32]:
    """The cue "short long, short short", float32 in [-1, 1], half a second of silence after it.

    Args:
        rate: Samples a second.
    """
    import numpy as np

    def tone(units: int) -> npt.NDArray[np.float32]:
        time = np.arange(round(units * UNIT * rate)) / rate
        fade = np.minimum(1, np.minimum(time, time[::-1]) / 0.01)
        wave: npt.NDArray[np.float32] = (LEVEL * fade * np.sin(2 * np.pi * TONE * time)).astype(
            np.float32
        )
        return wave

    gap = np.zeros(round(UNIT * rate), np.float32)
    between = np.zeros(round(3 * UNIT * rate), np.float32)
    rest = np.zeros(round(0.5 * rate), np.float32)
    return np.concatenate([tone(1), gap, tone(3), between, tone(1), gap, tone(1), rest])


def _sound(old: Any, new: Any, notice: bytes | None, settings: Settings) -> str:
    import av

    source = old.streams.audio[0]
    rate = source.codec_context.sample_rate
    layout = source.codec_context.layout.name
    name, options = _encoder(source)
    out = new.add_stream(name, rate=rate, layout=layout, options=options)
    if source.bit_rate and not name.startswith("pcm") and name != "flac":
        out.bit_rate = min(source.bit_rate, 320_000)
    out.metadata.update(source.metadata)
    native = source.codec_context.format.name
    known = {f.name for f in (out.codec_context.codec.audio_formats or ())}
    out.codec_context.format = native if native in known else out.codec_context.format
    done = 0
    wanted = out.codec_context.format.name
    for frames in (
        _notice(notice, layout, rate) if notice else _cue(layout, rate),
        _frames(old, source),
    ):
        fit = av.AudioResampler(wanted, layout, rate)
        for frame in itertools.chain(frames, (None,)):
            if frame is not None:
                frame.pts = None
            for piece in fit.resample(frame):
                piece.pts, piece.time_base = done, Fraction(1, rate)
                done += piece.samples
                new.mux(out.encode(piece))
    new.mux(out.encode())
    return "a spoken notice at the start" if notice else "the rhythm short long, short short"


def _lost(old: Any) -> str:
    """What of a sound file the copy does not hold, in words."""
    covers = any(_is_cover(stream) for stream in old.streams.video)
    things = {
        "the cover": covers,
        "chapters": bool(old.chapters()),
        "further tracks": len(old.streams.audio) > 1,
    }
    named = ", ".join(name for name, there in things.items() if there)
    return f" (left out: {named})" if named else ""


def _frames(old: Any, source: Any) -> Iterator[Any]:
    import av

    for packet in old.demux(source):
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            raise LabelError("its sound is damaged") from None


def _cue(layout: str, rate: int) -> Iterator[Any]:
    import av
    import numpy as np

    channels = av.AudioLayout(layout).nb_channels
    samples = np.repeat(rhythm(rate)[None, :], channels, axis=0)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", layout)
    frame.sample_rate = rate
    yield frame


def _notice(path: bytes, layout: str, rate: int) -> Iterator[Any]:
    import av

    with open_source(path, max_bytes=64 * 2**20) as file:
        sniffed = sniff(file)
        if sniffed.family != "stream":
            raise LabelError("--notice takes a sound file")
        content = io.BytesIO()
        file.seek(0)
        content.write(file.read())
        content.seek(0)
    with av.open(content, format=sniffed.decoder, options=_OPTIONS) as container:
        if not container.streams.audio:
            raise LabelError("--notice takes a sound file")
        fit = av.AudioResampler("fltp", layout, rate)
        total = 0
        for frame in _frames(container, container.streams.audio[0]):
            frame.pts = None
            for piece in fit.resample(frame):
                total += piece.samples
                if total > MAX_NOTICE * rate:
                    raise LabelError("--notice is longer than 30 seconds")
                yield piece
