"""The worker process: takes jobs from one pipe, answers on another, and may die at any time.

It is started by `detect.workers.pool` with the task's name, its memory limit and the import path.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import queue
import resource
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from detect.media.source import MediaError
from detect.workers.confine import confine
from detect.workers.wire import pack, unpack

__all__ = ["main"]

FILE_SIZE = 64 * 2**20
"""Bytes that a worker may write into a file; one that only decodes has no reason to write any."""

PR_SET_PDEATHSIG = 1


def main(task: str, memory: int, file_size: int = FILE_SIZE) -> None:
    """Answers jobs until the pipe of jobs is closed.

    Args:
        task: `module:function`; the function takes the payload and returns a header and arrays.
        memory: Address space, in bytes.
        file_size: Bytes that it may write into a file.
    """
    _die_with_parent()
    jobs, answers = _private_pipes()
    _limit(memory, file_size)
    confine()
    try:
        module, _, name = task.partition(":")
        function: Callable[[Any], Any] = getattr(importlib.import_module(module), name)
    except BaseException as error:
        _send(answers, pack({"failed": f"{type(error).__name__}: {error}"}))
        return
    _send(answers, pack({"ready": True}))
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(jobs, waiting), daemon=True).start()
    while True:
        _send(answers, _answer(function, waiting.get()))


def _answer(function: Callable[[Any], Any], payload: Any) -> tuple[bytes, list[memoryview]]:
    try:
        header, arrays = function(payload)
        return pack({"header": header}, arrays)
    except MediaError as error:
        return pack({"status": error.status, "reason": str(error)})
    except MemoryError:
        return pack({"status": "too-large", "reason": "memory limit", "spent": True})
    except Exception as error:
        return pack({"status": "crashed", "reason": f"{type(error).__name__}: {error!s:.200}"})


def _send(answers: int, message: tuple[bytes, list[memoryview]]) -> None:
    head, views = message
    for view in (memoryview(head), *views):
        while view:
            view = view[os.write(answers, view[: 1 << 20]) :]


def _receive(jobs: int, waiting: queue.SimpleQueue[Any]) -> None:
    """Reads jobs ahead of time, so that the end of the parent is seen in the middle of one."""

    def read_into(view: memoryview) -> None:
        while view:
            count = os.readv(jobs, [view])
            if count == 0:
                os._exit(0)
            view = view[count:]

    while True:
        waiting.put(unpack(read_into)[0])


def _private_pipes() -> tuple[int, int]:
    """Moves the pipes away from 0 and 1, where native libraries print to and read from."""
    jobs, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return jobs, answers


def _limit(memory: int, file_size: int) -> None:
    limits = ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, file_size))
    for kind, value in (*limits, (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):  # macOS has no limit on address space
            continue


def _die_with_parent() -> None:
    """Linux: also when it is killed while native code here holds the interpreter."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
