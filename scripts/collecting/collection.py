"""The training list of the picture models, and where its pictures lie on this machine.

`sources.tsv` names every picture: where it came from (repository, commit, path, sha256 of the
original), what it is (label, generator, kind, look), what it may not be split from (group), and its
part: `train`, or `held-out`: groups that no shipped head was trained on, kept for its calibration.
A stored copy is found by its file name, which begins with the sha256 of the original.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LABELS", "SOURCES", "Picture", "locate", "read_sources"]

SOURCES = Path(__file__).resolve().with_name("sources.tsv")
LABELS = ("real", "ai", "drawn", "cgi")
DIGITS = 12
"""Of the sha256, at least, in the name of a stored copy."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One line of the list.

    Attributes:
        repository: `owner/name`, or `npm:` or `debian:` and a package.
        commit: 40 hexadecimal digits; empty where it was not kept.
        path: Inside the repository; empty where it was not kept.
        sha256: Of the original file.
        label: `real`, `ai`, `drawn` (by people) or `cgi` (rendered by people's software).
        generator: As its source names it.
        kind: What it shows.
        look: `photo`, `drawn`, `render`, `photoreal-render` or `mixed`.
        source: A photographer, a persona, a generator's gallery.
        group: Sources of one owner.
        part: `train` or `held-out`.
    """

    repository: str
    commit: str
    path: str
    sha256: str
    label: str
    generator: str
    kind: str
    look: str
    source: str
    group: str
    part: str

    @property
    def key(self) -> str:
        """Names it in caches."""
        return self.sha256[:16]


def read_sources(path: Path = SOURCES) -> list[Picture]:
    """The whole list, in file order."""
    with open(path, encoding="utf-8", newline="") as file:
        return [Picture(**row) for row in csv.DictReader(file, delimiter="\t")]


def locate(pictures: Iterable[Picture], folders: Iterable[Path]) -> dict[str, Path]:
    """Stored copies by key; pictures without one are left out.

    Args:
        pictures: Whose copies are wanted.
        folders: Searched with everything below them.
    """
    stored: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".webp", ".png", ".jpg"):
                stored.setdefault(path.stem[:DIGITS], path)
    found = {picture.key: stored.get(picture.sha256[:DIGITS]) for picture in pictures}
    return {key: path for key, path in found.items() if path is not None}
