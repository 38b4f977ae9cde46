"""`secondline events`: what each command says, its exit code, and that no payload can play with the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from secondline.cli.app import app

GOOD = {"type": "decision", "id": "d", "at": 1_795_514_400_000_000, "model": "m", "score": 0.5}


@pytest.fixture
def ask(tmp_path: Path) -> Any:
    """A function that runs a command on a store of the test's own."""

    def run(*words: str, stdin: str = "", code: int = 0) -> Result:
        environment = {"SECONDLINE_STORE": str(tmp_path / "runs"), "COLUMNS": "200"}
        result = CliRunner().invoke(app, ["events", *words], input=stdin, env=environment)
        assert result.exit_code == code, result.output
        return result

    return run


def line(**more: Any) -> str:
    return json.dumps(GOOD | more) + "\n"


def test_events_are_sent_and_looked_at(ask: Any) -> None:
    """What is sent is seen by tail, with its place; the lag of a group that never read is all of it."""
    assert "2 sent, 0 dead letters." in ask("send", stdin=line() + "\n" + line(id="e")).output
    assert '"id":"d"' in ask("tail", "--wait", "0").output
    seen = [json.loads(text) for text in ask("tail", "--json", "--wait", "0").stdout.splitlines()]
    assert sorted(json.loads(x["event"])["id"] for x in seen) == ["d", "e"]
    assert "2 behind." in ask("lag", "secondline.decisions", "monitor").output
    assert sum(x["behind"] for x in json.loads(ask("lag", "secondline.decisions", "monitor", "--json").stdout)) == 2


def test_bad_lines_become_dead_letters_that_can_be_mended(ask: Any, tmp_path: Path) -> None:
    """A bad line fails the command, is listed with its reason, shown, mended and taken."""
    file = tmp_path / "events.jsonl"
    file.write_text(line() + '{"type":"decision","id":"x","at":0,"model":"m"}\n' + "\x1b[2J\n" + "y" * 1_000_001 + "\n")
    assert json.loads(ask("send", str(file), "--json", code=1).stdout) == {"sent": 1, "dead": 3}
    listed = json.loads(ask("dead", "list", "--json").stdout)
    assert listed["waiting"] == {"invalid": 1, "malformed": 1, "too-large": 1}
    assert "invalid" in ask("dead", "list").output
    shown = ask("dead", "show", "1").output
    assert "at `$.at`" in shown
    assert str(file) in shown
    assert "\x1b[2J" not in ask("dead", "show", "2").output
    assert "the first 1000000 kept" in ask("dead", "show", "3").output
    assert json.loads(ask("dead", "show", "1", "--json").stdout)["payload"].startswith("{")
    (tmp_path / "mended.json").write_text(line(id="x"))
    assert "1 still cannot be taken" in ask("dead", "replay", "1", code=1).output
    assert "1 taken." in ask("dead", "replay", "1", "--mended", str(tmp_path / "mended.json")).output
    assert json.loads(ask("dead", "replay", "2", "--json", code=1).stdout)["taken"] == []
    assert "No dead letter" not in ask("dead", "list", "--replayed").output


def test_times_as_text_need_to_be_asked_for(ask: Any) -> None:
    """RFC 3339 times are taken by an explicit choice only."""
    text = line(at="2026-11-24T10:00:00Z")
    ask("send", stdin=text, code=1)
    ask("send", "--rfc3339", stdin=text)


def test_a_file_is_filled_back(ask: Any, tmp_path: Path) -> None:
    """Columns become fields as mapped; rows that make no event fail the command and are listed."""
    (tmp_path / "past.csv").write_text("key,when,p,amount\na,2026-11-24T10:00:00,0.5,3\nb,2026-11-24T10:00:00,high,3\n")
    words = ["backfill", str(tmp_path / "past.csv"), "--kind", "decision", "--map", "id=key", "--map", "at=when"]
    words += ["--map", "score=p", "--map", "inputs=amount", "--set", "model=m", "--utc"]
    assert "2 rows: 1 events, 1 dead letters." in ask(*words, code=1).output
    seen = json.loads(ask("tail", "--json", "--wait", "0").stdout)
    assert json.loads(seen["event"])["inputs"] == {"amount": 3}


def test_schemas_are_printed(ask: Any) -> None:
    """The schema of one kind, and of all."""
    assert json.loads(ask("schema", "label").stdout)["title"] == "Label"
    assert len(json.loads(ask("schema").stdout)) == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("schema", "lable"), "There is no kind of event 'lable'. Did you mean 'label'?"),
        (("send", "nowhere.jsonl"), "The system refused: No such file or directory"),
        (("tail", "--log", "redis://x"), "'redis' is no kind of event log"),
        (("lag", "a b", "g"), "'a b' cannot name a topic"),
        (("backfill", "x.csv", "--kind", "decision", "--map", "id"), "--map needs FIELD=VALUE; got 'id'"),
        (("backfill", "x.csv", "--kind", "cow", "--map", "id=a"), "There is no kind of event 'cow'"),
        (("backfill", "x.csv", "--kind", "decision", "--map", "id=a"), "Cannot read 'x.csv'"),
        (("dead", "show", "9"), "There is no dead letter '9'"),
        (("dead", "replay", "1", "2", "--mended", "x"), "--mended goes with one letter"),
    ],
)
def test_what_goes_wrong_is_told(ask: Any, words: tuple[str, ...], said: str) -> None:
    """Each wrong use ends with exit code 2 and a sentence."""
    assert said in " ".join(ask(*words, code=2).output.split())


def test_old_events_are_dropped_once_they_are_read(ask: Any) -> None:
    """What no group has read stays until it is told to go; a negative age is a usage error."""
    ask("send", stdin=line() + line(id="e"))
    assert "2 events dropped" in ask("retain", "secondline.decisions", "--days", "0", "--unread").output
    assert json.loads(ask("retain", "secondline.decisions", "--days", "90", "--json").stdout) == {"dropped": 0}
    ask("retain", "secondline.decisions", "--days", "-1", code=2)
