"""Several files at once, in input order, a bounded number of them in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from detect.workers.ordered import map_ordered


def test_results_keep_the_order_and_run_at_the_same_time() -> None:
    busy, most, lock = 0, 0, threading.Lock()

    def work(number: int) -> int:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.02 if number % 3 else 0.06)
        with lock:
            busy -= 1
        return number

    assert list(map_ordered(work, range(20), 4)) == list(range(20))
    assert 1 < most <= 4


def test_items_are_read_only_a_little_ahead() -> None:
    read = 0

    def items() -> Iterator[int]:
        nonlocal read
        while read < 100:
            read += 1
            yield read

    results = map_ordered(lambda number: number, items(), 2)
    for seen in range(1, 11):
        assert next(results) == seen
        assert read <= seen + 4
    results.close()


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_comes_at_its_place(threads: int) -> None:
    def work(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return number

    results = map_ordered(work, range(9), threads)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)
