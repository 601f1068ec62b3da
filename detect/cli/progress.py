"""Progress on standard error: only on a terminal, only when the work is long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

__all__ = ["FileBar", "pace", "progress"]

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds before a bar appears."""


def progress(
    items: Iterator[T], total: int | Callable[[], int | None] | None, what: str
) -> Iterator[T]:
    """Yields from `items`; draws a bar with rate and time left once two seconds have passed.

    Args:
        items: The work.
        total: How many there will be, None when unknown; asked after each item where it is a
            function.
        what: Word shown before the bar.
    """
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    count = total if callable(total) else lambda: total
    task = bar.add_task(what, total=count())
    timer = _Later(bar)
    started = time.monotonic()
    try:
        for item in items:
            bar.update(task, advance=1, total=count())
            timer.started = timer.started or time.monotonic() - started > PATIENCE
            yield item
    finally:
        timer.stop()


class _Later:
    """Starts the bar from a timer, so that it also appears while the first item takes long."""

    def __init__(self, bar: object) -> None:
        import threading

        self._bar = bar
        self.started = False
        self._timer = threading.Timer(PATIENCE, self._start)
        self._timer.daemon = True
        self._timer.start()

    def _start(self) -> None:
        self._bar.start()  # type: ignore[attr-defined]
        self.started = True

    def stop(self) -> None:
        self._timer.cancel()
        self._bar.stop()  # type: ignore[attr-defined]


class FileBar:
    """Progress with rate and time left, on standard error, once the work turns out to be long.

    Args:
        what: Word shown before the bar; it may be changed on the way.
    """

    def __init__(self, what: str) -> None:
        self.what = self._told = what
        self._made = self._started = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        if self.what != self._told:  # a new piece of work with its own rate
            self._told, self._started = self.what, time.monotonic()
            if self._bar is not None:
                self._bar.reset(self._task, total=total, rate="")
        if self._bar is None and time.monotonic() - self._made > PATIENCE:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
            )

            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(self.what, total=total, rate="")
            self._bar.start()
        if self._bar is not None:
            passed = time.monotonic() - self._started
            self._bar.update(
                self._task,
                description=self.what,
                total=total,
                completed=done,
                rate=pace(done, total, passed),
            )

    def end(self) -> None:
        """Takes the bar away."""
        if self._bar is not None:
            self._bar.stop()


def pace(done: int, total: int, seconds: float) -> str:
    """Rate and time left, both from the average since the start: bursts of results mislead less.

    Args:
        done: Files done.
        total: Files to do.
        seconds: How long that took.
    """
    if not done:
        return ""
    rate = done / max(seconds, 1e-3)
    speed = f"{rate:.0f} files/s" if rate >= 10 else f"{rate:.2g} files/s"
    left = timedelta(seconds=round((total - done) / rate))
    return f"{speed}, {left} left"
