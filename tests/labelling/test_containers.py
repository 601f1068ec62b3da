"""Labels in every container: read back, and nothing else changed."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from detect.core.errors import LabelError
from detect.core.provenance import Provenance
from detect.labelling.containers.pieces import copy_pieces
from detect.labelling.metadata import FORMATS, labelled_pieces
from detect.media.sniff import sniff
from detect.media.source import MediaError, open_source
from detect.provenance.declarations import read_provenance
from detect.provenance.trust import TrustLists
from tests.provenance.media import LABEL, exif, picture, png, sound, video, wav, xmp

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
TAGS = {"AIGC": LABEL, "DigitalSourceType": SOURCE_TYPE}


def animation(format: str) -> bytes:
    frames = [Image.new("RGB", (64, 48), (n * 60, 90, 120)) for n in range(4)]
    out = io.BytesIO()
    frames[0].save(out, format, save_all=True, append_images=frames[1:], duration=100, loop=0)
    return out.getvalue()


PICTURES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "jpeg": ("jpeg", picture),
    "jpeg with exif": ("jpeg", lambda: picture(exif=exif(Make="Camera", UserComment=b""))),
    "jpeg with xmp": ("jpeg", lambda: picture(xmp=xmp(attributes='p:Credit="me"'))),
    "png": ("png", lambda: png(Title="kept")),
    "webp": ("webp", lambda: picture("WEBP")),
    "webp lossless": ("webp", lambda: picture("WEBP", lossless=True)),
    "webp animated": ("webp", lambda: animation("WEBP")),
    "gif": ("gif", lambda: picture("GIF")),
    "gif animated": ("gif", lambda: animation("GIF")),
    "tiff": ("tiff", lambda: picture("TIFF")),
    "tiff lzw": ("tiff", lambda: picture("TIFF", compression="tiff_lzw")),
}
STREAMS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "mp4": ("mp4", lambda: video("mp4", "mpeg4", {})),
    "mp4 with tags": ("mp4", lambda: video("mp4", "mpeg4", {"title": "kept"})),
    "mov": ("mov", lambda: video("mov", "mpeg4", {})),
    "m4a": ("m4a", lambda: sound("ipod", "aac", {"title": "kept"})),
    "mkv": ("mkv", lambda: video("matroska", "mpeg4", {"title": "kept"})),
    "webm": ("webm", lambda: video("webm", "libvpx", {})),
    "avi": ("avi", lambda: video("avi", "mpeg4", {"title": "kept"})),
    "flv": ("flv", lambda: video("flv", "flv", {"title": "kept"})),
    "mp3": ("mp3", lambda: sound("mp3", "libmp3lame", {"title": "kept"})),
    "aac": ("aac", lambda: sound("adts", "aac", {})),
    "flac": ("flac", lambda: sound("flac", "flac", {"title": "kept"})),
    "opus": ("ogg", lambda: sound("ogg", "libopus", {})),
    "opus with tags": ("ogg", lambda: sound("ogg", "libopus", {"title": "kept"})),
    "wav": ("wav", wav),
    "aiff": ("aiff", lambda: sound("aiff", "pcm_s16be", {})),
    "aiff with tags": ("aiff", lambda: sound("aiff", "pcm_s16be", {"title": "kept"})),
}


def labelled(data: bytes, format: str, **more: str) -> bytes:
    out = io.BytesIO()
    copy_pieces(io.BytesIO(data), labelled_pieces(io.BytesIO(data), format, TAGS, **more), out)
    return out.getvalue()


def declared(data: bytes, format: str) -> Provenance:
    return read_provenance(io.BytesIO(data), format, trust=TrustLists())


def check(data: bytes, format: str) -> None:
    found = declared(data, format)
    assert [(x.label, x.copies, x.problems) for x in found.implicit_labels] == [(1, 1, ())]
    assert {d.source for d in found.declarations if d.state == "intact"} == {"aigc-label", "iptc"}


def frames(data: bytes) -> list[bytes]:
    with Image.open(io.BytesIO(data)) as image:
        found = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            found.append(image.convert("RGBA").tobytes())
        return found


def packets(data: bytes, container: str | None = None) -> list[tuple[object, ...]]:
    """Compressed payload and time of every packet."""
    with av.open(io.BytesIO(data), format=container) as file:
        return [
            (p.stream.index, p.pts, p.dts, hashlib.sha256(bytes(p)).digest())
            for p in file.demux()
            if p.size
        ]


def payload(data: bytes, format: str) -> list[bytes]:
    """Compressed picture data, cut out of its container by hand."""
    if format == "jpeg":
        return [data[data.index(b"\xff\xda") :]]
    if format == "png":
        parts = data.split(b"IDAT")[1:]
        return [b"IDAT".join(parts)]
    if format == "webp":
        kinds = (b"VP8 ", b"VP8L", b"ANMF")
        at, found = 12, []
        while at + 8 <= len(data):
            size = int.from_bytes(data[at + 4 : at + 8], "little")
            if data[at : at + 4] in kinds:
                found.append(data[at : at + 8 + size])
            at += 8 + size + size % 2
        return found
    if format == "gif":
        return [data[data.index(b"\x2c", 13) :]] if b"NETSCAPE" not in data else []
    return [data[8 : 8 + 64 * 48 * 3]] if b"LZW" not in data else []


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_labelled_and_its_pixels_stay(name: str) -> None:
    format, make = PICTURES[name]
    before = make()
    after = labelled(before, format)
    check(after, format)
    assert frames(after) == frames(before)
    if format in ("jpeg", "png", "webp"):
        assert payload(after, format) == payload(before, format) != [], "compressed data changed"


@pytest.mark.parametrize("name", STREAMS)
def test_sound_and_video_are_labelled_and_their_packets_stay(name: str) -> None:
    format, make = STREAMS[name]
    before = make()
    after = labelled(before, format)
    check(after, format)
    assert packets(after) == packets(before)
    with av.open(io.BytesIO(before)) as old, av.open(io.BytesIO(after)) as new:
        for tags, kept in (
            (old.metadata, new.metadata),
            *((o.metadata, n.metadata) for o, n in zip(old.streams, new.streams, strict=True)),
        ):
            assert {k.lower(): v for k, v in tags.items()}.items() <= {
                k.lower(): v for k, v in kept.items()
            }.items()


@pytest.mark.parametrize("name", [*PICTURES, *STREAMS])
def test_a_label_is_replaced_in_its_place_and_stands_once(name: str) -> None:
    format, make = (PICTURES | STREAMS)[name]
    once = labelled(make(), format)
    changed = json.dumps({**json.loads(LABEL), "PropagateID": "p-77"})
    out = io.BytesIO()
    pieces = labelled_pieces(io.BytesIO(once), format, {"AIGC": changed})
    copy_pieces(io.BytesIO(once), pieces, out)
    [found] = declared(out.getvalue(), format).implicit_labels
    assert found.copies == 1
    assert found.fields["PropagateID"] == "p-77"


@pytest.mark.parametrize("form", [b"RF64", b"BW64"])
def test_sound_whose_lengths_take_64_bits(form: bytes) -> None:
    plain = wav()
    place = plain.index(b"data")
    length = plain[place + 4 : place + 8]
    sizes = (len(plain) + 28).to_bytes(8, "little") + length + bytes(4) + bytes(12)
    wide = form + b"\xff" * 4 + b"WAVEds64" + len(sizes).to_bytes(4, "little") + sizes
    wide += plain[12 : place + 4] + b"\xff" * 4 + plain[place + 8 :]
    after = labelled(wide, "wav")
    check(after, "wav")
    assert packets(after) == packets(plain)


@pytest.mark.parametrize("padding", [0, 2000])
def test_frames_of_an_unsynchronised_tag_survive(padding: int) -> None:
    cover = b"\xff\xd8\xff\xe0\xff\x00" * 50
    kept = {
        b"TIT2": b"\0kept",
        b"APIC": b"\0image/jpeg\0\x03\0" + cover,
        b"TPE1": b"\0artist",
    }
    body = b"".join(n + len(v).to_bytes(4, "big") + b"\0\0" + v for n, v in kept.items())
    stored = b"".join(
        bytes([byte]) + (b"\0" if byte == 0xFF and (after >= 0xE0 or after == 0) else b"")
        for byte, after in zip(body, [*body[1:], 0], strict=True)
    ) + bytes(padding)
    size = bytes(len(stored) >> shift & 127 for shift in (21, 14, 7, 0))
    sounding = sound("mp3", "libmp3lame", {})
    sounding = sounding[10 + int.from_bytes(sounding[8:10], "big") :]
    before = b"ID3\x03\0\x80" + size + stored + sounding[sounding.index(b"\xff\xfb") :]
    after = labelled(before, "mp3")
    check(after, "mp3")
    assert after[5] == 0
    for name, value in kept.items():
        assert name + len(value).to_bytes(4, "big") + b"\0\0" + value in after
    assert after.endswith(before[before.index(b"\xff\xfb", 10 + len(stored)) :])


@pytest.mark.parametrize(("format", "carrier"), [("jpeg", "exif"), ("png", "text")])
def test_other_carriers(format: str, carrier: str) -> None:
    after = labelled(picture(format.upper()), format, carrier=carrier)
    check(after, format)
    place = declared(after, format).implicit_labels[0].where[0]
    assert place == {"exif": "EXIF UserComment", "text": "PNG tEXt AIGC"}[carrier]


def test_exif_of_the_camera_survives_a_label_in_exif() -> None:
    before = picture(exif=exif(Make="Camera", Software="x" * 40))
    with Image.open(io.BytesIO(labelled(before, "jpeg", carrier="exif"))) as image:
        assert image.getexif()[0x010F] == "Camera"


def test_a_comment_in_use_is_not_replaced() -> None:
    before = picture(exif=exif(UserComment=b"ASCII\0\0\0my words"))
    with pytest.raises(LabelError, match="in use"):
        labelled(before, "jpeg", carrier="exif")


def test_a_film_whose_index_stands_in_front_still_plays(tmp_path: Path) -> None:
    """Chunk offsets move with the movie box."""
    path = tmp_path / "fast.mp4"
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(20):
            pixels = np.full((48, 64, 3), n * 9, np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        file.mux(stream.encode())
    before = path.read_bytes()
    assert before.index(b"moov") < before.index(b"mdat")
    after = labelled(before, "mp4")
    check(after, "mp4")
    assert packets(after) == packets(before)


def test_a_fragmented_film(tmp_path: Path) -> None:
    path = tmp_path / "f.mp4"
    path.write_bytes(video("mp4", "mpeg4", {}))
    out = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov"}
    with av.open(str(path)) as old, av.open(out, "w", format="mp4", options=options) as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)
    before = out.getvalue()
    after = labelled(before, "mp4")
    check(after, "mp4")
    assert packets(after) == packets(before)


@pytest.mark.parametrize("name", [*PICTURES, *STREAMS])
def test_cut_files_raise_only_what_is_announced(name: str) -> None:
    format, make = (PICTURES | STREAMS)[name]
    data = make()
    for share in (0.02, 0.2, 0.6, 0.97):
        cut = data[: int(len(data) * share)]
        try:
            out = io.BytesIO()
            copy_pieces(io.BytesIO(cut), labelled_pieces(io.BytesIO(cut), format, TAGS), out)
        except LabelError:
            continue
        assert len(out.getvalue()) > len(cut) - 64


def test_vorbis_headers_are_paged_anew() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="ogg") as file:
        stream = file.add_stream("vorbis", rate=48000, options={"strict": "-2"})
        noise = np.random.default_rng(0).normal(0, 0.1, (2, 96_000)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(noise, "fltp", "stereo")
        frame.sample_rate, frame.time_base, frame.pts = 48000, Fraction(1, 48000), 0
        file.mux(stream.encode(frame))
        file.mux(stream.encode())
    before = out.getvalue()
    assert b"\x01vorbis" in before[:200]
    # The second one needs more pages, so that all later ones are renumbered.
    for tags in (TAGS, {"AIGC": LABEL[:-1] + ',"Long":"' + "x" * 140_000 + '"}'}):
        out = io.BytesIO()
        pieces = labelled_pieces(io.BytesIO(before), "ogg", tags)
        copy_pieces(io.BytesIO(before), pieces, out)
        assert packets(out.getvalue()) == packets(before)
        with av.open(io.BytesIO(out.getvalue())) as file:
            assert file.streams[0].metadata["AIGC"] == tags["AIGC"]


def test_hostile_files_raise_only_what_is_announced(hostile: Path) -> None:
    """The changes are planned in this process: nothing may crash, hang or eat memory."""
    tried = 0
    started = time.process_time()
    for path in sorted(hostile.rglob("*")):
        try:
            with open_source(bytes(path)) as file:
                format = sniff(file).format
                if format in FORMATS:
                    tried += 1
                    labelled_pieces(file, format, TAGS)
        except (LabelError, MediaError):
            continue
    assert tried > 100
    assert time.process_time() - started < 30


def test_an_unknown_format_names_those_that_can_be_labelled() -> None:
    with pytest.raises(LabelError, match="jpeg, png"):
        labelled_pieces(io.BytesIO(b"BM"), "bmp", TAGS)


EXIFTOOL_MISSES = ("wav", "avi", "aac")
FFPROBE_READS = ("mp4", "mov", "m4a", "mkv", "webm", "avi", "flv", "mp3", "aac", "flac", "opus")


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
def test_exiftool_reads_the_labels(tmp_path: Path) -> None:
    chosen = {n: v for n, v in (PICTURES | STREAMS).items() if " " not in n}
    for name, (format, make) in chosen.items():
        if name not in EXIFTOOL_MISSES:
            (tmp_path / f"{name}.{format}").write_bytes(labelled(make(), format))
    for path in tmp_path.iterdir():
        command = ["exiftool", "-a", "-s", "-G", str(path)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        assert json.loads(LABEL)["ProduceID"] in answer, path.name


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not installed")
@pytest.mark.parametrize("name", FFPROBE_READS)
def test_ffprobe_reads_the_labels(name: str, tmp_path: Path) -> None:
    format, make = STREAMS[name]
    path = tmp_path / f"file.{format}"
    path.write_bytes(labelled(make(), format))
    command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(LABEL)["ProduceID"] in answer
