"""The workers of a run on Ray: who starts, who waits, who scores what, who died."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

from detect.account.running.cache import config_digest
from detect.account.running.engine import LocalEngine, Scored
from detect.core.errors import ConfigurationError, DetectError, InternalError, WorkerError
from detect.core.settings import Settings
from detect.pipeline.inputs import printable

if TYPE_CHECKING:
    from detect.detectors.base import Classifier
    from detect.models.manifest import Manifest

__all__ = ["Crew", "Job", "Order", "Seat"]

PATIENCE = 120.0
"""Seconds in which a first worker must have started."""
LOST = 3
"""Workers, for each one wanted, that may die before they score anything."""


@dataclass(frozen=True, slots=True)
class Order:
    """What files are scored with.

    Attributes:
        settings: Of the scanner.
        manifest: Other weights than the shipped ones.
        classifiers: Who looks at the files; the models of the manifest and the user's own when
            None.
    """

    settings: Settings
    manifest: Manifest | None = None
    classifiers: Sequence[Classifier] | None = None

    def engine(self, settings: Settings | None = None) -> LocalEngine:
        """The engine of one machine for it."""
        return LocalEngine(
            settings or self.settings, manifest=self.manifest, classifiers=self.classifiers
        )


@dataclass(frozen=True, slots=True)
class Job:
    """A file to score, and the workers that died over it so far."""

    path: str
    deaths: int = 0


class Seat:
    """What runs in one worker: a scanner with one inference thread and one decoding process."""

    def __init__(self, order: Order) -> None:
        os.environ["OMP_NUM_THREADS"] = "1"  # numerical libraries read it when they are loaded
        self._order = order
        self._engine: LocalEngine | None = None

    def start(self) -> tuple[str, str]:
        """Loads what files are scored with.

        Returns:
            Digest of code, weights and settings, and the name of the machine.

        Raises:
            WeightsError: Weights are missing or corrupt there.
        """
        self._engine = self._order.engine(replace(self._order.settings, workers=1, threads=1))
        return config_digest(self._engine.versions), platform.node()

    def score(self, path: bytes, size: int | None) -> Scored | str:
        """Scores one file.

        Args:
            path: Absolute.
            size: In bytes, as the other side sees it; None when it sees no file.

        Returns:
            The result, or the name of this machine when it sees another file there, or none.
        """
        if self._engine is None or (size is not None and size_of(path) != size):
            return platform.node()
        (scored,) = self._engine.score([os.fsdecode(path)])
        # Pictures travel as extras.
        bare = replace(scored.report, thumbnails=(), overlays=(), crops=())
        return replace(scored, report=bare)


def size_of(path: bytes | str) -> int | None:
    """Bytes of a file; None when there is none or it cannot be seen."""
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return None


class Crew:
    """Starts workers, gives them files, collects what they answer, replaces those that die.

    Args:
        ray: The library, connected.
        order: What files are scored with.
        workers: How many at the same time.
        config: The digest that every worker must have.
    """

    def __init__(self, ray: ModuleType, order: Order, *, workers: int, config: str) -> None:
        self._ray = ray
        self._order = ray.put(order)
        self._config = config
        self._patience = LOST * workers + 1
        gpus = 1 if order.settings.device == "cuda" else 0
        self._kind = ray.remote(num_cpus=1, num_gpus=gpus)(Seat)
        self._starting: dict[Any, Any] = {}
        self._idle: list[Any] = []
        self._running: dict[Any, tuple[Any, Job, int | None]] = {}
        for _ in range(workers):
            self._hire()

    @property
    def idle(self) -> bool:
        """Whether somebody waits for a file."""
        return bool(self._idle)

    @property
    def busy(self) -> bool:
        """Whether somebody scores a file."""
        return bool(self._running)

    def give(self, job: Job) -> None:
        """Has a file scored by somebody idle."""
        self._give(job, size_of(job.path))

    def _give(self, job: Job, size: int | None) -> None:
        seat = self._idle.pop()
        answer = seat.score.remote(os.fsencode(job.path), size)
        self._running[answer] = seat, job, size

    def wait(self) -> tuple[Job, Scored | None] | None:
        """Waits until something happens.

        Returns:
            A job with its result, or without one when its worker died; None when it was something
            else.

        Raises:
            ConfigurationError: A node has another toolkit, or does not see a file.
            WeightsError: Weights are missing or corrupt there.
            WorkerError: No worker starts.
        """
        patience = None if self._running else PATIENCE
        ready, _ = self._ray.wait([*self._running, *self._starting], timeout=patience)
        if not ready:
            raise WorkerError(
                f"Ray started no worker in {PATIENCE:.0f} seconds; the cluster has "
                f"{self._ray.cluster_resources().get('CPU', 0):g} processors, "
                f"{self._ray.available_resources().get('CPU', 0):g} of them free"
            )
        (answer,) = ready
        if answer in self._starting:
            self._seated(answer)
            return None
        seat, job, size = self._running.pop(answer)
        try:
            result: Scored | str = self._result(answer)
        except _DiedError:
            self._replace(seat)
            return job, None
        self._idle.append(seat)
        if isinstance(result, Scored):
            return job, result
        if size_of(job.path) == size:
            raise ConfigurationError(
                f"the Ray node {result} sees no such file as {printable(job.path)}: the export "
                "must lie at the same path on every node"
            )
        self._give(job, None)  # it has changed meanwhile: scored as it is
        return None

    def dismiss(self) -> None:
        """Ends all workers at once."""
        seats = [*self._starting.values(), *self._idle, *(r[0] for r in self._running.values())]
        for seat in seats:
            self._ray.kill(seat)
        self._starting, self._idle, self._running = {}, [], {}

    def _hire(self) -> None:
        seat = self._kind.remote(self._order)
        self._starting[seat.start.remote()] = seat

    def _replace(self, seat: Any) -> None:
        self._ray.kill(seat)  # it may only be out of reach
        self._hire()

    def _seated(self, answer: Any) -> None:
        seat = self._starting.pop(answer)
        try:
            config, node = self._result(answer)
        except _DiedError as error:
            self._patience -= 1
            if self._patience <= 0:
                raise WorkerError(f"the Ray workers do not start: {error}") from None
            self._replace(seat)
            return
        if config != self._config:
            raise ConfigurationError(
                f"the Ray node {node} would give other results: toolkit, weights, models of your "
                "own and trust lists must be the same on every node, and stay so during a run"
            )
        self._idle.append(seat)

    def _result(self, answer: Any) -> Any:
        errors = self._ray.exceptions
        try:
            return self._ray.get(answer)
        except errors.RayTaskError as error:
            if isinstance(error.cause, DetectError):
                raise error.cause from None
            raise InternalError(f"a Ray worker failed: {error}") from None
        except errors.RayError as error:
            raise _DiedError(" ".join(str(error).split())) from None


class _DiedError(Exception):
    """A worker went away with what it had to do."""
