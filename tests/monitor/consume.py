"""Consume: processes that take events in and die. ``python consume.py LOG STATE CHANCE`` reads one line a command.

``spawn SEED`` forks a consumer and prints its process id. Besides being killed from outside, a consumer kills itself
with CHANCE at each of the points where the order of what is on disk matters.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable
from typing import Any

from secondline.events.log import Log
from secondline.monitor import ingest, manifest, parts
from secondline.monitor.state import State

POINTS = [(parts, "save"), (parts, "sync"), (manifest, "_move"), (manifest, "list_parts"), (manifest, "bury")]


def dying(function: Callable[..., Any], chance: float) -> Callable[..., Any]:
    """Return *function*, before or after which the process is sometimes killed."""

    def sometimes(*given: Any, **named: Any) -> Any:
        if random.random() < chance:
            os.kill(os.getpid(), signal.SIGKILL)
        found = function(*given, **named)
        if random.random() < chance:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    return sometimes


def consume(log: str, folder: str, chance: float, seed: int) -> None:
    """Take events in until killed."""
    random.seed(seed)
    for module, name in POINTS:
        setattr(module, name, dying(getattr(module, name), chance))
    State.commit = dying(State.commit, chance)  # type: ignore[method-assign]  # this process is here to die
    ingest.ingest(Log.open(log), State.open(folder), most=150, wait=0.02)


def main() -> None:
    """Fork consumers as asked; children that died are forgotten by the system at once."""
    log, folder, chance = sys.argv[1:]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.close(0)
            consume(log, folder, float(chance), int(line.split()[1]))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
