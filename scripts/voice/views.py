"""Channel views of speech clips for training and evaluation: codecs, bands, noise, rooms, level.

Sample rate, codec, level and digital silence are known shortcuts of any scraped speech corpus;
every training clip is therefore seen through random channels. All randomness comes from the
generator that is passed in. Media never touches the disk: PyAV encodes into memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from detect.evaluate.dataset.sound_conditions import RATE, at_16_khz, through_codec

Samples = np.ndarray[Any, np.dtype[np.float32]]
Rng = np.random.Generator


def decode(path: str) -> Samples:
    """Decode a file to float32 mono at 16 kHz."""
    import av

    with av.open(path) as container:
        return at_16_khz(container)


def resample(x: Samples, factor: float) -> Samples:
    """Play back ``factor`` times as fast (pitch moves along), by band-limited interpolation."""
    from scipy.signal import resample as fourier

    return np.asarray(fourier(x, max(1, round(len(x) / factor))), np.float32)


def low_pass(x: Samples, cutoff: float, sharp: float = 400.0) -> Samples:
    """Attenuate above ``cutoff`` Hz with a raised-cosine edge ``sharp`` Hz wide."""
    spectrum = np.fft.rfft(x)
    freq = np.fft.rfftfreq(len(x), 1 / RATE)
    edge = np.clip((cutoff + sharp - freq) / sharp, 0, 1)
    return np.fft.irfft(spectrum * (0.5 - 0.5 * np.cos(np.pi * edge)), len(x)).astype(np.float32)


def narrow_band(x: Samples) -> Samples:
    """Telephone band: 8 kHz sampling through a real resampler and back."""
    return through_codec(x, "mulaw")


def mix(x: Samples, noise: Samples, snr: float) -> Samples:
    """Add ``noise`` (tiled) at ``snr`` dB."""
    noise = np.resize(noise, len(x))
    power = float(np.mean(x**2)), float(np.mean(noise**2))
    if power[1] < 1e-10 or power[0] < 1e-10:
        return x
    return (x + noise * np.sqrt(power[0] / power[1] / 10 ** (snr / 10))).astype(np.float32)


def colored_noise(n: int, rng: Rng) -> Samples:
    """White to brown noise of n samples, unit variance."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    freq = np.maximum(np.fft.rfftfreq(n, 1 / RATE), 30)
    shaped = np.fft.irfft(spectrum * freq ** -rng.uniform(0, 1), n)
    return np.asarray(shaped / (shaped.std() + 1e-9), np.float32)


def reverberate(x: Samples, rng: Rng) -> Samples:
    """Convolve with a light random room: direct sound, decaying noise tail of 0.1-0.5 s."""
    from scipy.signal import fftconvolve

    decay = rng.uniform(0.1, 0.5)
    n = int(decay * RATE)
    tail = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n)
    tail *= np.sqrt(10 ** (-rng.uniform(3, 15) / 10) / np.sum(tail**2))
    tail[0] = 1
    return np.asarray(fftconvolve(x, tail)[: len(x)], np.float32)


def random_codec(x: Samples, rng: Rng) -> Samples:
    """One pass through a random codec at a random bit rate."""
    codec = rng.choice(
        ["aac", "mp3", "opus", "vorbis", "mulaw", "g722"], p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05]
    )
    rates = {
        "aac": [32, 48, 64, 96, 128],
        "mp3": [32, 48, 64, 96, 128],
        "opus": [12, 16, 24, 32, 48],
    }
    bit_rate = 1000 * int(rng.choice(rates[codec])) if codec in rates else 0
    stream_rate = 0
    if codec in ("aac", "mp3"):
        stream_rate = int(rng.choice([16000, 22050, 24000, 32000, 44100, 48000]))
    return through_codec(x, str(codec), bit_rate, stream_rate)


def random_view(x: Samples, noises: list[Samples], rng: Rng) -> Samples:
    """Draw a random crop of 2.5-4 s and send it through a random chain of channels."""
    n = min(len(x), int(rng.uniform(2.5, 4.0) * RATE))
    start = int(rng.integers(0, len(x) - n + 1))
    x = x[start : start + n]
    if rng.random() < 0.25:
        x = resample(x, rng.uniform(0.92, 1.08))
    if rng.random() < 0.2:
        x = reverberate(x, rng)
    if rng.random() < 0.4:
        pick = noises[int(rng.integers(len(noises)))]
        x = mix(x, np.roll(pick, int(rng.integers(len(pick)))), rng.uniform(5, 25))
    if rng.random() < 0.5:
        x = mix(x, colored_noise(len(x), rng), rng.uniform(20, 50))
    if rng.random() < 0.4:
        x = low_pass(x, rng.uniform(3400, 7600))
    gain = 10 ** (rng.uniform(-12, 3) / 20)
    x = np.clip(x * gain / max(1e-4, float(np.abs(x).max())), -1, 1).astype(np.float32)
    for _ in range(int(rng.choice([0, 1, 2], p=[0.25, 0.55, 0.2]))):
        x = random_codec(x, rng)
    return x


def centre(x: Samples, seconds: float = 4.0) -> Samples:
    """The middle ``seconds`` of a clip (all of a shorter one)."""
    n = min(len(x), int(seconds * RATE))
    start = (len(x) - n) // 2
    return x[start : start + n]


def evaluation_views(
    noises: list[Samples], music: list[Samples]
) -> dict[str, Callable[[Samples, Rng], Samples]]:
    """The conditions that the card reports, each a function of (samples, generator)."""

    def over(pool: list[Samples], snr: float) -> Callable[[Samples, Rng], Samples]:
        def view(x: Samples, rng: Rng) -> Samples:
            pick = pool[int(rng.integers(len(pool)))]
            return mix(centre(x), np.roll(pick, int(rng.integers(len(pick)))), snr)

        return view

    return {
        "clean": lambda x, rng: centre(x),
        "opus24": lambda x, rng: through_codec(centre(x), "opus", 24000),
        "aac64": lambda x, rng: through_codec(centre(x), "aac", 64000),
        "8khz": lambda x, rng: narrow_band(centre(x)),
        "noise15": over(noises, 15),
        "music10": over(music, 10),
    }
