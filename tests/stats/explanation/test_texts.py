"""Texts: each defect that can be planted is found, and a clean mapping has none."""

from __future__ import annotations

from typing import Any

import pytest

from secondline.core.declared.reasons import Reasons
from secondline.core.estimate import Estimate, Undefined
from secondline.stats.explanation.texts import mapping

FEATURES = ("arrears", "income", "utilisation")
CLEAN: dict[str, Any] = {
    "A": {"says": "Payments were late", "features": ["arrears"], "missing": "No payment history on file"},
    "B": {"says": "Income is low for the amount", "features": ["income"], "missing": "No payment history on file"},
    "C": {"says": "Balances are high against limits", "features": ["utilisation"]},
}


def defects(texts: dict[str, Any], withheld: dict[str, str] | None = None, **more: Any) -> list[str]:
    claims = more.pop("claims", {})
    found = mapping(Reasons.model_validate({"texts": texts, **more}), FEATURES, withheld or {}, claims)
    assert isinstance(found, Estimate)
    assert found.value == len(found.detail["defects"])
    return list(found.detail["defects"])


def test_a_clean_mapping_has_no_defect() -> None:
    """Every feature once, every text its own words; one text for missing values of two features is no defect."""
    assert defects(CLEAN) == []


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"C": None}, "utilisation: no text"),
        ({"B": {"says": "Income is low", "features": ["income", "arrears"]}}, "arrears: in 2 texts"),
        ({"C": {"says": "payments were LATE.", "features": ["utilisation"]}}, "A: its words are those of another code"),
        ({"C": CLEAN["C"] | {"says": "Failed to achieve a qualifying score"}}, "C: its words are not specific"),
        ({"D": {"says": "Bankruptcy", "features": ["bankrupt"]}}, "bankrupt: has a text and is not read by the model"),
        ({"C": CLEAN["C"] | {"missing": "Payments were late"}}, "C missing: its words are those of another code"),
    ],
)  # fmt: skip
def test_a_planted_defect_is_found(change: dict[str, Any], wanted: str) -> None:
    """Each kind of defect is named with the feature or the code it is about."""
    texts = {code: text for code, text in (CLEAN | change).items() if text}
    assert wanted in defects(texts)


def test_what_may_not_be_named_has_no_text() -> None:
    """A withheld feature needs no text, and a text on it is a defect."""
    assert defects({k: v for k, v in CLEAN.items() if k != "C"}, {"utilisation": "a proxy"}) == []
    assert defects(CLEAN, {"utilisation": "a proxy"}) == ["utilisation: has a text and may not be named (a proxy)"]


def test_a_text_over_opposite_directions_says_nothing() -> None:
    """Income counts down and arrears up: one text cannot mean both."""
    texts = {"A": {"says": "Payments and income", "features": ["arrears", "income"]}, "C": CLEAN["C"]}
    claims = {"arrears": "increasing", "income": "decreasing"}
    assert defects(texts, claims=claims) == ["A: its features point in different directions"]


def test_the_sample_form_is_held_against_the_features() -> None:
    """Length of employment on income is for a person to decide; bankruptcy on a bankruptcy flag is not."""
    texts = {
        "A": {"says": "Length of employment", "features": ["income"]},
        "B": {"says": "Delinquent past or present credit obligations with others", "features": ["arrears"]},
        "C": CLEAN["C"],
    }
    found = mapping(Reasons.model_validate({"texts": texts}), FEATURES, {}, {})
    assert isinstance(found, Estimate)
    assert (found.value, found.detail["sample form"]) == (0, ["A"])
    assert "do not show it: A" in found.warnings[0]


def test_nothing_declared_is_nothing_asked() -> None:
    """Without texts the question does not arise."""
    assert isinstance(mapping(Reasons(), FEATURES, {}, {}), Undefined)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"method": "points-below-best", "reference": "population"}, "has the reference 'best'; leave `reference` out"),
        ({"inquiries": "Z"}, "names the code 'Z', which `texts` does not hold"),
        ({"texts": CLEAN, "overrides": {"code": "A", "says": "x"}}, "the code 'A' stands for two reasons"),
        ({"changes": {"income": {"min": 2, "max": 1}}}, "a change needs min <= max; got min 2 and max 1"),
    ],
)
def test_declarations_that_contradict_themselves_are_refused(content: dict[str, Any], message: str) -> None:
    """The message says what is wrong and what to do."""
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        Reasons.model_validate(content)
