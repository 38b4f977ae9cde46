"""Governing a generative system from the terminal: its parts, the change that another one is, its judges, the gate."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from configured import FIRST, MODEL, desk, next_version
from secondline.cli.app import app
from secondline.cli.exits import Exit
from secondline.ledger.store import Ledger


def run(*args: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200", "TERM": "dumb"})


@pytest.fixture
def study(tmp_path: Path) -> tuple[Path, Ledger]:
    """The study of an approved version, and its bank."""
    return desk(tmp_path)


def loaded(found: Result) -> Any:
    """Return what a command printed as JSON."""
    return json.loads(found.stdout)


def test_a_version_is_registered_with_its_parts(study: tuple[Path, Ledger]) -> None:
    """`inventory version --configuration` holds each part and their hash, as `components --json` tells them."""
    spec, ledger = study
    next_version(spec)
    found = run("inventory", "version", MODEL, "1.1", "--configuration", spec, "--developer", "dev", "--actor", "dev",
                "--store", ledger.folder)  # fmt: skip
    assert found.exit_code == Exit.PASSED, found.output
    told = loaded(run("evals", "components", spec, "--json"))
    doc = ledger.records.need("version", f"{MODEL}@1.1")
    assert (doc["components"], doc["digest"]) == (told["parts"], told["configuration"])


def test_components_are_held_against_the_approved(study: tuple[Path, Ledger]) -> None:
    """Nothing changed is exit 0; a changed part is exit 1 with its name; --raise makes it a change, once."""
    spec, ledger = study
    assert "Nothing changed since desk-guide@1.0" in run("evals", "components", spec, "--approved").output
    next_version(spec)
    seen = run("evals", "components", spec, "--approved", "--json")
    assert (seen.exit_code, loaded(seen)["changed"]) == (Exit.FAILED, {"prompt/guide": "changed"})
    assert ledger.records.find("change") == []
    for _ in range(2):
        raised = run("evals", "components", spec, "--raise", "--actor", "dev")
        assert "1 part changed since desk-guide@1.0.\nC-1 is raised" in raised.output
    (one,) = ledger.records.find("change")
    assert (one["version"], one["raised_by"]) == ("1.1", "dev")


def test_who_may_not_raise_is_told(study: tuple[Path, Ledger]) -> None:
    """Somebody without the right still sees what changed, and why there is no change."""
    spec, ledger = study
    next_version(spec)
    found = run("evals", "components", spec, "--raise", "--actor", "aud")
    assert found.exit_code == Exit.FAILED
    assert "No change was raised: 'aud' may not raise one" in found.output
    assert ledger.records.find("change") == []


def test_nothing_approved_is_an_error(study: tuple[Path, Ledger], tmp_path: Path) -> None:
    """Where no approved version holds its components there is nothing to compare with."""
    spec, _ = study
    Ledger.open(tmp_path / "empty").act("person.added", "ada", "ada", {"name": "Ada", "roles": ["admin"]})
    found = run("evals", "components", spec, "--approved", "--store", tmp_path / "empty")
    assert (found.exit_code, "nothing can be held against it" in found.output) == (Exit.ERROR, True)


@pytest.mark.parametrize("how", ["yaml", "json", "study"])
def test_the_gate_is_asked_with_what_runs(study: tuple[Path, Ledger], tmp_path: Path, how: str) -> None:
    """An assistant.yaml, its components as JSON, or the study itself: the part that moved is named, and raised."""
    spec, ledger = study
    next_version(spec)
    if how == "study":
        spec.write_text(spec.read_text().replace('version: "1.1"\ntitle', 'version: "1.0"\ntitle'))
        what: list[str | Path] = [spec]
    else:
        running = spec if how == "yaml" else tmp_path / "running.json"
        if how == "json":
            running.write_text(run("evals", "components", spec, "--json").stdout)
        what = [FIRST, "--configuration", running]
    found = run("gate", *what, "--use", "desk", "--store", ledger.folder, "--actor", "dev", "--json")
    reasons = {reason["name"]: reason for reason in loaded(found)["reasons"]}
    assert found.exit_code == Exit.FAILED
    assert reasons["same configuration"]["text"] == "Not approved: prompt/guide changed"
    assert reasons["change raised"]["proof"] == "change C-1"


def test_validating_tells_of_the_change(study: tuple[Path, Ledger]) -> None:
    """The screen says that what was asked is not what is approved, and under which number it was raised."""
    spec, ledger = study
    next_version(spec)
    found = run("validate", spec, "--allow-code", "--actor", "val", "--store", ledger.folder, "--report", "none")
    said = " ".join(found.output.split())
    assert "Not as approved. Not the configuration of desk-guide@1.0: prompt/guide changed; C-1 is raised." in said


def test_a_judge_is_carded_and_decided_on(study: tuple[Path, Ledger]) -> None:
    """The card goes on record; its maker may not accept it, the second line does; the list shows how it stands."""
    spec, ledger = study
    made = run("evals", "card", spec, "faithful", "--record", "--made-by", "val2", "--actor", "dev")
    assert "J-1  faithful on faithful is carded" in made.stderr
    store = ("--store", ledger.folder)
    for who, says in (("dev", "may not let the judge grade"), ("val2", "they are its makers")):
        refused = run("evals", "judges", "accept", "J-1", "--reason", "So.", "--actor", who, *store)
        assert (refused.exit_code, says in refused.output) == (Exit.ERROR, True)
    accepted = run("evals", "judges", "accept", "J-1", "--reason", "Its errors are known.", "--actor", "val", *store)
    assert accepted.output == "J-1 is eligible\n"
    (row,) = loaded(run("evals", "judges", "list", "--json", *store))
    assert (row["state"], row["judge"], row["makers"]) == ("eligible", "faithful", ["val2"])
    gone = run("evals", "judges", "withdraw", "J-1", "--reason", "Moved.", "--actor", "val", *store, "--json")
    assert loaded(gone)["state"] == "withdrawn"
    assert re.search(r"J-1 +desk-guide +faithful +faithful +withdrawn", run("evals", "judges", "list", *store).output)
    assert "No judge's card" in run("evals", "judges", "list", "--model", "other", *store).output


def test_a_judge_is_refused(study: tuple[Path, Ledger]) -> None:
    """A refusal has a reason and is the end of that card."""
    spec, ledger = study
    run("evals", "card", spec, "faithful", "--record", "--actor", "dev")
    store = ("--store", ledger.folder)
    assert "give a reason" in run("evals", "judges", "refuse", "J-1", "--actor", "val", *store).output
    done = run("evals", "judges", "refuse", "J-1", "--reason", "Ten labels.", "--actor", "val", *store)
    assert done.output == "J-1 is refused\n"
    assert "J-1 is 'refused'" in run("evals", "judges", "accept", "J-1", "--reason", "x", "--actor", "val",
                                     *store).output  # fmt: skip
