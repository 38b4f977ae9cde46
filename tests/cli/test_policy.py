"""The policy commands, as a person types them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bank import add_model, open_bank
from policed import PACK
from secondline.cli.policy import app


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The records of a bank with one model and one adopted pack of its own."""
    ledger, _ = open_bank(tmp_path / "runs", "2026-06-01", methods=False)
    add_model(ledger)
    (tmp_path / "mine.yaml").write_text(PACK)
    done = typed("adopt", str(tmp_path / "mine.yaml"), "--store", str(tmp_path / "runs"), "--actor", "head",
                 "--since", "2026-01-01", "--reason", "board", "--set", "OWN-REVIEW:months=24")  # fmt: skip
    assert done[0] == 0, done[1]
    return tmp_path / "runs"


def typed(*words: str) -> tuple[int, str]:
    """Type a command; return its exit code and everything it said."""
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "240"})
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "MRM-VAL-01", "--as-of", "2026-05-01"), "not yet in force (from 2027-05-01)"),
        (("show", "MRM-VAL-01", "--as-of", "2000-01-01"), "Nobody required this on 2000-01-01."),
        (("requires", "--pack", "us-sr26-2", "--as-of", "2026-04-16"), "0 controls required on 2026-04-16"),
        (("requires", "--pack", "us-sr11-7-legacy", "--as-of", "2026-05-01"), "us-sr26-2 took its place"),
        (("controls", "--as-of", "2026-05-01"), "155 controls, as of 2026-05-01"),
        (("diff", "us-sr26-2", "uk-ss1-23", "--as-of", "2026-05-01"), "SS1/23 4.4"),
        (("diff", "uk-ss1-23"), "They ask for the same."),
        (("check", "house"), "9 of 9 examples come out as stated."),
        (("template",), "own:"),
    ],
)
def test_without_records(words: tuple[str, ...], says: str) -> None:
    """What the rules say needs no ledger, for any day."""
    code, said = typed(*words)
    assert code == 0, said
    assert says in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("packs",), "ca-osfi-e23"),
        (("status", "pd", "--all"), "OWN-LATER"),
        (("status", "bank"), "OWN-BANK"),
        (("coverage",), "1 models on"),
        (("impact", "--adopt", "ca-osfi-e23", "--on", "2027-05-01"), "controls more"),
        (("impact", "--set", "OWN-REVIEW:months=1"), "other changes"),
    ],
)
def test_with_records(store: Path, words: tuple[str, ...], says: str) -> None:
    """Each question about the bank has an answer on the screen, and the same in JSON."""
    code, said = typed(*words, "--store", str(store))
    assert code == 0, said
    assert says in said
    code, said = typed(*words[:2] if words[0] == "status" else words, "--store", str(store), "--json")
    assert code == 0, said
    assert json.loads(said)


def test_the_matrix_as_csv(store: Path, tmp_path: Path) -> None:
    """One row a model and control, with status, packs and clauses."""
    out = tmp_path / "matrix.csv"
    assert typed("coverage", "--store", str(store), "--csv", str(out))[0] == 0
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {(r["subject"], r["control"], r["status"]) for r in rows} >= {("pd", "OWN-OWNER", "met")}
    assert all(r["packs"] == "mine" for r in rows)


def test_ending(store: Path) -> None:
    """An adoption ends after a last day."""
    words = ("end", "mine", "--store", str(store), "--until", "2099-01-01", "--actor", "head")
    assert typed(*words)[0] == 2
    code, said = typed(*words, "--reason", "replaced")
    assert code == 0
    assert "applies until 2099-01-01" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "MRM-VAL-1"), "Did you mean 'MRM-VAL-"),
        (("show", "MRM-VAL-01", "--as-of", "May"), "must be a date"),
        (("requires",), "Say which pack"),
        (("requires", "--pack", "eu"), "No policy pack is called 'eu'"),
        (("impact",), "Say what would change"),
        (("impact", "--set", "months=3"), "--set takes CONTROL:name=value"),
        (("impact", "--adopt", "nowhere.yaml"), "Cannot read"),
        (("status", "nobody"), "nobody"),
        (("adopt", "us-sr26-2", "--actor", "val", "--reason", "x"), "mrm-head"),
        (("adopt", "us-sr26-2", "--actor", "head", "--since", "soon", "--reason", "x"), "must be a date"),
    ],
)
def test_mistakes(store: Path, words: tuple[str, ...], says: str) -> None:
    """A mistake is one plain message and exit code 2."""
    rest = () if words[0] in {"show", "requires"} else ("--store", str(store))
    code, said = typed(*words, *rest)
    assert code == 2, said
    assert says in " ".join(said.split())


def test_a_wrong_example_fails(tmp_path: Path) -> None:
    """Checking a pack whose example does not come out as stated exits with 1."""
    path = tmp_path / "mine.yaml"
    path.write_text(PACK.replace("    check: model.owner != ''", "    check: model.owner != ''\n    examples: "
                                 "[{case: violating, facts: {model: {owner: x}}}]"))  # fmt: skip
    code, said = typed("check", str(path))
    assert code == 1
    assert "OWN-OWNER example 1 (violating): should be not_met, is met" in said
