"""Equivalence: the proof that a converted model is the same model, as a report that fails where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from secondline.core.canonical import canonical, digest_bytes
from secondline.models.model import Floats

TOLERANCE = 1e-5
QUANTILES = (0.5, 0.9, 0.99, 0.999)


class Equivalence(BaseModel):
    """What changed by a conversion. ``tolerance`` is absolute, in the score's unit.

    ``flips`` are decisions that changed; ``flips_beyond`` those of scores farther from the cut-off than the
    tolerance. ``lost`` are rows that have a score in one of the two only.
    """

    model_config = ConfigDict(frozen=True)

    rows: int
    reference_rows: int
    missing_tried: bool
    greatest: float
    quantiles: dict[str, float]
    at: dict[str, float | None] = {}
    tolerance: float
    lost: int
    decided: bool
    flips: int = 0
    flips_beyond: int = 0

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the conversion is refused; none where it holds."""
        found = []
        if self.greatest > self.tolerance:
            found.append(f"scores differ by up to {self.greatest:.3g}, and {self.tolerance:.3g} is allowed")
        if self.lost:
            found.append(f"{self.lost:,} of {self.rows:,} rows have a score in one of the two only")
        if self.flips_beyond:
            found.append(f"{self.flips_beyond:,} decisions flip beyond the tolerance")
        return tuple(found)

    @property
    def passed(self) -> bool:
        """Whether the conversion holds."""
        return not self.problems


def compared(
    before: Floats, after: Floats, approves: Callable[[Floats], Any] | None, cut: float | None,
    columns: dict[str, Any], *, reference_rows: int = 0, missing: bool = True,
) -> Equivalence:  # fmt: skip
    """Compare scores before and after conversion, row by row.

    The tolerance is 1e-5 for probabilities, and for scores that spread wider 1e-5 of the range between their 0.1 %
    and 99.9 % quantiles. *approves* is the decision rule and *cut* its threshold, where the model has one.
    """
    there, still = np.isfinite(before), np.isfinite(after)
    both = there & still
    known = before[both]
    spread = float(np.subtract(*np.quantile(known, [0.999, 0.001]))) if len(known) else 0.0
    tolerance = TOLERANCE * max(1.0, spread)
    gaps = np.abs(known - after[both])
    worst = int(np.flatnonzero(both)[np.argmax(gaps)]) if len(gaps) else 0
    at = {name: _plain(values[worst]) for name, values in columns.items()} if len(gaps) else {}
    flips = beyond = 0
    if approves is not None and cut is not None:
        flipped = np.asarray(approves(before)) != np.asarray(approves(after))
        flips = int(flipped[both].sum())
        beyond = int((flipped[both] & (np.abs(known - cut) > tolerance)).sum())
    found = np.quantile(gaps, QUANTILES) if len(gaps) else np.zeros(len(QUANTILES))
    return Equivalence(
        rows=len(before), reference_rows=reference_rows, missing_tried=missing,
        greatest=float(gaps.max()) if len(gaps) else 0.0,
        quantiles={f"{q:g}": float(v) for q, v in zip(QUANTILES, found, strict=True)}, at=at, tolerance=tolerance,
        # Infinite scores that agree are the same score, as are missing ones.
        lost=int((there != still).sum() + (~there & ~still & ~_same(before, after)).sum()),
        decided=cut is not None, flips=flips, flips_beyond=beyond,
    )  # fmt: skip


def _same(before: Floats, after: Floats) -> Any:
    return (before == after) | (np.isnan(before) & np.isnan(after))


def _plain(value: Any) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None


class Report(BaseModel):
    """The report of one conversion: from which bytes to which, how, and what it changed."""

    model_config = ConfigDict(frozen=True)

    format: str = "secondline-conversion-1"
    model: str
    version: str
    source: str
    source_format: str
    result: str
    how: str
    features: tuple[str, ...]
    graph: dict[str, Any]
    versions: dict[str, str]
    equivalence: Equivalence
    passed: bool
    problems: tuple[str, ...] = ()

    def file(self) -> bytes:
        """Return the report as a file: canonical JSON that holds the digest of all the rest under ``seal``."""
        body = self.model_dump(mode="json")
        return (canonical(body | {"seal": digest_bytes(canonical(body).encode())}) + "\n").encode()
