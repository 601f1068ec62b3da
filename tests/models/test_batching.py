"""Requests of several threads run together, each caller gets its own answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from detect.models.batching import Batcher


def test_what_waits_is_run_together_and_everybody_gets_his_own() -> None:
    sizes: list[int] = []

    def run(requests: Sequence[int]) -> list[int]:
        sizes.append(len(requests))
        time.sleep(0.02)
        return [request * 10 for request in requests]

    batcher = Batcher(run, most=4)
    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(batcher, range(24))) == [n * 10 for n in range(24)]
    assert sum(sizes) == 24
    assert 1 < max(sizes) <= 4


def test_an_error_reaches_every_caller_and_the_next_run_works() -> None:
    failing = threading.Event()
    failing.set()

    def run(requests: Sequence[int]) -> list[int]:
        if failing.is_set():
            raise RuntimeError("no")
        return list(requests)

    batcher = Batcher(run)
    with pytest.raises(RuntimeError, match="no"):
        batcher(1)
    failing.clear()
    assert batcher(2) == 2
