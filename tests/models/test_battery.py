"""The battery finds what was planted: false reasons, unstable ones, hidden proxies, records of another model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import credit
from secondline.core.estimate import Estimate, Undefined
from secondline.core.spec import ModelSpec
from secondline.measures import reasons as measures
from secondline.models.battery import Battery, battery, grains
from secondline.models.model import Contributions, Explain, Model

NAMES = ("debt", "late", "income")
TEXTS = {
    "D": {"says": "Obligations are high", "features": ["debt"]},
    "L": {"says": "Payments were late", "features": ["late"]},
    "I": {"says": "Income is low", "features": ["income"]},
}


def tried(model: Model, spec: ModelSpec, columns: Any = None) -> Battery:
    rows = credit.sample(credit.drawn() if columns is None else columns, model)
    found = battery(model, rows, rows, spec)
    assert isinstance(found, Battery)
    return found


def known(found: Any) -> Estimate:
    assert isinstance(found, Estimate)
    return found


def lying(honest: Model, columns: list[int]) -> Model:
    """Return the model with an attribution of its own that credits each input with what another contributed."""

    def explain(rows: Any, absent: Any) -> Contributions:
        x = np.column_stack([rows[name] for name in NAMES])
        true = x * np.array([1.0, 0.5, -0.8])
        return Contributions(true[:, columns], 0.0, true.sum(axis=1), "log-odds", "planted")

    return replace(honest, explain=Explain(explain))


def crossed() -> Model:
    """Return a model that does not quite add, so that its own attribution is asked."""
    return credit.logistic(
        lambda c: c["debt"] + 0.5 * c["late"] - 0.8 * c["income"] + 0.01 * c["debt"] * c["late"], NAMES
    )


def test_an_honest_model_passes() -> None:
    """Every reason improves the score, named drivers beat random ones, and the same rows get the same codes."""
    found = tried(credit.line(), credit.spec(reasons={"texts": TEXTS}, claims={"monotone": {"debt": "increasing"}}))
    assert found.gap < 1e-9
    assert known(measures.determinism(found)).value == 0
    assert known(measures.direction(found)).value == 0
    effect = known(measures.effect(found))
    assert effect.value == 1
    assert effect.detail["more than at random"]["low"] > 0
    assert known(measures.coverage(found, credit.spec(reasons={"texts": TEXTS}))).value == 1
    assert known(measures.stability(found)).value > 0.95


def test_the_effect_is_the_sum_of_what_is_named() -> None:
    """Where the model adds, the margin falls by exactly what the named reasons contributed."""
    found = tried(credit.line(), credit.spec())
    fell = found.margins[found.tried] - found.together
    assert fell == pytest.approx(np.nansum(found.weights[found.tried], axis=1), abs=1e-9)
    assert found.alone == pytest.approx(found.weights[found.tried], abs=1e-9, nan_ok=True)


def test_reasons_that_do_not_help_are_caught() -> None:
    """An attribution that credits one input with another's effect names reasons whose removal worsens the score."""
    honest, false = (known(measures.direction(tried(lying(crossed(), order), credit.spec())))
                     for order in ([0, 1, 2], [2, 0, 1]))  # fmt: skip
    assert honest.value < 0.05
    assert (false.low or 0) > 0.5


def test_a_claim_against_the_model_is_caught() -> None:
    """A falling effect claimed to rise names applicants better than most of the reference."""
    rising, falling = (
        known(measures.direction(tried(credit.line(), credit.spec(claims={"monotone": {"income": way}}))))
        for way in ("increasing", "decreasing")
    )
    assert rising.detail["against the claimed direction"] > 0
    assert rising.detail["do not improve the score"] == 0
    assert falling.value == 0


def test_a_jagged_coding_is_unstable() -> None:
    """A contribution that flips with the last digit of an input does not survive noise within its grain."""
    jagged = credit.logistic(lambda c: c["debt"] + 2 * np.sign(np.sin(4e3 * c["late"])) - 0.8 * c["income"], NAMES)
    rough, smooth = (known(measures.stability(tried(model, credit.spec()))) for model in (jagged, credit.line()))
    assert (rough.high or 1) < (smooth.low or 0)
    assert rough.detail["keep the first reason"] < 0.5


def test_noise_stays_within_the_grain() -> None:
    """Counts are exact, a declared grain is used as it stands, and texts are left alone."""
    columns = credit.drawn() | {"late": np.arange(600) % 5.0, "town": np.array(["x"] * 600, dtype=object)}
    spec = credit.spec(reasons={"changes": {"income": {"grain": 0.25}}})
    found = grains(columns, spec, (*NAMES, "town"))
    assert set(found) == {"debt", "income"}
    assert found["income"] == (0.25, 0.25)
    assert found["debt"][0] == pytest.approx(0.01, rel=0.15)


def test_a_proxy_among_the_strongest_is_found_though_it_is_not_named() -> None:
    """What may not be named is left out of the codes and counted against the model."""
    spec = credit.spec(reasons={"most": 1, "proxies": ["debt"], "texts": TEXTS})
    found = tried(credit.line(), spec)
    assert "debt" not in {found.codes[place] for place in found.named.ravel() if place >= 0}
    hidden = known(measures.proxies(found, spec))
    assert (hidden.low or 0) > 0.3
    assert list(hidden.detail["drivers"]) == ["debt (a proxy of a protected attribute)"]


def test_a_proxy_the_model_ignores_is_no_violation() -> None:
    """A weight of nothing is never among the strongest."""
    spec = credit.spec(reasons={"proxies": ["late"]})
    assert known(measures.proxies(tried(credit.line(credit.BETA | {"late": 0.0}), spec), spec)).value == 0


def test_codes_on_record_are_compared() -> None:
    """Codes of this version agree, in one column or several; those of another version do not."""
    columns = credit.drawn(rows=300)
    spec = credit.spec(reasons={"texts": TEXTS, "recorded": ["codes"]})
    first = tried(credit.line(), spec, columns | {"codes": np.array([None] * 300, dtype=object)})
    given = [", ".join(first.codes[p] for p in row if p >= 0) for row in first.named]
    declined = np.flatnonzero(credit.line().score(columns) >= 0.5)
    record = np.array([None] * 300, dtype=object)
    record[declined] = given
    same = tried(credit.line(), spec, columns | {"codes": record})
    assert known(measures.agreement(same, spec)).value == 0
    other = tried(credit.line({"debt": 0.5, "late": 1.0, "income": -0.8}), spec, columns | {"codes": record})
    assert (known(measures.agreement(other, spec)).low or 0) > 0.1


def test_immutable_features_are_counted() -> None:
    """Reasons on what cannot be changed are a share of all; without a declaration nothing is asked."""
    spec = credit.spec(reasons={"immutable": ["debt"]})
    found = known(measures.actionability(tried(credit.line(), spec), spec))
    assert 0.3 < found.value < 0.7
    assert list(found.detail["reasons"]) == ["debt"]
    assert isinstance(measures.actionability(tried(credit.line(), credit.spec()), credit.spec()), Undefined)


def test_without_texts_no_legal_claim_is_made() -> None:
    """A credit decision without words is inconclusive; another purpose is not asked."""
    purpose = {"kind": "credit-decision"}
    for spec, kind in ((credit.spec(purpose=purpose), "too-few"), (credit.spec(), "not-applicable")):
        found = measures.coverage(tried(credit.line(), spec), spec)
        assert isinstance(found, Undefined)
        assert found.kind == kind
        assert "declares no `reasons: texts`" in found.because


def test_nobody_declined_and_nobody_approved() -> None:
    """Without declined rows the question does not arise; without approved ones there is no reference."""
    model = credit.line({"debt": 1.0})
    for value, kind in ((-5.0, "not-applicable"), (5.0, "too-few")):
        rows = credit.sample({"debt": np.full(50, value)}, model)
        found = battery(model, rows, rows, credit.spec())
        assert isinstance(found, Undefined)
        assert found.kind == kind
    nothing = credit.sample({"debt": np.empty(0)}, model)
    assert isinstance(battery(model, nothing, nothing, credit.spec()), Undefined)
