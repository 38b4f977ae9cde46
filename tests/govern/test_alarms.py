"""Alarms: a program raises them by an approved plan and proof, people decide, and nothing is stopped without a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from govern.watchhouse import CAP, LINE, QUIET, WatchHouse
from secondline.core.errors import OutOfTurn, Refused, SpecError, UnknownRecord

EASY: dict[str, Any] = {**LINE, "action": "investigate", "stop_use": None, "rating_trigger": False}


@pytest.fixture
def house(tmp_path: Path) -> WatchHouse:
    """A watched house."""
    return WatchHouse(tmp_path)


def test_an_alarm_names_owner_level_and_day(house: WatchHouse) -> None:
    """The plan's line gives the owner, the level passed, and the day to decide by."""
    doc = house.get("alarm", house.alarm())
    assert (doc["id"], doc["state"], doc["owner"], doc["limit"]) == ("AL-1", "raised", "own", 0.25)
    assert (doc["opened"], doc["due"]) == ("2026-05-01", "2026-05-06")


@pytest.mark.parametrize("who", ["own", "val", "head", "both", "ada", "aud"])
def test_people_raise_no_alarms(house: WatchHouse, who: str) -> None:
    """Raising is for the role monitor."""
    with pytest.raises(Refused, match="monitor"):
        house.alarm(who)


def test_a_person_with_the_role_is_no_program(house: WatchHouse) -> None:
    """The role counts only for a service, and only as its one role."""
    with pytest.raises(Refused, match="only a service"):
        house.alarm("eva")
    house.do("role.granted", "ada", "eye", "wrong", role="owner")
    with pytest.raises(Refused, match="one role is monitor"):
        house.alarm()


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"low": 0.2}, SpecError, "does not prove"), ({"low": None, "high": None}, SpecError, "does not prove"),
        ({"n": 499}, SpecError, "does not prove"), ({"level": "stop"}, SpecError, "does not prove"),
        ({"level": "purple"}, SpecError, "level"), ({"first": "2026-05-01"}, SpecError, "before it begins"),
        ({"last": "2026-06-01"}, SpecError, "lies ahead"), ({"metric": "calibration.brier"}, OutOfTurn, "No approved"),
        ({"slice": "region=north"}, OutOfTurn, "No approved"), ({"basis": "estimated"}, OutOfTurn, "No approved"),
        ({"model": "nobody"}, UnknownRecord, "nobody"), ({"monitoring": "MP-9"}, UnknownRecord, "MP-9"),
    ],
)  # fmt: skip
def test_an_alarm_needs_a_line_and_a_proof(
    house: WatchHouse, wrong: dict[str, Any], error: type[Exception], says: str
) -> None:
    """A bare point beyond the level, an interval that reaches it, too few cases or no line: no alarm."""
    with pytest.raises(error, match=says):
        house.alarm(**wrong)


def test_a_p_value_within_the_budget_is_a_proof(house: WatchHouse) -> None:
    """An anytime-valid p-value decides without an interval; one above the budget does not."""
    with pytest.raises(SpecError, match="does not prove"):
        house.alarm(low=None, high=None, p_value=0.051)
    assert house.alarm(low=None, high=None, p_value=0.05)


def test_an_exact_count_is_its_own_proof(tmp_path: Path) -> None:
    """A line that counts without error alarms on the count itself, in its direction."""
    line = {"metric": "use.unapproved", "red": 0, "action": "withdraw", "test": "exact", "tracks": "usage"}
    house = WatchHouse(tmp_path, line)
    shown: dict[str, Any] = {"metric": "use.unapproved", "low": None, "high": None}
    with pytest.raises(SpecError, match="does not prove"):
        house.alarm(**shown, value=0)
    assert house.alarm(**shown, value=1)


def test_without_an_approved_plan_the_program_does_nothing(house: WatchHouse) -> None:
    """A plan that is revised is a draft again: no alarm, and no act on an alarm, until it is approved."""
    alarm = house.alarm()
    house.do("monitoring.revised", "own", "MP-1", owner="own")
    acts: dict[str, dict[str, Any]] = {"pass.restricted": {"limits": [CAP]}, "pass.suspended": {}}
    for act, form in acts.items():
        with pytest.raises(OutOfTurn, match="approved monitoring plan"):
            house.do(act, "eye", "P-1", "breach", alarm=alarm, **form)
    with pytest.raises(OutOfTurn, match="No approved"):
        house.alarm(version="2.0")
    with pytest.raises(OutOfTurn, match="No approved"):
        house.look(alarm)


def test_the_same_line_alarms_once(house: WatchHouse) -> None:
    """While one is open a second is refused; a later look refreshes it, keeping the worst level and the past."""
    alarm = house.alarm(level="amber", low=0.12)
    with pytest.raises(SpecError, match="AL-1 is open already"):
        house.alarm()
    house.look(alarm, value=0.45)
    house.look(alarm, level="amber", value=0.3, low=0.15)
    doc = house.get("alarm", alarm)
    assert (doc["level"], doc["value"], doc["limit"], doc["looks"]) == ("red", 0.3, 0.25, 3)
    assert [s["value"] for s in doc["seen"]] == [0.4, 0.45]
    assert house.alarm(version="2.0") == "AL-2"


def test_a_red_alarm_is_decided_by_people(house: WatchHouse) -> None:
    """Acknowledged with a reason, acted on, closed with what was found; the first decision is dated."""
    alarm = house.alarm()
    with pytest.raises(SpecError, match="reason"):
        house.do("alarm.acknowledged", "own", alarm)
    house.do("alarm.acknowledged", "own", alarm, "seen")
    with pytest.raises(OutOfTurn, match="say what is done"):
        house.do("alarm.closed", "own", alarm, found="A new channel.")
    house.on("2026-05-03")
    house.do("alarm.acted", "own", alarm, action="investigate", done="Split by channel.")
    house.do("alarm.acted", "val", alarm, action="revalidate", done="Targeted validation.")
    with pytest.raises(SpecError, match="found"):
        house.do("alarm.closed", "val", alarm, found="")
    house.do("alarm.closed", "val", alarm, found="A new channel.", cause="population")
    doc = house.get("alarm", alarm)
    assert (doc["state"], doc["decided"], doc["closure"]["by"]) == ("closed", "2026-05-03", "val")
    assert [a["action"] for a in doc["actions"]] == ["investigate", "revalidate"]
    assert house.alarm() == "AL-2"


@pytest.mark.parametrize("act", ["alarm.acknowledged", "alarm.acted"])
def test_a_program_does_not_judge(house: WatchHouse, act: str) -> None:
    """Neither by its role nor, with another role, as a program."""
    form = {"action": "investigate", "done": "x"} if act == "alarm.acted" else {}
    alarm = house.alarm()
    with pytest.raises(Refused):
        house.do(act, "eye", alarm, "why", **form)
    house.do("role.granted", "ada", "eye", "wrong", role="owner")
    with pytest.raises(Refused, match="a person does"):
        house.do(act, "eye", alarm, "why", **form)


def test_a_program_closes_only_amber_that_calmed_on_labels(house: WatchHouse) -> None:
    """Red stays for a person; calm by an estimate without labels closes nothing."""
    red = house.alarm()
    house.do("alarm.calmed", "eye", red, last="2026-05-01")
    with pytest.raises(Refused, match="which a person closes"):
        house.do("alarm.closed", "eye", red, found="Calm.")
    amber = house.alarm(version="2.0", level="amber", low=0.12)
    with pytest.raises(OutOfTurn, match="has not calmed"):
        house.do("alarm.closed", "eye", amber, found="Calm.")
    house.do("alarm.calmed", "eye", amber, last="2026-05-01", basis="estimated")
    with pytest.raises(OutOfTurn, match="closes nothing"):
        house.do("alarm.closed", "eye", amber, found="Calm.")
    with pytest.raises(SpecError, match="as calm since"):
        house.do("alarm.calmed", "eye", amber, last="2026-05-01")
    house.look(amber, level="amber", low=0.12)
    house.do("alarm.calmed", "eye", amber, last="2026-05-01")
    house.do("alarm.closed", "eye", amber, found="Calm for a month.", cause="other")
    assert house.get("alarm", amber)["state"] == "closed"


def test_nobody_acted_goes_up_once(house: WatchHouse) -> None:
    """Only after the day is over, only without a decision, only once."""
    alarm = house.alarm()
    with pytest.raises(OutOfTurn, match="is not over"):
        house.do("alarm.escalated", "eye", alarm, "late")
    house.on("2026-05-07")
    house.do("alarm.escalated", "eye", alarm, "late")
    with pytest.raises(SpecError, match="went up already"):
        house.do("alarm.escalated", "eye", alarm, "late")
    house.do("alarm.acted", "own", alarm, action="investigate", done="At last.")
    with pytest.raises(OutOfTurn, match="is decided"):
        house.do("alarm.escalated", "eye", alarm, "late")


def test_a_breach_drafts_a_finding_once(house: WatchHouse) -> None:
    """By the program only for an open red alarm of its metric; a later alarm joins the finding that is there."""
    alarm = house.alarm()
    finding = house.draft(alarm)
    assert house.get("finding", finding)["state"] == "draft"
    house.do("alarm.linked", "eye", alarm, finding=finding)
    with pytest.raises(SpecError, match="is open already"):
        house.draft(alarm)
    second = house.alarm(version="2.0")
    house.do("finding.alarmed", "eye", finding, alarm=second, note="again")
    with pytest.raises(SpecError, match="knows of AL-2 already"):
        house.do("finding.alarmed", "eye", finding, alarm=second)
    assert house.get("finding", finding)["seen"][-1]["alarm"] == "AL-2"
    with pytest.raises(UnknownRecord):
        house.do("alarm.linked", "eye", second, finding="F-9")


@pytest.mark.parametrize(
    "wrong", [{"source": "hand"}, {"code": "calibration.brier"}, {"code": "use.override_rate"}, {"code": ""}]
)
def test_a_program_finds_nothing_by_itself(house: WatchHouse, wrong: dict[str, Any]) -> None:
    """Another source, another metric, a metric without an alarm: no finding."""
    alarm = house.alarm()
    with pytest.raises(OutOfTurn, match="No red alarm"):
        house.draft(alarm, **wrong)


def test_amber_and_closed_alarms_draft_no_finding(house: WatchHouse) -> None:
    """Only red ones that are open, and only of the finding's own metric."""
    amber = house.alarm(level="amber", low=0.12)
    with pytest.raises(OutOfTurn, match="No red alarm"):
        house.draft(amber)
    house.do("alarm.closed", "own", amber, found="Nothing.")
    hand = house.do("finding.raised", "val", model="pd-retail", statement="Stale.", code="use.override_rate")
    with pytest.raises(OutOfTurn, match="no open red alarm"):
        house.do("finding.alarmed", "eye", hand, alarm=amber)
    with pytest.raises(Refused):
        house.do("finding.issued", "eye", hand)


def test_a_finding_of_an_alarm_is_not_closed_by_an_estimate(house: WatchHouse) -> None:
    """A metric's finding closes by a run that answers the check, made after the last alarm; by nothing else."""
    finding = house.draft(house.alarm())
    house.do("finding.issued", "val", finding)
    house.do("finding.agreed", "own", finding, answer="Yes.", action="Rebuild.")
    house.do("finding.ready", "own", finding, done="Rebuilt.")
    house.do("evidence.filed", "val", kind="other", title="Estimate", on="2026-05-01", note="CBPE says it is fine.")
    with pytest.raises(SpecError, match="name the run that passes it"):
        house.do("finding.closed", "val", finding, evidence="EV-1")


def test_the_program_restricts_as_the_line_says(house: WatchHouse) -> None:
    """To the line's conditions and no others; the pass keeps what was signed and says which alarm it was."""
    alarm = house.alarm()
    with pytest.raises(SpecError, match="other conditions"):
        house.do("pass.restricted", "eye", "P-1", "breach", limits=[{**CAP, "decisions": 5}], alarm=alarm)
    house.do("pass.restricted", "eye", "P-1", "breach", limits=[CAP], alarm=alarm)
    doc = house.get("pass", "P-1")
    assert (doc["state"], doc["limits"], doc["alarm"]) == ("restricted", [{**CAP, "because": ""}], "AL-1")
    house.do("pass.restricted", "own", "P-1", "more", limits=[{"kind": "until", "day": "2026-06-01"}])
    assert [c["kind"] for c in house.get("pass", "P-1")["limits"]] == ["volume", "until"]
    house.do("pass.suspended", "val", "P-1", "all of it")
    assert house.get("pass", "P-1")["state"] == "suspended"


@pytest.mark.parametrize(
    ("form", "says"),
    [({}, "none is not one"), ({"alarm": "AL-2"}, "does not say to"), ({"alarm": "AL-3"}, "AL-3")],
)
def test_the_program_stops_nothing_by_itself(tmp_path: Path, form: dict[str, Any], says: str) -> None:
    """Without an alarm, by a line that does not say so, by an alarm that is not there: a person decides."""
    house = WatchHouse(tmp_path, LINE, {**EASY, "metric": "use.override_rate"})
    house.alarm()
    house.alarm(metric="use.override_rate")
    for act, more in (("pass.restricted", {"limits": [CAP]}), ("pass.suspended", {})):
        with pytest.raises((OutOfTurn, UnknownRecord), match=says):
            house.do(act, "eye", "P-1", "breach", **more, **form)


def test_the_program_suspends_only_beyond_the_level_that_stops_use(house: WatchHouse) -> None:
    """Red is not enough where the line says restrict; a level of stop is; a closed alarm is none."""
    alarm = house.alarm()
    with pytest.raises(OutOfTurn, match="does not say to stop use"):
        house.do("pass.suspended", "eye", "P-1", "breach", alarm=alarm)
    house.look(alarm, level="stop", value=0.7, low=0.6, high=0.8)
    house.do("alarm.acted", "own", alarm, action="investigate", done="x")
    house.do("alarm.closed", "own", alarm, found="x")
    with pytest.raises(OutOfTurn, match="open red alarm"):
        house.do("pass.suspended", "eye", "P-1", "breach", alarm=alarm)
    again = house.alarm(level="stop", value=0.7, low=0.6)
    with pytest.raises(SpecError, match="is about"):
        house.do("pass.suspended", "eye", "P-1", "breach", alarm=house.alarm(version="2.0", level="stop", low=0.6))
    house.do("pass.suspended", "eye", "P-1", "breach", alarm=again)
    assert house.get("pass", "P-1")["state"] == "suspended"


def test_a_restriction_narrows(house: WatchHouse) -> None:
    """Somebody who restricts must say to what, and it must be less than before."""
    with pytest.raises(SpecError, match="limits"):
        house.do("pass.restricted", "own", "P-1", "why", limits=[])
    with pytest.raises(SpecError, match="narrows"):
        house.do("pass.restricted", "own", "P-1", "why",
                 limits=[{"kind": "monitoring", "metric": "x", "frequency": "daily"}])  # fmt: skip
    with pytest.raises(Refused):
        house.do("pass.restricted", "dev", "P-1", "why", limits=[CAP])
    with pytest.raises(OutOfTurn):
        house.do("pass.released", "app", "P-1", "why")


def test_triggers_need_a_line_that_says_so(house: WatchHouse) -> None:
    """The program calls for a rating or a validation only by an open red alarm whose line asks for it."""
    with pytest.raises(OutOfTurn, match="No open red alarm"):
        house.do("model.scheduled", "eye", "pd-retail", "breach", next_validation="2026-06-01")
    with pytest.raises(OutOfTurn, match="No open red alarm"):
        house.do("model.rerating-called", "eye", "pd-retail", "breach", trigger="performance")
    house.alarm()
    house.do("model.scheduled", "eye", "pd-retail", "breach", next_validation="2026-06-01")
    with pytest.raises(SpecError, match="only a signed validation puts it off"):
        house.do("model.scheduled", "eye", "pd-retail", "breach", next_validation="2026-09-01")
    with pytest.raises(OutOfTurn, match="was never rated"):
        house.do("model.rerating-called", "eye", "pd-retail", "breach", trigger="performance")


def test_a_program_records_checks_and_people_may(house: WatchHouse) -> None:
    """A person whose only role is monitor records none."""
    with pytest.raises(Refused, match="only a service"):
        house.do("monitoring.checked", "eva", "MP-1", status="green", next_check="2026-06-01")
    house.do("monitoring.checked", "eye", "MP-1", status="red", next_check="2026-06-01")
    house.do("monitoring.checked", "own", "MP-1", status="green", next_check="2026-06-02")


def test_plans_written_before_the_fields_still_hold(house: WatchHouse) -> None:
    """A line that states no test, budget or basis is read as sequential, 5 % a year, on known labels."""
    plan = house.get("monitoring", "MP-1")
    assert "budget" not in plan["metrics"][1]
    assert QUIET.keys() == plan["metrics"][1].keys()
    assert house.alarm(metric="use.override_rate", value=0.2, low=0.15, high=0.25)
