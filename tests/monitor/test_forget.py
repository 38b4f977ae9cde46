"""Forget: cases of days long past go, readings stay, and no window is measured on what happens to be left."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.streams import DAY, FEW, FIRST, MODEL, decisions, fresh, labels, take
from secondline.core.errors import DataError
from secondline.events.log import DECISIONS, LABELS
from secondline.monitor.cells import marks
from secondline.monitor.measuring import measure
from secondline.monitor.readings import Window
from secondline.monitor.state import State
from secondline.monitor.windows import refresh

LATER = Window(MODEL, "", (FIRST + 1) * DAY, (FIRST + 3) * DAY)
WHOLE = Window(MODEL, "", FIRST * DAY, (FIRST + 3) * DAY)


@pytest.fixture
def full(tmp_path: Path) -> State:
    """A state with three days of decisions and their labels."""
    state = State.open(fresh(tmp_path / "state"))
    events = decisions(300)
    take(state, DECISIONS, events)
    take(state, LABELS, labels(events))
    refresh(state)
    return state


def test_a_forgotten_day_is_gone_and_the_others_are_as_they_were(full: State) -> None:
    """Its files go with the sweep, the other days measure the same, and readings made of it are still there."""
    readings = measure(full, MODEL, WHOLE, FEW)
    full.keep(readings)
    before, files = measure(full, MODEL, LATER, FEW), set(full.folder.glob("decision-*"))
    told = full.forget(MODEL, before=FIRST + 1, only_look=True)
    assert len(marks(full, MODEL)) == 3
    gone = full.forget(MODEL, before=FIRST + 1)
    assert gone == told
    assert (gone.days, gone.parts) == (1, 1)
    full.sweep(grace=-1)
    assert len(files - set(full.folder.glob("decision-*"))) == 1
    assert [mark.day for mark in marks(full, MODEL)] == [FIRST + 1, FIRST + 2]
    refresh(full)
    assert measure(full, MODEL, LATER, FEW) == before
    assert full.readings(MODEL) == readings


def test_a_window_that_reaches_back_is_refused(full: State) -> None:
    """Rather than measured on a part of its days; the day from which on it can be is told."""
    full.forget(MODEL, before=FIRST + 1)
    full.forget(MODEL, before=FIRST)
    with pytest.raises(DataError, match=r"before 2024-10-05 were forgotten; a window can begin on that day"):
        measure(full, MODEL, WHOLE, FEW)


def test_what_comes_late_of_a_forgotten_day_is_seen_in_no_window(full: State) -> None:
    """It is taken in, changes nothing, and goes when forgetting is next done."""
    full.forget(MODEL, before=FIRST + 1)
    before = measure(full, MODEL, LATER, FEW)
    take(full, DECISIONS, decisions(40, seed=9, days=1))
    refresh(full)
    assert [mark.day for mark in marks(full, MODEL)] == [FIRST + 1, FIRST + 2]
    assert measure(full, MODEL, LATER, FEW) == before
    assert full.forget(MODEL, before=FIRST + 1).rows == 40


def test_what_was_not_audited_stays(full: State) -> None:
    """Events that came after the last refresh are looked at for repetitions before they may go."""
    take(full, DECISIONS, decisions(50, seed=9, days=1))
    assert full.forget(MODEL, before=FIRST + 3).rows < 350 + len(labels(decisions(300)))
    assert sum(part.rows for part in full.parts("decision")) == 50
    refresh(full)
    assert full.forget(MODEL, before=FIRST + 3).rows == 50
    assert full.parts("decision") == []


def test_labels_of_later_knowledge_stay(full: State) -> None:
    """A part of labels that became known after the day may be about a case that is kept."""
    held = [part.file for part in full.parts("label")]
    full.forget(MODEL, before=FIRST + 1)
    assert [part.file for part in full.parts("label")] == held
