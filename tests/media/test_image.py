"""Pictures and animations."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detect.media.image import FRAME_SIDE
from detect.media.source import MediaError
from tests.media import make


def saved(path: Path, picture: make.Picture, **options: object) -> Path:
    Image.fromarray(picture).save(path, **options)
    return path


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.avif", "a.bmp", "a.tif", "a.gif"])
def test_every_format_gives_the_picture(tmp_path: Path, name: str) -> None:
    picture = make.scene(1)
    result = make.decoded(saved(tmp_path / name, picture))
    (frame,) = result.frames
    assert result.media.kind == "image"
    assert (result.media.width, result.media.height, result.media.frame_count) == (320, 180, 1)
    assert frame.pts is None
    assert frame.pixels.dtype == np.uint8
    assert frame.pixels.shape == picture.shape
    assert np.abs(frame.pixels.astype(int) - picture).mean() < 6


def test_heif(tmp_path: Path) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    picture = make.scene(2)
    result = make.decoded(saved(tmp_path / "a.heic", picture))
    assert result.media.format == "heif"
    assert np.abs(result.frames[0].pixels.astype(int) - picture).mean() < 6


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
@pytest.mark.parametrize("size", [(2600, 1300), (5000, 700), (1025, 300)])
def test_large_pictures_are_reduced_faithfully(
    tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    picture = make.scene(3, *size)
    frame = make.decoded(saved(tmp_path / name, picture)).frames[0]
    height = max(1, round(size[1] * FRAME_SIDE / size[0]))
    assert frame.pixels.shape == (height, FRAME_SIDE, 3)
    exact = Image.fromarray(picture).resize((FRAME_SIDE, height), Image.Resampling.LANCZOS)
    assert np.abs(frame.pixels.astype(int) - np.asarray(exact)).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a.png"
    Image.fromarray(make.scene(4)).save(path, exif=exif)
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    result = make.decoded(path)
    assert np.array_equal(result.frames[0].pixels, expected)
    assert (result.media.height, result.media.width) == expected.shape[:2]


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    image.paste((200, 0, 0, 255), (0, 0, 20, 40))
    image.save(tmp_path / "a.png")
    image.convert("P").save(tmp_path / "p.png", transparency=0)
    pixels = make.decoded(tmp_path / "a.png").frames[0].pixels
    assert tuple(pixels[5, 5]) == (200, 0, 0)
    assert tuple(pixels[5, 35]) == (255, 255, 255)
    assert make.decoded(tmp_path / "p.png").frames[0].pixels.max() == 255


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "I;16"])
def test_other_modes(tmp_path: Path, mode: str) -> None:
    grey = Image.fromarray(make.scene(5)).convert("L")
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    else:
        image = grey.convert("RGB").convert(mode) if mode in ("CMYK", "P") else grey.convert(mode)
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    image.save(path)
    pixels = make.decoded(path).frames[0].pixels
    tolerance = {"1": 130, "P": 25}.get(mode, 12)
    assert np.abs(pixels[..., 0].astype(int) - np.asarray(grey)).mean() < tolerance


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_cut_off_picture_is_examined_when_most_of_it_is_there(
    tmp_path: Path, suffix: str
) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (400, 300, 3), dtype=np.uint8)
    content = saved(tmp_path / f"whole.{suffix}", noise).read_bytes()
    (tmp_path / f"most.{suffix}").write_bytes(content[: int(len(content) * 0.9)])
    (tmp_path / f"half.{suffix}").write_bytes(content[: len(content) // 2])
    most = make.decoded(tmp_path / f"most.{suffix}")
    assert most.notes == ("partial",)
    assert 0.8 * 400 < most.frames[0].pixels.shape[0] < 400
    with pytest.raises(MediaError, match="cut off") as caught:
        make.decoded(tmp_path / f"half.{suffix}")
    assert caught.value.status == "unreadable"
    assert make.decoded(tmp_path / f"whole.{suffix}").notes == ()  # nothing of the leniency stays


def test_a_broken_picture_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    with pytest.raises(MediaError, match="broken png") as caught:
        make.decoded(tmp_path / "a.png")
    assert caught.value.status == "unreadable"
    assert caught.value.media is not None
    assert caught.value.media.format == "png"


def test_too_many_pixels_are_refused_by_the_header(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", make.scene(6))
    make.decoded(path, max_pixels=320 * 180)
    with pytest.raises(MediaError, match=r"57600 pixels.*max_pixels") as caught:
        make.decoded(path, max_pixels=320 * 180 - 1)
    assert caught.value.status == "too-large"


def animation(path: Path, pictures: list[make.Picture], milliseconds: int = 200) -> Path:
    first, *rest = (Image.fromarray(p) for p in pictures)
    first.save(path, save_all=True, append_images=rest, duration=milliseconds, loop=0)
    return path


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.avif"])
def test_animations_are_videos(tmp_path: Path, name: str) -> None:
    pictures = [make.scene(i) for i in range(6)]
    result = make.decoded(animation(tmp_path / name, pictures))
    assert result.media.kind == "video"
    assert result.media.frame_count == 6
    assert result.media.duration == pytest.approx(1.2, abs=0.01)
    assert [f.index for f in result.frames] == list(range(6))
    assert sum(f.weight for f in result.frames) == pytest.approx(1.2, abs=0.01)
    for frame, picture in zip(result.frames, pictures, strict=True):
        assert np.abs(frame.pixels.astype(int) - picture).mean() < 12


def test_an_animation_of_one_frame_is_a_picture(tmp_path: Path) -> None:
    result = make.decoded(animation(tmp_path / "a.gif", [make.scene(1)]))
    assert result.media.kind == "image"
    assert result.frames[0].pts is None


def test_a_long_animation_is_decoded_in_part(tmp_path: Path) -> None:
    path = animation(tmp_path / "a.gif", [make.scene(i % 7) for i in range(40)])
    result = make.decoded(path, max_decode_pixels=320 * 180 * 200)
    assert result.notes == ("partial",)
    assert result.media.frame_count == 11


def test_thousands_of_scans_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jpg", make.scene(1, 2000, 2000), progressive=True)
    assert make.decoded(path).media.width == 2000
    content = path.read_bytes()
    last = content[content.rindex(b"\xff\xda") : -2]
    path.write_bytes(content[:-2] + last * 1000 + content[-2:])
    with pytest.raises(MediaError, match="scans") as caught:
        make.decoded(path)
    assert caught.value.status == "too-large"


def huge_png(side: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * (3 * side + 1) * 4)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize("side", [10_000, 20_000, 300_000])
def test_bombs_are_too_large_however_large(tmp_path: Path, side: int) -> None:
    (tmp_path / "a.png").write_bytes(huge_png(side))
    with pytest.raises(MediaError) as caught:
        make.decoded(tmp_path / "a.png")
    assert caught.value.status == "too-large"
