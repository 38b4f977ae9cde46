"""What was built again is compared by score, by ranking and by decision."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta

from make import no_number, number, sample
from secondline.core.spec import ModelSpec
from secondline.core.tables import ScoreTable
from secondline.stats import reproduction
from secondline.stats.discrimination.auc import auc
from secondline.stats.reproduction import Refit

BASE = {"model": "m", "version": 1, "populations": {"a": {"data": "a"}}, "columns": {"score": "s"}}
SPEC = ModelSpec.model_validate(BASE | {"decision": {"approve-below": 0.5}})
CHAMPION = np.array([0.1, 0.4, 0.5, 0.9])
AGAIN = np.array([0.1, 0.6, 0.5 + 1e-9, 0.8])


def test_a_refit_is_compared_by_score_and_decision() -> None:
    """Two of four scores differ, one decision turns, another version of a package warns."""
    refit = Refit(CHAMPION, AGAIN, {"other versions": {"numpy": "1 locked, 2 installed"}, "identical files": False})
    found = number(reproduction.rebuilt(refit, sample(CHAMPION), SPEC))
    assert found.value == 0.5
    assert found.detail["largest difference"] == pytest.approx(0.2)
    assert found.detail["decisions changed"] == 1
    assert "1 installed packages are not of the version" in found.warnings[-1]
    no_number(reproduction.rebuilt(Refit(np.empty(0), np.empty(0), {}), sample([]), SPEC))


def test_the_ranking_of_a_refit_is_compared_in_pairs() -> None:
    """The gap is the difference of the two AUCs, refit less champion; the same scores give 0 without width."""
    draw = np.random.default_rng(1)
    label = (draw.random(400) < 0.4).astype(float)
    champion, again = label + draw.normal(size=(2, 400))
    rows = sample(champion, at_label=label)
    found = number(reproduction.rebuilt_auc(Refit(champion, again, {}), rows))
    one, other = (number(auc(ScoreTable.of(s, label, probability=False))).value for s in (champion, again))
    assert found.value == pytest.approx(other - one)
    assert (found.detail["champion"], found.detail["refit"]) == pytest.approx((one, other))
    same = number(reproduction.rebuilt_auc(Refit(champion, champion, {}), rows))
    assert (same.value, same.low, same.high) == (0, 0, 0)
    assert no_number(reproduction.rebuilt_auc(Refit(champion, again, {}), sample(champion))).kind == "not-applicable"
    no_number(reproduction.rebuilt_auc(Refit(champion, again, {}), sample(champion, at_label=np.zeros(400))))


def test_equal_decisions_rule_out_a_share_of_different_ones() -> None:
    """10,000 equal decisions leave at most 1 - 0.05^(1/10000) = 0.0003; the rule of three says 3 / n."""
    scores = np.linspace(0, 1, 10_000)
    found = number(reproduction.decisions_differ(sample(scores), scores, scores, SPEC))
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(0.000299528, rel=1e-5)
    assert found.high == pytest.approx(3 / 10_000, rel=0.01)


def test_decisions_that_turn_are_counted_by_direction() -> None:
    """A score at the cut-off is declined; one side without a score differs; weight 0 does not count."""
    one, other = np.array([0.4, 0.5, 0.6, np.nan, 0.1]), np.array([0.5, 0.5, 0.4, 0.2, 0.9])
    rows = sample(one, at_weight=[1, 1, 1, 1, 0])
    found = number(reproduction.decisions_differ(rows, one, other, SPEC))
    assert (found.n, found.events) == (4, 3)
    assert found.detail == {
        "approved by one and not by the other": 1,
        "declined by one and not by the other": 1,
        "decided by one only": 1,
    }
    assert (found.low, found.high) == pytest.approx((beta.ppf(0.025, 3, 2), beta.ppf(0.975, 4, 1)))


def test_without_a_rule_or_a_score_nothing_is_decided() -> None:
    """Not applicable, and undefined."""
    without = ModelSpec.model_validate(BASE)
    assert (
        no_number(reproduction.decisions_differ(sample([0.1]), CHAMPION[:1], CHAMPION[:1], without)).kind
        == "not-applicable"
    )
    nothing = np.array([np.nan])
    assert no_number(reproduction.decisions_differ(sample(nothing), nothing, nothing, SPEC)).kind == "too-few"


def test_bins_hold_every_row_once() -> None:
    """Twenty bins of the finite rows, rising, whose ends hold the middle of the differences."""
    draw = np.random.default_rng(2)
    champion = np.append(draw.random(999), np.nan)
    bins = reproduction.binned(champion, champion + draw.normal(0, 0.01, 1_000))
    assert sum(b["rows"] for b in bins) == 999
    assert all(b["low"] < b["champion"] < b["high"] for b in bins)
    assert [b["champion"] for b in bins] == sorted(b["champion"] for b in bins)
    assert reproduction.binned(np.array([np.nan]), np.array([0.1])) == []
