"""Gather: run the queries of a look at one population, and hand back small records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core import needs
from secondline.core.errors import DataError
from secondline.core.tables import Bins, Grid, Histogram, Sample, Steps
from secondline.frames import facts
from secondline.frames.collect import Progress
from secondline.frames.cuts import cut
from secondline.frames.engines import compile_sql, mapped, run_sql
from secondline.frames.explore import counts, grids, slices
from secondline.frames.explore.opened import Opened
from secondline.frames.peek import ColumnPeek
from secondline.frames.planner import BRANCHES_PER_QUERY, fused
from secondline.frames.reductions.histograms import histogram_branch, too_many
from secondline.frames.relation import LABEL, TIME

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

GRIDS_PER_QUERY = 8
COUNTS_PER_QUERY = 25
MOST_KEYS = 4
NEARLY = 0.97


@dataclass(slots=True)
class Look:
    """What was found of one population; every dictionary is by column."""

    opened: Opened
    rows: int
    sample: Sample
    repeats: counts.Repeats | None = None
    steps: dict[str, Steps] = field(default_factory=dict)
    centres: dict[str, float] = field(default_factory=dict)
    grids: dict[str, Grid] = field(default_factory=dict)
    bins: dict[str, Bins] = field(default_factory=dict)
    histograms: dict[str, Histogram] = field(default_factory=dict)
    distinct: dict[str, counts.Count] = field(default_factory=dict)
    texts: dict[str, counts.Texts] = field(default_factory=dict)
    nulls: dict[str, int] = field(default_factory=dict)
    step: str = ""
    periods: tuple[slices.Slice, ...] = ()
    segments: tuple[slices.Slice, ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns that lie on a line: numbers and times."""
        return tuple(c for c in self.opened.looked_at if self.opened.kinds[c] in {"number", "time"})

    @property
    def categories(self) -> tuple[str, ...]:
        """The columns that have levels: texts and booleans."""
        return tuple(c for c in self.opened.looked_at if self.opened.kinds[c] in {"text", "boolean"})


@dataclass(frozen=True, slots=True)
class _Job:
    what: str
    expression: ir.Table
    read: Callable[[pa.Table], None]


def sampled(found: Opened, progress: Progress) -> Look:
    """Count the rows and take the bottom-k sample of them: what decides every cut.

    Raises:
        DataError: there are no rows.
    """
    table = found.relation.source.table
    rows = _ask(table.aggregate(rows=table.count()), "rows", found, progress)["rows"][0].as_py()
    if not rows:
        raise DataError(f"{found.relation.source.origin!r} is empty: it has no rows. Check the path and its filters.")
    query = facts.sample_query(found.relation, rows)
    odd = {c: query[c].cast("string") for c in found.relation.features if query[c].type().is_uuid()}
    answer = _ask(query.mutate(**odd) if odd else query, "sample of rows", found, progress)
    return Look(found, rows, facts.sampled(found.relation, _decoded(answer), rows))


def _decoded(answer: pa.Table) -> pa.Table:
    """Return the rows with dictionaries and null columns, which Arrow may hand back, as texts."""
    import pyarrow as pa

    plain = [
        pa.field(f.name, pa.string()) if pa.types.is_dictionary(f.type) or pa.types.is_null(f.type) else f
        for f in answer.schema
    ]
    return answer.cast(pa.schema(plain))


def peeked(look: Look) -> list[ColumnPeek]:
    """Return what the sample shows of each column, for guessing its role."""
    found = []
    for column in look.opened.looked_at:
        values, kind = look.sample.columns[column], look.opened.kinds[column]
        if values.dtype == object:
            found.append(ColumnPeek(column, kind, look.sample.size, len(set(values.tolist()) - {None})))
            continue
        known = look.sample.finite(column)
        low, high = (float(known.min()), float(known.max())) if kind == "number" and len(known) else (None, None)
        found.append(ColumnPeek(column, kind, look.sample.size, len(np.unique(known)), low, high))
    return found


def gathered(look: Look, progress: Progress, cuts: Look | None = None, *, split: bool = False) -> Look:
    """Run the queries of a look whose population has its roles, and return it filled.

    With *cuts*, an earlier look, columns that both have are cut as they were there, and only what a comparison needs
    is asked. With *split*, or when the label is known, numeric columns are counted by quantile bins too.
    """
    _cut(look, cuts)
    outcome = split or LABEL in look.opened.working.roles
    jobs = [*_grid_jobs(look), *_histogram_jobs(look, outcome=outcome)]
    if cuts is None:
        jobs += [_repeats(look), *_distinct_jobs(look), *_text_jobs(look), *_null_jobs(look)]
    _run(jobs, look.opened, progress)
    if cuts is None:
        _run(_key_jobs(look), look.opened, progress)
        _run([*_period_jobs(look, progress), *_segment_jobs(look, progress)], look.opened, progress)
    return look


def _cut(look: Look, cuts: Look | None) -> None:
    for column in look.opened.looked_at:
        if cuts is not None and (column not in cuts.bins or not _alike(look, cuts, column)):
            continue
        if cuts is not None:
            look.bins[column] = cuts.bins[column]
            if column in cuts.steps:
                look.steps[column], look.centres[column] = cuts.steps[column], cuts.centres[column]
            continue
        look.bins[column] = cut(column, look.sample)
        if column in look.numbers:
            values = look.sample.finite(column)
            whole = look.opened.working.table.schema()[column].is_integer()
            look.steps[column] = grids.steps(column, values, whole=whole)
            look.centres[column] = float(np.median(values)) if len(values) else 0.0


def _alike(look: Look, cuts: Look, column: str) -> bool:
    return (column in look.numbers) == (column in cuts.numbers)


def _grid_jobs(look: Look) -> list[_Job]:
    columns = list(look.steps)
    return [_grid_job(look, columns[i : i + GRIDS_PER_QUERY]) for i in range(0, len(columns), GRIDS_PER_QUERY)]


def _grid_job(look: Look, columns: Sequence[str]) -> _Job:
    import ibis

    relation = look.opened.working
    parts = [grids.grid_query(relation, look.steps[c], look.centres[c]) for c in columns]
    marked = [part.mutate(branch=ibis.literal(i, type="int32")) for i, part in enumerate(parts)]

    def read(answer: pa.Table) -> None:
        which, cells = answer["branch"].to_numpy(), answer["cell"].cast("float64").to_numpy()
        sums = np.column_stack([answer[f"s{i}"].to_numpy() for i in range(grids.SUMS)])
        for i, column in enumerate(columns):
            mine = which == i
            found = grids.read_grid(look.steps[column], look.centres[column], cells[mine], sums[mine])
            look.grids[column] = found

    return _Job(f"distribution of {columns[0]} ...", marked[0] if len(marked) == 1 else ibis.union(*marked), read)


def _histogram_jobs(look: Look, *, outcome: bool) -> list[_Job]:
    columns = [c for c in look.bins if outcome or c in look.categories]
    branches = [
        histogram_branch(look.opened.working, look.bins[c], needs.Histogram(column=c), many_levels=_many(look, c))
        for c in columns
    ]
    chunks = [branches[i : i + BRANCHES_PER_QUERY] for i in range(0, len(branches), BRANCHES_PER_QUERY)]

    def job(chunk: Sequence[Any]) -> _Job:
        whole = fused(chunk)

        def read(answer: pa.Table) -> None:
            for need, record in whole.read(answer).items():
                look.histograms[getattr(need, "column", "")] = record

        return _Job(f"levels of {chunk[0].purpose.rsplit(' ', 1)[-1]} ...", whole.expression, read)

    return [job(chunk) for chunk in chunks]


def _many(look: Look, column: str) -> bool:
    return column in look.categories and too_many(len(set(look.sample.columns[column].tolist())))


def _repeats(look: Look) -> _Job:
    relation, rows = look.opened.relation, look.rows

    def read(answer: pa.Table) -> None:
        look.repeats = counts.read_repeats(relation, answer, rows)

    return _Job("duplicate rows", counts.repeats_query(relation, rows), read)


def _distinct_jobs(look: Look) -> list[_Job]:
    share = counts.shares(look.sample, look.opened.looked_at)
    return [_distinct(look, part) for part in _chunks(share)]


def _chunks(share: Mapping[str, float]) -> list[dict[str, float]]:
    items = list(share.items())
    return [dict(items[i : i + COUNTS_PER_QUERY]) for i in range(0, len(items), COUNTS_PER_QUERY)]


def _distinct(look: Look, share: dict[str, float]) -> _Job:
    query = counts.distinct_query(look.opened.working, share)
    return _Job("distinct values", query, lambda answer: look.distinct.update(counts.read_distinct(answer, share)))


def _key_jobs(look: Look) -> list[_Job]:
    """Count exactly, one by one, where a sketch leaves open whether every value is distinct."""
    open_ = [
        c
        for c, count in look.distinct.items()
        if count.error and count.value >= NEARLY * look.rows and look.opened.kinds[c] in {"number", "text"}
        and not look.opened.working.table.schema()[c].is_floating()
    ]  # fmt: skip
    return [_distinct(look, {column: 1.0}) for column in open_[:MOST_KEYS] if look.rows <= counts.MOST_HASHED]


def _text_jobs(look: Look) -> list[_Job]:
    columns = tuple(c for c in look.opened.looked_at if look.opened.kinds[c] == "text")
    if not columns:
        return []
    query = counts.text_query(look.opened.working, columns)
    return [_Job("blank texts", query, lambda answer: look.texts.update(counts.read_texts(answer, columns)))]


def _null_jobs(look: Look) -> list[_Job]:
    columns = tuple(c for c, kind in look.opened.kinds.items() if kind == "other")
    if not columns:
        return []

    def read(answer: pa.Table) -> None:
        look.nulls |= {c: int(answer[f"n{i}"][0].as_py() or 0) for i, c in enumerate(columns)}

    return [_Job("missing values of other columns", counts.nulls_query(look.opened.relation, columns), read)]


def _period_jobs(look: Look, progress: Progress) -> list[_Job]:
    found = look.opened
    if TIME not in found.working.roles:
        return []
    time = found.working.table[TIME]
    ends = _ask(found.working.table.aggregate(first=time.min(), last=time.max()), "time span", found, progress)
    first, last = ends["first"][0].as_py(), ends["last"][0].as_py()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return []
    look.step = slices.grain(first, last)

    def keep(some: tuple[slices.Slice, ...]) -> None:
        look.periods = some

    return [_slice_job(look, slices.time_key(found.working.table, look.step), "by time", keep)]


def _segment_jobs(look: Look, progress: Progress) -> list[_Job]:
    found = look.opened
    if "@by" not in found.working.roles:
        return []
    levels = tuple(_ask(slices.levels_query(found), "segments", found, progress)["@by"].to_pylist())

    def keep(some: tuple[slices.Slice, ...]) -> None:
        look.segments = some

    return [_slice_job(look, slices.segment_key(found.working.table, levels), "by segment", keep)]


def _slice_job(look: Look, key: Any, what: str, keep: Callable[[tuple[slices.Slice, ...]], None]) -> _Job:
    found, columns = look.opened, look.opened.looked_at
    query = slices.slice_query(found, columns, key, look.centres)
    return _Job(what, query, lambda answer: keep(slices.read_slices(answer, found, columns, look.centres)))


def _run(jobs: Sequence[_Job], found: Opened, progress: Progress) -> None:
    """Run the jobs in order; the next one is compiled, which is Python, while one runs, which is the engine."""
    with ThreadPoolExecutor(1) as ahead:
        compiled = [ahead.submit(compile_sql, job.expression) for job in jobs]
        try:
            for i, (job, sql) in enumerate(zip(jobs, compiled, strict=True)):
                progress(f"{found.relation.name}: {job.what}", i, len(jobs))
                with mapped(f"{found.relation.source.origin}: {job.what}"):
                    answer = run_sql(job.expression, sql.result())
                job.read(answer)
        finally:
            ahead.shutdown(wait=False, cancel_futures=True)


def _ask(expression: Any, what: str, found: Opened, progress: Progress) -> pa.Table:
    progress(f"{found.relation.name}: {what}", 0, 0)
    with mapped(f"{found.relation.source.origin}: {what}"):
        return run_sql(expression, compile_sql(expression))
