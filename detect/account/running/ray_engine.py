"""The same work on Ray, on several processors or machines."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from detect.account.running.cache import config_digest
from detect.account.running.engine import Scored
from detect.account.running.ray_cluster import connected, require_ray
from detect.account.running.ray_crew import Crew, Job, Order
from detect.core.processes.forks import Run
from detect.core.settings import Settings

if TYPE_CHECKING:
    from types import ModuleType

    from detect.detectors.base import Classifier
    from detect.models.manifest import Manifest

__all__ = ["RayEngine"]

DEATHS = 3
"""Workers that a file may cost before it is given up."""
DIED = f"{DEATHS} Ray workers died while they scored it; see what `detect scan` says of it"


class RayEngine:
    """Scores on a Ray cluster, `settings.workers` files at a time, one processor each.

    A worker that dies is replaced and its file is scored again; after `DEATHS` of them the file is
    a report with the status `crashed`. Files are not sent: they must lie at the same path on every
    node, which has the same toolkit, weights and trust lists. Both are checked.

    Args:
        settings: Of the scanner; `threads` is not used, a worker has one.
        manifest: Other weights than the shipped ones, at the same path on every node.
        classifiers: Who looks at the files, picklable; the models of the manifest and the user's
            own when None.
        address: Of a running cluster (`host:port`, `auto`, `ray://host:port`); None: what
            `RAY_ADDRESS` says, else a cluster of this process's own, which ends with it.

    Raises:
        ConfigurationError: Ray is not installed.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        manifest: Manifest | None = None,
        classifiers: Sequence[Classifier] | None = None,
        address: str | None = None,
    ) -> None:
        require_ray()
        self._run = Run()
        self._order = Order(settings, manifest, classifiers)
        self._address = address
        self._local = self._order.engine()
        self._stack = ExitStack()
        self._ray: ModuleType | None = None
        self._crew: Crew | None = None

    @property
    def versions(self) -> Mapping[str, str]:
        """Those of the local engine: a journal may change from one to the other."""
        return self._local.versions

    def score(self, paths: Iterable[str]) -> Iterator[Scored]:
        """As `Engine.score`, in the order in which files are done; one path is read ahead.

        Raises:
            ConfigurationError: No cluster at the address; a node has another toolkit or does not
                see the files.
            WeightsError: Weights are missing or corrupt.
            WorkerError: Ray cannot be started, or starts no worker.
        """
        self._run.check()  # Ray knows no forks
        source = iter(paths)
        ahead: deque[Job] = deque()

        def more() -> bool:
            if not ahead:
                ahead.extend(Job(path) for path in _next(source))
            return bool(ahead)

        if not more():
            return
        crew = self._hired()
        try:
            while more() or crew.busy:
                while crew.idle and more():
                    crew.give(ahead.popleft())
                if (outcome := crew.wait()) is None:
                    continue
                job, scored = outcome
                if scored is None:
                    job = replace(job, deaths=job.deaths + 1)
                    if job.deaths < DEATHS:
                        ahead.append(job)
                        continue
                    scored = self._local.failed(job.path, "crashed", DIED)
                if crew.idle and ahead:  # before the caller stores the result
                    crew.give(ahead.popleft())
                yield scored
        except BaseException:  # also a caller who wants no more results
            self._dismiss()
            raise

    def close(self) -> None:
        """Ends the workers and leaves the cluster; the own one is taken down."""
        if not self._run.here:  # the cluster is the parent's
            return
        self._dismiss()
        self._stack.close()
        self._ray = None
        self._local.close()

    def _hired(self) -> Crew:
        if self._crew is None:
            workers = self._order.settings.workers
            config = config_digest(self.versions)
            if self._ray is None:
                self._ray = self._stack.enter_context(connected(self._address, workers))
            self._crew = Crew(self._ray, self._order, workers=workers, config=config)
        return self._crew

    def _dismiss(self) -> None:
        if self._crew is not None:
            self._crew.dismiss()
            self._crew = None


def _next(source: Iterator[str]) -> Iterator[str]:
    """One more, or none."""
    for path in source:
        yield path
        return
