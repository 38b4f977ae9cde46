"""Breaker and fallback: failing models rest, and typed rules decide in their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.gateway.breaker import Breaker
from secondline.gateway.fallback import decided, holds
from secondline.gateway.settings import Breaking, Comparison, Fallback


class Ticks:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Ticks:
    return Ticks()


@pytest.fixture
def breaker(clock: Ticks) -> Breaker:
    return Breaker(Breaking(failures=3, within=10, rest=5), clock)


def test_it_opens_after_so_many_failures_in_time(breaker: Breaker, clock: Ticks) -> None:
    """Three failures within ten seconds open it; three over twenty do not."""
    for _ in range(5):
        breaker.failed()
        clock.now += 7
    assert breaker.state == "closed"
    breaker.failed()
    breaker.failed()
    breaker.failed()
    assert (breaker.state, breaker.allows()) == ("open", False)


def test_after_resting_one_trial_is_allowed(breaker: Breaker, clock: Ticks) -> None:
    """Half-open lets one call through; it closes on success and rests again on failure."""
    for _ in range(3):
        breaker.failed()
    clock.now += 5
    assert breaker.state == "half-open"
    assert breaker.allows()
    assert not breaker.allows()
    breaker.failed()
    assert breaker.state == "open"
    clock.now += 5
    assert breaker.allows()
    breaker.worked()
    assert (breaker.state, breaker.allows()) == ("closed", True)
    breaker.failed()
    assert breaker.state == "closed"


@given(st.lists(st.tuples(st.sampled_from(["ok", "fail"]), st.floats(0, 20)), max_size=60))
def test_it_never_lets_calls_through_while_it_rests(steps: list[tuple[str, float]]) -> None:
    """In any history, between opening and the end of the rest nothing is allowed."""
    clock = Ticks()
    breaker = Breaker(Breaking(failures=2, within=5, rest=5), clock)
    opened = None
    for what, wait in steps:
        clock.now += wait
        resting = opened is not None and clock.now - opened < 5
        if breaker.allows():
            assert not resting
            before = breaker.state
            breaker.worked() if what == "ok" else breaker.failed()
            opened = clock.now if breaker.state == "open" and (before != "open" or what == "fail") else None


RULES = Fallback.model_validate(
    {
        "rules": [
            {"when": [{"column": "amount", "op": ">", "value": 500}, {"column": "country", "op": "not-in",
                                                                      "value": ["DE", "FR"]}], "then": "decline"},
            {"when": {"column": "age", "op": "missing"}, "then": "review", "name": "unknown age"},
        ],
        "otherwise": "approve",
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({"amount": 600.0, "country": "US", "age": 3}, ("decline", "fallback:1")),
        ({"amount": 600.0, "country": "DE", "age": 3}, ("approve", "fallback:otherwise")),
        ({"amount": 600.0, "age": 3}, ("approve", "fallback:otherwise")),
        ({"amount": None, "country": "US"}, ("review", "fallback:unknown age")),
        ({"amount": float("nan"), "country": "US", "age": float("nan")}, ("review", "fallback:unknown age")),
        ({"amount": "much", "country": "US", "age": 3}, ("approve", "fallback:otherwise")),
    ],
)
def test_the_first_rule_that_holds_decides(case: dict[str, object], expected: tuple[str, str]) -> None:
    """All tests of a rule must hold; a missing value, or one of another kind, holds for nothing but `missing`."""
    assert decided(RULES, case) == expected


@pytest.mark.parametrize(
    ("op", "value", "true", "false"),
    [("<", 2, 1, 2), ("<=", 2, 2, 3), (">", 2, 3, 2), (">=", 2, 2, 1), ("=", "a", "a", "b"), ("!=", 2, 1, 2),
     ("in", ["a"], "a", "b"), ("not-in", ["a"], "b", "a")],
)  # fmt: skip
def test_each_comparison(op: str, value: object, true: object, false: object) -> None:
    """Every operator says yes and no where it should."""
    test = Comparison.model_validate({"column": "x", "op": op, "value": value})
    assert holds(test, {"x": true})
    assert not holds(test, {"x": false})
