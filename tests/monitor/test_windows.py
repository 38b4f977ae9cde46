"""Windows: whatever the batches, the order of arrival and the way they are added, the statistics are the same."""

from __future__ import annotations

import random
from functools import reduce
from itertools import pairwise
from operator import add
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import oracle
from monitor.oracle import Raw
from monitor.streams import DAY, FEW, FIRST, MODEL, decisions, fresh, labels, take, watching
from secondline.events.log import DECISIONS, LABELS, Batch
from secondline.events.reading import encode
from secondline.events.shapes import Decision
from secondline.monitor import cells
from secondline.monitor.cells import Cell
from secondline.monitor.compact import compact
from secondline.monitor.ingest import take_in
from secondline.monitor.measuring import measure
from secondline.monitor.packing import pack
from secondline.monitor.readings import Window
from secondline.monitor.state import State
from secondline.monitor.watched import Absent
from secondline.monitor.windows import refresh

PARTITIONS = 3


def faulty(count: int = 300, seed: int = 3) -> list[Raw]:
    """Return a log with repeated, contradicting, misplaced, late and unreadable events, in three partitions."""
    rng = random.Random(seed)
    made = decisions(count, seed=seed, versions=("1", "2"))
    late = labels(made, seed=seed)
    twice = [*rng.sample(made, count // 10), *rng.sample(late, len(late) // 10)]
    other = [msgspec.structs.replace(one, score=0.5) for one in rng.sample(made, 6)]
    moved = [msgspec.structs.replace(one, at=(FIRST + rng.randrange(3)) * DAY + 7) for one in rng.sample(made, 8)]
    odd = [msgspec.structs.replace(one, value=1.0 - one.value) for one in rng.sample(late, 5)]
    events: list[Any] = [*made, *late, *twice, *other, *moved, *odd, *moved[:3]]
    rng.shuffle(events)
    lines: dict[tuple[str, int], list[bytes]] = {}
    for event in events:
        topic = DECISIONS if isinstance(event, Decision) else LABELS
        lines.setdefault((topic, rng.randrange(PARTITIONS)), []).append(encode(event))
    for held in lines.values():
        held.insert(rng.randrange(len(held)), b'{"type": "decision", "id": 3}')
    return [Raw(t, p, i, payload) for (t, p), held in lines.items() for i, payload in enumerate(held)]


def fill(state: State, raw: list[Raw], cuts: dict[tuple[str, int], list[int]], order: random.Random) -> None:
    """Take a log in: each partition cut into batches at *cuts*, the partitions interleaved at random."""
    waiting = []
    for (topic, partition), at in cuts.items():
        mine = sorted(one for one in raw if (one.topic, one.partition) == (topic, partition))
        edges = [0, *sorted(at), len(mine)]
        waiting.append([(topic, mine[a:b]) for a, b in pairwise(edges) if a < b])
    while waiting := [queue for queue in waiting if queue]:
        topic, held = order.choice(waiting).pop(0)
        first, partition = held[0].offset, held[0].partition
        batch = Batch(
            partition, first, held[-1].offset + 1, [one.payload for one in held], [one.offset for one in held]
        )
        take_in(state, topic, [batch], {partition: state.offsets(topic).get(partition, 0)})


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Raw], State]:
    """Return a faulty log and a state that took it in at once."""
    raw = faulty()
    state = State.open(fresh(tmp_path_factory.mktemp("batch") / "state"))
    fill(state, raw, {(t, p): [] for t in (DECISIONS, LABELS) for p in range(PARTITIONS)}, random.Random(1))
    refresh(state)
    return raw, state


def test_counts_are_those_of_a_batch_recomputation(batch: tuple[list[Raw], State]) -> None:
    """Rows, labels, repetitions, contradictions and dead letters are what plain Python finds in the raw events."""
    raw, state = batch
    expected, dead = oracle.recomputed(raw)
    assert oracle.counts(state, MODEL) == oracle.without_events(expected)
    assert state.dead_count() == dead
    assert sum(one.contradicted for one in expected.values()) > 5
    assert sum(one.repeated for one in expected.values()) > 20


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_batches_in_any_order_give_the_same_state(
    batch: tuple[list[Raw], State], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """However a log is cut into batches and interleaved, with refreshes and merges between, each cell is equal."""
    raw, whole = batch
    sizes = {(one.topic, one.partition): 0 for one in raw}
    for one in raw:
        sizes[one.topic, one.partition] += 1
    cuts = {key: data.draw(st.lists(st.integers(1, size - 1), max_size=4, unique=True)) for key, size in sizes.items()}
    state = State.open(fresh(tmp_path_factory.mktemp("cut") / "state"))
    state.lenses |= whole.lenses  # planned and compiled once for all examples
    order = random.Random(data.draw(st.integers(0, 1000)))
    middle = data.draw(st.booleans())
    if middle:
        fill(state, raw, {key: at for key, at in cuts.items() if key[1] == 0}, order)
        refresh(state)
        compact(state, MODEL, many=1)
        cuts = {key: at for key, at in cuts.items() if key[1] != 0}
    fill(state, raw, cuts, order)
    refresh(state)
    assert oracle.content(state, MODEL) == oracle.content(whole, MODEL)
    assert state.dead_count() == whole.dead_count()
    window = Window(MODEL, "", FIRST * DAY, (FIRST + 3) * DAY)
    assert measure(state, MODEL, window, FEW) == measure(whole, MODEL, window, FEW)
    state.lenses.clear()
    state.close()


def test_fractions_round_the_same_way(tmp_path: Path) -> None:
    """Of days larger than the engine's vectors, sums of fractions are equal to the last bit however they came about."""
    made = decisions(6000, days=2)
    whole, steps = State.open(fresh(tmp_path / "whole")), State.open(fresh(tmp_path / "steps"))
    take(whole, DECISIONS, made)
    refresh(whole)
    for first in range(0, 6000, 1500):
        take(steps, DECISIONS, made[first : first + 1500][::-1])
        refresh(steps)
    assert oracle.content(steps, MODEL) == oracle.content(whole, MODEL)


def test_cells_add_in_any_order(batch: tuple[list[Raw], State]) -> None:
    """Days and versions add to the same counts whatever the order and the brackets; fractions to rounding."""
    _, state = batch
    saved = [cells.saved(state, mark.cell) for mark in cells.marks(state, MODEL)]
    held = [cell for cell in saved if cell is not None]
    assert len(held) == 6
    straight = reduce(add, held)
    turned = reduce(add, held[::-1])
    paired = (held[0] + held[1]) + (held[2] + held[3]) + (held[4] + held[5])
    assert integers(straight) == integers(turned) == integers(paired)
    assert straight.facts == turned.facts == paired.facts


def integers(cell: Cell) -> dict[str, Any]:
    """Return the whole numbers of a cell: its counts, and the counts of every record."""
    found: dict[str, Any] = {"rows": cell.rows, "labelled": cell.labelled, "tally": dict(cell.tally)}
    for name, record in cell.records.items():
        for level, held in record.items() if isinstance(record, dict) else ((None, record),):
            for part in held.__dataclass_fields__:
                value = getattr(held, part)
                if getattr(value, "dtype", None) == "int64":
                    found[f"{name}/{level}/{part}"] = value.tolist()
    return found


def test_only_what_changed_is_computed_again(tmp_path: Path) -> None:
    """A late label makes its decision's day stale and no other; without news nothing is computed."""
    state = State.open(fresh(tmp_path / "state"))
    made = decisions(60)
    take(state, DECISIONS, made)
    assert refresh(state).cells == 3
    assert refresh(state).cells == 0
    take(state, LABELS, labels(made[:1], share=1.0))
    assert refresh(state).cells == 1
    changed = [mark.day for mark in cells.marks(state, MODEL) if mark.labelled]
    assert changed == [made[0].at // DAY]


def test_a_label_may_come_before_its_decision(tmp_path: Path) -> None:
    """A label that is there first is joined when its decision comes."""
    state = State.open(fresh(tmp_path / "state"))
    made = decisions(20, days=1)
    take(state, LABELS, labels(made, share=1.0))
    refresh(state)
    take(state, DECISIONS, made)
    refresh(state)
    assert [mark.labelled for mark in cells.marks(state, MODEL)] == [20]


def test_an_absent_label_comes_of_age(tmp_path: Path) -> None:
    """Where no label after ten days means none to come, a day is computed again once it is ten days old."""
    state = State.open(tmp_path)
    watching(state, Absent("good", after=10))
    take(state, DECISIONS, decisions(50, days=1))
    refresh(state)
    window = Window(MODEL, "", FIRST * DAY, (FIRST + 1) * DAY)
    young = measure(state, MODEL, window, ["calibration.actual_expected"])[0].measured
    assert young.n == 0
    assert refresh(state, known=(FIRST + 11) * DAY).cells == 1
    old = measure(state, MODEL, window, ["calibration.actual_expected"], known=(FIRST + 11) * DAY)[0].measured
    assert old.n > 40


def test_a_new_description_cuts_anew(tmp_path: Path) -> None:
    """When watching begins again with another rule for absent labels, every cell is computed again."""
    state = State.open(fresh(tmp_path / "state"))
    take(state, DECISIONS, decisions(60))
    assert refresh(state).cells == 3
    watching(state, Absent("unknown"))
    assert refresh(state).cells == 3


def test_merging_parts_changes_nothing(tmp_path: Path) -> None:
    """Merged parts hold every row of the parts they replace, and those go from the disk after a while."""
    state = State.open(fresh(tmp_path / "state"))
    made = decisions(90, days=1)
    for i in range(0, 90, 10):
        take(state, DECISIONS, made[i : i + 20])
    refresh(state)
    before = oracle.content(state, MODEL)
    assert compact(state, MODEL, many=2) == 9
    assert len(state.parts("decision", MODEL)) == 1
    watching(state, Absent("unknown"))
    watching(state)
    refresh(state)
    assert oracle.content(state, MODEL) == before
    assert len(state.sweep(grace=-1)) == 9
    assert len(list(state.folder.glob("*.parquet"))) == 1


def test_records_survive_packing(batch: tuple[list[Raw], State]) -> None:
    """A saved cell read back packs to the same bytes."""
    _, state = batch
    for mark in cells.marks(state, MODEL):
        cell = cells.saved(state, mark.cell)
        assert cell is not None
        again = cells.saved(state, mark.cell)
        assert again is not None
        assert pack(cell.records) == pack(again.records)
