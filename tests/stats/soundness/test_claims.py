"""Claims about the artefact are told to hold, not to hold, or not to be told."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from make import no_number, number
from secondline.core.spec import Claims
from secondline.stats import claims

FACTS: dict[str, Any] = {"library": "lightgbm", "trees": 20, "monotone": {"income": 1, "age": -1}}
NAMES = ("income", "age", "balance")


def verdicts(said: dict[str, Any], *, form: str = "lightgbm", name: str = "m", **more: Any) -> dict[str, str]:
    facts = more.pop("facts", FACTS)
    found = number(claims.held(Claims.model_validate(said), name, form, NAMES, facts, **more))
    lines = found.detail["claims"]
    assert found.value == sum(line["verdict"] == claims.BROKEN for line in lines)
    assert found.n == sum(line["verdict"] != claims.OPEN for line in lines)
    return {line["claim"]: line["verdict"] for line in lines}


def test_a_true_document_has_no_broken_claim() -> None:
    """Type, inputs, trees and directions as the artefact has them all hold."""
    said = {
        "type": "boosted-trees",
        "inputs": 3,
        "trees": 20,
        "monotone": {"income": "increasing", "age": "decreasing"},
    }
    assert set(verdicts(said).values()) == {claims.KEPT}
    assert set(verdicts({"inputs": list(NAMES)[::-1]}).values()) == {claims.KEPT}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"type": "scorecard"}, "boosted-trees"),
        ({"inputs": 4}, "it reads 3"),
        ({"inputs": ["income", "age", "region"]}, "it also reads balance; it does not read region"),
        ({"trees": 30}, "20 trees"),
        ({"monotone": {"income": "decreasing"}}, "built to be increasing"),
        ({"monotone": {"region": "decreasing"}}, "the artefact does not read it"),
    ],
)
def test_each_planted_lie_is_caught(said: dict[str, Any], found: str) -> None:
    """One claim, one verdict, and what was found instead."""
    estimate = number(claims.held(Claims.model_validate(said), "m", "lightgbm", NAMES, FACTS))
    assert estimate.value == 1
    assert estimate.detail["claims"][0]["found"] == found


def test_what_the_artefact_does_not_tell_is_not_counted() -> None:
    """ONNX says nothing of its kind or trees, a constraint that was not set is left to the sweep."""
    said = {"type": "neural-network", "trees": 3, "monotone": {"balance": "increasing"}}
    assert set(verdicts(said, form="onnx", facts={"monotone": {}}).values()) == {claims.OPEN}
    assert set(verdicts({"type": "tree", "monotone": {"age": "increasing"}}, form="onnx", facts={})) == {
        "it is of type tree"
    }


def test_directions_are_of_risk() -> None:
    """Where a lower score is riskier, or a recalibration turns the score around, the constraint turns with it."""
    said = {"monotone": {"income": "decreasing"}}
    assert verdicts(said, sign=-1) == {"risk is decreasing in income": claims.KEPT}
    assert verdicts(said, facts=FACTS | {"calibration": {"slope": -1.0}}) == {
        "risk is decreasing in income": claims.KEPT
    }


def test_kinds_are_told_by_format_and_by_class() -> None:
    """A table of coefficients by its link, an estimator by its name, a pipeline not at all."""
    assert claims.kinds("m", "linear", {"link": "logit"}) == {"logistic-regression"}
    assert claims.kinds("m", "linear", {"link": "identity"}) == {"linear-regression"}
    assert "scorecard" in claims.kinds("m", "scorecard", {})
    assert claims.kinds("m", "skops", {"estimator": "RandomForestClassifier"}) == {"forest"}
    assert claims.kinds("LGBMClassifier", "python", {}) == {"boosted-trees"}
    assert claims.kinds("Pipeline", "skops", {"estimator": "Pipeline"}) == set()


def test_the_method_of_reasons_is_held_against_the_declaration() -> None:
    """The same word holds, another does not, none declared is left open."""
    said = {"reason-method": "shap"}
    for method, verdict in (("shap", claims.KEPT), ("points", claims.BROKEN), (None, claims.OPEN)):
        assert set(verdicts(said, method=method).values()) == {verdict}


def test_no_claim_is_no_question() -> None:
    """Not applicable; an unknown type is refused when model.yaml is read."""
    assert no_number(claims.held(Claims(), "m", "lightgbm", NAMES, FACTS)).kind == "not-applicable"
    with pytest.raises(ValidationError, match="boosted-trees"):
        Claims.model_validate({"type": "boosted trees"})
