"""Graded answers: what a system answered, case by case and criterion by criterion, as columns of equal length.

Answers of one criterion in one suite. Nothing is missing silently: a call that failed and a grade that could not be
read are rows whose verdict is NaN, with the reason in ``status`` or ``outcome``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.tables._arrays import FloatArray, same

TEXTS = (
    "case", "suite", "cluster", "stratum", "kind", "pair", "side", "language", "criterion", "scorer", "status",
    "outcome", "returned_model", "fingerprint", "trace",
)  # fmt: skip
"""Of each row: the case and its cluster (the document, template or conversation it shares with others; the case itself
where it shares none), its stratum, what kind of case, its pair and which side of it, the criterion and who judged it
(code, judge, human, or `triage`: a judge that may sort and not grade), what became of the call (ok, refused,
blocked-in, blocked-out, timeout, error) and of the grade (pass, fail, unscored, error), and what the provider said
answered."""
NUMBERS = (
    "severity", "replicate", "value", "verdict", "label", "second", "chance", "latency_ms", "cost", "tokens", "parts",
)  # fmt: skip
"""``verdict``, ``label`` (a human's) and ``second`` (another human's): 1 pass, 0 fail, NaN none. ``value`` is a graded
number where the criterion gives one. ``chance`` is the probability with which the row was chosen for a label, NaN where
no plan chose. Cost is in the currency of the spec. ``parts`` is how many claims ``value`` is a share of, NaN where it
is none of claims."""
COLUMNS = (*TEXTS, *NUMBERS)
TRIAGE = "triage"
"""The scorer of rows that a judge graded whose card is not accepted: labels of people on them decide alone."""
KEPT = ("answer",)
"""Columns a table may have besides: the beginning of the answer's text, for statistics that compare answers with each
other; empty where it was not kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Graded:
    """Graded answers of one criterion of one suite: the columns of COLUMNS and KEPT, in the order of the table."""

    columns: Mapping[str, npt.NDArray[Any]]

    @staticmethod
    def of(**columns: Any) -> Graded:
        """Make a record of the columns given; texts left out are empty, numbers NaN, and a cluster is its case.

        Raises:
            ValueError: a column is not known, or columns differ in length.
        """
        unknown = set(columns) - {*COLUMNS, *KEPT}
        sizes = {len(values) for values in columns.values()}
        if unknown or len(sizes) > 1:
            raise ValueError(f"graded answers have no columns {sorted(unknown)}, or columns of {sorted(sizes)} rows")
        size = sizes.pop() if sizes else 0
        held: dict[str, npt.NDArray[Any]] = {}
        for name in (*TEXTS, *KEPT):
            held[name] = np.array([str(v or "") for v in columns.get(name, [""] * size)], dtype=object)
        for name in NUMBERS:
            held[name] = np.asarray(columns.get(name, np.full(size, np.nan)), dtype=np.float64)
        bare = held["cluster"] == ""
        held["cluster"] = np.where(bare, held["case"], held["cluster"])
        return Graded(held)

    def __len__(self) -> int:
        return len(self.columns["case"])

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """Return a column."""
        return self.columns[name]

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable

    def where(self, mask: npt.NDArray[np.bool_]) -> Graded:
        """Return some of the rows."""
        return Graded({name: values[mask] for name, values in self.columns.items()})

    def number(self, name: str) -> FloatArray:
        """Return a column of numbers."""
        return np.asarray(self.columns[name], dtype=np.float64)
