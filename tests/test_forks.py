"""A scanner that was used before a fork answers on both sides of it, and in threads."""

from __future__ import annotations

import asyncio
import concurrent.futures
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import detect
from detect.account.running.journal import Journal
from detect.core.errors import ConfigurationError

SETTINGS = detect.Settings(profile="fast", threads=2, workers=1)
PATIENCE = 100
"""Seconds after which a child counts as hanging; nothing is measured."""


@pytest.fixture(scope="module")
def scanner(samples: Path) -> Iterator[detect.Scanner]:
    with detect.Scanner(SETTINGS) as made:
        made.scan(samples / "camera-portrait.jpg")
        made.scan(samples / "real-voice.ogg")
        yield made


def in_child(work: Callable[[], object]) -> int:
    """Exit code of a child that does the work and ends as a server does: by `sys.exit`."""
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE)
        code = 1
        try:
            code = 0 if work() else 3
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def processes(scanner: detect.Scanner) -> set[int]:
    pool = scanner._extractor._pool
    return {worker._process.pid for worker in pool._alive} if pool else set()


def test_a_child_answers_and_the_parent_keeps_its_workers(
    scanner: detect.Scanner, samples: Path
) -> None:
    path = samples / "camera-portrait.jpg"
    sound = samples / "real-voice.ogg"
    before = [scanner.scan(p).hypotheses for p in (path, sound)]
    workers = processes(scanner)

    def work() -> bool:
        same = [scanner.scan(p).hypotheses for p in (path, sound)] == before
        mine = processes(scanner)
        scanner.close()
        return same and bool(mine) and not mine & workers

    assert in_child(work) == 0
    assert processes(scanner) == workers
    assert scanner.scan(path).hypotheses == before[0]
    assert processes(scanner) == workers


def test_a_fork_while_other_threads_scan(scanner: detect.Scanner, samples: Path) -> None:
    path = samples / "camera-portrait.jpg"
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            scanner.scan(path)

    threads = [threading.Thread(target=busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            assert in_child(lambda: scanner.scan(path).status == "ok") == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_run_that_began_before_the_fork_is_refused_not_waited_for(
    scanner: detect.Scanner, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    content = (samples / "camera-portrait.jpg").read_bytes()
    run = scanner.scan_many([content] * 6)
    next(run)

    def work() -> bool:
        with pytest.raises(ConfigurationError, match="before a fork"):
            next(run)
        return True

    assert in_child(work) == 0
    assert [report.status for report in run] == ["ok"] * 5  # no file of the parent was taken away


@pytest.mark.parametrize("used", [True, False])
def test_sessions_with_threads_of_their_own(used: bool, samples: Path) -> None:
    """A child that ends like a server, with all destructors; run apart from pytest's process."""
    code = f"""
import os, signal, sys
import detect
scanner = detect.Scanner(detect.Settings(profile="fast", threads=3))
scanner.scan({str(samples / "real-voice.ogg")!r})
child = os.fork()
if child == 0:
    signal.alarm({PATIENCE})
    if {used}:
        assert scanner.scan({str(samples / "real-voice.ogg")!r}).status == "ok"
    sys.exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert scanner.scan({str(samples / "real-voice.ogg")!r}).status == "ok"
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _scan(scanner: detect.Scanner, path: str, answers: object) -> None:
    answers.put(scanner.scan(path).status)  # type: ignore[attr-defined]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing(scanner: detect.Scanner, samples: Path, method: str) -> None:
    context = multiprocessing.get_context(method)
    answers = context.Queue()
    path = str(samples / "camera-portrait.jpg")
    process = context.Process(target=_scan, args=(scanner, path, answers))  # type: ignore[attr-defined]
    process.start()
    assert answers.get(timeout=PATIENCE) == "ok"
    process.join(PATIENCE)
    assert process.exitcode == 0


def test_one_scanner_in_many_threads(scanner: detect.Scanner, samples: Path) -> None:
    paths = [samples / "camera-portrait.jpg", samples / "gan-face.jpg"] * 4
    alone = {path: scanner.scan(path).hypotheses for path in paths[:2]}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(scanner.scan, paths))
    assert [r.hypotheses for r in reports] == [alone[p] for p in paths]


def test_threads_that_come_first_together_load_once(samples: Path) -> None:
    with detect.Scanner(SETTINGS) as fresh, concurrent.futures.ThreadPoolExecutor(4) as pool:
        path = samples / "camera-portrait.jpg"
        assert len({r.verdict.label for r in pool.map(fresh.scan, [path] * 4)}) == 1


def test_asyncio(scanner: detect.Scanner, samples: Path) -> None:
    async def both() -> list[detect.Report]:
        path = samples / "camera-portrait.jpg"
        return await asyncio.gather(*(asyncio.to_thread(scanner.scan, path) for _ in range(2)))

    assert [r.status for r in asyncio.run(both())] == ["ok", "ok"]


def test_a_journal_stays_with_the_process_that_opened_it(tmp_path: Path) -> None:
    with Journal(tmp_path / "a.db") as book:
        book.set(export="aa")

        def work() -> bool:
            with pytest.raises(ConfigurationError, match="before a fork"):
                book.get("export")
            book.close()
            return True

        assert in_child(work) == 0
        assert book.get("export") == "aa"
    with Journal(tmp_path / "a.db") as again:
        assert again.get("export") == "aa"


SERVER = """
import detect

scanner = detect.Scanner(detect.Settings(profile="fast", threads=2, workers=1))
scanner.scan({path!r})


def application(environ, start_response):
    report = scanner.scan({path!r})
    start_response("200 OK", [])
    return [report.status.encode()]
"""


@pytest.mark.parametrize("kind", ["sync", "gthread"])
def test_gunicorn_that_loads_before_it_forks(kind: str, samples: Path, tmp_path: Path) -> None:
    pytest.importorskip("gunicorn")
    path = str(samples / "camera-portrait.jpg")
    (tmp_path / "server.py").write_text(SERVER.format(path=path))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "gunicorn", "--preload", "--workers", "2", "--threads", "2"),
        *("--worker-class", kind, "--timeout", str(PATIENCE), "--bind", f"127.0.0.1:{port}"),
        *("--worker-tmp-dir", str(tmp_path), "--chdir", str(tmp_path), "server:application"),
    ]
    checkout = str(Path(__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": checkout}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(_: int) -> bytes:
        with opener.open(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
            body: bytes = answer.read()
            return body

    server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, cwd=tmp_path)
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if server.poll() is not None:
                _, said = server.communicate()
                pytest.fail(f"the server ended: {said.decode()}")
            time.sleep(0.2)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ask, range(6))) == [b"ok"] * 6
    finally:
        server.terminate()
        server.communicate(timeout=PATIENCE)
