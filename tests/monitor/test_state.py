"""State: what is committed is there, what is not is not, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor import oracle
from monitor.streams import DAY, FEW, FIRST, MODEL, decisions, fresh, labels, take, watching
from monitor.test_windows import faulty, fill
from secondline.core.errors import Conflict, DataError, LedgerError, SpecError
from secondline.core.estimate import Estimate, Undefined
from secondline.events.log import DECISIONS, LABELS
from secondline.ledger.sql import run
from secondline.monitor import manifest, parts
from secondline.monitor.compact import compact
from secondline.monitor.manifest import Dead, Taken
from secondline.monitor.measuring import measure
from secondline.monitor.parts import Placed
from secondline.monitor.readings import Reading, Window
from secondline.monitor.state import State
from secondline.monitor.windows import refresh

WINDOW = Window(MODEL, "1", 0, DAY)


def reading(known: int, value: float = 0.8) -> Reading:
    """Return a reading of a window."""
    return Reading(WINDOW, "discrimination.auc", Estimate(value=value, low=0.7, high=0.9, n=100), "known", known, 0.5)


def test_both_databases_hold_the_same(state: State, tmp_path: Path) -> None:
    """A faulty log gives the same cells, dead letters and readings whichever database holds the facts."""
    raw = faulty(200)
    keys = {(one.topic, one.partition) for one in raw}
    watching(state)
    fill(state, raw, {key: [20] for key in keys}, random.Random(3))
    refresh(state)
    other = State.open(fresh(tmp_path / "other"))
    fill(other, raw, {key: [] for key in keys}, random.Random(4))
    refresh(other)
    assert oracle.content(state, MODEL) == oracle.content(other, MODEL)
    assert [(d.topic, d.partition, d.place, d.reason, d.payload) for d in state.dead()] == [
        (d.topic, d.partition, d.place, d.reason, d.payload) for d in other.dead()
    ]
    window = Window(MODEL, "", FIRST * DAY, (FIRST + 3) * DAY)
    readings = measure(state, MODEL, window, FEW)
    assert readings == measure(other, MODEL, window, FEW)
    assert state.keep(readings) == len(readings)
    assert state.readings(MODEL) == readings


def test_readings_are_added_and_never_changed(state: State) -> None:
    """A later reading of a window stands beside the earlier; the same reading is kept once; reasons survive."""
    none = Reading(WINDOW, "stability.psi", Undefined(because="too few", needed="100 cases"), "known", 7)
    assert state.keep([reading(5), none]) == 2
    assert state.keep([reading(5), reading(9, 0.7)]) == 1
    assert state.readings(MODEL, "discrimination.auc") == [reading(5), reading(9, 0.7)]
    assert state.readings(MODEL, known=7) == [reading(5), none]
    assert state.readings(MODEL, window=WINDOW) == [reading(5), none, reading(9, 0.7)]
    assert state.readings("another") == []


def test_a_moved_offset_is_not_moved_again(state: State) -> None:
    """Who commits from an offset that another has moved on takes nothing in: no part, no dead letter, no offset."""
    take(state, DECISIONS, decisions(5))
    late = parts.write(state.folder, [Placed(decisions(1, seed=9)[0], DECISIONS, 0, 0)])
    with pytest.raises(Conflict, match="another consumer"):
        state.commit(Taken({(DECISIONS, 0): (0, 1)}, late, [Dead(DECISIONS, 0, 0, "bad")]))
    assert state.offsets(DECISIONS) == {0: 5}
    assert state.dead_count() == 0
    assert late[0].file not in {part.file for part in state.parts("decision")}


def test_a_part_that_is_gone_is_not_listed(state: State) -> None:
    """A part whose file was removed before the commit makes the commit fail whole."""
    written = parts.write(state.folder, [Placed(decisions(1)[0], DECISIONS, 0, 0)])
    (state.folder / written[0].file).unlink()
    with pytest.raises(DataError, match="nothing was taken in"):
        state.commit(Taken({(DECISIONS, 0): (0, 1)}, written))
    assert state.offsets(DECISIONS) == {}


def test_orphans_are_swept_and_young_files_left(state: State) -> None:
    """A file that no list names goes once it is old; one that may still be committed stays."""
    take(state, DECISIONS, decisions(3))
    (orphan,) = parts.write(state.folder, [Placed(decisions(1, seed=8)[0], DECISIONS, 0, 9)])
    assert state.sweep() == []
    assert state.sweep(grace=-1) == [orphan.file]
    assert len(list(state.folder.glob("*.parquet"))) == len(state.parts("decision"))


def test_merging_gives_way_to_another_merge(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two processes that merge the same parts one wins, and the other leaves nothing behind."""
    for i in range(4):
        take(state, DECISIONS, decisions(4, seed=i, days=1))
    refresh(state)
    replace: Callable[..., Any] = manifest.replace

    def late(connection: Any, old: Any, new: Any) -> None:
        run(connection, "UPDATE monitor_parts SET retired = 5 WHERE file = ?", (old[0].file,))
        replace(connection, old, new)

    monkeypatch.setattr(manifest, "replace", late)
    assert compact(state, MODEL, many=2) == 0
    assert len(state.parts("decision")) == 4
    assert len(list(state.folder.glob("*.parquet"))) == 4


def test_what_a_state_is_not(tmp_path: Path, state: State) -> None:
    """A URL without a folder of parts, another kind of database and another version are refused in plain words."""
    with pytest.raises(SpecError, match="add \\?parts=/folder"):
        State.open("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(LedgerError, match="must be a URL such as"):
        State.open("mysql://somewhere/db", parts=tmp_path)
    with state.writing() as connection:
        run(connection, "UPDATE monitor_meta SET value = '99' WHERE name = 'version'")
    with pytest.raises(LedgerError, match="is of version 99"):
        type(state.database)(tmp_path / "state" / "monitor.sqlite" if state.database.serial else _url(state))


def _url(state: State) -> str:
    return state.database.engine.url.render_as_string(hide_password=False)


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    """A file that is no database ends in one sentence."""
    (tmp_path / "monitor.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(LedgerError, match="cannot be used"):
        State.open(tmp_path)


def test_latest_and_models(state: State) -> None:
    """The latest instant is that of the latest event or knowledge; models are those decided on."""
    assert state.latest(MODEL) == 0
    made = decisions(10)
    late = labels(made, share=1.0)
    take(state, DECISIONS, made)
    take(state, LABELS, late)
    assert state.latest(MODEL) == max(one.known for one in late)
    assert state.models() == [MODEL]
