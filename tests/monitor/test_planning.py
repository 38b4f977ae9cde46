"""Planning: the plan proposed fits tier, field of risk, packs and validation, and is one that people can approve."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from govern.house import House
from reports.sample_run import sample_run
from secondline.core.errors import SpecError
from secondline.monitor.planning import propose
from secondline.policy.watching import From, LineRule, frequency_of, level_of, monitoring_method

RUN = sample_run()
MODEL = RUN.plan.spec.model


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house with the model of the sample run, unrated."""
    house = House(tmp_path)
    house.model(MODEL, family="credit")
    return house


def lines(house: House, **more: Any) -> dict[str, Any]:
    """Return the lines proposed, by metric and basis."""
    form = propose(house.ledger, MODEL, **more).form
    return {f"{m['metric']} {m.get('basis', 'known')}": m for m in form["metrics"]}


def test_every_subject_is_watched_and_every_line_acts(house: House) -> None:
    """Performance, usage, inputs and versions, each with a red level, an action, a budget; a lag where labels are."""
    house.ledger.record_plan(RUN.plan, "val")
    house.ledger.record_run(RUN, "val")
    found = lines(house)
    assert {"performance", "usage", "inputs", "external-version"} <= {m["tracks"] for m in found.values()}
    assert all(m.get("red") is not None and m["action"] for m in found.values())
    assert any("overrid" in m["metric"] for m in found.values())
    auc = found["discrimination.auc known"]
    assert (auc["frequency"], auc["lag_days"], auc["direction"]) == ("monthly", 365, "below")
    assert auc["red"] == pytest.approx(auc["baseline"] - 0.05)
    assert auc["stop_use"] < auc["red"] < auc["amber"] < auc["baseline"]
    assert any(m["metric"].startswith("stability.psi:") for m in found.values())


def test_a_proposal_is_drafted_and_approved_as_it_is(house: House) -> None:
    """The form is what the act takes; the second line can approve it."""
    house.ledger.record_plan(RUN.plan, "val")
    house.ledger.record_run(RUN, "val")
    form = dict(propose(house.ledger, MODEL).form)
    plan = house.do("monitoring.drafted", "own", **form)
    house.do("monitoring.approved", "val", plan)
    assert house.get("monitoring", plan)["state"] == "approved"


def test_without_numbers_what_needs_them_is_left_out_and_said(house: House) -> None:
    """No run: lines whose levels are distances are named with the reason; a baseline given brings them back."""
    found = propose(house.ledger, MODEL)
    assert "no run or reading gives one" in found.left_out["discrimination.auc"]
    again = propose(house.ledger, MODEL, baselines={"live.adverse_share": 0.2})
    assert "live.adverse_share" in found.left_out
    line = next(m for m in again.form["metrics"] if m["metric"] == "live.adverse_share")
    assert (line["red"], line["amber"]) == (pytest.approx(0.3), pytest.approx(0.25))


def test_tier_and_field_decide_how_often_and_how_hard(tmp_path: Path) -> None:
    """A fraud model of the highest tier is looked at daily, one of the lowest quarterly with milder acts."""
    house = House(tmp_path)
    house.model("fraud", family="fraud")
    method = monitoring_method()
    worst = propose(house.ledger, "fraud", baselines={"discrimination.auc": 0.9}).form["metrics"]
    assert {m["frequency"] for m in worst if not m["metric"].startswith(("fraud.", "live."))} == {"daily"}
    assert {m["frequency"] for m in worst if m["metric"].startswith("live.")} <= {"daily", "weekly", "monthly"}
    assert any("restrict" in m["action"] for m in worst)
    assert [frequency_of(method, "fraud", tier, None) for tier in (1, 2, 3, 4)] == [
        "daily", "weekly", "monthly", "quarterly"
    ]  # fmt: skip
    assert frequency_of(method, "credit", 4, 1) == "monthly"
    assert frequency_of(method, "credit", 1, 12) == "monthly"


def test_what_cannot_be_proposed_is_refused(house: House) -> None:
    """An unknown model, a run of another model, an unknown method."""
    house.ledger.record_plan(RUN.plan, "val")
    house.ledger.record_run(RUN, "val")
    house.model("other")
    with pytest.raises(SpecError, match="no model 'nobody'"):
        propose(house.ledger, "nobody")
    with pytest.raises(SpecError, match="not of 'other'"):
        propose(house.ledger, "other", run=RUN.id)
    with pytest.raises(SpecError, match="no monitoring method"):
        propose(house.ledger, MODEL, method="1999.1")


def test_levels_are_numbers_or_distances() -> None:
    """A distance without its start is none; both starts at once, and a rule without level or action, are refused."""
    assert level_of(0.2, None, None) == 0.2
    assert level_of(From(baseline=-0.1), 0.8, None) == pytest.approx(0.7)
    assert level_of(From(limit=0.1), None, 0.5) == pytest.approx(0.6)
    assert level_of(From(limit=0.1), 0.5, None) is None
    with pytest.raises(ValueError, match="distance from either"):
        From(baseline=1, limit=1)
    facts: dict[str, Any] = {"metric": "x", "tracks": "usage", "because": "b", "source": "s", "tag": "R"}
    with pytest.raises(ValueError, match="no level"):
        LineRule(**facts, action=dict.fromkeys((1, 2, 3, 4), "look"))
    with pytest.raises(ValueError, match="each tier"):
        LineRule(**facts, red=1.0, action={1: "look"})
