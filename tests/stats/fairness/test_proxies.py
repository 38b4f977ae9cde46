"""Proxies are found by the set and one by one, and flagged only where the model uses them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from applicants import sampled, spec
from make import no_number, number
from secondline.core.estimate import Estimate
from secondline.core.evidence import PopulationFacts
from secondline.stats.fairness import proxies


def known(*features: str) -> PopulationFacts:
    content: dict[str, Any] = {"features": features}
    return PopulationFacts.model_construct(**content)


def test_a_proxy_is_found_and_noise_is_not() -> None:
    """A feature that follows the group gives it away; independent ones do not."""
    draw = np.random.default_rng(2)
    group = np.where(draw.random(2_000) < 0.5, "f", "m").astype(object)
    telling = draw.normal(size=2_000) + (group == "f")
    rows = sampled({"telling": telling, "idle": draw.normal(size=2_000), "sex": group})
    facts = known("telling", "idle", "sex")
    found = number(proxies.proxy(rows, "sex", spec(), facts))
    truth = norm.cdf(1 / np.sqrt(2))
    assert found.low is not None
    assert found.high is not None
    assert found.low <= truth <= found.high
    assert found.detail["groups"][0]["drivers"][0] == "telling"
    quiet = number(proxies.proxy(rows, "sex", spec(), known("idle")))
    assert quiet.value < 0.53


USED = Estimate(value=0.02, low=0.01, high=0.03)
IDLE = Estimate(value=0.0001, low=-0.0001, high=0.0003)


def telling(flip: float = 1.0) -> Any:
    draw = np.random.default_rng(4)
    female = draw.random(1_500) < 0.5
    x = flip * (draw.normal(size=1_500) + female)
    return sampled({"x": x, "sex": np.where(female, "f", "m")}), female, x


@pytest.mark.parametrize("flip", [1.0, -1.0])
def test_one_input_is_screened_as_scikit_learn_would(flip: float) -> None:
    """The folded AUC is scikit-learn's, whichever way the input points."""
    rows, female, x = telling(flip)
    found = number(proxies.feature_proxy(rows, "x", spec(), USED))
    assert found.value == pytest.approx(max(roc_auc_score(female, x), 1 - roc_auc_score(female, x)))
    assert found.low is not None
    assert found.low > 0.7
    assert found.p_value == pytest.approx(0.0, abs=1e-12)
    assert found.detail["importance"]["value"] == 0.02


def test_a_flag_needs_both() -> None:
    """An input that tells the group and is not used has no number, and the reason says what it would tell."""
    rows, *_ = telling()
    found = no_number(proxies.feature_proxy(rows, "x", spec(), IDLE))
    assert found.kind == "not-applicable"
    assert "hardly uses it" in found.because
    assert "sex" in found.because


def test_text_and_missing_values_tell_too() -> None:
    """A text whose levels follow the group, and a number that is missing for one group only, are both seen."""
    female = np.arange(600) % 2 == 0
    text = np.where(female, np.where(np.arange(600) % 10 < 8, "a", "b"), np.where(np.arange(600) % 10 < 2, "a", "b"))
    rows = sampled({"t": text, "x": np.where(female, np.nan, 1.0), "sex": np.where(female, "f", "m")})
    assert number(proxies.feature_proxy(rows, "t", spec(), USED)).value > 0.7
    assert number(proxies.feature_proxy(rows, "x", spec(), USED)).value == pytest.approx(1.0)


def test_an_idle_input_begins_at_one_half() -> None:
    """Noise tells nothing: the interval begins at 0.5 in all but the few draws that chance allows."""
    draw = np.random.default_rng(9)
    seen = 0
    for _ in range(200):
        rows = sampled({"x": draw.normal(size=300), "sex": draw.choice(["f", "m"], 300)})
        found = number(proxies.feature_proxy(rows, "x", spec(), USED))
        seen += found.low is not None and found.low > 0.5
    assert seen <= 20  # 5 % of 200; P(more than 20) is 0.1 %


def test_small_groups_are_no_number() -> None:
    """Nobody can be told apart in a handful of rows."""
    rows = sampled({"x": np.arange(20.0), "sex": ["f", "m"] * 10})
    assert "large enough" in no_number(proxies.feature_proxy(rows, "x", spec(), USED)).because
