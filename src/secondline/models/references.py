"""Reference points: the applicants a decision is explained against."""

from __future__ import annotations

from typing import Any

import numpy as np

from secondline.core.declared.reasons import Reference
from secondline.core.errors import ModelError
from secondline.models.additive import Additive
from secondline.models.deciding import Deciding, absent, full, held, picked
from secondline.models.model import Columns

ROWS = 200
"""Reference applicants; the mean over them is what a contribution is measured from."""
CANDIDATES, LOOKED = 50, 50
NEAR = 0.1

SAID: dict[str, str] = {
    "population": "the mean of the reference population",
    "near-cutoff": "the mean of applicants who were just approved",
    "best": "the best attainable value of each feature",
}


def reference_rows(deciding: Deciding, reference: Columns, kind: Reference, reading: Additive | None) -> dict[str, Any]:
    """Return the rows that stand for the reference point, at most 200; those of smallest hash where there are more.

    ``population``: rows that have a score. ``near-cutoff``: of the tenth of approved rows (at least 30) whose margin
    is closest below the cut-off. ``best``: one row that takes for each feature the value of least risk among up to
    50 of the reference's quantiles (and among its texts), each feature apart from the others, averaged over 50 rows.

    Raises:
        ModelError: no row has a score, or none is approved.
    """
    rows = held(deciding.model, reference)
    margins = deciding.margins(rows)
    known = np.flatnonzero(np.isfinite(margins))
    if not len(known):
        raise ModelError(f"Model {deciding.model.name!r} scores no row of the reference population.")
    if kind == "population":
        return picked(rows, known[:ROWS])
    if kind == "best":
        return _best(deciding, picked(rows, known), reading)
    approved = known[deciding.approves(margins[known])]
    if not len(approved):
        raise ModelError("The rule approves no row of the reference population, so no applicant was just approved.")
    nearest = np.argsort(-margins[approved], kind="stable")[: max(round(NEAR * len(approved)), 30)]
    return picked(rows, np.sort(approved[nearest])[:ROWS])


def _best(deciding: Deciding, rows: dict[str, Any], reading: Additive | None) -> dict[str, Any]:
    return {name: full(_least(deciding, rows, name, reading), 1) for name in rows}


def _least(deciding: Deciding, rows: dict[str, Any], name: str, reading: Additive | None) -> Any:
    candidates = candidates_of(rows[name])
    if not len(candidates):
        return rows[name][0]
    few = picked(rows, slice(LOOKED)) if reading is None else {n: full(v, 1) for n, v in reading.base.items()}
    size = len(next(iter(few.values())))
    asked = {n: np.tile(values, len(candidates)) for n, values in few.items()}
    asked[name] = np.repeat(candidates, size)
    risk = deciding.margins(asked).reshape(len(candidates), size)
    counted = np.isfinite(risk).sum(axis=1)
    mean = np.where(counted > 0, np.nansum(risk, axis=1) / np.maximum(counted, 1), np.inf)
    return candidates[int(np.argmin(np.round(mean, 9)))]


def candidates_of(values: Any, most: int = CANDIDATES) -> Any:
    """Return the distinct texts, or up to *most* observed quantiles of the numbers, in order."""
    known = values[~absent(values)]
    if values.dtype == object:
        return np.array(sorted(set(known.tolist())), dtype=object)
    finite = known[np.isfinite(known)]
    distinct = np.unique(finite)
    if len(distinct) <= most:
        return distinct
    return np.unique(np.quantile(finite, np.linspace(0, 1, most), method="nearest"))
