"""What generators write, and the ordinary metadata that must never look like it."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from detect.provenance import stealth
from tests.provenance import media
from tests.provenance.media import exif, picture, png, read, sound, xmp

WEBUI = (
    "a duck\nNegative prompt: fog\nSteps: 15, Sampler: UniPC, CFG scale: 5, Seed: 1, Size: 64x48"
)
GRAPH = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 1}},
    "4": {"class_type": "VAE", "inputs": {}},
}
UPSCALE = {"3": {"class_type": "ImageUpscaleWithModel", "inputs": {}}}
WORKFLOW = {"last_node_id": 3, "nodes": [{"id": 3, "type": "SamplerCustom"}]}
JOB = "a portrait --ar 4:3 --v 6 Job ID: 0b1c2d3e-0000-4000-8000-0123456789ab"
UUID = "4800156b-8880-4786-9056-7ca3da449d8c"
SIGNATURE = "Signature: " + "Ab1+" * 40 + "=="
DREAM = '"a hill, at night" -s 50 -S 1234 -W 512 -H 512 -C 7.5 -A k_lms'
BYTEDANCE = {
    "aigc_info": {"aigc_label_type": 0, "source_info": "dreamina"},
    "data": {"os": "web", "product": "dreamina", "exportType": "generation"},
}


def comment(text: str, *, order: str = "utf-16-be") -> bytes:
    """An EXIF comment in UTF-16."""
    return b"UNICODE\0" + text.encode(order)


FILES = {
    "web UI, PNG": ("stable-diffusion-webui", "png", lambda: png(parameters=WEBUI)),
    "web UI, JPEG": (
        "stable-diffusion-webui",
        "jpeg",
        lambda: picture(exif=exif(UserComment=comment(WEBUI))),
    ),
    "web UI, WebP": (
        "stable-diffusion-webui",
        "webp",
        lambda: picture("WEBP", exif=exif(UserComment=comment(WEBUI, order="utf-16-le"))),
    ),
    "web UI, AVIF": (
        "stable-diffusion-webui",
        "avif",
        lambda: picture("AVIF", exif=exif(Model="", UserComment=comment(WEBUI))),
    ),
    "ComfyUI prompt": ("comfyui", "png", lambda: png(prompt=json.dumps(GRAPH))),
    "ComfyUI workflow": ("comfyui", "png", lambda: png(workflow=json.dumps(WORKFLOW))),
    "ComfyUI WebP": (
        "comfyui",
        "webp",
        lambda: picture("WEBP", exif=exif(Make="prompt:" + json.dumps(GRAPH))),
    ),
    "ComfyUI MP4": (
        "comfyui",
        "mp4",
        lambda: media.video("mp4", "mpeg4", {"prompt": json.dumps(GRAPH)}),
    ),
    "ComfyUI video helper": (
        "comfyui",
        "webm",
        lambda: media.video("webm", "libvpx", {"comment": json.dumps({"prompt": GRAPH})}),
    ),
    "InvokeAI": ("invokeai", "png", lambda: png(invokeai_metadata='{"app_version": "4.0"}')),
    "InvokeAI 2": (
        "invokeai",
        "png",
        lambda: png(sd__metadata='{"app_id": "invoke-ai/InvokeAI", "image": {}}'),
    ),
    "InvokeAI 1": ("invokeai", "png", lambda: png(Dream=DREAM)),
    "Fooocus": (
        "fooocus",
        "png",
        lambda: png(parameters='{"base_model": "x", "seed": "1"}', fooocus_scheme="fooocus"),
    ),
    "Fooocus, JPEG": (
        "fooocus",
        "jpeg",
        lambda: picture(exif=exif(UserComment=comment('{"version": "Fooocus v2.5.5"}'))),
    ),
    "Fooocus, web UI's form": (
        "fooocus",
        "png",
        lambda: png(parameters=f"{WEBUI}, Version: Fooocus v2.5.5", fooocus_scheme="a1111"),
    ),
    "SD.Next": (
        "stable-diffusion-webui",
        "png",
        lambda: png(parameters="a duck\nSteps: 20, Size: 1024x1024, Sampler: UniPC, Seed: 1"),
    ),
    "SwarmUI": ("swarmui", "png", lambda: png(parameters='{"sui_image_params": {"prompt": "x"}}')),
    "NovelAI": ("novelai", "png", lambda: png(Software="NovelAI", Comment='{"steps": 28}')),
    "Midjourney": ("midjourney", "png", lambda: png(Description=JOB)),
    "Midjourney, XMP": (
        "midjourney",
        "jpeg",
        lambda: picture(
            xmp=xmp(
                elements=f'<d:description xmlns:d="http://purl.org/dc/elements/1.1/">{JOB}</d:description>'
            )
        ),
    ),
    "xAI": (
        "xai",
        "jpeg",
        lambda: picture(exif=exif(ImageDescription=SIGNATURE, Artist=UUID)),
    ),
    "Ideogram": ("ideogram", "jpeg", lambda: picture(exif=exif(Make="Ideogram AI"))),
    "Reve": ("reve", "jpeg", lambda: picture(exif=exif(Software="reve.com"))),
    "Luma": ("luma", "png", lambda: png(Source="Luma AI")),
    "Dreamina": (
        "bytedance",
        "jpeg",
        lambda: picture(exif=exif(UserComment=b"ASCII\0\0\0" + json.dumps(BYTEDANCE).encode())),
    ),
}


def re_edited(kind: int) -> bytes:
    """A photo with what Samsung's editor keeps behind it."""
    data = json.dumps({"genAIType": kind, "sepVersion": "1"})
    return picture(exif=CAMERA) + b"\0\0PhotoEditor_Re_Edit_Data" + data.encode() + b"SEFT"


@pytest.mark.parametrize("name", FILES)
def test_generator_is_named(name: str) -> None:
    code, format, make = FILES[name]
    (found,) = read(make(), format).declarations
    assert found.evidence.code == f"generator.{code}"
    assert (found.source, found.claim, found.state) == (
        "generator-metadata",
        "ai-generated",
        "intact",
    )
    assert found.evidence.where
    assert len(found.evidence.untrusted or "") <= 200


@pytest.mark.parametrize("signature", sorted(stealth._PACKED))
@pytest.mark.parametrize("size", [(40, 400), (200, 60)])
def test_settings_hidden_in_the_lowest_bits(signature: bytes, size: tuple[int, int]) -> None:
    text = WEBUI.encode()
    body = gzip.compress(text) if b"comp" in signature else text
    stream = signature + (len(body) * 8).to_bytes(4, "big") + body
    bits = np.unpackbits(np.frombuffer(stream, np.uint8))
    pixels = np.full((size[1], size[0], 4), 254, np.uint8)
    plane = pixels[..., :3] if b"rgb" in signature else pixels[..., 3:]
    columns = plane.transpose(1, 0, 2).copy()
    columns.reshape(-1)[: bits.size] |= bits
    plane[...] = columns.transpose(1, 0, 2)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    (found,) = read(out.getvalue(), "png").declarations
    assert found.evidence.code == "generator.stable-diffusion-webui"
    assert (found.evidence.untrusted or "").startswith("a duck")


@pytest.mark.parametrize(
    ("format", "data", "code", "claim"),
    [
        ("jpeg", lambda: re_edited(1), "samsung", "ai-edited"),
        ("png", lambda: png(hf__job__id=UUID), "huggingface-job", "ai-possible"),
        (
            "jpeg",
            lambda: picture(
                exif=exif(UserComment=b"ASCII\0\0\0" + b'{"aigc_info": "{\\"aigc_type\\": 1}"}')
            ),
            "bytedance",
            "ai-possible",
        ),
    ],
)
def test_weaker_claims(format: str, data: Callable[[], bytes], code: str, claim: str) -> None:
    (found,) = read(data(), format).declarations
    assert (found.evidence.code, found.claim) == (f"generator.{code}", claim)
    assert found.tool


@pytest.mark.parametrize("product", ["dreamina", "dreamina_oversea"])
def test_objects_inside_may_be_text(product: str) -> None:
    data = {key: json.dumps(value) for key, value in BYTEDANCE.items()}
    data["data"] = data["data"].replace("dreamina", product)
    comment = b"ASCII\0\0\0" + json.dumps(data).encode()
    (found,) = read(picture(exif=exif(UserComment=comment)), "jpeg").declarations
    assert (found.evidence.code, found.claim) == ("generator.bytedance", "ai-generated")


def test_workflow_without_sampling_is_only_possible() -> None:
    (found,) = read(png(prompt=json.dumps(UPSCALE)), "png").declarations
    assert (found.claim, found.evidence.code) == ("ai-possible", "generator.comfyui")


def test_iptc_source_type_in_xmp() -> None:
    address = "http://cv.iptc.org/newscodes/digitalsourcetype/"
    for source, claim in (
        ("trainedAlgorithmicMedia", "ai-generated"),
        ("compositeWithTrainedAlgorithmicMedia", "ai-edited"),
        ("digitalCapture", "captured"),
        ("algorithmicMedia", "not-ai"),
    ):
        for packet in (
            xmp(elements=f"<I:DigitalSourceType>{address}{source}</I:DigitalSourceType>"),
            xmp(attributes=f'I:DigitalSourceType="{address}{source}"'),
            xmp(elements=f'<I:DigitalSourceType rdf:resource="{address}{source}"/>'),
        ):
            (found,) = read(picture(xmp=packet), "jpeg").declarations
            assert (found.source, found.claim, found.state) == ("iptc", claim, "intact")


@pytest.mark.parametrize("name", ["AISystemUsed", "AIPromptInformation", "AIPromptWriterName"])
def test_iptc_fields_on_ai(name: str) -> None:
    (found,) = read(picture(xmp=xmp(attributes=f'I:{name}="x"')), "jpeg").declarations
    assert (found.source, found.claim) == ("iptc", "ai-edited")
    assert read(picture(xmp=xmp(attributes=f'I:{name}=""')), "jpeg").declarations == ()
    assert read(picture(xmp=xmp(attributes=f'p:{name}="x"')), "jpeg").declarations == ()


def test_google_credit_line() -> None:
    data = picture(xmp=xmp(elements="<p:Credit>Edited with Google AI</p:Credit>"))
    (found,) = read(data, "jpeg").declarations
    assert (found.source, found.claim) == ("iptc", "ai-edited")


CAMERA = exif(
    Make="Canon", Model="Canon EOS R5", Software="Adobe Lightroom 13.0", Artist="A. Person",
    ImageDescription="a prompt, the parameters and a workflow; lora imagen flux",
    UserComment=b"ASCII\0\0\0seed 12, steps on the hill",
)  # fmt: skip
ORDINARY = {
    "camera JPEG": ("jpeg", lambda: picture(exif=CAMERA)),
    "camera AVIF": ("avif", lambda: picture("AVIF", exif=CAMERA)),
    "camera TIFF": ("tiff", lambda: picture("TIFF", exif=CAMERA)),
    "words in a PNG": (
        "png",
        lambda: png(
            parameters="blur: 3, radius: 2",
            prompt="Press any key",
            workflow="scan, crop, save",
            Comment="Created with GIMP",
            Software="gnome-screenshot",
            Description="Steps: to the door, Sampler: of cheese",
            Source="Luma AI review, page 3",
        ),
    ),
    "JSON that is no graph": (
        "png",
        lambda: png(prompt='{"a": {"class_type": 1}}', workflow='{"nodes": []}', parameters="[1]"),
    ),
    "JSON bomb": ("png", lambda: png(prompt='{"a":' * 50_000)),
    "phone photo, edited without AI": ("jpeg", lambda: re_edited(0)),
    "another job's number": ("png", lambda: png(hf__job__id="17")),
    "wrong signature line": (
        "jpeg",
        lambda: picture(exif=exif(ImageDescription=SIGNATURE, Artist="A. Person")),
    ),
    "TikTok download, label type 0": (
        "mp4",
        lambda: media.video("mp4", "mpeg4", {"AigcInfo": '{"aigc_label_type": 0}'}),
    ),
    "ffmpeg": ("mp4", lambda: media.video("mp4", "mpeg4", {"encoder": "Lavf60.3.100"})),
    "sound": ("mp3", lambda: media.sound("mp3", "libmp3lame", {"title": "Imagen", "comment": "x"})),
    "entity bomb": (
        "jpeg",
        lambda: picture(
            xmp=b'<!DOCTYPE x [<!ENTITY a "Made with Google AI">]>'
            + xmp(elements="<p:Credit>&a;</p:Credit>")
        ),
    ),
    "collage": ("jpeg", lambda: picture(xmp=xmp(attributes='I:DigitalSourceType="composite"'))),
    "source type in another namespace": (
        "jpeg",
        lambda: picture(xmp=xmp(attributes='p:DigitalSourceType="trainedAlgorithmicMedia"')),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_metadata_declares_nothing(name: str) -> None:
    format, make = ORDINARY[name]
    found = read(make(), format)
    assert found.declarations == ()
    assert found.c2pa_state == "absent"


def test_compressed_text_is_bounded() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", " " * 30_000_000, zip=True)
    assert read(picture("PNG", pnginfo=info), "png").declarations == ()


def test_xmp_in_a_private_frame_of_an_mp3_is_read() -> None:
    source = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    packet = xmp(attributes=f'I:DigitalSourceType="{source}" p:Credit="Studio Ä"').decode()
    found = read(sound("mp3", "libmp3lame", {"id3v2_priv.XMP": packet}), "mp3")
    assert {d.source for d in found.declarations} == {"iptc"}
