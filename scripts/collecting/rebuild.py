r"""Builds the training pictures again from snapshots of the repositories that `sources.tsv` names.

    python -m scripts.collecting.rebuild SNAPSHOTS PICTURES

SNAPSHOTS holds bare git directories named `owner+name` (or `owner/name`), with `.git` at the end or
not; fetching them is up to you. Each original is read at its commit and path; where these are not
known or not there, every blob of the snapshot is tried. Nothing is stored whose sha256 is another
one. A picture becomes at most 768 pixels long (512 where no commit is listed) and WebP 84, as the
training set is stored. What is missing is listed in PICTURES/missing.tsv. Pictures of Debian
packages come from `human_art.py`.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from scripts.collecting.collection import DIGITS, Picture, read_sources
from scripts.picture.features import shrink

LONGEST, OLDER, QUALITY = 768, 512, 84
LARGEST = 64 << 20
"""Bytes of a blob that is looked at."""
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".bmp", ".tif", ".tiff", ".heic")


def snapshot(folder: Path, repository: str) -> Path | None:
    """The bare git directory of a repository."""
    for name in (repository.replace("/", "+"), repository):
        for path in (folder / name, folder / f"{name}.git"):
            inner = sorted(path.glob("*")) if path.is_dir() else []
            for place in (path, *inner):
                if (place / "objects").is_dir():
                    return place
    return None


def git(place: Path, *arguments: str) -> bytes | None:
    """Output of a git command, None if it fails; nothing of the snapshot is run."""
    command = ["git", "-c", "safe.directory=*", "--git-dir", str(place), *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def blobs(place: Path) -> Iterator[tuple[str, bytes]]:
    """sha256 and content of every picture of the snapshot."""
    listing = git(place, "ls-tree", "-r", "-l", "-z", "HEAD") or b""
    for line in filter(None, listing.split(b"\0")):
        facts, _, path = line.partition(b"\t")
        _, kind, name, size = facts.split()
        if kind != b"blob" or not size.isdigit() or int(size) > LARGEST:
            continue
        if path.decode("utf-8", "replace").lower().endswith(ENDINGS):
            content = git(place, "cat-file", "blob", name.decode())
            if content is not None:
                yield hashlib.sha256(content).hexdigest(), content


def originals(place: Path, wanted: list[Picture]) -> Iterator[tuple[Picture, bytes]]:
    """Pictures that the snapshot has, with their bytes."""
    open_ones = {picture.sha256: picture for picture in wanted}
    for picture in wanted:
        if picture.commit and picture.path:
            content = git(place, "show", f"{picture.commit}:{picture.path}")
            if content is not None and hashlib.sha256(content).hexdigest() == picture.sha256:
                del open_ones[picture.sha256]
                yield picture, content
    if open_ones:
        for digest, content in blobs(place):
            if digest in open_ones:
                yield open_ones.pop(digest), content


def store(picture: Picture, content: bytes, folder: Path) -> None:
    """Writes the stored copy."""
    with Image.open(io.BytesIO(content)) as opened:
        copy = shrink(opened.convert("RGB"), LONGEST if picture.commit else OLDER)
    path = folder / picture.label / picture.source / f"{picture.sha256[:DIGITS]}.webp"
    path.parent.mkdir(parents=True, exist_ok=True)
    copy.save(path, "WEBP", quality=QUALITY)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("snapshots", type=Path)
    parser.add_argument("pictures", type=Path)
    arguments = parser.parse_args()
    by_repository: dict[str, list[Picture]] = {}
    for picture in read_sources():
        if not picture.repository.startswith("debian:"):
            by_repository.setdefault(picture.repository, []).append(picture)
    missing: list[tuple[str, str, str, str]] = []
    count: Counter[str] = Counter()
    for repository, wanted in sorted(by_repository.items()):
        place, stored = snapshot(arguments.snapshots, repository), set()
        if place is not None:
            for picture, content in originals(place, wanted):
                store(picture, content, arguments.pictures)
                stored.add(picture.sha256)
        why = "no snapshot" if place is None else "not in the snapshot"
        lost = [p for p in wanted if p.sha256 not in stored]
        missing += [(why, repository, p.path, p.sha256) for p in lost]
        count["stored"] += len(stored)
        count[why] += len(lost)
    arguments.pictures.mkdir(parents=True, exist_ok=True)
    with open(arguments.pictures / "missing.tsv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t").writerows(
            [("why", "repository", "path", "sha256"), *missing]
        )
    print(", ".join(f"{name}: {number}" for name, number in count.items()))


if __name__ == "__main__":
    main()
