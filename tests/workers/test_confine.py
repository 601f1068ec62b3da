"""A confined process has no network and starts no programs, in Python or below it."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

CODE = """
import ctypes, errno, socket, sys
from detect.workers.confine import confine
assert confine()
refused = 0
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
    try:
        socket.socket(family)
    except PermissionError:
        refused += 1
socket.socketpair()
libc = ctypes.CDLL(None, use_errno=True)
refused += libc.socket(2, 1, 0) == -1 and ctypes.get_errno() == errno.EACCES
path = sys.executable.encode()
arguments = (ctypes.c_char_p * 2)(path, None)
refused += libc.execv(path, arguments) == -1 and ctypes.get_errno() == errno.EACCES
refused += libc.syscall(425, 1, None) == -1 and ctypes.get_errno() == errno.EACCES
import threading, numpy
threading.Thread(target=print).start()
print("refused", refused)
"""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="seccomp filters are for Linux on x86-64 and 64-bit Arm here",
)
def test_sockets_and_programs_are_refused() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60)
    assert "refused 6" in done.stdout, done.stderr
