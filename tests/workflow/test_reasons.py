"""A study that declares its reasons: from model.yaml through the artefact to outcomes and the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import secondline as sl
from secondline.core.errors import SecondlineError
from secondline.core.outcome import Failed, Inconclusive, NotApplicable, Passed

BETA = {"debt": 1.1, "late": 0.7, "income": -0.8}
TEXTS = {
    "D": {"says": "Obligations are high against income", "features": ["debt"]},
    "L": {"says": "Payments were late", "features": ["late"]},
    "I": {"says": "Income is low for the amount", "features": ["income"]},
}
REASONS: dict[str, Any] = {
    "texts": TEXTS,
    "immutable": ["late"],
    "changes": {"debt": {"direction": "decreasing"}, "income": {"direction": "increasing"}},
    "knock-outs": {"K": {"says": "Bankrupt within two years", "column": "bankrupt"}},
    "recorded": ["codes"],
}


def table(seed: int, rows: int = 1_500) -> pa.Table:
    draw = np.random.default_rng(seed)
    columns: dict[str, Any] = {name: draw.normal(size=rows) for name in BETA}
    pd = 1 / (1 + np.exp(-(-0.5 + sum(b * columns[n] for n, b in BETA.items()))))
    struck = draw.random(rows) < 0.02
    # Every code on record is wrong but those of the rule.
    codes = ["K" if rule else "Z" if p >= 0.5 else None for rule, p in zip(struck, pd, strict=True)]
    return pa.table(columns | {"pd": pd, "bad": (draw.random(rows) < pd).astype(np.int8), "bankrupt": struck,
                               "codes": pa.array(codes, pa.string())})  # fmt: skip


def study(folder: Path, **more: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").write_text(json.dumps({"intercept": -0.5, "coefficients": BETA}))
    for name, seed in (("dev", 1), ("oot", 2)):
        pq.write_table(table(seed), folder / f"{name}.parquet")
    content = {
        "model": "m", "version": 1, "artefact": "model.json", "purpose": {"kind": "credit-decision"},
        "populations": {"dev": {"data": "dev.parquet"}, "oot": {"data": "oot.parquet"}},
        "columns": {"score": "pd", "label": "bad"}, "decision": {"approve-below": 0.5},
        "checks": ["explanation.reason*", "explanation.recourse", "robustness.evasion", "robustness.bunching"],
        "reasons": REASONS,
    } | more  # fmt: skip
    path = folder / "model.yaml"
    path.write_text(json.dumps(content))
    return path


def outcome(run: Any, code: str) -> Any:
    return next(e.outcome for e in run.find(code) if e.subject.population == "oot")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return sl.Study.read(study(tmp_path_factory.mktemp("study"))).validate(store=None)


def test_an_honest_model_passes_and_a_false_record_fails(run: Any) -> None:
    """Coverage, texts, determinism, effect and direction hold; the codes on record are not the model's."""
    for name in ("coverage", "texts", "determinism", "effect", "direction", "stability"):
        assert isinstance(outcome(run, f"explanation.reason_{name}"), Passed), name
    record = outcome(run, "explanation.reason_agreement")
    assert isinstance(record, Failed)
    assert record.severity == "critical"
    assert 0.9 < record.estimate.value < 1


def test_what_is_no_feature_is_not_taken_for_one(run: Any) -> None:
    """The columns of rules and of recorded codes are read and are not features; the rule has its own code."""
    facts = {f.name: f.features for f in run.run.populations}
    assert facts["oot"] == ("debt", "late", "income")
    detail = outcome(run, "explanation.reason_mix").estimate.detail
    assert {"D", "L", "I", "K"} == {line["code"] for line in detail["given"]}
    assert outcome(run, "explanation.reason_coverage").estimate.detail["declined by a rule"] > 0


def test_numbers_without_a_limit_are_reported(run: Any) -> None:
    """Recourse within the declared ways is the share a hand finds, or less by the coarseness of the grid."""
    found = outcome(run, "explanation.recourse")
    assert isinstance(found, NotApplicable)
    assert found.estimate is not None
    reference, rows = (table(seed) for seed in (1, 2))
    ends = (min(reference["debt"].to_pylist()), max(reference["income"].to_pylist()))
    declined = np.asarray(rows["pd"]) >= 0.5
    least = -0.5 + BETA["debt"] * ends[0] + BETA["late"] * np.asarray(rows["late"]) + BETA["income"] * ends[1]
    assert found.estimate.value == pytest.approx(float((least[declined] < 0).mean()), abs=0.02)
    assert set(found.estimate.detail["features"]) == {"debt", "income"}
    assert isinstance(outcome(run, "robustness.evasion"), NotApplicable)
    assert isinstance(outcome(run, "robustness.bunching"), Passed)


def test_the_report_tells_it_without_persons(run: Any, tmp_path: Path) -> None:
    """Section 11 has the battery, the frequency, three decisions, recourse and evasion; no value of a row is in it."""
    (page,) = run.report(tmp_path / "report.html")
    text = page.read_text()
    for part in ('id="t-reasons"', 'id="c-reasons"', 'id="t-reason-examples"', 'id="c-recourse"', 'id="c-evasion"'):
        assert text.count(part) == 1, part
    assert "Obligations are high against income" in text
    values = table(2)["debt"].to_pylist()
    assert not [value for value in values[:200] if repr(value) in text]


def test_the_same_study_gives_the_same_numbers(run: Any, tmp_path: Path) -> None:
    """Every estimate of a second run is equal to the last digit."""
    again = sl.Study.read(study(tmp_path)).validate(store=None)
    assert [e.outcome for e in again] == [e.outcome for e in run]


def test_nothing_declared_is_no_legal_claim(tmp_path: Path) -> None:
    """Without `reasons` coverage is inconclusive and texts do not arise; the reasons are tried all the same."""
    path = study(tmp_path, reasons=None, columns={"score": "pd", "label": "bad", "ignore": ["bankrupt", "codes"]})
    found = sl.Study.read(path).validate(store=None)
    assert isinstance(outcome(found, "explanation.reason_coverage"), Inconclusive)
    assert isinstance(outcome(found, "explanation.reason_texts"), NotApplicable)
    assert isinstance(outcome(found, "explanation.reason_effect"), Passed)


def test_no_rule_no_reasons(tmp_path: Path) -> None:
    """Without a decision there is nothing to explain, and the answer says so."""
    found = sl.Study.read(study(tmp_path, decision=None)).validate(store=None)
    answer = found.find("explanation.reason_effect")[0].outcome
    assert isinstance(answer, NotApplicable)
    assert "no `decision` rule" in answer.because


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A rule's column that the data lack is an error before anything is asked."""
    reasons = REASONS | {"recorded": ["code"]}
    with pytest.raises(SecondlineError, match="'code'"):
        sl.Study.read(study(tmp_path, reasons=reasons)).validate(store=None)


def test_one_population_lends_its_own_reference(tmp_path: Path) -> None:
    """A study without a second population still gives reasons, seeks ways to approval and tries to game the cut-off."""
    alone = {"dev": {"data": "dev.parquet"}}
    found = sl.Study.read(study(tmp_path, populations=alone)).validate(store=None)
    for code in ("explanation.reason_coverage", "explanation.recourse", "robustness.evasion"):
        assert found[code].outcome.estimate is not None, code
