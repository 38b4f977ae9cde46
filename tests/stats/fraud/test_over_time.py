"""Labels that come late, and detection that decays, against known truth."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from frauds import spec
from make import no_number, number
from secondline.core.spec import ModelSpec
from secondline.core.tables import Cases
from secondline.core.tables.cases import VALUES
from secondline.stats.fraud import decay, detection, maturity

DAY = 86_400.0
JANUARY = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
DATED = spec(known_at="known", known_to="2026-05-31", trained_to="2025-12-31")
THERE = spec(known_at="known")


def frauds(time: Any, *, known: Any = None, alert: Any = 0.0, amount: Any = 1.0, keys: Any = None) -> Cases:
    """Return frauds, one an account unless *keys* are given; times in days since 2026-01-01."""
    time = np.asarray(time, dtype=float)
    n = len(time)
    columns: dict[str, Any] = {name: np.zeros(n) for name in VALUES}
    columns |= {"time": JANUARY + time * DAY, "label": np.ones(n), "weight": np.ones(n), "chance": np.full(n, np.nan)}
    columns |= {"alert": alert + np.zeros(n), "amount": amount + np.zeros(n), "alerted_at": columns["time"]}
    columns["known_at"] = np.full(n, np.nan) if known is None else JANUARY + np.asarray(known) * DAY
    owner = np.arange(n) if keys is None else keys
    return Cases.of(np.asarray(owner, dtype=np.uint64), columns, 2.0**63)


def late(seed: int, per_day: int = 20, days: int = 150, mean: float = 30.0) -> tuple[Cases, float]:
    """Return frauds over *days* known by day 150 with exponential lags, and the share of all that this is."""
    draw = np.random.default_rng(seed)
    time = np.repeat(np.arange(days), per_day) + draw.random(days * per_day)
    lag = draw.exponential(mean, len(time))
    seen = np.floor(time + lag) <= 150
    return frauds(time[seen], known=(time + lag)[seen]), float(seen.mean())


def test_the_curve_by_hand() -> None:
    """Two days: of the old cohort one fraud came at once and one a day later, of the new one came at once.

    F(0) = 1 - 1 / 2, since of the old cohort's two one came at lag 1; so 3 known of 2 / 1 + 1 / (1 / 2) = 4.
    """
    found = maturity.reported(frauds([0.1, 0.2, 1.1], known=[0.3, 1.2, 1.3]), THERE)
    assert isinstance(found, maturity.Reported)
    weight = np.ones(3)
    told = found.curve(weight)
    assert told is not None
    assert told.shares.tolist() == pytest.approx([0.5, 1.0])
    assert found.share(told, weight) == pytest.approx(3 / 4)


def test_the_known_share_is_the_truth() -> None:
    """Over draws with exponential lags, the share of fraud that is known lies in the interval nearly always."""
    held = 0
    for seed in range(12):
        cases, truth = late(seed)
        found = number(maturity.label_maturity(cases, DATED, by="count"))
        assert found.value == pytest.approx(truth, abs=0.06)
        held += (found.low or 0) - 0.01 <= truth <= (found.high or 1) + 0.01
    assert held >= 10


def test_maturity_says_what_it_takes() -> None:
    """With a mean lag of 30 days, 90 % is known after about 69: transactions until then are mature."""
    found = number(maturity.label_maturity(late(1)[0], DATED))
    assert found.detail["mature after"] == pytest.approx(30 * np.log(10), abs=12)
    assert found.detail["known to"] == "2026-05-31"
    assert found.detail["curve"][-1]["share"] == 1
    shares = [point["share"] for point in found.detail["curve"]]
    assert shares == sorted(shares)


def test_the_same_seed_gives_the_same_interval() -> None:
    """The bootstrap is seeded: twice the same."""
    cases, _ = late(2, per_day=3)
    assert maturity.label_maturity(cases, DATED) == maturity.label_maturity(cases, DATED)


def test_immature_labels_make_detection_inconclusive() -> None:
    """Under 90 % known, detection has no number but says until when transactions are mature; a lower bar gives one."""
    cases, truth = late(3)
    found = no_number(detection.value_detection(cases, DATED))
    assert found.kind == "too-few"
    assert f"about {truth:.0%}"[:7] in found.because
    assert "leave out transactions after 2026-0" in found.needed
    assert number(detection.value_detection(cases, DATED, mature=0.5)).value == 0


def test_few_or_no_lags_are_told() -> None:
    """Three frauds are too few for a curve; without times there is none; without the column, no question."""
    few = frauds([0, 1, 2], known=[1, 2, 3])
    assert "at least 30" in no_number(maturity.label_maturity(few, DATED)).needed
    assert "no fraud has both" in no_number(maturity.label_maturity(frauds([0.0]), DATED)).because
    assert no_number(maturity.label_maturity(few, spec())).kind == "not-applicable"
    assert number(detection.detection_rate(few, DATED)).value == 0


def test_a_fraud_known_before_it_happened_is_known_at_once() -> None:
    """Clocks differ: a lag below zero is a lag of zero."""
    found = maturity.reported(frauds([1.5, 2.5], known=[0.2, 4.5]), THERE)
    assert isinstance(found, maturity.Reported)
    assert found.lag.tolist() == [0, 2]


def decaying(seed: int, slope: float, weeks: int = 20, each: int = 60) -> Cases:
    """Return frauds whose chance of an alert falls by *slope* a week, from 0.8."""
    draw = np.random.default_rng(seed)
    time = np.repeat(np.arange(weeks), each) * 7 + draw.random(weeks * each) * 6.9 + 0.01
    chance = 0.8 * np.exp(-slope * np.floor(time / 7))
    hit = draw.random(len(time)) < chance
    return frauds(time, alert=hit.astype(float), amount=draw.lognormal(3, 0.5, len(time)))


def _trained(**more: Any) -> ModelSpec:
    return spec(trained_to="2025-12-31", **more)


def test_decay_finds_the_truth_and_covers_it() -> None:
    """A fall of 4 % a week is found on average, and its interval holds it in at least 26 of 30 draws."""
    found = [number(decay.decay(decaying(seed, 0.04), _trained())) for seed in range(30)]
    assert np.mean([f.value for f in found]) == pytest.approx(0.04, abs=0.004)
    assert sum((f.low or 0) <= 0.04 <= (f.high or 0) for f in found) >= 26
    assert found[0].detail["half-life"] == pytest.approx(np.log(2) / found[0].value)


def test_decay_without_a_fall_has_no_half_life() -> None:
    """Detection that rises never halves, and a flat one has no upper end."""
    found = number(decay.decay(decaying(1, -0.01), _trained()))
    assert found.value < 0.01
    assert number(decay.decay(decaying(1, -0.02, weeks=8), _trained())).detail["half-life high"] is None


def test_decay_of_exact_data_is_exact() -> None:
    """Rates of 8, 4, 2 and 1 in 8 halve each week: a half-life of one week."""
    time, hit = np.repeat([0.5, 7.5, 14.5, 21.5], 8), np.concatenate([[1] * k + [0] * (8 - k) for k in (8, 4, 2, 1)])
    found = number(decay.decay(frauds(time, alert=hit.astype(float)), _trained()))
    assert found.value == pytest.approx(np.log(2))
    assert [w["rate"] for w in found.detail["weeks"]] == [1, 0.5, 0.25, 0.125]


def test_decay_needs_weeks_and_detection() -> None:
    """Three weeks are too few; no detection at all, or no fraud after training, is told."""
    few = frauds([1, 8, 15], alert=1.0)
    assert "3 weeks" in no_number(decay.decay(few, _trained())).because
    assert (
        "no fraud after training was detected" in no_number(decay.decay(frauds([1, 8, 15, 22, 29]), _trained())).because
    )
    before = frauds([1, 8], alert=1.0)
    assert no_number(decay.decay(before, spec(trained_to="2026-12-31"))).kind == "not-applicable"
    one = frauds([1, 8, 15, 22], alert=[1.0, 0, 1, 0], keys=[7, 7, 7, 7])
    assert no_number(decay.decay(one, _trained())).because.startswith("the fit")
