"""Summary: how the same windows looked when they were first read, later, and where they are thought to end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from secondline.core.estimate import Estimate
from secondline.monitor.readings import Reading
from secondline.monitor.state import State

MODEL, METRIC = "card-fraud", "live.event_rate"
SHOWN = 8


def restated(folder: Path, metric: str = METRIC) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield, for some of the windows, the day, the first and the last known figure, the share known, the projection."""
    state = State.open(folder)
    readings = [r for r in state.readings(MODEL, metric) if isinstance(r.measured, Estimate)]
    state.close()
    windows = [(key, list(group)) for key, group in groupby(sorted(readings, key=_place), key=lambda r: r.window)]
    several = [(window, rows) for window, rows in windows if len({r.known for r in rows if r.basis == "known"}) > 1]
    step = max(len(several) // SHOWN, 1)
    for window, rows in several[::step][:SHOWN]:
        known = [r for r in rows if r.basis == "known"]
        projected = [r for r in rows if r.basis == "projected"]
        share = next((f"{r.maturity:.0%}" for r in reversed([*projected, *known]) if r.maturity is not None), "-")
        day = datetime.fromtimestamp(window.start / 1e6, UTC).date().isoformat()
        yield day, _said(known[0]), _said(known[-1]), share, _said(projected[-1]) if projected else "-"


def _place(reading: Reading) -> tuple[int, int, str, int]:
    return reading.window.start, reading.window.end, reading.window.level, reading.known


def _said(reading: Reading) -> str:
    found = reading.measured
    if not isinstance(found, Estimate):
        return "-"
    interval = f" [{found.low:.2%}, {found.high:.2%}]" if found.low is not None and found.high is not None else ""
    return f"{found.value:.2%}{interval}"
