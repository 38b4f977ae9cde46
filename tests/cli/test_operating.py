"""Doctor, backup and restore on the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from secondline.cli.app import app
from secondline.ledger.store import Ledger


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of work with one event, as the current folder."""
    monkeypatch.chdir(tmp_path)
    Ledger.open(tmp_path / "runs").act("person.added", "ada", "ada", {"name": "Ada", "roles": ["admin"]})
    return tmp_path


def test_doctor_says_what_is_and_what_next(place: Path) -> None:
    """Every line has a state; the exit code is 0 while nothing is ill, and 1 when a key lies open."""
    told = CliRunner().invoke(app, ["doctor"])
    assert told.exit_code == 0, told.output
    assert "1 events" in told.output
    Ledger.open(place / "runs").keys.signer()
    key = next(p for p in (place / "runs").rglob("*") if p.is_file() and b"PRIVATE" in p.read_bytes())
    key.chmod(0o644)
    ill = CliRunner().invoke(app, ["doctor", "--json"])
    assert ill.exit_code == 1
    assert [a["what"] for a in json.loads(ill.output) if a["state"] == "ill"] == ["keys"]


def test_a_backup_comes_back_verified(place: Path) -> None:
    """Backup, then restore into a new place by a settings file: the head is the same."""
    made = CliRunner().invoke(app, ["backup", "copy"])
    assert made.exit_code == 0, made.output
    assert "keys that sign" in made.output
    (place / "new").mkdir()
    (place / "new" / "secondline.yaml").write_text("records: {folder: books}\n")
    back = CliRunner().invoke(app, ["restore", "copy", "--config", "new/secondline.yaml"])
    assert back.exit_code == 0, back.output
    assert f"1 events, 0 problems, head {Ledger.open(place / 'runs').head()[:16]}" in back.output
    assert Ledger.open(place / "new" / "books").head() == Ledger.open(place / "runs").head()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["backup", "runs"], "Name a new folder"),
        (["restore", "runs"], "is no copy of ours"),
        (["doctor", "--config", "none.yaml"], "Cannot read"),
    ],
)
def test_mistakes_are_told(place: Path, words: list[str], said: str) -> None:
    """A wrong folder or file is one sentence and exit code 2."""
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert said in done.output.replace("\n", " ")
