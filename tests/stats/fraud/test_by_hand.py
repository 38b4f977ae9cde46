"""The example of tests/frauds.py, every figure worked by hand.

Frauds: A 100, 50 (alerted), 200; B 80 (alerted); D 10: 440 in all, 130 alerted. A is detected at hour 1 and 200 comes
after; B at hour 0 and nothing comes after; D never. Alerts: two true (A, B), two false (B, C). Eleven transactions
worth 800; one, genuine and worth 40 (C), was declined. Good customers: C and E. Recovered: 50 of A's 200.
"""

from __future__ import annotations

import math
from datetime import UTC, timedelta
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from frauds import EXAMPLE, START, example, operating, records, spec
from make import no_number, number
from secondline.core.tables import Cases, FirstLast, Sample, SchemeTable
from secondline.stats import intervals
from secondline.stats.fraud import alerts, budget, control, delay, detection, money, overlap, scheme, serving, splits

CASES, ACCOUNTS = records(example())
SPEC = spec()


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (detection.detection_rate, 2 / 5),
        (detection.account_detection, 2 / 3),
        (detection.value_detection, 130 / 440),
        (detection.value_saved, 200 / 440),
        (alerts.false_positive_ratio, 1.0),
        (overlap.rule_overlap, 50 / 440),
    ],
)
def test_shares_of_fraud(measure: Any, value: float) -> None:
    """Each share is the one counted by hand, inside its interval."""
    found = number(measure(CASES, SPEC))
    assert found.value == pytest.approx(value)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high


def test_saved_from_the_alert_on_counts_the_alerted_frauds_too() -> None:
    """200 after A's alert, and the alerted 50 and 80 themselves: 330 of 440."""
    found = number(detection.value_saved(CASES, spec(saved="from-alert")))
    assert found.value == pytest.approx(330 / 440)
    assert found.detail["lost before"] == pytest.approx(110)


def test_an_alert_before_the_first_fraud_detects_nothing() -> None:
    """A false alert at hour 0 and a fraud at hour 1: the account is not detected and nothing is saved."""
    lines = [("A", 0, 5, 0, 1, 0, 0, 0, None), ("A", 1, 70, 1, 0, 0, 0, 0, None)]
    found = number(detection.value_saved(records(example(lines))[0], SPEC))
    assert found.value == 0
    assert no_number(delay.time_to_detect(*records(example(lines)))).because.startswith("0 of 1")


def test_alerts_and_declines_of_all_transactions() -> None:
    """Four alerts and one decline in eleven; the alerts carry 190 of 800."""
    found = number(alerts.alert_rate(CASES, ACCOUNTS))
    assert found.value == pytest.approx(4 / 11)
    assert found.detail["share of value"] == pytest.approx(190 / 800)
    assert number(alerts.decline_rate(CASES, ACCOUNTS)).value == pytest.approx(1 / 11)


def test_the_ratio_by_account_and_its_definition() -> None:
    """C was alerted without fraud, A and B have an alerted fraud: 0.5 to 1, and the definition is printed."""
    found = number(alerts.false_positive_ratio(CASES, SPEC))
    assert found.detail["by account"] == pytest.approx(0.5)
    assert "not counted" in found.detail["definition"]


def test_insults_by_customer_and_by_transaction() -> None:
    """Of the good customers C and E one was declined; of six genuine transactions one. Without declines: alerts."""
    found = number(alerts.insult_rate(CASES, ACCOUNTS, SPEC))
    assert found.value == pytest.approx(1 / 2)
    assert found.detail["by transaction"] == pytest.approx(1 / 6)
    other = spec(without=("declined",))
    assert number(alerts.insult_rate(*records(example(), other), other)).detail["by transaction"] == pytest.approx(
        2 / 6
    )


def test_net_benefit_and_its_parts() -> None:
    """200 saved less 4 reviews at 2 less 1 genuine decline at 5: 187; halving the loss share takes 100 away."""
    costs = {"review": 2, "friction": 5}
    assert number(money.net_benefit(CASES, ACCOUNTS, spec(costs=costs))).value == pytest.approx(187)
    assert number(money.net_benefit(CASES, ACCOUNTS, spec(costs=costs | {"loss-share": 0.5}))).value == pytest.approx(
        87
    )
    assert "free" in number(money.net_benefit(CASES, ACCOUNTS, SPEC)).warnings[-1]


def test_net_benefit_interval_is_students() -> None:
    """By account 200 - 2, -4, -7, 0, 0 for A to E: the root of five variances times t of four degrees."""
    found = number(money.net_benefit(CASES, ACCOUNTS, spec(costs={"review": 2, "friction": 5})))
    reach = 2.7764451 * math.sqrt(5 * np.var([198, -4, -7, 0, 0], ddof=1))
    assert (found.low, found.high) == pytest.approx((187 - reach, 187 + reach))


def test_loss_in_basis_points() -> None:
    """440 lost less 50 recovered, over 800 less 40 declined: 5,131.6."""
    found = number(money.loss_bps(CASES, ACCOUNTS, SPEC))
    assert found.value == pytest.approx(390 / 760 * 1e4)
    assert found.detail["gross bps"] == pytest.approx(440 / 760 * 1e4)


def test_rules_crossed_with_alerts() -> None:
    """Both: B's 80; alerts only: A's 50; rules only: A's 100; neither: 200 and 10."""
    found = number(overlap.rule_overlap(CASES, SPEC))
    assert [line["value"] for line in found.detail["table"]] == [80, 50, 100, 210]
    assert found.detail["rules over model"] == pytest.approx(100 / 440)


def test_the_control_arm_by_hajek() -> None:
    """Arm: A fraud at 1/4, C and E at 1/2, D at 1: 4 / (4 + 2 + 2 + 1); by value 400 / (400 + 120 + 240 + 90)."""
    found = number(control.control_rate(CASES, ACCOUNTS))
    assert found.value == pytest.approx(4 / 9)
    assert found.detail["by value"] == pytest.approx(400 / 850)
    assert found.detail["value detected in the arm"] == 0
    width = (found.high or 0) - (found.low or 0)
    assert number(control.control_size(CASES, ACCOUNTS)).value == pytest.approx(width / 2 / (4 / 9))


def test_time_to_detect_with_a_censored_account() -> None:
    """B at 0 h, A at 1 h, D never: S is 2/3, then 1/3, so the median is 1 h; three accounts give no upper end."""
    found = no_number(delay.time_to_detect(CASES, ACCOUNTS))
    assert (
        found.because
        == "2 of 3 accounts with fraud were detected in time: the median time is 1.0 hours, without an upper end"
    )
    curve = found.detail["curve"]
    assert [(p["hours"], round(p["detected"], 6)) for p in curve[:2]] == [(0, 0.333333), (1, 0.666667)]
    assert all(p["low"] <= p["detected"] <= p["high"] for p in curve)
    watched = (ACCOUNTS.last - min(CASES.columns["time"][CASES.columns["label"] == 1])) / 3600
    assert curve[-1]["hours"] <= watched
    assert curve[-1]["hours"] > 1
    assert curve[-1]["detected"] == curve[-2]["detected"]
    assert (found.detail["accounts"], found.detail["censored"], found.detail["three quarters"]) == (3, 1, None)


def test_precision_within_a_budget_keeps_ties_out() -> None:
    """Scores 0.9 four times and 0.1 seven times: 40 % of eleven fits the four (2 frauds); 30 % fits none."""
    table = operating(example())
    found = number(budget.precision_at_budget(table, CASES, SPEC, budget=0.4))
    assert found.value == pytest.approx(2 / 4)
    assert (found.n, found.detail["cut"]) == (4, 0.9)
    assert found.low == pytest.approx(intervals.wilson(2, 4).low)
    assert "fewer ties" in no_number(budget.precision_at_budget(table, CASES, SPEC, budget=0.3)).needed


def test_the_scheme_counts_a_disputed_fraud_twice() -> None:
    """900 reported and 800 disputed of 100,000: 1.7 %; a worse month of few events is not judged."""
    counts = [np.array(x, dtype=float) for x in ([1_000, 100_000], [30, 900], [20, 800])]
    found = number(scheme.vamp(SchemeTable(("2026-04", "2026-05"), *counts)))
    assert found.value == pytest.approx(0.017)
    assert (found.detail["month"], found.events) == ("2026-05", 1_700)
    assert (found.low or 0) * 100_000 == pytest.approx(intervals.poisson(1_700).low)
    none = no_number(scheme.vamp(SchemeTable(("2026-04", "2026-05"), *counts), above=1_700))
    assert none.kind == "not-applicable"
    assert "5.00% in 2026-04 with 50 events" in none.because
    assert no_number(scheme.vamp(SchemeTable((), *(np.empty(0),) * 3))).kind == "not-applicable"


def test_accounts_on_both_sides() -> None:
    """With only A in the reference, 350 of 440 lies on accounts seen before; new ones detect 80 of 90, A 50 of 350."""
    _, reference = records(example(EXAMPLE[:4]))
    found = number(splits.entity_split(CASES, ACCOUNTS, reference))
    assert found.value == pytest.approx(350 / 440)
    assert [side["detected"] for side in found.detail["sides"]] == pytest.approx([50 / 350, 80 / 90])
    _, others = records(example([("X", 0, 1, 0, 0, 0, 0, 0, None)]))
    assert number(splits.entity_split(CASES, ACCOUNTS, others)).value == 0


def _rows(hours: list[float], total: int | None = None) -> Sample:
    seconds = np.array([(START + timedelta(hours=h)).replace(tzinfo=UTC).timestamp() for h in hours])
    return Sample(10, total or len(hours), np.arange(len(hours), dtype=np.uint64), {"@time": seconds})


def test_the_split_by_time() -> None:
    """Two of four transactions are not later than the reference; a first one after it makes it exactly 0."""
    times = FirstLast(4, 0, (START + timedelta(hours=0)).isoformat(), (START + timedelta(hours=3)).isoformat())
    last = FirstLast(1, 0, START.isoformat(), (START + timedelta(hours=1)).isoformat())
    found = number(splits.time_split(_rows([0, 1, 2, 3]), times, last))
    assert (found.value, found.low) == (0.5, None)
    assert number(splits.time_split(_rows([0, 1, 2, 3], 400), times, last)).low == pytest.approx(
        intervals.wilson(2, 4).low
    )
    later = FirstLast(4, 0, (START + timedelta(hours=2)).isoformat(), None)
    assert number(splits.time_split(_rows([2, 3], 400), later, last)).value == 0
    assert number(splits.time_split(_rows([2, 3]), later, last, gap=1 / 24)).value == 0.5
    assert no_number(splits.time_split(_rows([2]), later, FirstLast(0, 0, None, None))).kind == "not-applicable"


def test_response_times_by_order_statistics() -> None:
    """The 990th of 1,000 times; ten are too few for an upper end, and what it would take is said."""
    study = spec(serving={"latency": "ms"})
    rows = Sample(2_000, 1_000, np.arange(1_000, dtype=np.uint64), {"ms": np.arange(1.0, 1_001.0)})
    found = number(serving.latency(rows, study))
    assert found.value == 990
    assert (found.low, found.high) == (binom.ppf(0.025, 1_000, 0.99), binom.ppf(0.975, 1_000, 0.99) + 1)
    few = no_number(serving.latency(rows.first(10), study))
    assert few.needed.startswith("about 368")
    assert no_number(serving.latency(Sample(1, 0, np.empty(0, np.uint64), {"ms": np.empty(0)}), study)).n == 0


def test_time_outs_and_fallbacks() -> None:
    """Three of eleven answers came after 50 ms, one of ten known was a fallback; without a time-out nothing is late."""
    ms = [10.0] * 8 + [51.0] * 3
    more = {"ms": ms, "fell": [1.0] + [0.0] * 9 + [None]}
    study = spec(serving={"latency": "ms", "timeout": 50, "fallback": "fell"})
    _, accounts = records(example(**more), study)
    assert number(serving.timeouts(accounts, study)).value == pytest.approx(3 / 11)
    assert number(serving.fallback(accounts)).value == pytest.approx(1 / 10)
    assert no_number(serving.timeouts(ACCOUNTS, SPEC)).kind == "not-applicable"
    assert no_number(serving.fallback(ACCOUNTS)).n == 0


def test_cases_come_in_one_order() -> None:
    """The same transactions in another order are the same record."""
    again, _ = records(example(EXAMPLE[::-1]))
    assert again == CASES
    assert isinstance(again, Cases)
