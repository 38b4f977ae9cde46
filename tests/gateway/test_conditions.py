"""Conditions: every kind an approval may carry is kept on live traffic, and what breaks one names it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.desk_house import House, asked, decided
from secondline.core.errors import LedgerError
from secondline.gateway.conditions import Bounds, conditions_of
from secondline.gateway.counts import Counts, name_of
from secondline.gateway.passes import Pass

DAY = {"kind": "volume", "decisions": 3, "per": "day"}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("condition", "inside", "outside"),
    [
        ({"kind": "population", "column": "limit", "low": 0, "high": 10}, 10.0, 10.5),
        ({"kind": "population", "column": "limit", "low": 0}, 0.0, -0.5),
        ({"kind": "population", "column": "limit", "values": ["1", "2"]}, 2.0, 3.0),
        ({"kind": "exclusion", "column": "limit", "values": ["7"]}, 6.0, 7.0),
    ],
)
def test_cases_outside_are_refused_by_name(
    house: House, condition: dict[str, Any], inside: float, outside: float
) -> None:
    """A case outside what is approved is not scored; the path holds the condition in words."""
    house.issue(house.study(), conditions=[condition])
    one, two = decided(house.watch(), asked([inside, outside]))
    assert one.score is not None
    assert (two.decision, two.score) == ("refused", None)
    assert two.path[0].startswith("outside: ")
    assert "limit" in two.path[0]


@pytest.mark.usefixtures("quick")
def test_bounds_of_a_use_are_kept_and_a_missing_value_is_outside(house: House) -> None:
    """Operating bounds stand like conditions; a value nobody gave is not shown to be inside."""
    house.issue(house.study(), bounds=[{"column": "region", "low": None, "high": None, "values": ["north"]}])
    watch = house.watch(fallback={"otherwise": "review"})
    regions = np.array(["north", "south", None], dtype=object)
    found = decided(watch, asked([-3.0, -3.0, -3.0], columns={"region": regions}))
    assert [one.decision for one in found] == ["approve", "review", "review"]
    (absent,) = decided(watch, asked(-3.0))
    assert absent.decision == "review"
    (segment,) = decided(watch, asked(-3.0, segments=({"region": "north"},)))
    assert segment.decision == "approve"


@pytest.mark.usefixtures("quick")
def test_caps_are_kept_over_a_restart_and_begin_anew_with_the_period(house: House) -> None:
    """Three decisions a day are three whatever is restarted; the next day has its own three."""
    house.issue(house.study(), conditions=[DAY])
    watch = house.watch()
    assert [one.decision for one in decided(watch, asked([-3.0, -3.0]))] == ["approve", "approve"]
    watch.close()
    house.watches.remove(watch)
    again = house.watch()
    found = decided(again, asked([-3.0, -3.0]))
    assert [one.decision for one in found] == ["approve", "refused"]
    assert found[1].path == ("cap: at most 3 decisions a day",)
    house.time.on(86_400)
    house.listed(issued="2026-05-02T12:00:00Z")
    again.look()
    assert decided(again, asked(-3.0))[0].decision == "approve"


@pytest.mark.usefixtures("quick")
def test_money_is_capped_and_what_was_not_decided_does_not_count(house: House) -> None:
    """A case over what is left is refused and a smaller one still fits; without an amount nothing can be counted."""
    cap = {"kind": "amount", "amount": 100, "per": "week"}
    house.issue(house.study(), conditions=[cap, {"kind": "volume", "decisions": 10, "per": "total"}])
    watch = house.watch()
    amounts = (60.0, 50.0, 40.0, float("nan"), -5.0)
    found = decided(watch, asked([-3.0] * 5, amounts=amounts))
    assert [one.decision for one in found] == ["approve", "refused", "approve", "refused", "refused"]
    name = name_of("AP-P-1", {"kind": "volume", "decisions": 10, "per": "total"}, house.time.wall)
    assert watch.counts.used(name) == 2


@pytest.mark.usefixtures("quick")
def test_replicas_share_a_cap(house: House) -> None:
    """Three gateways that keep counts of their own let a third each through, rounded down."""
    house.issue(house.study(), conditions=[{"kind": "volume", "decisions": 8, "per": "day"}])
    watch = house.watch(top={"replicas": 3})
    assert Counter(one.decision for one in decided(watch, asked([-3.0] * 8))) == {"approve": 2, "refused": 6}


@pytest.mark.usefixtures("quick")
def test_a_share_is_reviewed_by_people_and_stays_the_same_case(house: House) -> None:
    """About the share is reviewed, drawn by the case's key so that a repetition is drawn alike; of declines alone."""
    review = {"kind": "human-review", "share": 0.3, "of": "declines"}
    house.issue(house.study(), conditions=[review])
    watch = house.watch()
    keys = tuple(f"k{i}" for i in range(1_000))
    first, second = (decided(watch, asked([3.0] * 1_000, keys=keys)) for _ in range(2))
    assert [one.decision for one in first] == [one.decision for one in second]
    share = Counter(one.decision for one in first)["review"] / 1_000
    assert 0.24 < share < 0.36
    assert "a person reviews 30% of declines" in next(one.path for one in first if one.decision == "review")
    assert {one.decision for one in decided(watch, asked([-9.0] * 50))} == {"approve"}


BOUND = st.one_of(st.none(), st.floats(-5, 5))


@given(BOUND, BOUND, st.one_of(st.none(), st.floats(-10, 10)))
def test_bounds_are_closed_intervals(low: float | None, high: float | None, value: float | None) -> None:
    """A value is inside exactly where it is known and neither below the low end nor above the high one."""
    inside = value is not None and (low is None or value >= low) and (high is None or value <= high)
    assert Bounds("x", "x", low, high).broken(value) is not inside


def test_values_are_compared_as_conditions_write_them() -> None:
    """Whole numbers have no point, truth is in lower case, and text is never inside numeric bounds."""
    listed = Bounds("x", "x", values=frozenset({"3", "true", "a"}))
    assert [listed.broken(v) for v in (3.0, 3, True, "a", 3.5, "b", None)] == [False] * 4 + [True] * 3
    assert Bounds("x", "x", low=0.0).broken("a")


def test_what_nobody_here_keeps_is_left_to_others() -> None:
    """Monitoring and other conditions narrow no case; `until` is the pass's own last day."""
    watched = {"kind": "monitoring", "metric": "psi", "frequency": "daily"}
    conditions = [watched, {"kind": "other", "text": "train", "owner": "o"}, {"kind": "until", "day": "2026-06-01"}]
    payload = {"conditions": conditions, "approval": "AP-1", "expires": "2026-12-31"}
    assert conditions_of(Pass("P-1", "active", payload)).outside({}) == ""


@given(st.lists(st.floats(0.1, 40), max_size=60), st.floats(1, 500))
def test_a_cap_is_never_passed(amounts: list[float], most: float) -> None:
    """Whatever is taken, in whatever order and over restarts, what was let through is at most the cap."""
    counts, through = Counts(Path(":memory:")), 0.0
    for amount in amounts:
        through += amount if counts.take("c", amount, most) else 0.0
        assert through <= most * (1 + 1e-12)
    counts.close()


def test_two_gateways_in_one_folder_share_a_cap_exactly(tmp_path: Path) -> None:
    """Of a thousand together exactly a thousand are let through, as long as lots are given back at the end."""
    one, two = Counts(tmp_path / "caps"), Counts(tmp_path / "caps")
    through = sum(counts.take("c", 1.0, 1_000.0) for _ in range(700) for counts in (one, two))
    left = sum(counts._held["c"] for counts in (one, two))
    assert through + left <= 1_000
    one.close()
    while two.take("c", 1.0, 1_000.0):
        through += 1
    assert through == 1_000
    two.close()


def test_a_killed_gateway_never_lets_more_through(tmp_path: Path) -> None:
    """Killed in the middle twice, it wastes at most a lot each time and the cap holds."""
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from secondline.gateway.counts import Counts
        counts = Counts(Path(sys.argv[1]))
        while counts.take("c", 1.0, 2000.0):
            print("x", flush=True)
    """)
    through = 0
    for _ in range(2):
        run = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "caps")], stdout=subprocess.PIPE)
        assert run.stdout is not None
        for _ in range(55):
            through += len(run.stdout.readline()) > 0
        os.kill(run.pid, signal.SIGKILL)
        through += run.stdout.read().count(b"x")
        run.wait()
        run.stdout.close()
    counts = Counts(tmp_path / "caps")
    while counts.take("c", 1.0, 2_000.0):
        through += 1
    assert 2_000 - 2 * 10 <= through <= 2_000
    counts.close()


def test_a_count_that_cannot_be_noted_lets_nothing_through(tmp_path: Path) -> None:
    """Where the file is gone or locked away, a cap counts as reached; a folder that cannot be made is an error."""
    counts = Counts(tmp_path / "caps")
    counts._base.execute("DROP TABLE used")
    assert not counts.take("c", 1.0, 10.0)
    counts.close()
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="Cannot keep counts"):
        Counts(tmp_path / "file" / "caps")


@pytest.mark.parametrize(
    ("per", "expected"),
    [("day", "2026-05-01"), ("week", "2026-W18"), ("month", "2026-05"), ("year", "2026"), ("total", "total")],
)
def test_periods_are_calendar_ones(per: str, expected: str) -> None:
    """Days, ISO weeks, months and years of UTC; a total has one period."""
    assert name_of("AP-1", {"kind": "volume", "per": per}, 1_777_636_800.0).endswith(f" {expected}")
