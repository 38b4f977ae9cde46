"""The policy: code stands, a judge only as corrected, numbers by PPI++ or people alone; naive and people beside."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from answers import answers, judged, these
from make import no_number, number
from secondline.core.errors import SpecError
from secondline.core.tables import Graded
from secondline.stats.clusters import t_of
from secondline.stats.genai import correction, estimates
from secondline.stats.genai.labelled import of_answers
from secondline.stats.intervals import wilson

NAN = math.nan


def test_code_and_people_stand_as_they_are() -> None:
    """A criterion that code or a person graded is a plain pass rate, whatever labels lie beside it."""
    for scorer in ("code", "human"):
        found = number(estimates.rate(answers([1.0, 0.0, 1.0, 1.0], scorer=scorer, label=0.0)))
        assert found.value == 0.75
        assert "naive" not in found.detail


def test_a_judge_is_corrected_by_verdict_with_the_others_beside() -> None:
    """The number is the one by verdict; detail has the judge's own rate, people's alone, and what the judge saves."""
    graded = judged(0.9, 0.95, 0.8, clusters=600, labels=120)
    found = number(estimates.rate(graded))
    expected = correction.by_verdict(of_answers(graded), 0.95)
    assert (found.value, found.low, found.high) == (expected.value, *expected.span)
    assert found.detail["naive"]["value"] == pytest.approx(float(graded.number("verdict").mean()))
    assert found.detail["people alone"]["labels"] == 120
    assert found.detail["label-saving factor"] > 1
    assert not found.warnings


def test_an_unchecked_judge_is_no_estimate() -> None:
    """Without a label there is no number, and the message says what the judge said and what it would take."""
    found = no_number(estimates.rate(answers([1.0] * 9 + [0.0], scorer="judge")))
    assert "90.0%" in found.because
    assert "labels of people" in found.needed
    assert no_number(estimates.rate(answers([NAN] * 4, scorer="judge"))).kind == "too-few"


def test_a_judge_fit_for_triage_only_falls_back_to_people() -> None:
    """A coin as judge (J about 0) leaves the labels alone, exact, with the reason in a warning."""
    graded = judged(0.8, 0.5, 0.5, clusters=400, labels=200)
    found = number(estimates.rate(graded))
    assert found.method.startswith("labels alone, Clopper-Pearson")
    assert any("triage" in said for said in found.warnings)


def test_labels_without_a_plan_are_said_to_be_guessed() -> None:
    """Chances that nobody wrote down count as equal within each verdict, and a warning says so."""
    graded = judged(0.9, 0.95, 0.8, clusters=300, labels=80)
    bare = number(estimates.rate(type(graded)({**graded.columns, "chance": np.full(len(graded), NAN)})))
    assert bare.value == pytest.approx(number(estimates.rate(graded)).value)
    assert any("no plan says" in said for said in bare.warnings)


def test_an_outside_card_corrects_by_rogan_and_gladen() -> None:
    """With a card of another set and no labels here, Lee's interval; a card that is incomplete or useless says so."""
    graded = answers([1.0] * 80 + [0.0] * 20, scorer="judge")
    card = {"kept": 57, "good": 60, "caught": 30, "bad": 40}
    found = number(estimates.rate(graded, card=card))
    wanted = correction.rogan_gladen(80, 100, 57, 60, 30, 40)
    assert wanted is not None
    assert (found.value, found.low) == (wanted.value, wanted.span.low)
    assert any("right only if" in said for said in found.warnings)
    with pytest.raises(SpecError, match="bad is missing"):
        estimates.rate(graded, card={"kept": 1, "good": 2, "caught": 3})
    assert "chance" in no_number(estimates.rate(graded, card=card | {"kept": 6, "caught": 2})).because


def numbers(labels: Any, chance: Any = NAN) -> Any:
    """Return 200 answers to which a judge gave numbers, labelled as told."""
    draw = np.random.default_rng(2)
    label = np.full(200, NAN)
    label[: len(labels)] = labels
    return answers(
        [NAN] * 200, scorer="judge", value=draw.random(200), label=label, chance=np.broadcast_to(chance, 200)
    )


def test_numbers_are_corrected_by_ppi_with_ten_failures() -> None:
    """Ten failures found: PPI++. Nine, or labels drawn unevenly: people alone, exact, and why."""
    enough = number(estimates.rate(numbers([0.0] * 10 + [1.0] * 30)))
    assert enough.method == "PPI++"
    few = number(estimates.rate(numbers([0.0] * 9 + [1.0] * 31)))
    assert few.method == "labels alone, Clopper-Pearson"
    assert any("only 9 failures" in said for said in few.warnings)
    uneven = number(estimates.rate(numbers([0.0] * 20 + [1.0] * 20, [0.5] * 20 + [0.1] * 180)))
    assert any("unequal chances" in said for said in uneven.warnings)
    assert "no person labelled" in no_number(estimates.rate(numbers([]))).because


def test_a_complement_turns_the_number_around() -> None:
    """The failure rate's ends are the pass rate's, from the other side; no number stays none."""
    passed = number(estimates.rate(answers([1.0] * 9 + [0.0])))
    failed = number(estimates.complement(passed))
    assert (failed.value, failed.low, failed.high) == these(
        pytest.approx(0.1), pytest.approx(1 - (passed.high or 0)), pytest.approx(1 - (passed.low or 0)),
    )  # fmt: skip
    assert failed.events == pytest.approx(1)
    no_number(estimates.complement(estimates.rate(answers([]))))


def test_shares_of_claims_stand_beside_whole_answers() -> None:
    """Three of four answers are whole though nine tenths of the claims hold; recall is the mean of the numbers."""
    graded = answers([1.0, 1.0, 1.0, 0.0], value=[1.0, 1.0, 1.0, 0.6])
    found = number(estimates.claims(graded))
    assert found.value == 0.75
    assert found.detail["share of claims"]["value"] == pytest.approx(0.9)
    recall = number(estimates.recall(graded))
    assert (recall.value, recall.detail["pass rate"]) == these(pytest.approx(0.9), 0.75)
    assert number(estimates.recall(answers([1.0, 0.0]))).value == 0.5
    assert "share of claims" not in number(estimates.claims(answers([1.0, 0.0]))).detail


def test_the_share_of_all_claims_has_the_error_of_its_clusters() -> None:
    """Claims pooled over answers: value and CR1 error are statsmodels' of a weighted mean with clustered errors."""
    import statsmodels.api as sm

    draw = np.random.default_rng(5)
    document = np.repeat(np.arange(25), 8)
    parts = draw.integers(1, 6, 200).astype(float)
    value = draw.binomial(parts.astype(int), np.clip(0.8 + draw.normal(0, 0.15, 25)[document], 0, 1)) / parts
    graded = answers((value == 1).astype(float), value=value, parts=parts, cluster=[f"d{c}" for c in document])
    found = number(estimates.claims(graded)).detail["claims"]
    weighted: Any = sm.WLS
    fit = weighted(value, np.ones(200), weights=parts).fit(cov_type="cluster", cov_kwds={"groups": document})
    assert found["value"] == pytest.approx(float(fit.params[0])) == pytest.approx((value * parts).sum() / parts.sum())
    size = found["value"] * (1 - found["value"]) / float(fit.bse[0]) ** 2 * (1.959964 / t_of(0.95, 24)) ** 2
    assert (found["low"], found["high"]) == pytest.approx(wilson(found["value"] * size, size), abs=1e-6)
    assert (found["claims"], found["clusters"]) == (parts.sum(), 25)


def test_claims_of_a_judge_are_told_as_its_own() -> None:
    """A judge's shares of claims stand under a name that says that nobody corrected them; answers are corrected."""
    graded = judged(0.9, 0.95, 0.9, clusters=300, labels=120)
    graded = Graded({**graded.columns, "value": graded.number("verdict"), "parts": np.full(300, 3.0)})
    found = number(estimates.claims(graded))
    assert found.value == number(estimates.rate(graded)).value
    assert "claims" not in found.detail
    assert found.detail["the judge's own, uncorrected"]["claims"]["claims"] == 900
    assert estimates.of_claims(answers([1.0]), 0.95) is None
