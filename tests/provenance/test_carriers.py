"""Declarations that lie in several parts, in another carrier, or under a tool's own key."""

from __future__ import annotations

import binascii
import io
import json
import struct
import zlib

import pytest
from PIL import Image

from tests.provenance.media import LABEL, picture, read, sound, video, with_segment, xmp

TRAINED = xmp(
    attributes='I:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/'
    'trainedAlgorithmicMedia"'
)
LABELLED = xmp(attributes=f"T:AIGC='{LABEL}'")
EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
SETTINGS = {
    "Prompt": "a ship",
    "Negative": "photo",
    "steps": 30,
    "cfg": 5,
    "seed": 2394374243,
    "sampler_name": "dpmpp_2m_sde_gpu",
    "base_model_name": "juggernautXL.safetensors",
}


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg(*segments: bytes) -> bytes:
    whole = picture()
    return whole[:2] + b"".join(segments) + whole[2:]


def extended(packet: bytes, parts: int, name: bytes = b"A" * 32) -> list[bytes]:
    step = -(-len(packet) // parts)
    return [
        segment(
            0xE1, EXTENSION + name + struct.pack(">II", len(packet), at) + packet[at : at + step]
        )
        for at in range(0, len(packet), step)
    ]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks: bytes, behind: bool = False) -> bytes:
    whole = picture("PNG")
    at = len(whole) - 12 if behind else 33
    return whole[:at] + b"".join(chunks) + whole[at:]


def raw_profile(name: str, body: bytes, kind: bytes = b"zTXt") -> bytes:
    digits = binascii.hexlify(body).decode()
    lines = "\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
    text = f"\n{name}\n{len(body):8}\n{lines}\n".encode()
    key = f"Raw profile type {name}".encode() + b"\0"
    return chunk(kind, key + (b"\0" + zlib.compress(text) if kind == b"zTXt" else text))


def iim(number: int, value: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, 2, number, len(value)) + value


def resource(kind: int, body: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", kind, 0, len(body)) + body + b"\0" * (len(body) % 2)


CREDIT = resource(0x0404, iim(110, b"Made with Google AI"))


@pytest.mark.parametrize("order", [1, -1])
def test_extended_xmp_is_joined_by_its_offsets(order: int) -> None:
    other = extended(xmp(), 2, b"B" * 32)
    parts = [p for pair in zip(extended(TRAINED, 2), other, strict=True) for p in pair]
    (found,) = read(jpeg(*parts[::order]), "jpeg").declarations
    assert (found.source, found.claim) == ("iptc", "ai-generated")


def test_a_label_in_extended_xmp_counts_as_the_one_label() -> None:
    (found,) = read(jpeg(*extended(LABELLED, 3)), "jpeg").implicit_labels
    assert found.copies == 1


def test_parts_that_are_missing_or_lie_harm_nothing() -> None:
    for body in (EXTENSION, EXTENSION + b"A" * 32 + struct.pack(">II", 10, 2**32 - 1) + b"x"):
        assert not read(with_segment(0xE1, body), "jpeg").declarations
    whole = extended(TRAINED, 40)
    assert len(read(jpeg(*whole[:30]), "jpeg").declarations) <= 1


@pytest.mark.parametrize("kind", [b"zTXt", b"tEXt"])
@pytest.mark.parametrize("name", ["xmp", "APP1"])
def test_xmp_in_a_raw_profile(name: str, kind: bytes) -> None:
    body = TRAINED if name == "xmp" else b"http://ns.adobe.com/xap/1.0/\0" + TRAINED
    (found,) = read(png(raw_profile(name, body, kind)), "png").declarations
    assert found.source == "iptc"


@pytest.mark.parametrize("start", [b"", b"Exif\0\0"])
def test_exif_in_a_raw_profile(start: bytes) -> None:
    block = Image.Exif()
    block[0x0131] = "NovelAI"
    body = start + block.tobytes().removeprefix(b"Exif\0\0")
    (found,) = read(png(raw_profile("exif", body)), "png").declarations
    assert found.tool == "NovelAI"


@pytest.mark.parametrize(
    "media",
    [
        (jpeg(segment(0xED, b"Photoshop 3.0\0" + CREDIT)), "jpeg"),
        (jpeg(*(segment(0xED, b"Photoshop 3.0\0" + p) for p in (CREDIT[:9], CREDIT[9:]))), "jpeg"),
        (png(raw_profile("iptc", CREDIT)), "png"),
        (png(raw_profile("8bim", CREDIT)), "png"),
        (png(raw_profile("iptc", iim(110, b"Made with Google AI"))), "png"),
    ],
    ids=["APP13", "APP13 in two parts", "raw iptc", "raw 8bim", "raw iim"],
)
def test_iptc_fields_of_photoshop(media: tuple[bytes, str]) -> None:
    (found,) = read(*media).declarations
    assert (found.source, found.claim) == ("iptc", "ai-generated")


@pytest.mark.parametrize("kind", [b"comf", b"wkFl"])
def test_json_in_a_chunk_that_a_tool_made_up(kind: bytes) -> None:
    graph = json.dumps({"3": {"class_type": "KSampler", "inputs": {}}}).encode()
    (found,) = read(png(chunk(kind, b"prompt\0" + graph), behind=True), "png").declarations
    assert found.tool == "ComfyUI"


@pytest.mark.parametrize(
    ("content", "tool"),
    [
        ({**SETTINGS, "software": "RuinedFooocus"}, "RuinedFooocus"),
        ({"software": "Fooocus v2.5.5"}, "Fooocus"),
        ({"app_id": "invoke-ai/InvokeAI"}, "InvokeAI"),
        (SETTINGS, "a diffusion tool"),
        ({"image": SETTINGS}, "a diffusion tool"),
        ({key.upper(): value for key, value in SETTINGS.items()}, "a diffusion tool"),
    ],
)
def test_settings_are_known_by_what_they_hold(content: object, tool: str) -> None:
    body = b"parameters\0" + json.dumps(content).encode()
    (found,) = read(png(chunk(b"tEXt", body)), "png").declarations
    assert (found.claim, found.tool) == ("ai-generated", tool)


def test_settings_each_under_a_key_of_its_own() -> None:
    keys = ("prompt", "seed", "num_inference_steps", "guidance_scale", "sampler_name")
    chunks = [chunk(b"tEXt", key.encode() + b"\0" + b"1") for key in keys]
    (found,) = read(png(*chunks), "png").declarations
    assert found.tool == "a diffusion tool"


@pytest.mark.parametrize(
    "content",
    [
        {"prompt": "Describe your trip", "steps": 9000, "model": "Fitness band"},
        {"seed": 1, "model": "ILCE-7M4", "scale": 2, "steps": 3},
        {"software": "Adobe Photoshop 26.1", "prompt": "x"},
        {"software": ["Midjourney"]},
    ],
)
def test_other_json_is_no_generator(content: object) -> None:
    body = b"Comment\0" + json.dumps(content).encode()
    assert not read(png(chunk(b"tEXt", body)), "png").declarations


@pytest.mark.parametrize("key", ["parameters", "PARAMETERS", "Comment"])
def test_letters_case_of_a_tag_does_not_count(key: str) -> None:
    tags = {key: "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"}
    (found,) = read(video("matroska", "mpeg4", tags), "mkv").declarations
    assert found.tool == "Stable Diffusion web UI"
    assert read(sound("matroska", "libopus", tags), "mkv").declarations


def samsung(*blocks: tuple[str, bytes], behind: bytes = b"") -> bytes:
    """A picture with named blocks behind it, and their directory at the end."""
    body, entries = b"", []
    for name, content in blocks:
        block = struct.pack("<HHI", 0, 0x0BA1, len(name)) + name.encode() + content
        entries.append((len(body), len(block)))
        body += block
    start = len(body)
    table = b"".join(struct.pack("<HHII", 0, 0x0BA1, start - at, size) for at, size in entries)
    directory = b"SEFH" + struct.pack("<II", 107, len(entries)) + table
    return picture() + body + directory + struct.pack("<I", len(directory)) + b"SEFT" + behind


EDITED = ("PhotoEditor_Re_Edit_Data", b'{"genAIType": 4, "representativeFrameLoc": -1}')


@pytest.mark.parametrize("order", [1, -1])
def test_samsung_keeps_its_notes_behind_any_length_of_video(order: int) -> None:
    video = ("MotionPhoto_Data", b"\0\0\0\x20ftypisom" + bytes(600_000))
    (found,) = read(samsung(*(EDITED, video)[::order]), "jpeg").declarations
    assert (found.claim, found.tool) == ("ai-edited", "Samsung Galaxy AI")


def test_samsung_without_a_directory_or_with_a_wrong_one() -> None:
    whole = samsung(EDITED)
    assert read(whole[: whole.rfind(b"SEFH")], "jpeg").declarations
    assert read(samsung(EDITED, behind=b"\0" * 40), "jpeg").declarations
    wrong = whole.replace(struct.pack("<II", 107, 1), struct.pack("<II", 107, 2**32 - 1))
    read(wrong, "jpeg")


def test_fields_of_later_directories_of_a_tiff() -> None:
    first, second = io.BytesIO(), Image.Exif()
    page = Image.new("RGB", (8, 8))
    second[0x0131] = "NovelAI"
    page.save(first, "TIFF", save_all=True, append_images=[page], exif=second)
    data = first.getvalue()
    assert read(data, "tiff").declarations
    assert not read(data[:20], "tiff").declarations
