"""What development overstates agrees with statsmodels, covers its truth, and is found where it is planted."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest
import statsmodels.api as sm
from sklearn.metrics import log_loss

from make import alarms, at_most, no_number, number, sample
from secondline.core.evidence import PopulationFacts
from secondline.core.tables import ScoreTable
from secondline.stats.robustness import overfit

FACTS = PopulationFacts(name="dev", role="reference", source="", engine="", rows=1, columns={}, features=("a", "b"))


def drawn(rows: int, seed: int, width: int = 2) -> tuple[Any, Any, Any]:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, width))
    p = 1 / (1 + np.exp(1 - x[:, 0]))
    return x, (draw.random(rows) < p).astype(float), p


def table(rows: int, seed: int) -> ScoreTable:
    _, y, p = drawn(rows, seed)
    return ScoreTable.of(p, y)


def test_explained_is_mcfaddens() -> None:
    """The share explained of a fitted logit is statsmodels' pseudo R2, and the log-loss scikit-learn's."""
    x, y, _ = drawn(3_000, 1)
    fitted: Any = sm.Logit(y, sm.add_constant(x)).fit(disp=0)
    found = overfit.explained(ScoreTable.of(fitted.predict(), y))
    assert found.value == pytest.approx(fitted.prsquared)
    assert found.log_loss == pytest.approx(log_loss(y, fitted.predict()))


def test_the_standard_error_is_that_of_the_bootstrap() -> None:
    """The influence function gives the spread of 400 resamples within a tenth."""
    _, y, p = drawn(2_000, 2)
    draw = np.random.default_rng(3)
    picks = [draw.integers(0, 2_000, 2_000) for _ in range(400)]
    spread = np.std([overfit.explained(ScoreTable.of(p[i], y[i])).value for i in picks])
    assert overfit.explained(ScoreTable.of(p, y)).se == pytest.approx(spread, rel=0.1)


def test_intervals_cover_and_alarms_are_few() -> None:
    """Where nothing is lost, 1,000 pairs of samples raise no more alarms than the level allows, and 0 is covered."""
    found = [number(overfit.lost(table(600, k), table(500, 10_000 + k), FACTS)) for k in range(1_000)]
    assert alarms([f.p_value for f in found]) <= at_most(1_000)
    assert sum(f.low is not None and f.high is not None and f.low <= 0 <= f.high for f in found) >= 935


def test_planted_overfitting_is_found() -> None:
    """Trees grown to the last row explain development and not new rows; a logit loses what theory expects."""
    x, y, _ = drawn(3_000, 4, 10)
    new, out, _ = drawn(3_000, 5, 10)
    grown = lightgbm.train(
        {"objective": "binary", "num_leaves": 63, "min_data_in_leaf": 5, "verbosity": -1, "num_threads": 1},
        lightgbm.Dataset(x, y, params={"verbosity": -1}), 200,
    )  # fmt: skip
    seen, unseen = (ScoreTable.of(np.asarray(grown.predict(a)), b) for a, b in ((x, y), (new, out)))
    bad = number(overfit.lost(seen, unseen, FACTS))
    assert bad.low is not None
    assert bad.low > 0.5
    fitted: Any = sm.Logit(y, sm.add_constant(x)).fit(disp=0)
    seen, unseen = (ScoreTable.of(fitted.predict(sm.add_constant(a)), b) for a, b in ((x, y), (new, out)))
    good = number(overfit.lost(seen, unseen, FACTS))
    assert good.low is not None
    assert good.low < 0


def test_the_expected_optimism_is_akaikes() -> None:
    """Over 120 fits of a logit of 11 parameters the mean gap of the log-loss is k / n."""
    gaps = []
    for seed in range(120):
        x, y, _ = drawn(1_000, seed, 10)
        new, out, _ = drawn(2_000, 5_000 + seed, 10)
        fitted: Any = sm.Logit(y, sm.add_constant(x)).fit(disp=0)
        gaps.append(log_loss(out, fitted.predict(sm.add_constant(new))) - log_loss(y, fitted.predict()))
    facts = FACTS.model_copy(update={"features": tuple("abcdefghij")})
    told = number(overfit.lost(table(1_000, 1), table(1_000, 2), facts)).detail["expected optimism"]
    assert told == pytest.approx(0.011)
    assert abs(np.mean(gaps) - told) < 3 * np.std(gaps) / np.sqrt(120)


def test_what_has_no_share_explained() -> None:
    """One class, no rows and points are told apart."""
    fine, one = table(100, 1), ScoreTable.of(np.full(5, 0.2), np.zeros(5))
    assert no_number(overfit.lost(fine, one, FACTS)).because == "there are no events"
    assert no_number(overfit.lost(ScoreTable.empty(), fine, FACTS)).kind == "too-few"
    points = ScoreTable.of(np.array([1.0, 2.0]), np.array([0.0, 1.0]), probability=False)
    assert no_number(overfit.lost(fine, points, FACTS)).kind == "not-applicable"


def test_both_kinds_of_unseen_rows_are_asked_for() -> None:
    """One kind missing counts one; both there count none."""
    found = overfit.unseen({"dev": "reference", "oos": "out-of-sample"})
    assert found.value == 1
    assert found.detail == {"out-of-sample": "oos", "out-of-time": "none"}
    assert overfit.unseen({"a": "out-of-sample", "b": "out-of-time"}).value == 0


def test_rows_dated_within_development_are_counted() -> None:
    """Two of four rows are no later than the last of the reference; a sample has Wilson's interval."""
    reference = sample([0.1, 0.1], at_time=[10.0, 20.0])
    rows = sample([0.1] * 4, at_time=[5.0, 20.0, 21.0, 30.0])
    found = number(overfit.not_later(rows, reference))
    assert (found.value, found.low) == (0.5, None)
    part = number(overfit.not_later(sample([0.1] * 4, total=90, at_time=[5.0, 20.0, 21.0, 30.0]), reference))
    assert part.low is not None
    no_number(overfit.not_later(sample([0.1], at_time=[np.nan]), reference))
