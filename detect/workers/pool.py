"""A pool of processes that may crash, hang or eat memory without anybody else noticing.

Nothing here imports a decoder, and the workers import no torch: starting one takes a fraction of a
second, losing one loses one answer. Works from scripts without a `__main__` guard.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from detect.core.errors import WorkerError
from detect.core.media import STATUSES, Status
from detect.core.processes.forks import Run, renew_in_child
from detect.workers.wire import WireError, pack, unpack

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Answer", "WorkerPool"]

START_SECONDS = 120.0
"""Time in which a worker must have imported its task."""

_PASSED = frozenset(
    (
        "HOME",
        "LANG",
        "LD_LIBRARY_PATH",
        "LOGNAME",
        "PATH",
        "TMPDIR",
        "TZ",
        "USER",
        "XDG_CONFIG_HOME",
    )
)

FILE_SIZE = 64 * 2**20
"""Bytes that a worker may write into a file unless its task has to write more."""

RECYCLE = 500
"""Jobs after which a worker is replaced: whatever its libraries leak is gone then."""

CLOSED = "the pool of decoding processes is closed"

_START = (
    "import json, sys; task, memory, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[4]); "
    "home, path = json.loads(sys.argv[3]); "
    "sys.path.insert(0, home); import detect; del sys.path[0]; "
    "sys.path += [p for p in path if p not in sys.path]; "
    "from detect.workers.worker import main; main(task, memory, size)"
)
# The same toolkit as the caller's, wherever another one is installed. Otherwise the caller's path
# comes last: a file called html.py beside a script replaces no library here.
HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a job.

    Attributes:
        status: `ok`; what a `MediaError` of the task says; `timed-out`; `crashed`; `too-large` when
            the task hit the memory limit.
        reason: Sentence, when the status is not `ok`.
        header: What the task returned.
        arrays: The arrays it returned.
        seconds: Wall time of the job.
    """

    status: Status = "ok"
    reason: str | None = None
    header: dict[str, Any] = field(default_factory=dict)
    arrays: list[npt.NDArray[np.generic]] = field(default_factory=list)
    seconds: float = 0.0


class WorkerPool:
    """Runs a task on many payloads, each in a process that may die of it.

    Workers start with the first job and are kept until `close()`. A job that kills its worker is
    tried once more in a fresh one, a job that takes too long is not. Results do not depend on the
    number of workers. Several threads may use it, and both sides after a fork: the child starts
    workers of its own.

    Args:
        task: `module:function`; takes the payload (plain JSON values) and returns a header (plain
            JSON values) and a list of arrays (uint8, int16 or float32).
        workers: How many processes.
        memory: Address space of each, in bytes.
        timeout: Seconds a job may take.
        recycle: Jobs after which a worker is replaced.
        file_size: Bytes that a worker may write into a file, for a task that has to write one.
    """

    def __init__(
        self,
        task: str,
        *,
        workers: int = 2,
        memory: int = 2 * 2**30,
        timeout: float = 120.0,
        recycle: int = RECYCLE,
        file_size: int = FILE_SIZE,
    ) -> None:
        self._command = (task, memory, file_size)
        self._timeout = timeout
        self._recycle = recycle
        self._ahead = 2 * workers
        self._workers = workers
        self._closed = False
        self._begin()
        renew_in_child(self)

    def _begin(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Future[Answer], Any] | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []
        self._own = threading.local()
        self._lock = threading.Lock()
        self._alive: set[_Worker] = set()

    def after_fork(self) -> None:
        """Leaves workers and threads to the parent; this process gets its own with the next job."""
        for worker in self._alive:
            worker.abandon()
        self._begin()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends all workers at once, also those that are busy. The pool cannot be used again."""
        with self._lock:
            self._closed = True
            for worker in self._alive:
                worker.kill()
        with contextlib.suppress(queue.Empty):
            while job := self._jobs.get_nowait():
                job[0].cancel()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        while self._alive:  # no thread is left that uses one
            self._alive.pop().end()

    def run(self, payload: Any) -> Answer:
        """Runs one job.

        Raises:
            WorkerError: Workers cannot be started.
        """
        return self._submit(payload).result()

    def map(self, payloads: Iterable[Any]) -> Iterator[Answer]:
        """Runs many jobs.

        Args:
            payloads: Read lazily, a few ahead of the answers.

        Yields:
            One answer for each payload, in order.

        Raises:
            WorkerError: Workers cannot be started.
        """
        waiting: deque[Future[Answer]] = deque()
        run = Run()
        try:
            for payload in payloads:
                waiting.append(self._submit(payload))
                while waiting and (len(waiting) >= self._ahead or waiting[0].done()):
                    yield waiting.popleft().result()
                    run.check()
            while waiting:
                yield waiting.popleft().result()
                run.check()
        finally:
            for future in waiting if run.here else ():
                future.cancel()

    def _submit(self, payload: Any) -> Future[Answer]:
        future: Future[Answer] = Future()
        with self._lock:
            if self._closed:
                raise WorkerError(CLOSED)
            self._jobs.put((future, payload))
            if len(self._threads) < self._workers and not self._idle.acquire(blocking=False):
                # Daemons, so that Ctrl-C and the end of a script wait for no job; the workers see
                # the end of their pipe.
                thread = threading.Thread(target=self._serve, daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def _serve(self) -> None:
        """The thread of one worker."""
        while job := self._jobs.get():
            future, payload = job
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(self._run(payload))
                except BaseException as error:
                    future.set_exception(error)
            self._idle.release()

    def _run(self, payload: Any) -> Answer:
        started = time.monotonic()
        for last in (False, True):
            worker = self._worker()
            try:
                answer = worker.ask(payload, self._timeout, started)
            except TimeoutError:
                self._retire(worker)
                reason = f"not done after {self._timeout:g} seconds; raise `timeout` to wait longer"
                return Answer("timed-out", reason, seconds=time.monotonic() - started)
            except (OSError, EOFError, WireError) as error:
                reason = self._retire(worker, error)
                if last:
                    return Answer("crashed", reason, seconds=time.monotonic() - started)
                continue
            except BaseException:
                self._retire(worker)
                raise
            if worker.spent or worker.jobs >= self._recycle:
                self._retire(worker)
            return answer
        raise AssertionError

    def _worker(self) -> _Worker:
        worker: _Worker | None = getattr(self._own, "worker", None)
        if worker is not None and worker.alive:
            return worker
        if worker is not None:
            self._retire(worker)
        with self._lock:
            if self._closed:
                raise WorkerError(CLOSED)
            worker = _Worker(*self._command)
            self._alive.add(worker)
        try:
            worker.wait_until_ready()
        except BaseException:
            self._retire(worker)
            if self._closed:
                raise WorkerError(CLOSED) from None
            raise
        self._own.worker = worker
        return worker

    def _retire(self, worker: _Worker, error: BaseException | None = None) -> str:
        self._own.worker = None
        reason = worker.end(error)
        with self._lock:
            self._alive.discard(worker)
            if self._closed:
                raise WorkerError(CLOSED)
        return reason


def _environment() -> dict[str, str]:
    """What a worker needs of the environment; tokens and agents' sockets stay with the parent."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED or name.startswith(("LC_", "DETECT_", "DYLD_"))
    }


class _Worker:
    """One process and its two pipes."""

    def __init__(self, task: str, memory: int, file_size: int) -> None:
        paths = json.dumps([HOME, [os.path.abspath(p) for p in sys.path]])
        arguments = [sys.executable, "-I", "-c", _START, task, str(memory), paths, str(file_size)]
        single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        try:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={**_environment(), **single, "MALLOC_ARENA_MAX": "2"},
                start_new_session=True,  # Ctrl-C goes to the parent, which ends its workers
            )
        except (OSError, ValueError) as error:
            raise WorkerError(f"cannot start a decoding process: {error}") from error
        assert self._process.stdin and self._process.stdout
        self._jobs = self._process.stdin.fileno()
        self._answers = self._process.stdout.fileno()
        self._ready = select.poll()
        self._ready.register(self._answers, select.POLLIN)
        self.jobs = 0
        self.spent = False

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        try:
            content, _ = unpack(self._reader(time.monotonic() + START_SECONDS))
            problem = content.get("failed")
        except (OSError, EOFError, WireError) as error:  # OSError: also the timeout
            problem = f"{error or type(error).__name__} before it was ready"
        if problem:
            raise WorkerError(f"a decoding process cannot start: {problem}")

    def ask(self, payload: Any, timeout: float, started: float) -> Answer:
        """Runs one job.

        Raises:
            TimeoutError: No answer in time.
            OSError, EOFError, WireError: The worker died or talks nonsense.
        """
        self.jobs += 1
        deadline = time.monotonic() + timeout
        view = memoryview(pack(payload)[0])
        while view:
            view = view[os.write(self._jobs, view) :]
        content, arrays = unpack(self._reader(deadline))
        if not isinstance(content, dict):
            raise WireError("not an answer")
        self.spent = bool(content.get("spent"))
        seconds = time.monotonic() - started
        header, status = content.get("header"), content.get("status")
        if isinstance(header, dict):
            return Answer(header=header, arrays=arrays, seconds=seconds)
        if status in STATUSES and status != "ok":
            return Answer(status, str(content.get("reason")), seconds=seconds)
        raise WireError("not an answer")

    def abandon(self) -> None:
        """In a child of the process that owns it: lets go of the pipes, so that it ends in time."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.returncode = 0  # not this process's to wait for

    def kill(self) -> None:
        """Ends the process; whoever waits for its answer sees the end of the pipe."""
        self._process.kill()

    def end(self, error: BaseException | None = None) -> str:
        """Ends and buries the process; says what it died of."""
        if error is not None and not isinstance(error, WireError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1.0)
        died_of = self._process.poll()
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        if died_of is None:
            return "the decoding process sent something that is not an answer"
        if died_of >= 0:
            return f"the decoding process ended itself (exit code {died_of})"
        with contextlib.suppress(ValueError):
            return f"the decoding process died of {signal.Signals(-died_of).name}"
        return f"the decoding process died of signal {-died_of}"

    def _reader(self, deadline: float) -> Any:
        def read_into(view: memoryview) -> None:
            while view:
                left = deadline - time.monotonic()
                if left <= 0 or not self._ready.poll(left * 1000):
                    raise TimeoutError
                count = os.readv(self._answers, [view])
                if count == 0:
                    raise EOFError
                view = view[count:]

        return read_into
