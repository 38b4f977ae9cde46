"""Readings: one measure of one window as it was known at one instant; a later reading restates and never replaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from secondline.core.estimate import Measured

Basis = Literal["known", "projected", "estimated"]
"""known: from labels that had arrived; projected: to those that will have; estimated: without labels."""


@dataclass(frozen=True, slots=True)
class Window:
    """Cases of a model between two instants (microseconds, the second excluded), whole or one level of a segment."""

    model: str
    version: str
    start: int
    end: int
    segment: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A measure of a window. ``metric`` is the code of a check; ``known`` the instant whose knowledge it rests on.

    ``maturity`` is the share of eventual labels thought to be known then (None where labels play no part).
    """

    window: Window
    metric: str
    measured: Measured
    basis: Basis
    known: int
    maturity: float | None = None
