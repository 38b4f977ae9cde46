"""Validations: the team is independent, the plan came first, and nothing is signed that is not finished."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from govern.office import OPINION, Office
from secondline.core.errors import OutOfTurn, Refused, SpecError, UnknownRecord
from secondline.govern.validating import PARTS, REVIEWS, TYPES, Area, Kind, may_rely


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Open an office with one model, not rated yet."""
    return Office(tmp_path)


def test_every_kind_says_what_it_contains() -> None:
    """All nine kinds have parts, each part is explained, and an initial validation relies on nobody."""
    assert set(TYPES) == set(get_args(Kind))
    assert {part for kind in TYPES.values() for part in kind.parts} == set(PARTS)
    assert set(PARTS) > REVIEWS
    assert not any(may_rely("initial", area, tier) for area in get_args(Area) for tier in range(5))
    assert [may_rely("periodic", "calibration", tier) for tier in range(5)] == [False, False, False, True, True]
    assert may_rely("periodic", "representativeness", 1)


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"model": "nobody"}, UnknownRecord, "no model"), ({"version": "9.9"}, UnknownRecord, "no version"),
        ({"kind": "initial", "version": ""}, SpecError, "say which"), ({"kind": "quick"}, SpecError, "`kind`"),
        ({"lead": "nobody"}, UnknownRecord, "no person"), ({"lead": "app"}, Refused, "no active validator"),
        ({"team": ["own"]}, Refused, "no active validator"), ({"due": "soon"}, SpecError, "`due`"),
        ({"scope": ""}, SpecError, "`scope`"),
    ],
)  # fmt: skip
def test_a_false_plan_is_refused(office: Office, wrong: dict[str, Any], error: type[Exception], says: str) -> None:
    """Unknown model, version or person, a member who is no validator, a missing scope."""
    with pytest.raises(error, match=says):
        office.project(**wrong)


def test_who_built_or_owns_it_is_never_in_the_team(office: Office) -> None:
    """Though they be validators too, or owned it only before."""
    office.do("model.changed", "own", "pd-retail", owner="both")
    office.do("model.changed", "own", "pd-retail", owner="own")
    with pytest.raises(Refused, match="develop or own"):
        office.project(team=("both",))
    project = office.project()
    with pytest.raises(Refused, match="develop or own"):
        office.do("validation.team-changed", "val", project, "holiday", lead="both")


def test_everybody_declares_independence_for_themselves(office: Office) -> None:
    """The work starts when all have; who joins declares too, and who left is forgotten."""
    project = office.project()
    with pytest.raises(OutOfTurn, match="val, val2"):
        office.do("validation.started", "val", project)
    with pytest.raises(Refused, match="not in the team"):
        office.do("validation.declared", "head", project, statement="I am independent.")
    office.do("validation.declared", "val", project, statement="I am independent.")
    office.do("validation.team-changed", "head", project, "val is away", lead="boss", team=["val2"])
    assert "val" not in office.get("validation", project).get("independence", {})
    with pytest.raises(OutOfTurn, match="boss, val2"):
        office.do("validation.started", "boss", project)


def test_only_lead_or_head_move_the_project(office: Office) -> None:
    """Another validator does not start, close or cancel it."""
    project = office.fieldwork()
    for act, form in (("reporting", {}), ("cancelled", {}), ("team-changed", {"lead": "val2"})):
        with pytest.raises(Refused, match="'val' leads"):
            office.do(f"validation.{act}", "val2", project, "because", **form)
    office.do("validation.cancelled", "head", project, "model withdrawn")
    with pytest.raises(OutOfTurn):
        office.do("validation.reporting", "val", project)


def test_the_plan_comes_before_its_run(office: Office) -> None:
    """A run whose plan is unknown or younger cannot be attached."""
    project = office.fieldwork()
    early = office.run(plan="later", current="passed")
    for _ in range(2):
        with pytest.raises(SpecError, match="limits may follow its results"):
            office.do("validation.run-attached", "val", project, run=early)
        if office.ledger.records.get("plan", "later") is None:
            office.plan("later")


def test_a_run_is_of_this_version_and_artefact(office: Office) -> None:
    """Another version, another file, an unknown run, the same run twice: each is refused."""
    office.do("version.registered", "dev", "pd-retail@2.0", model="pd-retail", version="2.0", digest="a" * 64)
    project = office.fieldwork(version="pd-retail@2.0")
    assert office.get("validation", project)["version"] == "2.0"
    good = office.run(version="2.0", artefact="a" * 64, current="passed")
    for run, says in (
        (office.run(version="1.0"), "is of pd-retail 1.0"), ("run-99", "no run"),
        (office.run(version="2.0", artefact="b" * 64), "tested an artefact bbbb"),
    ):  # fmt: skip
        with pytest.raises((SpecError, UnknownRecord), match=says):
            office.do("validation.run-attached", "val", project, run=run)
    office.do("validation.run-attached", "val", project, run=good)
    with pytest.raises(SpecError, match="attached already"):
        office.do("validation.run-attached", "val2", project, run=good)
    with pytest.raises(Refused, match="not in the team"):
        office.do("validation.run-attached", "head", project, run=good)


def test_a_run_by_another_plan_is_a_deviation_with_a_reason(office: Office) -> None:
    """It is shown with who did it and why; a run the developer made does not count as one's own."""
    project = office.fieldwork()
    plan = office.plan()
    with pytest.raises(UnknownRecord):
        office.do("validation.plan-attached", "val", project, plan="unheard")
    office.do("validation.plan-attached", "val", project, plan=plan)
    office.do("validation.run-attached", "val", project, run=office.run(plan=plan, maker="dev", current="passed"))
    other = office.run(current="passed")
    with pytest.raises(SpecError, match="it is a deviation"):
        office.do("validation.run-attached", "val", project, run=other)
    office.do("validation.run-attached", "val", project, "data came late", run=other)
    office.do("validation.deviated", "val2", project, "Licence ended.", what="No benchmark.")
    doc = office.get("validation", project)
    assert [d["why"] for d in doc["deviations"]] == ["data came late", "Licence ended."]
    assert doc["own_runs"] == [other]


def test_a_part_is_left_out_only_by_the_head_where_it_matters(office: Office) -> None:
    """An unrated model counts as the strictest; the fate of earlier findings is never left out."""
    project = office.fieldwork()
    with pytest.raises(Refused, match="the head decides"):
        office.do("validation.excused", "val", project, "no time", part="use")
    with pytest.raises(SpecError, match="never left out"):
        office.do("validation.excused", "head", project, "no time", part="prior-findings")
    with pytest.raises(SpecError, match="does not ask for 'code'"):
        office.do("validation.excused", "head", project, "no time", part="code")
    office.do("validation.excused", "head", project, "no use yet", part="use")
    assert office.get("validation", project)["excused"]["use"]["by"] == "head"


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"recommendation": "conditional"}, "names its conditions"), ({"opinion": 4}, "cannot be recommended"),
        ({"opinion": 5}, "`opinion`"), ({"combination": ""}, "`combination`"), ({"confidence": "some"}, "`confidence`"),
    ],
)  # fmt: skip
def test_an_opinion_is_whole_and_consistent(office: Office, form: dict[str, Any], says: str) -> None:
    """Conditions are named, grade and advice agree, combination and confidence are stated."""
    project = office.fieldwork()
    office.do("validation.reporting", "val", project)
    with pytest.raises(SpecError, match=says):
        office.do("validation.opined", "val", project, **OPINION | form)


def test_the_lead_opines_and_a_critical_finding_forbids_plain_approval(office: Office) -> None:
    """Nobody else gives the opinion, the head neither."""
    project = office.fieldwork()
    office.do("validation.reporting", "val", project)
    for who in ("val2", "head"):
        with pytest.raises(Refused, match="answers for it"):
            office.do("validation.opined", who, project, **OPINION)
    office.judgement(legal=True)
    with pytest.raises(SpecError, match="stands: critical"):
        office.do("validation.opined", "val", project, **OPINION)
    held = OPINION | {"recommendation": "restricted", "conditions": ["New customers only."]}
    office.do("validation.opined", "val", project, **held)
    with pytest.raises(Refused, match="'val' leads"):
        office.do("validation.reopened", "val2", project, "more data")


def test_a_second_person_signs_and_only_a_finished_validation(office: Office) -> None:
    """At tiers 1 and 2, and without a tier, not the lead; nobody of the first line ever."""
    project = office.opined()
    with pytest.raises(Refused, match="another validator signs"):
        office.do("validation.signed", "val", project)
    for who in ("dev", "own", "app", "aud", "ada"):
        with pytest.raises(Refused):
            office.do("validation.signed", who, project)
    office.do("validation.signed", "val2", project)
    doc = office.get("validation", project)
    assert (doc["state"], doc["signed_by"], doc["signed_on"]) == ("signed", "val2", "2026-05-01")


def test_nothing_open_is_signed(office: Office) -> None:
    """A request, a challenge, a review without conclusion, an earlier finding not judged: each is named."""
    finding = office.agreed()
    project = office.fieldwork("annual-review")
    office.reviewed(project, "yearly")
    request = office.do("request.made", "val", validation=project, what="Code", to="dev", due="2026-06-01")
    challenge = office.do("challenge.asked", "val", validation=project, question="Why 12 months?", to="dev")
    review = office.do("review.opened", "val", validation=project, part="use", questionnaire="use", questions=["USE-1"])
    office.do("validation.reporting", "val", project)
    office.do("validation.opined", "val", project, **OPINION)
    with pytest.raises(OutOfTurn) as caught:
        office.do("validation.signed", "val2", project)
    assert all(name in str(caught.value) for name in (request, challenge, review, "prior-findings"))
    office.do("validation.reopened", "val", project, "papers open")
    office.do("request.withdrawn", "val", request, "found it")
    office.do("challenge.answered", "dev", challenge, answer="Policy.", changed=False, outcome="Policy says so.")
    office.do("challenge.settled", "val", challenge)
    office.do("review.noted", "val2", review, question="USE-1", rating="adequate", answer="As meant.", evidence=["log"])
    office.do("review.concluded", "val2", review, conclusion="Good.")
    office.do("finding.reassessed", "val", finding, validation=project, fate="unchanged", note="0.62 still")
    office.do("validation.opined", "val", project, **OPINION)
    office.do("validation.signed", "val2", project)


@pytest.mark.parametrize("part", [part for part in TYPES["periodic"].parts if part != "prior-findings"])
def test_each_part_is_asked_for(office: Office, part: str) -> None:
    """A periodic validation that lacks one part cannot be signed, and says which."""
    project = office.fieldwork("periodic")
    if part not in {"plan", "runs"}:
        maker = "dev" if part == "own-data" else "val"
        office.do("validation.run-attached", "val", project, run=office.run(maker=maker, current="passed"))
    elif part == "runs":
        office.do("validation.plan-attached", "val", project, plan=office.plan())
    for review in ("conceptual", "assumptions", "documentation", "use"):
        if review != part:
            office.reviewed(project, review)
    office.do("validation.reporting", "val", project)
    office.do("validation.opined", "val", project, **OPINION)
    with pytest.raises(OutOfTurn, match=rf"\b{part} \("):
        office.do("validation.signed", "val2", project)


def test_requests_go_to_the_first_line_and_back(office: Office) -> None:
    """Asked by the team, provided by whom it concerns, accepted or sent back with a reason."""
    project = office.fieldwork()
    made: dict[str, Any] = {"validation": project, "what": "The code", "to": "dev", "due": "2026-06-01"}
    with pytest.raises(Refused, match="not in the team"):
        office.do("request.made", "head", **made)
    with pytest.raises(SpecError, match="is in the team"):
        office.do("request.made", "val", **made | {"to": "val2"})
    for wrong in ({"to": "nobody"}, {"validation": "V-9"}):
        with pytest.raises(UnknownRecord):
            office.do("request.made", "val", **made | wrong)
    request = office.do("request.made", "val", **made)
    with pytest.raises(Refused, match="is put to 'dev'"):
        office.do("request.provided", "own2", request, note="here")
    with pytest.raises(UnknownRecord):
        office.do("request.provided", "dev", request, note="here", evidence=["EV-9"])
    office.do("request.provided", "dev", request, note="here")
    with pytest.raises(SpecError, match="give a reason"):
        office.do("request.rejected", "val2", request)
    office.do("request.rejected", "val2", request, "another commit")
    office.do("request.provided", "own", request, note="this one")
    office.do("request.accepted", "val", request)
    assert len(office.get("request", request)["rejections"]) == 1


def test_a_challenge_ends_by_its_asker_or_by_the_head(office: Office) -> None:
    """The asker settles or disputes; the head decides what is escalated, unless they asked."""
    project = office.fieldwork(lead="boss", team=("val",))
    asked = {"validation": project, "question": "Why not a longer window?", "to": "dev"}
    challenge = office.do("challenge.asked", "boss", **asked)
    answer: dict[str, Any] = {"answer": "Vintages flatten.", "changed": False, "outcome": "No gain after 12 months."}
    with pytest.raises(Refused):
        office.do("challenge.answered", "own2", challenge, **answer)
    with pytest.raises(SpecError, match="`outcome`"):
        office.do("challenge.answered", "dev", challenge, answer="No.", changed=False)
    office.do("challenge.answered", "dev", challenge, **answer)
    for act in ("settled", "disputed"):
        with pytest.raises(Refused, match="'boss' asked"):
            office.do(f"challenge.{act}", "val", challenge, "not convinced")
    with pytest.raises(OutOfTurn):
        office.do("challenge.escalated", "boss", challenge, "to the head")
    office.do("challenge.disputed", "boss", challenge, "the curve still rises")
    office.do("challenge.escalated", "boss", challenge, "no agreement")
    with pytest.raises(Refused, match="asked or answered"):
        office.do("challenge.decided", "boss", challenge, decision="18 months")
    office.do("challenge.decided", "head", challenge, decision="18 months from the next version on.")
    assert office.get("challenge", challenge)["state"] == "settled"


def test_a_review_answers_every_question_with_evidence(office: Office) -> None:
    """Adequate needs evidence, major needs a finding of the model, and no question stays open."""
    project = office.fieldwork()
    opened: dict[str, Any] = {"validation": project, "part": "code", "questionnaire": "code-review"}
    with pytest.raises(SpecError, match="each question once"):
        office.do("review.opened", "val", **opened, questions=["COD-1", "COD-1"])
    with pytest.raises(SpecError, match="`questions`"):
        office.do("review.opened", "val", **opened, questions=[])
    review = office.do("review.opened", "val", **opened, questions=["COD-1", "COD-2"])
    with pytest.raises(SpecError, match="under review"):
        office.do("review.opened", "val2", **opened, questions=["COD-1"])
    note: dict[str, Any] = {"question": "COD-1", "rating": "adequate", "answer": "Read whole."}
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({}, "names the evidence"), ({"question": "COD-9", "evidence": ["c"]}, "no question 'COD-9'"),
        ({"rating": "fine"}, "`rating`"), ({"rating": "major", "finding": "F-9"}, "no finding of"),
    )  # fmt: skip
    for wrong, says in cases:
        with pytest.raises(SpecError, match=says):
            office.do("review.noted", "val", review, **note | wrong)
    office.do("review.noted", "val", review, **{**note, "evidence": ["commit abc"]})
    with pytest.raises(OutOfTurn, match="COD-2"):
        office.do("review.concluded", "val", review, conclusion="Good.")
    office.do("review.noted", "val", review, question="COD-2", rating="major", answer="A join drops rows.")
    with pytest.raises(OutOfTurn, match="Raise a finding"):
        office.do("review.concluded", "val", review, conclusion="Bad.")
    finding = office.judgement(validation=project)
    office.do("review.noted", "val", review, question="COD-2", rating="major", answer="Drops rows.", finding=finding)
    office.do("review.concluded", "val", review, conclusion="Bad.")
    assert office.get("review", review)["rating"] == "major"


def test_reliance_follows_kind_and_tier(office: Office) -> None:
    """None in a first validation; at a strict tier only what the handbook names, back-testing beside one's own."""
    rely: dict[str, Any] = {"test": "PSI by month", "because": "Rebuilt from code.", "evidence": ["report, table 4"]}
    first = office.fieldwork("initial")
    with pytest.raises(SpecError, match="developer tests of nothing"):
        office.do("reliance.declared", "val", validation=first, area="representativeness", **rely)
    project = office.fieldwork("periodic")
    with pytest.raises(SpecError, match="back-testing, representativeness, not of calibration"):
        office.do("reliance.declared", "val", validation=project, area="calibration", **rely)
    with pytest.raises(SpecError, match="adds to one's own"):
        office.do("reliance.declared", "val", validation=project, area="back-testing", **rely)
    with pytest.raises(SpecError, match="`evidence`"):
        office.do("reliance.declared", "val", validation=project, area="representativeness", **{**rely, "evidence": []})
    office.do("validation.run-attached", "val", project, run=office.run(current="passed"))
    reliance = office.do("reliance.declared", "val", validation=project, area="back-testing", **rely)
    office.do("reliance.withdrawn", "val2", reliance, "did it ourselves")


def test_papers_close_with_the_validation(office: Office) -> None:
    """After the opinion nothing is asked, noted or relied on any more."""
    project = office.opined()
    with pytest.raises(OutOfTurn, match="papers are closed"):
        office.do("request.made", "val", validation=project, what="x", to="dev", due="2026-06-01")


def test_model_and_version_follow_only_a_signed_validation(office: Office) -> None:
    """Of the right kind, the right version, and not one that rejects."""
    project = office.opined()
    with pytest.raises(OutOfTurn, match="not signed"):
        office.do("model.validated", "val", "pd-retail", validation=project)
    office.do("validation.signed", "val2", project)
    with pytest.raises(SpecError, match="no full validation"):
        office.do("model.validated", "val", "pd-retail", validation=project)
    with pytest.raises(SpecError, match="does not clear"):
        office.do("version.validated", "val", "pd-retail@1.0", validation=project)
    with pytest.raises(UnknownRecord):
        office.do("version.validated", "val", "pd-retail@1.0", validation="V-9")
    office.do("version.registered", "dev", "pd-retail@2.0", model="pd-retail", version="2.0")
    with pytest.raises(SpecError, match=r"not of pd-retail@2\.0"):
        office.do("version.validated", "val", "pd-retail@2.0", validation=project)
