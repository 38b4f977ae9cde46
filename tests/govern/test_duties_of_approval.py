"""Separation of duties: for every rule, by every door, nobody approves their own work, and the refusal is on record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from govern.signing_house import PEOPLE, Bank
from secondline.core.errors import OutOfTurn, Refused, SecondlineError
from secondline.ledger.writing import REFUSED, Order
from secondline.workflow.approving import adopt_policy, propose_policy, reading, sign
from secondline.workflow.passes import issue


def refusals(bank: Bank) -> int:
    """Return how many refusals are on record."""
    return len(bank.ledger.records.events(kind=REFUSED, limit=1000))


def grant(bank: Bank, who: str, *roles: str) -> None:
    """Grant roles."""
    for role in roles:
        bank.ledger.act("role.granted", "ada", who, {"role": role}, reason="moved")


def revoke(bank: Bank, who: str, *roles: str) -> None:
    """Take roles away."""
    for role in roles:
        bank.ledger.act("role.revoked", "ada", who, {"role": role}, reason="moved")


# Each makes somebody conflicted who holds the approver's role, and names them.
def developer(bank: Bank) -> str:
    """The developer of the version also has the approver's role."""
    grant(bank, "dan", "approver")
    return "dan"


def former_developer(bank: Bank) -> str:
    """Somebody else took the version over; who built it first is still its developer."""
    grant(bank, "dan", "approver")
    bank.plant("version", "pd@1.0", "version.changed", "olga", developers=["max"])
    bank.plant("model", "pd", "model.changed", "olga", developer="max")
    revoke(bank, "dan", "developer")
    return "dan"


def moved_and_back(bank: Bank) -> str:
    """A developer loses every role, comes back as approver only."""
    revoke(bank, "dan", "developer")
    bank.ledger.act("person.left", "ada", "dan", reason="left")
    bank.ledger.act("person.returned", "ada", "dan", reason="came back")
    grant(bank, "dan", "approver")
    return "dan"


def second_account(bank: Bank) -> str:
    """The developer's second account, known by its e-mail address."""
    bank.plant("person", "dan", "person.changed", "ada", email="Dan@Bank.example")
    facts = {"name": "D.", "email": "dan@bank.example", "roles": ("approver",)}
    bank.ledger.act("person.added", "ada", "dan2", facts)
    return "dan2"


def owner(bank: Bank) -> str:
    """The owner also has the approver's role."""
    grant(bank, "olga", "approver")
    return "olga"


def former_owner(bank: Bank) -> str:
    """Who owned the model once still may not."""
    grant(bank, "olga", "approver")
    bank.plant("model", "pd", "model.changed", "ada", owner="vito")
    bank.plant("model", "pd", "model.changed", "ada", owner="max")
    return "olga"


def validator(bank: Bank) -> str:
    """The validator also has the approver's role."""
    grant(bank, "vera", "approver")
    return "vera"


def second_validator(bank: Bank) -> str:
    """A member of the team who did not lead and has left it since."""
    bank.plant("validation", "V-pd-vera-0", "validation.staffed", "vera", team=["vera", "vito"])
    bank.plant("validation", "V-pd-vera-0", "validation.staffed", "vera", team=["vera"])
    grant(bank, "vito", "approver")
    revoke(bank, "vito", "validator")
    return "vito"


def named_by_study(bank: Bank) -> str:
    """The run's study names its developer, though the inventory does not."""
    run = {
        "object": "o",
        "digest": "d",
        "model": "pd",
        "version": "1.0",
        "finished_at": "2026-05-01",
        "developer": "ben",
    }
    bank.plant("run", "r1", "run.finished", "vera", **run)
    return "ben"


def admin(bank: Bank) -> str:
    """An administrator has no right to approve."""
    return "ada"


def auditor(bank: Bank) -> str:
    """An auditor reads."""
    return "aud"


CONFLICTED = [
    developer, former_developer, moved_and_back, second_account, owner, former_owner, validator, second_validator,
    named_by_study, admin, auditor,
]  # fmt: skip


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """A bank with a validated version of tier 2."""
    made = Bank(tmp_path)
    made.validated()
    made.watched()
    return made


@pytest.mark.parametrize("make", CONFLICTED, ids=lambda make: make.__name__)
def test_nobody_conflicted_signs(bank: Bank, make: Callable[[Bank], str]) -> None:
    """By act, by verb, or in a batch with an innocent act: refused, on record, and nothing is written."""
    who = make(bank)
    id_ = bank.ask(actor="olga")
    before = refusals(bank)
    with pytest.raises(Refused):
        bank.sign(id_, who)
    form = {"signs": reading(bank.ledger, id_).signs, "affirms": True}
    with pytest.raises(Refused):
        bank.ledger.act("approval.signed", who, id_, form, via="api")
    with pytest.raises(Refused):
        bank.try_all(Order("approval.signed", "hal", id_, form), Order("approval.signed", who, id_, form))
    assert refusals(bank) == before + 3
    assert bank.get("approval", id_)["signatures"] == []


@pytest.mark.parametrize("make", CONFLICTED, ids=lambda make: make.__name__)
def test_nobody_conflicted_decides_or_issues(bank: Bank, make: Callable[[Bank], str]) -> None:
    """With all signatures there, somebody conflicted can neither decide, nor issue the pass."""
    id_ = bank.ask()
    bank.sign(id_, "hal", "bea")
    who = make(bank)
    with pytest.raises(SecondlineError):
        bank.decide(id_, who)
    assert bank.get("approval", id_)["state"] == "requested"
    if who in {"vera", "vito", "ben"}:
        return  # whoever validated may issue what others approved
    bank.ledger.act("approval.amended", "hal", id_, {}, reason="put up again")
    bank.sign(id_, "hal", "bea")
    bank.decide(id_, "hal")
    with pytest.raises(Refused):
        issue(bank.ledger, who, id_)


@pytest.mark.parametrize("make", CONFLICTED[:1] + CONFLICTED[6:8], ids=lambda make: make.__name__)
def test_a_conflict_that_comes_later_voids_the_signature(bank: Bank, make: Callable[[Bank], str]) -> None:
    """Duties are judged when it is decided: a signatory who turns out to have built or validated it does not count."""
    id_ = bank.ask()
    bank.sign(id_, "hal", "bea")
    who = make(bank)
    bank.plant("approval", id_, "approval.signed", who, signatures=[
        {**s, "person": who if s["person"] == "bea" else s["person"]} for s in bank.get("approval", id_)["signatures"]
    ])  # fmt: skip
    with pytest.raises(OutOfTurn, match="does not stand"):
        bank.decide(id_, "hal")


def test_one_person_signs_once(bank: Bank) -> None:
    """Not twice, and not by a second account to fill two seats."""
    id_ = bank.ask()
    bank.sign(id_, "bea")
    with pytest.raises(Refused, match="signs once"):
        bank.sign(id_, "bea")
    bank.plant("person", "bea", "person.changed", "ada", email="bea@bank.example")
    bank.ledger.act("person.added", "ada", "bea2",
                    {"name": "B.", "email": "BEA@bank.example ", "roles": ("mrm-head",)})  # fmt: skip
    with pytest.raises(Refused, match="signs once"):
        bank.sign(id_, "bea2")


def test_who_asked_does_not_sign(bank: Bank) -> None:
    """The head who requests an approval cannot sign it: two people always."""
    id_ = bank.ask(actor="hal")
    with pytest.raises(Refused, match="requested it"):
        bank.sign(id_, "hal")


def test_a_role_taken_away_voids_the_signature(bank: Bank) -> None:
    """Whoever has left, or is no approver any more, does not count when it is decided."""
    id_ = bank.ask()
    bank.sign(id_, "hal", "bea")
    revoke(bank, "bea", "approver")
    with pytest.raises(OutOfTurn, match="does not stand"):
        bank.decide(id_, "hal")


def test_only_a_signatory_decides(bank: Bank) -> None:
    """An approver who did not sign does not decide."""
    id_ = bank.ask()
    bank.sign(id_, "hal", "bea")
    with pytest.raises(Refused, match="only who has signed"):
        bank.decide(id_, "ben")


@pytest.mark.parametrize(("tier", "may"), [(1, False), (2, False), (3, True)])
def test_who_validated_may_sign_only_at_tier_3(tmp_path: Path, tier: int, may: bool) -> None:
    """Tiers 1 and 2 need somebody who did not validate; the policy lets it pass at tier 3."""
    bank = Bank(tmp_path, tier)
    bank.validated(by="vera")
    grant(bank, "vera", "approver")
    id_ = bank.ask()
    if may:
        bank.sign(id_, "vera")
        assert bank.decide(id_, "vera")
    else:
        with pytest.raises(Refused, match="validated"):
            bank.sign(id_, "vera")


def test_the_policy_needs_two_people(bank: Bank) -> None:
    """Whoever proposes a policy of approvals cannot adopt it, and it must be whole."""
    import yaml

    from secondline.policy.approving import read_policy

    facts = read_policy().model_dump(mode="json") | {"version": "2026.2"}
    path = Path(bank.ledger.folder) / "own.yaml"
    path.write_text(yaml.safe_dump(facts))
    propose_policy(bank.ledger, "hal", path, reason="better")
    with pytest.raises(Refused):
        adopt_policy(bank.ledger, "hal", "2026.2", reason="better")
    assert adopt_policy(bank.ledger, "bea", "2026.2", reason="better").doc["state"] == "adopted"


def test_roles_are_not_granted_to_oneself(bank: Bank) -> None:
    """Nobody makes themselves approver."""
    with pytest.raises(Refused):
        bank.ledger.act("role.granted", "ada", "ada", {"role": "approver"}, reason="quick")


def test_who_is_not_on_the_list_does_nothing(bank: Bank) -> None:
    """A stranger, and somebody who left, are refused."""
    id_ = bank.ask()
    with pytest.raises(Refused):
        sign(bank.ledger, "stranger", id_, reading(bank.ledger, id_).signs, affirms=True)
    bank.ledger.act("person.left", "ada", "bea", reason="gone")
    with pytest.raises(Refused):
        bank.sign(id_, "bea")
    assert set(PEOPLE) >= {"bea"}
