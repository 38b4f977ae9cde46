"""Collect: open populations, run the planned queries, and hand back records. The one place where queries meet data."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core import needs
from secondline.core.errors import DataError
from secondline.core.evidence import PopulationFacts, Query, Timing
from secondline.core.needs import Need
from secondline.core.spec import ModelSpec
from secondline.core.tables import GroupTable, ScoreTable
from secondline.frames import facts, planner
from secondline.frames.answers import Answers, answer_digest, to_bytes
from secondline.frames.cuts import Cuts, band_edges
from secondline.frames.engines import compile_sql, connect, mapped, run_sql
from secondline.frames.reductions import keys
from secondline.frames.relation import Relation, relate
from secondline.frames.sources import open_source
from secondline.frames.wants import Want

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done and how many there are (0: not known yet)."""


def quiet(_what: str, _done: int, _total: int) -> None:
    """Report progress to nobody."""


@dataclass(slots=True)
class Collected:
    """What a collection found: facts, records by want, queries in the order they ran, and their stored answers."""

    spec: ModelSpec
    scans: dict[str, facts.FirstScan] = field(default_factory=dict)
    records: dict[Want, Any] = field(default_factory=dict)
    query_of: dict[Want, tuple[str, ...]] = field(default_factory=dict)
    queries: list[Query] = field(default_factory=list)
    timings: list[Timing] = field(default_factory=list)
    stored: dict[str, bytes] = field(default_factory=dict)
    cuts: Cuts = field(default_factory=lambda: Cuts({}, ()))

    @property
    def facts(self) -> dict[str, PopulationFacts]:
        """The facts of each population."""
        return {name: scan.facts for name, scan in self.scans.items()}

    def record(self, want: Want, level: str | None = None) -> Any:
        """Return the record of a want, narrowed to one level; an absent level is an empty record.

        Raises:
            KeyError: the want was not among those collected.
        """
        found = self.records[want]
        if isinstance(want[1], needs.Scores):
            return found.get(level, ScoreTable.empty())
        return found.at(level) if level is not None and isinstance(found, GroupTable) else found

    def levels(self, want: Want) -> tuple[str, ...]:
        """Return the levels a want's record has."""
        found = self.records[want]
        return found.levels if isinstance(found, GroupTable) else tuple(sorted(k for k in found if k is not None))


def open_populations(spec: ModelSpec, given: Mapping[str, Any], base: Path) -> dict[str, Relation]:
    """Open every population of *spec* (or the objects *given* in their place) and resolve roles; no row is read."""
    local = connect()
    populations = {name: given.get(name, declared) for name, declared in spec.populations.items()}
    return {name: relate(open_source(name, value, base, local), spec) for name, value in populations.items()}


def collect(
    relations: Mapping[str, Relation],
    spec: ModelSpec,
    wanted: Iterable[Want],
    *,
    answers: Answers | None = None,
    progress: Progress = quiet,
    sample_rows: int = facts.SAMPLE_ROWS,
) -> Collected:
    """Run everything *wanted* of the opened populations: one scan for facts and sample, then the fused reductions."""
    run = _Run(relations, spec, answers or Answers(None), progress, sample_rows)
    return run.collect(sorted(set(wanted), key=repr))


class _Run:
    def __init__(
        self, relations: Mapping[str, Relation], spec: ModelSpec, answers: Answers, progress: Progress, sample_rows: int
    ) -> None:
        self.relations, self.spec, self.answers, self.progress = relations, spec, answers, progress
        self.sample_rows = sample_rows
        self.out = Collected(spec)
        self.first: dict[str, tuple[str, str]] = {}
        self.done, self.total = 0, 0

    def collect(self, wanted: list[Want]) -> Collected:
        reference = self.spec.reference_name
        names = [reference, *(name for name in self.relations if name != reference)]
        for name in names:
            self.out.scans[name] = self._scan(name)
        _same_clock(self.relations, self.spec.columns.time)
        scan = self.out.scans[reference]
        asked = [need for _, need in wanted]
        bins = planner.cut_columns(scan, asked, self.spec)
        self.out.cuts = Cuts(bins, band_edges(scan.sample))
        planned = [(name, job) for name in names for job in self._jobs(name, wanted)]
        self.total = 2 * len(names) + len(planned)
        # Compiling is Python and running is the engine: the next query is compiled while one runs.
        with ThreadPoolExecutor(1) as ahead:
            compiled = [ahead.submit(compile_sql, job.expression) for _, job in planned]
            try:
                for (name, job), sql in zip(planned, compiled, strict=True):
                    self._reduce(name, job, sql.result())
            finally:
                ahead.shutdown(wait=False, cancel_futures=True)
        for want in wanted:
            self._derive(want)
        return self.out

    def _jobs(self, name: str, wanted: list[Want]) -> list[planner.Job]:
        mine = [_asked(need) for population, need in wanted if population == name]
        other = [need for need in mine if need is not None]
        return planner.jobs(self.relations[name], self.out.scans[name], self.out.cuts, self.spec, other)

    def _scan(self, name: str) -> facts.FirstScan:
        relation = self.relations[name]
        role = self.spec.populations[name].role or ("reference" if name == self.spec.reference_name else "current")
        expression = facts.scan(relation)
        answer, first = self._run(name, compile_sql(expression), expression, "facts and fingerprint", keep=True)
        found = facts.read(relation, answer, role)
        rows = found.facts.rows
        expression = facts.sample_query(relation, rows, self.sample_rows)
        answer, second = self._run(name, compile_sql(expression), expression, "sample of rows", keep=False)
        self.first[name] = (first, second)
        sample = facts.sampled(relation, answer, rows, self.sample_rows)
        return facts.FirstScan(found.facts, found.score_low, found.score_high, found.score_distinct, sample)

    def _reduce(self, name: str, job: planner.Job, sql: str) -> None:
        personal = job.purpose in planner.PERSONAL
        answer, query = self._run(name, sql, job.expression, job.purpose, keep=not personal)
        for need, record in job.read(answer).items():
            self.out.records[name, need] = record
            self.out.query_of[name, need] = (job.cited(query, need),)

    def _run(self, name: str, sql: str, expression: ir.Table, purpose: str, *, keep: bool) -> tuple[pa.Table, str]:
        self.progress(f"{name}: {purpose}", self.done, self.total)
        source = self.relations[name].source
        path = self.answers.path(source.identity, sql)
        start = time.perf_counter()
        answer = self.answers.read(path)
        resumed = answer is not None
        if answer is None:
            with mapped(f"Population {name!r}: {purpose[:80]}"):
                answer = run_sql(expression, sql)
            self.answers.write(path, answer)
        query = self._note(name, sql, purpose, answer if keep else None)
        self.out.timings.append(Timing(query=query, seconds=time.perf_counter() - start, resumed=resumed))
        self.done += 1
        self.progress(f"{name}: {purpose}", self.done, self.total)
        return answer, query

    def _note(self, name: str, sql: str, purpose: str, answer: pa.Table | None) -> str:
        content = to_bytes(answer) if answer is not None else b""
        kept = answer_digest(content) if content else ""
        if kept:
            self.out.stored[kept] = content
        rows = self.out.scans[name].facts.rows if name in self.out.scans else None
        query = Query(
            id=f"Q-{len(self.out.queries) + 1}",
            population=name,
            engine=self.relations[name].source.engine,
            sql=sql,
            rows_scanned=rows,
            purpose=purpose,
            answer=kept,
        )
        self.out.queries.append(query)
        return query.id

    def _derive(self, want: Want) -> None:
        """Fill the records that come from the first scan or from other records."""
        name, need = want
        scan = self.out.scans[name]
        first: tuple[str, ...] = self.first[name][:1]
        match need:
            case needs.Facts():
                record: Any = scan.facts
            case needs.Spec():
                record, first = self.spec, ()
            case needs.Column(column=column):
                record, first = column, ()
            case needs.Rows():
                record, first = scan.sample, self.first[name][1:]
            case needs.Correlations():
                relation = self.relations[name]
                record = keys.co_moments(scan.sample, tuple(c for c in relation.features if relation.numeric(c)))
                first = self.first[name][1:]
            case needs.Overlap(columns=columns):
                record, first = self._overlap(name, columns)
            case _:
                return
        self.out.records[want], self.out.query_of[want] = record, first

    def _overlap(self, name: str, columns: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
        need = needs.Keys(columns=columns)
        mine, theirs = (name, need), (self.spec.reference_name, need)
        if self.relations[name].source.engine != self.relations[theirs[0]].source.engine:
            raise DataError("Keys of populations in different engines cannot be compared: their hashes differ.")
        record = keys.overlap(self.out.records[mine], self.out.records[theirs])
        return record, self.out.query_of[mine] + self.out.query_of[theirs]


def _asked(need: Need) -> Need | None:
    """Return what must be queried for a need: an overlap is two key counts."""
    return needs.Keys(columns=need.columns) if isinstance(need, needs.Overlap) else need


def _same_clock(relations: Mapping[str, Relation], column: str | None) -> None:
    """Refuse to compare times with a zone to times without one."""
    aware: dict[bool, str] = {}
    for name, relation in relations.items():
        if column is not None:
            aware[getattr(relation.source.table.schema()[column], "timezone", None) is not None] = name
    if len(aware) > 1:
        raise DataError(
            f"The time column has a time zone in population {aware[True]!r} and none in {aware[False]!r}, so "
            f"their instants cannot be compared. Store both with a zone, or both in the same local time."
        )
