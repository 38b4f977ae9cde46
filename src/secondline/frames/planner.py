"""The planner: everything a plan needs of a population, as few queries as the engine can take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core import needs
from secondline.core.needs import BAND, Need
from secondline.core.parts import SEPARATOR, part_id
from secondline.core.spec import ModelSpec
from secondline.core.tables import Bins
from secondline.frames import relation as at
from secondline.frames.cuts import Cuts, cut
from secondline.frames.facts import FirstScan
from secondline.frames.reductions import fraud, graded, groups, histograms, keys, scores
from secondline.frames.reductions.branch import Branch, Cells
from secondline.frames.relation import Relation

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

BRANCHES_PER_QUERY = 16
PERSONAL = frozenset({"keys", "times", "accounts", "cases", graded.PURPOSE})
"""Purposes whose answers hold keys of persons or rows, and are not kept."""


@dataclass(frozen=True, slots=True)
class Job:
    """One query to run and how its answer yields the records of some needs."""

    purpose: str
    expression: ir.Table
    read: Callable[[pa.Table], dict[Need, Any]]
    parts: tuple[tuple[Need, ...], ...]
    """The needs each part of a fused query answers; of a query that stands alone there is one part."""

    def cited(self, query: str, need: Need) -> str:
        """Return what evidence cites for *need*: the part of the fused query it rests on, or the query itself."""
        number = next((i for i, part in enumerate(self.parts) if need in part), 0)
        return part_id(query, number) if len(self.parts) > 1 else query


def jobs(relation: Relation, scan: FirstScan, cuts: Cuts, spec: ModelSpec, wanted: Iterable[Need]) -> list[Job]:
    """Return the queries that answer *wanted* of one population: grouped needs fused, key and time needs alone."""
    context = _Context(relation, scan, cuts, spec)
    ordered = sorted(set(wanted), key=repr)
    cubes = context.cubes(ordered)
    answered = {need for branch in cubes for need in branch.needs}
    rest = [branch for need in ordered if need not in answered and (branch := context.branch(need)) is not None]
    branches = cubes + rest
    alone = [job for same in _alike(ordered, spec) if (job := context.alone(same)) is not None]
    chunks = [branches[i : i + BRANCHES_PER_QUERY] for i in range(0, len(branches), BRANCHES_PER_QUERY)]
    return [fused(chunk) for chunk in chunks] + alone


def _alike(ordered: Sequence[Need], spec: ModelSpec) -> list[tuple[Need, ...]]:
    """Return the needs in groups that one query answers: graded answers of all criteria are read at once."""
    answers = tuple(need for need in ordered if isinstance(need, needs.Graded))
    rest = fraud.alike([need for need in ordered if not isinstance(need, needs.Graded)], spec)
    return [*rest, answers] if answers else rest


@dataclass(frozen=True, slots=True)
class _Context:
    relation: Relation
    scan: FirstScan
    cuts: Cuts
    spec: ModelSpec

    @property
    def clean(self) -> bool:
        """Whether no label and no score is missing."""
        return not (self.scan.facts.score_missing or self.scan.facts.label_missing)

    def cubes(self, wanted: Sequence[Need]) -> list[Branch]:
        """Return one query for each column crossed with the score bands; the group tables on its margins come free."""
        crossed = [n.columns for n in wanted if isinstance(n, needs.Cross) and n.rows == BAND and n.columns]
        left = set(wanted)
        cubes = []
        for column in crossed:
            margins = (needs.Groups(by=column), needs.Groups(by=BAND), needs.Groups())
            mine = (needs.Cross(rows=BAND, columns=column), *(need for need in margins if need in left))
            left -= set(mine)
            cubes.append(groups.cube_branch(self.relation, self.cuts, mine, column, clean=self.clean))
        return cubes

    def branch(self, need: Need) -> Branch | None:
        """Return the grouped query of a need, or None when it is not a grouped one."""
        match need:
            case needs.Scores(by=by):
                return scores.score_branch(self.relation, self.cuts, need, self._cell(whole=by is None))
            case needs.Histogram(column=str()):
                return self._histogram(need)
            case needs.Groups(score=score):
                return groups.group_branch(self.relation, self.cuts, need, clean=self.clean and score is None)
            case needs.Cross(columns=str()):
                return groups.cross_branch(self.relation, self.cuts, need)
            case needs.Violations(rule=str()):
                return groups.violation_branch(self.relation, self.spec, need)
            case _:
                return fraud.branch(self.relation, self.spec, need, scores.grid_cell(self.scan, scores.CELLS))

    def _cell(self, *, whole: bool) -> float:
        if self.cuts.grid is not None:
            return self.cuts.grid[0 if whole else 1]
        return scores.grid_cell(self.scan, scores.CELLS if whole else scores.CELLS_BY_LEVEL)

    def _histogram(self, need: needs.Histogram) -> Branch:
        column = need.column or ""
        bins = self.cuts.bins[column]
        sampled = self.scan.sample.columns.get(column)
        many = not bins.numeric and (sampled is None or histograms.too_many(len(set(sampled.tolist()))))
        return histograms.histogram_branch(self.relation, bins, need, many_levels=many)

    def alone(self, same: tuple[Need, ...]) -> Job | None:
        """Return the query of a need that cannot be fused (or of several that are one question), or None."""
        rows, need = self.scan.facts.rows, same[0]
        match need:
            case needs.Keys(columns=columns):
                columns = columns or self.relation.entity
                query = keys.key_query(self.relation, columns, rows)
                return Job("keys", query, lambda a: {need: keys.key_counts(a, rows)}, ((need,),))
            case needs.Times(column=column):
                query = keys.time_query(self.relation, column or at.TIME)
                return Job("times", query, lambda a: {need: keys.first_last(a)}, ((need,),))
            case needs.Accounts(entity=entity):
                query = fraud.account_query(self.relation, self.spec, entity, rows)
                answered = partial(fraud.account_sums, self.relation, self.spec, rows=rows)
                return Job("accounts", query, lambda a: dict.fromkeys(same, answered(a)), (same,))
            case needs.Cases(entity=entity):
                query = fraud.case_query(self.relation, self.spec, entity, rows)
                return Job("cases", query, lambda a: dict.fromkeys(same, fraud.case_rows(a, rows)), (same,))
            case needs.Graded():
                query = graded.answer_query(self.relation)
                return Job(graded.PURPOSE, query, lambda a: graded.by_criterion(self.relation.name, a, same), (same,))
            case _:
                return None


def fused(chunk: Sequence[Branch]) -> Job:
    """Return one query that runs all branches of *chunk*."""
    import ibis

    parts = [branch.expression.mutate(branch=ibis.literal(i, type="int32")) for i, branch in enumerate(chunk)]
    expression = parts[0] if len(parts) == 1 else ibis.union(*parts, distinct=False)
    purpose = SEPARATOR.join(branch.purpose for branch in chunk)
    return Job(purpose, expression, lambda answer: _split(answer, chunk), tuple(branch.needs for branch in chunk))


def _split(answer: pa.Table, chunk: Sequence[Branch]) -> dict[Need, Any]:
    which, number = answer["branch"].to_numpy(), answer["number"].to_numpy()
    names = sorted((c for c in answer.column_names if c[1:].isdigit()), key=lambda c: int(c[1:]))
    sums = np.column_stack([answer[name].to_numpy().astype(np.float64, copy=False) for name in names])
    order = np.argsort(which, kind="stable")
    starts = np.searchsorted(which[order], np.arange(len(chunk) + 1))
    records: dict[Need, Any] = {}
    for i, branch in enumerate(chunk):
        mine = order[starts[i] : starts[i + 1]]
        first, second = (answer[name].take(mine).to_pylist() for name in ("first", "second"))
        records |= branch.build(Cells(first, second, number[mine], sums[mine]))
    return records


def cut_columns(scan: FirstScan, wanted: Iterable[Need], spec: ModelSpec) -> dict[str, Bins]:
    """Return the bins of every column the needs and the spec cut, decided on this (the reference) population."""
    asked = {need.column for need in wanted if isinstance(need, needs.Histogram) and need.column}
    asked |= {*spec.columns.segments, *spec.columns.protected}
    known = scan.sample.columns
    # Times and keys are only asked whether they are missing: every value is one level.
    return {c: cut(c, scan.sample) if c in known else Bins(c, levels=()) for c in sorted(asked)}
