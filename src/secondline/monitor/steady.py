"""Steady: how long a window must be so that what differs from day to day by itself raises no alarm.

A weekday is always the same within a day, a fiscal month within a month. Whether an input is of that kind is seen in
the reference: it is cut into windows of the line's length, and each is compared with the rest of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core.estimate import Estimate, Undefined
from secondline.core.tables._arrays import FloatArray
from secondline.core.tables.bins import Bins
from secondline.frames.engines import connect, mapped
from secondline.govern.records.filing import Metric
from secondline.monitor.lens import quoted, text
from secondline.monitor.lines import DAYS
from secondline.monitor.parts import DAY
from secondline.monitor.watched import Watched
from secondline.policy.watching import ORDER, Frequency
from secondline.stats.stability import pairs
from secondline.stats.stability.psi import of_pair

if TYPE_CHECKING:
    from secondline.monitor.state import State

SCORE = "@score"
FEWEST = 2
"""Windows that a reference must hold for its own variation between them to be seen."""


@dataclass(frozen=True, slots=True)
class Days:
    """The rows of a reference by day and bin: of each column (of the score under ``@score``) an array, a row a day.

    Days follow one another from the first to the last that has rows. Rows count alike, whatever their weight.
    """

    counts: Mapping[str, FloatArray]
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Fit:
    """How often a line is to be looked at, so that its windows are long enough; None where no length is.

    ``says`` is what was seen, in words; empty where nothing had to change.
    """

    frequency: Frequency | None
    says: str = ""


def days_of(state: State, kept: Watched) -> Days | None:
    """Return the reference of a watched model by day; None where its rows have no time."""
    time = kept.spec.columns.time
    if not time:
        return None
    wanted = {SCORE: kept.spec.score.column, **{name: name for name in kept.spec.columns.features or ()}}
    con: Any = connect()
    try:
        with mapped("The reference by day"):
            file = text(str(state.folder / kept.reference))
            day = f"(epoch_us(TRY_CAST({quoted(time)} AS TIMESTAMP)) // {DAY})"
            con.raw_sql(
                f"CREATE TEMP TABLE r AS SELECT * FROM (SELECT *, {day} AS live_day FROM read_parquet({file})) "  # noqa: S608 - our names
                "WHERE live_day IS NOT NULL"
            )
            first, last = con.con.execute("SELECT min(live_day), max(live_day) FROM r").fetchall()[0]
            if first is None:
                return None
            span = (int(first), int(last))
            bins = {name: kept.cuts.bins[name] for name in wanted if name in kept.cuts.bins}
            counts = {name: _counted(con, wanted[name], held, span) for name, held in bins.items()}
    finally:
        con.con.close()
    return Days(counts, {name: held.labels for name, held in bins.items()})


def _counted(con: Any, column: str, bins: Bins, span: tuple[int, int]) -> FloatArray:
    kind = "DOUBLE" if bins.numeric else "VARCHAR"
    sql = f"SELECT live_day, TRY_CAST({quoted(column)} AS {kind}) AS v, count(*) FROM r GROUP BY ALL"  # noqa: S608 - our names
    rows = con.con.sql(sql).to_arrow_table()
    day, number = (rows.column(i).to_numpy().astype(np.int64) for i in (0, 2))
    found = np.zeros((span[1] - span[0] + 1, len(bins.labels)))
    np.add.at(found, (day - span[0], _places(rows.column(1), bins)), number)
    return found


def _places(values: Any, bins: Bins) -> Any:
    """Return the bin of each value, as the histograms of the reference have it."""
    if not bins.numeric:
        levels = {name: i for i, name in enumerate(bins.levels or ())} | {None: bins.size + 1}
        return np.array([levels.get(name, bins.size) for name in values.to_pylist()], dtype=np.int64)
    missing = np.asarray(values.is_null().to_numpy(zero_copy_only=False), dtype=bool)
    held = np.asarray(values.fill_null(0.0).to_numpy(), dtype=np.float64)
    place = np.searchsorted(np.array(bins.edges or ()), held, side="left")
    special = ((missing, 0), (np.isnan(held), 1), (held == -np.inf, 2), (held == np.inf, 3))
    for where, after in special:
        place[where] = bins.size + after
    return place


def fitting(days: Days, line: Metric, allowed: float) -> Fit:
    """Return how often a line of a stability index is to be looked at: as it says, or the next longer that is steady.

    A length is steady where at most the share *allowed* of the reference's own windows of it lie beyond the line's
    mildest level, compared with the rest of the reference. A window lies beyond where its index does after what samples
    of one population of these sizes reach in 1 case of 20 is taken off, so that noise is not taken for variation.
    Where the reference is too short to try the line's own length on itself the line stays as it is; where every length
    that can be tried is unsteady, none fits.
    """
    column = line.metric.partition(":")[2] or SCORE
    edge = line.amber if line.amber is not None else line.red
    if edge is None or column not in days.counts:
        return Fit(line.frequency)
    tried: list[str] = []
    for frequency in ORDER[ORDER.index(line.frequency) :]:
        windows, beyond = own(days, column, DAYS[frequency], edge)
        if windows < FEWEST and not tried:
            return Fit(line.frequency, f"the reference is too short to compare its own {frequency} windows")
        if windows < FEWEST:
            break
        if beyond <= allowed * windows:
            return Fit(frequency, f"{'; '.join(tried)}, so it is looked at {frequency}" if tried else "")
        tried.append(f"{beyond:,} of the {windows:,} {frequency} windows of the reference itself lie beyond {edge:g}")
    why = "and it holds no two longer ones to try" if tried else ""
    return Fit(None, ", ".join(filter(None, ("; ".join(tried), why))))


def own(days: Days, column: str, length: int, edge: float) -> tuple[int, int]:
    """Return how many windows of *length* days the reference holds, and how many lie beyond *edge* against the rest."""
    counts = days.counts[column]
    whole = counts.sum(axis=0)
    many = len(counts) // length
    windows = [part for part in np.split(counts[: many * length], max(many, 1)) if part.sum() > 0]
    mine = [part.sum(axis=0) for part in windows]
    return len(mine), sum(_beyond(days.labels[column], whole - one, one, edge) for one in mine)


def _beyond(labels: tuple[str, ...], rest: FloatArray, window: FloatArray, edge: float) -> bool:
    pair = pairs.from_weights(labels, rest, window, (float(rest.sum()), float(window.sum())))
    if isinstance(pair, Undefined):
        return False
    found = of_pair(pair, level=0.95, empty="jeffreys", floor=0.0)
    return isinstance(found, Estimate) and found.value - float(found.detail["critical_95"]) > edge
