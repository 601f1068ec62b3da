"""What a process that was forked off must not share with its parent: locks, threads, sessions.

A child of `fork()` holds copies of all objects and none of the threads: a lock that another thread
held is locked for ever, a queue is served by nobody, and the destructor of a network waits for
threads that do not exist. Whoever owns such a thing registers it here and renews it in the child.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
import threading
import weakref
from typing import Protocol

from detect.core.errors import ConfigurationError

__all__ = ["Run", "forked", "leak", "renew_in_child"]


class Renewed(Protocol):
    """An object with threads, locks or native handles."""

    def after_fork(self) -> None:
        """Called in the child, where no other thread runs: forget what belongs to the parent."""
        ...


_living: weakref.WeakSet[Renewed] = weakref.WeakSet()
_child = False


def renew_in_child(thing: Renewed) -> None:
    """Has `thing.after_fork()` called in every child of this process, as long as it lives."""
    _living.add(thing)


def forked() -> bool:
    """Whether this process was forked off one that had the toolkit loaded."""
    return _child


def leak(thing: object) -> None:
    """Keeps an object for ever: its destructor would wait for threads of the parent."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


class Run:
    """Marks the process in which an iteration began, since its threads are only there."""

    def __init__(self) -> None:
        self._process = os.getpid()

    @property
    def here(self) -> bool:
        """Whether this is still the process it began in."""
        return os.getpid() == self._process

    def check(self) -> None:
        """Raises instead of waiting for ever.

        Raises:
            ConfigurationError: This is a child of the process it began in.
        """
        if not self.here:
            raise ConfigurationError("this run began before a fork; begin another in the child")


def _after_fork() -> None:
    global _child
    _child = True
    _renew_cached_properties()
    for thing in list(_living):
        thing.after_fork()


def _renew_cached_properties() -> None:
    """Python 3.11 has one lock for each cached property, which another thread may have held."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != "detect":
            continue
        for value in list(vars(module).values()):
            if isinstance(value, type) and value.__module__ == name:
                for part in vars(value).values():
                    if isinstance(part, functools.cached_property) and hasattr(part, "lock"):
                        part.lock = threading.RLock()


os.register_at_fork(after_in_child=_after_fork)
