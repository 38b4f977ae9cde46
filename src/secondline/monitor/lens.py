"""Lens: an engine of its own through which one watched model's events are seen as a population of its study.

The table of rows is filled and emptied; the queries over it are the foundation's, planned and compiled once. The
engine works on one thread and in one order, so that sums of fractions come out the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core.evidence import PopulationFacts
from secondline.core.needs import Need
from secondline.core.tables import Sample
from secondline.frames import facts, planner
from secondline.frames.engines import compile_sql, mapped, run_sql
from secondline.frames.relation import Relation, relate
from secondline.frames.sources import Source, open_source
from secondline.monitor.engine import in_order
from secondline.monitor.watched import WINDOW, Watched, additive
from secondline.workflow import questions

if TYPE_CHECKING:
    from secondline.monitor.state import State
    from secondline.workflow.questions import Question

ROWS = "live_rows"
"""The table of decisions in question, whoever decided."""
SCORED = "live_window"
"""The view of those that the model itself decided, or would have but for the control arm."""
BY_MODEL = "('champion', 'control')"
EXTRA = {
    "live_id": "VARCHAR", "live_at": "BIGINT", "live_version": "VARCHAR", "live_arm": "VARCHAR",
    "live_decision": "VARCHAR", "live_amount": "DOUBLE", "live_chance": "DOUBLE", "live_label_known": "BIGINT",
    "live_label_amount": "DOUBLE",
}  # fmt: skip
MEMORY = "1GB"


def quoted(name: str) -> str:
    """Return a column's name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


class Lens:
    """One watched model's engine, its rows and its queries."""

    def __init__(self, kept: Watched, folder: Path) -> None:
        """Make an engine with an empty table of rows; *folder* holds the parts."""
        self.kept, self.folder = kept, folder
        self.con: Any = in_order()
        for setting in ("TimeZone = 'UTC'", f"memory_limit = '{MEMORY}'"):
            self.con.raw_sql(f"SET {setting}")
        self.clear()
        shown = ", ".join(quoted(name) for name in kept.types)
        self.run(f"CREATE VIEW {SCORED} AS SELECT {shown} FROM {ROWS} WHERE live_arm IN {BY_MODEL}")  # noqa: S608 - our names, quoted
        source = Source(WINDOW, self.con.table(SCORED), "duckdb", "events taken in")
        self.relation: Relation = relate(source, kept.spec)

    def run(self, sql: str) -> list[Any]:
        """Run SQL of ours and return its rows."""
        with mapped("The monitor's engine"):
            return list(self.con.con.execute(sql).fetchall())

    def clear(self) -> None:
        """Begin the table of rows anew: where rows were deleted, sums of fractions would round in another order."""
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in (*self.kept.types.items(), *EXTRA.items()))
        self.run(f"CREATE OR REPLACE TABLE {ROWS} ({columns})")

    def empty(self) -> None:
        """Let go of all rows."""
        self.clear()
        for table in ("losers", "twice", "known_labels"):
            self.run(f"DROP TABLE IF EXISTS {table}")

    def close(self) -> None:
        """End the engine."""
        self.con.con.close()

    @cached_property
    def reference(self) -> Relation:
        """The reference population, from the copy the state holds."""
        name = self.kept.spec.reference_name
        return relate(open_source(name, self.folder / self.kept.reference, Path(), self.con), self.kept.spec)

    @cached_property
    def asked(self) -> list[Question]:
        """Every question of the plan, before levels are known."""
        relations = {self.kept.spec.reference_name: self.reference, WINDOW: self.relation}
        return questions.before_data(self.kept.plan, relations)

    @cached_property
    def wants(self) -> list[Need]:
        """What is kept in a cell."""
        wanted = questions.wanted(self.asked, self.kept.spec.reference_name)
        return sorted({need for name, need in wanted if name == WINDOW and additive(need)}, key=repr)

    @cached_property
    def _jobs(self) -> list[tuple[planner.Job, str]]:
        # Nothing is known of the rows when the queries are planned, so labels and scores are taken to be missing.
        unknown = PopulationFacts(
            name=WINDOW, role="current", source="", engine="duckdb", rows=1, columns={}, label_missing=1
        )
        scan = facts.FirstScan(unknown, None, None, 0, Sample(1, 1, np.empty(0, np.uint64), {}))
        jobs = planner.jobs(self.relation, scan, self.kept.cuts, self.kept.spec, self.wants)
        return [(job, compile_sql(job.expression)) for job in jobs]

    @cached_property
    def _facts(self) -> tuple[Any, str]:
        expression = facts.scan(self.relation)
        return expression, compile_sql(expression)

    def count(self) -> int:
        """Return how many rows the model decided."""
        return int(self.run(f"SELECT count(*) FROM {SCORED}")[0][0])  # noqa: S608 - our names

    def facts(self) -> PopulationFacts | None:
        """Return the facts of the rows; None when there are none."""
        if not self.count():
            return None
        with mapped("The facts of a window"):
            return facts.read(self.relation, run_sql(*self._facts), "current").facts

    def records(self) -> dict[Need, Any]:
        """Return the records of every want of a cell, of the rows that are loaded."""
        found: dict[Need, Any] = {}
        for job, sql in self._jobs:
            with mapped(f"The statistics of a window: {job.purpose[:80]}"):
                found |= job.read(run_sql(job.expression, sql))
        return found


@contextmanager
def looking(state: State, kept: Watched) -> Iterator[Lens]:
    """Look through the lens of a watched model; one process keeps it, and one thread looks at a time."""
    with state.lock:
        held = state.lenses.get(kept.model)
        if held is None or held.kept.digest != kept.digest:
            if held is not None:
                held.close()
            held = state.lenses[kept.model] = Lens(kept, state.folder)
        try:
            yield held
        finally:
            held.empty()
