"""Pictures that people drew, painted or rendered, from Debian packages, in the form of the corpus.

    cd packages && apt-get download krita-data wesnoth-1.16-data ... (PACKAGES below)
    python -m scripts.collecting.human_art packages art

Games, wallpapers and clip art under free licences: the negatives that a collection of photographs
lacks. A package is a source; some hold photographs too. Transparent pictures are laid on white,
grey or dark; the longest side becomes at most 512, and all are stored as WebP 84, as the corpus
stores its own. Nothing of them ships.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import random
import subprocess
import tarfile
from pathlib import Path

from PIL import Image

PACKAGES = {
    "endless-sky-data": 30,
    "flare-game": 30,
    "freeorion-data": 30,
    "gcompris-qt-data": 30,
    "gnome-backgrounds": 30,
    "hedgewars-data": 30,
    "krita-data": 30,
    "lordsawar-data": 30,
    "mate-backgrounds": 30,
    "naev-data": 30,
    "openclipart-png": 40,
    "pingus-data": 20,
    "pokerth-data": 20,
    "renpy-thequestion": 30,
    "supertux-data": 30,
    "supertuxkart-data": 30,
    "tuxpaint-stamps-default": 30,
    "unknown-horizons": 30,
    "warzone2100-data": 30,
    "wesnoth-1.16-data": 70,
}
"""By package: how many pictures are drawn by lot."""
LEAST, WIDEST, LONGEST, QUALITY, SEED = 240, 2.2, 512, 84, 20261124
GROUNDS = ((255, 255, 255), (128, 120, 110), (40, 40, 48))
FIELDS = (
    "path", "label", "generator", "source", "faces", "width", "height", "original_width",
    "original_height", "original_format", "original_jpeg_quality", "licence", "origin", "sha256",
    "original_sha256",
)  # fmt: skip


def pictures(package: Path) -> list[tuple[str, bytes]]:
    """Large enough pictures of a package, by name."""
    listing = subprocess.run(
        ["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True
    ).stdout
    found = []
    with tarfile.open(fileobj=io.BytesIO(listing)) as archive:
        for member in archive:
            if not member.isfile() or not member.name.lower().endswith(
                (".png", ".jpg", ".jpeg", ".webp")
            ):
                continue
            stream = archive.extractfile(member)
            content = stream.read() if stream else b""
            try:
                width, height = Image.open(io.BytesIO(content)).size
            except (OSError, Image.DecompressionBombError):
                continue
            if min(width, height) >= LEAST and max(width, height) <= WIDEST * min(width, height):
                found.append((member.name, content))
    return sorted(found)


def stored(content: bytes, ground: tuple[int, int, int]) -> tuple[Image.Image, str]:
    """The picture on its ground, scaled down, and its original format."""
    picture = Image.open(io.BytesIO(content))
    form = picture.format or ""
    layered = picture.convert("RGBA")
    whole = Image.new("RGBA", layered.size, (*ground, 255))
    whole.alpha_composite(layered)
    flat = whole.convert("RGB")
    flat.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return flat, form


def main() -> None:
    """Writes OUT/images with its manifest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    images: Path = arguments.out / "images"
    rows = []
    for name, count in PACKAGES.items():
        (package,) = arguments.packages.glob(f"{name}_*.deb")
        found = pictures(package)
        lot = random.Random(f"{SEED} {name}")
        folder = images / "real" / name
        folder.mkdir(parents=True, exist_ok=True)
        for _, content in sorted(lot.sample(found, min(count, len(found)))):
            flat, form = stored(content, lot.choice(GROUNDS))
            digest = hashlib.sha256(content).hexdigest()
            path = folder / f"{digest[:12]}.webp"
            flat.save(path, quality=QUALITY)
            with Image.open(io.BytesIO(content)) as original:
                size = original.size
            mine = hashlib.sha256(path.read_bytes()).hexdigest()
            values = ("real", "", name, 0, *flat.size, *size, form, "", "see the package")
            rows.append((path.relative_to(images), *values, f"debian:{package.stem}", mine, digest))
        print(f"{name}: {min(count, len(found))} of {len(found)}", flush=True)
    with open(images / "manifest.tsv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
