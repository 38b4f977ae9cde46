"""Home: where the monitor's state is, as seen from the records it watches by."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from secondline.monitor.state import FILE, State

FOLDER = "state"
VARIABLE = "SECONDLINE_STATE"


def state_if_any(store: Path) -> State | None:
    """Return the state that belongs to a record folder, or None where nothing was ever taken in; nothing is made.

    It is where SECONDLINE_STATE says, else in ``state`` inside the record folder, else in ``state`` beside it, which
    is where the commands keep it by default.
    """
    if named := os.environ.get(VARIABLE, ""):
        return _opened(named) if "://" in named or (Path(named) / FILE).exists() else None
    beside = (store / FOLDER, store.resolve().parent / FOLDER)
    return next((_opened(str(place)) for place in beside if (place / FILE).exists()), None)


@lru_cache(maxsize=4)
def _opened(place: str) -> State:
    return State.open(place)
