r"""Lists the files a model was trained on beside its weights, so that `detect eval` can mark them.

    python -m scripts.measure.training_list ../shared/corpus/images/manifest.tsv \
        /tmp/drawings/images/manifest.tsv weights/vision-v3 --labels real ai

Writes `training.txt`: the first digits of each file's sha256, and its source. Of the labels, those
given with --labels are listed (default: all that the manifest has).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from pathlib import Path

from detect.evaluate.dataset.training import DIGITS


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifests", type=Path, nargs="+", metavar="manifest")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--labels", nargs="*")
    arguments = parser.parse_args()
    lines = []
    for manifest in arguments.manifests:
        with manifest.open(encoding="utf-8", newline="") as file:
            dialect = {"delimiter": "\t"} if manifest.suffix == ".tsv" else {}
            for row in csv.DictReader(file, **dialect):
                if arguments.labels and row["label"] not in arguments.labels:
                    continue
                content = (manifest.parent / row["path"]).read_bytes()
                digits = hashlib.sha256(content).hexdigest()[:DIGITS]
                lines.append(f"{digits} {row.get('source') or row.get('origin') or ''}".rstrip())
    header = f"# {len(lines)} files: first {DIGITS} digits of the sha256, source\n"
    (arguments.weights / "training.txt").write_text(header + "\n".join(sorted(lines)) + "\n")


if __name__ == "__main__":
    main()
