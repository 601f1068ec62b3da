"""The engine on Ray says what the local one says, whatever happens to its workers."""

from __future__ import annotations

import gc
import os
import signal
import sqlite3
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

import detect
from detect.account.audit import audit
from detect.account.running import ray_crew
from detect.account.running import ray_engine as engine_ray
from detect.account.running.ray_cluster import connected
from detect.account.running.ray_engine import DEATHS, RayEngine
from detect.cli.main import cli
from detect.core.errors import ConfigurationError
from detect.core.finding import Finding
from detect.core.media import AudioClip, Frame, Media
from tests.account.fake import Brightness, account, odd_names, picture

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
SETTINGS = detect.load_settings({"workers": 2, "biometrics": False})


class Deadly(Brightness):
    """Notes every file that it is shown; some of them end the process, a number of times.

    Args:
        log: Where to note them.
        deaths: How often, by the name of the file.
    """

    def __init__(self, log: Path, deaths: dict[str, int]) -> None:
        super().__init__()
        self.log, self.deaths = log, deaths

    def examine(self, media: Media, frames: Sequence[Frame], audio: Sequence[AudioClip]) -> Finding:
        """As `Brightness`, unless the process ends."""
        name = Path(media.path).name
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(name + "\n")
        if seen(self.log)[name] <= self.deaths.get(name, 0):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().examine(media, frames, audio)


class Surroundings(Brightness):
    """Notes how the decoding processes of its process are confined.

    Args:
        log: Where to note it.
    """

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.log = log

    def examine(self, media: Media, frames: Sequence[Frame], audio: Sequence[AudioClip]) -> Finding:
        """As `Brightness`."""
        for child in family(os.getpid()) - {os.getpid()}:
            status = Path(f"/proc/{child}/status").read_text()
            with open(self.log, "a", encoding="utf-8") as log:
                log.write(status.partition("Seccomp:")[2].split()[0] + "\n")
        return super().examine(media, frames, audio)


def seen(log: Path) -> Counter[str]:
    """How often each file was shown."""
    return Counter(log.read_text(encoding="utf-8").split()) if log.is_file() else Counter()


def family(process: int) -> set[int]:
    """A process and everything it has started."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, size = {process}, 0
    while size != len(found):
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found


@pytest.fixture(scope="module")
def ray() -> Iterator[object]:
    """A cluster of two processors, for all tests here."""
    if find_spec("ray") is None:  # loaded by `connected` alone
        pytest.skip("the extra `ray` is not installed")
    with connected("local", 2) as library:
        yield library
    del library
    with warnings.catch_warnings(action="ignore"):  # of Ray's, about processes it let go
        gc.collect()


def reports(export: Path, journal: Path, **more: object) -> tuple[bytes, bytes, list[object]]:
    """JSON, CSV, and what the journal holds of results."""
    result = audit(export, journal=journal, settings=SETTINGS, started=NOON, **more)  # type: ignore[arg-type]
    result.write_json(journal.with_suffix(".json"))
    result.write_csv(journal.with_suffix(".csv"))
    with sqlite3.connect(journal) as db:
        rows = db.execute("SELECT * FROM results ORDER BY sha256").fetchall()
        rows += db.execute("SELECT * FROM extras ORDER BY sha256, name").fetchall()
    db.close()
    return (
        journal.with_suffix(".json").read_bytes(),
        journal.with_suffix(".csv").read_bytes(),
        rows,
    )


def test_the_report_is_that_of_the_local_engine(ray: object, tmp_path: Path) -> None:
    export = account(tmp_path / "export", 12, bright_from=7)
    (export / "00002.jpg").write_bytes(b"\xff\xd8\xff broken")
    (export / "00003.jpg").unlink()
    (export / "00005.jpg").write_bytes((export / "00004.jpg").read_bytes())
    odd_names(export)
    local = reports(export, tmp_path / "a.db", classifiers=[Brightness()])
    other = reports(export, tmp_path / "b.db", classifiers=[Brightness()], engine="ray")
    assert local == other
    again = Brightness()  # either engine goes on with the other's journal: nothing is left to do
    assert reports(export, tmp_path / "b.db", classifiers=[again]) == local
    assert again.seen == 0


def test_a_worker_that_dies_is_replaced(ray: object, tmp_path: Path) -> None:
    export = account(tmp_path / "export", 8, bright_from=4)
    log = tmp_path / "log"
    deaths = {"00001.jpg": 2, "00005.jpg": 99}
    result = audit(
        export,
        journal=tmp_path / "a.db",
        settings=SETTINGS,
        engine="ray",
        classifiers=[Deadly(log, deaths)],
    )
    posts = list(result.posts())
    assert [p["score"] and p["score"]["answer"] for p in posts] == [
        *["free"] * 4,
        "synthetic",
        None,
        *["synthetic"] * 2,
    ]
    failed = posts[5]["media"][0]
    assert failed["status"] == "crashed" and "Ray workers died" in failed["reason"]
    expected = {f"{number:05}.jpg": 1 for number in range(8)}
    assert seen(log) == Counter({**expected, "00001.jpg": 3, "00005.jpg": DEATHS})


def test_decoding_stays_confined(ray: object, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.jpg", 1, 200)
    engine = RayEngine(SETTINGS, classifiers=[Surroundings(tmp_path / "log")])
    assert [scored.report.status for scored in engine.score([str(path)])] == ["ok"]
    engine.close()
    assert seen(tmp_path / "log") == Counter({"2": 1})  # SECCOMP_MODE_FILTER


def test_files_are_read_no_faster_than_they_are_scored(ray: object, tmp_path: Path) -> None:
    export = account(tmp_path / "export", 20)
    read = 0

    def paths() -> Iterator[str]:
        nonlocal read
        for path in sorted(export.glob("*.jpg")):
            read += 1
            yield str(path)

    engine = RayEngine(SETTINGS, classifiers=[Brightness()])
    done = 0
    for scored in engine.score(paths()):
        done += 1
        assert scored.report.status == "ok" and not scored.report.thumbnails
        assert read <= done + SETTINGS.workers + 1
    assert done == read == 20
    some = engine.score([*map(str, export.glob("*.jpg"))])
    next(some)
    some.close()  # the rest is not wanted
    (again,) = engine.score([str(export / "00007.jpg")])
    assert again.path.endswith("00007.jpg") and again.report.status == "ok"
    engine.close()


def test_a_node_that_is_another_is_named(
    ray: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(picture(tmp_path / "a.jpg", 1, 200))
    engine = RayEngine(SETTINGS, classifiers=[Brightness()])
    with monkeypatch.context() as patch:
        patch.setattr(ray_crew, "size_of", lambda path: 1)
        with pytest.raises(ConfigurationError, match="same path on every node"):
            list(engine.score([path]))
    with monkeypatch.context() as patch:
        patch.setattr(engine_ray, "config_digest", lambda versions: "another")
        with pytest.raises(ConfigurationError, match="same on every node"):
            list(engine.score([path]))
    assert len(list(engine.score([path]))) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_own_cluster_listens_to_nobody_else(ray: object) -> None:
    sockets = set()
    for process in family(os.getpid()):
        for handle in Path(f"/proc/{process}/fd").glob("*"):
            try:
                sockets.add(os.readlink(handle))
            except OSError:
                continue
    hosts = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                hosts.add(fields[1].partition(":")[0])
    assert hosts <= {"0100007F", "0000000000000000FFFF00000100007F", "0" * 24 + "01000000"}
    assert hosts


def test_nothing_to_do_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_ray, "require_ray", lambda: None)
    monkeypatch.setattr(engine_ray, "connected", None)
    engine = RayEngine(SETTINGS, classifiers=[Brightness()])
    assert list(engine.score([])) == []
    engine.close()


def test_without_ray_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    export = account(tmp_path / "export", 1)
    journal = str(tmp_path / "a.db")
    with pytest.raises(ConfigurationError, match=r"pip install 'detect-synthetic\[ray\]'"):
        audit(export, journal=journal, engine="ray")
    with pytest.raises(ConfigurationError, match="engine ray"):
        audit(export, journal=journal, ray_address="127.0.0.1:6379")
    told = CliRunner().invoke(cli, ["audit", "--help"])
    assert "[local|ray]" in told.output and "--ray-address" in told.output
