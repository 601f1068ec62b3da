"""Writing into files: what is kept, what is refused, what is signed, how large a file may be."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from detect.core.errors import LabelError
from detect.core.media import Frame, Media
from detect.core.provenance import Provenance
from detect.labelling.request import ExplicitLabel, LabelRequest
from detect.labelling.write import write_labels
from detect.marks.visible_mark import MarkReader
from detect.media.sniff import sniff
from detect.provenance.declarations import read_provenance
from detect.provenance.trust import TrustLists
from tests.labelling.test_containers import packets
from tests.provenance.media import LABEL, box, picture, png, sound, video, wav, xmp

CODE = "001191110102MACQD9K64010000"
CHINA = LabelRequest(producer=CODE, content_id="n-1")


def declared(path: Path) -> Provenance:
    with path.open("rb") as file:
        format = sniff(file).format
        file.seek(0)
        return read_provenance(file, format, trust=TrustLists())


def test_the_original_is_kept_and_the_copy_is_labelled(tmp_path: Path) -> None:
    source, target = tmp_path / "a.jpg", tmp_path / "b.jpg"
    source.write_bytes(picture())
    source.chmod(0o640)
    before = source.read_bytes()
    done = write_labels(source, target, LabelRequest(("cn", "eu"), producer=CODE))
    assert source.read_bytes() == before
    assert done.added == ("AIGC", "DigitalSourceType")
    [label] = declared(target).implicit_labels
    assert label.entity == "Doubao"
    assert label.fields["ProduceID"] == hashlib.sha256(before).hexdigest()[:32]
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jpg", "b.jpg"]


def test_in_place(tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    source.write_bytes(picture("PNG"))
    write_labels(source, source, CHINA)
    assert declared(source).implicit_labels[0].label == 1


def test_a_label_that_is_there_is_kept(tmp_path: Path) -> None:
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    source.write_bytes(png(AIGC=LABEL))
    done = write_labels(source, target, CHINA)
    assert target.read_bytes() == source.read_bytes()
    assert "already" in done.remarks[0]


def test_a_platform_adds_its_fields_once(tmp_path: Path) -> None:
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    source.write_bytes(png(AIGC=LABEL))
    request = LabelRequest(propagator="platform", propagate_id="p-1")
    write_labels(source, target, request)
    [label] = declared(target).implicit_labels
    assert label.copies == 1
    assert label.fields == {
        **json.loads(LABEL), "ContentPropagator": "platform", "PropagateID": "p-1"
    }  # fmt: skip
    with pytest.raises(LabelError, match="already"):
        write_labels(target, target, request)


def test_a_malformed_label_is_not_replaced(tmp_path: Path) -> None:
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    source.write_bytes(png(AIGC=LABEL.replace('"1"', '"AIGC"')))
    with pytest.raises(LabelError, match=r"Art\. 10"):
        write_labels(source, target, CHINA)
    assert not target.exists()


@pytest.mark.parametrize("value", ["a b", "中文", "x" * 2000])
def test_values_that_the_standard_does_not_allow(value: str, tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    source.write_bytes(picture("PNG"))
    with pytest.raises(LabelError, match="--producer"):
        write_labels(source, tmp_path / "b.png", LabelRequest(producer=value))


def test_a_camera_source_type_is_not_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    kind = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    source.write_bytes(picture(xmp=xmp(attributes=f'I:DigitalSourceType="{kind}"')))
    with pytest.raises(LabelError, match="not made by AI"):
        write_labels(source, tmp_path / "b.jpg", LabelRequest(("eu",)))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "tiff"])
def test_an_explicit_label_in_a_picture(suffix: str, tmp_path: Path) -> None:
    source, target = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    Image.new("RGB", (400, 300), (250, 250, 250)).save(source)
    done = write_labels(source, target, LabelRequest(producer=CODE, explicit=ExplicitLabel()))
    assert "AI生成" in (done.explicit or "")
    assert declared(target).implicit_labels[0].label == 1
    with Image.open(source) as old, Image.open(target) as new:
        assert new.size == old.size and new.format == old.format
        pixels = np.asarray(new.convert("L"), int)
        change = np.abs(pixels - np.asarray(old.convert("L"), int))
    rows, columns = np.nonzero(change > 40)
    assert rows.min() > 200 and columns.min() > 200, "the label stands at the lower right"
    bright = pixels[rows.min() : rows.max()]
    letters = np.nonzero((bright[:, columns.min() + 5 : columns.max() - 5] > 200).any(axis=1))[0]
    assert np.ptp(letters) + 1 >= 0.05 * 300, "letters of at least 5 % of the shorter side"


def test_an_explicit_label_keeps_the_labels_and_the_profile(tmp_path: Path) -> None:
    source, target = tmp_path / "a.jpg", tmp_path / "b.jpg"
    source.write_bytes(picture(size=(200, 160), icc_profile=b"profile" * 20))
    write_labels(source, source, LabelRequest(("cn", "eu"), producer=CODE))
    before = declared(source)
    write_labels(source, target, LabelRequest(explicit=ExplicitLabel(position="top-left")))
    assert declared(target).implicit_labels == before.implicit_labels
    with Image.open(target) as image:
        assert image.info["icc_profile"] == b"profile" * 20


def test_a_label_in_xmp_is_still_one_after_drawing(tmp_path: Path) -> None:
    """Vendors write PNG labels as XMP, which Pillow tells of twice."""
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    Image.new("RGB", (400, 300)).save(source)
    write_labels(source, source, LabelRequest(("cn", "eu"), producer=CODE))
    write_labels(source, target, LabelRequest(explicit=ExplicitLabel()))
    assert [label.copies for label in declared(target).implicit_labels] == [1]


def test_what_is_drawn_is_read(tmp_path: Path) -> None:
    pytest.importorskip("rapidocr")
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    Image.new("RGB", (640, 480), (120, 160, 90)).save(source)
    write_labels(source, target, LabelRequest(("cn", "eu"), explicit=ExplicitLabel()))
    with Image.open(target) as image:
        frame = Frame(np.asarray(image.convert("RGB")), None, 0)
    _, (mark,) = MarkReader().read(Media("b", kind="image"), [frame])
    assert mark.conforming_wording and mark.position == "bottom-right"
    assert mark.height > 0.05


@pytest.mark.parametrize(
    ("text", "message"), [("made by robots", "AI"), ("AI badge", "生成"), ("AI生成🙂", "glyph")]
)
def test_words_that_do_not_conform(text: str, message: str, tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    Image.new("RGB", (400, 300)).save(source)
    request = LabelRequest(producer=CODE, explicit=ExplicitLabel(text=text))
    with pytest.raises(LabelError, match=message):
        write_labels(source, tmp_path / "b.png", request)
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_an_explicit_label_in_a_video(tmp_path: Path) -> None:
    source, target = tmp_path / "a.mkv", tmp_path / "b.mkv"
    with av.open(str(source), "w") as file:
        stream = file.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        track = file.add_stream("aac", rate=48000)
        for _ in range(20):
            grey = np.full((240, 320, 3), 200, np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24")))
        file.mux(stream.encode())
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 9600), np.float32), "fltp", "mono")
        frame.sample_rate = 48000
        file.mux(track.encode(frame))
        file.mux(track.encode())
    request = LabelRequest(producer=CODE, explicit=ExplicitLabel(seconds=2.0))
    done = write_labels(source, target, request)
    assert "from the first frame for 2 s" in (done.explicit or "")
    with av.open(str(target)) as file:
        frames = [f.to_ndarray(format="gray") for f in file.decode(video=0)]
    marked = [bool((f[200:] < 120).any()) for f in frames]
    assert len(frames) == 20
    assert all(marked[:10]) and not any(marked[12:])
    old, new = (
        [p[3] for p in packets(path.read_bytes()) if p[0] == 1] for path in (source, target)
    )
    assert old == new, "the sound is copied packet by packet"


def test_what_a_copy_with_a_notice_does_not_hold_is_said(tmp_path: Path) -> None:
    source, target = tmp_path / "a.mka", tmp_path / "b.mka"
    with av.open(str(source), "w") as file:
        streams: list[Any] = [file.add_stream("pcm_s16le", rate=16_000) for _ in range(2)]
        for stream in streams:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 16_000), np.int16), "s16", "mono")
            frame.sample_rate, frame.pts = 16_000, 0
            file.mux(stream.encode(frame))
            file.mux(stream.encode())
    done = write_labels(source, target, LabelRequest(producer=CODE, explicit=ExplicitLabel()))
    assert (done.explicit or "").endswith("(left out: further tracks)")


@pytest.mark.parametrize("format", ["wav", "aiff"])
def test_the_rhythm_in_front_of_sound(format: str, tmp_path: Path) -> None:
    source, target = tmp_path / f"a.{format}", tmp_path / f"b.{format}"
    source.write_bytes(wav() if format == "wav" else sound("aiff", "pcm_s16be", {}))
    done = write_labels(source, target, LabelRequest(producer=CODE, explicit=ExplicitLabel()))
    assert done.explicit == "the rhythm short long, short short"
    assert declared(target).implicit_labels[0].label == 1
    with av.open(str(target)) as file:
        stream = file.streams.audio[0]
        samples = np.concatenate([f.to_ndarray()[0] for f in file.decode(stream)]) / 32768
        hundredth = stream.rate * stream.channels // 100
    loud = np.abs(samples).reshape(-1, hundredth).max(axis=1) > 0.05
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(int), [0]])))
    tones = [round(int(n) / 12) for n in edges[1::2] - edges[::2]]
    assert tones == [1, 3, 1, 1], "short long, short short"


def test_a_spoken_notice_in_front_of_sound(tmp_path: Path) -> None:
    source, target, notice = tmp_path / "a.flac", tmp_path / "b.flac", tmp_path / "n.wav"
    source.write_bytes(sound("flac", "flac", {}))
    notice.write_bytes(wav())
    request = LabelRequest(producer=CODE, explicit=ExplicitLabel(notice=str(notice)))
    assert write_labels(source, target, request).explicit == "a spoken notice at the start"
    with av.open(str(source)) as old, av.open(str(target)) as new:
        lengths = [sum(f.samples for f in file.decode(audio=0)) for file in (old, new)]
    assert lengths[1] - lengths[0] == pytest.approx(48_000, abs=200)


def test_credentials_are_signed_and_older_ones_stay(tmp_path: Path) -> None:
    signing = pytest.importorskip("scripts.samples.sign_c2pa")
    authority = signing.make_authority("Label Test")
    (tmp_path / "chain.pem").write_text(authority.chain)
    (tmp_path / "key.pem").write_text(authority.key)
    source, once, twice = (tmp_path / f"{n}.jpg" for n in "abc")
    source.write_bytes(picture())
    request = LabelRequest(
        ("cn", "eu"), producer=CODE, system="Generator/2",
        certificate=str(tmp_path / "chain.pem"), key=str(tmp_path / "key.pem"),
    )  # fmt: skip
    assert write_labels(source, once, request).signed
    first = declared(once)
    assert first.c2pa_state == "valid"
    assert first.manifests[0].actions == ("c2pa.created (trainedAlgorithmicMedia)",)
    assert first.implicit_labels[0].label == 1
    with pytest.raises(LabelError, match="Content Credentials"):
        write_labels(once, twice, LabelRequest(propagator="platform"))
    write_labels(once, twice, LabelRequest(
        propagator="platform", certificate=request.certificate, key=request.key
    ))  # fmt: skip
    second = declared(twice)
    assert second.c2pa_state == "valid"
    assert [m.relationship for m in second.manifests] == ["active", "parentOf"]
    assert second.implicit_labels[0].fields["ContentPropagator"] == "platform"


def test_a_key_that_does_not_fit_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    signing = pytest.importorskip("scripts.samples.sign_c2pa")
    one, other = signing.make_authority("One"), signing.make_authority("Other")
    (tmp_path / "chain.pem").write_text(one.chain)
    (tmp_path / "key.pem").write_text(other.key)
    source = tmp_path / "a.jpg"
    source.write_bytes(picture())
    request = LabelRequest((), certificate=str(tmp_path / "key.pem"), key=str(tmp_path / "key.pem"))
    with pytest.raises(LabelError, match="PEM"):
        write_labels(source, tmp_path / "b.jpg", request)
    assert not (tmp_path / "b.jpg").exists()


LARGE = r"""
import re, resource, sys
from detect.labelling.request import LabelRequest
from detect.labelling.write import write_labels
write_labels(sys.argv[1], sys.argv[2], LabelRequest(producer="x", content_id="1"))
# ru_maxrss of a process counts what its parent held when it forked; this does not
print(int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) // 1024)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_a_large_film_is_never_held_in_memory(tmp_path: Path) -> None:
    """The movie box stands in front, so that every offset behind it has to move."""
    data = video("mp4", "mpeg4", {})
    start = data.index(b"moov") - 4
    film = data[start : start + struct.unpack(">I", data[start : start + 4])[0]]
    source, target = tmp_path / "large.mp4", tmp_path / "out.mp4"
    gap = 2**29  # a gigabyte was tried, too; it takes longer
    with source.open("wb") as file:
        head = data[: data.index(b"mdat") - 4].replace(film, b"")
        file.write(head + film + box(b"mdat")[:0] + struct.pack(">I4sQ", 1, b"mdat", 16 + gap))
        file.truncate(len(head) + len(film) + 16 + gap)
    if os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize < 3 * gap:
        pytest.skip("no room for large files")
    answer = subprocess.run(
        [sys.executable, "-c", LARGE, str(source), str(target)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    own, worker = map(int, answer.stdout.split())
    assert own < 200 and worker < 300, f"{own} and {worker} MB"
    assert target.stat().st_size > gap
    assert declared(target).implicit_labels[0].label == 1
    target.unlink()
