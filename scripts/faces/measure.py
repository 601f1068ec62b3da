"""How tight identities are: distances of faces within one living, generated or rendered person.

    OMP_NUM_THREADS=1 python -m scripts.faces.measure --corpus ../shared/corpus

Euclidean distances of `faces-v1` between the largest faces (40 pixels wide or more) of two pictures
of one person. Who is one person is known for one real source (grouped by eye,
`identity_groups.tsv`) and for three AI sources that are one persona each, so far as their makers
say. The other sources show several people: theirs are gathered as an audit does, at a distance that
cuts wide identities off, and only those with eight faces and more are listed. Frames of one video
lie two seconds apart; they share light, clothes and camera and compare with each other only.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from detect.account.judging.who import ONE_FACE
from detect.faces.detection import FaceDetector
from detect.faces.identity import LEAST_WIDTH, FaceEncoder
from detect.models.manifest import load_manifest
from detect.pipeline.people import gather
from scripts.faces.calibrate import GROUPED, read, stills

ONE_PERSONA = ("rin", "natelaz", "hiid4vd")
SEVERAL = {
    "AI": ("ryla", "herve"),
    "living": ("blackpink", "joshxcaitlin", "cnwedding", "vnwedding", "krwedding", "chungha"),
}
LEAST = 8
LEAST_KNOWN = 5
LEAST_STILLS = 3

Vector = npt.NDArray[np.float32]


class Looker:
    """Finds and encodes the largest face of a picture."""

    def __init__(self) -> None:
        manifest = load_manifest()
        self._detector, self._encoder = FaceDetector(manifest), FaceEncoder(manifest)

    def largest(self, picture: Image.Image) -> Vector | None:
        """Its vector, None without a face that is large enough."""
        pixels = np.asarray(picture.convert("RGB"))
        found = [f for f in self._detector.find(pixels) if f.box[2] >= LEAST_WIDTH]
        if not found:
            return None
        face = max(found, key=lambda face: face.box[2] * face.box[3])
        return np.asarray(self._encoder.embed(pixels, [face])[0])


def line(kind: str, who: str, known: str, vectors: Sequence[Vector]) -> None:
    """One row of the table."""
    stacked = np.stack(list(vectors))
    between = np.linalg.norm(stacked[:, None] - stacked[None], axis=2)
    pairs = between[np.triu_indices(len(stacked), 1)]
    low, middle, high = np.quantile(pairs, [0.1, 0.5, 0.9])
    print(
        f"| {kind} | {who} | {known} | {len(stacked)} | {middle:.2f} | {low:.2f} to {high:.2f} |",
        flush=True,
    )


def pictures(corpus: Path, look: Looker) -> None:
    """Rows of pictures."""
    groups = {
        r["picture"]: r["person"] for r in read(Path(__file__).with_name("identity_groups.tsv"))
    }
    wanted = {GROUPED, *ONE_PERSONA, *SEVERAL["AI"], *SEVERAL["living"]}
    found: dict[str, list[Vector]] = defaultdict(list)
    rendered = 0
    for row in read(corpus / "images" / "manifest.tsv"):
        if row["label"] == "cgi":
            rendered += look.largest(Image.open(corpus / "images" / row["path"])) is not None
        if row["source"] not in wanted:
            continue
        person = groups.get(Path(row["path"]).stem, "")
        vector = look.largest(Image.open(corpus / "images" / row["path"]))
        if vector is not None and (row["source"] != GROUPED or person):
            found[f"{row['source']} {person}".strip()].append(vector)
    for who, vectors in sorted(found.items()):
        if who.startswith(GROUPED) and len(vectors) >= LEAST_KNOWN:
            line("living", who, "by eye", vectors)
    for who in ONE_PERSONA:
        if len(found[who]) >= LEAST_KNOWN:
            line("AI", who, "by source", found[who])
    for kind, sources in SEVERAL.items():
        for who in sources:
            for number, person in enumerate(gather(found[who], ONE_FACE), 1):
                if len(person) >= LEAST:
                    line(kind, f"{who} {number}", "gathered", [found[who][n] for n in person])
    print(f"rendered pictures with a face: {rendered}, none of one person more than once")


def videos(corpus: Path, look: Looker) -> None:
    """Rows of frames."""
    medians: dict[str, list[float]] = defaultdict(list)
    for row in read(corpus / "video" / "manifest.tsv"):
        kind = "living" if row["label"] in ("real", "talking-head") else row["label"]
        if kind not in ("living", "ai", "cgi"):
            continue
        seen = [look.largest(picture) for picture in stills(corpus / "video" / row["path"])]
        vectors = [vector for vector in seen if vector is not None]
        if len(vectors) >= LEAST_STILLS:
            stacked = np.stack(vectors)
            between = np.linalg.norm(stacked[:, None] - stacked[None], axis=2)
            medians[kind].append(float(np.median(between[np.triu_indices(len(vectors), 1)])))
    for kind, values in medians.items():
        shown = ", ".join(f"{value:.2f}" for value in sorted(values))
        print(f"videos, {kind}: {len(values)} with a face; medians {shown}")


def main() -> None:
    """Prints a table of pictures, then medians of videos."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    arguments = parser.parse_args()
    look = Looker()
    print("| who | source | one person is known | faces | median | 10 % to 90 % |")
    print("| --- | --- | --- | --- | --- | --- |")
    pictures(arguments.corpus, look)
    videos(arguments.corpus, look)


if __name__ == "__main__":
    main()
