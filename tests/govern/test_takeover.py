"""Takeover: a model in use before the record comes in with proof, a deadline, and without a pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from govern.house import House
from secondline.core.errors import OutOfTurn, Refused, SpecError, UnknownRecord

FORM: dict[str, Any] = {
    "version": "1.0", "evidence": "EV-1", "since": "2023-02-01", "last_validated": "2025-03-01",
    "next_validation": "2026-12-31",
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house with one model and the minutes of an older approval."""
    house = House(tmp_path)
    house.model()
    house.do("evidence.filed", "head", kind="minutes", title="Approval of 2023", model="pd-retail", on="2023-01-20",
             note="Committee of 20 January 2023, item 4.")  # fmt: skip
    return house


def test_a_model_in_use_is_taken_over(house: House) -> None:
    """The head states what the older record says; the model is in use, its version still awaits an approval here."""
    house.do("model.taken-over", "head", "pd-retail", "from the old register", **FORM)
    model = house.get("model", "pd-retail")
    assert (model["state"], model["version_in_use"], model["next_validation"]) == ("in-use", "1.0", "2026-12-31")
    assert (model["production_date"], model["last_validated"]) == ("2023-02-01", "2025-03-01")
    assert model["taken_over"] == {"by": "head", "on": "2026-05-01", "evidence": "EV-1", "version": "1.0"}
    assert house.get("version", "pd-retail@1.0")["state"] == "registered"
    with pytest.raises(OutOfTurn):
        house.do("model.taken-over", "head", "pd-retail", "again", **FORM)


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"version": "9"}, UnknownRecord, "version 'pd-retail@9'"),
        ({"evidence": "EV-9"}, UnknownRecord, "evidence 'EV-9'"),
        ({"next_validation": "2027-06-01"}, SpecError, "within a year"),
        ({"next_validation": "2026-05-01"}, SpecError, "after today"),
        ({"since": "2026-05-02"}, SpecError, "cannot lie in the future"),
        ({"last_validated": "2026-06-01"}, SpecError, "cannot lie in the future"),
    ],
)
def test_what_cannot_be_is_refused(house: House, wrong: dict[str, str], error: type[Exception], says: str) -> None:
    """A version or proof that is not there, a deadline too far off, a past that has not happened."""
    with pytest.raises(error, match=says):
        house.do("model.taken-over", "head", "pd-retail", "from the old register", **{**FORM, **wrong})
    assert house.get("model", "pd-retail")["state"] == "proposed"


def test_only_the_head_takes_over_and_with_a_reason(house: House) -> None:
    """Neither owner nor developer nor validator; and the proof must be about this model."""
    for person in ("own", "dev", "val"):
        with pytest.raises(Refused):
            house.do("model.taken-over", person, "pd-retail", "mine", **FORM)
    with pytest.raises(SpecError, match="reason"):
        house.do("model.taken-over", "head", "pd-retail", **FORM)
    house.model("other")
    house.do("evidence.filed", "head", kind="minutes", title="Of the other", model="other", on="2023-01-20", note="x")
    with pytest.raises(SpecError, match="about another model"):
        house.do("model.taken-over", "head", "pd-retail", "old", **{**FORM, "evidence": "EV-2"})
