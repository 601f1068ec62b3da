"""Formats are recognised by their bytes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from detect.media.sniff import sniff
from detect.media.source import MediaError
from tests.media import make


def refusal(content: bytes) -> str:
    with pytest.raises(MediaError) as caught:
        sniff(io.BytesIO(content))
    assert caught.value.status == "unsupported"
    return str(caught.value)


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "gif", "avif", "bmp", "tiff"])
def test_pictures(name: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, name)
    found = sniff(file)
    assert (found.format, found.family, found.decoder) == (name, "image", name.upper())


def test_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "HEIF")
    assert sniff(file).format == "heif"


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        ("wav", "pcm_s16le"),
        ("flac", "flac"),
        ("mp3", "libmp3lame"),
        ("m4a", "aac"),
        ("aac", "aac"),
        ("ogg", "libopus"),
    ],
)
def test_sounds_under_a_wrong_name(tmp_path: Path, suffix: str, codec: str) -> None:
    path = make.audio(tmp_path / f"x.{suffix}", make.tone(0.5, 48_000), rate=48_000, codec=codec)
    with path.rename(tmp_path / "holiday.jpg").open("rb") as file:
        assert sniff(file).format == suffix


@pytest.mark.parametrize(
    ("suffix", "codec", "expected"),
    [
        ("mp4", "libx264", "mp4"),
        ("mov", "libx264", "mov"),
        ("webm", "libvpx-vp9", "webm"),
        ("mkv", "libx264", "mkv"),
        ("avi", "mpeg4", "avi"),
        ("flv", "flv", "flv"),
        ("ts", "libx264", "mpegts"),
        ("3gp", "mpeg4", "3gp"),
    ],
)
def test_videos(tmp_path: Path, suffix: str, codec: str, expected: str) -> None:
    path = make.video(tmp_path / f"x.{suffix}", [make.scene(1)] * 3, codec=codec)
    with path.open("rb") as file:
        assert sniff(file).format == expected


def test_mp3_frames_need_no_tag_but_two_of_them(tmp_path: Path) -> None:
    path = make.audio(tmp_path / "x.mp3", make.tone(0.5, 44_100), rate=44_100, codec="libmp3lame")
    content = path.read_bytes()
    bare = content[content.index(b"\xff\xfb") :]
    assert sniff(io.BytesIO(bare)).format == "mp3"
    refusal(bare[:4] + b"\0" * 4096)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"#EXTM3U\nhttp://example.org/a.ts\n", "playlist"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "playlist"),
        (b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash">', "playlist"),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "session description"),
        (b'<?xml version="1.0"?><svg xmlns="x"/>', "SVG"),
        (b"<svg onload=alert(1)>", "SVG"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04rest", "archive"),
        (b"\x1f\x8b\x08rest", "archive"),
        (b"x" * 257 + b"ustar\x0000", "archive"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"BM is also how a letter may begin", "text"),
        ("就是一段文字".encode() * 200, "text"),
        (b"\x00\x01\x02\x03", "first bytes"),
        (b"\x7fELF\x02", "program"),
    ],
)
def test_everything_else_is_named(content: bytes, word: str) -> None:
    assert word in refusal(content)
