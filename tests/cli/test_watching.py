"""Watching on the terminal: a plan proposed, edited, approved; a look that alarms; the alarms; the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from govern.house import House
from govern.watchhouse import WatchHouse
from monitor.simulated import rates
from monitor.test_steady import MODEL as WATCHED
from monitor.test_steady import reference, watching
from monitor.test_watching import LINE
from secondline.cli.app import app
from secondline.ledger.store import Ledger
from secondline.monitor.state import State


def run(folder: Path, *words: str, state: bool = False) -> Result:
    """Run a command of the monitor on a folder."""
    more = ["--state", str(folder / "state")] if state else []
    return CliRunner().invoke(app, ["monitor", *words, "--store", str(folder / "runs"), *more])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A watched house, and the readings of a stream that moved."""
    house = WatchHouse(tmp_path / "runs", LINE)
    state = State.open(tmp_path / "state")
    state.keep(list(rates(1, 30, moved=20)))
    state.close()
    house.ledger.database.engine.dispose()
    return tmp_path


def test_a_look_alarms_and_tells(folder: Path) -> None:
    """Exit code 1 while a red alarm is open; what was done is said, and is there for `alarms` and as JSON."""
    done = run(folder, "watch", "pd-retail", "--version", "1.0", "--actor", "eye", state=True)
    assert done.exit_code == 1, done.output
    for said in ("AL-1", "F-1", "is red by MP-1"):
        assert said in done.output
    again = json.loads(
        run(folder, "watch", "pd-retail", "--version", "1.0", "--actor", "eye", "--json", state=True).output
    )
    assert (again["status"], again["done"]["raised"], again["lines"][0]["status"]) == ("red", [], "red")
    listed = json.loads(run(folder, "alarms", "--json").output)
    assert [(a["id"], a["level"]) for a in listed] == [("AL-1", "red")]
    assert "AL-1" in run(folder, "alarms", "pd-retail").output
    assert "No alarm is open" in run(folder, "alarms", "other").output


@pytest.mark.parametrize("suffix", [".html", ".docx", ".pdf"])
def test_the_report_is_written(folder: Path, suffix: str) -> None:
    """One file for a period, in the form of its name."""
    out = folder / f"report{suffix}"
    done = run(folder, "report", "pd-retail", "--period", "2026-Q2", "--to", str(out), state=True)
    assert (done.exit_code, out.stat().st_size > 5_000) == (0, True), done.output


def test_a_plan_is_proposed_edited_and_put_on_record(folder: Path) -> None:
    """The proposal is shown with its reasons, written to a file, and what stands in the file is filed."""
    shown = run(folder, "plan", "pd-retail")
    assert (shown.exit_code, "left out" in shown.output, "A proposal. Write it" in shown.output) == (0, True, True)
    path = folder / "plan.json"
    assert run(folder, "plan", "pd-retail", "--output", str(path), "--json").exit_code == 0
    form = json.loads(path.read_text())
    form["metrics"] = form["metrics"][:1]
    path.write_text(json.dumps(form))
    done = run(folder, "plan", "pd-retail", "--from", str(path), "--actor", "own")
    assert done.exit_code == 0, done.output
    kept = Ledger.open(folder / "runs").records.need("monitoring", "MP-1")
    assert (kept["state"], len(kept["metrics"])) == ("draft", 1)


def test_a_plan_is_tried_on_the_reference_of_a_watched_model(tmp_path: Path) -> None:
    """With a state the weekday is looked at weekly; without one nothing is tried, no state is made, and it is said."""
    house = House(tmp_path / "runs")
    house.model(WATCHED, family="fraud")
    house.ledger.database.engine.dispose()
    bare = run(tmp_path, "plan", WATCHED, state=True)
    assert "no window was tried" in " ".join(bare.output.split()), bare.output
    assert not (tmp_path / "state").exists()
    watching(tmp_path / "state", reference())[0].close()
    held = json.loads(run(tmp_path, "plan", WATCHED, "--json", state=True).output)
    often = {m["metric"]: m["frequency"] for m in held["form"]["metrics"]}
    assert (often["stability.psi:weekday"], often["stability.psi:amount"]) == ("weekly", "daily")
    assert "stability.psi month" in held["left_out"]
    done = run(tmp_path, "plan", WATCHED, "--draft", "--actor", "own", "--reason", "It begins.", state=True)
    assert done.exit_code == 0, done.output
    told = Ledger.open(tmp_path / "runs").records.events(limit=1_000)
    assert [e.reason for e in told if e.kind == "monitoring.drafted"] == ["It begins."]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("watch", "nobody", "--actor", "eye"), "no approved monitoring plan"),
        (("plan", "nobody"), "no model 'nobody'"), (("plan", "pd-retail", "--run", "r-9"), "No runs are recorded"),
        (("plan", "pd-retail", "--from", "nowhere.json"), "Cannot read"),
        (("plan", "pd-retail", "--method", "1999.1"), "no monitoring method"),
        (("report", "pd-retail", "--period", "soon"), "is no period"),
        (("report", "pd-retail", "--period", "2026", "--to", "x.txt"), "cannot be written"),
        (("report", "nobody", "--period", "2026"), "no model 'nobody'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(folder: Path, words: tuple[str, ...], said: str) -> None:
    """One plain message and exit code 2."""
    done = run(folder, *words, state=words[0] in {"watch", "report"})
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_a_file_that_is_no_plan_is_refused(folder: Path) -> None:
    """Neither broken JSON nor a list is filed."""
    path = folder / "plan.json"
    for text, said in (("{", "is no JSON"), ("[]", "holds no plan")):
        path.write_text(text)
        assert said in " ".join(run(folder, "plan", "pd-retail", "--from", str(path)).output.split())
