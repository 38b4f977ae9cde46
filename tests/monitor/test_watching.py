"""Watching: from readings to alarms, findings, restrictions and triggers on record, each once and by the plan alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from govern.watchhouse import CAP, WatchHouse
from monitor.simulated import exact, rate, rates
from secondline.core.errors import SpecError
from secondline.monitor.acting import Done
from secondline.monitor.memory import Brief
from secondline.monitor.readings import Reading
from secondline.monitor.watching import Watched, watch

LINE: dict[str, Any] = {
    "metric": "live.override_rate", "tracks": "usage", "frequency": "daily", "amber": 0.05, "red": 0.08,
    "baseline": 0.03, "min_n": 100, "action": "restrict, then revalidate", "owner": "own", "sla": 5, "limits": [CAP],
    "rating_trigger": True, "escalation": "head of risk",
}  # fmt: skip


class Watching:
    """A watched house, the program's memory, and the readings so far."""

    def __init__(self, folder: Path, *lines: dict[str, Any]) -> None:
        self.house = WatchHouse(folder, *(lines or (LINE,)))
        self.memory, self.readings = Brief(), list[Reading]()

    def look(self, *more: Reading, version: str = "1.0") -> Watched:
        """Look once more, with some readings more."""
        self.readings += more
        return watch(self.house.ledger, self.memory, self.readings, "pd-retail", "eye", version=version)

    def events(self) -> int:
        """Return how many events there are."""
        return len(self.house.ledger.records.events(limit=1_000))


def stream(*, moved: int = 20, days: int = 30) -> list[Reading]:
    """Return a stream that moves."""
    return list(rates(1, days, moved=moved))


@pytest.fixture
def watching(tmp_path: Path) -> Watching:
    """A watched house."""
    return Watching(tmp_path)


def nothing(done: Done) -> bool:
    """Whether a look did nothing at all."""
    return done == Done()


def test_without_an_approved_plan_nothing_is_watched(watching: Watching) -> None:
    """The program says what is missing and does nothing."""
    watching.house.do("monitoring.revised", "own", "MP-1", owner="own")
    with pytest.raises(SpecError, match="no approved monitoring plan"):
        watching.look()


def test_a_quiet_stream_leads_to_a_green_check(watching: Watching) -> None:
    """No alarm, a check on record with its next day, and the second look of the day adds nothing."""
    found = watching.look(*stream(moved=99))
    plan = watching.house.get("monitoring", "MP-1")
    assert (found.status, nothing(found.done)) == ("green", True)
    assert (plan["status"], plan["last_check"], plan["next_check"]) == ("green", "2026-05-01", "2026-05-02")
    before = watching.events()
    watching.look()
    assert watching.events() == before


def test_a_moved_stream_alarms_drafts_restricts_and_calls(watching: Watching) -> None:
    """One look does it all: a red alarm, a draft finding, the pass restricted as the line says, validation sooner."""
    found = watching.look(*stream())
    house = watching.house
    alarm, finding, pass_ = house.get("alarm", "AL-1"), house.get("finding", "F-1"), house.get("pass", "P-1")
    assert (found.status, alarm["level"], alarm["finding"], alarm["version"]) == ("red", "red", "F-1", "1.0")
    assert (finding["state"], finding["source"], finding["code"]) == ("draft", "monitoring", "live.override_rate")
    assert (finding["severity"], finding["owner"], finding["evidence"]) == ("major", "own", ["AL-1"])
    assert "labels" not in finding["criterion"]
    assert (pass_["state"], pass_["limits"], pass_["alarm"]) == ("restricted", [{**CAP, "because": ""}], "AL-1")
    assert house.get("model", "pd-retail")["next_validation"] == "2026-07-30"
    assert house.get("monitoring", "MP-1")["status"] == "red"
    assert found.done.refused == []


def test_looking_again_does_nothing_twice(watching: Watching) -> None:
    """The same readings change nothing, nor does a program that lost its memory."""
    watching.look(*stream())
    before = watching.events()
    assert nothing(watching.look().done)
    watching.memory = Brief()
    assert nothing(watching.look().done)
    assert watching.events() == before


def test_what_a_stopped_program_left_is_done_by_the_next_look(watching: Watching) -> None:
    """An alarm without its finding and restriction gets both, and no second alarm."""
    watching.house.alarm(metric="live.override_rate", value=0.12, low=0.10, high=0.14)
    done = watching.look(*stream()).done
    assert (done.raised, done.findings, done.passes, done.triggers) == ([], ["F-1"], ["P-1"], ["validation"])


def test_a_later_alarm_joins_the_finding(watching: Watching) -> None:
    """Closed by a person and raised again: the finding that is open is joined, not doubled."""
    watching.look(*stream())
    house = watching.house
    house.do("alarm.acted", "own", "AL-1", action="investigate", done="x")
    house.do("alarm.closed", "own", "AL-1", found="A campaign.", cause="population")
    house.on("2026-05-12")
    assert watching.look().done.raised == []
    done = watching.look(*(rate(30 + day, 60, 500) for day in range(8))).done
    assert (done.raised, done.findings, done.joined) == (["AL-2"], [], ["F-1"])
    assert house.get("finding", "F-1")["seen"][-1]["alarm"] == "AL-2"
    assert house.get("alarm", "AL-2")["finding"] == "F-1"


def test_a_line_without_limits_restricts_nothing(tmp_path: Path) -> None:
    """Investigate is not restrict: the pass stays active, a person decides."""
    watching = Watching(tmp_path, {**LINE, "action": "investigate", "rating_trigger": False})
    done = watching.look(*stream()).done
    assert (done.raised, done.passes, done.triggers) == (["AL-1"], [], [])
    assert watching.house.get("pass", "P-1")["state"] == "active"


def test_a_level_that_stops_use_suspends(tmp_path: Path) -> None:
    """Beyond the level of stop the pass is suspended, not only restricted."""
    watching = Watching(tmp_path, {**LINE, "stop_use": 0.10, "action": "restrict"})
    watching.look(*rates(1, 30, moved=20, bad=0.25))
    assert watching.house.get("alarm", "AL-1")["level"] == "stop"
    assert watching.house.get("pass", "P-1")["state"] == "suspended"


def test_an_unapproved_use_suspends_at_once(tmp_path: Path) -> None:
    """An exact line needs no test: one is enough."""
    line = {"metric": "live.unapproved_uses", "tracks": "usage", "frequency": "daily", "red": 0, "test": "exact",
            "action": "suspend the use"}  # fmt: skip
    watching = Watching(tmp_path, line)
    assert nothing(watching.look(exact(0, 0)).done)
    done = watching.look(exact(1, 3)).done
    assert (done.raised, done.passes) == (["AL-1"], ["P-1"])
    assert watching.house.get("pass", "P-1")["state"] == "suspended"


def test_amber_calms_and_is_closed_by_the_program(tmp_path: Path) -> None:
    """A warning that stays on the good side with its whole interval for two looks is closed; red is not."""
    watching = Watching(tmp_path, {**LINE, "amber": 0.04, "red": 0.50})
    assert watching.look(*rates(1, 25, moved=20, bad=0.09)).done.raised == ["AL-1"]
    assert watching.look(rate(25, 8, 1_000)).done.calmed == ["AL-1"]
    assert nothing(watching.look().done)
    assert watching.look(rate(26, 8, 1_000)).done.closed == ["AL-1"]
    assert watching.house.get("alarm", "AL-1")["closure"]["by"] == "eye"


def test_an_estimate_closes_nothing(tmp_path: Path) -> None:
    """A warning by an estimate without labels calms and stays open for a person."""
    watching = Watching(tmp_path, {**LINE, "amber": 0.04, "red": 0.50, "basis": "estimated"})
    bad = [rate(day, 60, 500, basis="estimated") for day in range(6)]
    assert watching.look(*bad).done.raised == ["AL-1"]
    assert watching.look(rate(6, 8, 1_000, basis="estimated")).done.calmed == ["AL-1"]
    assert watching.look(rate(7, 8, 1_000, basis="estimated")).done.closed == []
    assert watching.house.get("alarm", "AL-1")["state"] == "raised"


def test_a_good_estimate_leaves_the_alarm_on_labels(tmp_path: Path) -> None:
    """Lines on labels and without are told apart: what one says does not calm the other."""
    watching = Watching(tmp_path, {**LINE, "limits": []}, {**LINE, "limits": [], "basis": "estimated"})
    watching.look(*stream())
    done = watching.look(rate(30, 8, 1_000, basis="estimated"), rate(31, 8, 1_000, basis="estimated")).done
    assert (done.calmed, done.closed) == ([], [])
    assert watching.house.get("alarm", "AL-1")["state"] == "raised"


def test_nobody_acted_goes_up(watching: Watching) -> None:
    """After the days of the line without a decision the alarm goes up, once."""
    watching.look(*stream())
    watching.house.on("2026-05-07")
    assert watching.look().done.escalated == ["AL-1"]
    assert "head of risk" in watching.house.get("alarm", "AL-1")["escalated"]["because"]
    assert watching.look().done.escalated == []


def test_what_the_law_refuses_is_told(watching: Watching) -> None:
    """A program that may not act says so, and the look goes on."""
    found = watch(watching.house.ledger, watching.memory, stream(), "pd-retail", "own", version="1.0")
    assert found.done.raised == []
    assert any("may not raise an alarm" in said for said in found.done.refused)


def test_another_version_is_not_read(watching: Watching) -> None:
    """The version in use is watched; readings of another are left out."""
    found = watching.look(*stream(), version="2.0")
    assert found.looks[0].status == "undecided"
    assert "Undecided" in watching.house.get("monitoring", "MP-1")["note"]


def test_readings_restated_later_leave_the_alarm(watching: Watching) -> None:
    """Late labels that make the past look better do not take an alarm back."""
    watching.look(*stream())
    better = [rate(day, 10, 500, lag=30) for day in range(20, 30)]
    found = watching.look(*better)
    assert found.looks[0].restated > 0
    assert watching.house.get("alarm", "AL-1")["state"] == "raised"
