"""Views of the corpus pictures (delivery conditions, random augmentation) and their CLIP features.

Features are cached outside the checkout, one file a view, so that the head can be fitted again in
seconds. A view is a function of the picture's path and the seed alone.
"""

from __future__ import annotations

import csv
import hashlib
import io
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageFilter

from detect.detectors.clip import centre_square, normalise

SEED = 20261124
CONDITIONS = ("clean", "web", "hard", "augmented-0")
"""Views that heads are judged on: as stored, JPEG 60, JPEG 40, and a random crop and delivery."""
OUTPUTS = ("class_tokens", "patch_means", "image_embeds")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the corpus manifest."""

    path: str
    label: str
    generator: str
    source: str
    origin: str
    face: bool
    width: int
    height: int
    original: tuple[int, int, str]


def read_manifest(images: Path) -> list[Item]:
    """All pictures of the corpus, in file order."""
    with open(images / "manifest.tsv", encoding="utf-8", newline="") as file:
        return [
            Item(
                row["path"],
                row["label"],
                row["generator"],
                row["source"],
                row["origin"],
                int(row["faces"] or 0) > 0,
                int(row["width"]),
                int(row["height"]),
                (int(row["original_width"]), int(row["original_height"]), row["original_format"]),
            )
            for row in csv.DictReader(file, delimiter="\t")
        ]


def recompress(picture: Image.Image, kind: str, quality: int) -> Image.Image:
    """One pass through a lossy codec."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, quality=quality)
    return Image.open(buffer).convert("RGB")


def shrink(picture: Image.Image, longest: int) -> Image.Image:
    """Longest side at most `longest` pixels."""
    factor = longest / max(picture.size)
    if factor >= 1:
        return picture
    size = tuple(max(1, round(side * factor)) for side in picture.size)
    return picture.resize(size, Image.Resampling.LANCZOS)


def augment(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """A random square crop, perhaps mirrored, through a random chain of deliveries."""
    short = min(picture.size)
    side = round(short * random.uniform(0.6, 1.0))
    left = int(random.integers(0, picture.width - side + 1))
    top = int(random.integers(0, picture.height - side + 1))
    picture = picture.crop((left, top, left + side, top + side))
    if random.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    filters = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
    for _ in range(int(random.integers(1, 4))):
        match int(random.integers(0, 6)):
            case 0 | 1:
                picture = recompress(picture, "JPEG", int(random.integers(30, 96)))
            case 2:
                picture = recompress(picture, "WEBP", int(random.integers(30, 96)))
            case 3:
                scaled = max(96, round(picture.width * random.uniform(0.4, 1.3)))
                picture = picture.resize((scaled, scaled), filters[random.integers(0, 3)])
            case 4:
                picture = picture.filter(ImageFilter.GaussianBlur(random.uniform(0.2, 1.2)))
            case _:
                pixels = np.asarray(picture, np.float32)
                pixels = pixels + random.normal(0, random.uniform(1, 6), pixels.shape)
                picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    return picture


def make_view(picture: Image.Image, view: str, path: str) -> Image.Image:
    """The picture as a view shows it: `clean`, `web`, `hard` or `augmented-N`."""
    if view == "clean":
        return picture
    if view == "web":
        return recompress(shrink(picture, 768), "JPEG", 60)
    if view == "hard":
        return recompress(shrink(picture, 512), "JPEG", 40)
    digest = hashlib.sha256(f"{SEED}/{view}/{path}".encode()).digest()
    return augment(picture, np.random.default_rng(int.from_bytes(digest[:8], "big")))


def open_backbone(network: Path, threads: int) -> onnxruntime.InferenceSession:
    """The converted CLIP tower."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(network), options, ["CPUExecutionProvider"])


def encode(session: onnxruntime.InferenceSession, picture: Image.Image) -> list[np.ndarray]:
    """The features of one picture, in the order of `OUTPUTS`."""
    inputs = {"pixel_values": normalise(centre_square(np.asarray(picture)))}
    return [output[0] for output in session.run(list(OUTPUTS), inputs)]


def load_view(
    view: str, items: list[Item], images: Path, network: Path, cache: Path, threads: int
) -> dict[str, np.ndarray]:
    """Features of all pictures under one view, from the cache where it has them.

    Returns:
        `class_tokens` and `patch_means`, shape (n, 12, 768), and `image_embeds`, shape (n, 512).
    """
    key = hashlib.sha256(network.read_bytes() + "\n".join(i.path for i in items).encode())
    key.update(f"{SEED}".encode())
    file = cache / f"{view}-{key.hexdigest()[:12]}.npz"
    if not file.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        session, started, rows = open_backbone(network, threads), time.time(), []
        for number, item in enumerate(items, start=1):
            with Image.open(images / item.path) as picture:
                rows.append(encode(session, make_view(picture.convert("RGB"), view, item.path)))
            if number % 250 == 0:
                print(
                    f"{view}: {number} of {len(items)}, {time.time() - started:.0f} s", flush=True
                )
        stacked = {name: np.stack([row[k] for row in rows]) for k, name in enumerate(OUTPUTS)}
        partial = file.with_suffix(".partial.npz")
        np.savez(partial, **stacked)
        partial.replace(file)
    with np.load(file) as stored:
        return {name: stored[name] for name in OUTPUTS}


def main() -> None:
    """Fills the cache."""
    import argparse

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--network", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("views", nargs="+")
    arguments = parser.parse_args()
    images = arguments.corpus / "images"
    items = read_manifest(images)
    for view in arguments.views:
        load_view(view, items, images, arguments.network, arguments.cache, arguments.threads)


if __name__ == "__main__":
    main()
