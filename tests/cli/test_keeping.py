"""The commands that keep a ledger: keys, checkpoints, proofs, anchors, exports, the verifier, and their refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from secondline.cli.app import app
from secondline.ledger.database import FILE
from secondline.ledger.store import Ledger


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a ledger of two people; personal keys go to a folder of the test's own."""
    monkeypatch.setenv("SECONDLINE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("SECONDLINE_STORE", str(tmp_path / "runs"))
    ledger = Ledger.open(tmp_path / "runs")
    ledger.act("person.added", "ann", "ann", {"name": "Ann", "roles": ["admin", "owner"]})
    ledger.act("person.added", "ann", "bob", {"name": "Bob", "roles": ["owner"]})
    return tmp_path / "runs"


def told(*words: str | Path) -> Result:
    """Run a command."""
    return CliRunner().invoke(app, [str(word) for word in words])


def test_state_checkpoint_and_proofs(store: Path) -> None:
    """What a keeper notes, signs and proves."""
    note = told("ledger", "checkpoint")
    assert note.exit_code == 0
    assert note.output.startswith("secondline/")
    state = json.loads(told("ledger", "state", "--json").output)
    assert (state["events"], state["checkpoint"]) == (2, 2)
    assert state["head"] in told("ledger", "state").output
    proof = json.loads(told("ledger", "prove", "1").output)
    assert proof["checkpoint"] == note.output
    assert json.loads(told("ledger", "prove", "1", "--growth").output)["size"] == 2
    wrong = told("ledger", "prove", "9")
    assert wrong.exit_code == 2
    assert "There is no event 9" in wrong.output


def test_anchor_and_verify(store: Path, tmp_path: Path) -> None:
    """An anchor elsewhere is checked by `verify`, and a service key noted earlier too."""
    anchor = tmp_path / "anchors.jsonl"
    assert "Noted 2 events" in told("ledger", "anchor", "--to", anchor).output
    assert told("verify", "--anchor", anchor, "--key", store / "keys" / "service.pub").exit_code == 0
    anchor.write_text(anchor.read_text().replace('"size": 2', '"size": 3'))
    bad = told("verify", "--anchor", anchor, "--json")
    assert bad.exit_code == 1
    assert json.loads(bad.output)["problems"][0]["what"] == "events 3 to 3"


def test_exports(store: Path, tmp_path: Path) -> None:
    """As lines on the screen, in a file, and as a log of tiles."""
    lines = told("ledger", "export").output.splitlines()
    assert sum(line.startswith('{"event":') for line in lines) == 2
    assert told("ledger", "export", "--to", tmp_path / "e.jsonl").exit_code == 0
    assert (tmp_path / "e.jsonl").read_text().count('{"event":') == 2
    assert told("ledger", "export", "--log", tmp_path / "log").exit_code == 0
    assert (tmp_path / "log" / "checkpoint").exists()


def test_the_verifier_is_printed_whole(store: Path) -> None:
    """It compiles and names nothing of ours to import."""
    script = told("ledger", "verifier").output
    compile(script, "verify.py", "exec")
    assert "import secondline" not in script
    assert "from secondline" not in script


def test_rebuild(store: Path) -> None:
    """Documents are folded again and counted."""
    assert "Rebuilt 2 records" in told("ledger", "rebuild").output
    assert told("verify").exit_code == 0


def test_own_and_service_keys(store: Path, tmp_path: Path) -> None:
    """A person makes a key once; the service's is rotated; what cannot be is refused and leaves no file."""
    made = told("ledger", "key", "new", "--actor", "bob")
    assert made.exit_code == 0, made.output
    assert list((tmp_path / "config" / "secondline" / "keys").iterdir())
    again = told("ledger", "key", "new", "--actor", "bob")
    assert again.exit_code == 2
    assert "not overwritten" in again.output
    assert told("ledger", "key", "new", "--actor", "nobody").exit_code == 2
    assert told("ledger", "key", "rotate", "--actor", "ann").exit_code == 0
    assert len((store / "keys" / "service.pub").read_text().splitlines()) == 2
    assert told("verify").exit_code == 0


def test_a_stamp_needs_a_request(store: Path, tmp_path: Path) -> None:
    """A request is written; nonsense is no answer; without any stamp there is nothing that holds."""
    roots = tmp_path / "roots.pem"
    roots.write_text("")
    (tmp_path / "a.tsr").write_bytes(b"nonsense")
    assert told("ledger", "timestamp", "request", "--to", tmp_path / "a.tsq").exit_code == 0
    kept = told("ledger", "timestamp", "keep", tmp_path / "a.tsr", "--roots", roots)
    assert kept.exit_code == 2
    assert "fits no checkpoint" in kept.output
    assert told("ledger", "timestamp", "check", "--roots", roots).exit_code == 1


@pytest.mark.parametrize(
    "words", [("state",), ("checkpoint",), ("prove", "1"), ("export",), ("rebuild",), ("key", "rotate")]
)
def test_without_a_ledger_nothing_is_made(tmp_path: Path, words: tuple[str, ...]) -> None:
    """A wrong folder is told, and no ledger appears in it."""
    found = told("ledger", *words, "--store", tmp_path / "none")
    assert found.exit_code == 2
    assert "There are no records in" in found.output
    assert not (tmp_path / "none" / FILE).exists()
