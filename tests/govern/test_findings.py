"""Findings: each move is open to the right person in the right state, and to nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from govern.office import CODE, Office
from secondline.core.errors import OutOfTurn, Refused, SpecError, UnknownRecord
from secondline.govern.records.finding import is_open, is_overdue
from secondline.govern.severity import judged


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Open an office with one model."""
    return Office(tmp_path)


@pytest.mark.parametrize(
    ("effect", "legal", "limit", "severity"),
    [
        (0.10, False, None, "critical"), (-0.12, False, "low", "critical"), (0.0999, False, None, "major"),
        (0.05, False, None, "major"), (0.0499, False, None, "medium"), (0.0, False, None, "low"),
        (None, True, "low", "critical"), (None, False, "major", "major"), (None, False, None, "low"),
    ],
)  # fmt: skip
def test_severity_follows_the_rule(effect: float | None, legal: bool, limit: Any, severity: str) -> None:
    """Bands of effect, edges included; a legal breach beats all, the limit counts where no effect is known."""
    assert judged(effect, legal=legal, limit=limit)[0] == severity


def test_a_breach_carries_limit_severity_and_day(office: Office) -> None:
    """What the run says decides severity and limit, whatever the form claims; the model's owner must mend it."""
    doc = office.get("finding", office.breach(limit_severity="low"))
    assert (doc["severity"], doc["limit"], doc["owner"]) == ("major", "at least 0.7", "own")
    assert (doc["due"], doc["state"]) == ("2026-07-30", "draft")
    assert doc["key"] == f"pd-retail|{CODE}|current"


def test_severity_is_overridden_only_with_reason_by_the_second_line(office: Office) -> None:
    """The rule and the override are both on record; nothing grades a legal breach lower."""
    with pytest.raises(SpecError, match="give a reason"):
        office.breach(severity="low")
    with pytest.raises(Refused, match="only the second line overrides"):
        office.judgement("own", source="self-identified", severity="major")
    with pytest.raises(SpecError, match="legal breach is critical"):
        office.judgement(legal=True, severity="low")
    id_ = office.do(
        "finding.raised", "val", why="mitigated by a cap", model="pd-retail", statement="x", severity="major"
    )
    assert "overridden by val from low" in office.get("finding", id_)["rule"]


def test_the_first_line_raises_only_what_it_finds_itself(office: Office) -> None:
    """Anything else would let it set the severity of its own weakness."""
    with pytest.raises(Refused, match="the first line raises only"):
        office.judgement("dev")
    assert office.get("finding", office.judgement("dev", source="self-identified"))["state"] == "draft"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"model": "nobody"}, "no model 'nobody'"), ({"run": "run-99"}, "no run 'run-99'"),
        ({"places": ["development"]}, "not in \\['development'\\]"), ({"places": []}, "not in none"),
        ({"code": ""}, "names the run and the check"), ({"owner": "nobody"}, "no person 'nobody'"),
        ({"validation": "V-9"}, "no validation 'V-9'"), ({"limitation": "L-9"}, "no limitation 'L-9'"),
        ({"due": "2027-05-01"}, "due by 2026-07-30 at the latest"), ({"statement": ""}, "statement"),
        ({"statement": "x" * 20_001}, "statement"), ({"colour": "red"}, "`colour` is not asked here"),
    ],
)  # fmt: skip
def test_a_false_finding_is_not_raised(office: Office, wrong: dict[str, Any], says: str) -> None:
    """Each wrong statement is named."""
    with pytest.raises((SpecError, UnknownRecord), match=says):
        office.breach(**wrong)


def test_the_same_weakness_is_one_finding(office: Office) -> None:
    """An open finding of the same check and place stops a second one; a closed one does not."""
    first = office.breach()
    with pytest.raises(SpecError, match=f"open already as {first}"):
        office.breach()
    office.do("finding.withdrawn", "val", first, "raised by mistake")
    assert office.breach() != first


def test_an_issued_finding_is_complete_and_independent(office: Office) -> None:
    """It says statement, evidence, effect, owner, day and criterion; who built or owns it does not issue it."""
    bare = office.do("finding.raised", "val", model="pd-retail", statement="x")
    with pytest.raises(SpecError, match="criterion, effect, evidence"):
        office.do("finding.issued", "val", bare)
    office.do("finding.changed", "val", bare, effect="none", evidence=["note"], criterion="done", owner="both")
    with pytest.raises(Refused, match="theirs to mend"):
        office.do("finding.issued", "both", bare)
    office.do("finding.issued", "val", bare)
    assert office.get("finding", bare)["issued"] == "2026-05-01"
    with pytest.raises(OutOfTurn):
        office.do("finding.changed", "val", bare, statement="milder")


def test_a_draft_is_corrected_by_who_raised_it_or_the_second_line(office: Office) -> None:
    """What it is about does not change; severity and day follow its effect."""
    draft = office.judgement("own", source="self-identified")
    with pytest.raises(Refused, match="did not raise it"):
        office.do("finding.changed", "dev", draft, statement="fine")
    with pytest.raises(SpecError, match="does not change"):
        office.do("finding.changed", "val", draft, model="other")
    office.do("finding.changed", "val", draft, effect_share=0.2)
    doc = office.get("finding", draft)
    assert (doc["severity"], doc["due"]) == ("critical", "2026-05-31")


def test_the_owner_answers_and_nobody_else(office: Office) -> None:
    """The owner of the finding or of the model; another owner may not."""
    finding = office.breach()
    office.do("finding.issued", "val", finding)
    for name, fields in (("agreed", {"answer": "a", "action": "b"}), ("disputed", {"because": "c"})):
        with pytest.raises(Refused, match="to answer"):
            office.do(f"finding.{name}", "own2", finding, **fields)
        with pytest.raises(Refused, match="needs owner"):
            office.do(f"finding.{name}", "val", finding, **fields)
    office.do("finding.agreed", "own", finding, answer="Yes.", action="Rebuild.")
    with pytest.raises(Refused, match="neither own"):
        office.do("finding.started", "own2", finding)
    office.do("finding.started", "dev", finding)
    assert office.get("finding", finding)["state"] == "in-remediation"


def test_a_dispute_goes_to_a_head_who_is_no_party(office: Office) -> None:
    """Upheld it stands and cannot be disputed again; dropped it ends."""
    finding = office.breach("head")
    office.do("finding.issued", "val", finding)
    office.do("finding.disputed", "own", finding, because="The sample is odd.")
    with pytest.raises(Refused, match="raised, issued or graded"):
        office.do("finding.upheld", "head", finding, "stands")
    with pytest.raises(Refused, match="needs mrm-head"):
        office.do("finding.upheld", "val2", finding, "stands")
    with pytest.raises(SpecError, match="give a reason"):
        office.do("finding.upheld", "boss", finding)
    office.do("finding.upheld", "boss", finding, "stands")
    with pytest.raises(OutOfTurn, match="decided by 'boss'"):
        office.do("finding.disputed", "own", finding, because="Still odd.")
    office.do("finding.agreed", "own", finding, answer="So be it.", action="Rebuild.")
    other = office.judgement()
    office.do("finding.issued", "val", other)
    office.do("finding.disputed", "own", other, because="It is there, page 40.")
    office.do("finding.dropped", "boss", other, "it is there")
    assert office.get("finding", other)["state"] == "withdrawn"


@pytest.mark.parametrize("who", ["own", "dev", "aud", "app", "ada"])
def test_only_the_second_line_closes(office: Office, who: str) -> None:
    """No other role closes a finding, re-test or not."""
    finding = office.ready()
    run = office.run(current="passed")
    with pytest.raises(Refused):
        office.do("finding.closed", who, finding, run=run)


def test_who_worked_on_it_never_closes_it(office: Office) -> None:
    """Having been its owner once is enough, though they hold every role and gave it away since."""
    finding = office.breach(owner="both")
    office.do("finding.changed", "val", finding, owner="own")
    office.do("finding.issued", "val", finding)
    office.do("finding.agreed", "own", finding, answer="a", action="b")
    office.do("finding.ready", "own", finding, done="c")
    with pytest.raises(Refused, match="is or was theirs"):
        office.do("finding.closed", "both", finding, run=office.run(current="passed"))


@pytest.mark.parametrize("kind", ["failed", "errored", "inconclusive", "not_applicable"])
def test_only_a_pass_closes(office: Office, kind: str) -> None:
    """Neither a failure nor an open question nor a check that was not asked is a pass."""
    finding = office.ready()
    with pytest.raises(SpecError, match=f"current: {kind}"):
        office.do("finding.closed", "val", finding, run=office.run(current=kind))
    with pytest.raises(SpecError, match="current: not asked"):
        office.do("finding.closed", "val", finding, run=office.run(development="passed"))


def test_a_retest_is_later_by_the_second_line_and_by_the_same_limit(office: Office) -> None:
    """An older run, one that the developer made, or one with a milder limit, shows nothing."""
    early = office.run(current="passed")
    finding = office.ready()
    with pytest.raises(SpecError, match="before F-1 was last shown"):
        office.do("finding.closed", "val", finding, run=early)
    with pytest.raises(Refused, match="built or own"):
        office.do("finding.closed", "val", finding, run=office.run(maker="dev", current="passed"))
    with pytest.raises(SpecError, match="name the run"):
        office.do("finding.closed", "val", finding, note="I looked.")
    with pytest.raises(UnknownRecord):
        office.do("finding.closed", "val", finding, run="run-99")
    mild = office.run(current="passed", limit="at least 0.5")
    with pytest.raises(SpecError, match="the finding by 'at least"):
        office.do("finding.closed", "val", finding, run=mild)
    office.do("finding.closed", "val", finding, "the limit was lowered by policy 2026-04", run=mild)
    assert office.get("finding", finding)["closure"]["run"] == mild


def test_a_failed_retest_sends_it_back_and_outdates_older_passes(office: Office) -> None:
    """A pass from before the failure closes nothing."""
    finding = office.ready()
    passed = office.run(current="passed")
    with pytest.raises(SpecError, match="Say what failed"):
        office.do("finding.returned", "val", finding)
    office.do("finding.returned", "val", finding, run=office.run(current="failed"))
    assert office.get("finding", finding)["state"] == "in-remediation"
    office.do("finding.ready", "dev", finding, done="Again.")
    with pytest.raises(SpecError, match="before F-1 was last shown"):
        office.do("finding.closed", "val", finding, run=passed)
    office.do("finding.closed", "val", finding, run=office.run(current="passed"))
    assert [r["result"] for r in office.get("finding", finding)["retests"]] == ["failed", "passed"]


def test_a_judgement_is_closed_on_evidence_filed_later(office: Office) -> None:
    """Evidence of before, of another model, or withdrawn, does not serve."""
    fields = {"kind": "code-review", "title": "Rebuild", "on": "2026-05-01", "note": "kept in the archive"}
    early = office.do("evidence.filed", "val", model="pd-retail", **fields)
    finding = office.judgement()
    office.do("finding.issued", "val", finding)
    office.do("finding.agreed", "own", finding, answer="a", action="b")
    office.do("finding.ready", "own", finding, done="c")
    office.model("other")
    foreign = office.do("evidence.filed", "val", model="other", **fields)
    gone = office.do("evidence.filed", "val", model="pd-retail", **fields)
    office.do("evidence.withdrawn", "val", gone, "wrong file")
    for id_, says in ((early, "before"), (foreign, "another model"), (gone, "withdrawn"), ("EV-99", "no evidence")):
        with pytest.raises((SpecError, UnknownRecord), match=says):
            office.do("finding.closed", "val", finding, evidence=id_)
    with pytest.raises(SpecError, match="needs a re-test"):
        office.do("finding.closed", "val", finding)
    good = office.do("evidence.filed", "val", model="pd-retail", **fields)
    office.do("finding.closed", "val", finding, evidence=good)
    assert not is_open(office.get("finding", finding), "2026-05-01")


def test_a_closed_finding_is_reopened_with_new_time(office: Office) -> None:
    """By the second line with a reason; its closure is no longer claimed."""
    finding = office.ready()
    office.do("finding.closed", "val", finding, run=office.run(current="passed"))
    office.on("2027-01-01")
    office.do("finding.reopened", "val", finding, "it came back")
    doc = office.get("finding", finding)
    assert (doc["state"], doc["due"], "closure" in doc) == ("in-remediation", "2027-04-01", False)


def test_more_time_is_asked_by_one_and_granted_by_another(office: Office) -> None:
    """The owner asks, with a reason; for a major finding the head grants; extensions are counted."""
    finding = office.agreed()
    with pytest.raises(OutOfTurn, match="Nobody has asked"):
        office.do("finding.extended", "head", finding, "why not")
    with pytest.raises(SpecError, match="an extension is later"):
        office.do("finding.extension-asked", "own", finding, "data late", until="2026-06-01")
    with pytest.raises(SpecError, match="give a reason"):
        office.do("finding.extension-asked", "own", finding, until="2026-10-01")
    office.do("finding.extension-asked", "own", finding, "data late", until="2026-10-01")
    with pytest.raises(OutOfTurn, match="waits for a decision"):
        office.do("finding.extension-asked", "own", finding, "more", until="2026-11-01")
    with pytest.raises(Refused, match="a major finding needs mrm-head"):
        office.do("finding.extended", "val", finding, "fine")
    office.do("finding.extended", "head", finding, "vendor delay shown")
    doc = office.get("finding", finding)
    assert (doc["due"], doc["first_due"], len(doc["extensions"]), "asked" in doc) == (
        "2026-10-01", "2026-07-30", 1, False,
    )  # fmt: skip


def test_nobody_grants_what_they_asked_for(office: Office) -> None:
    """Not with every role either."""
    finding = office.breach(owner="both")
    office.do("finding.issued", "val", finding)
    office.do("finding.agreed", "both", finding, answer="a", action="b")
    office.do("finding.extension-asked", "both", finding, "late", until="2026-10-01")
    with pytest.raises(Refused):
        office.do("finding.extended", "both", finding, "granted to me")
    office.do("finding.declined", "head", finding, "no")
    risk = {"risk": 1e5, "unit": "EUR a year", "basis": "loss model", "expires": "2026-09-01"}
    office.do("finding.acceptance-asked", "both", finding, "too dear", **risk)
    with pytest.raises(Refused):
        office.do("finding.accepted", "both", finding, "granted to me")


def test_a_risk_is_accepted_with_size_approver_and_end(office: Office) -> None:
    """At the level of its severity and not for longer than it allows; when it ends, the finding is late."""
    finding = office.agreed()
    risk = {"risk": 1e5, "unit": "EUR a year", "basis": "loss model"}
    with pytest.raises(SpecError, match="until 2026-10-28 at most"):
        office.do("finding.acceptance-asked", "own", finding, "dear", expires="2027-05-01", **risk)
    with pytest.raises(SpecError, match="not in the past"):
        office.do("finding.acceptance-asked", "own", finding, "dear", expires="2026-05-01", **risk)
    with pytest.raises(SpecError, match="`risk`"):
        office.do("finding.acceptance-asked", "own", finding, "dear", unit="EUR", basis="b", expires="2026-10-01")
    office.do("finding.acceptance-asked", "own", finding, "dear", expires="2026-10-01", **risk)
    with pytest.raises(Refused, match="a major finding needs mrm-head"):
        office.do("finding.accepted", "app", finding, "bearable")
    office.do("finding.accepted", "head", finding, "bearable")
    doc = office.get("finding", finding)
    assert (doc["acceptance"]["approver"], doc["acceptance"]["asked_by"]) == ("head", "own")
    assert not is_open(doc, "2026-10-01")
    assert is_open(doc, "2026-10-02")
    assert is_overdue(doc, "2026-10-02")


def test_an_acceptance_asked_is_judged_as_things_stand_when_it_is_granted(office: Office) -> None:
    """Regraded to a legal breach meanwhile, it can no longer be accepted."""
    finding = office.agreed()
    risk = {"risk": 1e5, "unit": "EUR a year", "basis": "loss model", "expires": "2026-10-01"}
    office.do("finding.acceptance-asked", "own", finding, "dear", **risk)
    office.do("finding.regraded", "val", finding, "counsel says so", legal=True)
    with pytest.raises(SpecError, match="legal breach"):
        office.do("finding.accepted", "head", finding, "bearable")
    assert office.get("finding", finding)["due"] == "2026-05-31"


def test_a_control_names_what_it_covers_is_measured_and_ends(office: Office) -> None:
    """Of this finding, or of a limitation of this model."""
    finding = office.agreed()
    good = {"control": "cap", "covers": finding, "measure": "share above cap 0", "expires": "2026-09-01"}
    for wrong, says in (
        ({"covers": "F-99"}, "must name"), ({"expires": "2026-05-01"}, "expired already"), ({"measure": ""}, "measure"),
    ):  # fmt: skip
        with pytest.raises(SpecError, match=says):
            office.do("finding.controlled", "own", finding, **good | wrong)
    office.do("finding.controlled", "own", finding, **good)
    assert office.get("finding", finding)["compensating"][0]["control"] == "cap"


def test_a_breach_seen_again_widens_and_never_closes(office: Office) -> None:
    """Its trend is told; a run without the breach is noted and leaves it open; each run counts once."""
    finding = office.breach()
    again = office.run(current="failed", development="failed")
    office.do("finding.seen", "val", finding, run=again)
    doc = office.get("finding", finding)
    assert (doc["places"], doc["seen"][0]["trend"]) == (["current", "development"], "same")
    with pytest.raises(SpecError, match="compared with run"):
        office.do("finding.seen", "val", finding, run=again)
    clean = office.run(current="passed", development="passed")
    with pytest.raises(SpecError, match="does not breach"):
        office.do("finding.seen", "val", finding, run=clean)
    with pytest.raises(SpecError, match=r"breaches .* again"):
        office.do("finding.not-reproduced", "val", finding, run=office.run(current="failed"))
    office.do("finding.not-reproduced", "val", finding, run=clean)
    assert office.get("finding", finding)["state"] == "draft"


def test_duplicates_are_merged_upwards(office: Office) -> None:
    """Only into an open finding of the model that is not milder; what it knew is kept."""
    big, small = office.breach(), office.judgement()
    with pytest.raises(SpecError, match="merge the other way"):
        office.do("finding.merged", "val", big, "same", into=small)
    for into in (small, "F-99"):
        with pytest.raises(SpecError, match="only into another open"):
            office.do("finding.merged", "val", small, "same", into=into)
    with pytest.raises(SpecError, match="has not been merged"):
        office.do("finding.absorbed", "val", big, merged=small)
    office.do("finding.merged", "val", small, "same", into=big)
    office.do("finding.absorbed", "val", big, merged=small)
    assert "document, section 3" in office.get("finding", big)["evidence"]


def test_an_earlier_finding_is_judged_in_the_later_validation_by_its_team(office: Office) -> None:
    """Not by others, not in a validation of another model or one that is over."""
    finding, project = office.agreed(), office.fieldwork()
    fate = {"validation": project, "fate": "better", "note": "0.66 now"}
    with pytest.raises(Refused, match="not in its team"):
        office.do("finding.reassessed", "head", finding, **fate)
    with pytest.raises(UnknownRecord):
        office.do("finding.reassessed", "val", finding, **fate | {"validation": "V-9"})
    office.do("finding.reassessed", "val", finding, **fate)
    assert office.get("finding", finding)["reassessed"][project]["fate"] == "better"
    office.do("validation.cancelled", "val", project, "no need")
    with pytest.raises(SpecError, match="is cancelled"):
        office.do("finding.reassessed", "val", finding, **fate)
