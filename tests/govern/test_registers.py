"""Registers: what is recorded about a model's weaknesses, and who may let them pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from govern.house import House
from secondline.core.errors import OutOfTurn, Refused, SpecError, UnknownRecord

OVERLAY: dict[str, Any] = {
    "model": "pd-retail", "limitation": "L-1", "reason": "No downturn in the data.", "size": 1.5, "unit": "EUR m",
    "method_over_time": "Recomputed each quarter from the stressed default rate.", "expires": "2026-12-31",
}  # fmt: skip
WAIVER: dict[str, Any] = {
    "control": "MRM-MON-01", "model": "pd-retail", "reason": "The feed is late.",
    "compensating": "200 decisions a month are checked by hand.", "expires": "2026-09-30",
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A bank with one model that has one limitation."""
    house = House(tmp_path)
    house.model()
    house.do("limitation.recorded", "val", model="pd-retail", kind="data", statement="No downturn in the sample.")
    return house


def test_an_overlay_is_approved_by_somebody_else(house: House) -> None:
    """Neither who proposed it, nor the owner, nor the developer approves an overlay; the refusal is on record."""
    house.do("overlay.proposed", "own", **OVERLAY)
    house.do("overlay.proposed", "both", **OVERLAY)
    for overlay, actor in (("O-1", "own"), ("O-1", "dev"), ("O-2", "both")):
        with pytest.raises(Refused):
            house.do("overlay.approved", actor, overlay)
    house.do("overlay.approved", "app", "O-1")
    assert house.get("overlay", "O-1")["approver"] == "app"
    assert len(house.ledger.records.events(kind="act.refused")) == 3


def test_renewals_are_counted_over_overlays(house: House) -> None:
    """Two renewals show as two, and a new overlay for the same limitation does not begin again at nought."""
    house.do("overlay.proposed", "own", **OVERLAY)
    house.do("overlay.approved", "app", "O-1")
    house.do("overlay.renewed", "app", "O-1", "still no data", expires="2027-03-31")
    house.do("overlay.renewed", "head", "O-1", "still no data", expires="2027-06-30", size=2)
    house.do("overlay.ended", "own", "O-1", "replaced")
    again = house.do("overlay.proposed", "own", **OVERLAY)
    assert (house.get("overlay", "O-1")["renewals"], house.get("overlay", "O-1")["size"]) == (2, 2)
    assert house.get("overlay", again)["earlier"] == 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"expires": "2026-05-01"}, "must lie ahead"), ({"limitation": "L-9"}, "no limitation"), ({"unit": ""}, "unit")],
)
def test_an_overlay_answers_a_limitation_and_ends(house: House, wrong: dict[str, Any], said: str) -> None:
    """Without a limitation of this model, a unit or a day in the future there is no overlay."""
    with pytest.raises(SpecError, match=said):
        house.do("overlay.proposed", "own", **OVERLAY | wrong)


def test_a_renewal_lasts_longer(house: House) -> None:
    """The same or an earlier last day is refused, and so is renewing what was never approved."""
    house.do("overlay.proposed", "own", **OVERLAY)
    with pytest.raises(OutOfTurn):
        house.do("overlay.renewed", "app", "O-1", "more", expires="2027-01-31")
    house.do("overlay.approved", "app", "O-1")
    with pytest.raises(SpecError, match="lasts longer"):
        house.do("overlay.renewed", "app", "O-1", "more", expires="2026-12-31")


def test_owners_downstream_are_named(house: House) -> None:
    """Only models that exist can be told."""
    house.model("ecl")
    house.do("overlay.proposed", "own", **OVERLAY)
    house.do("overlay.approved", "app", "O-1")
    with pytest.raises(UnknownRecord):
        house.do("overlay.told", "own", "O-1", told=["nobody"])
    house.do("overlay.told", "own", "O-1", told=["ecl"])
    assert house.get("overlay", "O-1")["told"] == ["ecl"]


def test_a_waiver_is_never_granted_by_who_asked(house: House) -> None:
    """The head who asks needs another head; an approver may grant only on the two lower tiers."""
    house.do("waiver.requested", "head", **WAIVER)
    assert house.get("waiver", "W-1")["level"] == "mrm-head"
    for actor in ("head", "app", "val", "own"):
        with pytest.raises(Refused):
            house.do("waiver.granted", actor, "W-1")
    house.do("waiver.granted", "both", "W-1")
    assert house.get("waiver", "W-1")["approver"] == "both"


def test_a_waiver_for_the_whole_bank_goes_to_the_head(house: House) -> None:
    """It names no model; after it is granted it is reviewed by the second line and ended with a reason."""
    house.do("waiver.requested", "val", **WAIVER | {"model": ""})
    house.do("waiver.granted", "head", "W-1")
    house.on("2026-06-01")
    with pytest.raises(Refused):
        house.do("waiver.reviewed", "val", "W-1", "looks fine")
    house.do("waiver.reviewed", "head", "W-1", "still needed")
    assert house.get("waiver", "W-1")["reviewed"] == "2026-06-01"
    with pytest.raises(SpecError, match="reason"):
        house.do("waiver.ended", "head", "W-1")


def test_a_waiver_expires(house: House) -> None:
    """Without a day, with a day gone by, or granted after its day, there is none."""
    with pytest.raises(SpecError, match="`expires` is missing"):
        house.do("waiver.requested", "own", **{k: v for k, v in WAIVER.items() if k != "expires"})
    with pytest.raises(SpecError, match="must lie ahead"):
        house.do("waiver.requested", "own", **WAIVER | {"expires": "2026-04-30"})
    house.do("waiver.requested", "own", **WAIVER)
    house.on("2026-10-01")
    with pytest.raises(SpecError, match="must lie ahead"):
        house.do("waiver.granted", "head", "W-1")


def test_only_the_second_line_retires_a_limitation(house: House) -> None:
    """The developer may add to it but not strike it out, nor move it to another model."""
    house.model("other")
    house.do("limitation.changed", "dev", "L-1", watched_by="stability.psi")
    with pytest.raises(Refused):
        house.do("limitation.retired", "dev", "L-1", "gone")
    with pytest.raises(SpecError, match="belongs to pd-retail"):
        house.do("limitation.changed", "dev", "L-1", model="other")
    house.do("limitation.retired", "val", "L-1", "the new sample has one")
    assert house.get("limitation", "L-1")["state"] == "retired"


def test_an_assumption_belongs_to_a_model(house: House) -> None:
    """One of a model nobody knows is refused."""
    assert house.do("assumption.recorded", "dev", model="pd-retail", statement="Behaviour does not change.") == "A-1"
    with pytest.raises(UnknownRecord):
        house.do("assumption.recorded", "dev", model="none", statement="Behaviour does not change.")


def test_an_exemption_needs_an_independent_approver_and_a_day(house: House) -> None:
    """Then, and only then, the model may be treated as exempt; when the day is past it may not."""
    why = {"model": "pd-retail", "reason": "10 accounts.", "conditions": "Over 100 accounts."}
    with pytest.raises(SpecError, match="no approved exemption"):
        house.do("model.exempted", "val", "pd-retail")
    house.do("exemption.proposed", "own", **why, recheck="2026-12-31")
    with pytest.raises(Refused):
        house.do("exemption.approved", "own", "X-1")
    house.do("exemption.approved", "app", "X-1")
    house.on("2027-01-01")
    with pytest.raises(SpecError, match="no approved exemption"):
        house.do("model.exempted", "val", "pd-retail")
    house.do("exemption.proposed", "own", **why, recheck="2027-12-31")
    house.do("exemption.approved", "app", "X-2")
    house.do("model.exempted", "val", "pd-retail")
    assert house.get("model", "pd-retail")["state"] == "exempt"
