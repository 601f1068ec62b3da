"""Takes from a process what a decoder never needs: network sockets and starting programs.

A seccomp filter (Linux, x86-64 and 64-bit Arm; elsewhere nothing is done) makes socket(2) fail for
every address family but AF_UNIX, and execve(2) and execveat(2) always. It holds for native code
too, and cannot be taken off again. Numbers: seccomp(2), linux/filter.h, linux/audit.h.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

__all__ = ["confine"]

_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SOCKET = {"x86_64": 41, "aarch64": 198}
_EXECUTE = {"x86_64": (59, 322), "aarch64": (221, 281)}
_X32_BIT = 0x40000000
"""System calls of the x32 interface have other numbers; they are refused altogether."""

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13
"""SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EACCES."""
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2
_AF_UNIX = 1


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
    program = (
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 0, 8, _ARCHITECTURE[machine]),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 6, 0, _X32_BIT),
        (_EQUAL, 5, 0, _EXECUTE[machine][0]),
        (_EQUAL, 4, 0, _EXECUTE[machine][1]),
        (_EQUAL, 0, 2, _SOCKET[machine]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, 0, 1, _AF_UNIX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    whole = _Program(len(program), ctypes.addressof(code))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(library.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(whole)) == 0)
