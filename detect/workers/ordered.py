"""Work on several items at once, results in input order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from detect.core.processes.forks import Run

__all__ = ["map_ordered"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ordered(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Iterator[Result]:
    """Applies a function in threads.

    Args:
        function: Called from several threads at once.
        items: Read lazily, at most two for each thread ahead of the results.
        threads: One: no thread is started.

    Yields:
        One result for each item, in input order. An error of the function is raised at its place.

    Raises:
        ConfigurationError: It is continued in a child of the process it began in.
    """
    if threads == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="detect-score")
    run = Run()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            while waiting and (len(waiting) >= 2 * threads or waiting[0].done()):
                yield waiting.popleft().result()
                run.check()
        while waiting:
            yield waiting.popleft().result()
            run.check()
    finally:
        if run.here:
            pool.shutdown(wait=True, cancel_futures=True)
