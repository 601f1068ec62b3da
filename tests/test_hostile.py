"""Files that are meant to crash, hang or bloat a decoder: each gets one record, in time."""

from __future__ import annotations

import os
import random
import socket
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from detect.core.media import STATUSES
from detect.core.serialize import to_plain
from detect.core.settings import Settings
from detect.workers.pool import Answer, WorkerPool
from tests.media import make

EXTRACT = "detect.pipeline.extract:extract"
DECODE = "tests.workers.tasks:decoded"
MIB = 2**20


def job(path: Path | bytes, **settings: Any) -> dict[str, Any]:
    return {"path": os.fsencode(path).hex(), "settings": to_plain(Settings(**settings))}


def record(answer: Answer) -> tuple[Any, ...]:
    """Everything of an answer but its timings."""
    header = {k: v for k, v in answer.header.items() if k != "timings"}
    digest = zlib.crc32(b"".join(a.tobytes() for a in answer.arrays))
    return answer.status, answer.reason, header, digest


# --- the collected files ---


@pytest.fixture(scope="module")
def collected(hostile: Path) -> list[Path]:
    return sorted((hostile / "files").iterdir())


def test_every_file_gets_one_record_whatever_the_workers_and_the_order(
    collected: list[Path],
) -> None:
    def run(files: list[Path], workers: int) -> dict[Path, tuple[Any, ...]]:
        with WorkerPool(EXTRACT, workers=workers, timeout=30) as pool:
            answers = list(pool.map(job(path) for path in files))
        assert len(answers) == len(files)
        for path, answer in zip(files, answers, strict=True):
            if answer.header:
                assert answer.header["media"]["path"] == str(path)
        return {path: record(a) for path, a in zip(files, answers, strict=True)}

    records = run(collected, 2)
    statuses = [r[2]["status"] if r[2] else r[0] for r in records.values()]
    assert set(statuses) <= set(STATUSES)
    assert not {"timed-out", "crashed", "missing", "denied", "not-regular"} & set(statuses)
    assert statuses.count("ok") >= 250
    for answer in records.values():
        reason = answer[2]["reason"] if answer[2] else answer[1]
        assert (answer[0] == "ok" and answer[2]["status"] == "ok") == (reason is None)

    shuffled = random.Random(0).sample(collected, len(collected))
    assert run(shuffled, 1) == records


def test_broken_sound_that_is_too_long_for_the_tape(collected: list[Path]) -> None:
    files = [path for path in collected if path.name.startswith(("aud", "vid"))]
    with WorkerPool(EXTRACT, workers=2, timeout=30) as pool:
        answers = list(pool.map(job(path, max_audio_seconds=1.0) for path in files))
    statuses = [a.header["status"] if a.header else a.status for a in answers]
    assert not {"timed-out", "crashed"} & set(statuses)
    sampled = [a for a in answers if "audio-sampled" in a.header.get("notes", ())]
    assert len(sampled) >= 10
    for answer in sampled:
        sound = [array for array in answer.arrays if array.ndim == 1]
        assert len(sound) == len(answer.header["audio"])
        assert 0 < sum(map(len, sound)) <= 16_000


# --- bombs ---


def png(side: int, rows: int, colour: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    width = side * {0: 1, 2: 3, 6: 4}[colour]
    packer = zlib.compressobj(1)
    body = b"".join(packer.compress(b"\0" * (width + 1)) for _ in range(rows)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, colour, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


GIF_FRAME = b"\x21\xf9\x04\0\x0a\0\0\0,\0\0\0\0\1\0\1\0\0\x02\x02L\x01\0"


def gif(side: int, frames: int) -> bytes:
    screen = b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0\0\0\0\xff\xff\xff"
    return screen + GIF_FRAME * frames + b";"


def whole_gif(side: int) -> bytes:
    return gif(side, 1).replace(b"\1\0\1\0", struct.pack("<HH", side, side))


def jpeg(side: int) -> bytes:
    import io

    file = io.BytesIO()
    Image.new("L", (64, 64)).save(file, "JPEG")
    content = bytearray(file.getvalue())
    start = content.index(b"\xff\xc0")
    content[start + 5 : start + 9] = struct.pack(">HH", side, side)
    return bytes(content)


def tiff(side: int) -> bytes:
    tags = [(256, side), (257, side), (258, 8), (259, 1), (262, 1), (273, 8), (278, side)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + b"\0" * 4096


def bmp(side: int) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, side, side, 1, 24, *[0] * 6)


def webp(side: int) -> bytes:
    bits = (side - 1) | (side - 1) << 14
    body = b"VP8L" + struct.pack("<I", 64) + b"\x2f" + struct.pack("<I", bits) + b"\0" * 59
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def nested(kind: bytes, head: bytes, order: str) -> bytes:
    content = b""
    for _ in range(20_000):
        size = struct.pack(order, len(content) + (8 if order == ">I" else 4))
        content = size + kind + content if order == ">I" else b"LIST" + size + kind + content
    return head + content


def blank_video(path: Path, side: int, frames: int, rate: int) -> None:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        stream.width = stream.height = side
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame(side, side, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([128]) * plane.buffer_size)
        for number in range(frames):
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def long_flac(path: Path, hours: int) -> None:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("flac", rate=16_000, layout="mono")
        silence = np.zeros((1, 160_000), np.int16)
        for number in range(hours * 360):
            frame = av.AudioFrame.from_ndarray(silence, "s16", "mono")
            frame.rate, frame.pts = 16_000, number * 160_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


BYTES: dict[str, tuple[bytes, str]] = {
    **{f"{side}.png": (png(side, 4), "too-large") for side in (10_000, 30_000, 300_000)},
    "7000.png": (png(7000, 7000), "ok"),
    "7000-alpha.png": (png(7000, 7000, 6), "ok"),
    "65535.gif": (whole_gif(65_535), "too-large"),
    "7000.gif": (gif(7000, 1), "ok"),
    "many.gif": (gif(16, 60_000), "ok"),
    "many-6000.gif": (gif(6000, 20_000), "ok"),
    "65500.jpg": (jpeg(65_500), "too-large"),
    "10000.jpg": (jpeg(10_000), "ok"),
    "300000.tif": (tiff(300_000), "too-large"),
    "10000.tif": (tiff(10_000), "too-large"),
    "300000.bmp": (bmp(300_000), "too-large"),
    "16384.webp": (webp(16_384), "too-large"),
    "nested.mp4": (nested(b"moov", b"\0\0\0\x14ftypisom\0\0\0\0isom", ">I"), "unreadable"),
    "nested.avi": (nested(b"hdrl", b"RIFF\0\0\x10\0AVI ", "<I"), "unreadable"),
    "bomb.gz": (b"\x1f\x8b\x08" + b"\0" * 1000, "unsupported"),
    "playlist.mp4": (b"#EXTM3U\n#EXTINF:1,\nhttp://192.0.2.1/a.ts\n", "unsupported"),
    "session.mp4": (b"v=0\r\nc=IN IP4 192.0.2.1\r\nm=video 5004 RTP/AVP 96\r\n", "unsupported"),
}


@pytest.fixture(scope="module")
def one_worker_each() -> Iterator[WorkerPool]:
    """Every job in a fresh worker, so that its peak of memory is its own."""
    with WorkerPool(DECODE, workers=1, timeout=20, recycle=1) as pool:
        yield pool


def survives(pool: WorkerPool, path: Path, status: str, grown: int = 512 * MIB) -> dict[str, Any]:
    """The header of what became of a file; the pool ends whatever takes too long."""
    answer = pool.run(job(path))
    assert answer.status == "ok", answer.reason
    assert answer.header["status"] == status, answer.header["reason"]
    assert answer.header["peak"] < grown
    return answer.header


@pytest.mark.parametrize("name", BYTES)
def test_bombs(one_worker_each: WorkerPool, tmp_path: Path, name: str) -> None:
    content, status = BYTES[name]
    (tmp_path / name).write_bytes(content)
    survives(one_worker_each, tmp_path / name, status)


def test_a_huge_video_is_refused_by_its_header(one_worker_each: WorkerPool, tmp_path: Path) -> None:
    blank_video(tmp_path / "a.mp4", 8192, 3, 25)
    header = survives(one_worker_each, tmp_path / "a.mp4", "too-large")
    assert "8192 x 8192" in header["reason"]


def test_a_video_of_ten_hours_is_sampled(one_worker_each: WorkerPool, tmp_path: Path) -> None:
    blank_video(tmp_path / "a.mp4", 64, 36_000, 1)
    header = survives(one_worker_each, tmp_path / "a.mp4", "ok", grown=200 * MIB)
    assert header["notes"] == ["sampled-by-seeking"]
    assert header["media"]["duration"] == pytest.approx(36_000, rel=0.01)


def test_three_hours_of_silence(one_worker_each: WorkerPool, tmp_path: Path) -> None:
    long_flac(tmp_path / "a.flac", 3)
    answer = one_worker_each.run(job(tmp_path / "a.flac"))
    header, heard = answer.header, sum(a.shape[0] for a in answer.arrays)
    assert header["peak"] < 250 * MIB
    assert heard <= Settings().max_audio_seconds * header["rates"][0]
    assert header["notes"] == ["audio-sampled"]
    assert header["media"]["duration"] == pytest.approx(3 * 3600)


# --- names and places ---


def test_archives_are_not_opened(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.png")
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.add(tmp_path / "a.png", "../../a.png")
    with WorkerPool(EXTRACT, workers=1) as pool:
        for name in ("a.zip", "a.tar"):
            header = pool.run(job(tmp_path / name)).header
            assert header["status"] == "unsupported"
            assert "unpack" in header["reason"]


def test_what_is_not_a_file_is_said_so_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "nowhere.png").symlink_to("nowhere")
    (tmp_path / "empty.png").touch()
    (tmp_path / "secret.png").write_bytes(png(8, 8))
    (tmp_path / "secret.png").chmod(0)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket"))
    expected = {
        "pipe.mp4": "not-regular",
        "zero.png": "not-regular",
        "socket": "not-regular",
        ".": "not-regular",
        "loop.png": "missing",
        "nowhere.png": "missing",
        "empty.png": "unreadable",
        "secret.png": "ok" if os.geteuid() == 0 else "denied",
    }
    with WorkerPool(EXTRACT, workers=2, timeout=20) as pool:
        answers = list(pool.map(job(tmp_path / name) for name in expected))
    assert {n: a.header["status"] for n, a in zip(expected, answers, strict=True)} == expected
    assert max(a.seconds for a in answers) < 5


NAMES = [
    b"\xff\xfe not utf-8",
    b"new\nline",
    b"\x1b[31mred\x1b]0;x\x07",
    "gpj.\u202epmb".encode(),
    b"n" * 254,
    b"-rf",
    b"=cmd",
    b"<img onerror=x>",
    "e\u0301".encode(),
    "\u00e9".encode(),
    "👨‍👩‍👧".encode(),
    b"'\"`$(x);|&",
]


def test_names_do_not_matter(tmp_path: Path) -> None:
    content = png(16, 16)
    for name in NAMES:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(content)
    with WorkerPool(EXTRACT, workers=2) as pool:
        paths = [os.fsencode(tmp_path) + b"/" + name for name in NAMES]
        for path, answer in zip(paths, pool.map(job(p) for p in paths), strict=True):
            header = answer.header
            assert header["status"] == "ok", header["reason"]
            shown, exact = header["media"]["path"], header["media"]["path_bytes"]
            assert (shown.encode() if exact is None else bytes.fromhex(exact)) == path
            assert all(c.isprintable() or c == "\u200d" for c in shown)


def test_a_file_that_shrinks_while_it_is_read(tmp_path: Path) -> None:
    path = make.video(tmp_path / "a.mkv", [make.scene(1)] * 50)
    size = path.stat().st_size
    with WorkerPool(EXTRACT, workers=1) as pool:
        statuses = set()
        for keep in (size - 1, size // 2, 100, 1):
            os.truncate(path, keep)
            statuses.add(pool.run(job(path)).header["status"])
    assert statuses <= {"ok", "unreadable", "unsupported"}


def test_one_bad_file_in_a_hundred_changes_no_other_record(tmp_path: Path) -> None:
    jobs: list[dict[str, Any]] = [{"do": "arrays", "n": n} for n in range(100)]
    task = "tests.workers.tasks:behave"
    with WorkerPool(task, workers=2, timeout=1) as pool:
        clean = [record(a) for a in pool.map(jobs)]
        jobs[10], jobs[60], jobs[90] = {"do": "kill"}, {"do": "abort"}, {"do": "spin"}
        mixed = [record(a) for a in pool.map(jobs)]
    assert [r[0] for r in mixed if r[0] != "ok"] == ["crashed", "crashed", "timed-out"]
    assert all(a == b for n, (a, b) in enumerate(zip(clean, mixed, strict=True)) if n % 10 or not n)
    assert [n for n, (a, b) in enumerate(zip(clean, mixed, strict=True)) if a != b] == [10, 60, 90]
