"""Monitoring pages: standing in words, charts with their numbers, restatements told, and alarms decided by forms."""

from __future__ import annotations

from pathlib import Path

from govern.watchhouse import WatchHouse
from monitor.simulated import rates
from monitor.test_watching import LINE
from secondline.monitor.home import FOLDER
from secondline.monitor.state import State
from web.site import Bank, bank


def watched_bank(folder: Path) -> Bank:
    """Return a bank whose one model is watched and has an alarm."""
    house = WatchHouse(folder, LINE)
    house.alarm(metric="live.override_rate", value=0.12, low=0.10, high=0.14)
    state = State.open(folder / FOLDER)
    state.keep(list(rates(1, 30, moved=20)))
    state.close()
    return bank(folder, house.ledger)


def test_the_overview_puts_the_worst_first(town: Bank) -> None:
    """The watched model is red in words, with its open alarm, last look and the way to its charts."""
    rows = town.as_("aud").get("/monitoring.json").json()["rows"]
    assert [(r["id"], r["standing"], r["red"]) for r in rows] == [("card-fraud", "red", 1)]
    assert 'href="/monitoring/card-fraud"' in town.as_("aud").get("/monitoring").text


def test_a_model_shows_charts_levels_and_restatements(town: Bank) -> None:
    """A drawing with its numbers, the share of labels known, what a month was read as before, the alarm."""
    text = town.as_("dev").get("/monitoring/card-fraud").text
    for said in ("<svg", "The numbers", "measured", "Restated since", "AL-1", "amber 0.100, red 0.250"):
        assert said in text, said
    rows = town.as_("dev").get("/monitoring/card-fraud.json").json()["rows"]
    assert [r["value"] for r in rows if r["at"] == "2026-05-31"] == [0.05, 0.07]
    assert "hx-get" in text


def test_a_model_without_a_plan_says_what_to_do(town: Bank) -> None:
    """Nothing is watched, and who may draft a plan is offered to."""
    text = town.as_("olga").get("/monitoring/churn").text
    assert "so nothing is watched" in text
    assert "/do/monitoring.drafted?model=churn" in text
    assert town.as_("olga").get("/monitoring/nobody").status_code == 404


def test_the_line_says_how_far_the_evidence_has_come(tmp_path: Path) -> None:
    """A stream that moved is red at full evidence; the page judges by the processes, and writes nothing on record."""
    town = watched_bank(tmp_path)
    before = len(town.ledger.records.events(limit=1_000))
    text = town.as_("val").get("/monitoring/pd-retail").text
    assert 'value="1.000" max="1"' in text
    assert len(town.ledger.records.events(limit=1_000)) == before


def test_an_alarm_is_decided_by_its_forms(tmp_path: Path) -> None:
    """Acknowledged, acted on, closed: each by the form of its act; the program's own acts are no forms."""
    town = watched_bank(tmp_path)
    client = town.as_("own")
    page = client.get("/alarms/AL-1").text
    for act in ("alarm.acknowledged", "alarm.acted", "alarm.closed"):
        assert f"/do/{act}?id=AL-1" in page
    assert "/do/alarm.refreshed" not in page
    assert town.do(client, "alarm.acknowledged", "AL-1", "seen").status_code == 303
    assert town.do(client, "alarm.closed", "AL-1", found="x").status_code == 409
    assert town.do(client, "alarm.acted", "AL-1", action="investigate", done="Split it.").status_code == 303
    assert town.do(client, "alarm.closed", "AL-1", found="A campaign.", cause="population").status_code == 303
    assert "A campaign." in client.get("/alarms/AL-1").text
    assert client.get("/alarms.json").json()["rows"] == []


def test_an_alarm_says_what_it_rests_on(town: Bank) -> None:
    """An index of inputs needs no labels, and neither its alarm nor its chart speaks of any."""
    assert "what decisions hold; it needs no labels; 20,000 cases" in town.as_("dev").get("/alarms/AL-1").text
    assert "labels known to date" not in town.as_("dev").get("/monitoring/card-fraud").text


def test_who_is_concerned_finds_the_alarm(tmp_path: Path) -> None:
    """It waits for its owner, and for the second line while it is red."""
    town = watched_bank(tmp_path)
    for person in ("own", "val", "head"):
        assert "AL-1" in town.as_(person).get("/inbox").text, person
    assert "AL-1" not in town.as_("dev").get("/inbox").text
    assert "AL-1" in town.as_("val").get("/calendar").text
