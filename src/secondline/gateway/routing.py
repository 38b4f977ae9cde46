"""Routing: who decides a case, drawn so that the same case is drawn the same way wherever and whenever."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from secondline.core.errors import ModelError
from secondline.gateway.breaker import Breaker
from secondline.gateway.loading import Loaded
from secondline.gateway.settings import Control, Shadow
from secondline.models.model import Columns

SIZE = 8


def draw(key: bytes, salt: str, unit: str) -> float:
    """Return a number in [0, 1), uniform over units, that only the holder of the key can tell (keyed BLAKE2b)."""
    found = blake2b(f"{salt}\x00{unit}".encode(), digest_size=SIZE, key=key[:64]).digest()
    return int.from_bytes(found) / 2.0 ** (8 * SIZE)


@dataclass(frozen=True, slots=True)
class Arm:
    """The random control arm of a model, with its key."""

    control: Control
    key: bytes

    def holds(self, model: str, case: str, entity: str) -> bool:
        """Whether a case is drawn into the arm: by its entity where the arm is sticky and one is given."""
        unit = f"entity {entity}" if self.control.sticky and entity else f"case {case}"
        return draw(self.key, f"control {model}", unit) < self.control.share

    def may(self, amount: float | None) -> bool:
        """Whether a case of this amount may be let through whatever the score; one without an amount may not."""
        return self.control.most is None or (amount is not None and amount <= self.control.most)

    def chance(self, approved: bool, knocked: bool, amount: float | None) -> float:
        """Return how probable it was that a case like this is let through.

        1 where the model approves. Where it declines, the arm's share; 0 where a rule or the amount keeps it out of
        the arm's reach.
        """
        if approved and not knocked:
            return 1.0
        return self.control.share if not knocked and self.may(amount) else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Onlooker:
    """A challenger that looks on: its name in the records, its model, its patience."""

    name: str
    loaded: Loaded
    shadow: Shadow
    breaker: Breaker

    def scores(self, columns: Columns, rows: int) -> list[float | None]:
        """Return one score a row; None for all where it failed, was too slow, or rests after failing."""
        if not self.breaker.allows():
            return [None] * rows
        try:
            found = self.loaded.session.score(columns, self.shadow.time_out)
        except (ModelError, KeyError, ValueError, TypeError):
            self.breaker.failed()
            return [None] * rows
        self.breaker.worked()
        return [finite(score) for score in found.tolist()]


def finite(score: Any) -> float | None:
    """Return a score, None where it is no finite number."""
    number = float(score)
    return number if number - number == 0.0 else None
