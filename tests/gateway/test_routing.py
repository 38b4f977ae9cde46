"""Routing: the control arm draws its share, sticks to entities, and says with what chance."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.desk_house import House, asked, decided
from secondline.gateway.routing import Arm, draw
from secondline.gateway.settings import Control

KEY = b"0123456789abcdef"


@given(st.binary(min_size=16, max_size=80), st.text(max_size=30), st.text(max_size=30))
def test_draws_repeat(key: bytes, salt: str, unit: str) -> None:
    """The same key, purpose and case give the same number in [0, 1)."""
    assert 0.0 <= draw(key, salt, unit) == draw(key, salt, unit) < 1.0


@given(st.binary(min_size=16, max_size=64), st.sampled_from([0.01, 0.1, 0.5]))
def test_the_arm_draws_its_share(key: bytes, share: float) -> None:
    """Whatever the key, the share of 4,000 cases is within five standard errors of what was set."""
    arm = Arm(Control(share=share, key="k"), key)
    drawn = sum(arm.holds("pd", str(case), "") for case in range(4_000)) / 4_000
    assert abs(drawn - share) < 5 * sqrt(share * (1 - share) / 4_000)


@given(st.text(min_size=1, max_size=12), st.lists(st.text(max_size=12), min_size=2, max_size=20))
def test_a_sticky_arm_draws_entities(entity: str, cases: list[str]) -> None:
    """All cases of an entity are in or out together; without stickiness, or an entity, the case decides."""
    sticky = Arm(Control(share=0.5, key="k", sticky=True), KEY)
    assert len({sticky.holds("pd", case, entity) for case in cases}) == 1
    assert all(
        sticky.holds("pd", case, "") == Arm(Control(share=0.5, key="k"), KEY).holds("pd", case, entity)
        for case in cases
    )


def test_models_are_drawn_apart() -> None:
    """Being in the arm of one model says nothing about another's."""
    arm = Arm(Control(share=0.5, key="k"), KEY)
    both = sum(arm.holds("a", str(i), "") and arm.holds("b", str(i), "") for i in range(4_000))
    assert 850 < both < 1_150


@pytest.mark.usefixtures("quick")
def test_the_arm_lets_declines_through_with_a_recorded_chance(house: House) -> None:
    """Drawn cases are approved whatever the score; every decline has the share as its chance, every approval 1."""
    house.issue(house.study())
    watch = house.watch(control={"share": 0.2, "key": "arm.key", "most": 100})
    high = decided(watch, asked([3.0] * 2_000, amounts=(50.0,) * 2_000))
    arms = [one for one in high if one.arm == "control"]
    assert 300 < len(arms) < 500
    assert {one.decision for one in arms} == {"approve"}
    assert {one.path for one in arms} == {("model:decline", "control")}
    assert {one.chance for one in high} == {0.2}
    assert {one.chance for one in decided(watch, asked([-9.0] * 50, amounts=(50.0,) * 50))} == {1.0}


@pytest.mark.usefixtures("quick")
def test_large_amounts_are_beyond_the_arm(house: House) -> None:
    """Over the set amount, or without one, nothing is let through and the chance of a decline is 0."""
    house.issue(house.study())
    watch = house.watch(control={"share": 0.5, "key": "arm.key", "most": 100})
    found = [*decided(watch, asked([3.0] * 50, amounts=(150.0,) * 50)), *decided(watch, asked([3.0] * 50))]
    assert {(one.decision, one.arm, one.chance) for one in found} == {("decline", "champion", 0.0)}
