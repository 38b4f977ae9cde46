"""Namespaces: a network without a device, and a user without rights."""

from __future__ import annotations

import ctypes

from secondline.models.jail.system import call, machine, prctl, unshare

NEW_USER, NEW_NETWORK, NEW_IPC, NEW_HOST = 0x1000_0000, 0x4000_0000, 0x0800_0000, 0x0400_0000
CAPSET = {"x86_64": 126, "aarch64": 91}
VERSION_3, PR_CAP_AMBIENT, CLEAR_ALL = 0x2008_0522, 47, 4


def leave() -> bool:
    """Leave the namespaces of the system, and drop what the new ones would allow; returns whether both were done.

    A process that makes a user namespace is its master, which is more than a model needs.
    """
    return unshare(NEW_USER | NEW_NETWORK | NEW_IPC | NEW_HOST) and _drop()


def _drop() -> bool:
    if machine() not in CAPSET:
        return False
    prctl(PR_CAP_AMBIENT, CLEAR_ALL)
    head = (ctypes.c_uint32 * 2)(VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    return call(CAPSET[machine()], ctypes.byref(head), ctypes.byref(none)) == 0
