"""Plans of labels: on record before any label, by people with no part in the system, and settled by a third."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from govern.house import House
from secondline.core.errors import OutOfTurn, Refused, SpecError, UnknownRecord
from secondline.ledger.store import Ledger

PLAN, OTHER, SAID, EVALUATION = ("a" * 64, "b" * 64, "c" * 64, "e" * 64)
FORM: dict[str, Any] = {
    "model": "desk", "version": "1.0", "developer": "team", "owner": "care", "evaluation": EVALUATION, "config": OTHER,
    "suite": "questions", "criterion": "faithful", "design": "by verdict", "object": PLAN, "chances": OTHER, "seed": 1,
    "frame": 40, "tasks": 10, "twice": 3, "raters": ["ann", "bob"], "goes_by": ["verdict"], "shows": ["answer"],
}  # fmt: skip
SETTLED: dict[str, Any] = {
    "plan": PLAN,
    "digest": SAID,
    "labelled": 10,
    "missing": 0,
    "twice": 3,
    "disputes": 1,
    "open": 0,
}


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A bank with a system of dev and own, an evaluation of it, and two raters who have no part in it."""
    house = House(tmp_path)
    house.model("desk")
    for name, roles in (("ann", ["owner"]), ("bob", ["validator"]), ("cid", ["validator"]), ("dan", ["developer"])):
        house.do("person.added", "ada", name, name=name.title(), roles=roles)
    plan = {"object": EVALUATION, "plan": EVALUATION, "model": "desk", "version": "1.0"}
    house.do("plan.recorded", "val", EVALUATION, **plan)
    return house


def filing(rater: str, **more: Any) -> dict[str, Any]:
    """Return the form of labels of a rater."""
    return {"rater": rater, "plan": PLAN, "object": SAID, "labels": 4, **more}


def test_labels_from_plan_to_settlement(house: House) -> None:
    """The plan, what each filed, what a third settled and what it comes to stand on one record, in order."""
    name = house.do("labels.planned", "val", **FORM)
    assert name == "LB-1"
    house.do("labels.filed", "ann", name, **filing("ann"))
    house.do("labels.filed", "val", name, **filing("bob", sheet=OTHER))
    house.do("labels.adjudicated", "cid", name, **filing("cid"))
    house.do("labels.settled", "val", name, **SETTLED)
    doc = house.get("labels", name)
    assert (doc["state"], doc["by"], doc["planned_on"]) == ("settled", "val", "2026-05-01")
    filed = [(f["rater"], f["by"], f.get("settles", False)) for f in doc["filings"].values()]
    assert filed == [("ann", "ann", False), ("bob", "val", False), ("cid", "cid", True)]
    assert doc["settled"]["labelled"] == 10
    with pytest.raises(OutOfTurn):
        house.do("labels.filed", "ann", name, **filing("ann"))
    house.do("labels.reopened", "val", name, "A rubric was misread.")
    assert "settled" not in house.get("labels", name)
    house.do("labels.filed", "ann", name, **filing("ann"))
    house.do("labels.withdrawn", "val", name, "Another rubric.")
    with pytest.raises(OutOfTurn):
        house.do("labels.filed", "ann", name, **filing("ann"))


@pytest.mark.parametrize(
    ("actor", "form", "says"),
    [
        ("dev", {}, "may not plan labels"),
        ("both", {"owner": "both"}, "they built or own desk"),
        ("both", {"developer": "Both"}, "they built or own desk"),
        ("val", {"raters": ["ann", "dev"]}, "'dev' may not label answers of desk: they built it"),
        ("val", {"raters": ["ann", "dan"], "developer": "dan"}, "'dan' may not label"),
        ("app", {}, "that needs mrm-head or validator"),
    ],
)
def test_the_first_line_neither_plans_nor_labels(house: House, actor: str, form: dict[str, Any], says: str) -> None:
    """Who built or owns the system plans no labels, and who built it is no rater; the refusal is on record."""
    with pytest.raises(Refused, match=says):
        house.do("labels.planned", actor, **FORM | form)
    assert len(house.ledger.records.events(kind="act.refused")) == 1


@pytest.mark.parametrize(
    ("form", "error", "says"),
    [
        ({"evaluation": OTHER}, UnknownRecord, "no plan"),
        ({"model": "pd"}, SpecError, "is of 'desk', not of 'pd'"),
        ({"raters": ["ann", "ann"]}, SpecError, "named twice"),
        ({"raters": ["zoe"]}, UnknownRecord, "no person"),
        ({"raters": []}, SpecError, "raters"),
        ({"object": "x"}, SpecError, "object"),
        ({"after": ["LB-9"]}, SpecError, "LB-9 is no plan of labels"),
    ],
)
def test_a_plan_is_of_an_evaluation_and_of_people(
    house: House, form: dict[str, Any], error: type[Exception], says: str
) -> None:
    """An evaluation that is on record, raters who are people, digests that are such, plans that there are."""
    with pytest.raises(error, match=says):
        house.do("labels.planned", "val", **FORM | form)


@pytest.mark.parametrize(
    ("actor", "form", "says"),
    [
        ("ann", {"plan": OTHER}, "LB-1 is aaaaaaaa"),
        ("cid", {"rater": "cid"}, "does not name 'cid'"),
        ("dan", {}, "may not file labels of 'ann'"),
        ("both", {}, "they built or own desk"),
        ("aud", {}, "may not file labels"),
    ],
)
def test_labels_are_refused_outside_their_plan(house: House, actor: str, form: dict[str, Any], says: str) -> None:
    """Another plan, another rater, another's labels, and who owns the system: nothing is filed, and it is on record."""
    house.do("model.changed", "own", "desk", owner="both")
    house.do("labels.planned", "val", **FORM)
    with pytest.raises(Refused, match=says):
        house.do("labels.filed", actor, "LB-1", **filing("ann") | form)
    assert house.get("labels", "LB-1").get("filings", {}) == {}
    assert len(house.ledger.records.events(kind="act.refused")) == 1


def test_no_label_without_a_plan(house: House) -> None:
    """There is nothing to file labels under before a plan is on record."""
    with pytest.raises(UnknownRecord):
        house.do("labels.filed", "ann", "LB-1", **filing("ann"))


def test_a_rater_who_joins_the_developers_labels_no_more(house: House) -> None:
    """What counts is the whole history at the moment of the act, not at that of the plan."""
    house.do("labels.planned", "val", **FORM)
    house.do("version.changed", "dev", "desk@1.0", developers=["dev", "ann"])
    with pytest.raises(Refused, match="'ann' may not label"):
        house.do("labels.filed", "ann", "LB-1", **filing("ann"))


def test_a_third_person_settles_disputes(house: House) -> None:
    """No rater, nobody of the first line, nobody in another's name; and nothing before a label is there."""
    house.do("labels.planned", "val", **FORM)
    with pytest.raises(OutOfTurn):
        house.do("labels.adjudicated", "cid", "LB-1", **filing("cid"))
    house.do("labels.filed", "bob", "LB-1", **filing("bob"))
    with pytest.raises(Refused, match="they are a rater of LB-1"):
        house.do("labels.adjudicated", "bob", "LB-1", **filing("bob"))
    with pytest.raises(SpecError, match="in their own name"):
        house.do("labels.adjudicated", "cid", "LB-1", **filing("bob"))
    with pytest.raises(Refused):
        house.do("labels.adjudicated", "dev", "LB-1", **filing("dev"))
    with pytest.raises(Refused, match="LB-1 is aaaa"):
        house.do("labels.adjudicated", "cid", "LB-1", **filing("cid", plan=OTHER))


def test_what_is_open_is_not_settled(house: House) -> None:
    """Open disputes stop it, missing labels need a reason, and another plan's digest is refused."""
    house.do("labels.planned", "val", **FORM)
    house.do("labels.filed", "ann", "LB-1", **filing("ann"))
    with pytest.raises(OutOfTurn, match="2 answers on which raters disagree"):
        house.do("labels.settled", "val", "LB-1", **{**SETTLED, "open": 2})
    with pytest.raises(SpecError, match="3 labels of LB-1 are missing"):
        house.do("labels.settled", "val", "LB-1", **{**SETTLED, "missing": 3})
    with pytest.raises(Refused):
        house.do("labels.settled", "val", "LB-1", **{**SETTLED, "plan": OTHER})
    house.do("labels.settled", "val", "LB-1", "Ann fell ill.", **{**SETTLED, "missing": 3})
    assert house.get("labels", "LB-1")["settled"]["why"] == "Ann fell ill."


def test_plans_that_follow_each_other_go_together(house: House) -> None:
    """A plan drawn after another is settled after it, and the earlier one stays while the later rests on it."""
    house.do("labels.planned", "val", **FORM)
    house.do("labels.planned", "val", **FORM | {"design": "suggested", "after": ["LB-1"], "object": OTHER})
    for name, plan in (("LB-1", PLAN), ("LB-2", OTHER)):
        house.do("labels.filed", "ann", name, **filing("ann", plan=plan))
    with pytest.raises(OutOfTurn, match="settle LB-1 first"):
        house.do("labels.settled", "val", "LB-2", **{**SETTLED, "plan": OTHER})
    with pytest.raises(OutOfTurn, match="LB-2 was drawn after LB-1"):
        house.do("labels.withdrawn", "val", "LB-1", "Wrong rubric.")
    house.do("labels.settled", "val", "LB-1", **SETTLED)
    house.do("labels.settled", "val", "LB-2", **{**SETTLED, "plan": OTHER})
    with pytest.raises(OutOfTurn, match="is settled"):
        house.do("labels.reopened", "val", "LB-1", "A second look.")
    house.do("labels.reopened", "val", "LB-2", "A second look.")
    house.do("labels.reopened", "val", "LB-1", "A second look.")


def test_on_one_persons_laptop_names_still_count(tmp_path: Path) -> None:
    """Where the ledger knows no people anybody acts, and a rater still settles no dispute of their own."""
    ledger = Ledger.open(tmp_path)
    plan = {"object": EVALUATION, "plan": EVALUATION, "model": "desk", "version": "1.0"}
    ledger.act("plan.recorded", "me", EVALUATION, plan)
    ledger.act("labels.planned", "me", "", FORM)
    ledger.act("labels.filed", "me", "LB-1", filing("ann"))
    with pytest.raises(Refused, match="they are a rater"):
        ledger.act("labels.adjudicated", "ann", "LB-1", filing("ann"))
    with pytest.raises(Refused, match="they built or own"):
        ledger.act("labels.withdrawn", "team", "LB-1", {}, reason="why")
