"""Content Credentials signed here with a throw-away authority: states, chains, claims."""

from __future__ import annotations

import datetime as dt
import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from detect.core.provenance import Provenance
from detect.provenance.carriers.read import read_carriers
from detect.provenance.declarations import read_provenance
from detect.provenance.source_types import action_claim, term
from detect.provenance.trust import TrustLists
from scripts.samples.sign_c2pa import SOURCE_TYPE, Authority, make_authority, manifest, sign
from tests.provenance import media
from tests.provenance.media import NO_TRUST, picture

Signed = Callable[..., Path]


def step(action: str, source: str | None = None) -> dict[str, str]:
    """An action with a digital source type."""
    return {"action": f"c2pa.{action}"} | (
        {"digitalSourceType": SOURCE_TYPE + source} if source else {}
    )


AI = step("created", "trainedAlgorithmicMedia")
CAMERA = step("created", "digitalCapture")


def read(path: Path, trust: TrustLists = NO_TRUST) -> Provenance:
    """What a JPEG declares."""
    with path.open("rb") as file:
        return read_provenance(file, "jpeg", trust=trust)


def trusting(authority: Authority) -> TrustLists:
    """One imported list with one authority."""
    return TrustLists(("test",), ("0" * 64,), authority.pem)


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Who signs, unless a test says otherwise."""
    return make_authority()


@pytest.fixture
def signed(tmp_path: Path, authority: Authority) -> Signed:
    """Signs a small picture: `signed(*actions, by=authority, name=..., sources=...)`."""
    plain = tmp_path / "plain.jpg"
    plain.write_bytes(picture())
    count = 0

    def make(
        *actions: dict[str, str],
        by: Authority = authority,
        name: str = "Some Generator",
        sources: dict[Path, str] | None = None,
        **more: object,
    ) -> Path:
        nonlocal count
        count += 1
        path = tmp_path / f"signed{count}.jpg"
        sign(plain, path, manifest(name, *actions, **more), by, ingredients=sources)
        return path

    return make


def claims(found: Provenance) -> list[tuple[str, str]]:
    """Claims with their states, strongest first."""
    return [(d.claim, d.state) for d in found.declarations]


def test_signer_on_an_imported_list(signed: Signed, authority: Authority) -> None:
    found = read(signed(AI), trusting(authority))
    assert found.c2pa_state == "trusted"
    assert found.trust_lists == ("test",)
    assert found.c2pa_problems == ()
    assert claims(found) == [("ai-generated", "trusted")]
    (only,) = found.manifests
    assert (only.relationship, only.generator) == ("active", "Some Generator")
    assert only.actions == ("c2pa.created (trainedAlgorithmicMedia)",)
    assert only.signer == "Throw-away Test Signer"


def test_signer_on_no_list(signed: Signed) -> None:
    found = read(signed(AI), trusting(make_authority("Somebody Else")))
    assert found.c2pa_state == "valid"
    assert claims(found) == [("ai-generated", "untrusted")]
    assert "not on an imported trust list" in found.declarations[0].evidence.en
    assert "no trust list is imported" in read(signed(AI)).declarations[0].evidence.en


@pytest.mark.parametrize(
    ("name", "source", "claim"),
    [
        ("Dreamina/1.0", None, "ai-possible"),
        ("Dreamina/1.0", "trainedAlgorithmicMedia", "ai-generated"),
        ("Dreamina/1.0", "digitalCapture", "captured"),
        ("Some Camera", None, None),
    ],
)
def test_a_generator_that_does_not_say_what_it_made(
    signed: Signed, name: str, source: str | None, claim: str | None
) -> None:
    found = read(signed(step("created", source), name=name))
    assert [d.claim for d in found.declarations] == ([claim] if claim else [])
    if claim == "ai-possible":
        assert "generator of ByteDance took part" in found.declarations[0].evidence.en


def test_expired_credential_is_not_tampering(signed: Signed) -> None:
    short = make_authority(valid=dt.timedelta(days=1, seconds=2))
    path = signed(AI, by=short)
    end = time.monotonic() + 20
    while (found := read(path, trusting(short))).c2pa_state == "trusted" and time.monotonic() < end:
        time.sleep(0.25)
    assert found.c2pa_state == "expired"
    assert claims(found) == [("ai-generated", "expired")]


def test_changed_content_voids_the_claim(signed: Signed, authority: Authority) -> None:
    path = signed(AI)
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)
    found = read(path, trusting(authority))
    assert found.c2pa_state == "content-changed"
    assert "assertion.dataHash.mismatch" in found.c2pa_problems
    assert claims(found) == [("ai-generated", "void")]


def test_damaged_store_is_unreadable(signed: Signed) -> None:
    path = signed(AI)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"c2cl", b"zzzz", 1))
    assert read(path).c2pa_state in ("unreadable", "broken-signature")
    assert not any(d.state != "void" for d in read(path).declarations)


def test_claim_of_an_ancestor_is_found(signed: Signed, authority: Authority) -> None:
    path = signed(step("edited"), sources={signed(AI, name="ChatGPT"): "parentOf"})
    found = read(path, trusting(authority))
    assert claims(found) == [("ai-generated", "trusted")]
    assert [m.depth for m in found.manifests] == [0, 1]
    evidence = found.declarations[0].evidence
    assert "in an earlier step, OpenAI's ChatGPT" in evidence.en
    assert "manifest 2 of 2 (parentOf)" in (evidence.where or "")


def test_component_is_a_part_not_the_whole(signed: Signed, authority: Authority) -> None:
    photo = signed(CAMERA, name="Camera")
    path = signed(step("cropped"), sources={photo: "parentOf", signed(AI): "componentOf"})
    assert claims(read(path, trusting(authority))) == [
        ("ai-edited", "trusted"),
        ("captured", "trusted"),
    ]


def test_camera_picture_placed_somewhere_is_no_capture_of_this_file(signed: Signed) -> None:
    photo = signed(CAMERA)
    path = signed(step("created", "digitalCreation"), sources={photo: "componentOf"})
    assert claims(read(path)) == [("not-ai", "untrusted")]


def test_camera_picture_as_input_of_a_generator(signed: Signed) -> None:
    path = signed(AI, sources={signed(CAMERA): "inputTo"})
    assert claims(read(path)) == [("ai-generated", "untrusted")]


def test_genuine_credential_under_an_unknown_signer_proves_nothing(
    signed: Signed, authority: Authority
) -> None:
    photo = signed(CAMERA)
    forged = signed(step("edited"), by=make_authority("Forger"), sources={photo: "parentOf"})
    found = read(forged, trusting(authority))
    assert found.manifests[1].problems == ()
    assert claims(found) == [("captured", "untrusted")]


def test_parent_that_was_changed_before_is_void_but_this_file_is_intact(
    signed: Signed, authority: Authority
) -> None:
    broken = signed(AI)
    data = bytearray(broken.read_bytes())
    data[-40] ^= 1
    broken.write_bytes(data)
    found = read(signed(step("edited"), sources={broken: "parentOf"}), trusting(authority))
    assert found.c2pa_state == "trusted"
    assert claims(found) == [("ai-generated", "void")]


def test_long_chain_is_walked_within_limits(signed: Signed) -> None:
    path = signed(AI)
    for _ in range(6):
        path = signed(step("edited"), sources={path: "parentOf"})
    found = read(path)
    assert [m.depth for m in found.manifests] == list(range(7))
    assert claims(found) == [("ai-generated", "untrusted")]


def test_hostile_names_stay_out_of_the_sentences(signed: Signed) -> None:
    name = "</script><script>alert(1)"
    (only,) = read(signed(AI, name=name)).declarations
    assert "script" not in only.evidence.en + only.evidence.zh
    assert only.tool == name
    assert name in (only.evidence.untrusted or "")
    hostile = signed(AI | {"action": "c2pa.created"}, step("<script>", "composite"))
    assert all("<" not in (d.evidence.where or "") for d in read(hostile).declarations)


def test_soft_binding_is_named(signed: Signed) -> None:
    binding = {
        "label": "c2pa.soft-binding",
        "data": {"alg": "com.example.mark.1", "blocks": [{"scope": {}, "value": "AA=="}]},
    }
    assert read(signed(AI, assertions=[binding])).c2pa_soft_bindings == ("com.example.mark.1",)


def test_source_type_in_signed_iptc_metadata(signed: Signed) -> None:
    metadata = {
        "label": "stds.iptc",
        "data": {
            "@context": {"Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"},
            "Iptc4xmpExt:DigitalSourceType": SOURCE_TYPE + "trainedAlgorithmicMedia",
        },
    }
    assert claims(read(signed(step("created"), assertions=[metadata])))[0][0] == "ai-generated"


CONTAINERS = {
    "png": lambda: picture("PNG"),
    "webp": lambda: picture("WEBP"),
    "gif": lambda: picture("GIF"),
    "tiff": lambda: picture("TIFF"),
    "avif": lambda: picture("AVIF"),
    "mp4": lambda: media.video("mp4", "mpeg4", {}),
    "mov": lambda: media.video("mov", "mpeg4", {}),
    "avi": lambda: media.video("avi", "mjpeg", {}),
    "m4a": lambda: media.sound("ipod", "aac", {}),
    "wav": lambda: media.wav(),
    "mp3": lambda: media.sound("mp3", "libmp3lame", {"title": "x"}),
    "flac": lambda: media.sound("flac", "flac", {}),
}


@pytest.mark.parametrize("format", CONTAINERS)
def test_every_container(format: str, tmp_path: Path, authority: Authority) -> None:
    plain, path = tmp_path / f"plain.{format}", tmp_path / f"signed.{format}"
    plain.write_bytes(CONTAINERS[format]())
    sign(plain, path, manifest("Some Generator", AI), authority)
    found = media.read(path.read_bytes(), format, trusting(authority))
    assert found.c2pa_state == "trusted"
    assert claims(found) == [("ai-generated", "trusted")]
    assert media.read(plain.read_bytes(), format) == Provenance()
    assert read_carriers(io.BytesIO(path.read_bytes()), format).c2pa


@pytest.mark.parametrize(
    ("action", "source", "claim"),
    [
        ("created", "trainedAlgorithmicMedia", "ai-generated"),
        ("opened", "trainedAlgorithmicMedia", "ai-generated"),
        ("created", "compositeWithTrainedAlgorithmicMedia", "ai-edited"),
        ("created", "composite", "ai-possible"),
        ("created", "algorithmicMedia", "not-ai"),
        ("created", "screenCapture", "not-ai"),
        ("created", "computationalCapture", "captured"),
        ("edited", "trainedAlgorithmicMedia", "ai-edited"),
        ("edited", "composite", "ai-possible"),
        ("edited", "digitalArt", "ai-possible"),
        ("edited", "algorithmicMedia", None),
        ("edited", "digitalCapture", None),
        ("converted", "trainedAlgorithmicMedia", None),
        ("watermarked.unbound", "trainedAlgorithmicMedia", None),
    ],
)
def test_meaning_of_action_and_source_type(action: str, source: str, claim: str | None) -> None:
    assert action_claim(f"c2pa.{action}", source) == claim


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", True),
        (" https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia/", True),
        ("digsrctype:trainedAlgorithmicMedia", True),
        ("trainedAlgorithmicMedia", True),
        ("https://schema.org/TrainedAlgorithmicMediaDigitalSource", True),
        ("not trainedAlgorithmicMedia", False),
        ("http://example.com/digitalsourcetype/trainedAlgorithmicMedia", False),
        (None, False),
    ],
)
def test_terms(value: object, expected: bool) -> None:
    assert term(value) == ("trainedAlgorithmicMedia" if expected else None)
