"""Files with known provenance, ordinary files, damaged files: all are read, none raises."""

from __future__ import annotations

import csv
import io
import random
import struct
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from detect.core.provenance import Provenance
from detect.core.serialize import from_plain, to_plain
from detect.provenance.declarations import read_provenance
from detect.provenance.trust import TrustLists, import_list, load_trust
from tests.provenance.media import NO_TRUST, box, exif, picture, read, video

DAMAGED = ("content-changed", "broken-signature")
# The library refuses this one, written to a draft of the standard.
UNREADABLE = ("c2pa/rs_prerelease.jpg",)
GENERATORS = {
    "automatic1111": "stable-diffusion-webui",
    "fooocus": "fooocus",
    "invokeai": "invokeai",
    "novelai": "novelai",
}
ORIGINALS = {
    "cal_doubao_gray_1x1_1.png": ("aigc-label", "ai-generated", "absent"),
    "cal_jimeng_cap_C.png": ("aigc-label", "ai-generated", "absent"),
    "cal_samsung_black_1.png": ("c2pa", "ai-edited", "valid"),
    "raw_chatgpt-1.png": ("c2pa", "ai-generated", "expired"),
    "raw_firefly-1.png": ("c2pa", "ai-generated", "valid"),
    "raw_flux-1.jpg": ("c2pa", "ai-generated", "expired"),
    "raw_grok-1.jpg": ("generator-metadata", "ai-generated", "absent"),
}


def scan(path: Path, trust: TrustLists = NO_TRUST) -> Provenance:
    """What a file with a truthful suffix declares."""
    suffix = path.suffix[1:].lower()
    with path.open("rb") as file:
        return read_provenance(file, {"jpg": "jpeg"}.get(suffix, suffix), trust=trust)


@pytest.fixture(params=["no list", "published lists"])
def trust(
    request: pytest.FixtureRequest,
    provenance: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> TrustLists:
    """Without and with the published trust lists imported."""
    monkeypatch.setenv("DETECT_HOME", str(tmp_path))
    if request.param == "published lists":
        for path in sorted((provenance / "trust").glob("*.pem")):
            import_list(path)
    return load_trust()


def rows(provenance: Path, folder: str) -> list[dict[str, str]]:
    """The rows of one folder."""
    with (provenance / "manifest.tsv").open(encoding="utf-8") as file:
        return [r for r in csv.DictReader(file, delimiter="\t") if r["path"].startswith(folder)]


def test_labels_of_real_containers(provenance: Path, trust: TrustLists) -> None:
    for row in rows(provenance, "aigc/"):
        (found,) = scan(provenance / row["path"], trust).declarations
        if row["expected"].startswith("Label"):
            assert found.aigc_label == int(row["expected"][-1]), row["path"]
            assert found.state == "intact", row["path"]
        else:
            assert (found.state, found.aigc_label) == ("malformed", None), row["path"]


def test_credentials_of_test_signers(provenance: Path, trust: TrustLists) -> None:
    for row in rows(provenance, "c2pa/"):
        found = scan(provenance / row["path"], trust)
        expected = {
            "no manifest": ("absent",),
            "Invalid": DAMAGED,
            "remote manifest URL only": ("remote",),
            "Valid/untrusted (test cert)": ("valid",),
        }[row["expected"]]
        if row["path"] in UNREADABLE:
            expected = ("unreadable",)
        assert found.c2pa_state in expected, row["path"]
        assert found.trust_lists == trust.names
        assert (found.c2pa_remote is not None) == (found.c2pa_state == "remote")
        assert not [d for d in found.declarations if d.claim.startswith("ai-")], row["path"]


def test_metadata_of_generators(provenance: Path) -> None:
    for row in rows(provenance, "genmeta/"):
        (found,) = scan(provenance / row["path"]).declarations
        name = Path(row["path"]).name.removeprefix("sdp_")
        code = next((c for key, c in GENERATORS.items() if name.startswith(key)), "comfyui")
        assert found.evidence.code == f"generator.{code}", row["path"]
        assert found.claim == "ai-generated"


def test_originals_of_products(provenance: Path, trust: TrustLists) -> None:
    for row in rows(provenance, "real/"):
        found = scan(provenance / row["path"], trust)
        source, claim, state = ORIGINALS[Path(row["path"]).name]
        best = found.declarations[0]
        assert (best.source, best.claim, found.c2pa_state) == (source, claim, state), row["path"]
        assert best.state != "void"


def test_ordinary_photo_is_quick() -> None:
    photo = picture(size=(4000, 3000), quality=90, exif=exif(Make="Canon", Model="EOS"))
    read(photo, "jpeg")
    times = []
    for _ in range(7):
        started = time.process_time()
        assert not read(photo, "jpeg").declarations
        times.append(time.process_time() - started)
    assert sorted(times)[3] < 0.02


def test_corpus_declares_nothing(corpus: Path) -> None:
    files = [p for p in sorted(corpus.rglob("*")) if p.suffix in (".webp", ".mp4", ".webm", ".gif")]
    for path in files[:: max(1, len(files) // 300)]:
        assert replace(scan(path), claims=()) == Provenance(), path


def test_result_survives_the_way_out_of_a_worker(provenance: Path) -> None:
    found = scan(provenance / "real" / "raw_chatgpt-1.png")
    assert from_plain(Provenance, to_plain(found)) == found


FORMATS = ("jpeg", "png", "webp", "gif", "tiff", "avif", "heif", "mp4", "mov", "m4a", "mkv", "webm",
           "avi", "flv", "wav", "flac", "mp3", "ogg", "", "unknown")  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_damage_is_never_an_error(format: str) -> None:
    dice = random.Random(format)
    seeds = [picture(), picture("PNG"), picture("GIF"), picture("TIFF"), video("mp4", "mpeg4", {})]
    for seed in seeds:
        for _ in range(20):
            data = bytearray(seed[: dice.randrange(len(seed))])
            for _ in range(8):
                if data:
                    data[dice.randrange(len(data))] = dice.randrange(256)
            read_provenance(io.BytesIO(data), format, trust=NO_TRUST)
    read_provenance(io.BytesIO(), format, trust=NO_TRUST)


def test_hostile_files_are_read_or_passed_over(hostile: Path) -> None:
    for path in sorted((hostile / "files").rglob("*")):
        if path.is_file():
            assert not [d for d in scan(path).declarations if d.claim.startswith("ai-")], path


@cache
def floods() -> dict[str, tuple[str, bytes]]:
    """Containers of a million tiny parts."""
    million = 1_000_000
    head = struct.pack("<I", 8 * million + 4)
    size = b"\0\0\0\x08"
    return {
        "png": ("png", picture("PNG")[:33] + (bytes(4) + b"teSt" + bytes(4)) * million),
        "gif": ("gif", picture("GIF")[:-1] + b"\x21\xfe\x01a\x00" * million),
        "wav": ("wav", b"RIFF" + head + b"WAVE" + b"abcd\0\0\0\0" * million),
        "webp": ("webp", b"RIFF" + head + b"WEBP" + b"abcd\0\0\0\0" * million),
        "mp4": ("mp4", box(b"ftyp", b"isom", bytes(4)) + (size + b"free") * million),
        "tiff": ("tiff", b"II*\0\x08\0\0\0\xff\xff" + b"\x0e\1\2\0\0\0\x10\0" * million),
        "jpeg": ("jpeg", picture()[:2] + b"\xff\xec\0\2" * 3 * million),
    }


@pytest.mark.parametrize("name", ["png", "gif", "wav", "webp", "mp4", "tiff", "jpeg"])
def test_flood_of_tiny_parts_is_passed_over(name: str) -> None:
    format, data = floods()[name]
    started = time.process_time()
    assert read(data, format).declarations == ()
    assert time.process_time() - started < 2
