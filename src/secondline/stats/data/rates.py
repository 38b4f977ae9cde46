"""Shares of rows that are missing, infinite, constant, unlabelled or against a rule."""

from __future__ import annotations

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.tables import GroupTable, Histogram, ScoreTable
from secondline.core.tables.bins import HIGH_INFINITY, LOW_INFINITY, MISSING, NAN
from secondline.stats import intervals


def missing(histogram: Histogram, *, level: float = 0.95) -> Measured:
    """Share of rows whose value is null or not a number.

    ``(null + NaN) / rows`` over all rows, unweighted: it speaks of the file. Wilson's interval speaks of the process
    that filled it. ``detail`` has both counts. Undefined without rows. Source: EBA supervisory handbook par. 82.
    """
    counts = {name: _cell(histogram, name) for name in (MISSING, NAN) if name in histogram.bins.labels}
    return _share(sum(counts.values()), int(histogram.rows.sum()), level, {"counts": counts})


def infinite(histogram: Histogram, *, level: float = 0.95) -> Measured:
    """Share of rows that hold plus or minus infinity: an unhandled division or overflow. Categories have none."""
    if not histogram.bins.numeric:
        return Undefined(because="a category cannot be infinite", kind="not-applicable")
    counts = {name: _cell(histogram, name) for name in (LOW_INFINITY, HIGH_INFINITY)}
    return _share(sum(counts.values()), int(histogram.rows.sum()), level, {"counts": counts})


def largest_share(histogram: Histogram, *, level: float = 0.95) -> Measured:
    """Share of the rows that the fullest cell holds: 1 for a constant feature.

    Bins are cut on the reference; a column that is constant there has one bin, and rows outside it are infinities,
    other levels or missing. A numeric bin that holds everything is constant only when its smallest value is its
    largest; otherwise it counts as spread over two cells.
    """
    rows = int(histogram.rows.sum())
    if not rows:
        return Undefined(because="no rows", needed="at least one row")
    place = int(np.argmax(histogram.rows))
    share = float(histogram.rows[place]) / rows
    spread = histogram.bins.numeric and place < histogram.bins.size and histogram.low[place] < histogram.high[place]
    value = min(share, 0.5) if spread else share
    detail = {"cell": histogram.bins.labels[place], "rows": int(histogram.rows[place])}
    return Estimate(value=value, level=level, n=rows, method="count of the rows delivered", detail=detail)


def unusable_labels(facts: PopulationFacts, *, level: float = 0.95) -> Measured:
    """Share of rows whose outcome is unknown. With one class only, Undefined: nothing can be learned of the other.

    Labels other than 0 and 1 never get here; the data are refused.
    """
    known = facts.rows - facts.label_missing
    if facts.events is None or not known:
        return Undefined(because="no row has a known outcome", n=facts.rows, needed="outcomes for these rows")
    if facts.events in {0, known}:
        only = "no events" if facts.events == 0 else "only events"
        return Undefined(
            because=f"there are {only} among {known:,} labelled rows", n=known, needed="rows of both classes"
        )
    return _share(facts.label_missing, facts.rows, level, {"events": facts.events, "labelled": known}, facts.events)


def out_of_range(scores: ScoreTable, facts: PopulationFacts, *, level: float = 0.95) -> Measured:
    """Rows whose score lies outside [0, 1], where the score is a probability. A count of the rows delivered."""
    if not scores.n:
        return Undefined(because="no labelled row has a score", needed="scored rows")
    wrong = (scores.key < 0) | (scores.key > 1)
    detail = {"lowest": float(scores.key.min()), "highest": float(scores.key.max()), "missing": facts.score_missing}
    value = float(scores.rows[wrong].sum())
    return Estimate(value=value, level=level, n=scores.n, method="count of the rows delivered", detail=detail)


def broken(violations: GroupTable, *, level: float = 0.95) -> Measured:
    """Share of the rows that break a rule, among those it can judge.

    ``broken / (broken + kept)``; rows it cannot judge because of nulls are counted apart and warned of. Wilson's
    interval speaks of the process. Undefined when the rule can judge no row.
    """
    counts = dict(zip(violations.levels, violations.rows.tolist(), strict=True))
    judged = counts["broken"] + counts["kept"]
    if not judged:
        return Undefined(because="the rule could judge no row: its columns are null", needed="rows with values")
    found = _share(counts["broken"], judged, level, {"counts": counts})
    if counts["unknown"] and isinstance(found, Estimate):
        warning = f"{counts['unknown']:,} rows could not be judged because of nulls"
        return found.model_copy(update={"warnings": (warning,)})
    return found


def _cell(histogram: Histogram, label: str) -> int:
    return int(histogram.rows[histogram.bins.labels.index(label)])


def _share(
    count: int, rows: int, level: float, detail: dict[str, object], events: float | None = None
) -> Estimate | Undefined:
    if not rows:
        return Undefined(because="no rows", needed="at least one row")
    low, high = intervals.wilson(count, rows, level)
    return Estimate(
        value=count / rows, low=low, high=high, level=level, method="Wilson", n=rows, events=events, detail=dict(detail)
    )
