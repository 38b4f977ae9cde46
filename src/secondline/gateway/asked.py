"""Asked and answered: a request as the desk sees it, whatever protocol brought it, and what the desk says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from secondline.core.errors import SecondlineError
from secondline.events.shapes import Decision


class Turned(SecondlineError):
    """A request is turned away: ``status`` is the HTTP status, ``reason`` a word for counting, the message is told."""

    def __init__(self, status: int, reason: str, message: str, *, retry: float | None = None) -> None:
        super().__init__(message)
        self.status, self.reason, self.retry = status, reason, retry


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Cases to decide on: ``columns`` are equally long, numbers with NaN for missing, text as objects (None missing).

    They are a `models.matrix.Matrix` where all are numbers and in the model's order.

    ``caller`` and ``uses`` come from the token. ``version`` is empty unless a certain one is asked for. ``keys``, where
    given, are the idempotency keys of the cases, and ``ids`` the ids their decisions get for that; ``entities``,
    ``amounts``, ``times`` and ``segments`` what is said of each case beside its inputs. ``received`` is
    ``time.perf_counter_ns()`` at arrival.
    """

    model: str
    columns: Mapping[str, npt.NDArray[Any]]
    rows: int
    caller: str
    uses: frozenset[str]
    use: str = ""
    version: str = ""
    keys: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    amounts: tuple[float, ...] = ()
    times: tuple[int, ...] = ()
    segments: tuple[dict[str, str], ...] = ()
    received: int = 0
    reasons: bool = True
    extra: dict[str, Any] = field(default_factory=dict)


class Desk(Protocol):
    """What decides. It is called from one thread, with as many requests as arrived in one turn of the event loop."""

    def decide(self, asked: list[Asked]) -> list[list[Decision] | Turned]:
        """Return for each request its decisions, a case each, or why it was turned away; never raises.

        A case that is refused on its own (outside the approved population, over a cap without a fallback) is a
        Decision with ``decision="refused"`` or the fallback's decision, so that it is on record.
        """
        ...

    def ready(self, model: str = "") -> bool:
        """Whether a model (or every model) has a valid pass and is loaded."""
        ...

    def models(self) -> list[dict[str, Any]]:
        """Return what is served: name, versions, platform, inputs and outputs as the protocol's metadata."""
        ...


@runtime_checkable
class Onlookers(Protocol):
    """A desk whose models may have challengers that look on; they never keep an answer waiting."""

    def watched(self, model: str) -> bool:
        """Whether challengers look at the decisions for a model."""
        ...

    def look_on(self, decided: Sequence[tuple[Asked, list[Decision]]]) -> list[list[Decision]]:
        """Return the decisions with what challengers said of them; called from any thread, one call at a time."""
        ...


class Journal(Protocol):
    """Where decisions are kept before they are told."""

    async def keep(self, decisions: list[Decision]) -> None:
        """Return when the decisions are durable.

        Raises:
            Turned: they cannot be kept (503); nothing may be told then.
        """
        ...


def text_or_none(value: Any) -> Any:
    """Return a value of a column as an event holds it: NaN as None, numpy's numbers as Python's."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 - NaN alone differs from itself
