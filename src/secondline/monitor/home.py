"""Home: where the monitor's state is, beside the records it watches by."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from secondline.monitor.state import FILE, State

FOLDER = "monitor"
VARIABLE = "SECONDLINE_MONITOR"


def place_of(store: Path) -> str:
    """Return where the state of a record folder is: as SECONDLINE_MONITOR says, or ``monitor`` inside the folder."""
    return os.environ.get(VARIABLE, "") or str(store / FOLDER)


def state_if_any(store: Path) -> State | None:
    """Return the state of a record folder, or None where nothing was ever taken in; nothing is made."""
    place = place_of(store)
    if "://" not in place and not (Path(place) / FILE).exists():
        return None
    return _opened(place)


@lru_cache(maxsize=4)
def _opened(place: str) -> State:
    return State.open(place)
