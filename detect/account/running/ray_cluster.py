"""A connection to Ray: a cluster of this process's own, or one that is running somewhere.

Ray talks over sockets even on one machine; this is the only place of the toolkit where one is
opened. The own cluster listens on the loopback interface only, wants a token that no other user of
the machine knows, keeps its files in a folder that only this user can read and that goes with it,
and reaches nothing outside: Ray's head process would ask the metadata services of three clouds
where it runs, even with the usage statistics switched off, and so it gets a proxy that is none.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from detect.core.errors import ConfigurationError, WorkerError
from detect.pipeline.inputs import printable

__all__ = ["connected", "require_ray"]

INSTALL = "the engine `ray` needs Ray: pip install 'detect-synthetic[ray]'"
LOADED = (
    "Ray was loaded before and is not connected: call ray.init() first, or give the address of a "
    "cluster"
)
STORE = 128 * 2**20
"""Bytes of Ray's shared memory: results of a few files are on their way at any time."""
CALL = 10.0
"""Seconds in which the address of a cluster must answer."""
STARTS = 3
"""Attempts at an own cluster: Ray gives a start 30 seconds, which a busy machine may exceed."""
NOWHERE = "http://127.0.0.1:9"
"""A proxy that is none: nobody listens on the port of the discard service."""
LONGEST = 40
"""Characters of a folder in which Ray can still name its sockets (107 in all, unix(7))."""


def require_ray() -> None:
    """Looks whether the library is there, without loading it.

    Raises:
        ConfigurationError: It is not installed.
    """
    if importlib.util.find_spec("ray") is None:
        raise ConfigurationError(INSTALL)


@contextlib.contextmanager
def connected(address: str | None, workers: int) -> Iterator[ModuleType]:
    """Ray, connected; disconnected afterwards, and the own cluster is taken down.

    Args:
        address: Of a running cluster (`host:port`, `auto`, `ray://host:port`); None: what
            `RAY_ADDRESS` says, else a cluster of this process's own. A process that is connected
            already stays with its cluster, and stays connected.
        workers: Processors that the own cluster hands out.

    Raises:
        ConfigurationError: Ray is not installed, or there is no cluster at the address.
        WorkerError: The own cluster cannot be started.
    """
    address = address or os.environ.get("RAY_ADDRESS") or None
    own = address in (None, "local")
    ray = _load(guarded=own)
    if ray.is_initialized():
        yield ray
        return
    with contextlib.ExitStack() as stack:
        if own:
            folder = _folder()
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            _start(ray, folder, workers)
        else:
            _join(ray, str(address))
        stack.callback(ray.shutdown)
        yield ray


def _join(ray: ModuleType, address: str) -> None:
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdecimal():  # Ray would try for a quarter of an hour
        try:
            socket.create_connection((host.strip("[]"), int(port)), CALL).close()
        except (OSError, OverflowError) as error:
            raise ConfigurationError(f"no Ray cluster at {printable(address)}: {error}") from None
    try:
        with _environment(_QUIET):
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:
        raise ConfigurationError(
            f"no Ray cluster at {printable(address)}: {error}; if it asks for a token, set "
            "RAY_AUTH_MODE=token and RAY_AUTH_TOKEN"
        ) from None


def _start(ray: ModuleType, folder: str, workers: int) -> None:
    for attempt in range(STARTS):
        try:
            with _environment({**_QUIET, **_OWN, **_token}):
                ray.init(**_options(folder, workers))
            return
        except Exception as error:
            ray.shutdown()
            if attempt == STARTS - 1:
                raise WorkerError(f"Ray cannot be started here: {error}") from None


_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_USAGE_STATS_REPORT_URL": NOWHERE,
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",  # or news of dead workers go to standard output
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # or the working folder is packed and sent
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # the same devices as without Ray
}


_OWN = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # loopback only, on Linux as on these two
    "OMP_NUM_THREADS": "1",
    **dict.fromkeys(
        ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
        NOWHERE,
    ),
    **dict.fromkeys(("no_proxy", "NO_PROXY"), "127.0.0.1,localhost"),
}
_token: dict[str, str] = {}
"""Ray reads it once in a process, when it is loaded, as some of the other variables."""


def _load(*, guarded: bool) -> ModuleType:
    """The library.

    Args:
        guarded: Ready for an own cluster.

    Raises:
        ConfigurationError: It is not installed, broken, or was loaded without the guards.
    """
    if guarded and not _token:
        if (loaded := sys.modules.get("ray")) is not None:
            if loaded.is_initialized():
                return loaded
            raise ConfigurationError(LOADED)
        _token.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
    try:
        with _environment({**_QUIET, **(_OWN if guarded else {}), **_token}):
            return importlib.import_module("ray")
    except ImportError as error:
        raise ConfigurationError(f"{INSTALL} ({error})") from None


def _options(folder: str, workers: int) -> dict[str, Any]:
    return {
        "address": "local",
        "num_cpus": workers,
        "include_dashboard": False,
        "log_to_driver": False,
        "logging_level": logging.ERROR,
        "object_store_memory": STORE,
        "_node_ip_address": "127.0.0.1",
        "_temp_dir": folder,
        # As without Ray: it would end workers when memory is 95 % full, and make them nicer by 15.
        "_system_config": {"memory_monitor_refresh_ms": 0, "worker_niceness": 0},
    }


def _folder() -> str:
    folder = tempfile.mkdtemp(prefix="detect-ray-")
    if len(folder) > LONGEST and os.path.isdir("/tmp"):  # noqa: S108
        os.rmdir(folder)
        folder = tempfile.mkdtemp(prefix="detect-ray-", dir="/tmp")
    return folder


@contextlib.contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    """Variables that Ray and its processes read when they start."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
