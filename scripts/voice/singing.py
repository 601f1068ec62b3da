"""Song made from speech, to teach the gate what singing is.

Singing that may be used is rare (40 clips from three origins), so speech is turned into it (speech
to singing: Saitou et al. 2007): WORLD takes a recording apart, its syllables are stretched onto the
beats of a random tempo, and its pitch moves to the notes of a random scale, with glides, vibrato
and drift. So that the gate does not learn the sound of WORLD instead, the same recordings are also
spoken by it, higher or lower, faster or slower. Most of both get chords and a beat: people talk
over music too.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

RATE, STEP = 16000, 5.0
"""Hz, and milliseconds between WORLD's frames."""
SCALES = (
    (0, 2, 4, 5, 7, 9, 11),
    (0, 2, 3, 5, 7, 8, 10),
    (0, 2, 4, 7, 9),
    (0, 3, 5, 7, 10),
    (0, 2, 4, 6, 7, 9, 11),
)
"""Major, minor, both pentatonic ones and lydian, in semitones above the root."""
LEAPS = {-3: 0.06, -2: 0.14, -1: 0.22, 0: 0.16, 1: 0.22, 2: 0.12, 3: 0.05, 4: 0.03}
"""Steps of the scale from one note to the next, and how often."""
BEATS = {0.5: 0.25, 1.0: 0.4, 1.5: 0.1, 2.0: 0.2, 3.0: 0.05}
"""Lengths of a syllable, and how often."""
ACCOMPANIED = 0.65
"""Share of the songs and of the speech that gets music."""
LEAST_VOICED = 40
"""Frames with a pitch that a song needs."""
Samples = np.ndarray[Any, np.dtype[np.float32]]
Rng = np.random.Generator
Array = np.ndarray[Any, Any]


def sing(x: Samples, rng: Rng) -> Samples | None:
    """The recording as a song, float32 at 16 kHz; None where it has too little voice."""
    pitch, envelope, noise = _analyse(x)
    if (pitch > 0).sum() < LEAST_VOICED:
        return None
    melody = _Melody(float(np.median(pitch[pitch > 0])), rng)
    place, hertz = [], []
    for first, end in _syllables(pitch, envelope):
        if (pitch[first:end] > 0).mean() > 0.5:
            where, sung = melody.syllable(first, end)
        else:  # breath and consonants keep about their length, pauses lose some
            longest = (0.7, 1.1) if end - first < 60 else (0.3, 0.8)
            count = max(1, int((end - first) * rng.uniform(*longest)))
            where, sung = np.linspace(first, end - 1, count), np.zeros(count)
        place.append(where)
        hertz.append(sung)
    at, tone = np.concatenate(place), np.concatenate(hertz)
    before = np.floor(at).astype(int)
    after, share = np.minimum(before + 1, len(pitch) - 1), (at - before)[:, None]
    power = np.exp(
        (1 - share) * np.log(envelope[before] + 1e-16) + share * np.log(envelope[after] + 1e-16)
    )
    rough = (1 - share) * noise[before] + share * noise[after]
    if rng.random() < 0.6:  # held notes are steadier than spoken syllables
        loud = np.log(power.sum(1) + 1e-12)
        held = tone > 0
        power[held] *= np.exp(rng.uniform(0.2, 0.7) * (_smooth(loud, 81) - loud)[held])[:, None]
    rough = np.where((tone > 0)[:, None], rough, 1.0)
    voice = _synthesise(tone, power, rough, STEP)
    return _levelled(_over_music(voice, melody.root, melody.scale, melody.beat, rng))


def speak(x: Samples, rng: Rng) -> Samples:
    """The recording spoken by WORLD: other pitch, other pace, the same words."""
    pitch, envelope, noise = _analyse(x)
    pitch *= 2 ** (rng.uniform(-4, 7) / 12)
    voice = _synthesise(pitch, envelope, noise, STEP * rng.uniform(0.8, 1.5))
    scale = SCALES[int(rng.integers(len(SCALES)))]
    return _levelled(_over_music(voice, rng.uniform(50, 70), scale, rng.uniform(0.25, 0.6), rng))


def _over_music(voice: Array, root: float, scale: tuple[int, ...], beat: float, rng: Rng) -> Array:
    """Most voices with an accompaniment, 3 dB above them to 20 dB below."""
    if rng.random() > ACCOMPANIED:
        return voice
    band = accompaniment(len(voice), root, scale, beat, rng)
    ratio = 10 ** (rng.uniform(-3, 20) / 20)
    return np.asarray(voice + band * (voice.std() / max(1e-6, float(band.std())) / ratio))


def accompaniment(
    count: int, root: float, scale: tuple[int, ...], beat: float, rng: Rng
) -> Samples:
    """Chords of a scale, held or plucked, at times with a bass and a beat: float32 [count].

    Args:
        count: Samples.
        root: MIDI note number.
        scale: Semitones above it.
        beat: Seconds.
    """
    out = np.zeros(count)
    plucked = rng.random() < 0.6
    voice = _Tone(int(rng.integers(1, 9)), rng.uniform(0.8, 2.0), rng.uniform(0.1, 1.0))
    held = _Tone(int(rng.integers(1, 9)), rng.uniform(0.8, 2.0), rng.uniform(0.3, 3.0))
    bass, drums = (rng.uniform(0, 1.5) * (rng.random() < 0.7) for _ in range(2))
    step = beat / rng.choice([1, 2, 4])
    pattern = rng.permutation(np.resize([0, 2, 4, 7], int(rng.integers(3, 9))))
    octave = 12 * int(rng.integers(-1, 3))
    for start in np.arange(0, count / RATE, 4 * beat):
        degree = int(rng.integers(len(scale)))

        def note(above: int, degree: int = degree) -> float:
            turns, place = divmod(degree + above, len(scale))
            return root + 12 * turns + scale[place]

        if plucked:
            for number, at in enumerate(np.arange(start, start + 4 * beat, step)):
                voice.add(out, note(int(pattern[number % len(pattern)])) + octave, at, 4 * beat)
        if not plucked or rng.random() < 0.3:
            for above in (0, 2, 4):
                held.add(out, note(above) - 12, start, 4 * beat)
        held.add(out, note(0) - 24, start, 4 * beat, bass)
    for number, start in enumerate(np.arange(0, count / RATE, beat / 2)):
        first = int(start * RATE)
        hit = rng.standard_normal(min(count - first, int(0.15 * RATE)))
        hit *= np.exp(-np.arange(len(hit)) / RATE / 0.03)
        out[first : first + len(hit)] += drums * (1.0 if number % 4 else 2.0) * hit
    return np.asarray(out, np.float32)


class _Tone:
    """An instrument: so many harmonics, falling as k ** -`steep`, dying away within `decay` s."""

    def __init__(self, harmonics: int, steep: float, decay: float) -> None:
        self.harmonics, self.steep, self.decay = harmonics, steep, decay

    def add(self, out: Array, note: float, start: float, longest: float, loud: float = 1) -> None:
        """A note (MIDI number) from a time in seconds on."""
        first = int(start * RATE)
        time = np.arange(max(0, min(len(out) - first, int(longest * RATE)))) / RATE
        hertz = 440 * 2 ** ((note - 69) / 12)
        swell = loud * np.exp(-time / self.decay) * np.minimum(1, time / 0.01)
        for k in range(1, self.harmonics + 1):
            if k * hertz < RATE / 2:
                out[first : first + len(time)] += (
                    swell * np.sin(2 * np.pi * k * hertz * time) / k**self.steep
                )


class _Melody:
    """Notes one after the other, each reached by a glide from the one before."""

    def __init__(self, median: float, rng: Rng) -> None:
        self.rng = rng
        self.beat = float(rng.uniform(0.25, 0.6))
        self.scale = SCALES[int(rng.integers(len(SCALES)))]
        self.root = 69 + 12 * np.log2(median / 440) + rng.uniform(-2, 9)
        self.ladder = np.concatenate([np.array(self.scale) + 12 * k for k in (-1, 0, 1)])
        self.degree = len(self.scale) + int(rng.integers(3))
        self.note: float | None = None
        self.depth = rng.uniform(0, 0.9) * (rng.random() < 0.75)
        self.speed, self.onset = rng.uniform(4.8, 6.6), rng.uniform(0.1, 0.4)
        self.glide, self.drift = rng.uniform(0.02, 0.12), rng.uniform(0, 0.25)

    def syllable(self, first: int, end: int) -> tuple[Array, Array]:
        """Frames of the recording that a sung syllable is made of, and its pitch in Hz."""
        rng, count = self.rng, end - first
        wanted = rng.choice(list(BEATS), p=list(BEATS.values())) * self.beat
        length = int(max(count, wanted * 1000 / STEP))
        edge, own = min(0.45, 8 / length), min(0.45, 8 / count)  # the middle is what is stretched
        course = np.interp(np.linspace(0, 1, length), [0, edge, 1 - edge, 1], [0, own, 1 - own, 1])
        notes = 1 if length < 80 or rng.random() < 0.7 else int(rng.integers(2, 4))
        bounds = np.linspace(0, length, notes + 1).astype(int)
        pitch = np.concatenate([self._hold(b - a) for a, b in pairwise(bounds)])
        pitch += 3 * self.drift * _smooth(rng.standard_normal(length), 41)
        return first + (count - 1) * course, 440 * 2 ** ((pitch - 69) / 12)

    def _hold(self, count: int) -> Array:
        rng = self.rng
        step = int(rng.choice(list(LEAPS), p=list(LEAPS.values())))
        self.degree = int(np.clip(self.degree + step, 2, len(self.ladder) - 1))
        note = self.root + self.ladder[self.degree]
        start = note - rng.uniform(0, 2) if self.note is None else self.note
        time = np.arange(count) * STEP / 1000
        wave = np.sin(2 * np.pi * self.speed * time + rng.uniform(0, 2 * np.pi))
        vibrato = self.depth * np.clip((time - self.onset) / 0.2, 0, 1) * wave
        self.note = note
        return np.asarray(note + (start - note) * np.exp(-time / self.glide) + vibrato)


def _syllables(pitch: Array, envelope: Array) -> list[tuple[int, int]]:
    """Stretches of frames between changes of voicing and dips of loudness."""
    voiced, loud = pitch > 0, _smooth(np.log(envelope.sum(1) + 1e-12), 13)
    cuts = [0]
    for i in range(1, len(pitch) - 1):
        dip = voiced[i] and loud[i - 1] > loud[i] <= loud[i + 1] and i - cuts[-1] >= 16
        if voiced[i] != voiced[i - 1] or dip:
            cuts.append(i)
    return list(zip(cuts, [*cuts[1:], len(pitch)], strict=True))


def _analyse(x: Samples) -> tuple[Array, Array, Array]:
    """Pitch [frames] in Hz (0: none), spectral envelope and aperiodicity [frames, bins]."""
    import pyworld

    signal = x.astype(np.float64)
    rough, time = pyworld.dio(signal, RATE, frame_period=STEP)
    pitch = pyworld.stonemask(signal, rough, time, RATE)
    envelope = pyworld.cheaptrick(signal, pitch, time, RATE)
    return pitch, envelope, pyworld.d4c(signal, pitch, time, RATE)


def _synthesise(pitch: Array, envelope: Array, noise: Array, step: float) -> Array:
    import pyworld

    parts = (np.ascontiguousarray(part) for part in (pitch, envelope, noise))
    return np.asarray(pyworld.synthesize(*parts, RATE, step))


def _smooth(x: Array, width: int) -> Array:
    kernel = np.hanning(width)
    return np.convolve(np.pad(x, width // 2, mode="edge"), kernel / kernel.sum(), "valid")


def _levelled(x: Array) -> Samples:
    return np.asarray(0.5 * x / max(1e-6, float(np.abs(x).max())), np.float32)
