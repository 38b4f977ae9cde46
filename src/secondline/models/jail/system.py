"""The few calls of the kernel that the standard library does not offer."""

from __future__ import annotations

import ctypes
import os
from typing import Any

PR_SET_NO_NEW_PRIVS = 38


def call(number: int, *arguments: Any) -> int:
    """Make a system call by its number; returns -1 where the kernel refuses or does not know it."""
    return int(_library().syscall(ctypes.c_long(number), *arguments))


def prctl(option: int, *arguments: Any) -> bool:
    """Change an attribute of this process; returns whether the kernel did."""
    given = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in (*arguments, 0, 0, 0, 0)[:4]]
    return int(_library().prctl(option, *given)) == 0


def unshare(flags: int) -> bool:
    """Move this process into namespaces of its own; returns whether the kernel did."""
    return int(_library().unshare(ctypes.c_int(flags))) == 0


def no_new_privileges() -> bool:
    """Give up for good what a program with more rights could give back; the filters below ask for it."""
    return prctl(PR_SET_NO_NEW_PRIVS, 1)


def machine() -> str:
    """Return the name of the processor, which decides the numbers of system calls."""
    return os.uname().machine


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
