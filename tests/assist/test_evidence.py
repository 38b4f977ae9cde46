"""Evidence: what a run holds becomes exhibits, adverse ones marked, derived numbers made by code."""

from __future__ import annotations

from collections import Counter

import pytest

from reports.sample_run import hostile_run, sample_run
from secondline.assist.evidence import gather, handle
from secondline.assist.exhibits import Exhibits
from secondline.assist.plans import GENERATIVE, PLANS, plan_of, plans_of
from secondline.assist.templates import written
from secondline.assist.verify import verify_section
from secondline.core.check import CHECKS
from secondline.core.errors import SpecError

RUN = sample_run()


@pytest.fixture(scope="module")
def found() -> Exhibits:
    """The exhibits of the sample run."""
    return gather(RUN)


def test_every_answer_and_finding_is_an_exhibit(found: Exhibits) -> None:
    """Each answer of the run comes once, under its own number, with its value, unit and queries."""
    answers = {item.source: item for item in found.of_kind("answer")}
    assert set(answers) == {e.id for e in RUN.evidence}
    for evidence in RUN.evidence:
        item = answers[evidence.id]
        assert (item.id, item.queries, item.outcome) == (handle(evidence.id), evidence.queries, evidence.outcome.kind)
        if evidence.outcome.estimate:
            assert item.fields[item.main].value == evidence.outcome.estimate.value
            assert item.fields[item.main].unit == evidence.unit
    assert [f.source for f in found.of_kind("finding")] == [f.id for f in RUN.findings]


def test_whatever_failed_or_is_open_is_adverse(found: Exhibits) -> None:
    """Failed, inconclusive and errored answers, and findings of medium severity or worse; nothing else."""
    wanted = {e.id for e in RUN.evidence if e.outcome.kind in {"failed", "inconclusive", "errored"}}
    wanted |= {f.id for f in RUN.findings if f.severity != "low"}
    assert {item.source for item in found.adverse} == wanted


def test_every_adverse_record_has_a_section(found: Exhibits) -> None:
    """Taken together the sections must tell everything adverse, whatever family a check is of."""
    assert {i.id for plan in PLANS for i in plan.adverse(found)} == {i.id for i in found.adverse}
    moved = RUN.model_copy(update={"evidence": tuple(e.model_copy(update={"code": "new.thing"}) for e in RUN.evidence)})
    other = gather(moved)
    assert {i.id for plan in PLANS for i in plan.adverse(other)} == {i.id for i in other.adverse}


def test_a_generative_system_is_told_part_by_part(found: Exhibits) -> None:
    """Its answers have the parts of section 9, each told once, none left over; other runs keep their sections."""
    assert plans_of(found) == PLANS
    codes = ("genai.injection", "genai.judge_bias", "genai.task_quality", "genai.new_thing", "data.rules")
    evidence = tuple(e.model_copy(update={"code": codes[i % 5]}) for i, e in enumerate(RUN.evidence))
    items = gather(RUN.model_copy(update={"evidence": evidence}))
    plans = plans_of(items)
    assert plans == GENERATIVE
    told = [item.id for plan in plans if not plan.open for item in plan.answers(items)]
    assert sorted(told) == sorted(item.id for item in items.of_kind("answer"))
    assert {i.code for i in plan_of("outcomes-results").answers(items)} == set(codes[2:])
    assert {i.id for plan in plans for i in plan.adverse(items)} == {i.id for i in items.adverse}
    for plan in plans:
        assert verify_section(written(plan, items), items, plan.adverse(items)).holds, plan.id


def test_the_parts_name_checks_and_sections_that_there_are() -> None:
    """No code is misspelt, and each part is a section of the report of a generative system."""
    import secondline.checks  # noqa: F401 - registers the checks

    assert {code for plan in GENERATIVE for code in plan.codes} <= set(CHECKS)


def test_derived_numbers_are_made_by_code(found: Exhibits) -> None:
    """Counts are those of the run, differences those of two answers, and each names what it is made of."""
    calcs = found.of_kind("calc")
    kinds = Counter(e.outcome.kind for e in RUN.evidence)
    whole = {c.fields["label"].value: c.fields["count"].value for c in calcs if c.family == "all"}
    assert whole["Failed answers"] == kinds["failed"]
    by_source = {item.source: item for item in found.of_kind("answer")}
    changes = [c for c in calcs if c.main == "difference"]
    for calc in changes:
        a, b = (by_source[source] for source in calc.sources)
        assert calc.fields["difference"].value == float(b.fields[b.main].value) - float(a.fields[a.main].value)
    assert changes


@pytest.mark.parametrize("run", [RUN, hostile_run()], ids=["sample", "hostile"])
def test_templates_say_everything_and_keep_the_rules(run: object) -> None:
    """Without a model no sentence is refused and nothing adverse is left out; also with hostile names."""
    items = gather(run)  # type: ignore[arg-type]  # both are runs
    for plan in PLANS:
        verdict = verify_section(written(plan, items), items, plan.adverse(items))
        assert verdict.holds, (plan.id, verdict.codes)


def test_findings_on_record_take_the_place_of_those_proposed() -> None:
    """With a ledger the open findings of the model count, with the state they are in."""
    doc = {"id": "F-9", "severity": "low", "statement": "Thin.", "state": "issued", "evidence": ["r/E-1"]}
    (only,) = gather(RUN, [doc]).of_kind("finding")
    assert (only.id, only.adverse, only.fields["status"].value, only.sources) == ("F9", False, "issued", ("E-1",))


def test_missing_and_stale_evidence_is_told() -> None:
    """A family without an answer and a planned check without one are missing; stale evidence writes nothing."""
    fewer = RUN.model_copy(update={"evidence": tuple(e for e in RUN.evidence if e.code != "discrimination.auc")})
    assert "discrimination.auc" in list(plan_of("outcomes").missing(gather(fewer)))
    assert list(plan_of("fairness").missing(gather(RUN))) == ["fairness.*"]
    assert written(plan_of("outcomes"), gather(RUN, stale="A later run is on record.")) == ()


def test_an_unknown_section_is_named() -> None:
    """The message says which sections there are, or which is close."""
    with pytest.raises(SpecError, match="'summary'"):
        plan_of("sumary")
