"""Filing: evidence has substance, owners speak for themselves, monitoring plans say what is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from govern.house import House
from secondline.core.errors import Refused, SpecError, UnknownRecord

PSI = {"metric": "stability.psi", "amber": 0.1, "red": 0.25, "action": "revalidate", "owner": "own", "min_n": 500}


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A bank with one model."""
    house = House(tmp_path)
    house.model()
    return house


def test_evidence_is_a_file_or_a_note(house: House) -> None:
    """Its digest is kept in the record; the whole bank is meant where no model is named."""
    digest = house.ledger.objects.put(b"minutes")
    form = {"kind": "minutes", "title": "Committee, April", "on": "2026-04-20"}
    assert house.do("evidence.filed", "head", object=digest, **form) == "EV-1"
    assert house.get("evidence", "EV-1")["filed_by"] == "head"
    with pytest.raises(SpecError, match="a file or at least a note"):
        house.do("evidence.filed", "head", **form)


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"kind": "gossip"}, SpecError, "kind"),
        ({"on": "2026-05-02"}, SpecError, "lies ahead"),
        ({"valid_until": "2026-04-01"}, SpecError, "before the day"),
        ({"object": "abc"}, SpecError, "object"),
        ({"model": "none"}, UnknownRecord, "none"),
        ({"version": "pd-retail@1.0"}, SpecError, "no version of the whole bank"),
    ],
)
def test_wrong_evidence_is_refused(house: House, wrong: dict[str, Any], error: type[Exception], said: str) -> None:
    """Each with the field that is wrong."""
    form = {"kind": "minutes", "title": "Committee", "on": "2026-04-20", "note": "in the archive"}
    with pytest.raises(error, match=said):
        house.do("evidence.filed", "head", **form | wrong)


def test_evidence_is_withdrawn_by_its_filer_or_the_second_line(house: House) -> None:
    """And with a reason."""
    form = {"kind": "drill", "title": "Kill switch", "on": "2026-04-20", "note": "log 7"}
    house.do("evidence.filed", "dev", **form)
    house.do("evidence.filed", "dev", **form)
    with pytest.raises(Refused):
        house.do("evidence.withdrawn", "own", "EV-1", "wrong log")
    house.do("evidence.withdrawn", "dev", "EV-1", "wrong log")
    house.do("evidence.withdrawn", "val", "EV-2", "not repeatable")


def test_only_the_owner_attests(house: House) -> None:
    """Another owner may not; without an attestation the model is not marked."""
    with pytest.raises(Refused, match="its owner is own"):
        house.do("attestation.made", "both", model="pd-retail", statement="Complete and right.")
    with pytest.raises(SpecError, match="No attestation"):
        house.do("model.attested", "own", "pd-retail")
    house.do("attestation.made", "own", model="pd-retail", statement="Complete and right.")
    house.do("model.attested", "own", "pd-retail")
    assert house.get("model", "pd-retail")["last_attested"] == "2026-05-01"
    assert house.get("attestation", "AT-1")["owner"] == "own"


def test_a_monitoring_plan_is_approved_by_the_second_line(house: House) -> None:
    """Whoever drafted or revised it does not approve it; a revision takes the approval back."""
    house.do("monitoring.drafted", "both", model="pd-retail", metrics=[PSI])
    with pytest.raises(Refused):
        house.do("monitoring.approved", "both", "MP-1")
    with pytest.raises(Refused):
        house.do("monitoring.approved", "own", "MP-1")
    house.do("monitoring.approved", "val", "MP-1")
    house.do("monitoring.revised", "dev", "MP-1", owner="own")
    plan = house.get("monitoring", "MP-1")
    assert (plan["state"], "approver" in plan) == ("draft", False)


@pytest.mark.parametrize("lacks", [{"action": ""}, {"amber": None, "red": None}])
def test_each_metric_has_a_level_and_an_action(house: House, lacks: dict[str, Any]) -> None:
    """A plan that would alarm nobody is not approved."""
    house.do("monitoring.drafted", "own", model="pd-retail", metrics=[PSI | lacks])
    with pytest.raises(SpecError, match=r"stability\.psi"):
        house.do("monitoring.approved", "val", "MP-1")


def test_a_check_sets_the_next(house: House) -> None:
    """The next check lies ahead; the status is the worst metric's."""
    house.do("monitoring.drafted", "own", model="pd-retail", metrics=[PSI])
    house.do("monitoring.approved", "val", "MP-1")
    with pytest.raises(SpecError, match="must lie ahead"):
        house.do("monitoring.checked", "own", "MP-1", status="green", next_check="2026-05-01")
    house.do("monitoring.checked", "own", "MP-1", status="amber", next_check="2026-06-01")
    plan = house.get("monitoring", "MP-1")
    assert (plan["last_check"], plan["next_check"], plan["status"]) == ("2026-05-01", "2026-06-01", "amber")
