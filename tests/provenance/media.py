"""Small media with metadata, made on the spot."""

from __future__ import annotations

import io
import json
import struct
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import ExifTags, Image, PngImagePlugin

from detect.core.provenance import Provenance
from detect.provenance.declarations import read_provenance
from detect.provenance.trust import TrustLists

NO_TRUST = TrustLists()
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:T="http://www.tc260.org.cn/ns/AIGC/1.0/" '
    'xmlns:I="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'xmlns:p="http://ns.adobe.com/photoshop/1.0/" {attributes}>{elements}'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def read(data: bytes, format: str, trust: TrustLists = NO_TRUST) -> Provenance:
    """What a file in memory declares."""
    return read_provenance(io.BytesIO(data), format, trust=trust)


def xmp(elements: str = "", attributes: str = "") -> bytes:
    """An XMP packet with a few properties."""
    return XMP.format(elements=elements, attributes=attributes).encode()


def picture(format: str = "JPEG", size: tuple[int, int] = (64, 48), **save: Any) -> bytes:
    """A noisy picture, encoded."""
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, format, **save)
    return out.getvalue()


def png(**text: str) -> bytes:
    """A PNG with text chunks; a double `_` in a keyword stands for `-`."""
    info = PngImagePlugin.PngInfo()
    for key, value in text.items():
        info.add_text(key.replace("__", "-"), value)
    return picture("PNG", pnginfo=info)


def exif(**fields: str | bytes) -> Image.Exif:
    """An EXIF block; `UserComment` goes into its own directory."""
    block = Image.Exif()
    for name, value in fields.items():
        if name == "UserComment":
            block.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = value
        else:
            block[ExifTags.Base[name]] = value
    return block


def with_segment(marker: int, body: bytes) -> bytes:
    """A JPEG with one more segment at its start."""
    jpeg = picture()
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + jpeg[2:]


def chunk(kind: bytes, body: bytes) -> bytes:
    """A RIFF chunk."""
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def wav(*extra: bytes) -> bytes:
    """A second of silence with further chunks."""
    form = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    body = b"WAVE" + chunk(b"fmt ", form) + chunk(b"data", bytes(16000)) + b"".join(extra)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def box(kind: bytes, *content: bytes) -> bytes:
    """An ISO media box."""
    body = b"".join(content)
    return struct.pack(">I", len(body) + 8) + kind + body


def sound(container: str, codec: str, tags: dict[str, str], *, on_stream: bool = False) -> bytes:
    """A second of silence in a container with tags."""
    return _mux(container, tags, sound=codec, on_stream=on_stream)


def video(container: str, codec: str, tags: dict[str, str]) -> bytes:
    """Ten grey frames in a container with tags."""
    return _mux(container, tags, picture=codec)


def _mux(
    container: str,
    tags: dict[str, str],
    *,
    picture: str | None = None,
    sound: str | None = None,
    on_stream: bool = False,
) -> bytes:
    out = io.BytesIO()
    options = {"movflags": "use_metadata_tags"} if container in ("mp4", "mov", "ipod") else {}
    with av.open(out, "w", format=container, options=options) as file:
        if picture:
            stream = file.add_stream(picture, rate=10)
            stream.width, stream.height = 64, 48
            stream.pix_fmt = "yuvj420p" if picture == "mjpeg" else "yuv420p"
            file.metadata.update(tags)
            for _ in range(10):
                frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), "rgb24")
                file.mux(stream.encode(frame))
            file.mux(stream.encode())
        if sound:
            track = file.add_stream(sound, rate=48000)
            (track if on_stream else file).metadata.update(tags)
            frame = av.AudioFrame.from_ndarray(np.zeros((2, 48000), np.float32), "fltp", "stereo")
            frame.sample_rate, frame.time_base, frame.pts = 48000, Fraction(1, 48000), 0
            file.mux(track.encode(frame))
            file.mux(track.encode())
    return out.getvalue()


def label(value: object = "1", **more: str) -> dict[str, object]:
    """The content of an AIGC label (a made-up producer)."""
    return {
        "Label": value,
        "ContentProducer": "001191110102MACQD9K64010000",
        "ProduceID": "example-0001",
        "ReservedCode1": "",
        "ContentPropagator": "",
        "PropagateID": "",
        "ReservedCode2": "",
        **more,
    }


LABEL = json.dumps(label(), separators=(",", ":"))
