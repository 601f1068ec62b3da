"""Files a second with one worker and with two, on Ray and with the local engine.

    python -m scripts.measure.scaling --files 100

Pictures of 1080 x 1080 pixels made here, the shipped models, everything real. A local worker is one
inference thread and one decoding process, as a Ray worker is; a Ray worker does one thing after the
other on one processor, a local one decodes beside its inference. Rates leave the start out: they
count from the result after which every worker has loaded its models. Beside them: processor time a
file, of all processes together, which a busy machine changes little. The last line is what two
processes that have nothing to do with each other reach on this machine: no engine can scale better.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

import detect
from detect.account.running.engines import open_engine

SIDE = 1080
ENGINES = ("ray", "local")
BURN = """
import sys, time
import numpy as np
a = np.random.default_rng(1).random((640, 640), dtype=np.float32)
sys.stdin.readline()
end, count = time.monotonic() + 6, 0
while time.monotonic() < end:
    a @ a
    count += 1
print(count)
"""


def make_pictures(folder: Path, files: int) -> list[str]:
    """Soft shapes with noise, no two alike."""
    random = np.random.default_rng(1)
    paths = []
    for number in range(files):
        coarse = random.integers(0, 256, (SIDE // 40, SIDE // 40, 3), dtype=np.uint8)
        soft = Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        noisy = np.asarray(soft) + random.normal(0, 4, (SIDE, SIDE, 3)).astype(np.float32)
        buffer = io.BytesIO()
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=88)
        paths.append(str(folder / f"{number:04}.jpg"))
        Path(paths[-1]).write_bytes(buffer.getvalue())
    return paths


def processor_seconds() -> float:
    """Of this process and all that it has started, also of those that have ended."""
    parents, used = {}, {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry.parent.name)] = int(fields[1])
        used[int(entry.parent.name)] = sum(map(int, fields[11:15]))
    found, size = {os.getpid()}, 0
    while size != len(found):
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return sum(used[process] for process in found) / os.sysconf("SC_CLK_TCK")


def rate(engine: str, workers: int, paths: list[str]) -> tuple[float, float, float]:
    """Files a second after the start, processor seconds a file, and seconds of the start."""
    settings = detect.load_settings({"workers": workers, "threads": workers})
    worker = open_engine(engine, settings)
    warm = 4 * workers
    begun = first = time.monotonic()
    done, used = 0, 0.0
    try:
        for scored in worker.score(paths):
            assert scored.report.status == "ok", scored.report.reason
            done += 1
            if done == warm:
                first, used = time.monotonic(), processor_seconds()
        wall, used = time.monotonic() - first, processor_seconds() - used
        return (done - warm) / wall, used / (done - warm), first - begun
    finally:
        worker.close()


def burn(processes: int) -> int:
    """Multiplications that independent processes finish in six seconds."""
    one = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": one}
    running = [subprocess.Popen([sys.executable, "-c", BURN], **pipes) for _ in range(processes)]
    time.sleep(1.5)
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    return sum(int(process.communicate()[0]) for process in running)


def main() -> None:
    """Prints rates, and what two workers are worth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    rates: dict[tuple[str, int], list[float]] = {}
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the start")
    with tempfile.TemporaryDirectory() as work:
        paths = make_pictures(Path(work), arguments.files)
        for turn in range(arguments.rounds):
            for engine in ENGINES:
                for workers in (1, 2) if turn % 2 == 0 else (2, 1):
                    found, used, start = rate(engine, workers, paths)
                    rates.setdefault((engine, workers), []).append(found)
                    print(
                        f"{engine:6} {workers} workers  {found:6.3f} files/s  "
                        f"{used:.2f} CPU-s a file  first results after {start:5.1f} s  "
                        f"load {os.getloadavg()[0]:.1f}",
                        flush=True,
                    )
    for engine in ENGINES:
        one, two = (statistics.median(rates[engine, workers]) for workers in (1, 2))
        print(f"{engine:6} 2 workers / 1 worker      {two / one:.2f}")
    print(f"two independent processes / one  {burn(2) / burn(1):.2f}")


if __name__ == "__main__":
    main()
