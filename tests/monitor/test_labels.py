"""Labels and snapshots: delays by day, and features that differ between the sides."""

from __future__ import annotations

from typing import Any

from monitor.streams import DAY, FIRST, MODEL, decisions, take
from secondline.events.log import DECISIONS, LABELS, SNAPSHOTS
from secondline.events.shapes import Decision, Label, Snapshot
from secondline.monitor.labels import triangle
from secondline.monitor.skew import parity
from secondline.monitor.state import State


def label(of: Decision, days: int, *, kind: str = "chargeback", value: float = 1.0, **more: Any) -> Label:
    """Return a label known so many days after the start of its decision's day."""
    known = (of.at // DAY + days) * DAY + DAY - 1
    name = f"{kind}-{of.id}-{value:g}"
    return Label(id=name, at=of.at, model=MODEL, decision=of.id, value=value, known=known, kind=kind, **more)


def test_delays_are_counted_by_day_and_kind(state: State) -> None:
    """A triangle counts events by day of decision and days until known, none known later and none withdrawn."""
    made = sorted(decisions(30, days=3), key=lambda one: one.at)
    first, second, last = made[0], made[1], made[-1]
    take(state, DECISIONS, [*made, made[0]])
    assert triangle(state, "nobody") == {}
    take(state, LABELS, [
        label(first, 0, amount=10.0), label(first, 0, amount=10.0), label(second, 2, kind="report"),
        label(made[2], 1), label(made[2], 3, value=0.0, revision=1), label(last, 30),
    ])  # fmt: skip
    found = triangle(state, MODEL, (FIRST + 6) * DAY)
    assert set(found) == {"", "chargeback", "report"}
    whole = found[""]
    assert whole.first == FIRST
    assert whole.ages.tolist() == [6, 5, 4, 3, 2, 1]
    assert whole.decisions.sum() == 30
    assert whole.counts.sum() == 2
    assert whole.counts[0, 0] == 1
    assert whole.counts[0, 2] == 1
    assert found["chargeback"].amount[0, 0] == 10.0
    assert found["report"].amount[0, 2] == second.amount
    assert triangle(state, MODEL, (FIRST + 3) * DAY)[""].counts[0, 1] == 1


def snapshot(name: str, source: Any, values: dict[str, Any], **more: Any) -> Snapshot:
    """Return a snapshot of one side."""
    return Snapshot(id=f"{name}-{source}", at=5, model=MODEL, entity=name, source=source, values=values, **more)


def test_the_sides_are_compared_by_feature(state: State) -> None:
    """Values that differ, values on one side only and the largest difference are counted for each feature."""
    take(state, SNAPSHOTS, [
        snapshot("a", "online", {"n": 1.0, "t": "x", "only": 1}),
        snapshot("a", "batch", {"n": 1.0 + 1e-12, "t": "y"}),
        snapshot("b", "online", {"n": 2.0, "t": "x"}),
        snapshot("b", "batch", {"n": 5.0, "t": "x"}),
        snapshot("c", "online", {"n": None, "t": "x"}),
        snapshot("c", "batch", {"n": 5.0, "t": "x"}),
        snapshot("d", "online", {"n": 7.0, "t": "x"}),
    ])  # fmt: skip
    number, only, text = parity(state, MODEL)
    assert (only.feature, only.one_sided) == ("only", 1)
    assert (number.feature, number.compared, number.different, number.one_sided, number.largest) == ("n", 3, 1, 1, 3.0)
    assert (text.feature, text.different, text.largest) == ("t", 1, None)
    assert number.share == 2 / 3
    assert {one.compared for one in parity(state, MODEL, start=6)} == {0}
    assert parity(state, MODEL, sides="served-batch") == []


def test_what_was_served_is_compared_with_the_batch_side(state: State) -> None:
    """The inputs of a decision are held against the batch side's snapshot of that decision."""
    one, two = decisions(2, days=1)
    take(state, DECISIONS, [one, two])
    take(state, SNAPSHOTS, [
        snapshot("x", "batch", {"amount": one.inputs["amount"], "channel": "atm"}, decision=one.id),
        snapshot("y", "batch", {"amount": -1.0, "channel": two.inputs["channel"]}, decision=two.id),
    ])  # fmt: skip
    found = {one.feature: one for one in parity(state, MODEL, sides="served-batch")}
    assert (found["amount"].compared, found["amount"].different) == (2, 1)
    assert (found["channel"].compared, found["channel"].different) == (2, 1)
