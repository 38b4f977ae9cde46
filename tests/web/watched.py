"""A lively bank whose fraud model is watched: readings of months, some restated, and a red alarm with its finding."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from secondline.core.estimate import Estimate
from secondline.ledger.store import Ledger
from secondline.monitor.home import FOLDER
from secondline.monitor.readings import Reading, Window
from secondline.monitor.state import State

MODEL = "card-fraud"
PSI = (0.02, 0.03, 0.05, 0.31, 0.42)
DAY = 86_400_000_000


def month(number: int) -> int:
    """Return the first instant of a month of 2026."""
    return int(datetime(2026, number, 1, tzinfo=UTC).timestamp()) * 1_000_000


def reading(number: int, value: float, *, known: int = 0, maturity: float | None = None) -> Reading:
    """Return a reading of the index of a month."""
    window = Window(MODEL, "1.4.0", month(number), month(number + 1))
    measured = Estimate(value=value, low=value * 0.9, high=value * 1.1, n=20_000, method="delta method")
    return Reading(window, "stability.psi", measured, "known", known or window.end, maturity)


def readings() -> list[Reading]:
    """Return five months, the third of them restated."""
    first = [reading(3 + i, value, maturity=1.0 - 0.15 * i) for i, value in enumerate(PSI)]
    return [*first, reading(5, 0.07, known=month(8), maturity=0.95)]


def watched(ledger: Ledger) -> Ledger:
    """Return the ledger with the program that watches, its alarm, and a state beside it."""
    person: dict[str, Any] = {"name": "Eye", "kind": "service", "roles": ["monitor"]}
    ledger.act("person.added", "ada", "eye", person, reason="It watches.")
    seen: dict[str, Any] = {
        "monitoring": "MP-1", "model": MODEL, "version": "1.4.0", "metric": "stability.psi", "level": "red",
        "value": 0.31, "low": 0.28, "high": 0.34, "n": 20_000, "first": "2026-06-01", "last": "2026-06-30",
        "known": "2026-07-01", "method": "e-process over windows (value), budget 0.05", "p_value": 0.004,
        "note": "stability.psi is 0.310 (0.280 to 0.340) from 2026-06-01 to 2026-06-30; levels: amber 0.1, red 0.25.",
    }  # fmt: skip
    ledger.act("alarm.raised", "eye", "", seen)
    again = {n: v for n, v in seen.items() if n not in {"monitoring", "model", "version", "metric"}}
    again |= {"value": 0.42, "low": 0.38, "high": 0.46, "first": "2026-07-01", "last": "2026-07-31"}
    ledger.act("alarm.refreshed", "eye", "AL-1", again)
    ledger.act("alarm.acknowledged", "olga", "AL-1", reason="The new wallet channel, most likely.")
    ledger.act("alarm.acted", "olga", "AL-1", {"action": "investigate", "done": "Split by channel until Friday."})
    state = State.open(ledger.folder / FOLDER)
    state.keep(readings())
    state.close()
    return ledger
