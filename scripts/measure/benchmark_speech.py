"""What 4 s of sound cost, in CPU-milliseconds, one thread: a window, and a minute in a scan.

    python -m scripts.measure.benchmark_speech
    python -m scripts.measure.benchmark_speech --peer old/speech.onnx  # another network

CPU time of the process, the least of several rounds: what else the machine does counts little.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import onnxruntime

from detect.core.media import AudioClip, Media
from detect.evaluate.dataset.sound_conditions import at_16_khz
from detect.marks.perth import PerthDecoder
from detect.models.manifest import load_manifest
from detect.voice.speech import SpeechDetector, golden_samples
from detect.voice.speech_window import prepare
from detect.voice.voice_activity import VoiceActivity

ROUNDS, CALLS = 7, 20
VOICE = Path(__file__).resolve().parents[2] / "samples" / "tts-voice.m4a"
MINUTE = 60


def cost(call: Callable[[], object], calls: int = CALLS) -> float:
    """CPU-milliseconds of one call."""
    call()
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(calls):
            call()
        found.append((time.process_time() - start) / calls * 1000)
    return min(found)


def minute() -> AudioClip:
    """A minute of speech: a sample over and over."""
    with av.open(str(VOICE)) as container:
        return AudioClip(np.resize(at_16_khz(container), MINUTE * 16_000))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", type=Path)
    arguments = parser.parse_args()
    manifest = load_manifest()
    activity, detector = VoiceActivity(manifest), SpeechDetector(manifest, threads=1)
    marks = PerthDecoder(manifest)
    samples = golden_samples()
    ready = prepare(samples)
    speech = np.ones(-(-len(ready) // 512), np.float32)
    print(f"{len(samples) / 16000:.0f} s, one thread")
    print(f"level, floor     {cost(lambda: prepare(samples)):6.1f} CPU-ms")
    print(f"voice activity   {cost(lambda: activity.probabilities(ready)):6.1f} CPU-ms")
    print(f"{detector.id}        {cost(lambda: detector.score(ready, speech)):6.1f} CPU-ms")
    clip = minute()
    media = Media("minute.wav", kind="audio", duration=clip.seconds)
    share = MINUTE / 4
    scan = cost(lambda: detector.examine(media, (), (clip,)), 1) / share
    perth = cost(lambda: marks.read([clip]), 1) / share
    print(f"a scan           {scan:6.1f} CPU-ms for each 4 s of a minute (windows overlap by half)")
    print(f"and Perth        {perth:6.1f} CPU-ms")
    if arguments.peer:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(arguments.peer, options)
        inputs = {"samples": ready, "speech": speech}
        print(f"peer             {cost(lambda: session.run(None, inputs)):6.1f} CPU-ms")


if __name__ == "__main__":
    main()
