"""A search for less discriminatory alternatives, from model.yaml to evidence, on data with a planted disparity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import secondline as sl
from secondline.core.errors import SecondlineError, SpecError
from secondline.reports.blocks import Chart, Paragraph, Table
from secondline.reports.draft import draft


def drawn(n: int, seed: int) -> pa.Table:
    """Draw applicants; the recorded score marks group b down through its postcode, and the outcome does not."""
    draw = np.random.default_rng(seed)
    group = draw.random(n) < 0.4
    merit, other = draw.normal(size=n), draw.normal(size=n)
    postcode = (draw.random(n) < 0.2 + 0.6 * group).astype(float)
    odds = -1.0 + 1.2 * merit + 0.5 * other
    label = (draw.random(n) < 1 / (1 + np.exp(-odds))).astype(int)
    score = 1 / (1 + np.exp(-(odds + 1.2 * (postcode - 0.4))))
    columns = {"merit": merit, "other": other, "postcode": postcode, "y": label, "pd": score}
    return pa.table(columns | {"group": pa.array(np.where(group, "b", "a"))})


def study(**alternatives: Any) -> sl.Study:
    declared = {"column": "group", "seeds": 1, "drop": 2, "penalty": [1.0], "settings": [{"leaves": 5}]} | alternatives
    return sl.Study.of(
        {"development": drawn(4_000, 1), "current": drawn(4_000, 2)}, score="pd", label="y", protected=["group"],
        decision={"approve-below": 0.3}, alternatives=declared, checks=["fairness.alternatives"],
        packs=["default"],
    )  # fmt: skip


def test_a_planted_disparity_has_an_alternative() -> None:
    """Models fitted without the mark-down approve group b more often and rank better; the record names each move."""
    found = study().validate(store=None)["fairness.alternatives"]
    estimate = found.outcome.estimate
    assert estimate is not None
    assert estimate.low is not None
    assert estimate.low > 0.1
    detail = estimate.detail
    assert (detail["group"], detail["control"], detail["rows fitted"]) == ("b", "a", 4_000)
    assert {c["how"] for c in detail["candidates"]} == {"seed", "drop", "reweigh", "penalty", "settings", "both"}
    assert any(c.get("confirmed") == "yes" for c in detail["candidates"])


def test_a_limit_makes_it_a_finding_and_a_repetition_the_same() -> None:
    """With a limit the gain fails, and a second run gives the same numbers from the same models."""
    judged = study(most=4).limit("fairness.alternatives", at_most=0.02)
    first, second = (judged.validate(store=None) for _ in range(2))
    assert first["fairness.alternatives"].outcome.kind == "failed"
    assert first["fairness.alternatives"].outcome == second["fairness.alternatives"].outcome
    assert first["fairness.alternatives"].statistics == second["fairness.alternatives"].statistics
    assert [f.code for f in first.run.findings] == ["fairness.alternatives"]


def test_a_group_that_is_not_there_decides_nothing() -> None:
    """The answer is inconclusive and names the group."""
    outcome = study(group="c").validate(store=None)["fairness.alternatives"].outcome
    assert outcome.kind == "inconclusive"
    assert "'c'" in outcome.because


def test_a_logistic_search_has_no_penalty() -> None:
    """Another kind of model is searched the same way."""
    estimate = study(kind="logistic", settings=[]).validate(store=None)["fairness.alternatives"].outcome.estimate
    assert estimate is not None
    assert "penalty" not in {c["how"] for c in estimate.detail["candidates"]}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"column": "nobody"}, "nobody"),
        ({"settings": [{"leafs": 3}]}, "leafs"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], said: str) -> None:
    """A column or a setting that does not exist is an answer that could not be given, with its name."""
    outcome = study(**wrong).validate(store=None)["fairness.alternatives"].outcome
    assert outcome.kind == "errored"
    assert said in outcome.because


def test_an_unknown_key_is_refused_before_anything_runs() -> None:
    """model.yaml is strict here as everywhere."""
    with pytest.raises((SpecError, SecondlineError), match="comparible"):
        study(comparible={"auc-loss": 0.01})


def test_the_report_draws_every_model_tried() -> None:
    """Section 12 says what was searched, draws each model once and lists those that were confirmed."""
    run = study().validate(store=None)
    written = draft(run.run)
    (fair,) = (section for section in written.sections if section.number == "12")
    (part,) = (section for section in fair.sections if section.title == "Less discriminatory alternatives")
    (chart,) = (block for block in part.blocks if isinstance(block, Chart))
    (table,) = (block for block in part.blocks if isinstance(block, Table))
    estimate = run["fairness.alternatives"].outcome.estimate
    assert estimate is not None
    tried = estimate.detail["candidates"]
    marks = [row["name"] for layer in chart.spec["layer"] for row in layer["data"]["values"] if "kind" in row]
    assert set(marks) == {c["name"] for c in tried}
    assert [row[0].text for row in table.rows] == [c["name"] for c in tried if c["listed"]]


def test_without_a_search_the_report_says_so() -> None:
    """What was not searched is named as not evidenced, with what to write."""
    run = study().validate(store=None).run
    other = run.model_copy(update={"evidence": ()})
    (fair,) = (section for section in draft(other).sections if section.number == "12")
    said = [block for section in fair.sections for block in section.blocks if isinstance(block, Paragraph)]
    assert any("no search for a less discriminatory model" in str(block.spans[0]) for block in said)
