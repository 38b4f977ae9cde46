"""Standing: sizes by tier, reviewers by what they caught, and risks that were answered."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from answers import answers, judged, study
from make import no_number, number
from secondline.core.declared.genai import RISKS
from secondline.core.spec import ModelSpec
from secondline.core.tables import Graded
from secondline.samples.genai import oversight
from secondline.stats.clusters import t_of
from secondline.stats.genai import standing
from secondline.stats.intervals import z_of


def test_the_scarcest_of_what_is_asked_for() -> None:
    """200 cases of 300, 40 clusters of 40, 100 labels of 200: labels are scarcest; code needs no labels."""
    graded = judged(0.9, 0.95, 0.8, clusters=40, size=5, labels=100)
    found = number(standing.sample_size(graded, cases=300, clusters=40, labels=200))
    assert (found.value, found.detail["scarcest"]) == (0.5, "labels")
    assert found.detail["have"] == {"cases": 200, "clusters": 40, "labels": 100}
    assert found.detail["clean cases that bound a harm"]["1%"] == 299
    assert number(standing.sample_size(answers([1.0] * 600), cases=300, labels=100)).value == 2
    assert no_number(standing.sample_size(answers([1.0]), cases=0)).kind == "not-applicable"


def test_reviewers_are_clusters_and_false_alarms_are_told() -> None:
    """Two reviewers of four seeded errors catch three and one; one of two clean answers was stopped for nothing."""
    graded = answers(
        [1, 1, 1, 0, 1, 0, 0, 0, 1, 0], case=["a", "b", "c", "d"] * 2 + ["e", "e"],
        cluster=["r1"] * 4 + ["r2"] * 4 + ["r1", "r2"],
        kind=["canary"] * 8 + ["benign"] * 2,
    )  # fmt: skip
    found = number(standing.catch_rate(graded))
    assert (found.value, found.n, found.detail["false alarms"]) == (0.5, 8, 0.5)
    assert found.detail["missed by reviewer"][0] == {"of": "r2", "cases": 4, "failed": 3}
    assert found.detail["clusters"] == 2
    assert no_number(standing.catch_rate(answers([1.0], kind="benign"))).kind == "not-applicable"


def risk(**answered: object) -> ModelSpec:
    """Return a study with these risks."""
    return study(risks=answered)


@pytest.mark.parametrize(
    ("answer", "open_"),
    [
        ({"applies": True, "checks": ["genai.grounded"]}, 0), ({"applies": False, "because": "text only"}, 0),
        ({"applies": True}, 1), ({"applies": False, "because": " "}, 1),
    ],
)  # fmt: skip
def test_a_risk_is_answered_by_a_check_or_a_reason(answer: object, open_: int) -> None:
    """One that applies names checks, one that does not says why; eleven left out are eleven open."""
    assert number(standing.risks_answered(risk(**dict.fromkeys(RISKS, answer)))).value == 12 * open_
    assert number(standing.risks_answered(risk(cbrn=answer))).value == 11 + open_


def test_a_study_without_a_generative_part_has_no_risks_to_answer() -> None:
    """The question does not arise for a credit model."""
    spec = ModelSpec.model_validate(
        {"model": "m", "version": 1, "populations": {"a": {"data": "a"}}, "columns": {"score": "s"}}
    )
    assert no_number(standing.risks_answered(spec)).kind == "not-applicable"


def reviewed(world: int) -> Graded:
    """Return what the study's scripted reviewers made of seeded errors, in a world of its own."""
    rows = oversight.reviews(world)
    return answers(
        [float(row["verdict"]) for row in rows], case=[row["case"] for row in rows], scorer="human",
        cluster=[row["reviewer"] for row in rows], kind=[row["kind"] for row in rows],
        stratum=[row["planted"] for row in rows], severity=[float(row["severity"]) for row in rows],
    )  # fmt: skip


def test_the_catch_rate_of_known_reviewers_is_recovered() -> None:
    """Over 60 worlds the rate centres on the chances the reviewers were scripted with, false alarms too."""
    rows = oversight.reviews()
    truth = float(np.mean([oversight.caught(row["planted"], row["place"]) for row in rows if row["seeded"]]))
    found = [number(standing.catch_rate(reviewed(world))) for world in range(60)]
    values, alarms = [e.value for e in found], [e.detail["false alarms"] for e in found]
    assert np.mean(values) == pytest.approx(truth, abs=4 * np.std(values) / 60**0.5)
    assert np.mean(alarms) == pytest.approx(oversight.CAUGHT["none"], abs=4 * np.std(alarms) / 60**0.5)
    held = sum(e.low <= truth <= e.high for e in found if e.low is not None and e.high is not None)
    assert held / 60 >= 0.90


@given(st.lists(st.lists(st.booleans(), min_size=2, max_size=8), min_size=2, max_size=6))
def test_reviewers_are_clusters_of_a_plain_share(caught: list[list[bool]]) -> None:
    """The rate is the share of all reviews; its error is statsmodels' of a mean with reviewers as clusters."""
    flat = [float(x) for mine in caught for x in mine]
    who = [f"r{k}" for k, mine in enumerate(caught) for _ in mine]
    graded = answers(flat, case=[f"i{i}" for i in range(len(flat))], cluster=who, kind="canary")
    found = number(standing.catch_rate(graded))
    assert found.value == pytest.approx(float(np.mean(flat)))
    fit = sm.OLS(np.array(flat), np.ones(len(flat))).fit(cov_type="cluster", cov_kwds={"groups": np.array(who)})
    error = float(fit.bse[0])
    if 0 < found.value < 1 and error > 1e-9:
        size = min(found.value * (1 - found.value) / error**2, len(flat))
        size *= (z_of(0.95) / t_of(0.95, len(caught) - 1)) ** 2
        assert found.detail["effective items"] == pytest.approx(size, rel=1e-6)
