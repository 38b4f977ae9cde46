"""The records of fraud as the engine makes them: alerts by threshold and budget, refusals, a scheme's months."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from frauds import EXAMPLE, START, drawn, example, operating, records, spec
from portfolios import collected
from secondline.core import needs
from secondline.core.errors import DataError, MissingColumn, SpecError
from secondline.frames.reductions import fraud, scores


def put(table: pa.Table, name: str, values: Any) -> pa.Table:
    """Return the table with one column replaced."""
    return table.set_column(table.column_names.index(name), name, [values])


def alerted(table: pa.Table, **declared: Any) -> int:
    """Return how many transactions are alerted."""
    cases, _ = records(table, spec(without=("alert",), **declared))
    return int(cases["alert"].sum())


def test_a_threshold_alerts_at_and_beyond_it() -> None:
    """Scores of 0.1 to 1.0: 0.8 is alerted by a threshold of 0.8; with the other direction 0.3 by one of 0.3."""
    table = put(example(EXAMPLE[:10]), "p", (np.arange(1, 11) / 10).tolist())
    assert alerted(table, threshold=0.8) == 3
    lower = spec(without=("alert",), threshold=0.3, columns={"score": {"column": "p", "direction": "lower-is-riskier"}})
    assert records(table, lower)[0]["alert"].sum() == 3


@pytest.mark.parametrize(("budget", "count"), [(0.05, 0), (0.1, 1), (0.19, 1), (0.2, 2), (0.5, 5)])
def test_a_budget_alerts_no_more_than_its_share(budget: float, count: int) -> None:
    """Of ten distinct scores a budget alerts as many as fit."""
    table = put(example(EXAMPLE[:10]), "p", (np.arange(1, 11) / 10).tolist())
    assert alerted(table, alert_budget=budget) == count


def test_a_budget_leaves_ties_out() -> None:
    """Three share the highest score: a budget of two in ten alerts nobody, one of three alerts them."""
    table = put(example(EXAMPLE[:10]), "p", [0.1] * 7 + [0.9] * 3)
    assert alerted(table, alert_budget=0.2) == 0
    assert alerted(table, alert_budget=0.3) == 3


def test_a_missing_score_is_no_alert() -> None:
    """NaN and null scores raise no alert by threshold or budget."""
    table = put(example(EXAMPLE[:10]), "p", [float("nan"), None, *[0.5] * 7, 0.9])
    assert alerted(table, threshold=0.6) == 1
    assert alerted(table, alert_budget=0.2) == 1


@pytest.mark.parametrize("weighted", [False, True])
def test_money_by_score_equals_the_sums_of_rows(weighted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact and on a grid, every sum of the operating table is that of the rows; halves add to the whole."""
    table = drawn(1)
    study = spec(columns={"weight": "w"} if weighted else {})
    p, y, a, w = (np.asarray(table[name], dtype=float) for name in ("p", "fraud", "amount", "w"))
    w = w if weighted else np.ones(len(w))
    exact = operating(table, study)
    for key, value, bad in zip(exact.key, exact.value, exact.fraud_weight, strict=True):
        assert value == pytest.approx((w * a)[p == key].sum())
        assert bad == pytest.approx((w * y)[p == key].sum())
    halves = operating(table.slice(0, 250), study) + operating(table.slice(250), study)
    assert halves.key.tolist() == exact.key.tolist()
    np.testing.assert_allclose(halves.fraud_value, exact.fraud_value)
    monkeypatch.setattr(scores, "EXACT_LIMIT", 10)
    monkeypatch.setattr(scores, "CELLS", 16)
    grid = operating(table, study)
    assert 0 < len(grid.key) <= 20
    assert grid.fraud_value.sum() == pytest.approx((w * a * y).sum())
    with pytest.raises(ValueError, match="do not add"):
        _ = grid + exact


def test_months_of_the_scheme() -> None:
    """Flags are counted by calendar month, nulls as unset, and months add."""
    at = [START + timedelta(days=d) for d in range(0, 110, 10)]
    flags = {"cnp": [1] * 10 + [None], "tc40": [1, 0] * 5 + [0], "tc15": [0, 0, 1] + [0] * 7 + [1]}
    table = put(example(**flags), "at", at)
    study = spec(scheme={"settled": "cnp", "reported": "tc40", "disputed": "tc15"})

    def months(some: pa.Table) -> Any:
        return collected(study, {"now": some}, needs.SchemeMonths()).record(("now", needs.SchemeMonths()))

    found = months(table)
    assert found.months == ("2026-01", "2026-02", "2026-03", "2026-04")
    assert found.settled.tolist() == [3, 3, 3, 1]
    assert found.reported.tolist() == [2, 1, 2, 0]
    assert found.disputed.tolist() == [1, 0, 0, 1]
    assert months(table.slice(0, 5)) + months(table.slice(5)) == found


def test_a_sample_of_accounts_is_the_same_for_both_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit a share of the accounts is kept, whole, and the reader is told."""
    from secondline.stats.fraud import alerts

    table = drawn(2)
    whole, every = records(table)
    monkeypatch.setattr(fraud, "ROWS_KEPT", 300)
    cases, accounts = records(table)
    assert 0.2 < len(accounts.keys) / len(every.keys) < 0.8
    assert set(cases.keys.tolist()) <= set(accounts.keys.tolist())
    kept = np.isin(whole.keys, accounts.keys)
    assert whole.where(kept).columns["amount"].tolist() == cases["amount"].tolist()
    measured = alerts.alert_rate(cases, accounts)
    assert "chosen by hash" in measured.warnings[0]  # type: ignore[union-attr]
    assert (accounts + every).keys.tolist() == accounts.keys.tolist()


def test_customers_may_hold_several_accounts() -> None:
    """Where a customer column is named the two entities differ; else one query serves both."""
    table = example(who=["x" if line[0] in "AB" else line[0] for line in EXAMPLE])
    both = (needs.Accounts(), needs.Accounts(entity="customer"))
    found = collected(spec(customer="who"), {"now": table}, *both)
    assert [len(found.record(("now", need)).keys) for need in both] == [5, 4]
    alone = collected(spec(), {"now": table}, *both)
    assert [len(alone.record(("now", need)).keys) for need in both] == [5, 5]
    assert sum(query.purpose == "accounts" for query in alone.queries) == 1


def test_answers_with_accounts_are_not_kept() -> None:
    """Rows and keys of persons stay out of the records of a run."""
    found = collected(spec(), {"now": example()}, needs.Cases(), needs.Accounts())
    assert {q.purpose: bool(q.answer) for q in found.queries if q.purpose in {"cases", "accounts"}} == {
        "cases": False,
        "accounts": False,
    }


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        ("amount", [-1.0] + [5.0] * 10, "the amount 'amount' is negative in some rows"),
        ("chance", [0.0] + [0.5] * 10, "have no chance in"),
        ("chance", [1.5] + [0.5] * 10, "have no chance in"),
        ("amount", ["much"] * 11, "must be a number"),
        ("alert", ["yes"] * 11, "must be a number"),
    ],
)
def test_bad_values_are_refused(column: str, values: Any, says: str) -> None:
    """A negative amount, an impossible chance and a text are refused, with the column named."""
    table = put(put(example(), "in_arm", [1] * 11), column, values)
    with pytest.raises(DataError, match=says):
        records(table)


def test_times_must_be_times() -> None:
    """A number where a time is named is refused."""
    with pytest.raises(DataError, match="must be a date or a timestamp"):
        records(example(), spec(known_at="amount"))


def test_columns_must_exist() -> None:
    """A column that the data lack is named with its role, before a row is read."""
    with pytest.raises(MissingColumn, match="fraud recovered"):
        records(example(), spec(recovered="recoverd"))


def test_a_study_without_fraud_has_no_such_records() -> None:
    """Asked of a study that declares no fraud, the reduction says what is missing."""
    study = spec().model_copy(update={"fraud": None})
    with pytest.raises(SpecError, match="no `fraud` part"):
        records(example(), study)
