"""What an audit costs beside the classifier: processor time a post, and growth of memory.

    OMP_NUM_THREADS=1 python -m scripts.measure.audit --posts 10000

Posts of one JPEG of 1080 x 1080 pixels each (no two files alike) with the generated face of
`samples/` in it. A stand-in takes the classifier's place and looks at nothing; reading, decoding,
marks, faces, journal and reports are the real ones. Times are processor time of parent and decoding
processes together; growth is that of the parent's resident memory from the first tenth of the run
to its end.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

import detect
from detect.core.finding import Finding, Hypothesis
from detect.core.media import AudioClip, Frame, Media

SIDE = 1080
DIFFERENT = 8
FACE = Path(__file__).resolve().parents[2] / "samples" / "gan-face.jpg"


class StandIn:
    """In the classifier's place, looking at nothing: what is measured is the rest."""

    id = "stand-in"
    version = "1"
    hypothesis: Hypothesis = "ai_generated"

    def examine(self, media: Media, frames: Sequence[Frame], audio: Sequence[AudioClip]) -> Finding:
        """The same finding for every file."""
        return Finding(self.id, self.version, self.hypothesis, llr=0.0, positive=2.0, negative=-2.0)


def make_export(folder: Path, posts: int) -> None:
    """gallery-dl's form; a few pictures, told apart by bytes after their end."""
    random = np.random.default_rng(1)
    face = Image.open(FACE).convert("RGB")
    pictures = []
    for turn in range(DIFFERENT):
        coarse = random.integers(0, 256, (SIDE // 24, SIDE // 24, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        side = 400 + 40 * turn
        picture.paste(face.resize((side, side)), (60 * turn, 30 * turn))
        pixels = np.asarray(picture) + random.normal(0, 4, (SIDE, SIDE, 3))
        buffer = io.BytesIO()
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=85)
        pictures.append(buffer.getvalue())
    for number in range(posts):
        name = folder / f"{number // 1000}" / f"{number:06}.jpg"
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_bytes(pictures[number % DIFFERENT] + number.to_bytes(8, "big"))
        moment = datetime.fromtimestamp(1.6e9 + number * 9_000, UTC)
        sidecar = {
            "category": "instagram",
            "subcategory": "posts",
            "post_shortcode": f"C{number:06}",
            "username": "someone",
            "description": "A caption of ordinary length with a few words in it. #day #light " * 4,
            "post_date": moment.strftime("%Y-%m-%d %H:%M:%S"),
            "extension": "jpg",
            "num": 1,
        }
        Path(f"{name}.json").write_text(json.dumps(sidecar), encoding="utf-8")


def processor_seconds() -> float:
    """Of this process and the children that ended."""
    return sum(
        use.ru_utime + use.ru_stime
        for use in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def resident() -> float:
    """MB in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Prints what it costs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--no-biometrics", action="store_true", help="leave faces out")
    arguments = parser.parse_args()
    posts = arguments.posts
    settings = detect.load_settings({"biometrics": not arguments.no_biometrics})
    with tempfile.TemporaryDirectory() as work:
        make_export(Path(work, "export"), posts)
        levels: list[float] = []

        def progress(done: int, total: int) -> None:
            if done == total // 10 or done == total:
                levels.append(resident())

        before, begun = processor_seconds(), time.monotonic()
        result = detect.audit(
            Path(work, "export"),
            journal=Path(work, "a.db"),
            classifiers=[StandIn()],
            settings=settings,
            progress=progress,
        )
        scored = processor_seconds()
        for form in ("json", "csv", "html"):
            getattr(result, f"write_{form}")(Path(work, f"r.{form}"))
        levels.append(resident())
        ended = processor_seconds()
        print(f"posts                                   {posts}")
        print(f"CPU-ms a post, run                      {(scored - before) / posts * 1000:.1f}")
        print(f"CPU-ms a post, three reports            {(ended - scored) / posts * 1000:.1f}")
        print(f"growth of memory during the run, MB     {levels[1] - levels[0]:.1f}")
        print(f"growth with the three reports, MB       {levels[2] - levels[0]:.1f}")
        print(f"journal, KB a post                      "
              f"{Path(work, 'a.db').stat().st_size / posts / 1024:.1f}")  # fmt: skip
        print(f"seconds in all                          {time.monotonic() - begun:.0f}")


if __name__ == "__main__":
    main()
