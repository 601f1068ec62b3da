"""What a decoder would give up on, or pass over in silence."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from detect.media.source import MediaError
from tests.media import make


def chunk(kind: bytes, body: bytes, crc: int | None = None) -> bytes:
    sealed = zlib.crc32(kind + body) if crc is None else crc
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", sealed)


def png(*chunks: bytes, behind: bool = False) -> bytes:
    out = io.BytesIO()
    Image.fromarray(make.scene(1)).save(out, "PNG")
    at = len(out.getvalue()) - 12 if behind else 33
    return out.getvalue()[:at] + b"".join(chunks) + out.getvalue()[at:]


def jpeg(size: tuple[int, int] = (320, 180), **save: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(make.scene(1, *size)).save(out, "JPEG", **save)
    return out.getvalue()


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize(
    "damaged",
    [
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 1_200_000)),
        chunk(b"pHYs", bytes(9), crc=1),
        chunk(b"iCCP", b"name\0\0broken"),
        chunk(b"iTXt", b"key"),
        chunk(b"tEXt", b"key\0x", crc=1),
    ],
    ids=["long text", "wrong sum", "profile", "no text", "text"],
)
def test_metadata_block_no_pixels(tmp_path: Path, damaged: bytes, behind: bool) -> None:
    (tmp_path / "a.png").write_bytes(png(damaged, behind=behind))
    (tmp_path / "b.png").write_bytes(png())
    found, whole = (make.decoded(tmp_path / name) for name in ("a.png", "b.png"))
    assert (found.frames[0].pixels == whole.frames[0].pixels).all()
    assert set(found.notes) <= {"metadata-damaged"}


def test_damage_of_the_pixels_is_damage(tmp_path: Path) -> None:
    content = bytearray(png(chunk(b"pHYs", bytes(9), crc=1)))
    at = content.index(b"IDAT") + 4
    content[at : at + 4000] = bytes(4000)
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(MediaError) as caught:
        make.decoded(tmp_path / "a.png")
    assert caught.value.status == "unreadable"


def test_photographs_of_phones_are_decoded_reduced(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg((640, 480)))
    assert make.decoded(tmp_path / "a.jpg", max_pixels=640 * 480 // 4).media.width == 640
    with pytest.raises(MediaError, match=r"640 x 480, 307200 pixels; the limit is .*max_pixels"):
        make.decoded(tmp_path / "a.jpg", max_pixels=640 * 480 // 4 - 1)
    (tmp_path / "b.jpg").write_bytes(jpeg((640, 480), progressive=True))
    with pytest.raises(MediaError, match="progressive jpeg") as caught:
        make.decoded(tmp_path / "b.jpg", max_pixels=640 * 480 // 4)
    assert caught.value.media is not None and caught.value.media.height == 480


@pytest.mark.parametrize(("top", "kind"), [(1.0, "f4"), (255.0, "f4"), (65535.0, "f4"),
                                           (255, "i4"), (4095, "u2"), (65535, "u2")])  # fmt: skip
def test_the_range_of_wide_values_is_found(tmp_path: Path, top: float, kind: str) -> None:
    grey = np.linspace(0, 1, 128 * 128, dtype=np.float64).reshape(128, 128)
    Image.fromarray((grey * top).astype(kind)).save(tmp_path / "a.tif")
    (frame,) = make.decoded(tmp_path / "a.tif").frames
    assert abs(frame.pixels[..., 0] - grey * 255).max() < 2


@pytest.mark.parametrize(("low", "high"), [(0, 12), (-1, 1), (0, 1e9), (-500, 0)])
def test_no_verdict_on_values_whose_white_is_unknown(
    tmp_path: Path, low: float, high: float
) -> None:
    values = np.linspace(low, high, 64 * 64, dtype=np.float32).reshape(64, 64)
    Image.fromarray(values).save(tmp_path / "a.tif")
    with pytest.raises(MediaError, match="white is not known"):
        make.decoded(tmp_path / "a.tif")


def test_pages_and_pictures_beside_the_first_are_named(tmp_path: Path) -> None:
    pages = [Image.fromarray(make.scene(i)) for i in range(2)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    pages[0].save(tmp_path / "a.mpo", save_all=True, append_images=pages[1:])
    assert make.decoded(tmp_path / "a.tif").notes == ("other-pages",)
    assert make.decoded(tmp_path / "a.mpo").notes == ("other-pictures",)
    pages[0].save(tmp_path / "b.tif")
    (tmp_path / "b.jpg").write_bytes(jpeg())
    assert not make.decoded(tmp_path / "b.tif").notes + make.decoded(tmp_path / "b.jpg").notes


def test_a_video_behind_a_photograph_is_named(tmp_path: Path) -> None:
    make.video(tmp_path / "v.mp4", 5, make.scene)
    (tmp_path / "a.jpg").write_bytes(jpeg() + (tmp_path / "v.mp4").read_bytes())
    assert make.decoded(tmp_path / "a.jpg").notes == ("appended-video",)


def test_further_picture_tracks_are_named(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as file:
        streams = [file.add_stream("mpeg4", rate=10) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number, stream in enumerate(streams):
            for _ in range(5):
                frame = av.VideoFrame.from_ndarray(make.scene(number), "rgb24")
                file.mux(stream.encode(frame))
            file.mux(stream.encode())
    assert "other-picture-tracks" in make.decoded(tmp_path / "a.mp4").notes


@pytest.mark.parametrize(
    ("name", "container", "codec", "rate"),
    [
        ("a.aiff", "aiff", "pcm_s16be", 16000),
        ("a.caf", "caf", "pcm_s16be", 16000),
        ("a.amr", "amr", "libopencore_amrnb", 8000),
        ("a.wma", "asf", "wmav2", 44100),
        ("a.mpg", "mpeg", "mp2", 44100),
    ],
)
def test_sound_that_people_send(
    tmp_path: Path, name: str, container: str, codec: str, rate: int
) -> None:
    tone = np.sin(np.arange(2 * rate) * 2 * np.pi * 440 / rate).astype(np.float32)
    with av.open(str(tmp_path / name), "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout="mono", bit_rate=64_000)
        frame = av.AudioFrame.from_ndarray(tone[None] / 2, "fltp", "mono")
        frame.sample_rate = rate
        wanted = stream.codec_context.format
        for piece in av.AudioResampler(format=wanted, layout="mono", rate=rate).resample(frame):
            file.mux(stream.encode(piece))
        file.mux(stream.encode())
    found = make.decoded(tmp_path / name)
    assert found.media.kind == "audio"
    assert sum(len(c.samples) / c.rate for c in found.audio) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("codec", ["wmv2", "mpeg2video"])
def test_video_that_people_send(tmp_path: Path, codec: str) -> None:
    container = {"wmv2": "asf", "mpeg2video": "mpeg"}[codec]
    with av.open(str(tmp_path / "a"), "w", format=container) as file:
        stream = file.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(25):
            frame = av.VideoFrame.from_ndarray(make.scene(number // 9), "rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    found = make.decoded(tmp_path / "a")
    assert (found.media.kind, found.media.width) == ("video", 320) and found.frames


@pytest.mark.parametrize("name", ["a.jp2", "a.j2k"])
def test_jpeg_2000(tmp_path: Path, name: str) -> None:
    Image.fromarray(make.scene(1)).save(tmp_path / name)
    assert make.decoded(tmp_path / name).frames[0].pixels.shape == (180, 320, 3)


@pytest.mark.parametrize(
    ("head", "advice"),
    [
        (b"\x02#!SILK_V3", "SILK voice message"),
        (b"#!SILK_V3", "SILK voice message"),
        (b"\xff\x0a", "djxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "djxl"),
    ],
)
def test_what_is_not_read_is_named_with_what_to_do(
    tmp_path: Path, head: bytes, advice: str
) -> None:
    (tmp_path / "a").write_bytes(head + bytes(100))
    with pytest.raises(MediaError, match=advice):
        make.decoded(tmp_path / "a")
