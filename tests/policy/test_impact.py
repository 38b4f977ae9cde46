"""Impact: what differs in what is asked, and who would stand otherwise."""

from __future__ import annotations

from policed import DAY, PACK, facts, pack
from secondline.policy.coverage import Held, assess, demands
from secondline.policy.impact import differences, moves, turns
from secondline.policy.packs import parse_pack


def test_two_versions_of_a_pack() -> None:
    """Controls added and removed, and those changed in level, numbers or clauses, each once, with before and after."""
    new = parse_pack(
        PACK.replace("OWN-OWNER", "OWN-NEW").replace("months: 12", "months: 6")
        .replace('clause: "3"', 'clause: "3a"').replace('check: "false"', 'check: "false"\n    level: record'),
        "new",
    )  # fmt: skip
    found = differences(demands([Held(pack(), "2026-01-01")], DAY), demands([Held(new, "2026-01-01")], DAY))
    assert {(d.control, d.kind) for d in found} == {
        ("OWN-OWNER", "removed"), ("OWN-NEW", "added"), ("OWN-REVIEW", "params"), ("OWN-VERSION", "clauses"),
        ("OWN-LATER", "level"),
    }  # fmt: skip
    changed = next(d for d in found if d.kind == "params")
    assert (changed.before, changed.after) == ("months = 12", "months = 6")


def test_one_pack_on_two_days() -> None:
    """What begins between two days is a difference; a pack compared with itself on one day has none."""
    held = [Held(pack(), "2026-01-01")]
    assert not differences(demands(held, DAY), demands(held, DAY))
    (only,) = differences(demands(held, DAY), demands(held, "2027-05-01"))
    assert (only.control, only.kind, only.before, only.after) == ("OWN-LATER", "begins", "2027-05-01", "")


def test_who_stands_otherwise() -> None:
    """A model that gains an unmet control turns; one that gains nothing is not listed."""
    held = [Held(pack(), "2026-01-01")]
    before = assess(demands(held, DAY), facts(), DAY)
    after = assess(demands(held, "2027-05-01"), facts(today="2027-05-01"), "2027-05-01")
    (move,) = moves(before, after)
    assert (move.control, move.before, move.after) == ("OWN-LATER", "", "not_met")
    (turn,) = turns({"pd": before, "same": before}, {"pd": after, "same": before})
    assert (turn.subject, turn.before, turn.after) == ("pd", "in order", "gaps")


def test_what_does_not_apply_is_no_change() -> None:
    """A control newly asked that does not arise for a model moves nothing."""
    held = [Held(pack(), "2026-01-01")]
    one = assess(demands(held, DAY), facts(model={"tier": 3}), DAY)
    assert not moves({k: v for k, v in one.items() if k != "OWN-REVIEW"}, one)
