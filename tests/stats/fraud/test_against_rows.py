"""Every share is what a loop over the rows gives, intervals cover, and the records keep their promises."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frauds import drawn, records, spec
from make import number
from secondline.core.tables import AccountSums, Cases
from secondline.core.tables.cases import SUMS, VALUES
from secondline.stats import intervals
from secondline.stats.clusters import ratio, share_interval
from secondline.stats.fraud import alerts, control, delay, detection, money, overlap


def walked(rows: list[dict[str, Any]], weighted: bool) -> dict[str, float]:
    """Return the measures by walking the rows of each account in time."""
    of: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: r["at"]):
        of[row["card"]].append(row | {"w": row["w"] if weighted else 1.0})
    t: dict[str, float] = defaultdict(float)
    for mine in of.values():
        begun = found = None
        for row in mine:
            begun = begun or (row["at"] if row["fraud"] else None)
            if row["alert"] and begun and found is None:
                found = row["at"]
        insulted = hit = False
        for row in mine:
            w, worth = row["w"], row["w"] * row["amount"]
            t["rows"] += w
            t["alerts"] += w * row["alert"]
            t["declined"] += w * row["declined"]
            t["volume"] += worth * (1 - row["declined"])
            if row["in_arm"]:
                t["arm"] += w / row["chance"]
                t["arm fraud"] += w / row["chance"] * row["fraud"]
            if not row["fraud"]:
                insulted = insulted or bool(row["declined"])
                t["false"] += w * row["alert"]
                continue
            hit = hit or bool(row["alert"])
            t["frauds"] += w
            t["value"] += worth
            t["hits"] += w * row["alert"]
            t["hit value"] += worth * row["alert"]
            t["saved"] += worth * (found is not None and row["at"] > found)
            t["new"] += worth * row["alert"] * (1 - row["rule"])
            t["loss"] += w * max(row["amount"] - row["recovered"], 0) * (1 - row["declined"])
        t["bad"] += begun is not None
        t["bad hit"] += hit
        t["good"] += begun is None
        t["insulted"] += insulted and begun is None
    return t


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("seed", range(4))
def test_measures_equal_a_walk_over_the_rows(seed: int, weighted: bool) -> None:
    """Twelve numbers from the engine's records equal those counted row by row."""
    table = drawn(seed)
    study = spec(columns={"weight": "w"} if weighted else {})
    cases, accounts = records(table, study)
    t = walked(table.to_pylist(), weighted)
    pairs = [
        (detection.detection_rate(cases, study), t["hits"] / t["frauds"]),
        (detection.account_detection(cases, study), t["bad hit"] / t["bad"]),
        (detection.value_detection(cases, study), t["hit value"] / t["value"]),
        (detection.value_saved(cases, study), t["saved"] / t["value"]),
        (alerts.false_positive_ratio(cases, study), t["false"] / t["hits"]),
        (alerts.alert_rate(cases, accounts), t["alerts"] / t["rows"]),
        (alerts.decline_rate(cases, accounts), t["declined"] / t["rows"]),
        (alerts.insult_rate(cases, accounts, study), t["insulted"] / t["good"]),
        (money.net_benefit(cases, accounts, study), t["saved"]),
        (money.loss_bps(cases, accounts, study), t["loss"] / t["volume"] * 1e4),
        (overlap.rule_overlap(cases, study), t["new"] / t["value"]),
        (control.control_rate(cases, accounts), t["arm fraud"] / t["arm"]),
    ]
    assert [number(measured).value for measured, _ in pairs] == pytest.approx([value for _, value in pairs])


def _part(table: pa.Table, which: np.ndarray[Any, Any]) -> pa.Table:
    return table.filter(pa.array(which))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1_000), cut=st.floats(0.1, 0.9))
def test_records_add_over_any_partition(seed: int, cut: float) -> None:
    """Two parts cut at random, through accounts and through time, add to the records of the whole."""
    table = drawn(seed % 7, rows=200)
    first = np.random.default_rng(seed).random(200) < cut
    whole, sums = records(table)
    (a, x), (b, y) = records(_part(table, first)), records(_part(table, ~first))
    assert a + b == whole
    added = x + y
    assert (added.unknown, added.first, added.last) == (sums.unknown, sums.first, sums.last)
    np.testing.assert_array_equal(added.keys, sums.keys)
    for name, values in sums.columns.items():
        np.testing.assert_allclose(added[name], values, rtol=1e-12, atol=1e-9)


@settings(max_examples=5, deadline=None)
@given(scale=st.floats(0.01, 1_000))
def test_scaling_all_money_changes_no_ratio(scale: float) -> None:
    """Basis points and value rates are the same in another currency; the net benefit scales."""
    table = drawn(3)
    money_of = {name: pa.array(np.asarray(table[name]) * scale) for name in ("amount", "recovered")}
    other = table
    for name, values in money_of.items():
        other = other.set_column(other.column_names.index(name), name, values)
    study = spec()
    mine, theirs = records(table, study), records(other, study)
    for measure in (detection.value_detection, detection.value_saved, overlap.rule_overlap):
        assert number(measure(theirs[0], study)).value == pytest.approx(number(measure(mine[0], study)).value)
    assert number(money.loss_bps(*theirs, study)).value == pytest.approx(number(money.loss_bps(*mine, study)).value)
    saved = [number(money.net_benefit(*record, study)).value for record in (mine, theirs)]
    assert saved[1] == pytest.approx(saved[0] * scale)


def sums(owner: Any, values: Any) -> Any:
    """Return the sums of values by owner."""
    return np.bincount(owner, values).astype(np.float64)


def test_intervals_of_value_rates_cover() -> None:
    """Over 400 draws of 80 accounts that share their luck, the 95 % interval holds the truth 92 to 99 times in 100."""
    truth, held = 0.5, 0
    for seed in range(400):
        draw = np.random.default_rng(seed)
        size = draw.integers(1, 6, 80)
        rate = np.repeat(draw.beta(1, 1, 80), size)
        worth = draw.lognormal(3, 1, size.sum())
        hit = draw.random(size.sum()) < rate
        owner = np.repeat(np.arange(80), size)
        found = ratio(sums(owner, worth * hit), sums(owner, worth))
        assert found is not None
        span = share_interval(found, float(size.sum()), 0.95)
        held += span.low <= truth <= span.high
    assert 0.92 <= held / 400 <= 0.99


def test_naive_intervals_would_not() -> None:
    """Where an account's luck is shared, an interval that counts transactions is too narrow: ours is wider."""
    draw = np.random.default_rng(5)
    owner, hit = np.repeat(np.arange(50), 20), np.repeat(draw.random(50) < 0.5, 20)
    found = ratio(sums(owner, hit), sums(owner, np.ones(1_000)))
    assert found is not None
    ours, naive = share_interval(found, 1_000, 0.95), intervals.wilson(hit.sum(), 1_000)
    assert (ours.high - ours.low) > 3 * (naive.high - naive.low)


def test_the_product_limit_by_hand() -> None:
    """The product limit of a textbook: six times, of which three are censored, gives 5/6, 5/8 and 5/16."""
    times, seen = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), np.array([True, False, True, False, True, False])
    at, left, spread = delay.product_limit(times, seen)
    assert at.tolist() == [1, 3, 5]
    assert left == pytest.approx([5 / 6, 5 / 8, 5 / 16])
    assert spread == pytest.approx([1 / 30, 1 / 30 + 1 / 12, 1 / 30 + 1 / 12 + 1 / 2])


def test_the_median_time_has_an_interval() -> None:
    """Exponential delays of mean 10 hours in 300 accounts: the interval holds 10 ln 2, and at once is nothing."""
    draw = np.random.default_rng(8)
    count = 300
    delays = draw.exponential(10 * 3600, count)
    keys = np.repeat(np.arange(count, dtype=np.uint64), 2)
    zeros = np.zeros(2 * count)
    time = np.column_stack([np.zeros(count), delays]).ravel()
    columns: dict[str, Any] = dict.fromkeys(VALUES, zeros)
    columns |= {"time": time, "alerted_at": time, "label": np.tile([1.0, 0.0], count), "weight": zeros + 1,
                "alert": np.tile([0.0, 1.0], count), "chance": zeros * np.nan, "known_at": zeros * np.nan}  # fmt: skip
    held: dict[str, Any] = dict.fromkeys(SUMS, np.ones(count))
    accounts = AccountSums(np.arange(count, dtype=np.uint64), held, 2.0**63, 0, 0.0, 1e9)
    found = number(delay.time_to_detect(Cases.of(keys, columns, 2.0**63), accounts))
    assert (found.low or 0) < 10 * np.log(2) < (found.high or 0)
    assert found.value == pytest.approx(np.median(delays) / 3600, rel=0.02)
