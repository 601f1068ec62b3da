"""How often the star of Gemini is found in the pictures of a corpus, by label and delivery.

usage: python -m scripts.measure.sparkle [CORPUS]

Prints, for each label and delivery, finds, pictures and the highest scores, then the finds of
generated pictures by source and generator, and every find among real ones.
"""

from __future__ import annotations

import csv
import io
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from detect.marks.sparkle import best_sparkle, counts

DELIVERIES = {
    "as stored": (1.0, None),
    "JPEG 60": (1.0, 60),
    "720/1024 and JPEG 75": (0.703, 75),
    "enlarged to 1.5, JPEG 85": (1.5, 85),
}


def main() -> None:
    """Measures one folder."""
    cv2.setNumThreads(1)
    corpus = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/corpus") / "images"
    with (corpus / "manifest.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    found: dict[tuple[str, str], list[tuple[float, dict[str, str]]]] = defaultdict(list)
    count = Counter((row["source"], row["generator"]) for row in rows)
    labels = Counter(row["label"] for row in rows)
    top: dict[tuple[str, str], list[float]] = defaultdict(list)
    seconds = 0.0
    for row in rows:
        image = Image.open(corpus / row["path"]).convert("RGB")
        for name, (scale, quality) in DELIVERIES.items():
            pixels = deliver(image, scale, quality)
            start = time.process_time()
            best = best_sparkle(pixels)
            seconds += time.process_time() - start
            if best is None:
                continue
            key = (row["label"], name)
            top[key].append(best.score)
            if counts(best):
                found[key].append((best.score, row))
    for key in sorted(top):
        highest = " ".join(f"{score:.3f}" for score in sorted(top[key])[::-1][:5])
        print(*key, f"{len(found[key])} of {labels[key[0]]}; highest {highest}", sep="\t")
    print(f"CPU-ms a picture: {1000 * seconds / len(rows) / len(DELIVERIES):.1f}")
    kinds = Counter((row["source"], row["generator"]) for _, row in found["ai", "as stored"])
    for kind, finds in kinds.most_common():
        print(*kind, f"{finds} of {count[kind]}", sep="\t")
    for name in DELIVERIES:
        for score, row in found["real", name]:
            print("real", name, f"{score:.3f}", row["path"], sep="\t")


def deliver(image: Image.Image, scale: float, quality: int | None) -> np.ndarray:
    """A picture as it arrives: resized, then JPEG."""
    if scale != 1.0:
        sides = (round(image.width * scale), round(image.height * scale))
        image = image.resize(sides, Image.Resampling.LANCZOS)
    if quality is not None:
        data = io.BytesIO()
        image.save(data, "JPEG", quality=quality)
        image = Image.open(data).convert("RGB")
    return np.asarray(image)


if __name__ == "__main__":
    main()
