"""Speed and memory of `detect`, beside `sahu65` (the same backbone, the same pictures).

    python -m scripts.measure.benchmark [--peer-env FOLDER] [--no-peer]

CPU time is that of the whole process tree, read from /proc (Linux). The peer is installed into a
virtual environment of its own, since it pins older libraries.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import av
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
PEER = "sahu65==1.1.0"
TICK = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """A process and everything below it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process tree, ended children included."""
    total = 0
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / TICK


def memory(pid: int) -> int:
    """Bytes of a process tree, shared pages counted once (PSS)."""
    total = 0
    for one in tree(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next((int(x.split()[1]) for x in lines if x.startswith("Pss:")), 0) * 1024
    return total


class Peak(threading.Thread):
    """Samples the memory of this process tree until it is stopped."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.value = 0
        self._stop_it = threading.Event()

    def run(self) -> None:
        while not self._stop_it.wait(0.05):
            self.value = max(self.value, memory(os.getpid()))

    def stop(self) -> int:
        self._stop_it.set()
        self.join()
        return self.value


def make_pictures(folder: Path, count: int) -> list[Path]:
    """JPEGs of 1600 x 1200 with different content each."""
    paths = []
    sources = [Image.open(p).convert("RGB") for p in sorted(SAMPLES.glob("camera-*"))]
    for number in range(count):
        source = sources[number % len(sources)]
        left = number * 4
        box = (left, 0, min(source.width, left + source.width - 4 * count), source.height)
        paths.append(folder / f"{number:02}.jpg")
        source.resize((1600, 1200), Image.Resampling.BICUBIC, box).save(paths[-1], quality=88)
    return paths


def make_video(path: Path, seconds: int = 30) -> None:
    """720p H.264 at 30 frames a second with AAC sound: pans over photographs, three shots."""
    pictures = [Image.open(p).convert("RGB") for p in sorted(SAMPLES.glob("camera-*"))]
    big = [np.asarray(p.resize((1600, 900), Image.Resampling.BICUBIC)) for p in pictures]
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=30, options={"preset": "veryfast"})
        video.width, video.height, video.pix_fmt = 1280, 720, "yuv420p"
        audio = out.add_stream("aac", rate=44_100, layout="mono")
        for number in range(seconds * 30):
            source = big[number // 150 % len(big)]
            left = number % 300
            picture = np.ascontiguousarray(source[90:810, left : left + 1280])
            out.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(video.encode(None))
        with av.open(str(SAMPLES / "tts-over-photos.mp4")) as voice:
            frames = list(voice.decode(audio=0))
        resampler = av.AudioResampler("fltp", "mono", 44_100, audio.frame_size or None)
        left = seconds * 44_100
        while left > 0:
            for frame in frames:
                frame.pts = None
                for part in resampler.resample(frame):
                    part.pts = None
                    left -= part.samples
                    out.mux(audio.encode(part))
                if left <= 0:
                    break
        out.mux(audio.encode(None))


def make_sound(path: Path, seconds: int = 60) -> None:
    """Speech, 16 kHz WAV."""
    with av.open(str(SAMPLES / "real-voice.ogg")) as source:
        resampler = av.AudioResampler("s16", "mono", 16_000)
        parts = [r.to_ndarray()[0] for f in source.decode(audio=0) for r in resampler.resample(f)]
    samples = np.resize(np.concatenate(parts), seconds * 16_000)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.rate = 16_000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def ours(pictures: list[Path], video: Path, sound: Path) -> dict[str, float]:
    """Runs in a process of its own; prints nothing."""
    import detect

    peak = Peak()
    peak.start()
    started = time.perf_counter()
    result = {}
    with detect.Scanner(detect.Settings()) as scanner:
        scanner.scan(pictures[0])
        result["first picture after start, s"] = time.perf_counter() - started
        before, started = cpu_seconds(os.getpid()), time.perf_counter()
        for path in pictures:
            scanner.scan(path)
        result["picture, CPU-ms"] = (cpu_seconds(os.getpid()) - before) / len(pictures) * 1000
        result["picture, wall ms"] = (time.perf_counter() - started) / len(pictures) * 1000
        scanner.scan(SAMPLES / "real-voice.ogg")
        for name, path in (("30 s 720p video, s", video), ("60 s of speech, s", sound)):
            started = time.perf_counter()
            report = scanner.scan(path)
            result[name] = time.perf_counter() - started
            assert report.status == "ok", report.reason
    result["peak memory of the process tree, MB"] = peak.stop() / 1e6
    return result


PEER_CODE = """
import json, sys, time
from sahu65.local import detect
paths = sys.argv[1:]
detect(paths[0])
cpu, wall = time.process_time(), time.perf_counter()
for path in paths:
    detect(path)
n = len(paths)
print(json.dumps({"picture, CPU-ms": (time.process_time() - cpu) / n * 1000,
                  "picture, wall ms": (time.perf_counter() - wall) / n * 1000}))
"""


def peer(pictures: list[Path], home: Path) -> dict[str, float]:
    """The peer's Python interface, warm, in its own environment."""
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", PEER], check=True)
    done = subprocess.run(
        [python, "-c", PEER_CODE, *pictures], check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def start_up(command: list[str], runs: int = 9) -> float:
    """Median seconds of a command."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--peer-env", type=Path, default=Path(tempfile.gettempdir()) / "peer-env")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--ours", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ours:
        folder = options.ours
        result = ours(sorted(folder.glob("*.jpg")), folder / "v.mp4", folder / "s.wav")
        print(json.dumps(result))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = make_pictures(folder, options.pictures)
        make_video(folder / "v.mp4")
        make_sound(folder / "s.wav")
        command = [sys.executable, __file__, "--ours", folder]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows = {"detect": json.loads(done.stdout.splitlines()[-1])}
        if not options.no_peer:
            rows[PEER] = peer(pictures, options.peer_env)
    python = sys.executable
    interpreter = start_up([python, "-c", "pass"])
    rows["detect"]["detect --help, s"] = start_up([python, "-m", "detect", "--help"])
    rows["detect"]["import detect, s"] = start_up([python, "-c", "import detect"]) - interpreter
    target = io.StringIO()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {options.pictures} pictures",
        file=target,
    )
    names = list(rows)
    print(f"{'':40}" + "".join(f"{n:>16}" for n in names), file=target)
    for key in dict.fromkeys(k for r in rows.values() for k in r):
        cells = (f"{rows[n][key]:16.3f}" if key in rows[n] else f"{'-':>16}" for n in names)
        print(f"{key:40}" + "".join(cells), file=target)
    print(target.getvalue(), end="")


if __name__ == "__main__":
    main()
