"""Reporting: the report of a period says what was seen, restated, raised and done, and leaves the conclusion open."""

from __future__ import annotations

from pathlib import Path

import pytest

from govern.watchhouse import WatchHouse
from monitor.simulated import exact, rate, rates
from monitor.test_watching import LINE
from secondline.core.errors import SpecError
from secondline.core.estimate import Estimate, Undefined
from secondline.monitor.memory import Brief, Lasting
from secondline.monitor.periods import period
from secondline.monitor.reporting import draft
from secondline.monitor.state import State
from secondline.monitor.telling import row_of, told
from secondline.monitor.timeliness import breach_to_action, cadence
from secondline.monitor.watching import watch
from secondline.reports import layout
from secondline.reports.blocks import Placeholder, Table
from secondline.workflow.write import rendered

EXACT = {"metric": "live.unapproved_uses", "tracks": "usage", "frequency": "daily", "red": 0, "test": "exact",
         "action": "suspend the use"}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> WatchHouse:
    """A house whose model moved, with a red alarm that was decided."""
    house = WatchHouse(tmp_path, {**LINE, "tracks": "performance"}, EXACT)
    watch(house.ledger, Brief(), list(rates(1, 30, moved=20)), "pd-retail", "eye", version="1.0")
    house.do("alarm.acted", "own", "AL-1", action="investigate", done="Split by channel.")
    return house


READINGS = [*rates(1, 30, moved=20), rate(3, 22, 500, lag=30), exact(4, 0)]


@pytest.mark.parametrize(
    ("text", "days"),
    [("2026-Q3", ("2026-07-01", "2026-09-30")), ("2026-H1", ("2026-01-01", "2026-06-30")),
     ("2026-02", ("2026-02-01", "2026-02-28")), ("2026", ("2026-01-01", "2026-12-31")),
     ("2026-03-05..2026-03-07", ("2026-03-05", "2026-03-07"))],
)  # fmt: skip
def test_periods_are_read(text: str, days: tuple[str, str]) -> None:
    """Quarter, half, month, year, or two days."""
    found = period(text)
    assert (found.first.isoformat(), found.last.isoformat()) == days


@pytest.mark.parametrize("text", ["", "Q3", "2026-Q5", "2026-13", "2026-1", "soon..later", "2026-03-07..2026-03-05"])
def test_what_is_no_period_is_refused(text: str) -> None:
    """With an example of what is one."""
    with pytest.raises(SpecError, match="period"):
        period(text)


def test_the_report_says_what_happened(house: WatchHouse) -> None:
    """Each section has its facts: lines, windows, restatement, alarm with its act, finding, open questions."""
    found = told(house.ledger.records, house.get("model", "pd-retail"), READINGS, Brief(), version="1.0")
    written = draft(found, house.ledger.records, period("2026-Q2"), "2026-05-01")
    titles = [s.title for s in written.sections]
    assert titles[0] == "Summary"
    assert {"Plan and coverage", "Restated figures", "Alarms and what was done", "Conclusion"} <= set(titles)
    cells = [c.text for b in layout.blocks(written) if isinstance(b, Table) for row in b.rows for c in row]
    assert "investigate: Split by channel.; finding F-1" in cells
    assert any("as known on 2026-05-05" in text for text in cells)
    assert "F-1" in cells
    assert sum(isinstance(b, Placeholder) for b in layout.blocks(written)) == 3
    assert (written.watermark, written.meta["period"]) == ("Draft: conclusion not confirmed", "2026-Q2")
    assert draft(found, house.ledger.records, period("2026-Q2"), "2026-05-01") == written


@pytest.mark.parametrize("suffix", [".html", ".docx", ".pdf"])
def test_the_report_is_printed_in_every_form(house: WatchHouse, suffix: str) -> None:
    """HTML, Word and PDF by the report's own renderers, the same bytes twice."""
    found = told(house.ledger.records, house.get("model", "pd-retail"), READINGS, Brief(), version="1.0")
    written = draft(found, house.ledger.records, period("2026-Q2"), "2026-05-01")
    content = rendered(written, suffix)
    assert len(content) > 5_000
    assert rendered(written, suffix) == content
    with pytest.raises(SpecError, match="cannot be written"):
        rendered(written, ".txt")


def test_a_model_without_plan_or_alarms_has_a_report_that_says_so(tmp_path: Path) -> None:
    """No line, no figure, no alarm: each section says so in a sentence."""
    house = WatchHouse(tmp_path)
    house.model("bare")
    found = told(house.ledger.records, house.get("model", "bare"), [], Brief())
    text = rendered(draft(found, house.ledger.records, period("2026"), "2026-05-01"), ".html").decode()
    for said in ("No alarm was raised", "No figure of the period was restated", "none approved", "no finding"):
        assert said in text


def test_decisions_in_time_are_counted() -> None:
    """Decided by the day, late, not yet due, amber: only red ones that are due count."""
    alarms = [
        {"id": "AL-1", "level": "red", "opened": "2026-05-01", "due": "2026-05-06", "decided": "2026-05-03"},
        {"id": "AL-2", "level": "stop", "opened": "2026-05-01", "due": "2026-05-06", "decided": "2026-05-09"},
        {"id": "AL-3", "level": "red", "opened": "2026-05-01", "due": "2026-05-06"},
        {"id": "AL-4", "level": "red", "opened": "2026-05-09", "due": "2026-05-14"},
        {"id": "AL-5", "level": "amber", "opened": "2026-05-01", "due": "2026-05-06"},
    ]  # fmt: skip
    found = breach_to_action(alarms, "2026-05-10")
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(1 / 3)
    assert (found.n, found.detail["late"]) == (3, ["AL-2", "AL-3"])
    assert found.detail["days"] == {"AL-1": 2, "AL-2": 8, "AL-3": 9}
    assert isinstance(breach_to_action(alarms[3:], "2026-05-10"), Undefined)


def test_windows_that_were_not_read_are_counted(house: WatchHouse) -> None:
    """Thirty days of the one line were read and one of the other."""
    found = told(house.ledger.records, house.get("model", "pd-retail"), READINGS, Brief(), version="1.0")
    months = period("2026-04")
    covered = cadence(found.lines, months.first, months.last)
    assert isinstance(covered, Estimate)
    assert covered.value == pytest.approx(31 / 60)
    assert isinstance(cadence((), months.first, months.last), Undefined)


def test_a_page_of_the_past_judges_nothing_anew(house: WatchHouse) -> None:
    """Without a memory a line's status is what its open alarm says."""
    found = told(house.ledger.records, house.get("model", "pd-retail"), READINGS)
    assert [t.look.status for t in found.lines] == ["red", "undecided"]
    assert found.worst == "red"
    assert row_of(READINGS[-1])["value"] == 0


def test_the_memory_lasts_in_the_state(tmp_path: Path) -> None:
    """What one look keeps the next finds, in another process as well."""
    state = State.open(tmp_path)
    memory = Lasting(state)
    assert memory.get("m", "line") == {}
    memory.put("m", "line", {"a": 1})
    memory.put("m", "line", {"a": 2})
    state.close()
    again = State.open(tmp_path)
    assert Lasting(again).get("m", "line") == {"a": 2}
    again.close()
