"""The commands that take events in and read windows: what they say and how they refuse."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from monitor.streams import FIRST, MODEL, decisions, labels, reference
from secondline.cli.app import app
from secondline.events.log import DECISIONS, LABELS, Log

YAML = f"""
model: {MODEL}
version: "1"
populations: {{development: {{data: development.parquet}}}}
columns: {{score: p_fraud, label: fraud, time: at, entity: card, segments: [channel], features: [amount, channel]}}
"""


def run(*args: str) -> tuple[int, str]:
    """Run a command and return its exit code and all it said."""
    found = CliRunner().invoke(app, ["monitor", *args], env={"COLUMNS": "200"})
    return found.exit_code, found.output


def told(*args: str) -> Any:
    """Run a command that ends well and return its JSON."""
    code, said = run(*args, "--json")
    assert code == 0, said
    return json.loads(said)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a model.yaml and a log of 200 decisions and their labels, and go there."""
    monkeypatch.chdir(tmp_path)
    pq.write_table(reference(), tmp_path / "development.parquet")
    (tmp_path / "model.yaml").write_text(YAML)
    log = Log.open("sqlite:///events.sqlite")
    made = decisions(200)
    for topic, events in ((DECISIONS, made), (LABELS, labels(made))):
        writer = log.writer(topic)
        writer.append(events)
        writer.close()
    log.close()
    return tmp_path


def _day(number: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).date().isoformat()


def test_from_a_log_to_a_number(folder: Path) -> None:
    """Watching begins, events are taken in, windows are made, shown and kept; a late look counts fewer events."""
    assert told("start", "model.yaml", "--absent", "good")["model"] == MODEL
    assert (folder / "state" / "monitor.sqlite").exists()
    assert told("ingest", "--log", "sqlite:///events.sqlite", "--until-idle")["events"] > 200
    before = told("status", "--log", "sqlite:///events.sqlite")
    assert before["models"][0]["stale"] == 3
    assert sum(one["behind"] for one in before["lag"]) == 0
    assert told("refresh")["cells"] == 3
    assert told("status")["models"][0]["decisions"] == 200
    (late,) = told("show", MODEL, "calibration.actual_expected", "--keep")
    (early,) = told("show", MODEL, "calibration.actual_expected", "--known", _day(FIRST))
    assert early["measured"]["events"] < late["measured"]["events"]
    day = ("--from", _day(FIRST + 1), "--to", _day(FIRST + 1), "--segment", "channel=web", "--version", "1")
    (narrow,) = told("show", MODEL, "discrimination.auc", *day)
    assert (narrow["segment"], narrow["level"]) == ("channel", "web")
    assert narrow["from"].startswith(_day(FIRST + 1))


def test_the_tables_say_the_same(folder: Path) -> None:
    """Without --json the same commands say it in words."""
    assert "is watched" in run("start", "model.yaml")[1]
    assert (
        "events in by" in run("ingest", "--log", f"sqlite:///{folder}/events.sqlite", "--until-idle", "--every", "9")[1]
    )
    assert "Computed 0 days" in run("refresh", MODEL)[1]
    assert "of the log are not yet taken in" in run("status", "--log", "sqlite:///events.sqlite")[1]
    code, said = run("show", MODEL, "discrimination.auc", "stability.psi_by_period")
    assert code == 0
    assert "discrimination.auc" in said


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("start", "model.yaml", "--absent", "bad"), "no label means 'unknown' or 'good'"),
        (("start", "model.yaml", "--after", "9"), "give --absent good with it"),
        (("start", "none.yaml"), "Cannot read 'none.yaml'"),
        (("ingest", "--log", "redis://here", "--until-idle"), "is no kind of event log"),
        (("refresh", "nobody"), "'nobody' is not watched"),
        (("show", "nobody", "discrimination.auc"), "'nobody' is not watched"),
        (("status", "--state", "postgresql://host/db"), "add ?parts=/folder to the URL"),
    ],
)
def test_what_is_wrong_is_told(folder: Path, args: tuple[str, ...], says: str) -> None:
    """Each wrong use ends with exit code 2 and one sentence that says what to do."""
    assert folder.exists()
    code, said = run(*args)
    assert code == 2
    assert says in " ".join(said.split())


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--from", "2026-03-02", "--to", "2026-03-01"), "before it begins"),
        (("--from", "March"), "A day must be a date such as"),
        (("--segment", "channel"), "write column=level"),
    ],
)
def test_a_window_that_is_none(folder: Path, args: tuple[str, ...], says: str) -> None:
    """A window that cannot be is refused with what is wrong about it."""
    assert folder.exists()
    code, said = run("show", MODEL, "discrimination.auc", *args)
    assert code == 2
    assert says in " ".join(said.split())


def test_forgetting_says_first_and_does_when_told(folder: Path) -> None:
    """Without --yes nothing goes; with it the days are gone, and a model that is not there is told."""
    assert run("start", "model.yaml", "--absent", "good")[0] == 0
    assert run("ingest", "--log", "sqlite:///events.sqlite", "--until-idle", "--every", "60")[0] == 0
    said = run("forget", MODEL, "--before", _day(FIRST + 1))[1]
    assert "Say --yes to do it" in said
    would = told("forget", MODEL, "--before", _day(FIRST + 1))
    done = told("forget", MODEL, "--before", _day(FIRST + 1), "--yes")
    assert (would | {"done": True}) == done
    assert done["days"] == 1
    code, said = run("show", MODEL, "discrimination.auc", "--from", _day(FIRST))
    assert code == 2
    assert "were forgotten" in said
    assert "There are: card-fraud" in run("forget", "nobody", "--before", "2026-01-01")[1]
