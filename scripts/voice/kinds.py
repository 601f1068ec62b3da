"""A head that tells speech from singing, music and other sound, on the statistics of a window."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from detect.evaluate.recipes.speech_head import Scale
from detect.voice.speech_network import LEAST_LIKE_SPEECH
from scripts.voice.corpus import Corpus
from scripts.voice.features import load

Array = np.ndarray[Any, Any]
KINDS = ("speech", "singing", "music", "other")
RIDGE, FOLDS = 0.003, 6
SONGS = ("sung", "sung-t1", "spoken", "spoken-t1")
"""Channels with recordings made into songs, and spoken by the same vocoder."""
MADE = "made of "


def kind_of(corpus: Corpus) -> Array:
    """Index into `KINDS` of every row; game music among the other sound is music."""
    label = corpus.label
    kind = np.full(len(label), 3)
    kind[np.isin(label, ["real", "synthetic"])] = 0
    kind[np.char.startswith(label, "singing")] = 1
    kind[
        np.char.startswith(label, "music")
        | ((kind == 3) & (np.char.find(corpus.group, "music") >= 0))
    ] = 2
    return kind


def songs(cache: Path) -> tuple[Array, Array, Array]:
    """What scripts/voice/singing.py made: statistics [n, k], rows of the corpus, and kinds."""
    parts = [(name, load(cache, name, ("statistics",))) for name in SONGS]
    statistics, rows = (
        np.concatenate([part[key] for _, part in parts]) for key in ("statistics", "rows")
    )
    kind = np.concatenate([np.full(len(p["rows"]), int(n.startswith("sung"))) for n, p in parts])
    return statistics, rows, kind


def fit(z: Array, kind: Array, source: Array) -> tuple[Array, Array]:
    """Softmax head on standardised statistics [n, k]: weights [4, k] and biases [4].

    All kinds count the same, and within a kind each source by the root of its size.
    """
    name = np.array([f"{k}|{s}" for k, s in zip(kind, source, strict=True)])
    size = Counter(name)
    weight = np.array([size[n] ** -0.5 for n in name])
    for k in range(len(KINDS)):
        weight[kind == k] /= max(weight[kind == k].sum(), 1e-9)
    inputs, target = torch.from_numpy(np.ascontiguousarray(z)), torch.from_numpy(kind)
    worth = torch.from_numpy((weight / weight.sum()).astype(np.float32))
    head = torch.zeros(z.shape[1], len(KINDS), requires_grad=True)
    bias = torch.zeros(len(KINDS), requires_grad=True)
    solver = torch.optim.LBFGS([head, bias], max_iter=40, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        solver.zero_grad()
        each = functional.cross_entropy(inputs @ head + bias, target, reduction="none")
        total = (each * worth).sum() + RIDGE * (head**2).sum()
        total.backward()
        return total

    solver.step(loss)  # type: ignore[arg-type]
    return head.detach().numpy().T, bias.detach().numpy()


def fit_all(x: Array, corpus: Corpus, rows: Array, cache: Path, scale: Scale) -> Any:
    """The head that ships: `fit` on the corpus and on the songs.

    Args:
        x: Features [n, d], statistics first.
        rows: Rows of the corpus that they are of.
        scale: Of the features.
    """
    made, of, kind = songs(cache)
    k = made.shape[1]
    wide = np.pad(made, ((0, 0), (0, x.shape[1] - k)))
    z = np.concatenate([scale(x)[:, :k], scale(wide)[:, :k]])
    source = np.concatenate([corpus.origin[rows], np.char.add(MADE, corpus.origin[of])])
    return fit(z, np.concatenate([kind_of(corpus)[rows], kind]), source)


def held_out(x: Array, corpus: Corpus, rows: Array, cache: Path) -> Array:
    """Probability of speech of each row, from heads that never saw its origin."""
    kind, origin = kind_of(corpus)[rows], corpus.origin[rows]
    made, of, made_kind = songs(cache)
    # Origins with singing or music first, so that they spread evenly.
    names = sorted(set(origin), key=lambda o: (not np.isin(kind[origin == o], [1, 2]).any(), o))
    fold = {name: i % FOLDS for i, name in enumerate(names)}
    place, made_place = (
        np.array([fold[o] for o in column]) for column in (origin, corpus.origin[of])
    )
    out = np.zeros(len(rows))
    for f in range(FOLDS):
        train, test, more = place != f, place == f, made_place != f
        scale = Scale(x[train])
        source = np.concatenate([origin[train], np.char.add(MADE, corpus.origin[of[more]])])
        head, bias = fit(
            np.concatenate([scale(x[train]), scale(made[more])]),
            np.concatenate([kind[train], made_kind[more]]),
            source,
        )
        logit = scale(x[test]) @ head.T + bias
        share = np.exp(logit - logit.max(1, keepdims=True))
        out[test] = share[:, 0] / share.sum(1)
    return out


def table(data: Any, corpus: Corpus, cache: Path) -> None:
    """Write `speech.npy` (held-out probability of speech of each row) and print what passes."""
    speech = held_out(data.x[:, : data.statistics], corpus, data.row, cache)
    np.save(cache / "speech.npy", speech)
    both = data.heard & (speech >= LEAST_LIKE_SPEECH)
    print("| label | windows | voice activity | and kind |\n| --- | --- | --- | --- |")
    for name in sorted(set(corpus.label)):
        chosen = (corpus.label[data.row] == name) & (data.channel == "clean")
        shares = f"{data.heard[chosen].mean():.3f} | {both[chosen].mean():.3f}"
        print(f"| {name} | {chosen.sum()} | {shares} |")
