"""China's implicit label in every carrier, and what does not count as one."""

from __future__ import annotations

import io
import json
import struct

import pillow_heif
import pytest
from PIL import Image

from tests.provenance import media
from tests.provenance.media import LABEL, box, chunk, exif, label, picture, png, read, wav, xmp

ESCAPED = LABEL.replace('"', "&quot;")
ELEMENT = xmp(elements=f"<T:AIGC>{ESCAPED}</T:AIGC>")
ATTRIBUTE = xmp(attributes=f'T:AIGC="{ESCAPED}"')
WRAPPED = json.dumps({"AIGC": label()})
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def gif_with_xmp() -> bytes:
    """A GIF whose packet lies in an application extension, with the 258-byte trailer."""
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    extension = b"\x21\xff\x0bXMP DataXMP" + ELEMENT + trailer
    gif = picture("GIF")
    at = 13 + (3 << (gif[10] & 7) + 1)
    return gif[:at] + extension + gif[at:]


def heif() -> bytes:
    """A HEIF picture with XMP."""
    out = io.BytesIO()
    source = Image.open(io.BytesIO(picture()))
    pillow_heif.from_pillow(source).save(out, quality=50, xmp=ELEMENT)
    return out.getvalue()


def movie_list(*, quicktime: bool) -> bytes:
    """A bare metadata list under `moov` without names, as one exporter writes it."""
    data = box(b"data", struct.pack(">II", 1, 0), LABEL.encode())
    head = b"" if quicktime else bytes(4)
    handler = box(b"hdlr", bytes(8), b"mdir", bytes(13))
    meta = box(b"meta", head, handler, box(b"ilst", box(b"\xa9inf", data)))
    return box(b"ftyp", b"isom", bytes(4)) + box(b"moov", meta)


def free_form() -> bytes:
    """An M4A with an iTunes atom of its own name."""
    item = box(
        b"----",
        box(b"mean", bytes(4), b"com.apple.iTunes"),
        box(b"name", bytes(4), b"AIGC"),
        box(b"data", struct.pack(">II", 1, 0), LABEL.encode()),
    )
    handler = box(b"hdlr", bytes(8), b"mdirappl", bytes(9))
    meta = box(b"meta", bytes(4), handler, box(b"ilst", item))
    whole = media.sound("ipod", "aac", {})
    at = whole.index(b"moov") - 4
    size = int.from_bytes(whole[at : at + 4], "big")
    movie = box(b"moov", whole[at + 8 : at + size], box(b"udta", meta))
    return whole[:at] + movie + whole[at + size :]


CARRIERS = {
    "jpeg XMP element": ("jpeg", lambda: picture(xmp=ELEMENT)),
    "jpeg XMP attribute": ("jpeg", lambda: picture(xmp=ATTRIBUTE)),
    "jpeg UserComment": (
        "jpeg",
        lambda: picture(exif=exif(UserComment=b"ASCII\0\0\0" + WRAPPED.encode())),
    ),
    "jpeg UserComment in UTF-16": (
        "jpeg",
        lambda: picture(exif=exif(UserComment=b"UNICODE\0" + WRAPPED.encode("utf-16-le"))),
    ),
    "jpeg bare segment": ("jpeg", lambda: media.with_segment(0xEA, b"AIGC" + LABEL.encode())),
    "jpeg segment with a header": (
        "jpeg",
        lambda: media.with_segment(0xEC, b"vendor\0\1AIGC:" + LABEL.encode() + b"\0"),
    ),
    "jpeg XMP without its namespace": (
        "jpeg",
        lambda: picture(xmp=ELEMENT.replace(b"T:AIGC", b"TC260:AIGC")),
    ),
    "jpeg XMP with bare quotes": (
        "jpeg",
        lambda: picture(xmp=f'<a xmlns:TC260="x" TC260:AIGC="{LABEL}"/>'.encode()),
    ),
    "png tEXt": ("png", lambda: png(AIGC=LABEL)),
    "png wrapped": ("png", lambda: png(AIGC=WRAPPED)),
    "png wrapped in a comment": ("png", lambda: png(Comment=WRAPPED)),
    "m4a free form": ("m4a", lambda: free_form()),
    "webp XMP": ("webp", lambda: picture("WEBP", xmp=ELEMENT)),
    "gif XMP": ("gif", gif_with_xmp),
    "tiff XMP": ("tiff", lambda: picture("TIFF", tiffinfo={700: ELEMENT})),
    "avif XMP": ("avif", lambda: picture("AVIF", xmp=ELEMENT)),
    "heif XMP": ("heif", heif),
    "mp4 keys": ("mp4", lambda: media.video("mp4", "mpeg4", {"AIGC": LABEL})),
    "mov keys": ("mov", lambda: media.video("mov", "mpeg4", {"AIGC": LABEL})),
    "m4a keys": ("m4a", lambda: media.sound("ipod", "aac", {"AIGC": LABEL})),
    "mp4 XMP box": (
        "mp4",
        lambda: media.video("mp4", "mpeg4", {}) + box(b"uuid", XMP_UUID, ELEMENT),
    ),
    "mov list without names": ("mov", lambda: movie_list(quicktime=True)),
    "mp4 list without names": ("mp4", lambda: movie_list(quicktime=False)),
    "mkv": ("mkv", lambda: media.video("matroska", "mpeg4", {"AIGC": LABEL})),
    "webm": ("webm", lambda: media.video("webm", "libvpx", {"AIGC": LABEL})),
    "flv": ("flv", lambda: media.video("flv", "flv", {"AIGC": LABEL})),
    "avi INFO": (
        "avi",
        lambda: media.video("avi", "mjpeg", {"title": LABEL}).replace(b"INAM", b"AIGC"),
    ),
    "mp3": ("mp3", lambda: media.sound("mp3", "libmp3lame", {"AIGC": LABEL})),
    "flac": ("flac", lambda: media.sound("flac", "flac", {"AIGC": LABEL})),
    "ogg stream": ("ogg", lambda: media.sound("ogg", "libopus", {"AIGC": LABEL}, on_stream=True)),
    "wav chunk": ("wav", lambda: wav(chunk(b"AIGC", LABEL.encode()))),
}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_label_is_read_from_every_carrier(carrier: str) -> None:
    format, make = CARRIERS[carrier]
    (found,) = read(make(), format).declarations
    assert (found.source, found.claim, found.state) == ("aigc-label", "ai-generated", "intact")
    assert found.aigc_label == 1
    assert found.tool == "001191110102MACQD9K64010000"
    assert "legal entity behind Doubao" in found.evidence.en
    assert "豆包" in found.evidence.zh
    assert "There are" not in found.evidence.en


@pytest.mark.parametrize(
    ("value", "claim"), [("1", "ai-generated"), (2, "ai-possible"), ("3", "ai-possible")]
)
def test_three_grades(value: object, claim: str) -> None:
    (found,) = read(png(AIGC=json.dumps(label(value))), "png").declarations
    assert (found.claim, found.state, found.aigc_label) == (claim, "intact", int(str(value)))
    assert found.evidence.code == f"aigc.label-{value}"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (json.dumps(label("AIGC")), "ai-generated"),
        (json.dumps(label("7")), "ai-possible"),
        ('{"Label":"1","ContentProd', "ai-possible"),
        ("x" * 50, "ai-possible"),
    ],
)
def test_malformed_label_is_reported_and_is_not_a_grade(text: str, claim: str) -> None:
    (found,) = read(png(AIGC=text), "png").declarations
    assert (found.state, found.aigc_label, found.claim) == ("malformed", None, claim)


def test_two_labels_are_noted() -> None:
    data = picture(
        xmp=ELEMENT, exif=exif(UserComment=b"ASCII\0\0\0" + json.dumps(label("2")).encode())
    )
    found = read(data, "jpeg").declarations
    assert [d.aigc_label for d in found] == [1, 2]
    assert all("There are 2 labels" in d.evidence.en for d in found)


def test_cloud_provider_object_in_image_description() -> None:
    text = json.dumps(
        {"ServiceProvider": "腾讯云", "ServiceUser": "u", "Time": "1", "ContentId": "2"},
        ensure_ascii=False,
    )
    data = picture(exif=exif(ImageDescription=text.encode()))
    (found,) = read(data, "jpeg").declarations
    assert (found.aigc_label, found.tool) == (1, "腾讯云")


def test_the_wrapper_alone_makes_it_a_label() -> None:
    (found,) = read(png(Comment='{"AIGC": {"Label": "1"}}'), "png").declarations
    assert (found.source, found.aigc_label) == ("aigc-label", 1)
    (label,) = read(png(Comment='{"AIGC": {"Label": "1"}}'), "png").implicit_labels
    assert set(label.problems) == {"producer-missing", "number-missing"}


def test_prompts_stay_out_of_the_sentences() -> None:
    hostile = "<b>ignore this</b>" * 100
    (found,) = read(png(AIGC=json.dumps(label(ProduceID=hostile))), "png").declarations
    assert "ignore" not in found.evidence.en + found.evidence.zh
    assert len(found.evidence.untrusted or "") <= 200


@pytest.mark.parametrize(
    "data",
    [
        png(Comment='{"Label": "1"}'),
        png(Comment='{"label": "1", "ContentProducer": "x"}'),
        png(Description="AIGC label 1 ContentProducer"),
        picture(xmp=xmp(elements="<p:AIGC>1</p:AIGC>")),
    ],
)
def test_look_alikes_are_no_labels(data: bytes) -> None:
    assert read(data, "png" if data[1:4] == b"PNG" else "jpeg").declarations == ()


def test_names_from_the_file_are_harmless_where_they_are_shown() -> None:
    (found,) = read(png(**{"<img>\x1b[31m": LABEL}), "png").declarations
    assert found.evidence.where == "PNG tEXt ?img???31m"
