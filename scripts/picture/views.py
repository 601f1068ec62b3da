r"""Views of the training pictures and their CLIP features, cached by picture and view.

    OMP_NUM_THREADS=1 python -m scripts.picture.views --cache CACHE FOLDER...

0.11 to 0.15 CPU-s a picture and view on one core. A view is a function of the picture and the seed;
what is in the cache is not computed again, so that the set can grow.

- `web`: longest side 768, JPEG 60; `hard`: 512, JPEG 40; `clean`: as stored.
- `wface`: of `web`, the square around the largest face, as the detector cuts it out.
- `del0`: a random square through random deliveries, or (1 in 5) shrunk, sharpened and recompressed.
- `dface0`: a looser or tighter square around the face through random deliveries.
- `small`: shrunk to a longest side of 140 to 330, mostly sharpened.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageFilter

from detect.faces.detection import FaceDetector
from detect.models.manifest import load_manifest
from detect.models.subgraph import subgraph
from detect.picture.clip import centre_square, normalise
from detect.picture.face_view import LEAST, square_around
from scripts.collecting.collection import Picture, locate, read_sources
from scripts.picture.delivery import deliver, random_square, recompress
from scripts.picture.features import make_view

SEED = 20261201
BLOCKS = (5, 6, 7, 8, 9, 10)
"""Whose tokens are kept: after each, the class token, the mean and the deviation of the patches."""
WIDTH = 768
PLAN = (
    *(("web", 24), ("wface", 24), ("del0", 12), ("dface0", 12)),
    *(("small", 2), ("hard", 3), ("clean", 3)),
)
"""Views, and of how many pictures of a source (by lot) at most."""
CHUNK = 100

Box = tuple[float, float, float, float]


class Backbone:
    """Tokens of one picture after `BLOCKS`, and its faces."""

    def __init__(self) -> None:
        manifest = load_manifest()
        self._outputs = [f"tokens_{block}" for block in BLOCKS]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        content = subgraph(manifest["clip-vit-b16"].read("network"), self._outputs)
        self._network = onnxruntime.InferenceSession(content, options, ["CPUExecutionProvider"])
        self._faces = FaceDetector(manifest)

    def __call__(self, picture: Image.Image) -> np.ndarray:
        """float16, shape (blocks, 3, 768)."""
        inputs = {"pixel_values": normalise(centre_square(np.asarray(picture)))}
        streams = [stream[0] for stream in self._network.run(self._outputs, inputs)]
        parts = [np.stack([s[0], s[1:].mean(0), s[1:].std(0)]) for s in streams]
        return np.stack(parts).astype(np.float16)

    def largest_face(self, picture: Image.Image) -> tuple[Box, int] | None:
        """Box of the largest face of the `web` view, and that view's width in pixels."""
        web = make_view(picture, "web", "")
        boxes = [f.box for f in self._faces.find(np.asarray(web)) if min(f.box[2:]) >= LEAST]
        largest = max(boxes, key=lambda box: box[2] * box[3], default=None)
        return None if largest is None else (largest, web.width)


def loose_square(picture: Image.Image, box: Box, random: np.random.Generator) -> Image.Image:
    """A square of 1.25 to 1.9 times a box, a little beside it, mirrored or not."""
    left, top, across, down = box
    side = min(max(across, down) * random.uniform(1.25, 1.9), *picture.size)
    x = left + across / 2 + random.uniform(-0.08, 0.08) * side - side / 2
    y = top + down / 2 + random.uniform(-0.08, 0.08) * side - side / 2
    x, y = min(max(x, 0), picture.width - side), min(max(y, 0), picture.height - side)
    square = picture.crop((round(x), round(y), round(x + side), round(y + side)))
    return square.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else square


def shrunk(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """A thumbnail as sites make them: scaled down, mostly sharpened, JPEG 50 to 92."""
    factor = random.uniform(140, 330) / max(picture.size)
    if factor < 1:
        size = tuple(max(64, round(side * factor)) for side in picture.size)
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    if random.random() < 0.6:
        amount = int(random.integers(40, 160))
        picture = picture.filter(ImageFilter.UnsharpMask(random.uniform(0.5, 1.5), amount, 2))
    return recompress(picture, "JPEG", int(random.integers(50, 93)))


def view_of(
    picture: Image.Image, view: str, key: str, face: tuple[Box, int] | None
) -> Image.Image | None:
    """The picture as a view shows it; None for a view of a face where there is none."""
    if view in ("web", "hard", "clean"):
        return make_view(picture, view, "")
    digest = hashlib.sha256(f"{SEED}/{view}/{key}".encode()).digest()
    random = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    if view == "small":
        return shrunk(picture, random)
    if view.startswith("del"):
        if random.random() < 0.2:
            return shrunk(picture, random)
        return deliver(random_square(picture, random), random)
    if face is None:
        return None
    box, width = face
    if view == "wface":
        return Image.fromarray(square_around(np.asarray(make_view(picture, "web", "")), box))
    factor = picture.width / width
    own = (box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor)
    return deliver(loose_square(picture, own, random), random)


class Store:
    """The cache: chunks of rows, each with the keys `PICTURE/VIEW` of its rows.

    Args:
        folder: Outside the checkout.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._chunks: list[np.ndarray] = []
        self._place: dict[str, tuple[int, int]] = {}
        for names in sorted(folder.glob("*.keys")):
            for row, name in enumerate(names.read_text().split()):
                self._place[name] = (len(self._chunks), row)
            self._chunks.append(np.load(names.with_suffix(".npy"), mmap_mode="r"))
        self.faces: dict[str, tuple[Box, int] | None] = {}
        if (folder / "faces.jsonl").is_file():
            for line in (folder / "faces.jsonl").read_text().splitlines():
                key, face = json.loads(line)
                self.faces[key] = (tuple(face[0]), face[1]) if face else None

    def __contains__(self, name: str) -> bool:
        return name in self._place

    def matrix(
        self, keys: Sequence[str], view: str, blocks: Sequence[int], parts: Sequence[int] = (0, 1)
    ) -> tuple[np.ndarray, np.ndarray]:
        """Features of pictures under a view.

        Returns:
            float32, shape (n, len(blocks) * len(parts) * 768), zeros where the cache has nothing,
            and whether it has, shape (n,).
        """
        rows = np.zeros((len(keys), len(blocks) * len(parts) * WIDTH), np.float32)
        known = np.array([f"{key}/{view}" in self for key in keys], bool)
        chosen = np.ix_([BLOCKS.index(block) for block in blocks], list(parts))
        for at in np.flatnonzero(known):
            chunk, row = self._place[f"{keys[at]}/{view}"]
            rows[at] = self._chunks[chunk][row][chosen].ravel()
        return rows, known

    def add(self, names: Sequence[str], rows: Sequence[np.ndarray]) -> None:
        """Writes a chunk."""
        if names:
            name = f"{time.time_ns() // 1_000_000}"
            np.save(self.folder / f"{name}.npy", np.stack(rows))
            (self.folder / f"{name}.keys").write_text("\n".join(names))

    def add_face(self, key: str, face: tuple[Box, int] | None) -> None:
        """Remembers where a face is."""
        self.faces[key] = face
        with open(self.folder / "faces.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps((key, face)) + "\n")


def by_lot(pictures: Iterable[Picture]) -> list[tuple[int, Picture]]:
    """Pictures with their rank within their source, in an order that the contents decide."""
    count: Counter[str] = Counter()
    ranked = []
    for picture in sorted(pictures, key=lambda one: one.sha256[8:]):
        name = f"{picture.source} {picture.label}"
        ranked.append((count[name], picture))
        count[name] += 1
    return sorted(ranked, key=lambda pair: (pair[0], pair[1].sha256))


def main() -> None:
    """Fills the cache."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("folders", type=Path, nargs="+")
    arguments = parser.parse_args()
    pictures = read_sources()
    paths = locate(pictures, arguments.folders)
    store, backbone = Store(arguments.cache), Backbone()
    print(f"{len(paths)} of {len(pictures)} pictures are here", flush=True)
    ranked = [(rank, p) for rank, p in by_lot(pictures) if p.key in paths]
    for view, most in PLAN:
        names: list[str] = []
        rows: list[np.ndarray] = []
        for rank, picture in ranked:
            name = f"{picture.key}/{view}"
            if rank >= most or name in store:
                continue
            with Image.open(paths[picture.key]) as opened:
                pixels = opened.convert("RGB")
            if picture.key not in store.faces:
                store.add_face(picture.key, backbone.largest_face(pixels))
            shown = view_of(pixels, view, picture.key, store.faces[picture.key])
            if shown is None:
                continue
            names.append(name)
            rows.append(backbone(shown))
            if len(names) == CHUNK:
                store.add(names, rows)
                print(f"{view}: {name}", flush=True)
                names, rows = [], []
        store.add(names, rows)


if __name__ == "__main__":
    main()
