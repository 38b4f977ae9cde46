"""A filter of system calls (seccomp): the kernel refuses those that no model needs, whoever asks.

The program is a list of classic BPF instructions over the call's number and arguments. Sources: the kernel's
documentation of seccomp, and its tables of system calls.
"""

from __future__ import annotations

import ctypes
import os
import struct

from secondline.models.jail.system import machine, prctl

PR_SET_SECCOMP, MODE_FILTER = 22, 2
LOAD, EQUAL, HAS_BITS, ANSWER = 0x20, 0x15, 0x45, 0x06
ALLOW, REFUSE, UNKNOWN, END = 0x7FFF_0000, 0x0005_0001, 0x0005_0026, 0x8000_0000  # errors 1 (EPERM) and 38 (ENOSYS)
NUMBER, MACHINE, FIRST = 0, 4, 16
"""Where the kernel puts the call's number, the processor's name and the lower half of the first argument."""
THREAD = 0x0001_0000
ALTERNATIVE = 0x4000_0000
"""Bit of x32 calls, a second set of numbers on x86-64 that would step around a list of the first."""

AUDIT = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
REFUSED = {
    # socket to socketpair, execve, ptrace, mounts, namespaces, modules, keys, bpf, perf, io_uring, process_vm, pidfd
    "x86_64": (
        *range(41, 56), 57, 58, 59, 101, 155, 161, 165, 166, 175, 176, 200, 246, 248, 249, 250, 272, 288, 298, 299, 304,
        307, 308, 310, 311, 313, 320, 321, 322, 323, 424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 442,
    ),
    "aarch64": (
        *range(198, 213), 39, 40, 41, 51, 97, 104, 105, 106, 117, 130, 217, 218, 219, 221, 241, 242, 243, 265, 268, 269,
        270, 271, 273, 280, 281, 282, 294, 424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 442,
    ),
}  # fmt: skip
CLONE, CLONE3 = {"x86_64": 56, "aarch64": 220}, 435
LIMITS = {"x86_64": 302, "aarch64": 261}
"""prlimit: allowed to process 0, which is oneself; of another process it could take the memory or the time."""
SIGNALS = {"x86_64": (62, 129, 234, 297), "aarch64": (129, 131, 138, 240)}
"""kill, tgkill and the two that queue a signal: allowed to this process itself, as when it aborts."""


def program(name: str, own: int) -> bytes:
    """Return the filter for one kind of processor and the process *own*.

    A new thread is a clone with one flag; clone3 hides its flags in memory, so it is said not to exist, and the C
    library falls back on clone.
    """
    lines = [(LOAD, 0, 0, MACHINE), (EQUAL, 1, 0, AUDIT[name]), (ANSWER, 0, 0, END), (LOAD, 0, 0, NUMBER)]
    if name == "x86_64":
        lines += [(HAS_BITS, 0, 1, ALTERNATIVE), (ANSWER, 0, 0, REFUSE)]
    for call in REFUSED[name]:
        lines += [(EQUAL, 0, 1, call), (ANSWER, 0, 0, REFUSE)]
    lines += [(EQUAL, 0, 1, CLONE3), (ANSWER, 0, 0, UNKNOWN)]
    lines += _only_if(CLONE[name], (HAS_BITS, 1, 0, THREAD))
    lines += _only_if(LIMITS[name], (EQUAL, 1, 0, 0))
    for call in SIGNALS[name]:
        lines += _only_if(call, (EQUAL, 1, 0, own))
    lines.append((ANSWER, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def _only_if(call: int, test: tuple[int, int, int, int]) -> list[tuple[int, int, int, int]]:
    """Allow a call where its first argument passes *test*, else refuse it."""
    return [(EQUAL, 0, 4, call), (LOAD, 0, 0, FIRST), test, (ANSWER, 0, 0, REFUSE), (ANSWER, 0, 0, ALLOW)]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))


def install() -> bool:
    """Filter the calls of this process and its threads from now on; returns whether the kernel does."""
    if machine() not in AUDIT or ctypes.sizeof(ctypes.c_void_p) != 8:  # noqa: PLR2004 - numbers are those of 64 bits
        return False
    lines = program(machine(), os.getpid())
    held = _Program(len(lines) // 8, lines)
    return prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(held))
