"""Judging: three honest answers, for every kind of limit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.core.estimate import Estimate, Undefined
from secondline.core.limit import Limit
from secondline.core.outcome import Failed, Inconclusive
from secondline.policy.judge import judge


def kind(limit: dict[str, Any], **estimate: Any) -> str:
    """Return the kind of outcome of an estimate under a limit."""
    return judge(Estimate(**{"value": 0.5, "n": 1_000, **estimate}), Limit(**limit)).kind


@pytest.mark.parametrize(
    ("limit", "interval", "wanted"),
    [
        ({"at_least": 0.4}, (0.45, 0.55), "passed"),
        ({"at_least": 0.45}, (0.45, 0.55), "passed"),
        ({"at_least": 0.5}, (0.45, 0.55), "inconclusive"),
        ({"at_least": 0.55}, (0.45, 0.55), "inconclusive"),
        ({"at_least": 0.6}, (0.45, 0.55), "failed"),
        ({"at_most": 0.6}, (0.45, 0.55), "passed"),
        ({"at_most": 0.5}, (0.45, 0.55), "inconclusive"),
        ({"at_most": 0.4}, (0.45, 0.55), "failed"),
        ({"within": (0.4, 0.6)}, (0.45, 0.55), "passed"),
        ({"within": (0.5, 0.6)}, (0.45, 0.55), "inconclusive"),
        ({"within": (0.6, 0.7)}, (0.45, 0.55), "failed"),
        ({"within": (0.49, 0.51)}, (0.45, 0.55), "inconclusive"),
    ],
)
def test_the_whole_interval_decides(limit: dict[str, Any], interval: tuple[float, float], wanted: str) -> None:
    """Inside passes, outside fails, across is inconclusive; a value on the limit is inside it."""
    assert kind(limit, low=interval[0], high=interval[1]) == wanted


def test_a_count_of_what_was_delivered_is_judged_on_its_value() -> None:
    """Where there is no sampling error, or the limit says so."""
    assert kind({"at_most": 0}, value=0.0) == "passed"
    assert kind({"at_most": 0}, value=1.0) == "failed"
    assert kind({"at_most": 0.5, "judge_on": "value"}, value=0.5, low=0.1, high=0.9) == "passed"


@pytest.mark.parametrize(
    ("p", "adjusted", "wanted"), [(0.01, 0.04, "failed"), (0.01, 0.06, "passed"), (0.05, None, "passed")]
)
def test_a_p_value_is_judged_after_multiplicity_control(p: float, adjusted: float | None, wanted: str) -> None:
    """The adjusted p-value decides; one equal to alpha is not below it."""
    assert judge(Estimate(value=0.1, n=10, p_value=p), Limit(p_at_least=0.05), adjusted).kind == wanted


def test_not_rejecting_proves_nothing_where_little_would_be_seen() -> None:
    """With ``detect``, a test without the power asked for is inconclusive and says how many rows would do."""
    estimate = Estimate(value=0.0, n=1_000, p_value=0.5, mde=0.4, mde_unit="share of PD")
    outcome = judge(estimate, Limit(p_at_least=0.05, detect=0.2))
    assert isinstance(outcome, Inconclusive)
    assert outcome.needed == "about 4,000 rows like these would decide it (there are 1,000)"
    assert judge(estimate, Limit(p_at_least=0.05, detect=0.5)).kind == "passed"


def test_no_p_value_is_not_a_pass() -> None:
    """A measure without one cannot be judged by one."""
    assert kind({"p_at_least": 0.05}) == "inconclusive"


def test_no_number_is_never_a_pass() -> None:
    """Missing data are inconclusive and say what is needed; a question that does not arise is not applicable."""
    limit = Limit(at_least=0.5)
    outcome = judge(Undefined(because="no rows", needed="rows"), limit)
    assert (outcome.kind, outcome.because) == ("inconclusive", "no rows")
    assert judge(Undefined(because="one grade", kind="not-applicable"), limit).kind == "not_applicable"


def test_what_is_known_without_a_number_is_kept_and_nothing_else_is_written() -> None:
    """The detail of a measure without a value comes back with its answer; an empty one leaves the record as it was."""
    known = judge(Undefined(because="not reached", detail={"curve": [1]}), None)
    assert Inconclusive.model_validate(known.model_dump(mode="json")) == known
    assert known.model_dump()["detail"] == {"curve": [1]}
    assert set(judge(Undefined(because="no rows"), None).model_dump()) == {"kind", "estimate", "because", "needed"}
    assert judge(Estimate(value=1.0, n=1), None).kind == "not_applicable"


@pytest.mark.parametrize(("value", "severity"), [(0.12, "low"), (0.3, "medium"), (0.9, "critical")])
def test_severity_rises_beyond_further_bounds(value: float, severity: str) -> None:
    """The worst bound that the value is beyond."""
    limit = Limit(at_most=0.1, severity="low", worse={"medium": 0.25, "critical": 0.8})
    outcome = judge(Estimate(value=value, low=value, high=value, n=10), limit)
    assert isinstance(outcome, Failed)
    assert outcome.severity == severity


@pytest.mark.parametrize(("value", "severity"), [(0.64, "major"), (0.54, "critical")])
def test_severity_rises_downwards_too(value: float, severity: str) -> None:
    """Below a floor the further bound lies lower."""
    outcome = judge(Estimate(value=value, n=10), Limit(at_least=0.65, severity="major", worse={"critical": 0.55}))
    assert isinstance(outcome, Failed)
    assert outcome.severity == severity


@given(st.floats(0.01, 0.99), st.floats(1e-9, 1e-3))
def test_the_comparison_can_always_be_seen(limit: float, above: float) -> None:
    """The text never says that a number is not at most the same number."""
    outcome = judge(Estimate(value=limit + above, low=limit + above / 2, high=1.0, n=10), Limit(at_most=limit))
    said = outcome.because.split(" is not at most ")
    assert len(said) == 2
    assert said[0].split(" ")[0] != said[1]


@given(st.floats(-5, 5), st.floats(0, 3), st.floats(0, 3), st.floats(-5, 5))
def test_complementary_limits_agree(value: float, below: float, above: float, bound: float) -> None:
    """What passes one side of a bound never passes the other, unless the interval is the bound itself."""
    estimate = Estimate(value=value, low=value - below, high=value + above, n=10)
    floor, ceiling = (judge(estimate, limit).kind for limit in (Limit(at_least=bound), Limit(at_most=bound)))
    if value - below < bound < value + above:
        assert (floor, ceiling) == ("inconclusive", "inconclusive")
    elif not value - below <= bound <= value + above:
        assert {floor, ceiling} == {"passed", "failed"}


def test_how_much_more_data() -> None:
    """Half as far needs four times the rows; on the limit no amount would do."""
    near = judge(Estimate(value=0.55, low=0.45, high=0.65, n=100), Limit(at_least=0.5))
    on = judge(Estimate(value=0.5, low=0.4, high=0.6, n=100), Limit(at_least=0.5))
    assert isinstance(near, Inconclusive)
    assert isinstance(on, Inconclusive)
    assert near.needed == "about 400 rows like these would decide it (there are 100)"
    assert on.needed.startswith("the value lies on the limit")
