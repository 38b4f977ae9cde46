"""Landlock: which files this process may still reach. Source: the Linux kernel's documentation of Landlock."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from secondline.models.jail.system import call

CREATE, ADD, RESTRICT = 444, 445, 446
VERSION_FLAG, BENEATH = 1, 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3
WRITE_FILE = 1 << 1
READ = READ_FILE | READ_DIR
HANDLED = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Every right over files that each version of the interface knows; all are taken away but those given back."""
CONNECT_AND_BIND, NETWORK_SINCE, SCOPED_SINCE, SCOPES = 3, 4, 6, 3
SYSTEM = (
    "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/localtime", "/etc/nsswitch.conf",
    "/etc/passwd", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm", "/sys/devices/system",
    "/sys/fs/cgroup", "/dev/urandom", "/dev/zero",
)  # fmt: skip
"""What an interpreter and numerical libraries read of the system: libraries, processors, time zones."""


class _Rights(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def restrict() -> bool:
    """Allow reading of the interpreter and its libraries only, and writing in the current folder only.

    Returns whether the kernel holds this.
    """
    version = call(CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION_FLAG))
    if version < 1:
        return False
    handled = HANDLED[min(version, max(HANDLED))]
    rights = _Rights(
        handled, CONNECT_AND_BIND if version >= NETWORK_SINCE else 0, SCOPES if version >= SCOPED_SINCE else 0
    )
    size = 24 if version >= SCOPED_SINCE else 16 if version >= NETWORK_SINCE else 8
    rules = call(CREATE, ctypes.byref(rights), ctypes.c_size_t(size), ctypes.c_uint32(0))
    if rules < 0:
        return False
    try:
        for path, allowed in _allowed(handled):
            _allow(rules, path, allowed)
        return call(RESTRICT, ctypes.c_int(rules), ctypes.c_uint32(0)) == 0
    finally:
        os.close(rules)


def _allowed(handled: int) -> Iterator[tuple[str, int]]:
    own = {sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path, *os.environ.get("LD_LIBRARY_PATH", "").split(":")}
    for path in sorted((own | set(SYSTEM)) - {"", "."}):
        yield path, READ
    yield os.devnull, READ_FILE | WRITE_FILE
    yield str(Path.cwd()), handled


def _allow(rules: int, path: str, allowed: int) -> None:
    with suppress(OSError):  # what is not there need not be allowed
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            folder = Path(path).is_dir()
            rule = _Beneath(allowed if folder else allowed & (READ_FILE | WRITE_FILE), place)
            call(ADD, ctypes.c_int(rules), ctypes.c_int(BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
        finally:
            os.close(place)
