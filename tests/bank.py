"""A small bank for tests of governance: people of every role, methods in force, a clock set by hand."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from secondline.ledger.store import Ledger
from secondline.workflow.rating import adopt

PEOPLE = {
    "ada": ["admin"], "dev": ["developer"], "own": ["owner"], "val": ["validator"], "val2": ["validator"],
    "app": ["approver"], "head": ["mrm-head"], "aud": ["auditor"],
}  # fmt: skip

GOOD: dict[str, Any] = {
    "value_per_year": 5e7, "decisions_per_year": 20_000, "customers": 20_000, "capital": 1e6,
    "purposes": ["internal-risk"], "complexity": 2, "assumptions": 2, "input_quality": 1, "data_limits": 1,
    "autonomy": 1, "opacity": 1, "vendor_opacity": 0, "customer_harm": 1, "automated_adverse": False,
    "aml_statutory": False, "regulatory_capital": False, "eu_high_risk": False,
}  # fmt: skip
BAD = GOOD | {"value_per_year": 1e9, "purposes": ["provisions"], "complexity": 4, "opacity": 4}


class Clock:
    """A clock that tests set by hand."""

    def __init__(self, day: str) -> None:
        self.day = day

    def __call__(self) -> str:
        """Return noon of its day."""
        return f"{self.day}T12:00:00.000Z"


def open_bank(folder: Path, day: str = "2026-06-01", *, methods: bool = True) -> tuple[Ledger, Clock]:
    """Return a ledger with people, and the methods in force unless told otherwise."""
    shutil.copytree(_template(day, methods=methods).name, folder, dirs_exist_ok=True)
    clock = Clock(day)
    return Ledger.open(folder, clock=clock), clock


@cache
def _template(day: str, *, methods: bool) -> TemporaryDirectory[str]:
    """Make the records once: each test gets a copy."""
    folder = TemporaryDirectory()
    ledger = Ledger.open(Path(folder.name), clock=Clock(day))
    for name, roles in PEOPLE.items():
        ledger.act("person.added", "ada", name, {"name": name.capitalize(), "roles": roles})
    if methods:
        adopt(ledger, "tiering", "head")
        adopt(ledger, "change", "head")
    ledger.database.engine.dispose()
    return folder


def add_model(ledger: Ledger, id_: str = "pd", **facts: Any) -> str:
    """Register a model owned by *own* and developed by *dev*."""
    entry = {"name": id_, "owner": "own", "developer": "dev"} | facts
    ledger.act("model.registered", "dev", id_, entry)
    return id_


def put(ledger: Ledger, record: str, id_: str, **facts: Any) -> None:
    """Put a record there as its family's acts would have, to test what this family makes of it."""
    from secondline.core.canonical import canonical
    from secondline.ledger.database import append
    from secondline.ledger.events import Event
    from secondline.ledger.projection import project

    with ledger.database.writing() as connection:
        held = ledger.records.get(record, id_) or {}
        seen = int(held.pop("seq", 0))
        held.pop("id", None)
        event = Event(0, ledger.clock(), "test", "test", f"{record}/{id_}", canonical({"set": facts}))
        project(connection, append(connection, event), held, seen)
