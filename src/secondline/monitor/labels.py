"""Labels: late by nature, so what is known of a decision depends on when one looks.

``known_labels`` is the table, in a lens, of what was known at an instant: of each decision the latest revision by
then. What it means that a decision is not in it is the model's own rule (`watched.Absent`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from secondline.frames.engines import mapped
from secondline.monitor.engine import in_order
from secondline.monitor.lens import ROWS, Lens, text
from secondline.monitor.parts import DAY, PLACE, Part
from secondline.monitor.watched import Absent

if TYPE_CHECKING:
    from secondline.monitor.state import State

PLACES = ", ".join(PLACE)
FOREVER = 1 << 62
"""An instant after all others."""
LABELS = ("id", "decision", "value", "known", "kind", "revision", "amount")
NONE = (
    "SELECT NULL::VARCHAR AS decision, NULL::DOUBLE AS value, NULL::BIGINT AS known, NULL::VARCHAR AS kind, "
    "NULL::DOUBLE AS amount, NULL::BIGINT AS last, NULL::BIGINT AS first WHERE false"
)


def read_parts(state: State, parts: Sequence[Part]) -> str:
    """Return SQL that reads parts as one table."""
    files = ", ".join(text(state.path(part)) for part in parts)
    return f"read_parquet([{files}], union_by_name = true)"


def as_known(state: State, labels: Sequence[Part], known: int) -> str:
    """Return SQL of the labels as known at an instant: of each decision the latest revision by then.

    ``last`` is the latest knowledge of the decision, of whatever revision, and ``first`` when it was first said to be
    an event. Of several labels with one id the first by place counts; of several of one revision, too.
    """
    if not labels:
        return NONE
    columns = ", ".join((*LABELS, *PLACE))
    return (
        f"WITH every AS (SELECT {columns} FROM {read_parts(state, labels)} "  # noqa: S608 - our names
        f"QUALIFY row_number() OVER (PARTITION BY id ORDER BY {PLACES}) = 1) "
        "SELECT decision, value, known, kind, amount, max(known) OVER (PARTITION BY decision) AS last, "
        "min(CASE WHEN value = 1 THEN known END) OVER (PARTITION BY decision) AS first FROM every "
        f"WHERE known <= {known} "
        f"QUALIFY row_number() OVER (PARTITION BY decision ORDER BY revision DESC, {PLACES}) = 1"
    )


def join_labels(lens: Lens, state: State, labels: Sequence[Part], known: int) -> None:
    """Make the table ``known_labels`` of a lens."""
    lens.run(f"CREATE OR REPLACE TEMP TABLE known_labels AS {as_known(state, labels, known)}")


def label_of(absent: Absent, instant: int) -> str:
    """Return the label in SQL: what was said, or what it means that nothing was once the decision's day is old."""
    if absent.means == "unknown":
        return "l.value"
    mature = f'(d."at" // {DAY} + 1 + {absent.after}) * {DAY} <= {instant}' if absent.after else "true"
    return f"CASE WHEN l.value IS NOT NULL THEN l.value WHEN {mature} THEN 0 END"


def matured(absent: Absent, day: int, instant: int) -> bool:
    """Whether an absent label of a day means something at an instant."""
    return absent.means == "good" and (not absent.after or (day + 1 + absent.after) * DAY <= instant)


def last_known(lens: Lens) -> tuple[int, int]:
    """Return the latest knowledge that the loaded rows rest on, and how many of them have a label that was said."""
    found = lens.run(f"SELECT max(live_label_known), count(live_label_known) FROM {ROWS}")[0]  # noqa: S608 - our names
    return int(found[0] or 0), int(found[1])


@dataclass(frozen=True, slots=True, eq=False)
class Triangle:
    """Events (labels of 1) of one type by day of decision (row) and whole days until they were known (column).

    ``first`` is the day of the first row, and rows follow day by day up to the day before ``known`` began. ``ages[i]``
    columns of row i were wholly known then; nothing is counted beyond. ``decisions`` are those of each day, and
    ``amount`` sums what was lost (of the label where it says so, else of the decision).
    """

    kind: str
    first: int
    counts: npt.NDArray[np.float64]
    amount: npt.NDArray[np.float64]
    ages: npt.NDArray[np.int64]
    decisions: npt.NDArray[np.int64]


def triangle(state: State, model: str, known: int | None = None, *, version: str = "") -> dict[str, Triangle]:
    """Return the events known at an instant by day and delay, for each type of label (and ``""`` for all together).

    An event is dated by when it was first said; one withdrawn since is not counted. The last day of a triangle is the
    last whole one before *known* (the latest that the model's events speak of, unless given).
    """
    instant = state.latest(model) + 1 if known is None else known
    return state.once(("triangle", model, version, instant), lambda: _triangles(state, model, version, instant))


def _triangles(state: State, model: str, version: str, instant: int) -> dict[str, Triangle]:
    today = instant // DAY - 1
    parts = [p for p in state.parts("decision", model) if version in {"", p.version} and p.day <= today]
    if not parts:
        return {}
    con: Any = in_order()
    try:
        with mapped("The delays of labels"):
            con.con.execute(f"CREATE TEMP TABLE l AS {as_known(state, state.parts('label', model), instant - 1)}")
            con.con.execute(
                'CREATE TEMP TABLE d AS SELECT id, arg_min("at", (topic, partition, place)) // '  # noqa: S608 - our names
                f"{DAY} AS day, arg_min(amount, (topic, partition, place)) AS amount "
                f"FROM {read_parts(state, parts)} GROUP BY id"
            )
            days = con.con.execute("SELECT day, count(*) FROM d GROUP BY day ORDER BY day").fetchall()
            found = con.con.execute(
                f"SELECT l.kind, d.day, greatest(l.first // {DAY} - d.day, 0) AS lag, count(*), "  # noqa: S608 - our names
                "sum(coalesce(l.amount, d.amount, 0)) FROM l JOIN d ON l.decision = d.id "
                f"WHERE l.value = 1 AND l.first // {DAY} <= {today} GROUP BY ALL ORDER BY ALL"
            ).fetchall()
    finally:
        con.con.close()
    kinds = {str(row[0]) for row in found}
    return {kind: _triangle(kind, days, found, today) for kind in sorted({"", *kinds})}


def _triangle(kind: str, days: Sequence[Any], found: Sequence[Any], today: int) -> Triangle:
    first = int(days[0][0])
    size = today - first + 1
    counts, amount = np.zeros((size, size)), np.zeros((size, size))
    for name, day, lag, number, lost in found:
        if kind in {"", name}:
            counts[day - first, lag] += number
            amount[day - first, lag] += lost
    decisions = np.zeros(size, dtype=np.int64)
    for day, number in days:
        decisions[day - first] = number
    return Triangle(kind, first, counts, amount, np.arange(size, 0, -1, dtype=np.int64), decisions)
