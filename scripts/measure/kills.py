"""Kills an audit at random moments and proves that nothing is lost, repeated or changed.

    python -m scripts.measure.kills --items 2000 --kills 40

Decoding, hashing, journal and report are the real ones; only the classifier is a trivial one, so
that the check takes minutes. After each `kill -9` the journal must hold everything that it held
before; in the end each file has one result, and the reports are those of a run nobody killed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

import detect
from detect.core.finding import Finding, Hypothesis
from detect.core.media import AudioClip, Frame, Media

STARTED = datetime(2026, 11, 24, 12, tzinfo=UTC)
REPORTS = ("json", "csv", "html")


class Brightness:
    """Scores by the mean level, and notes every file it is shown.

    Args:
        log: Where to note them.
    """

    id = "brightness"
    version = "1"
    hypothesis: Hypothesis = "ai_generated"

    def __init__(self, log: Path) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def examine(self, media: Media, frames: Sequence[Frame], audio: Sequence[AudioClip]) -> Finding:
        """One finding a file."""
        os.write(self._log, f"{media.sha256}\n".encode())
        llr = float(np.clip((frames[0].pixels.mean() - 128) / 20, -4, 4))
        return Finding(self.id, self.version, self.hypothesis, llr=llr, positive=2.0, negative=-2.0)


def make_export(folder: Path, items: int) -> None:
    """A manifest of posts with one small picture each, no two alike."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(1)
    lines = []
    for number in range(items):
        level = 40 if number < items // 2 else 210
        pixels = np.clip(noise.normal(level, 15, (80, 80, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:06}.jpg", quality=85)
        moment = datetime.fromtimestamp(1.7e9 + number * 40_000, UTC).isoformat()
        lines.append(json.dumps({"id": number, "time": moment, "media": f"{number:06}.jpg"}))
    (folder / "posts.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def child(export: Path, journal: Path, out: Path) -> None:
    """One audit from start to end."""
    result = detect.audit(
        export,
        journal=journal,
        settings=detect.load_settings({"threads": 1}),
        classifiers=[Brightness(journal.with_suffix(".log"))],
        started=STARTED,
    )
    result.write_json(f"{out}.json")
    result.write_csv(f"{out}.csv")
    result.write_html(f"{out}.html")


def start(export: Path, journal: Path, out: Path) -> subprocess.Popen[bytes]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--child", *map(str, (export, journal, out))]
    return subprocess.Popen(command, start_new_session=True)


def committed(journal: Path) -> dict[str, tuple[int, str]]:
    """What a journal holds: run and digest of the result, by content."""
    if not journal.is_file():
        return {}
    with sqlite3.connect(journal) as db:
        try:
            rows = db.execute("SELECT sha256, run, summary, report FROM results").fetchall()
        except sqlite3.OperationalError:  # killed before there were tables
            rows = []
        (state,) = db.execute("PRAGMA integrity_check").fetchone()
    db.close()
    assert state == "ok", state
    assert len(rows) == len({row[0] for row in rows}), "a result is there twice"
    return {
        sha256: (run, hashlib.sha256(summary.encode() + report).hexdigest())
        for sha256, run, summary, report in rows
    }


def check(items: int, kills: int, seed: int, work: Path) -> dict[str, float]:
    """Runs, kills, compares.

    Returns:
        What was counted: `lost`, `duplicated`, `redone` (most a kill), `kills`, `seconds`.
    """
    chance = random.Random(seed)
    export = work / "export"
    make_export(export, items)
    begun = time.monotonic()
    assert start(export, work / "whole.db", work / "whole").wait() == 0
    whole = time.monotonic() - begun
    journal = work / "killed.db"
    known: dict[str, tuple[int, str]] = {}
    lost = done = early = 0
    startup = min(whole * 0.5, 2.0)
    while done < kills and len(known) < items:
        process = start(export, journal, work / "killed")
        before = len(known)
        # Kills are spread over the whole run; some come while it starts.
        wanted = items * (done + chance.uniform(0.3, 1.0)) / (kills + 1)
        patience = chance.uniform(0, startup) if chance.random() < 0.15 else 600.0
        deadline = time.monotonic() + patience
        log = journal.with_suffix(".log")
        while time.monotonic() < deadline and process.poll() is None:
            if log.is_file() and log.stat().st_size // 65 >= wanted:
                break
            time.sleep(chance.uniform(0.001, 0.02))
        if process.poll() is not None:
            break
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        done += 1
        now = committed(journal)
        lost += sum(now.get(key) != value for key, value in known.items())
        early += len(now) == before
        known = now
    assert start(export, journal, work / "killed").wait() == 0
    final = committed(journal)
    lost += sum(final.get(key) != value for key, value in known.items())
    shown = Counter(journal.with_suffix(".log").read_text().split())
    for kind in REPORTS:
        ours, theirs = (work / f"{name}.{kind}" for name in ("killed", "whole"))
        assert ours.read_bytes() == theirs.read_bytes(), f"the {kind} reports differ"
    return {
        "items": items,
        "kills": done,
        "kills before the first new result": early,
        "lost": lost + items - len(final),
        "duplicated": len(final) - items,
        "scored again after a kill, mean": (sum(shown.values()) - items) / max(done, 1),
        "seconds of the run nobody killed": round(whole, 1),
        "seconds in all": round(time.monotonic() - begun, 1),
    }


def main() -> None:
    """Prints what was counted; the exit code is 1 when something was lost or repeated."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=3, type=Path, metavar=("EXPORT", "JOURNAL", "OUT"))
    arguments = parser.parse_args()
    if arguments.child:
        child(*arguments.child)
        return
    with tempfile.TemporaryDirectory() as work:
        counted = check(arguments.items, arguments.kills, arguments.seed, Path(work))
    for name, value in counted.items():
        print(f"{name:36} {value:g}")
    sys.exit(1 if counted["lost"] or counted["duplicated"] else 0)


if __name__ == "__main__":
    main()
