"""Views of the corpus pictures (delivery conditions, random augmentation) and their CLIP features.

Features are cached outside the checkout, one file a view, so that the head can be fitted again in
seconds. A view is a function of the picture's path and the seed alone.
"""

from __future__ import annotations

import csv
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from detect.picture.clip import centre_square, normalise
from scripts.picture.delivery import deliver, random_square, recompress

SEED = 20261124
CONDITIONS = ("clean", "web", "hard", "delivered-0")
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


def shrink(picture: Image.Image, longest: int) -> Image.Image:
    """Longest side at most `longest` pixels."""
    factor = longest / max(picture.size)
    if factor >= 1:
        return picture
    size = tuple(max(1, round(side * factor)) for side in picture.size)
    return picture.resize(size, Image.Resampling.LANCZOS)


def make_view(picture: Image.Image, view: str, path: str) -> Image.Image:
    """The picture as a view shows it: `clean`, `web`, `hard` or `delivered-N`."""
    if view == "clean":
        return picture
    if view == "web":
        return recompress(shrink(picture, 768), "JPEG", 60)
    if view == "hard":
        return recompress(shrink(picture, 512), "JPEG", 40)
    digest = hashlib.sha256(f"{SEED}/{view}/{path}".encode()).digest()
    random = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    return deliver(random_square(picture, random), random)


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
        return {name: stored[name] for name in OUTPUTS if name in stored}


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
