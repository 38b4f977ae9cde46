"""Ledgers for the tests: a few people, some models, a past."""

from __future__ import annotations

from secondline.ledger.store import Ledger
from secondline.ledger.writing import Order

ROLES = ["admin", "owner", "developer", "mrm-head"]


def peopled(ledger: Ledger) -> Ledger:
    """Add ann (everything but judging) and vera, who validates."""
    ledger.act("person.added", "ann", "ann", {"name": "Ann", "roles": ROLES})
    ledger.act("person.added", "ann", "vera", {"name": "Vera", "roles": ["validator"]})
    return ledger


def register(name: str, **fields: object) -> Order:
    """Return the order that enters a model."""
    return Order("model.registered", "ann", name, {"name": f"Model {name}", "owner": "ann", **fields})


def change(name: str, **fields: object) -> Order:
    """Return the order that corrects a model's entry."""
    return Order("model.changed", "ann", name, fields)


def grown(ledger: Ledger, models: int = 10, changes: int = 0) -> Ledger:
    """Enter people and models, and change the models in turn."""
    peopled(ledger)
    ledger.acts([register(f"m{i}", family="credit" if i % 2 else "fraud") for i in range(models)])
    ledger.acts([change(f"m{i % models}", entity=f"E{i // models}", description=f"change {i}") for i in range(changes)])
    return ledger
