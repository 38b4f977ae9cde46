"""Judge cards: who may decide on them, when, and on what figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from govern.house import House
from secondline.core.canonical import digest
from secondline.core.errors import OutOfTurn, Refused, SpecError, UnknownRecord

ACCEPT, REFUSE, WITHDRAW = "judge.made-eligible", "judge.refused", "judge.withdrawn"
SUMS = {name: digest(name) for name in ("card", "identity", "rubric", "prompt", "labels")}


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house with a system of dev and own, and a second validator."""
    made = House(tmp_path)
    made.do("person.added", "ada", "val2", name="Val", roles=["validator"])
    made.model()
    return made


def card(house: House, actor: str = "dev", **more: Any) -> str:
    """Put a card on record; returns its id."""
    facts: dict[str, Any] = {"model": "pd-retail", "judge": "reader", "criterion": "helpful", "n": 240, "fit": True,
                             "made": "2026-05-01", "expires": "2026-10-28"}  # fmt: skip
    return house.do("judge.carded", actor, "", **SUMS | facts | more)


def test_it_is_carded_accepted_and_withdrawn(house: House) -> None:
    """The first line brings the card, the second line accepts it with a reason, and takes it back."""
    id_ = card(house)
    assert (id_, house.get("judge", id_)["state"]) == ("J-1", "carded")
    assert house.do(ACCEPT, "val", id_, "Its errors are known.") == id_
    assert house.get("judge", id_)["state"] == "eligible"
    house.do(WITHDRAW, "val", id_, "The provider changed it.")
    assert house.get("judge", id_)["state"] == "withdrawn"


@pytest.mark.parametrize("act", [ACCEPT, REFUSE])
def test_who_may_not_decide(house: House, act: str) -> None:
    """Not the first line; not who owns or developed the system; not who carded the judge, nor who made it."""
    id_ = card(house, "val", makers=["val2"])
    for who, because in (
        ("dev", "needs mrm-head or validator"), ("app", "needs mrm-head or validator"),
        ("val", "they did judge.carded"), ("val2", "they are its makers"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=because):
            house.do(act, who, id_, "So.")
    house.do("model.changed", "head", "pd-retail", owner="both")
    with pytest.raises(Refused, match="they own or owned pd-retail"):
        house.do(act, "both", id_, "So.")
    house.do(act, "head", id_, "So.")


def test_figures_and_dates_bind(house: House) -> None:
    """A judge whose figures do not let it grade is only refused; a card that has ended is not accepted."""
    unfit = card(house, fit=False, because="its errors differ between slices (p 0.002)")
    with pytest.raises(OutOfTurn, match=r"its errors differ between slices \(p 0.002\)"):
        house.do(ACCEPT, "val", unfit, "So.")
    house.do(REFUSE, "val", unfit, "It errs by kind.")
    late = card(house)
    house.on("2026-10-29")
    with pytest.raises(OutOfTurn, match="ended on 2026-10-28"):
        house.do(ACCEPT, "val", late, "So.")
    with pytest.raises(OutOfTurn, match="ended on 2026-10-28"):
        card(house)


def test_what_is_no_card(house: House) -> None:
    """A card of no system, one that ends before it is made or is made ahead, and digests that are none are refused."""
    with pytest.raises(UnknownRecord, match="nobody"):
        card(house, model="nobody")
    for dates in ({"expires": "2026-05-01"}, {"made": "2026-05-02"}):
        with pytest.raises(SpecError, match="A card ends after it is made"):
            card(house, **dates)
    with pytest.raises(SpecError, match="identity"):
        card(house, identity="abc")
    with pytest.raises(SpecError, match="`n`"):
        card(house, n=0)


def test_each_act_in_its_turn(house: House) -> None:
    """Nothing is decided twice, and every decision has a reason."""
    id_ = card(house)
    for act in (ACCEPT, REFUSE, WITHDRAW):
        with pytest.raises(SpecError, match="give a reason"):
            house.do(act, "val", id_)
    house.do(REFUSE, "val", id_, "Too few labels.")
    for act in (ACCEPT, REFUSE, WITHDRAW):
        with pytest.raises(OutOfTurn, match="'refused'"):
            house.do(act, "val", id_, "So.")
