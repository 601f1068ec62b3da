"""Tasks that behave, and tasks that do not; run by workers, never by the tests themselves."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np


def behave(payload: dict[str, Any]) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Does what the payload asks for."""
    log = payload.get("log")
    if log:
        with Path(log).open("a") as file:
            file.write(f"{os.getpid()} {payload['do']}\n")
    match payload["do"]:
        case "echo":
            return {"payload": payload, "pid": os.getpid()}, []
        case "arrays":
            return {}, [np.arange(12, dtype=np.float32).reshape(3, 4), np.zeros((0, 3), np.uint8)]
        case "raise":
            raise KeyError("lost")
        case "exit":
            os._exit(3)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "abort":
            os.abort()
        case "kill-once":
            once = Path(payload["once"])
            if not once.exists():
                once.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return {"survived": True}, []
        case "sleep":
            time.sleep(payload["seconds"])
            return {}, []
        case "spin":
            while True:
                pass
        case "eat":
            eaten = []
            while True:
                eaten.append(np.ones(10_000_000))
        case "garbage":
            for descriptor in range(3, 64):
                try:
                    os.write(descriptor, b"garbage!" * 64)
                except OSError:
                    continue
            time.sleep(30)
        case "lie":
            head = b'{"content": {"header": {}}, "arrays": [{"dtype": "uint8", "shape": [9e18]}]}'
            message = b"dtw1" + len(head).to_bytes(4, "little") + head
            for descriptor in range(3, 64):
                try:
                    os.write(descriptor, message)
                except OSError:
                    continue
            time.sleep(30)
        case "print":
            os.write(1, b"noise of a native library\n")
            print("more noise", flush=True)
            return {"read": os.read(0, 10).hex()}, []
        case "nan":
            return {"value": float("nan")}, []
    raise AssertionError(payload)


def decoded(payload: dict[str, Any]) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Opens and decodes a file, without looking for declarations; says what it cost."""
    from detect.core.media import Media
    from detect.core.serialize import from_plain, to_plain
    from detect.core.settings import Settings
    from detect.media.decode import decode
    from detect.media.source import MediaError, display_name, open_source

    settings = from_plain(Settings, payload["settings"])
    name = bytes.fromhex(payload["path"])
    header: dict[str, Any] = {"status": "ok", "reason": None}
    arrays: list[np.ndarray] = []
    try:
        with open_source(name, max_bytes=settings.max_bytes) as file:
            result = decode(file, Media(display_name(name)[0]), settings)
        header["media"] = to_plain(result.media)
        header["notes"] = list(result.notes)
        header["rates"] = [c.rate for c in result.audio]
        arrays = [f.pixels for f in result.frames] + [c.samples for c in result.audio]
    except MediaError as error:
        header |= {"status": error.status, "reason": str(error)}
    # getrusage would count the parent's memory too, from before the program was exchanged
    status = Path("/proc/self/status").read_text()
    header["peak"] = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    return header, arrays
