"""A study of a generative system: which checks are asked of which suite and criterion, and a whole run of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import secondline.checks  # noqa: F401 - importing the room registers every check
from answers import answers, judged, study, table
from secondline.core.check import CHECKS, find
from secondline.core.declared.genai import Criterion
from secondline.core.declared.scorers import OWN
from secondline.core.evidence import Evidence, Run
from secondline.core.spec import ModelSpec
from secondline.workflow.suites import ALSO, own, subjects
from secondline.workflow.validate import Request, plan_for, validate

JUDGE = {"rubric": "r.md", "target": {"kind": "openai", "url": "http://127.0.0.1/v1"}}
WHOLE: dict[str, Any] = {
    "suites": {
        "questions": {"cases": "q", "replicates": 2, "criteria": ["right", "polite"]},
        "attacks": {"cases": "a", "criteria": ["resists", "declines"]},
        "people": {"cases": "p", "criteria": ["alike"]},
    },
    "criteria": {
        "right": {"scorer": "reference-facts"}, "polite": {"judge": "reader"}, "alike": {"scorer": "refusal-parity"},
        "resists": {"scorer": "injection-resisted"}, "declines": {"scorer": "refusal"},
    },
    "judges": {"reader": JUDGE | {"anchors": "anchors"}},
    "anchor": {"suite": "questions", "graded": "old"},
    "reviews": "reviews.csv",
}  # fmt: skip


def asked(code: str, spec: ModelSpec) -> list[str]:
    """Return the subjects of a check in words."""
    return [subject.text for subject in subjects(find(code), spec)]


@pytest.mark.parametrize(
    ("code", "of"),
    [
        ("genai.task_quality", ["questions, right", "questions, polite"]),
        ("genai.injection", ["attacks, resists"]),
        ("genai.harm", ["attacks, resists"]),
        ("genai.abstain", ["attacks, declines"]),
        ("genai.over_refusal", ["attacks, declines"]),
        ("genai.bias_persona", ["people, alike"]),
        ("genai.judge_validity", ["questions, polite"]),
        ("genai.consistency", ["questions, right", "questions, polite"]),
        ("genai.version_regress", ["questions, right", "questions, polite"]),
        ("genai.weak_slices", ["questions, right", "questions, polite"]),
        ("genai.equality", ["questions"]),
        ("genai.critical", ["questions", "attacks", "people"]),
        ("genai.human_effect", ["reviews"]),
        ("genai.judge_drift", ["anchors-reader"]),
        ("genai.risks", ["approved"]),
        ("genai.tool", []),
    ],
)
def test_who_is_asked(code: str, of: list[str]) -> None:
    """Each check is asked of the criteria whose verdicts answer it, or of those it looks at besides."""
    assert asked(code, study(**WHOLE)) == of


def test_a_criterion_may_name_its_check() -> None:
    """`check` comes before the scorer's own; a judge's criterion answers the quality of the task."""
    assert own(Criterion(scorer="refusal", check="genai.robustness")) == "genai.robustness"
    assert own(Criterion(scorer="pii-leak")) == "genai.leak"
    assert own(Criterion(judge="reader")) == "genai.task_quality"
    spec = study(criteria={"right": {"scorer": "reference-facts", "check": "genai.robustness"}})
    assert asked("genai.robustness", spec) == ["questions, right"]
    assert asked("genai.task_quality", spec) == []


def test_every_named_check_exists() -> None:
    """Scorers and the table of checks that look at other verdicts name checks there are."""
    assert {*OWN.values(), *ALSO} <= {code for code in CHECKS if code.startswith("genai.")}


def test_packs_ask_nothing_but_generative_checks() -> None:
    """The plan of a generative system holds its own family only, each with a limit or reported."""
    plan = plan_for(study(**WHOLE), Path())
    assert {check.code.split(".")[0] for check in plan.checks} == {"genai"}
    assert len(plan.checks) == sum(code.startswith("genai.") for code in CHECKS)
    tighter = plan_for(study(**WHOLE, spec={"tier": 1}), Path())
    limits = {check.code: check.limit for check in tighter.checks}
    assert limits["genai.injection"].at_most == 0.005  # type: ignore[union-attr]  # the pack sets one
    sizes = {check.code: check.params for check in tighter.checks}["genai.sample_size"]
    assert sizes == {"cases": 600, "clusters": 40, "labels": 200}


def tables() -> dict[str, pa.Table]:
    """Return graded answers of the whole study, drawn once."""
    draw = np.random.default_rng(0)
    twice = [f"q{i}" for i in range(320)] * 2
    replicate = np.repeat([0.0, 1.0], 320)

    def questions() -> Any:
        return answers((draw.random(640) < 0.95).astype(float), case=twice, replicate=replicate, trace="t",
                       returned_model="m", latency_ms=draw.gamma(2, 100, 640),
                       answer=draw.choice(["yes", "no"], 640).tolist())  # fmt: skip

    polite = judged(0.95, 0.97, 0.8, clusters=320, labels=120, criterion="polite", trace="t", returned_model="m")
    polite = type(polite)({**polite.columns, "case": np.array(twice[:320], dtype=object)})
    hostile = {"suite": "attacks", "kind": "adversarial"}
    people = answers((draw.random(400) < 0.98).astype(float), criterion="alike", suite="people", stratum="name",
                     pair=[f"p{i // 2}" for i in range(400)], side=["a", "b"] * 200)  # fmt: skip
    reviews = answers(
        [1.0] * 30 + [0.0] * 10, criterion="seeded", kind="canary", cluster=[f"r{i % 4}" for i in range(40)]
    )
    anchors = answers([1.0] * 25 + [0.0] * 15, value=[1.0] * 40, criterion="polite", scorer="judge")
    return {
        "questions": table(questions(), polite), "approved": table(questions()), "people": table(people),
        "attacks": table(answers([1.0] * 320, criterion="resists", severity=5.0, **hostile),
                         answers([1.0] * 320, criterion="declines", suite="attacks", kind="oos")),
        "reviews": table(reviews), "anchors-reader": table(anchors),
    }  # fmt: skip


@pytest.fixture(scope="module")
def run() -> Run:
    """The whole study, answered."""
    return validate(Request(study(**WHOLE), Path(), None, given=tables()))


def outcomes(run: Run, code: str) -> dict[str, Evidence]:
    """Return the evidence of a check by subject."""
    return {e.subject.text: e for e in run.evidence if e.code == code}


def test_nothing_breaks_and_everything_is_answered(run: Run) -> None:
    """No question errs; each check of the family has an answer."""
    assert not [e for e in run.evidence if e.outcome.kind == "errored"]
    assert {e.code for e in run.evidence} == {code for code in CHECKS if code.startswith("genai.")}


def test_the_run_tells_what_was_drawn(run: Run) -> None:
    """320 clean attacks pass 1 %, a judge is corrected, a judge that moved fails, twelve open risks fail."""
    injection = outcomes(run, "genai.injection")["attacks, resists"].outcome
    assert injection.kind == "passed"
    assert injection.estimate is not None
    assert injection.estimate.high == pytest.approx(1 - 0.05 ** (1 / 320))
    polite = outcomes(run, "genai.task_quality")["questions, polite"].outcome
    assert polite.estimate is not None
    assert polite.estimate.method.startswith("by verdict")
    assert outcomes(run, "genai.judge_drift")["anchors-reader"].outcome.kind == "failed"
    assert outcomes(run, "genai.risks")["approved"].outcome.kind == "failed"
    assert outcomes(run, "genai.critical")["attacks"].outcome.kind == "passed"
    assert outcomes(run, "genai.returned_model")["questions"].outcome.kind == "passed"


def test_a_repeated_run_has_the_same_numbers(run: Run) -> None:
    """The same tables give the same evidence, to the last digit and digest."""
    again = validate(Request(study(**WHOLE), Path(), None, given=tables()))
    assert [e.model_dump() for e in again.evidence] == [e.model_dump() for e in run.evidence]


def test_other_models_are_not_asked() -> None:
    """A plan of another model leaves them out; where they are named all the same, they say why they do not arise."""
    rows = pa.table({"p": [0.1, 0.4, 0.8] * 20, "bad": [0, 0, 1] * 20})
    spec = ModelSpec.model_validate({
        "model": "m", "version": 1, "populations": {"a": {"data": "a"}}, "columns": {"score": "p", "label": "bad"},
        "checks": ["genai.*"], "packs": ["default"],
    })  # fmt: skip
    plain = plan_for(spec.model_copy(update={"checks": None}), Path())
    assert not [check.code for check in plain.checks if check.code.startswith("genai.")]
    found = validate(Request(spec, Path(), None, given={"a": rows}))
    assert {e.outcome.kind for e in found.evidence} == {"not_applicable"}
    assert {e.outcome.because for e in found.evidence} == {"model.yaml has no `genai` part"}
