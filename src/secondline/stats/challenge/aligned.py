"""Two scores of the same rows: the champion's and a challenger's, where both and the outcome are known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Undefined
from secondline.core.tables import Sample
from secondline.stats.weights import effective_n

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """Rows that both models score and whose outcome is known; higher scores are riskier."""

    champion: Floats
    challenger: Floats
    label: Floats
    weight: Floats
    partial: str
    """Says so when the rows are a sample of the population."""

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.label)

    @property
    def events(self) -> int:
        """Events."""
        return int(self.label.sum())

    @property
    def effective(self) -> float:
        """Kish's size of the weighted rows."""
        return effective_n(float(self.weight.sum()), float((self.weight**2).sum()))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know of the rows."""
        return (self.partial,) if self.partial else ()


def aligned(rows: Sample, score: Floats) -> Aligned | Undefined:
    """Return the rows that can be compared, or why there are none: no such rows, or one class only."""
    champion = np.asarray(rows.columns["@score"], dtype=np.float64)
    label = np.asarray(rows.columns["@label"], dtype=np.float64)
    weight = rows.weight
    keep = np.isfinite(champion) & np.isfinite(score) & ((label == 0) | (label == 1)) & (weight > 0)
    found = Aligned(champion[keep], np.asarray(score)[keep], label[keep], weight[keep], partial(rows))
    if 0 < found.events < found.n:
        return found
    because = "only one class is present" if found.n else "no row has both scores and an outcome"
    return Undefined(because=because, n=found.n, events=found.events, needed="rows of both classes")


def partial(rows: Sample) -> str:
    """Return what is said when the rows are a sample."""
    return "" if rows.size >= rows.total else f"from {rows.size:,} of {rows.total:,} rows"


def beside(rows: Sample, score: Floats) -> Sample:
    """Return the rows with *score* as the challenger's."""
    return replace(rows, columns=rows.columns | {"@challenger": score})
