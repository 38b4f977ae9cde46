"""Approval: signed at the level of the tier, of what is there, with conditions and an end; urgent use within caps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from govern.signing_house import LIMITS, Bank
from secondline.core.errors import Conflict, OutOfTurn, Refused, SecondlineError, SpecError
from secondline.govern.conditions import CONDITION, said
from secondline.govern.levels import Seat, empty_seats
from secondline.workflow.approving import note_expired, put_in_use, reading
from secondline.workflow.passes import issue

VOLUME = ({"kind": "volume", "decisions": 100},)


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """A bank with a validated version of tier 2."""
    made = Bank(tmp_path)
    made.validated()
    return made


@pytest.mark.parametrize(
    ("tier", "signers", "first"), [(1, ("hal", "bea", "ben"), "hal"), (2, ("hal", "bea"), "bea"), (3, ("hal",), "hal")]
)
def test_the_level_follows_the_tier(tmp_path: Path, tier: int, signers: tuple[str, ...], first: str) -> None:
    """A committee of three, two heads, one lead: one signature fewer and it cannot be decided."""
    bank = Bank(tmp_path, tier)
    bank.validated()
    id_ = bank.ask()
    for count, who in enumerate(signers):
        if count:
            with pytest.raises(OutOfTurn, match="still needs"):
                bank.decide(id_, signers[0])
        bank.sign(id_, who)
    bank.decide(id_, first)
    assert bank.get("approval", id_)["state"] == "approved"
    assert bank.get("version", "pd@1.0")["state"] == "approved"
    assert bank.get("use", "U-1")["state"] == "approved"
    assert bank.get("use", "U-2")["state"] == "proposed"
    assert bank.get("model", "pd")["state"] == "approved"


def test_a_committee_has_its_head(tmp_path: Path) -> None:
    """Three approvers without the head of model risk management are no committee."""
    bank = Bank(tmp_path, 1)
    bank.validated()
    bank.ledger.act("person.added", "ada", "bob", {"name": "Bob", "roles": ("approver",)})
    id_ = bank.ask()
    bank.sign(id_, "bea", "ben", "bob")
    with pytest.raises(OutOfTurn, match="head of model risk management"):
        bank.decide(id_, "bea")


def test_a_negligible_model_is_approved_by_its_owner(tmp_path: Path) -> None:
    """At tier 4 the owner signs, under an exemption approved by others that is not due."""
    bank = Bank(tmp_path, 4)
    id_ = bank.ask()
    bank.sign(id_, "olga")
    with pytest.raises(OutOfTurn, match="exemption"):
        bank.decide(id_, "olga")
    bank.plant("exemption", "X-1", "exemption.approved", "hal", model="pd", state="approved", recheck="2027-01-01")
    bank.ledger.act("approval.amended", "olga", id_, {}, reason="exempt now")
    bank.sign(id_, "olga")
    bank.decide(id_, "olga")
    assert bank.get("approval", id_)["state"] == "approved"
    with pytest.raises(Refused):
        bank.sign(bank.ask(), "bea")


def test_seats_are_filled_as_well_as_can_be() -> None:
    """Who fits two seats takes the one that nobody else can: the order of signing does not matter."""
    seats = [Seat(seat="head", roles=("mrm-head",)), Seat(seat="any", roles=("mrm-head", "approver"))]
    head, other = {"roles": ["mrm-head", "approver"]}, {"roles": ["approver"]}
    assert not empty_seats(seats, [head, other])
    assert not empty_seats(seats, [other, head])
    assert [s.seat for s in empty_seats(seats, [other, other])] == ["head"]
    assert len(empty_seats(seats, [head])) == 1


def test_an_unvalidated_version_is_not_approved(tmp_path: Path) -> None:
    """Not without a signed validation, nor with one signed before the digest was replaced."""
    bank = Bank(tmp_path)
    id_ = bank.ask()
    bank.sign(id_, "hal", "bea")
    with pytest.raises(OutOfTurn, match="MRM-VAL-01"):
        bank.decide(id_, "hal")
    bank.validated()
    bank.plant("version", "pd@1.0", "version.changed", "dan", digest="b" * 64)
    bank.ledger.act("approval.amended", "hal", id_, {}, reason="validated")
    bank.sign(id_, "hal", "bea")
    with pytest.raises(OutOfTurn, match="MRM-VAL-01"):
        bank.decide(id_, "hal")


def test_what_is_signed_is_what_is_there(bank: Bank) -> None:
    """A finding raised between reading and signing, or between signing and deciding, stops it."""
    id_ = bank.ask(mitigants="cap")
    read = reading(bank.ledger, id_).signs
    bank.finding("major")
    with pytest.raises(Conflict, match="changed since you read"):
        bank.ledger.act("approval.signed", "hal", id_, {"signs": read, "affirms": True})
    bank.sign(id_, "hal", "bea")
    bank.finding("low")
    with pytest.raises(Conflict, match="signed something else"):
        bank.decide(id_, "hal")


def test_amending_voids_signatures(bank: Bank) -> None:
    """Whoever changes a request starts the signatures again."""
    id_ = bank.ask()
    bank.sign(id_, "hal", "bea")
    bank.ledger.act("approval.amended", "olga", id_, {"expires": "2026-10-01"}, reason="shorter")
    assert bank.get("approval", id_)["signatures"] == []
    with pytest.raises(Refused, match="only who has signed"):
        bank.decide(id_, "hal")


def test_rating_and_residual_risk_are_affirmed(bank: Bank) -> None:
    """A signature for it that does not affirm them is refused; one against it need not."""
    id_ = bank.ask()
    signs = reading(bank.ledger, id_).signs
    with pytest.raises(SpecError, match="affirms"):
        bank.ledger.act("approval.signed", "hal", id_, {"signs": signs})
    bank.ledger.act("approval.signed", "hal", id_, {"signs": signs, "verdict": "reject"})
    with pytest.raises(OutOfTurn, match="signed against"):
        bank.decide(id_, "hal")
    bank.decide(id_, "hal", "reject")
    assert bank.get("approval", id_)["state"] == "rejected"


def test_nobody_rejects_what_nobody_signed_against(bank: Bank) -> None:
    """A rejection rests on a signature as well."""
    id_ = bank.ask()
    bank.sign(id_, "hal", "bea")
    with pytest.raises(OutOfTurn, match="against"):
        bank.decide(id_, "hal", "reject")


def test_weaknesses_need_mitigants_or_justification(bank: Bank) -> None:
    """An open major finding asks for either; a critical one blocks whatever is said."""
    bank.finding("major")
    id_ = bank.ask()
    bank.sign(id_, "hal", "bea")
    with pytest.raises(SpecError, match="mitigants"):
        bank.decide(id_, "hal")
    bank.ledger.act("approval.amended", "olga", id_, {"mitigants": "cut-off two points higher"}, reason="asked")
    bank.sign(id_, "hal", "bea")
    bank.finding("critical")
    bank.ledger.act("approval.amended", "olga", id_, {}, reason="new finding")
    bank.sign(id_, "hal", "bea")
    with pytest.raises(OutOfTurn, match="blocking"):
        bank.decide(id_, "hal")


@pytest.mark.parametrize("more", [{"opinion": 4}, {"recommendation": "reject"}])
def test_against_the_validator_only_restricted(tmp_path: Path, more: dict[str, Any]) -> None:
    """What validation does not recommend can only be restricted, with a justification."""
    bank = Bank(tmp_path)
    bank.validated(**more)
    id_ = bank.ask(justification="no alternative", seeks="conditional", conditions=VOLUME)
    bank.sign(id_, "hal", "bea")
    with pytest.raises(OutOfTurn, match="restricted"):
        bank.decide(id_, "hal", "conditional")
    bank.ledger.act("approval.amended", "olga", id_, {"seeks": "restricted"}, reason="as advised")
    bank.sign(id_, "hal", "bea")
    bank.decide(id_, "hal", "restricted")
    assert bank.get("model", "pd")["state"] == "restricted"
    assert bank.get("use", "U-1")["state"] == "restricted"


def test_only_who_objected_settles(bank: Bank) -> None:
    """A stakeholder who disagrees on the objective blocks (MRM-GOV-14) until they say that it is settled."""
    id_ = bank.ask()
    bank.ledger.act("approval.objected", "dan", id_, {"statement": "It is not made for this"})
    bank.sign(id_, "hal", "bea")
    with pytest.raises(OutOfTurn, match="MRM-GOV-14"):
        bank.decide(id_, "hal")
    with pytest.raises(Refused):
        bank.ledger.act("approval.settled", "hal", id_, {"number": 1, "how": "overruled"})
    bank.ledger.act("approval.settled", "dan", id_, {"number": 1, "how": "scope reduced"})
    with pytest.raises(SpecError, match="no open objection"):
        bank.ledger.act("approval.settled", "dan", id_, {"number": 1, "how": "again"})
    bank.ledger.act("approval.amended", "olga", id_, {}, reason="settled")
    bank.sign(id_, "hal", "bea")
    bank.decide(id_, "hal")


def test_a_changed_tier_asks_for_another_level(bank: Bank) -> None:
    """A request made at tier 2 cannot be signed at the level of tier 2 once the model is tier 1."""
    id_ = bank.ask()
    bank.plant("model", "pd", "model.rated", "vera", tier=1)
    with pytest.raises(OutOfTurn, match="has changed"):
        bank.sign(id_, "hal")
    bank.ledger.act("approval.amended", "olga", id_, {}, reason="tier 1 now")
    assert bank.get("approval", id_)["level"] == "committee"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"version": "7"}, "pd@7"), ({"uses": ("flying",)}, "flying"), ({"uses": ()}, "uses"),
    ({"expires": "2026-04-30"}, "expires"), ({"expires": "2031-01-01"}, "731 days"), ({"expires": "soon"}, "expires"),
    ({"conditions": VOLUME}, "conditional"), ({"seeks": "conditional"}, "at least one"),
    ({"seeks": "restricted", "conditions": ({"kind": "monitoring", "metric": "m", "frequency": "daily"},)}, "limits"),
    ({"residual": " "}, "residual"), ({"seeks": "conditional", "conditions": ({"kind": "volume"},)}, "decisions"),
    ({"seeks": "conditional", "conditions": ({"kind": "magic"},)}, "magic"),
    ({"seeks": "conditional", "conditions": ({"kind": "population", "column": "x"},)}, "low"),
    ({"seeks": "conditional", "conditions": ({"kind": "population", "column": "x", "low": 2, "high": 1},)}, "above"),
    ({"seeks": "conditional", "conditions": ({"kind": "human-review", "share": 1.5},)}, "share"),
    ({"seeks": "conditional", "conditions": ({"kind": "other", "text": "be nice"},)}, "owner"),
    ({"colour": "red"}, "colour"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "message"), WRONG)
def test_wrong_requests(bank: Bank, more: dict[str, Any], message: str) -> None:
    """A request that does not hang together is refused with the word that is wrong, and writes nothing."""
    with pytest.raises(SecondlineError, match=message):
        bank.ask(**more)
    assert not bank.ledger.records.find("approval")


def test_a_version_without_a_digest_is_not_approved(bank: Bank) -> None:
    """Approval is of exact bytes; a model without a tier has no level; without a policy nobody approves."""
    bank.ledger.act("version.registered", "dan", "pd@2.0", {"model": "pd", "version": "2.0"})
    with pytest.raises(SpecError, match="no digest"):
        bank.ask(version="2.0")
    bank.plant("model", "pd", "model.rated", "vera", tier=0)
    with pytest.raises(SpecError, match="no tier"):
        bank.ask()
    bank.ledger.act("delegation.ended", "hal", "approvals@2026.1", reason="replaced")
    with pytest.raises(SpecError, match="No policy of approvals"):
        bank.ask()


def test_conditions_speak_plainly() -> None:
    """Every kind of condition is one line of English."""
    every: list[dict[str, Any]] = [
        *LIMITS, {"kind": "exclusion", "column": "state", "values": ["NY", "IL"]},
        {"kind": "human-review", "share": 0.1, "of": "declines"}, {"kind": "until", "day": "2026-09-01"},
        {"kind": "other", "text": "Train the desk", "owner": "olga"},
        {"kind": "population", "column": "age", "values": ["a"]},
    ]  # fmt: skip
    lines = [said(CONDITION.validate_python(c).model_dump(mode="json", exclude_none=True)) for c in every]
    assert lines[0] == "at most 100 decisions a day"
    assert lines[2] == "only limit from 0 to 5000"
    assert lines[4] == "never for state in NY, IL"
    assert lines[5] == "a person reviews 10% of declines"
    assert all(lines)


# Emergency use


def test_an_emergency_is_one_head_and_two_people(tmp_path: Path) -> None:
    """The head signs what another asked for: restricted, capped, short; and it moves the model to restricted."""
    bank = Bank(tmp_path)
    bank.planned()
    id_ = bank.emergency()
    with pytest.raises(Refused):
        bank.sign(id_, "bea")
    bank.sign(id_, "hal")
    bank.decide(id_, "hal", "restricted")
    assert bank.get("approval", id_)["level"] == "emergency"
    assert bank.get("model", "pd")["state"] == "restricted"
    with pytest.raises(Refused, match="requested it"):
        bank.sign(bank.ask(actor="hal", expires="2026-06-01"), "hal")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"told": ()}, "stakeholders"), ({"justification": " "}, "cannot wait"), ({"conditions": LIMITS[1:]}, "volume"),
        ({"conditions": LIMITS[:3]}, "monitoring"), ({"expires": "2026-07-15"}, "60 days"),
        ({"conditions": ({**LIMITS[0], "decisions": 1_001}, *LIMITS[1:])}, "1,000 a day"),
        ({"conditions": ({**LIMITS[0], "decisions": 60_001, "per": "total"}, *LIMITS[1:])}, "1,000 a day"),
        ({"conditions": (LIMITS[0], {**LIMITS[1], "amount": 1e7}, *LIMITS[2:])}, "1,000,000 a day"),
        ({"seeks": "approve", "conditions": ()}, "restricted"),
    ],
)  # fmt: skip
def test_an_emergency_is_capped(tmp_path: Path, more: dict[str, Any], message: str) -> None:
    """Stakeholders told, a reason, all caps within policy, closer monitoring, and at most sixty days."""
    bank = Bank(tmp_path)
    bank.planned()
    with pytest.raises(SpecError, match=message):
        bank.emergency(**more)


def test_an_emergency_needs_a_project_and_ends_with_it(tmp_path: Path) -> None:
    """No emergency without a validation under way, none once it is signed, and one renewal at most."""
    bank = Bank(tmp_path)
    with pytest.raises(OutOfTurn, match="under way"):
        bank.emergency()
    bank.planned()
    id_ = bank.emergency()
    bank.sign(id_, "hal")
    bank.decide(id_, "hal", "restricted")
    bank.day = "2026-06-10"
    bank.ledger.act("approval.renewed", "hal", id_, {"expires": "2026-07-31"}, reason="data late")
    assert bank.get("approval", id_)["expires"] == "2026-07-31"
    with pytest.raises(OutOfTurn, match="renewed 1 time"):
        bank.ledger.act("approval.renewed", "hal", id_, {"expires": "2026-08-01"}, reason="again")
    with pytest.raises(OutOfTurn, match="already"):
        bank.emergency(expires="2026-07-01")
    bank.validated()
    with pytest.raises(OutOfTurn, match="signed validation"):
        bank.emergency(expires="2026-07-01")


def test_a_normal_approval_is_not_renewed(bank: Bank) -> None:
    """It is requested again instead, and signed again."""
    bank.watched()
    id_ = bank.ask(seeks="restricted", conditions=VOLUME)
    bank.sign(id_, "hal", "bea")
    bank.decide(id_, "hal", "restricted")
    with pytest.raises(OutOfTurn, match="no emergency"):
        bank.ledger.act("approval.renewed", "hal", id_, {"expires": "2026-11-01"}, reason="longer")


# What follows


def test_moves_need_their_grounds(bank: Bank) -> None:
    """No door marks a version, a use or a model approved, or puts it in use, without approval and pass."""
    for act, id_ in (
        ("version.approved", "pd@1.0"), ("use.approved", "U-1"), ("use.restricted", "U-1"), ("model.approved", "pd"),
    ):  # fmt: skip
        with pytest.raises(OutOfTurn):
            bank.ledger.act(act, "hal", id_)
    id_ = bank.ask()
    bank.sign(id_, "hal", "bea")
    bank.decide(id_, "hal")
    with pytest.raises(OutOfTurn, match="no valid pass"):
        put_in_use(bank.ledger, "olga", "pd@1.0")
    with pytest.raises(OutOfTurn, match="not in use"):
        bank.ledger.act("model.in-use", "olga", "pd", {"version": "1.0"})
    issue(bank.ledger, "hal", id_)
    put_in_use(bank.ledger, "olga", "pd@1.0")
    assert bank.get("model", "pd")["version_in_use"] == "1.0"


def test_the_next_version_supersedes(bank: Bank) -> None:
    """Putting another approved version in use supersedes the one before, in one deed."""
    id_ = bank.ask()
    bank.sign(id_, "hal", "bea")
    bank.decide(id_, "hal")
    issue(bank.ledger, "hal", id_)
    put_in_use(bank.ledger, "olga", "pd@1.0")
    bank.ledger.act("version.registered", "dan", "pd@2.0",
                    {"model": "pd", "version": "2.0", "digest": "c" * 64, "developers": ("dan",)})  # fmt: skip
    bank.plant("validation", "V-2", "validation.planned", "vera", model="pd", version="pd@2.0", lead="vera",
               kind="initial")  # fmt: skip
    bank.plant("validation", "V-2", "validation.signed", "vera", state="signed", opinion=1)
    second = bank.ask(version="pd@2.0")
    bank.sign(second, "hal", "bea")
    bank.decide(second, "hal")
    issue(bank.ledger, "hal", second)
    put_in_use(bank.ledger, "olga", "pd@2.0")
    assert bank.get("version", "pd@1.0")["state"] == "superseded"
    assert bank.get("model", "pd")["version_in_use"] == "2.0"


def test_a_suspended_version_resumes_where_it_was(bank: Bank) -> None:
    """Lifted by the second line, not by its developer, and not while a blocking finding is open."""
    id_ = bank.ask()
    bank.sign(id_, "hal", "bea")
    bank.decide(id_, "hal")
    bank.ledger.act("version.suspended", "olga", "pd@1.0", reason="drift")
    finding = bank.finding("critical")
    with pytest.raises(OutOfTurn, match="blocking"):
        bank.ledger.act("version.resumed", "hal", "pd@1.0", reason="mended")
    bank.plant("finding", finding, "finding.closed", "vera", state="closed")
    bank.ledger.act("version.resumed", "hal", "pd@1.0", reason="mended")
    assert bank.get("version", "pd@1.0")["state"] == "approved"


def test_passes_say_what_their_approval_says(bank: Bank) -> None:
    """A pass that widens uses, end or conditions, or names another digest, is not put on record."""
    id_ = bank.ask(seeks="conditional", conditions=VOLUME)
    bank.sign(id_, "hal", "bea")
    bank.decide(id_, "hal", "conditional")
    good = bank.get("pass", issue(bank.ledger, "hal", id_).id)["envelope"]["payload"]
    wrongs: list[dict[str, Any]] = [
        {"uses": ["U-1", "U-2"]}, {"expires": "2030-01-01"}, {"conditions": []}, {"digest": "0" * 64},
        {"approval": "AP-9"}, {"model": "other"}, {"kind": "emergency"}, {"expires": "2026-01-01"},
    ]  # fmt: skip
    for wrong in wrongs:
        form = {"approval": id_, "envelope": {"payload": {**good, "pass": "P-2", **wrong}}}
        with pytest.raises(SpecError):
            bank.ledger.act("pass.issued", "hal", "P-2", form)
    with pytest.raises(SpecError, match="payload"):
        bank.ledger.act("pass.issued", "hal", "P-2", {"approval": id_, "envelope": {}})


def test_the_end_is_noted(bank: Bank) -> None:
    """Approvals whose day has passed are marked, by anyone, and not a day earlier."""
    id_ = bank.ask()
    bank.sign(id_, "hal", "bea")
    bank.decide(id_, "hal")
    assert note_expired(bank.ledger, "olga") == []
    with pytest.raises(OutOfTurn, match="runs until"):
        bank.ledger.act("approval.expired", "olga", id_)
    bank.day = "2027-01-01"
    assert note_expired(bank.ledger, "olga") == [id_]
    with pytest.raises(OutOfTurn):
        issue(bank.ledger, "hal", id_)


def test_who_withdraws(bank: Bank) -> None:
    """Who asked, who owns it and who decides; not another developer."""
    id_ = bank.ask(actor="dan")
    bank.ledger.act("role.revoked", "ada", "max", {"role": "approver"}, reason="moved")
    with pytest.raises(Refused):
        bank.ledger.act("approval.withdrawn", "max", id_, reason="no")
    bank.ledger.act("approval.withdrawn", "dan", id_, reason="not ready")
    assert bank.get("approval", id_)["state"] == "withdrawn"
