"""Runs the commands of README.md and docs/ again and puts in what they print now.

    python -m scripts.docs.transcripts            # all pages
    python -m scripts.docs.transcripts README.md

Every block marked `console` is a transcript: lines that start with `$ ` are run, one after the
other, in an empty folder that holds `samples/` and the two made-up accounts of `exports/`; what
stands under them is replaced. A line `...` in place of an output leaves that output out, a line
`# exit N` says how the command ends when that is not 0.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
WIDTH = 100
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

ACCOUNTS = {
    "mia.travels": (
        ("camera-temple.jpg", "Summer Palace #travel"),
        ("camera-coins.jpg", "At the museum #travel"),
        ("camera-still-life.webp", "Anzeige | my morning coffee #ad"),
        ("camera-portrait.jpg", "An astronaut!"),
    ),
    "nova.beauty": (
        ("gan-faces.jpg", "New looks, use my code NOVA10 #ad"),
        ("gan-face.jpg", "Good morning"),
        ("gan-face-iptc.jpg", "Made with AI #aiinfluencer"),
        ("gan-face-signed.png", "Glow #skincare"),
    ),
}
"""Sample and caption of each post; handles and words are made up."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command and what stands under it."""

    command: str
    output: tuple[str, ...]

    @property
    def elided(self) -> bool:
        """Whether its output is left out."""
        return self.output[:1] == ("...",)


def pages() -> list[Path]:
    """README and the pages of docs, those with figures from the corpus included."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(text: str) -> Iterator[list[Step]]:
    """The transcripts of a page."""
    for found in BLOCK.finditer(text):
        yield steps(found[1])


def steps(block: str) -> list[Step]:
    """The commands of a transcript."""
    result: list[Step] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            result.append(Step(line[2:], ()))
        elif result:
            result[-1] = Step(result[-1].command, (*result[-1].output, line))
    return result


def workspace(folder: Path) -> Path:
    """Samples, and accounts made of them in the form of gallery-dl."""
    shutil.copytree(SAMPLES, folder / "samples")
    for handle, posts in ACCOUNTS.items():
        target = folder / "exports" / handle
        target.mkdir(parents=True)
        for number, (sample, words) in enumerate(posts, start=1):
            name = f"30{number:05}_1{Path(sample).suffix}"
            shutil.copyfile(SAMPLES / sample, target / name)
            record = {
                "category": "instagram",
                "subcategory": "posts",
                "post_id": f"30{number:05}",
                "post_shortcode": f"Cx{number:04}",
                "post_url": f"https://www.instagram.com/p/Cx{number:04}/",
                "username": handle,
                "description": words,
                "post_date": f"2026-{number:02}-03 08:00:00",
                "date": f"2026-{number:02}-03 08:00:00",
                "num": 1,
                "count": 1,
                "media_id": f"30{number:05}1",
                "extension": Path(sample).suffix[1:],
            }
            (target / f"{name}.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command as a reader would, with this toolkit, at a fixed width."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {
        **os.environ,
        "PATH": programs,
        "PYTHONPATH": str(ROOT),
        "COLUMNS": str(WIDTH),
        "DETECT_HOME": str(folder / ".detect"),
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def renewed(text: str, folder: Path) -> str:
    """The page with the output of now."""

    def again(found: re.Match[str]) -> str:
        lines = ["```console"]
        for step in steps(found[1]):
            lines.append(f"$ {step.command}")
            done = run(step.command, folder)
            if step.elided:
                lines.append("...")
            else:
                lines += [line.rstrip() for line in done.stdout.splitlines()]
            if done.returncode:
                lines.append(f"# exit {done.returncode}")
        return "\n".join([*lines, "```"])

    return BLOCK.sub(again, text)


def main() -> None:
    """Renews the pages that are named, or all."""
    chosen = [Path(name).resolve() for name in sys.argv[1:]] or pages()
    for page in chosen:
        with tempfile.TemporaryDirectory() as folder:
            text = page.read_text(encoding="utf-8")
            new = renewed(text, workspace(Path(folder)))
        if new != text:
            page.write_text(new, encoding="utf-8")
            print(os.path.relpath(page, ROOT))


if __name__ == "__main__":
    main()
