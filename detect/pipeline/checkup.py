"""What `detect doctor` looks at."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from detect.core.errors import DetectError
from detect.core.version import VERSION

__all__ = ["Check", "examine_installation"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    result: str


NEEDED = (
    "av",
    "c2pa-python",
    "click",
    "jinja2",
    "numpy",
    "onnxruntime",
    "pillow",
    "pillow-heif",
    "rapidocr",
    "rich",
)
OPTIONAL = ("torch", "transformers")


def examine_installation() -> Iterator[Check]:
    """Versions, decoders, weights, golden scores; yields as it goes."""
    yield Check("detect", True, VERSION)
    yield Check(
        "python",
        sys.version_info >= (3, 11),
        f"{platform.python_version()} on {platform.platform()}, {platform.machine()}",
    )
    for name in NEEDED:
        yield _version(name, needed=True)
    for name in OPTIONAL:
        yield _version(name, needed=False)
    yield from _decoders()
    yield from _weights()
    yield _trust()


def _version(name: str, *, needed: bool) -> Check:
    try:
        return Check(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        missing = "missing; install the package again" if needed else "not installed (optional)"
        return Check(name, not needed, missing)


def _decoders() -> Iterator[Check]:
    """Has a worker process decode a tiny file of each kind."""
    from detect.core.settings import Settings
    from detect.pipeline.extraction import Extractor
    from detect.pipeline.tiny_files import tiny_files

    with Extractor(Settings(workers=1)) as extractor:
        for name, content in tiny_files():
            file = next(iter(extractor.extract([content])))
            yield Check(f"decode {name}", file.status == "ok", file.reason or "ok")


def _weights() -> Iterator[Check]:
    from detect.detectors.golden import golden_scores
    from detect.models.manifest import load_manifest

    try:
        manifest = load_manifest()
    except DetectError as error:
        yield Check("weights manifest", False, str(error))
        return
    intact = True
    for model in manifest.models:
        try:
            model.verify()
            size = sum(f.size for f in model.files.values()) / 1e6
            yield Check(f"weights {model.id}", True, f"{size:.1f} MB, sha256 as declared")
        except DetectError as error:
            intact = False
            yield Check(f"weights {model.id}", False, str(error))
    if not intact:
        return
    for golden in golden_scores(manifest):
        yield Check(
            f"golden score {golden.model}",
            golden.ok,
            f"{golden.score:.4f}, expected {golden.expected:.4f} ± {golden.tolerance:g}",
        )


def _trust() -> Check:
    from detect.provenance.trust import load_trust

    names = load_trust().names
    return Check("trust lists", True, ", ".join(names) or "none imported (detect trust import)")
