"""The jail: what the process of a model gives up before it sees the model's first byte.

Three walls, each of which an ordinary user may raise on a recent Linux, and each of which is reported rather than
assumed: namespaces (no network device, a user without rights), Landlock (which files may be read) and a filter of
system calls (no socket, no other program, no other process). Elsewhere they do not hold, and the record says so.
"""

from __future__ import annotations

import sys

from secondline.models.jail import filters, landlock, namespaces, system


def confine() -> dict[str, bool]:
    """Raise every wall this system has, for good; returns which hold.

    ``namespace``: the process is alone in a user and network namespace. ``files``: nothing is written outside its own
    folder, and only libraries are read. ``network``: no connection. ``processes``: no other program is started or
    signalled. It must run while the process has one thread.
    """
    if not sys.platform.startswith("linux"):
        return dict.fromkeys(("namespace", "files", "network", "processes"), False)
    alone = namespaces.leave()
    system.no_new_privileges()
    files = landlock.restrict()
    filtered = filters.install()
    return {"namespace": alone, "files": files, "network": filtered or alone, "processes": filtered}
