"""Derivations: records made once from other records, such as attributions or fitted challengers, and shared by checks.

A measure names what it needs. Some of what it needs is not a reduction of the data but work on top of it: explaining
twenty thousand scores, fitting a challenger, searching for weak regions. Such work is declared here like a measure,
once, and every check that needs it gets the same record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from secondline.core.errors import SpecError
from secondline.core.needs import Made, Need


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a record is made.

    ``compares`` is False where a reference only lends rows, so that a population alone can lend its own.
    ``function`` takes the records by the names of ``needs`` and returns the record (any value that content_digest
    can seal, or Undefined with the reason it cannot be made); ``doing`` is what a progress bar says meanwhile.
    """

    name: str
    doing: str
    function: Callable[..., Any]
    needs: Mapping[str, Need]
    compares: bool = True


DERIVATIONS: dict[str, Derivation] = {}


def derive(name: str, function: Callable[..., Any], *, doing: str, compares: bool = True, **needs: Need) -> Made:
    """Declare a derivation and return the need that asks for it of the population in question.

    A need with ``of="reference"`` is of the study's reference; one that the question's column decides makes the
    record one of each column.
    """
    made = Derivation(name, doing, function, needs, compares)
    if name in DERIVATIONS and DERIVATIONS[name] != made:
        raise SpecError(f"Two derivations are called {name!r}. Give the new one a name of its own.")
    DERIVATIONS[name] = made
    return Made(name=name, by_column=any(_of_a_column(need) for need in needs.values()))


def _of_a_column(need: Need) -> bool:
    return getattr(need, "by_column", False) or getattr(need, "column", "") is None
