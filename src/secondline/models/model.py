"""Model: an opened artefact as the rest of the house sees it: features in, one number a row out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.errors import ModelError, near

Floats = npt.NDArray[np.float64]
Columns = Mapping[str, npt.NDArray[Any]]
BATCH = 65_536
"""Rows that travel to a model at a time, so that memory stays bounded whatever the size of the population."""


@dataclass(frozen=True, slots=True, eq=False)
class Contributions:
    """What a model's own library says its inputs contributed: ``base + values.sum(axis=1)`` should be ``scores``.

    ``scale`` is what they add up to: ``log-odds``, ``probability`` or ``score``. ``background`` counts the rows that
    stood for absent inputs; 0 where the method needs none.
    """

    values: Floats
    base: float
    scores: Floats
    scale: str
    method: str
    background: int = 0


@dataclass(frozen=True, slots=True)
class Explain:
    """A model's own attribution: from the rows to explain and the rows that stand for absent inputs to contributions.

    ``background`` is whether it reads the latter at all; where it does not, they need not travel to it.
    """

    run: Callable[[dict[str, npt.NDArray[Any]], dict[str, npt.NDArray[Any]]], Contributions]
    background: bool = True

    def __call__(
        self, columns: dict[str, npt.NDArray[Any]], absent: dict[str, npt.NDArray[Any]]
    ) -> Contributions:  # fmt: skip
        """Return the contributions of *columns*, with *absent* for the background."""
        return self.run(columns, absent)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """An opened model.

    ``features`` are the columns it reads, in its own order. ``digest`` is the SHA-256 of what was opened (empty for a
    callable or an endpoint, which have no bytes to seal). ``facts`` are what the artefact says of itself: trees,
    monotone constraints, versions. Scores are as the model gives them: a probability of the event, or points.
    """

    name: str
    format: str
    features: tuple[str, ...]
    run: Callable[[dict[str, npt.NDArray[Any]]], Floats]
    digest: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    close: Callable[[], None] = lambda: None
    explain: Explain | None = None
    """The exact attribution of its own, where the model has one."""
    alive: Callable[[], bool] = lambda: True
    """Whether what runs it still does: a process of its own may have ended."""

    def score(self, columns: Columns, rows: int | None = None) -> Floats:
        """Return one score a row; *columns* hold at least the model's features, numbers with NaN for missing.

        Raises:
            ModelError: a feature is not among the columns, or the model does not answer with one number a row.
        """
        known = {name: self._column(columns, name) for name in self.features}
        size = len(next(iter(known.values()))) if known else rows or 0
        parts = [self._batch({n: v[i : i + BATCH] for n, v in known.items()}) for i in range(0, size, BATCH)]
        return np.concatenate(parts) if parts else np.empty(0)

    def score_batches(self, batches: Iterator[Columns]) -> Iterator[Floats]:
        """Score a stream of batches, one in memory at a time."""
        return (self.score(batch) for batch in batches)

    def _column(self, columns: Columns, name: str) -> npt.NDArray[Any]:
        if name not in columns:
            hint = near(name, list(columns)) or "Give the names in order under `artefact: features:`."
            raise ModelError(f"Model {self.name!r} reads {name!r}, and there is no such column. {hint}")
        return columns[name]

    def _batch(self, columns: dict[str, npt.NDArray[Any]]) -> Floats:
        found = np.asarray(self.run(columns), dtype=np.float64)
        rows = len(next(iter(columns.values())))
        if found.shape != (rows,):
            raise ModelError(
                f"Model {self.name!r} gave {found.shape} numbers for {rows:,} rows; it must give one a row."
            )
        return found

    def to_json(self) -> dict[str, Any]:
        """Return what identifies the model in a record."""
        return {
            "format": self.format,
            "digest": self.digest,
            "features": list(self.features),
            "facts": dict(self.facts),
        }


def matrix(columns: Mapping[str, npt.NDArray[Any]], features: Sequence[str]) -> Floats:
    """Return the features as one matrix of numbers.

    Raises:
        ModelError: a feature holds text.
    """
    texts = [name for name in features if columns[name].dtype == object]
    if texts:
        raise ModelError(f"The model takes numbers and {texts[0]!r} holds text. Encode it as it was for training.")
    return np.column_stack([np.asarray(columns[name], dtype=np.float64) for name in features])
