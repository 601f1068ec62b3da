"""Readers and writers of containers: any bytes give fields, pieces or one of our errors."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from detect.core.errors import LabelError
from detect.labelling.containers.pieces import copy_pieces, size_of
from detect.labelling.metadata import FORMATS, labelled_pieces
from detect.media.further import further_pictures
from detect.media.sniff import sniff
from detect.media.source import MediaError
from detect.media.stripped import without_metadata
from detect.provenance.carriers.fields import DAMAGE, Carriers
from detect.provenance.carriers.read import read_carriers
from detect.provenance.carriers.source import Source
from detect.provenance.carriers.tiff import read_tiff
from detect.provenance.carriers.xmp import read_xmp
from detect.provenance.declarations import read_provenance
from detect.provenance.trust import TrustLists
from tests.properties.strategies import bounded, foreign, mutated
from tests.provenance import media
from tests.provenance.test_carriers import (
    CREDIT,
    EDITED,
    TRAINED,
    extended,
    jpeg,
    png,
    raw_profile,
    samsung,
    segment,
)

TAGS = {"AIGC": media.LABEL, "comment": "a"}
BLOCK = media.exif(Software="NovelAI", UserComment=b"ASCII\0\0\0Steps: 1").tobytes()


def _gif() -> bytes:
    out = io.BytesIO()
    Image.new("P", (8, 8)).save(out, "GIF", comment=media.LABEL.encode())
    return out.getvalue()


SEEDS: dict[str, tuple[bytes, ...]] = {
    "jpeg": (
        jpeg(*extended(TRAINED, 2), segment(0xED, b"Photoshop 3.0\0" + CREDIT)),
        media.picture("JPEG", exif=BLOCK, comment=media.LABEL.encode()),
        samsung(EDITED),
    ),
    "png": (media.png(AIGC=media.LABEL), png(raw_profile("xmp", TRAINED))),
    "webp": (media.picture("WEBP", exif=BLOCK, xmp=TRAINED),),
    "gif": (_gif(),),
    "tiff": (media.picture("TIFF"),),
    "wav": (media.wav(media.chunk(b"AIGC", media.LABEL.encode())),),
    "avi": (media.video("avi", "mjpeg", TAGS),),
    "mp4": (media.video("mp4", "mpeg4", TAGS), media.box(b"meta", media.box(b"hdlr"))),
    "mkv": (media.video("matroska", "mpeg4", TAGS),),
    "flv": (media.video("flv", "flv", TAGS),),
    "aiff": (
        media.sound("aiff", "pcm_s16be", TAGS),
        b"FORM\0\0\0\x16AIFFID3 \0\0\0\x0aID3\4" + bytes(6),
    ),
    "mp3": (media.sound("mp3", "libmp3lame", TAGS),),
    "flac": (media.sound("flac", "flac", TAGS),),
    "ogg": (media.sound("ogg", "libopus", TAGS, on_stream=True),),
}


@pytest.mark.parametrize("format", SEEDS)
@foreign
@given(data=st.data())
@bounded
def test_any_bytes_give_declarations(format: str, data: st.DataObject) -> None:
    content = data.draw(mutated(*SEEDS[format]))
    found = read_provenance(io.BytesIO(content), format, trust=TrustLists())
    for one in found.declarations:
        assert len(one.evidence.en) < 10_000
    assert len(read_carriers(io.BytesIO(content), format).fields) <= 512


@pytest.mark.parametrize("format", sorted(set(SEEDS) & set(FORMATS)))
@foreign
@given(data=st.data())
@bounded
def test_any_bytes_are_labelled_or_refused(format: str, data: st.DataObject) -> None:
    file = io.BytesIO(data.draw(mutated(*SEEDS[format])))
    try:
        pieces = labelled_pieces(file, format, {"AIGC": media.LABEL})
    except LabelError:
        return
    target = io.BytesIO()
    try:
        copy_pieces(file, pieces, target)
    except LabelError:
        return
    assert target.tell() == size_of(pieces)


@foreign
@given(content=mutated(BLOCK.removeprefix(b"Exif\0\0"), media.picture("TIFF")[:200]))
@bounded
def test_any_tiff_directory(content: bytes) -> None:
    out = Carriers()
    try:
        read_tiff(Source(content), out)
    except DAMAGE:
        return
    assert len(out.fields) <= 512


@foreign
@given(content=mutated(TRAINED, media.xmp("<T:AIGC>{}</T:AIGC>")))
@bounded
def test_any_packet(content: bytes) -> None:
    for space, name, value in read_xmp(content.decode("utf-8", "replace")):
        assert isinstance(space + name + value, str)


@foreign
@given(content=mutated(*(seed[:600] for seeds in SEEDS.values() for seed in seeds)))
@bounded
def test_any_start_of_a_file(content: bytes) -> None:
    try:
        assert sniff(io.BytesIO(content)).format
    except MediaError as error:
        assert error.status == "unsupported"


@pytest.mark.parametrize("decoder", ["PNG", "JPEG"])
@foreign
@given(data=st.data())
@bounded
def test_any_picture_without_its_metadata(decoder: str, data: st.DataObject) -> None:
    content = data.draw(mutated(*SEEDS[decoder.lower()]))
    bare = without_metadata(io.BytesIO(content), decoder)
    assert bare is None or len(bare.read()) <= len(content)
    further_pictures(io.BytesIO(content), Image.new("L", (1, 1)), decoder)
