"""Robustness from end to end: a planted region is found, a right model is left alone, and a scorer is moved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondline import Study
from secondline.core.evidence import Evidence
from secondline.samples.portfolio import FEATURES, Truth, Window, draw
from secondline.workflow.result import Validation

WITHOUT_MODEL = ("weak_regions", "weak_ranking", "weak_loss", "operating_boundary", "worst_subpopulation", "tilt")
MOVED = ("missingness", "sensitivity", "joint_sensitivity", "noise_curve")


def scorer(columns: Mapping[str, Any]) -> Any:
    """Return a crude score that rises with two inputs and gives missing income a middle place."""
    income = np.maximum(np.nan_to_num(columns["income"], nan=30_000.0), 1.0)
    return 1 / (1 + np.exp(-(columns["utilisation"] - 3.0 - np.log(income / 30_000))))


@pytest.fixture(scope="module")
def validated(tmp_path_factory: pytest.TempPathFactory) -> Validation:
    before = draw(Truth(default_rate=0.08), Window(rows=6_000, seed=1))
    after = draw(Truth(default_rate=0.08, misjudged={"north": 2.0}), Window(rows=8_000, seed=2, first_id=100_000))
    study = Study.of(
        {"before": before, "after": after}, score="pd", label="default_12m", segments=["region", "channel"],
        exposure="limit_amount", features=list(FEATURES), scorer=scorer,
        checks=[f"robustness.{name}" for name in (*WITHOUT_MODEL, *MOVED)],
    )  # fmt: skip
    return study.validate(store=Path(tmp_path_factory.mktemp("runs")))


def answer(validated: Validation, name: str, population: str = "after", column: str | None = None) -> Evidence:
    found = [e for e in validated.run.evidence if e.code == f"robustness.{name}" and e.subject.population == population]
    return next(e for e in found if column in {None, e.subject.column})


def test_the_planted_region_fails_and_the_right_model_does_not(validated: Validation) -> None:
    """The north is named in the newer population; nothing is confirmed in the older one."""
    weak = answer(validated, "weak_regions").outcome
    assert weak.kind == "failed"
    assert weak.estimate is not None
    assert weak.estimate.detail["regions"][0]["conditions"] == [{"column": "region", "equals": "north"}]
    assert weak.estimate.detail["regions"][0]["exposure"] == pytest.approx(0.2, abs=0.03)
    right = answer(validated, "weak_regions", "before").outcome
    assert right.kind in {"passed", "inconclusive"}
    assert right.estimate is not None
    assert right.estimate.detail["regions"] == []


@pytest.mark.parametrize("name", [*WITHOUT_MODEL, "joint_sensitivity", "noise_curve"])
def test_every_question_has_a_number(validated: Validation, name: str) -> None:
    """Each check answers for the newer population."""
    assert answer(validated, name).outcome.estimate is not None


def test_inputs_are_moved_where_the_scorer_reads_them(validated: Validation) -> None:
    """Utilisation moves the score, bureau score does not, and neither does an input that is not read."""
    moved = answer(validated, "sensitivity", column="utilisation").outcome.estimate
    idle = answer(validated, "sensitivity", column="bureau_score").outcome.estimate
    assert moved is not None
    assert idle is not None
    assert moved.value > 0.05
    assert idle.value == 0
    lost = answer(validated, "missingness", column="income").outcome.estimate
    assert lost is not None
    assert lost.detail["unanswered"] == 0
    assert answer(validated, "missingness", column="utilisation").outcome.kind == "not_applicable"


def test_the_boundary_is_a_list_of_conditions(validated: Validation) -> None:
    """Every input has a range or levels, and says whether it may be missing."""
    bounds = answer(validated, "operating_boundary").outcome.estimate
    assert bounds is not None
    by = {bound["column"]: bound for bound in bounds.detail["conditions"]}
    assert set(by) == set(FEATURES)
    assert by["income"]["may_be_missing"] is True
    assert by["utilisation"]["may_be_missing"] is False
    assert by["utilisation"]["at_least"] <= by["utilisation"]["at_most"] <= 1
