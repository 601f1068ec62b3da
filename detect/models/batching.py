"""Requests of several threads, run together: a GPU wants a batch, the callers want one answer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from detect.core.processes.forks import renew_in_child

__all__ = ["Batcher"]

Request = TypeVar("Request")
Answer = TypeVar("Answer")


class Batcher(Generic[Request, Answer]):
    """Whoever gets the turn runs all requests that wait, for their callers too.

    Args:
        run: Answers several requests, in their order.
        most: Requests run together.
    """

    def __init__(
        self, run: Callable[[Sequence[Request]], Sequence[Answer]], *, most: int = 32
    ) -> None:
        self._run = run
        self._most = most
        self.after_fork()
        renew_in_child(self)

    def after_fork(self) -> None:
        """Nobody waits yet in this process."""
        self._waiting: deque[tuple[Request, Future[Answer]]] = deque()
        self._turn = threading.Lock()

    def __call__(self, request: Request) -> Answer:
        """The answer to one request; an error of the run is raised in every caller of it."""
        mine: Future[Answer] = Future()
        self._waiting.append((request, mine))
        while not mine.done():
            with self._turn:
                if mine.done():
                    break
                count = min(self._most, len(self._waiting))
                taken = [self._waiting.popleft() for _ in range(count)]
                try:
                    answers = self._run([request for request, _ in taken])
                    for (_, future), answer in zip(taken, answers, strict=True):
                        future.set_result(answer)
                except BaseException as error:
                    for _, future in taken:
                        if not future.done():
                            future.set_exception(error)
        return mine.result()
