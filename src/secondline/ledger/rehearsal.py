"""Rehearsal: what the law would say to many acts, each on its own, with nothing written in the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from secondline.core.errors import SecondlineError
from secondline.ledger.writing import Order, perform

if TYPE_CHECKING:
    from secondline.ledger.store import Ledger


class _Over(Exception):
    """The rehearsal is over: let go of everything that was written."""


def rehearse(ledger: Ledger, orders: Sequence[Order]) -> list[str]:
    """Return for each order why it would be refused, or '' if it would be done; later orders see the earlier ones."""
    said: list[str] = []
    at = ledger.clock()
    try:
        with ledger.database.writing() as connection:
            for order in orders:
                try:
                    # Everything is checked before anything is written, so a refused order leaves no trace behind it.
                    perform(connection, order, at)
                    said.append("")
                except SecondlineError as error:
                    said.append(str(error))
            raise _Over  # noqa: TRY301 - an error is how a transaction is told to undo
    except _Over:
        return said
