"""Studies that ask for challengers: fitted once on the reference, judged elsewhere, never reading what they may not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from challenged import TWO, study, table
from secondline.core.estimate import Undefined
from secondline.core.outcome import Errored, Failed, Inconclusive, NotApplicable, Passed
from secondline.measures import challenge
from secondline.models import challengers
from secondline.workflow.replicate import compare, replicate


def outcomes(run: Any, code: str) -> dict[tuple[str, str | None], Any]:
    return {(e.subject.population, e.subject.column): e.outcome for e in run.find(code)}


def test_challengers_are_compared_where_they_were_not_fitted(tmp_path: Path) -> None:
    """The true model leads both; every check answers for each challenger, of the current population alone."""
    run = study(tmp_path).validate(store=None)
    found = outcomes(run, "challenge.auc")
    assert set(found) == {("now", "simple"), ("now", "line")}
    assert all(isinstance(outcome, Passed) for outcome in found.values())
    assert found["now", "line"].estimate.detail["model"]["rows"] == 2_500
    for code in ("brier", "log_loss", "noninferiority", "agreement", "swap_sets", "value"):
        numbers = [outcome.estimate for outcome in outcomes(run, f"challenge.{code}").values()]
        assert len(numbers) == 2
        assert all(number is not None for number in numbers), code
    gain = outcomes(run, "challenge.complexity_gain")["now", None]
    assert "not opened" in gain.estimate.warnings[0]


def test_a_blunt_champion_is_beaten(tmp_path: Path) -> None:
    """A champion that blurs the truth loses to a plain regression: failed, and no complexity is paid for."""
    run = study(tmp_path, blunt=3.0).validate(store=None)
    assert isinstance(outcomes(run, "challenge.auc")["now", "line"], Failed)
    assert isinstance(outcomes(run, "challenge.complexity_gain")["now", None], Failed)
    verdict = outcomes(run, "challenge.noninferiority")["now", "line"].estimate.detail["verdict"]
    assert verdict.startswith("the challenger ranks better than the champion")


def test_a_run_with_challengers_replicates(tmp_path: Path) -> None:
    """Every number and digest of a second run is that of the first."""
    kinds = {**TWO, "curves": {"kind": "ebm", "settings": {"bags": 1}}, "trees": "boosting"}
    asked = study(tmp_path, challengers=kinds)
    run = asked.validate(store=None).run
    assert replicate(run, tmp_path).agrees
    again = asked.validate(store=None).run
    assert compare(run, again).agrees
    assert [e.statistics for e in run.evidence] == [e.statistics for e in again.evidence]


def test_fits_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight checks of two populations rest on one fit of each challenger."""
    kinds: list[str] = []
    whole = challengers.fit

    def counted(kind: str, *given: Any, **more: Any) -> Any:
        kinds.append(kind)
        return whole(kind, *given, **more)

    monkeypatch.setattr(challengers, "fit", counted)
    three = {name: {"data": f"{name}.parquet"} for name in ("dev", "now", "later")}
    pq.write_table(table(3), tmp_path / "later.parquet")
    run = study(tmp_path, populations=three).validate(store=None)
    assert kinds == ["scorecard", "logistic"]
    assert set(outcomes(run, "challenge.auc")) == {(p, c) for p in ("now", "later") for c in ("simple", "line")}


def test_what_may_not_be_read_is_not(tmp_path: Path) -> None:
    """A protected attribute that tells the outcome is no feature, and asking for it is an error that names it."""
    excluded = {"kind": "logistic", "features": ["debt", "sex"]}
    run = study(tmp_path, challengers={"line": "logistic", "odd": excluded}).validate(store=None)
    found = outcomes(run, "challenge.auc")
    assert found["now", "line"].estimate.detail["model"]["inputs"] == ["debt", "income"]
    assert isinstance(found["now", "odd"], Errored)
    assert "may not read 'sex'" in found["now", "odd"].because
    gain = outcomes(run, "challenge.complexity_gain")["now", None].estimate
    assert any("'odd' could not be fitted" in warning for warning in gain.warnings)


def test_without_challengers_nothing_is_fitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every check of the family is answered with what to write."""
    monkeypatch.setattr(challengers, "fit", lambda *_, **__: pytest.fail("a challenger was fitted"))
    run = study(tmp_path, challengers={}).validate(store=None).run
    assert len(run.evidence) == 8
    assert all(isinstance(e.outcome, NotApplicable) for e in run.evidence)
    assert all("`challengers: [scorecard, logistic]`" in e.outcome.because for e in run.evidence)


def test_one_population_has_nothing_to_compare(tmp_path: Path) -> None:
    """Fitted on all there is, a challenger could only be judged on its own rows."""
    run = study(tmp_path, populations={"dev": {"data": "dev.parquet"}}).validate(store=None).run
    assert {e.outcome.because for e in run.evidence} == {"there is only one population, so there is nothing to compare"}


def test_money_and_a_rule_are_asked_for(tmp_path: Path) -> None:
    """Without them the two checks that need them say what to write; a stated rate stands in for the rule."""
    run = study(tmp_path, money=None, decision=None).validate(store=None)
    assert "`money: {loss-given-default" in outcomes(run, "challenge.value")["now", "line"].because
    assert "`decision`" in outcomes(run, "challenge.swap_sets")["now", "line"].because
    rate = {"challenge.swap_sets": {"rate": 0.5}, "challenge.noninferiority": {"margin": 0.2}}
    run = study(tmp_path, decision=None, parameters=rate).validate(store=None)
    assert outcomes(run, "challenge.swap_sets")["now", "line"].estimate.detail["approval rate"] == 0.5
    assert outcomes(run, "challenge.noninferiority")["now", "line"].estimate.detail["margin"] == 0.2


def test_too_few_events_to_fit_on_leave_all_undecided(tmp_path: Path) -> None:
    """Forty-nine events of the reference are too few, and the answer says what is needed."""
    frame = table(1)
    few = np.zeros(2_500, dtype=np.int8)
    few[:49] = 1
    asked = study(tmp_path)
    at = frame.schema.get_field_index("bad")
    pq.write_table(frame.set_column(at, "bad", pa.array(few)), tmp_path / "dev.parquet")
    outcome = outcomes(asked.validate(store=None), "challenge.auc")["now", "line"]
    assert isinstance(outcome, Inconclusive)
    assert outcome.needed == "50 of each class"


def test_the_champions_size_stands_beside_the_challengers(tmp_path: Path) -> None:
    """An opened champion decides what challengers read; one that is itself a table of coefficients is no complexity."""
    (tmp_path / "m.json").write_text(json.dumps({"intercept": -1.2, "coefficients": {"debt": 1.3}}))
    run = study(tmp_path, artefact="m.json").validate(store=None)
    gain = outcomes(run, "challenge.complexity_gain")["now", None]
    assert isinstance(gain, NotApplicable)
    assert "itself a readable model" in gain.because
    assert outcomes(run, "challenge.auc")["now", "line"].estimate.detail["model"]["inputs"] == ["debt"]


def test_a_named_but_unopened_artefact_is_no_obstacle(tmp_path: Path) -> None:
    """`open: false` leaves the study's own features to the challengers."""
    run = study(tmp_path, artefact={"path": "m.bin", "open": False}).validate(store=None)
    assert outcomes(run, "challenge.auc")["now", "line"].estimate.detail["model"]["inputs"] == ["debt", "income"]


def test_nothing_made_is_passed_on() -> None:
    """Where nothing could be fitted, nothing is scored."""
    why = Undefined(because="too few")
    assert challenge.score_all(None, why) is why  # type: ignore[arg-type]  # the rows are not looked at
