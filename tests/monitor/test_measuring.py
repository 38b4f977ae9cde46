"""Measures of windows are those of a validation: the same checks, from added cells or from rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.streams import DAY, FEW, FIRST, MODEL, decisions, labels, reference, study, take, watching
from secondline import Study
from secondline.core.errors import SpecError, UnknownCheck
from secondline.core.estimate import Estimate, Undefined
from secondline.events.log import DECISIONS, LABELS
from secondline.monitor.cases import cases
from secondline.monitor.measuring import history, measure
from secondline.monitor.readings import Reading, Window
from secondline.monitor.state import State
from secondline.monitor.windows import refresh

WHOLE = Window(MODEL, "", FIRST * DAY, (FIRST + 3) * DAY)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    """Return a state that watches the model and has taken 1,500 decisions and their labels in."""
    opened = State.open(tmp_path_factory.mktemp("state"))
    watching(opened)
    made = decisions(1500)
    take(opened, DECISIONS, made)
    take(opened, LABELS, labels(made))
    refresh(opened)
    return opened


def by_metric(readings: list[Reading]) -> dict[str, float]:
    """Return the values of readings by metric and level."""
    return {
        f"{r.metric} {r.window.level}".strip(): r.measured.value for r in readings if isinstance(r.measured, Estimate)
    }


def test_a_window_is_measured_as_a_validation_measures(state: State) -> None:
    """Every number of the plan over a window is what a validation of the same rows gives, over a hundred of them."""
    window = cases(state, WHOLE, columns=[*reference().column_names, "live_arm"])
    kept = window.filter([arm in {"champion", "control"} for arm in window["live_arm"].to_pylist()])
    spec = study().spec
    again = Study.of(
        {"development": reference(), "window": kept.drop_columns(["live_arm"])}, model=MODEL, version="1",
        score="p_fraud", label="fraud", time="at", entity=["card"], segments=["channel"],
        features=["amount", "channel"],
    )  # fmt: skip
    plan = again.plan()
    run = again.validate(store=None)
    wanted = {}
    for evidence in run:
        if evidence.subject.population == "window" and evidence.outcome.estimate is not None:
            column = f":{evidence.subject.column}" if evidence.subject.column else ""
            wanted[f"{evidence.code}{column} {evidence.subject.level or ''}".strip()] = evidence.outcome.estimate.value
    got = by_metric(measure(state, spec, WHOLE, [planned.code for planned in plan.checks]))
    # What is fitted to halves of a sample depends on the hashes of its rows, and so on how a column is stored.
    shared = {key for key in wanted if not key.startswith(("robustness.", "data.representativeness"))}
    assert len(shared) > 100
    assert shared <= got.keys()
    assert {key: got[key] for key in shared} == pytest.approx({key: wanted[key] for key in shared}, rel=1e-6, abs=1e-9)


def test_added_days_are_the_whole(state: State) -> None:
    """A window of saved days and one that must be computed from rows give the same numbers."""
    saved = measure(state, MODEL, WHOLE, FEW)
    wider = Window(MODEL, "", WHOLE.start - 1, WHOLE.end + 1)
    computed = measure(state, MODEL, wider, FEW)
    assert by_metric(saved) == by_metric(computed)


def test_a_window_is_read_as_it_was_known(state: State) -> None:
    """At an earlier instant fewer events are known, a withdrawn one still counts, and both readings are kept."""
    early = measure(state, MODEL, WHOLE, ["calibration.actual_expected"], known=(FIRST + 2) * DAY)
    late = measure(state, MODEL, WHOLE, ["calibration.actual_expected"])
    assert early[0].measured.events is not None
    assert late[0].measured.events is not None
    assert early[0].measured.events < late[0].measured.events
    assert state.keep([*late, *early]) == 2
    assert state.keep(late) == 0
    (restated,) = history(state, MODEL, "calibration.actual_expected")
    assert [r.known for r in restated.readings] == [early[0].known, late[0].known]
    assert state.readings(MODEL, known=early[0].known) == early


def test_one_level_of_a_segment(state: State) -> None:
    """A window narrowed to a level holds that level's decisions and no other's."""
    levels = [measure(state, MODEL, _level(name), ["discrimination.auc"])[0] for name in ("web", "pos")]
    whole = measure(state, MODEL, WHOLE, ["discrimination.auc", "discrimination.auc_by_segment"])
    assert sum(r.measured.n for r in levels) == whole[0].measured.n
    split = {r.window.level: r.measured for r in whole[1:]}
    assert {r.window.level: r.measured.n for r in levels} == {name: held.n for name, held in split.items()}


def _level(name: str) -> Window:
    return Window(MODEL, "", WHOLE.start, WHOLE.end, "channel", name)


def test_an_empty_window_says_so(state: State) -> None:
    """Where nothing was decided, a measure is undefined with the reason, not zero."""
    (reading,) = measure(state, MODEL, Window(MODEL, "", 0, DAY), ["discrimination.auc"])
    assert isinstance(reading.measured, Undefined)
    assert "no decision" in reading.measured.because


def test_the_artefact_is_not_asked_of_a_window(state: State) -> None:
    """A check of the artefact is answered as not applicable, with why."""
    (reading,) = measure(state, MODEL, WHOLE, ["robustness.noise_curve"])
    assert isinstance(reading.measured, Undefined)
    assert reading.measured.kind == "not-applicable"
    assert "in a validation" in reading.measured.because


def test_wrong_names_are_refused(state: State, tmp_path: Path) -> None:
    """A check that is none and a model that nobody watches are told."""
    with pytest.raises(UnknownCheck, match=r"discrimination\.auc"):
        measure(state, MODEL, WHOLE, ["discrimination.aux"])
    with pytest.raises(SpecError, match="is not watched"):
        measure(State.open(tmp_path), MODEL, WHOLE, FEW)
