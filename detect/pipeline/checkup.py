"""What `detect doctor` looks at."""

from __future__ import annotations

import importlib.metadata
import io
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from detect.core.errors import DetectError

__all__ = ["Check", "examine_installation"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    result: str


NEEDED = ("av", "c2pa-python", "click", "jinja2", "numpy", "onnxruntime", "pillow", "pillow-heif")
OPTIONAL = ("torch", "torchvision", "transformers")


def examine_installation() -> Iterator[Check]:
    """Versions, decoders, weights, golden scores; yields as it goes."""
    import detect

    yield Check("detect", True, detect.__version__)
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
    """Encodes a tiny file of each kind here and has a worker process decode it."""
    from detect.core.settings import Settings
    from detect.pipeline.scanner import open_pool, read_one

    settings = Settings(workers=1)
    with open_pool(settings) as pool:
        for name, content in _tiny_files():
            try:
                answer = read_one(pool, content, settings)
            except DetectError as error:
                yield Check(f"decode {name}", False, str(error))
                continue
            yield Check(f"decode {name}", answer.status == "ok", answer.reason or "ok")


def _tiny_files() -> Iterator[tuple[str, bytes]]:
    import av
    import numpy as np
    import pillow_heif
    from PIL import Image

    pillow_heif.register_heif_opener()
    ramp = np.linspace(0, 255, 96 * 96 * 3, dtype=np.uint8).reshape(96, 96, 3)
    picture = Image.fromarray(ramp)
    for name in ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF"):
        target = io.BytesIO()
        picture.save(target, name)
        yield name.lower(), target.getvalue()
    tone = (np.sin(np.arange(16_000) * 0.2) * 8000).astype(np.int16)[None]
    for name, container, codec in (
        ("wav", "wav", "pcm_s16le"),
        ("flac", "flac", "flac"),
        ("mp3", "mp3", "libmp3lame"),
        ("m4a (AAC)", "mp4", "aac"),
        ("ogg (Opus)", "ogg", "libopus"),
    ):
        target = io.BytesIO()
        with av.open(target, "w", format=container) as out:
            rate = 48_000 if codec == "libopus" else 16_000
            stream = out.add_stream(codec, rate=rate, layout="mono")
            resampler = av.AudioResampler(stream.format, "mono", rate, stream.frame_size or None)
            sound = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
            sound.rate = 16_000
            for frame in (*resampler.resample(sound), *resampler.resample(None)):
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        yield name, target.getvalue()
    for name, container, codec in (
        ("mp4 (H.264)", "mp4", "libx264"),
        ("webm (VP9)", "webm", "libvpx-vp9"),
        ("mkv (H.264)", "matroska", "libx264"),
        ("avi (MPEG-4)", "avi", "mpeg4"),
    ):
        target = io.BytesIO()
        with av.open(target, "w", format=container) as out:
            stream = out.add_stream(codec, rate=8)
            stream.width = stream.height = 96
            stream.pix_fmt = "yuv420p"
            for number in range(8):
                shifted = np.roll(ramp, number * 7, axis=1)
                out.mux(stream.encode(av.VideoFrame.from_ndarray(shifted, format="rgb24")))
            out.mux(stream.encode(None))
        yield name, target.getvalue()


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
        drift = abs(golden.score - golden.expected)
        yield Check(
            f"golden score {golden.model}",
            drift <= golden.tolerance,
            f"{golden.score:.4f}, expected {golden.expected:.4f} ± {golden.tolerance:g}",
        )


def _trust() -> Check:
    from detect.detectors.trust import load_trust

    names = load_trust().names
    return Check("trust lists", True, ", ".join(names) or "none imported (detect trust import)")
