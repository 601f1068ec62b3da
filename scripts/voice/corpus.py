"""The speech corpus: rows, weights, folds that leave origins, systems and speakers out."""

from __future__ import annotations

import csv
import zlib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
FOLDS = 8
CHINESE = {"zh", "yue", "wuu"}


class Corpus:
    """`audio/manifest.tsv` as columns.

    Attributes:
        paths: Of the files.
        label, origin, system, group: Text columns; `group` names the corpus and speaker.
        synthetic: The label of the classes.
        speech: Real or synthetic speech (not singing, music or other sound).
        used: Speech, and real sound besides it as further negatives for training.
        source: Label and origin; a source weighs the root of its size.
        weight: 1 / sqrt(size of the source).
    """

    def __init__(self, folder: Path) -> None:
        with open(folder / "manifest.tsv", encoding="utf-8", newline="") as file:
            self.rows = list(csv.DictReader(file, delimiter="\t"))
        self.paths = [folder / row["path"] for row in self.rows]
        self.label, self.origin = self._column("label"), self._column("origin")
        self.system, self.group = self._column("system"), self._column("corpus")
        self.synthetic = self.label == "synthetic"
        self.speech = np.isin(self.label, ["real", "synthetic"])
        self.used = self.speech | np.isin(
            self.label, ["nonspeech-real", "music-real", "singing-real"]
        )
        self.source = np.array([f"{a}|{b}" for a, b in zip(self.label, self.origin, strict=True)])
        size = Counter(self.source)
        self.weight = np.array([size[s] ** -0.5 for s in self.source], np.float32)
        self.fold = self._folds()

    def _column(self, name: str) -> Array:
        return np.array([row[name] for row in self.rows])

    def _folds(self) -> Array:
        """Fold of each row: whole origins, both classes spread evenly by weight."""
        rng = np.random.default_rng(0)
        worth: dict[str, Array] = defaultdict(lambda: np.zeros(2))
        for i in np.flatnonzero(self.speech):
            worth[self.origin[i]][int(self.synthetic[i])] += self.weight[i]
        load, fold = np.zeros((FOLDS, 2)), dict[str, int]()
        for name, pair in sorted(
            worth.items(), key=lambda item: -item[1].sum() * rng.uniform(0.7, 1.3)
        ):
            cost = ((load + pair) ** 2).sum(1) - (load**2).sum(1) + rng.uniform(0, 1e-3, FOLDS)
            fold[name] = int(np.argmin(cost))
            load[fold[name]] += pair
        return np.array([fold.get(o, zlib.crc32(o.encode()) % FOLDS) for o in self.origin])

    def split(self, fold: int) -> tuple[Array, Array]:
        """Rows to train on and rows held out.

        Held out are whole origins; their systems and their speakers leave training with them.
        """
        held = self.fold == fold
        systems = set(self.system[held & self.synthetic])
        speakers = {g for g in self.group[held & (self.label == "real")] if g}
        train = ~held & self.used
        train &= ~(self.synthetic & np.isin(self.system, list(systems)))
        train &= ~((self.label == "real") & np.isin(self.group, list(speakers)))
        return np.flatnonzero(train), np.flatnonzero(held)

    def grouped(self, score: Array, passed: Array, size: int) -> tuple[Array, Array, Array, Array]:
        """Means over `size` clips of one voice and origin: what a longer file would score.

        Returns:
            Score, synthetic, weight 1/sqrt(groups of the source) and source of each group.
        """
        voices: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for i in np.flatnonzero(self.speech & passed):
            voices[self.source[i], self.system[i], self.group[i]].append(i)
        means, source = [], []
        for (name, *_), rows in sorted(voices.items()):
            for start in range(0, len(rows) - size + 1, size):
                means.append(float(score[rows[start : start + size]].mean()))
                source.append(name)
        count = Counter(source)
        names = np.array(source)
        return (
            np.array(means),
            np.char.startswith(names, "synthetic|"),
            np.array([count[s] ** -0.5 for s in source]),
            names,
        )

    def category(self) -> Array:
        """What kind of sound a row is, for false positives by category."""
        names = []
        for row in self.rows:
            if row["label"] != "real":
                names.append(row["label"])
            elif row["original_sample_rate"] == "8000" or "narrowband" in row["corpus"]:
                names.append("real: telephone band")
            elif row["origin"] == "looking-to-listen/looking-to-listen.github.io":
                names.append("real: spontaneous (video)")
            elif row["language"] in CHINESE:
                names.append("real: Chinese")
            elif row["language"] == "en-zhL1":
                names.append("real: learners' English")
            elif "Precise" in row["corpus"] or "Common Voice" in row["corpus"]:
                names.append("real: volunteers, own microphones")
            elif row["language"] == "en":
                names.append("real: other English, mostly read")
            else:
                names.append("real: other languages")
        return np.array(names)
