"""How sound is delivered before it is judged: codecs, telephone, noise, music behind it.

Media never touches the disk: PyAV encodes and decodes in memory. All randomness comes from the seed
that is passed in.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

__all__ = [
    "RATE",
    "SOUND_CONDITIONS",
    "at_16_khz",
    "deliver_sound",
    "mix",
    "pink_noise",
    "through_codec",
    "tune",
]

RATE = 16_000
NOISE_DB, MUSIC_DB = 15.0, 10.0
SOUND_CONDITIONS = {
    "clean": "as is, 16 kHz mono",
    "aac64": "AAC at 64 kbit/s, 44.1 kHz",
    "opus24": "Opus at 24 kbit/s",
    "8khz": "telephone: 8 kHz, mu-law",
    "noise15": "noise 15 dB below the voice",
    "music10": "music 10 dB below the voice",
}
CODECS = {
    "aac": ("aac", "adts", 44_100, "mono"),
    "mp3": ("libmp3lame", "mp3", 44_100, "mono"),
    "opus": ("libopus", "ogg", 48_000, "mono"),
    "vorbis": ("vorbis", "ogg", 44_100, "stereo"),
    "mulaw": ("pcm_mulaw", "wav", 8_000, "mono"),
    "g722": ("g722", "wav", 16_000, "mono"),
}
"""Encoder, container, the rate it runs at, and the channels it takes."""


def deliver_sound(
    samples: Samples, condition: str, seed: int, behind: Samples | None = None
) -> Samples:
    """The sound as a condition delivers it.

    Args:
        samples: float32, shape (n,), mono at 16 kHz.
        condition: A key of `SOUND_CONDITIONS`.
        seed: For noise and music.
        behind: Recorded noise or music to mix in, at 16 kHz; None: pink noise, or a plain tune.

    Returns:
        float32, shape (m,), mono at 16 kHz; m is n but for what codecs add and drop at the ends.
    """
    import numpy as np

    match condition:
        case "clean":
            return samples
        case "aac64":
            return through_codec(samples, "aac", 64_000)
        case "opus24":
            return through_codec(samples, "opus", 24_000)
        case "8khz":
            return through_codec(samples, "mulaw")
    random = np.random.default_rng(seed)
    noisy = condition == "noise15"
    if behind is None:
        behind = (pink_noise if noisy else tune)(len(samples), random)
    elif len(behind):
        behind = np.roll(behind, int(random.integers(len(behind))))
    return mix(samples, behind, NOISE_DB if noisy else MUSIC_DB)


def through_codec(samples: Samples, codec: str, bit_rate: int = 0, rate: int = 0) -> Samples:
    """Encodes and decodes once.

    Args:
        samples: float32, shape (n,), mono at 16 kHz.
        codec: A key of `CODECS`.
        bit_rate: Bits a second; 0: the encoder's own.
        rate: Samples a second of the stream; 0: that of the table.

    Returns:
        float32, shape (m,), mono at 16 kHz.
    """
    import av
    import numpy as np

    encoder, container, usual, layout = CODECS[codec]
    rate = rate or usual
    options = {"strict": "experimental"} if encoder == "vorbis" else {}
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream: Any = out.add_stream(encoder, rate=rate, layout=layout, options=options)
        if bit_rate:
            stream.bit_rate = bit_rate
        pcm = (np.clip(samples, -1, 1) * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(
            format=stream.codec_context.format.name,
            layout=layout,
            rate=rate,
            frame_size=stream.codec_context.frame_size or 1024,
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            part.pts = None
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer) as container_in:
        return at_16_khz(container_in)


def at_16_khz(container: Any) -> Samples:
    """The first sound stream of an open container: float32, shape (n,), mono at 16 kHz."""
    import av
    import numpy as np

    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    frames = [*container.decode(audio=0), None]
    parts = [part.to_ndarray()[0] for frame in frames for part in resampler.resample(frame)]
    return np.asarray(np.concatenate(parts).astype(np.float32) / 32768, np.float32)


def mix(samples: Samples, behind: Samples, below: float) -> Samples:
    """Adds a sound (repeated to the length) so that its power lies `below` dB under the first's.

    Silence on either side leaves the first as it is. What then exceeds full scale is scaled down.
    """
    import numpy as np

    if not len(behind):
        return samples
    behind = np.resize(behind, len(samples))
    power, other = (float(np.mean(np.square(x, dtype=np.float64))) for x in (samples, behind))
    if power < 1e-10 or other < 1e-10:
        return samples
    mixed = samples + behind * np.float32((power / other / 10 ** (below / 10)) ** 0.5)
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max())), np.float32)


def pink_noise(n: int, random: np.random.Generator) -> Samples:
    """Noise whose power falls by 3 dB an octave from 30 Hz on, unit variance, shape (n,)."""
    import numpy as np

    spectrum = np.fft.rfft(random.standard_normal(n))
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(n, 1 / RATE), 30))
    shaped = np.fft.irfft(spectrum, n)
    return np.asarray(shaped / (shaped.std() + 1e-9), np.float32)


def tune(n: int, random: np.random.Generator) -> Samples:
    """A plain tune, shape (n,): plucked triads over a bass with a beat, where no music is at hand.

    Four chords of two seconds each (I-V-vi-IV) in a random key, overtones falling as 1/k.
    """
    import numpy as np

    time = np.arange(n) / RATE
    root = 110 * 2 ** (random.integers(12) / 12)
    out: npt.NDArray[np.float64] = np.zeros(n)
    for start in range(0, n, 2 * RATE):
        degree = (0, 7, 9, 5)[start // (2 * RATE) % 4]
        third = 3 if degree == 9 else 4
        for number, step in enumerate((0, third, 7, 12, 7, third, 0, 7)):
            first = start + number * RATE // 4
            local = time[first : first + RATE] - first / RATE
            pitch = root * 2 ** ((degree + step) / 12) * 2
            tone = sum(np.sin(2 * np.pi * pitch * k * local) / k for k in range(1, 6))
            out[first : first + RATE] += tone * np.exp(-4 * local)
            if number % 4 == 0:
                bass = np.sin(2 * np.pi * root / 2 * 2 ** (degree / 12) * local)
                out[first : first + RATE] += 1.5 * bass * np.exp(-2 * local)
            hat = random.standard_normal(len(local)) * np.exp(-60 * local)
            out[first : first + RATE] += 0.3 * hat
    return np.asarray(out / (out.std() + 1e-9), np.float32)
