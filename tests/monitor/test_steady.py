"""Steady: windows are proposed as long as an input's own variation asks for, measured on the reference itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from govern.house import House
from secondline import Study
from secondline.govern.records.filing import Metric
from secondline.monitor.planning import propose
from secondline.monitor.state import State
from secondline.monitor.steady import Days, days_of, fitting, own
from secondline.monitor.watched import Watched, watch
from secondline.policy.watching import Frequency

MODEL, LENGTH, EACH = "card-fraud", 84, 400
FEATURES = ("weekday", "hour", "month", "amount", "channel", "patchy")


def reference(days: int = LENGTH, each: int = EACH, *, times: bool = True) -> pa.Table:
    """Return rows of some weeks: one input tells the weekday, one the month; the others are alike on all days."""
    rng = np.random.default_rng(3)
    day = np.repeat(np.arange(days), each)
    n = len(day)
    amount = rng.lognormal(3, 1, n)
    amount[::50] = np.nan
    score = rng.beta(1, 9, n)
    found: dict[str, Any] = {
        "weekday": (day % 7).astype(float), "hour": rng.integers(0, 24, n), "month": (day // 28).astype(float),
        "amount": amount, "channel": np.where(day % 7 < 5, "web", "pos"),
        "patchy": pa.array(rng.normal(size=n), mask=rng.random(n) < 0.3), "p": score, "fraud": rng.random(n) < score,
    }  # fmt: skip
    at = (1_700_000_000 // 86_400 + day) * 86_400 + rng.integers(0, 86_400, n)
    return pa.table(found | ({"at": pa.array(at.astype("datetime64[s]"))} if times else {}))


def watching(folder: Path, table: pa.Table) -> tuple[State, Watched]:
    """Return a state that watches a model by a reference."""
    more: dict[str, Any] = {"time": "at"} if "at" in table.column_names else {}
    study = Study.of({"development": table}, model=MODEL, version="1", score="p", label="fraud",
                     features=list(FEATURES), **more)  # fmt: skip
    state = State.open(folder)
    return state, watch(state, study.spec, Path(), given={"development": table})


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    """The reference by day."""
    found = days_of(*watching(tmp_path_factory.mktemp("days"), reference()))
    assert found is not None
    return found


def line(column: str, frequency: Frequency = "daily", **more: Any) -> Metric:
    """Return a line on a column, or on the score."""
    metric = f"stability.psi:{column}" if column else "stability.score_psi"
    return Metric(metric=metric, frequency=frequency, **{"amber": 0.1, **more})


def test_rows_are_counted_by_day_and_bin(days: Days) -> None:
    """Each day has its rows, missing and strange values are bins of their own, and a weekday has one bin a day."""
    assert set(days.counts) == {"@score", *FEATURES}
    assert all((held.sum(axis=1) == EACH).all() for held in days.counts.values())
    assert ((days.counts["weekday"] > 0).sum(axis=1) == 1).all()
    patchy = days.counts["patchy"][:, days.labels["patchy"].index("(missing)")].sum() / (LENGTH * EACH)
    assert patchy == pytest.approx(0.3, abs=0.02)
    assert days.counts["amount"][:, days.labels["amount"].index("(not a number)")].sum() == LENGTH * EACH / 50
    assert days.counts["channel"][0, days.labels["channel"].index("web")] == EACH


def test_what_differs_by_day_is_looked_at_by_week(days: Days) -> None:
    """Every daily window of a weekday lies beyond, no weekly one; so with a channel of weekends. The rest stay so."""
    for column in ("weekday", "channel"):
        fit = fitting(days, line(column), 0.05)
        assert fit.frequency == "weekly"
        assert f"of the {LENGTH} daily windows of the reference itself lie beyond 0.1" in fit.says
    assert own(days, "weekday", 1, 0.1) == (LENGTH, LENGTH)
    assert own(days, "weekday", 7, 0.1) == (LENGTH // 7, 0)
    for column in ("", "hour", "amount", "patchy"):
        assert fitting(days, line(column), 0.05).frequency == "daily"
        assert not fitting(days, line(column), 0.05).says
    assert fitting(days, line("weekday", "monthly"), 0.05).frequency == "monthly"
    assert fitting(days, line("weekday", amber=None, red=100.0), 0.05).frequency == "daily"


def test_what_no_length_steadies_is_left_out(days: Days) -> None:
    """A month's number differs in daily, weekly and monthly windows, and there are no two quarters to try."""
    fit = fitting(days, line("month"), 0.05)
    assert fit.frequency is None
    assert "no two longer ones" in fit.says
    assert fitting(days, line("month"), 0.999).frequency is None
    short = Days({"month": days.counts["month"][:40]}, days.labels)
    untried = fitting(short, line("month", "monthly"), 0.05)
    assert (untried.frequency, "too short" in untried.says) == ("monthly", True)


def test_noise_of_few_rows_is_no_variation(tmp_path: Path) -> None:
    """With thirty rows a day the index itself is beyond 0.1 on most days, and no window is called unsteady for it."""
    found = days_of(*watching(tmp_path, reference(28, 30)))
    assert found is not None
    assert fitting(found, line("amount"), 0.05).frequency == "daily"
    assert fitting(found, line("weekday"), 0.05).frequency == "weekly"


def test_without_times_nothing_is_known(tmp_path: Path) -> None:
    """A reference whose rows have no time has no days."""
    assert days_of(*watching(tmp_path, reference(3, 50, times=False))) is None


def test_the_plan_follows(tmp_path: Path, days: Days) -> None:
    """Of a daily plan: the weekday weekly, with its looks and the reason; the month left out, with its own."""
    house = House(tmp_path)
    house.model(MODEL, family="fraud")
    found = propose(house.ledger, MODEL, days=days)
    lines = {m["metric"]: m for m in found.form["metrics"]}
    assert (lines["stability.psi:weekday"]["frequency"], lines["stability.psi:weekday"]["looks"]) == ("weekly", 52)
    assert (lines["stability.psi:amount"]["frequency"], lines["stability.psi:amount"]["looks"]) == ("daily", 365)
    assert "looked at weekly" in found.because["stability.psi weekday"]
    assert "stability.psi:month" not in lines
    assert "lie beyond 0.1" in found.left_out["stability.psi month"]
    assert sum(m.get("budget", 0) for m in found.form["metrics"] if "budget" in m) == pytest.approx(0.1)
    assert propose(house.ledger, MODEL).left_out.keys() == found.left_out.keys() - {"stability.psi month"}
