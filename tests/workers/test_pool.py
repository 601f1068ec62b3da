"""The pool: workers may do anything, the parent carries on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detect.core.errors import WorkerError
from detect.workers.pool import Answer, WorkerPool

TASK = "tests.workers.tasks:behave"
CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(TASK, workers=2, timeout=20) as pool:
        yield pool


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone(pid: int, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_answers_come_in_input_order(pool: WorkerPool) -> None:
    jobs = [{"do": "sleep", "seconds": s} for s in (0.3, 0, 0.1)] + [
        {"do": "echo", "n": n} for n in range(20)
    ]
    answers = list(pool.map(jobs))
    assert [a.status for a in answers] == ["ok"] * 23
    assert [a.header["payload"]["n"] for a in answers[3:]] == list(range(20))


def test_arrays_arrive_as_they_were(pool: WorkerPool) -> None:
    first, second = pool.run({"do": "arrays"}).arrays
    assert np.array_equal(first, np.arange(12, dtype=np.float32).reshape(3, 4))
    assert first.dtype == np.float32
    assert (second.shape, second.dtype) == ((0, 3), np.uint8)


def test_workers_stay_warm_and_are_replaced_in_time() -> None:
    with WorkerPool(TASK, workers=1, recycle=3) as pool:
        pids = [a.header["pid"] for a in pool.map({"do": "echo"} for _ in range(7))]
    assert len(set(pids)) == 3
    assert pids[0] == pids[1] == pids[2] != pids[3]


def test_the_input_is_read_lazily(pool: WorkerPool) -> None:
    taken = 0

    def jobs() -> Iterator[dict[str, Any]]:
        nonlocal taken
        while taken < 1000:
            taken += 1
            yield {"do": "echo"}

    answers = pool.map(jobs())
    assert taken == 0
    for number in range(1, 11):
        next(answers)
        assert taken <= number + 4
    answers.close()  # type: ignore[attr-defined]
    assert pool.run({"do": "echo"}).status == "ok"


@pytest.mark.parametrize(
    ("job", "status", "reason"),
    [
        ({"do": "raise"}, "crashed", "KeyError"),
        ({"do": "nan"}, "crashed", "ValueError"),
        ({"do": "exit"}, "crashed", "exit code 3"),
        ({"do": "kill"}, "crashed", "SIGKILL"),
        ({"do": "abort"}, "crashed", "SIGABRT"),
        ({"do": "garbage"}, "crashed", "not an answer"),
        ({"do": "lie"}, "crashed", "not an answer"),
        ({"do": "eat"}, "too-large", "memory limit"),
    ],
)
def test_a_bad_job_costs_only_itself(job: dict[str, Any], status: str, reason: str) -> None:
    with WorkerPool(TASK, workers=2, timeout=20, memory=2**30) as pool:
        good = {"do": "echo"}
        answers = list(pool.map([good, job, good, good]))
    assert [a.status for a in answers] == ["ok", status, "ok", "ok"]
    assert reason in (answers[1].reason or "")


@pytest.mark.parametrize("do", ["sleep", "spin"])
def test_a_job_that_takes_too_long_is_ended(do: str) -> None:
    with WorkerPool(TASK, workers=1, timeout=0.5) as pool:
        pool.run({"do": "echo"})
        answer = pool.run({"do": do, "seconds": 600})
        assert answer.status == "timed-out"
        assert "0.5 seconds" in (answer.reason or "")
        assert pool.run({"do": "echo"}).status == "ok"


def test_what_kills_a_worker_is_tried_twice_and_never_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with WorkerPool(TASK, workers=1, timeout=20) as pool:
        assert pool.run({"do": "kill", "log": str(log)}).status == "crashed"
    first, second = (line.split()[0] for line in log.read_text().splitlines())
    assert first != second


def test_what_kills_a_worker_once_still_gets_its_answer(pool: WorkerPool, tmp_path: Path) -> None:
    answer = pool.run({"do": "kill-once", "once": str(tmp_path / "once")})
    assert answer == Answer(header={"survived": True}, seconds=answer.seconds)


def test_what_takes_too_long_or_raises_is_not_tried_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with WorkerPool(TASK, workers=1, timeout=0.5) as pool:
        pool.run({"do": "raise", "log": str(log)})
        pool.run({"do": "sleep", "seconds": 60, "log": str(log)})
    assert [line.split()[1] for line in log.read_text().splitlines()] == ["raise", "sleep"]


def test_noise_on_standard_output_disturbs_nothing(pool: WorkerPool) -> None:
    assert pool.run({"do": "print"}).header == {"read": ""}


def test_answers_do_not_depend_on_the_number_of_workers() -> None:
    jobs = [
        {"do": "kill"} if n % 10 == 5 else {"do": "raise" if n % 7 == 3 else "arrays"}
        for n in range(30)
    ]

    def run(workers: int) -> list[Any]:
        with WorkerPool(TASK, workers=workers, timeout=20) as pool:
            return [
                (a.status, a.reason, [x.tobytes() for x in a.arrays]) for a in pool.map(iter(jobs))
            ]

    assert run(1) == run(3)


def test_closing_ends_workers_at_once() -> None:
    pool = WorkerPool(TASK, workers=2, timeout=60)
    pids = [a.header["pid"] for a in pool.map({"do": "echo"} for _ in range(8))]
    raised: list[BaseException] = []

    def consume() -> None:
        try:
            list(pool.map({"do": "sleep", "seconds": 600} for _ in range(9)))
        except BaseException as error:
            raised.append(error)

    consumer = threading.Thread(target=consume)
    consumer.start()
    time.sleep(0.3)
    pool.close()
    consumer.join()
    assert isinstance(raised[0], WorkerError)
    assert all(gone(pid) for pid in pids)
    with pytest.raises(WorkerError, match="closed"):
        pool.run({"do": "echo"})


def test_an_exception_of_the_input_comes_through(pool: WorkerPool) -> None:
    def jobs() -> Iterator[dict[str, Any]]:
        yield {"do": "echo"}
        raise OSError("the list ended badly")

    with pytest.raises(OSError, match="ended badly"):
        list(pool.map(jobs()))


@pytest.mark.parametrize("task", ["tests.media.nowhere:task", "tests.workers.tasks:nothing"])
def test_a_task_that_cannot_be_imported_is_an_error_of_ours(task: str) -> None:
    with WorkerPool(task, workers=1) as pool, pytest.raises(WorkerError, match="cannot start"):
        pool.run({})


SCRIPT = """
import signal
from detect.workers.pool import WorkerPool
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a job in the background
pool = WorkerPool("tests.workers.tasks:behave", workers=2)
print(pool.run({"do": "echo"}).header["pid"], flush=True)
for answer in pool.map({"do": "sleep", "seconds": 600} for _ in range(4)):
    print(answer)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_worker_outlives_its_parent(how: signal.Signals, tmp_path: Path) -> None:
    """From a plain script without a `__main__` guard, started elsewhere."""
    parent = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert parent.stdout
    worker = int(parent.stdout.readline())
    time.sleep(0.3)
    children = Path(f"/proc/{parent.pid}/task").glob("*/children")
    workers = {worker, *(int(pid) for c in children for pid in c.read_text().split())}
    assert len(workers) == 2
    parent.send_signal(how)
    parent.wait(60)
    parent.stdout.close()
    assert all(gone(pid) for pid in workers)


def test_a_hostile_working_folder_is_not_imported_from(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('imported from the working folder')")
    (tmp_path / "numpy.py").write_text("raise SystemExit('imported from the working folder')")
    script = tmp_path / "elsewhere" / "script.py"
    script.parent.mkdir()
    script.write_text(SCRIPT.partition("for answer")[0] + "pool.close()")
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout)


def test_the_worker_runs_the_toolkit_of_its_caller(tmp_path: Path) -> None:
    """Also where another `detect` comes first on the caller's path by the time it starts."""
    (tmp_path / "detect").mkdir()
    (tmp_path / "detect" / "__init__.py").write_text("raise SystemExit('another one')")
    code = "import sys, detect; sys.path.insert(0, sys.argv[1])\n" + SCRIPT.partition("for ")[0]
    done = subprocess.run(
        [sys.executable, "-c", code + "pool.close()", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def _children() -> set[int]:
    """Processes of this one; other tests may have left helpers of their libraries."""
    lists = Path("/proc/self/task").glob("*/children")
    return {int(pid) for one in lists for pid in one.read_text().split()}


def test_no_descriptor_and_no_process_is_left() -> None:
    with WorkerPool(TASK, workers=1) as pool:
        pool.run({"do": "echo"})
    before, children = len(os.listdir("/proc/self/fd")), _children()
    for _ in range(3):
        with WorkerPool(TASK, workers=2, timeout=20) as pool:
            list(pool.map([{"do": "kill"}, {"do": "echo"}]))
    assert len(os.listdir("/proc/self/fd")) == before
    assert _children() <= children
