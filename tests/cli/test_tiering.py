"""The tier commands: what they print, what they refuse, and their exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bank import GOOD, add_model, open_bank
from secondline.cli.app import app

ANSWERS = [f"--answer={k}={'true' if v is True else 'false' if v is False else v[0] if isinstance(v, list) else v}"
           for k, v in GOOD.items()]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A folder of records of a bank with one model."""
    ledger, _ = open_bank(tmp_path)
    add_model(ledger, jurisdictions=["US"])
    return str(tmp_path)


def run(store: str, *words: str, actor: str = "own") -> Result:
    """Run a tier command."""
    env = {"SECONDLINE_STORE": store, "SECONDLINE_ACTOR": actor, "COLUMNS": "120"}
    return CliRunner().invoke(app, ["tier", *words], env=env)


def told(store: str, *words: str, actor: str = "own") -> Any:
    """Run a command with --json and return what it printed."""
    done = run(store, *words, "--json", actor=actor)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_rating_from_the_terminal(store: str, tmp_path: Path) -> None:
    """A rating is previewed, given by both lines, shown with its reasons, and called again."""
    assert told(store, "rate", "pd", "--preview", *ANSWERS)["tier"] == 3
    done = run(store, "rate", "pd", *ANSWERS)
    assert "pd is tier 3, to be rated again by" in done.output
    assert "weighted mean" in done.output
    file = tmp_path / "answers.yaml"
    file.write_text(
        "\n".join(f"{k}: {json.dumps(v)}" for k, v in (GOOD | {"opacity": 5, "purposes": ["pricing"]}).items())
    )
    second = run(store, "rate", "pd", "--line", "second", "--answers", str(file), actor="val")
    assert "R-2" in second.output
    assert run(store, "resolve", "pd", "--tier", "1", "--reason", "shared", actor="head").exit_code == 0
    assert run(store, "residual", "pd", "--risk", "low", "--reason", "x").exit_code == 0
    assert "by 20" in run(store, "rerate", "pd", "--trigger", "use", "--reason", "x").output
    shown = told(store, "show", "pd")
    assert (shown["model"]["tier"], shown["model"]["residual"]) == (1, "low")
    assert "R-1" in run(store, "show", "pd").output
    assert told(store, "impact", "--method", "2025.1")[0]["model"] == "pd"
    assert "pd" in run(store, "impact", "--method", "2025.1").output


def test_the_questionnaire(store: str) -> None:
    """The questions of the shipped methods can be read, as table and as JSON."""
    assert len(told(store, "questions")) == 17
    assert len(told(store, "questions", "--method", "2025.1")) == 14
    assert "customer_harm" in run(store, "questions").output


def test_scope_from_the_terminal(store: str) -> None:
    """Scope is proposed, decided and shown."""
    assert [x["regime"] for x in told(store, "scope", "pd")] == ["US", "NY"]
    done = run(store, "scope", "pd", "--regime", "US", "--accept", actor="val")
    assert "sr26-2" in done.output
    assert told(store, "scope", "pd", "--regime", "US")[0]["decided"] == "model"


def test_changes_from_the_terminal(store: str) -> None:
    """A change is previewed, raised, measured, classified, listed, rejected."""
    found = told(store, "change", "raise", "pd", "x", "-p", "bug-fix", "--preview")
    assert found["class_"] == "B"
    assert "class B" in run(store, "change", "raise", "pd", "x", "-p", "bug-fix", "--preview").output
    assert "C-1" in run(store, "change", "raise", "pd", "fix", "-p", "bug-fix").output
    words = ["-m", "scores_changed=0", "-m", "decision_flips=0.009/100", "-m", "score_psi=0.01[0,0.02]@baseline"]
    assert run(store, "change", "measure", "C-1", *words).exit_code == 0
    done = run(store, "change", "classify", "C-1", actor="val")
    assert "straddles" in done.output
    assert "must follow: " in done.output
    assert told(store, "change", "list", "--model", "pd")[0]["class_"] == "A"
    assert "fix" in run(store, "change", "list", "--state", "classified").output
    assert run(store, "change", "approve", "C-1", "--reason", "ok", actor="app").exit_code == 2
    assert run(store, "change", "implement", "C-1").exit_code == 2
    assert run(store, "change", "reject", "C-1", "--reason", "no", actor="head").exit_code == 0
    assert "No changes" in run(store, "change", "list", "--state", "raised").output


def test_adopting_from_the_terminal(store: str) -> None:
    """The head puts an earlier method in force again; anybody else is refused."""
    assert run(store, "adopt", "tiering", "--method", "2025.1", actor="own").exit_code == 2
    assert "tiering@2025.1" in run(store, "adopt", "tiering", "--method", "2025.1", actor="head").output


def test_the_calendar_from_the_terminal(store: str) -> None:
    """The calendar prints what is due, counts it, and says when there is nothing."""
    assert "Nothing is due" in run(store, "calendar").output
    run(store, "rate", "pd", *ANSWERS)
    assert told(store, "calendar", "--until", "2099-01-01")[0]["what"] == "rating"
    assert "tiering method" in run(store, "calendar", "--until", "2099-01-01", "--today", "2098-01-01").output
    assert told(store, "calendar", "--count")["rating"]["overdue"] == 0
    assert "within 30 days" in run(store, "calendar", "--count").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rate", "pd"], "answers are missing"),
        (["rate", "pd", "-a", "complexity"], "NAME=VALUE"),
        (["rate", "none"], "There is no model 'none'"),
        (["rate", "pd", "--answers", "nowhere.yaml"], "Cannot read"),
        (["scope", "pd", "--regime", "Mars"], "no regime 'Mars'"),
        (["scope", "pd", "--regime", "US", "--accept"], "may not decide scope"),
        (["calendar", "--today", "soon"], "must be a date"),
        (["rerate", "pd", "--trigger", "use", "--reason", "x", "--due", "soon"], "must be a date"),
        (["rerate", "pd", "--trigger", "weather", "--reason", "x"], "`trigger`"),
        (["change", "raise", "pd", "x"], "Say which parts changed"),
        (["change", "raise", "pd", "x", "-p", "bug-fix", "-m", "flips"], "NAME=VALUE"),
        (["change", "raise", "pd", "x", "-p", "bug-fix", "-m", "score_psi=1.2.3"], "NAME=VALUE"),
        (["change", "raise", "pd", "x", "--component", "prompt"], "NAME=VERSION"),
        (["change", "classify", "C-9"], "There is no change 'C-9'"),
        (["adopt", "weather"], "tiering or change"),
        (["questions", "--method", "1999"], "Known: 2025.1, 2026.1"),
    ],
)
def test_bad_words_are_told(store: str, words: list[str], said: str) -> None:
    """Each wrong word is one plain message and exit code 2."""
    done = run(store, *words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


def test_a_folder_without_records_is_told(tmp_path: Path) -> None:
    """Without records there is a message, not a new empty ledger."""
    done = run(str(tmp_path / "none"), "show", "pd")
    assert done.exit_code == 2
    assert "There are no records" in done.stderr
