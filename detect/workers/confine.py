"""Takes from a process what a decoder never needs: sockets, starting programs, other processes.

A seccomp filter (Linux, x86-64 and 64-bit Arm; elsewhere nothing is done) makes these system calls
fail: socket, execve, execveat, io_uring_setup (which could open sockets by itself), ptrace,
process_vm_readv and process_vm_writev. It holds for native code too, and cannot be taken off again.
Files stay readable and writable with the user's rights. Numbers: seccomp(2), linux/filter.h,
linux/audit.h, the kernel's system call tables.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

__all__ = ["confine"]

_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_REFUSED = {
    "x86_64": (41, 59, 322, 425, 101, 310, 311),
    "aarch64": (198, 221, 281, 425, 117, 270, 271),
}
_X32_BIT = 0x40000000
"""System calls of the x32 interface have other numbers; they are refused altogether."""

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _MACHINE = 0, 4
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13
"""SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EACCES."""
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def confine() -> bool:
    """Confines this process and everything it starts.

    Returns:
        Whether it is confined; False on other systems and kernels without seccomp.
    """
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _ARCHITECTURE or sys.maxsize < 2**32:
        return False
    refused = _REFUSED[machine]
    count = len(refused)
    program = (
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 0, count + 3, _ARCHITECTURE[machine]),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, count + 1, 0, _X32_BIT),
        *((_EQUAL, count - place, 0, number) for place, number in enumerate(refused)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    whole = _Program(len(program), ctypes.addressof(code))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(library.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(whole)) == 0)
