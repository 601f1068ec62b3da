"""A head that tells speech from singing, music and other sound, on the statistics of a window."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from speech_corpus import Corpus
from torch import Tensor
from torch.nn import functional

from detect.detectors.speech_network import LEAST_LIKE_SPEECH
from detect.evaluate.speech_head import Scale

Array = np.ndarray[Any, Any]
KINDS = ("speech", "singing", "music", "other")
RIDGE, FOLDS = 0.01, 6


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


def fit(z: Array, corpus: Corpus, rows: Array) -> tuple[Array, Array]:
    """Softmax head on standardised statistics [n, k]: weights [4, k] and biases [4].

    All kinds count the same, and within a kind each source by the root of its size.
    """
    kind = kind_of(corpus)[rows]
    source = [f"{k}|{o}" for k, o in zip(kind, corpus.origin[rows], strict=True)]
    size = Counter(source)
    weight = np.array([size[s] ** -0.5 for s in source])
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


def held_out(x: Array, corpus: Corpus, rows: Array) -> Array:
    """Probability of speech of each row, from heads that never saw its origin."""
    kind = kind_of(corpus)[rows]
    origin = corpus.origin[rows]
    # Origins with singing or music first, so that they spread evenly.
    names = sorted(set(origin), key=lambda o: (not np.isin(kind[origin == o], [1, 2]).any(), o))
    fold = {name: i % FOLDS for i, name in enumerate(names)}
    place = np.array([fold[o] for o in origin])
    out = np.zeros(len(rows))
    for f in range(FOLDS):
        train, test = place != f, place == f
        scale = Scale(x[train])
        head, bias = fit(scale(x[train]), corpus, rows[train])
        logit = scale(x[test]) @ head.T + bias
        share = np.exp(logit - logit.max(1, keepdims=True))
        out[test] = share[:, 0] / share.sum(1)
    return out


def table(data: Any, corpus: Corpus, cache: Path) -> None:
    """Write `speech.npy` (held-out probability of speech of each row) and print what passes."""
    speech = held_out(data.x[:, : data.statistics], corpus, data.row)
    np.save(cache / "speech.npy", speech)
    both = data.heard & (speech >= LEAST_LIKE_SPEECH)
    print("| label | windows | voice activity | and kind |\n| --- | --- | --- | --- |")
    for name in sorted(set(corpus.label)):
        chosen = (corpus.label[data.row] == name) & (data.channel == "clean")
        shares = f"{data.heard[chosen].mean():.3f} | {both[chosen].mean():.3f}"
        print(f"| {name} | {chosen.sum()} | {shares} |")
