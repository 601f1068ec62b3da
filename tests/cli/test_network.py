"""Scanning opens no network connection: a seccomp filter kills any process that tries."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

NO_INTERNET = """
import ctypes, os, struct, sys
numbers = {"x86_64": 41, "aarch64": 198}  # socket(2)
number = numbers[os.uname().machine]
AF_INET, AF_INET6 = 2, 10
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
KILL, ALLOW = 0x80000000, 0x7FFF0000
program = [
    (LOAD, 0, 0, 0),           # system call number
    (EQUAL, 0, 3, number),
    (LOAD, 0, 0, 16),          # first argument: address family
    (EQUAL, 2, 0, AF_INET),
    (EQUAL, 1, 0, AF_INET6),
    (RETURN, 0, 0, ALLOW),
    (RETURN, 0, 0, KILL),
]
code = b"".join(struct.pack("HBBI", *line) for line in program)
buffer = ctypes.create_string_buffer(code)
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
filtered = Program(len(program), ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0          # PR_SET_NO_NEW_PRIVS
assert libc.prctl(22, 2, ctypes.byref(filtered)) == 0, ctypes.get_errno()  # PR_SET_SECCOMP
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="seccomp filters are written for Linux on x86-64 and Arm here",
)


def confined(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", NO_INTERNET, *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "DETECT_WORKERS": "2"},
    )


def test_the_filter_kills_who_opens_a_socket() -> None:
    assert confined("-c", "import socket; socket.socket()").returncode < 0


def test_scan_opens_no_socket(samples: Path, tmp_path: Path) -> None:
    playlist = tmp_path / "list.mp4"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n")
    session = tmp_path / "session.mp4"
    session.write_text(
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n"
    )
    paths = [str(p) for p in sorted(samples.iterdir())]
    done = confined("-m", "detect", "scan", "--jsonl", *paths, str(playlist), str(session))
    assert done.returncode == 1, done.stderr
    assert len(done.stdout.splitlines()) == len(paths) + 2
    assert '"status":"crashed"' not in done.stdout


def test_remote_manifests_are_not_fetched(provenance: Path) -> None:
    remote = [str(provenance / "c2pa" / n) for n in ("rs_cloud.jpg", "rs_libpng-test_with_url.png")]
    done = confined("-m", "detect", "scan", "--jsonl", *remote)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout.count('"c2pa_state":"remote"') == 2
