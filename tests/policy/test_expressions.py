"""Expressions: bounded, over declared names only, and undecided rather than silently true or false."""

from __future__ import annotations

from typing import Any

import pytest

from secondline.core.errors import SpecError
from secondline.policy.expressions import DEEPEST_BRACKETS, FUNCTIONS, LONGEST, Scope, Undecided, compiled

FACTS: dict[str, Any] = {
    "model": {"id": "pd", "tier": 1, "opened": "2026-01-31", "closed": ""},
    "versions": [{"id": "pd@1", "on": "2025-01-01"}, {"id": "pd@2", "on": "2026-02-01"}, {"id": "pd@3", "on": ""}],
    "checks": {"discrimination.auc": "passed"},
    "today": "2026-05-01",
}


def said(text: str, about: str = "model", **near: Any) -> bool | Undecided:
    """Return what a condition says of the facts."""
    return compiled(text, about).decide(Scope(FACTS).having(**near))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("model.tier in [1, 2]", True),
        ("versions.exists(v, v.id == 'pd@2')", True),
        ("versions.all(v, v.on != '')", False),
        ("versions.map(v, v.id).exists_one(i, i == 'pd@1')", True),
        ("checks['discrimination.auc'] == 'passed'", True),
        ("'discrimination.ks' in checks", False),
        ("has(model.nothing) && model.nothing == 1", False),
        ("days(model.opened, today) == 90", True),
        ("months(model.opened, today) == 3", True),
        ("plus_months(model.opened, 1) == '2026-02-28'", True),
        ("plus_months('2026-12-15', 1) == '2027-01-15'", True),
        ("plus_days(model.opened, 1) == '2026-02-01'", True),
        ("on_or_before(model.opened, today)", True),
        ("on_or_before(today, model.opened)", False),
        ("latest(versions, 'on').id == 'pd@2'", True),
        ("latest(versions, 'missing').size() == 0", True),
        # An error beside something that decides anyway does not matter.
        ("model.tier == 1 || model.nothing == 2", True),
        ("versions.exists(v, days(v.on, today) < 100)", True),
    ],
)
def test_decided(text: str, result: bool) -> None:
    """What the facts decide is decided, lists, dates and look-ups included."""
    assert said(text) is result


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("model.nothing == 1", "nothing is not on record"),
        ("days(model.closed, today) > 3", "a date is blank"),
        ("days(model.closed, today) != 3", "a date is blank"),
        ("!on_or_before(model.closed, today)", "a date is blank"),
        ("plus_months('soon', 1) == today", "Invalid isoformat string: 'soon'"),
        ("model.tier > 'high'", "of another kind"),
        ("versions[7].id == 'x'", "fewer entries"),
        ("1 / 0 == 1", "division by zero"),
        ("9223372036854775807 + model.tier > 0", "overflow"),
        ("model.tier", "of another kind"),
        ("versions.map(a, a.id)", "of another kind"),
        ("'x'.matches('(')", "not a valid regex"),
        ("today == plus_days(today, 9999999)", "out of range"),
    ],
)
def test_undecided(text: str, because: str) -> None:
    """What is missing, blank or broken leaves a condition undecided, with the reason; never true, never false."""
    found = said(text)
    assert isinstance(found, Undecided)
    assert because.lower() in found.because.lower()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nosuch == 1", "'nosuch', which is not declared"),
        ("modle.tier == 1", "Did you mean 'model'"),
        ("open('x') == 1", "function 'open', which is not declared"),
        ("__import__('os') == 1", "not declared"),
        ("model.tier ==", "is not valid"),
        ("", "is not valid"),
        ("model.tier == 1 // comment\n)", "is not valid"),
        ("x" * (LONGEST + 1), "at most 1,000"),
        ("(" * (DEEPEST_BRACKETS + 1) + "true" + ")" * (DEEPEST_BRACKETS + 1), "brackets deep"),
        ("[" * 400 + "]" * 400, "brackets deep"),
        ("!" * 900 + "true", "repeats a sign"),
        ("- " * 400 + "1 == 1", "repeats a sign"),
        ("versions.all(a, versions.all(b, versions.all(c, true)))", "more than 2 loops"),
        ("versions.all(a, versions.filter(b, true).size() > 0)", "inside another loop"),
        ("versions.map(a, versions.map(b, b)).size() > 0", "inside another loop"),
        ("versions.map(a, versions).size() > 0", "`map` of whole lists"),
        ("versions.all(version, true)", "loop name"),
        ("version.id == ''", "Did you mean 'versions'"),
        ("timestamp(today) > timestamp(today)", "not declared"),
        ("true) || (true", "is not valid"),
    ],
)
def test_hostile(text: str, says: str) -> None:
    """What is huge, deep, unknown or no expression is refused before it runs."""
    with pytest.raises(SpecError, match=says.replace("(", r"\(")):
        compiled(text)


def test_two_loops_over_a_thousand_records_end() -> None:
    """The deepest loops allowed are done with quickly, whatever they find."""
    scope = Scope({**FACTS, "versions": [{"id": str(i)} for i in range(1_000)]})
    assert compiled("versions.all(a, versions.exists(b, a.id == b.id))").decide(scope) is True


def test_what_a_condition_may_see() -> None:
    """A control about a version sees it; one about the bank sees no model; neither sees the other's names."""
    assert said("version.id == 'pd@1'", "version", version={"id": "pd@1"}) is True
    assert said("params.months == 12", params={"months": 12}) is True
    with pytest.raises(SpecError, match="not declared"):
        compiled("model.tier == 1", "bank")
    with pytest.raises(SpecError, match="is about"):
        compiled("true", "planet")


def test_one_scope_serves_many_conditions() -> None:
    """What changes from one condition to the next never leaks into the one after."""
    scope = Scope(FACTS)
    assert compiled("params.n == 1").decide(scope.having(params={"n": 1})) is True
    assert compiled("params.n == 1").decide(scope.having(params={"n": 2})) is False
    assert isinstance(compiled("params.n == 1").decide(scope.having()), Undecided)


def test_the_library_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """An error inside a condition is an answer, not a line in a log."""
    said("days('', today) > 1")
    assert not caplog.records
    assert set(FUNCTIONS) == {"days", "months", "on_or_before", "plus_days", "plus_months", "latest"}


def test_a_condition_is_given_what_it_asks_of_the_bank_and_no_more() -> None:
    """Facts about the bank are reached one by one, all at once and by key; what nobody asks for is not made ready."""
    facts = {"bank": {"models": 3, "people": [{"id": "ann"}], "unasked": object()}, "today": "2026-01-01"}
    asked = compiled("bank.models == 3 && bank.people.exists(p, p.id == 'ann')", "bank")
    assert asked.bank == frozenset({"models", "people"})
    assert asked.decide(Scope(facts)) is True
    plain = {**facts, "bank": {"models": 3}}
    assert compiled("bank['models'] == 3", "bank").bank is None
    assert compiled("bank['models'] == 3", "bank").decide(Scope(plain)) is True
    assert isinstance(compiled("bank.nothing == 3", "bank").decide(Scope(plain)), Undecided)
    assert compiled("today == 'bank.people'", "bank").bank == frozenset()
