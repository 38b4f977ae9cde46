"""What is not there is told: no fraud, no alerts, nobody in the arm, no money, one class, one account."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from frauds import EXAMPLE, example, operating, records, spec
from make import no_number, number
from secondline.core.estimate import Estimate, Undefined
from secondline.stats.fraud import alerts, budget, control, delay, detection, money, overlap, splits

SPEC = spec()


def changed(**columns: Any) -> Any:
    """Return the records of the example with columns replaced."""
    table = example()
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, [values])
    return records(table)


NONE = [0] * len(EXAMPLE)
OF_FRAUD = (
    detection.detection_rate, detection.account_detection, detection.value_detection, detection.value_saved,
    overlap.rule_overlap,
)  # fmt: skip


@pytest.mark.parametrize("measure", OF_FRAUD)
def test_without_fraud_nothing_was_missed(measure: Any) -> None:
    """Shares of fraud have no number without fraud, and say that it takes some."""
    found = no_number(measure(changed(fraud=NONE)[0], SPEC))
    assert "no fraud" in found.because
    assert found.needed


@pytest.mark.parametrize("measure", OF_FRAUD)
def test_without_alerts_the_share_is_zero_and_not_certain(measure: Any) -> None:
    """No alert finds no fraud: 0, with an upper end above it."""
    found = number(measure(changed(alert=NONE)[0], SPEC))
    assert found.value == 0
    assert found.low == 0
    assert (found.high or 0) > 0.2


def test_other_measures_without_fraud_or_alerts() -> None:
    """Rates of alerts and money stand without fraud; a ratio of false alerts needs a true one."""
    cases, accounts = changed(fraud=NONE)
    assert number(alerts.alert_rate(cases, accounts)).value == pytest.approx(4 / 11)
    assert number(money.loss_bps(cases, accounts, SPEC)).value == 0
    assert number(alerts.insult_rate(cases, accounts, SPEC)).detail["good customers"] == 5
    assert "no alert was fraud" in no_number(alerts.false_positive_ratio(cases, SPEC)).because
    assert no_number(delay.time_to_detect(cases, accounts)).events == 0
    assert isinstance(splits.entity_split(cases, accounts, accounts), Undefined)
    quiet = changed(alert=NONE)
    assert number(alerts.alert_rate(*quiet)).value == 0
    assert "no alert has a known label" in no_number(alerts.false_positive_ratio(quiet[0], SPEC)).because
    assert "median time is not reached" in no_number(delay.time_to_detect(*quiet)).because


def test_one_class_only() -> None:
    """All fraud: no good customer; an insult has nobody to fall on."""
    cases, accounts = changed(fraud=[1] * len(EXAMPLE))
    assert "every customer" in no_number(alerts.insult_rate(cases, accounts, SPEC)).because
    assert number(detection.detection_rate(cases, SPEC)).value == pytest.approx(4 / 11)
    assert number(alerts.false_positive_ratio(cases, SPEC)).value == 0


def test_no_label_is_no_genuine_label() -> None:
    """Alerts without a label are neither true nor false."""
    label: list[Any] = [line[3] for line in EXAMPLE]
    label[5] = None
    found = number(alerts.false_positive_ratio(changed(fraud=label)[0], SPEC))
    assert found.value == pytest.approx(0.5)
    assert found.detail["alerts without a label"] == 1


def test_nobody_in_the_control_arm() -> None:
    """An empty arm tells nothing; an arm without fraud says how many it would take at the rate of all labels."""
    cases, accounts = changed(in_arm=NONE)
    assert no_number(control.control_rate(cases, accounts)).n == 0
    assert no_number(control.control_size(cases, accounts)).n == 0
    clean = [0] * 7 + [1, 0, 1, 1]
    cases, accounts = changed(in_arm=clean)
    found = number(control.control_rate(cases, accounts))
    assert found.value == 0
    assert (found.high or 0) > 0.3
    assert no_number(control.control_size(cases, accounts)).needed == "about 35 transactions in the arm"


def test_amounts_of_zero() -> None:
    """Fraud of no value has no share of value, but a share by count; no volume, no basis points."""
    cases, accounts = changed(amount=[0.0] * len(EXAMPLE))
    assert number(detection.detection_rate(cases, SPEC)).value == pytest.approx(2 / 5)
    assert "no value" in no_number(detection.value_detection(cases, SPEC)).because
    assert "no value" in no_number(overlap.rule_overlap(cases, SPEC)).because
    assert "no value" in no_number(money.loss_bps(cases, accounts, SPEC)).because
    assert number(money.net_benefit(cases, accounts, SPEC)).value == 0


def test_amounts_that_are_missing_are_told() -> None:
    """NaN, infinity and null count as 0 in money, and a warning says how many."""
    amounts: list[Any] = [float(line[2]) for line in EXAMPLE]
    amounts[3], amounts[7], amounts[10] = None, float("nan"), float("inf")
    cases, accounts = changed(amount=amounts)
    found = number(money.loss_bps(cases, accounts, SPEC))
    assert found.detail["volume"] == pytest.approx(800 - 30 - 60 - 120 - 40)
    assert found.warnings == ("3 rows without a finite amount count as 0 in money",)


def test_rows_without_an_account_are_left_out_and_told() -> None:
    """A null account belongs to nobody."""
    cards = [line[0] for line in EXAMPLE[:-1]] + [None]
    found = number(alerts.alert_rate(*changed(card=cards)))
    assert found.value == pytest.approx(4 / 10)
    assert found.warnings == ("1 rows without an account are left out",)


def test_one_account_has_no_spread() -> None:
    """With one account an interval says almost nothing, and a total has none."""
    cases, accounts = records(example(EXAMPLE[:4]))
    found = number(detection.value_detection(cases, SPEC))
    assert (found.high or 0) - (found.low or 0) > 0.7
    assert "two accounts" in no_number(money.net_benefit(cases, accounts, SPEC)).needed


def test_without_a_time_column_order_is_not_known() -> None:
    """What came after an alert cannot be told; the rest can."""
    study = spec(columns={"time": None})
    cases, accounts = records(example(), study)
    assert no_number(detection.value_saved(cases, study)).kind == "not-applicable"
    assert no_number(delay.time_to_detect(cases, accounts)).kind == "not-applicable"
    assert number(detection.value_detection(cases, study)).value == pytest.approx(130 / 440)


def test_the_budget_curve_and_its_edges() -> None:
    """Without rows there is no budget; the declared budget wins; detection by value follows the table."""
    cases, _ = records(example())
    table = operating(example())
    found = number(budget.precision_at_budget(table, cases, spec(without=("alert",), alert_budget=0.4), budget=0.001))
    assert found.detail["budget"] == 0.4
    empty = operating(example(EXAMPLE[:1], fraud=pa.array([None], pa.int8())))
    assert isinstance(budget.precision_at_budget(empty, cases, SPEC), Undefined)
    sums, total = table.riskiest_first(), {"weight": 11.0, "fraud_weight": 5.0, "fraud_value": 440.0}
    assert budget.curve(sums, total) == []
    wide = {name: np.concatenate([[0.5], values]) for name, values in sums.items()}
    assert budget.curve(wide, total)[-1]["by value"] == pytest.approx(0.5 / 440)


def test_ends_hold_the_value() -> None:
    """Whatever the data, a value lies inside its own interval."""
    for measure in OF_FRAUD:
        found = measure(records(example())[0], SPEC)
        assert isinstance(found, Estimate)
        assert (found.low or 0) <= found.value <= (found.high or 0)
