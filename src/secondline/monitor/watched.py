"""Watched: a model as the monitor holds it: its plan, its reference, and the cuts and statistics of that reference.

All of it is fixed when watching begins, so that every cell of every day is cut alike and can be added to any other.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import secondline.checks  # noqa: F401 - importing the room registers every check
from secondline.core import needs
from secondline.core.canonical import digest_bytes
from secondline.core.errors import SpecError
from secondline.core.evidence import Plan, PopulationFacts
from secondline.core.needs import Need
from secondline.core.spec import ModelSpec, Population
from secondline.core.tables import Bins
from secondline.frames import planner
from secondline.frames.collect import Collected, collect, open_populations
from secondline.frames.cuts import Cuts
from secondline.frames.engines import widened
from secondline.frames.reductions import scores
from secondline.ledger.sql import run
from secondline.monitor.packing import pack, unpack
from secondline.monitor.parts import sync
from secondline.monitor.streamed import filled
from secondline.workflow import questions
from secondline.workflow.questions import Question
from secondline.workflow.validate import plan_for

if TYPE_CHECKING:
    from secondline.frames.relation import Relation
    from secondline.monitor.state import State

WINDOW = "window"
"""The name of the population that a window is."""
REFERENCES = "references"
DISCRETE = 4096
"""Distinct scores of the reference up to which score tables hold every score instead of a grid."""


@dataclass(frozen=True, slots=True)
class Absent:
    """What it means that no label of a decision has arrived.

    ``unknown``: nothing (credit: the outcome is open until it is reported). ``good``: that nothing happened, once
    ``after`` whole days have passed since the end of the decision's day (fraud: 0 counts what was reported to date).
    """

    means: Literal["unknown", "good"] = "unknown"
    after: int = 0


@dataclass(frozen=True, slots=True)
class Watched:
    """What is kept of a watched model."""

    plan: Plan
    absent: Absent
    facts: PopulationFacts
    cuts: Cuts
    types: Mapping[str, str]
    """The engine's type of each column of the reference, which columns of events are cast to."""
    reference: str
    """The file of the reference, below the folder of parts."""
    digest: str = ""

    @property
    def spec(self) -> ModelSpec:
        """The model's description, with the reference and the window as its populations."""
        return self.plan.spec

    @property
    def model(self) -> str:
        """The model's name."""
        return self.spec.model


def additive(need: Need) -> bool:
    """Whether the record of *need* is kept in cells: it is small and adds."""
    kept = (needs.Scores, needs.Groups, needs.Violations, needs.Times)
    crossed = isinstance(need, needs.Cross) and need.columns is not None
    return isinstance(need, kept) or crossed or (isinstance(need, needs.Histogram) and need.column is not None)


def watch(
    state: State, spec: ModelSpec, base: Path = Path(), *, given: Mapping[str, Any] | None = None,
    absent: Absent = Absent(),
) -> Watched:  # fmt: skip
    """Begin to watch a model, or to watch it by another description; its cells are then computed anew when asked.

    The reference is copied beside the parts, so that the state needs nothing outside itself.

    Raises:
        SpecError: the reference population is called ``window``, or the model has no reference to cut by.
        DataError: the reference cannot be read.
    """
    name = spec.reference_name
    if name == WINDOW:
        raise SpecError(f"A population called {WINDOW!r} cannot be the reference of monitoring. Give it another name.")
    alone = spec.model_copy(
        update={"populations": {name: spec.populations[name]}, "reference": name, "artefact": None, "reproduce": None,
                "challengers": {}, "alternatives": None, "reasons": None},
    )  # fmt: skip
    tables = {name: (given or {})[name]} if name in (given or {}) else {}
    relation = open_populations(alone, tables, base)[name]
    whole, lacking = filled(alone)
    file = _copied(state.folder, relation, spec, lacking)
    live = _live(whole, relation, file)
    plan = plan_for(live, base)
    relations = open_populations(whole.model_copy(update={"columns": live.columns}), {name: state.folder / file}, base)
    asked = questions.before_data(plan, {**relations, WINDOW: relations[name]})
    found = _collected(relations, live, asked)
    scan = found.scans[name]
    wanted = [need for _, need in questions.wanted(asked, name)]
    cuts = Cuts(planner.cut_columns(scan, wanted, live), found.cuts.band_edges, _grid(live, scan))
    kept = Watched(plan, absent, scan.facts, cuts, _types(relations[name]), file)
    records = {repr(need): record for (_, need), record in found.records.items() if additive(need)}
    return _save(state, kept, pack(records))


def _copied(folder: Path, relation: Relation, spec: ModelSpec, lacking: Mapping[str, str]) -> str:
    (folder / REFERENCES).mkdir(exist_ok=True)
    slug = re.sub(r"\W+", "-", spec.model)[:40]
    partial = folder / REFERENCES / f"{slug}.partial"
    widened(relation.source.table, lacking).to_parquet(partial)
    content = digest_bytes(partial.read_bytes())[:16]
    file = f"{REFERENCES}/{slug}-{content}.parquet"
    partial.replace(folder / file)
    sync(folder / REFERENCES)
    return file


def _live(spec: ModelSpec, relation: Relation, file: str) -> ModelSpec:
    populations = {
        relation.name: Population(data=file, role="reference"),
        WINDOW: Population(data="events taken in", role="current"),
    }
    columns = spec.columns.model_copy(update={"features": relation.features})
    return spec.model_copy(update={"populations": populations, "columns": columns})


def _collected(relations: Mapping[str, Relation], spec: ModelSpec, asked: list[Question]) -> Collected:
    name = spec.reference_name
    wants = {(name, need) for _, need in questions.wanted(asked, name) if additive(need)}
    return collect(relations, spec, wants)


def _grid(spec: ModelSpec, scan: Any) -> tuple[float, float]:
    if scan.score_distinct <= DISCRETE:
        return 0.0, 0.0
    low, high = (0.0, 1.0) if spec.score.kind == "probability" else (scan.score_low or 0.0, scan.score_high or 0.0)
    if high <= low:
        return 0.0, 0.0
    whole, by_level = (2.0 ** math.ceil(math.log2((high - low) / n)) for n in (scores.CELLS, scores.CELLS_BY_LEVEL))
    return whole, by_level


def _types(relation: Relation) -> dict[str, str]:
    table = relation.source.table
    con: Any = table.get_backend()
    rows = con.con.execute(f'DESCRIBE "{table.get_name()}"').fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def _save(state: State, kept: Watched, records: bytes) -> Watched:
    body = json.dumps({
        "plan": kept.plan.model_dump(mode="json", by_alias=True), "absent": asdict(kept.absent),
        "facts": kept.facts.model_dump(mode="json"), "types": dict(kept.types), "reference": kept.reference,
        "cuts": {"bins": [asdict(bins) for bins in kept.cuts.bins.values()], "bands": kept.cuts.band_edges,
                 "grid": kept.cuts.grid},
    }, sort_keys=True)  # fmt: skip
    digest = digest_bytes(body.encode())
    with state.writing() as connection:
        run(
            connection,
            "INSERT INTO monitor_watched (model, digest, body, records) VALUES (?, ?, ?, ?) ON CONFLICT (model)"
            " DO UPDATE SET digest = excluded.digest, body = excluded.body, records = excluded.records",
            (kept.model, digest, body, records),
        )
    return _read(body, digest)


def _read(body: str, digest: str) -> Watched:
    held = json.loads(body)
    cuts = held["cuts"]
    bins = {b["column"]: Bins(b["column"], _tuple(b["edges"]), _tuple(b["levels"])) for b in cuts["bins"]}
    return Watched(
        Plan.model_validate(held["plan"]), Absent(**held["absent"]), PopulationFacts.model_validate(held["facts"]),
        Cuts(bins, tuple(cuts["bands"]), (cuts["grid"][0], cuts["grid"][1])), held["types"], held["reference"], digest,
    )  # fmt: skip


def _tuple(value: Any) -> Any:
    return None if value is None else tuple(value)


def watched(state: State, model: str) -> Watched:
    """Return a watched model.

    Raises:
        SpecError: it is not watched.
    """
    with state.reading() as connection:
        row = run(connection, "SELECT body, digest FROM monitor_watched WHERE model = ?", (model,)).fetchone()
    if row is None:
        known = ", ".join(all_watched(state)) or "none is"
        raise SpecError(f"{model!r} is not watched ({known}). Begin with: secondline monitor start model.yaml")
    return _read(row[0], row[1])


def all_watched(state: State) -> list[str]:
    """Return the names of the models watched."""
    with state.reading() as connection:
        return [row[0] for row in run(connection, "SELECT model FROM monitor_watched ORDER BY model").fetchall()]


def reference_records(state: State, model: str) -> dict[str, Any]:
    """Return the reference's records that add, by the text of their need."""
    with state.reading() as connection:
        row = run(connection, "SELECT digest FROM monitor_watched WHERE model = ?", (model,)).fetchone()
    return dict(_unpacked(state, model, row[0])) if row else {}


@lru_cache(maxsize=4)
def _unpacked(state: State, model: str, digest: str) -> dict[str, Any]:
    """Return the records of one way of watching. They never change, and unpacking them costs more than a measure."""
    with state.reading() as connection:
        row = run(
            connection, "SELECT records FROM monitor_watched WHERE model = ? AND digest = ?", (model, digest)
        ).fetchone()  # fmt: skip
    return unpack(bytes(row[0])) if row else {}
