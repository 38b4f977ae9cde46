"""The inventory's commands: what a user types, what they read, and how the command exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from govern.house import House
from secondline.cli.app import app


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A bank with one model, its source and a use."""
    house = House(tmp_path / "bank")
    house.model("pd-retail", method="logit")
    house.do("source.registered", "own", "bureau", name="Bureau")
    house.do("link.made", "dev", frm="source/bureau", to="model/pd-retail", kind="data")
    house.do("use.proposed", "own", model="pd-retail", name="Loans", decisions_per_year=1000)
    return house


def run(house: House, *words: str, actor: str = "dev") -> Result:
    """Type a command."""
    environment = {"SECONDLINE_STORE": str(house.ledger.folder), "SECONDLINE_ACTOR": actor, "COLUMNS": "120"}
    return CliRunner().invoke(app, ["inventory", *words], env=environment)


def test_a_model_is_added_changed_and_found(house: House) -> None:
    """Each with a line that says what became of it."""
    added = run(
        house, "add", "lgd", "--name", "LGD", "--owner", "own", "-s", "method=beta regression", "-s", "icfr=yes"
    )
    assert (added.exit_code, added.output.startswith("lgd: proposed")) == (0, True)
    assert run(house, "change", "lgd", "-s", "icfr=", "-s", "family=credit").exit_code == 0
    listed = json.loads(run(house, "list", "family=credit", "--json").output)
    assert [row["id"] for row in listed] == ["lgd"]
    assert house.get("model", "lgd")["icfr"] is False
    assert "2 of 2 models" in run(house, "list").output
    assert json.loads(run(house, "list", "tier__in=0,1", "name__like=PD", "--json").output)[0]["id"] == "pd-retail"


def test_what_belongs_to_it_is_added(house: House, tmp_path: Path) -> None:
    """Version with the digest of its file, use, vendor, source, dependency, evidence; a cycle is told at once."""
    (tmp_path / "model.bin").write_bytes(b"model")
    assert run(house, "version", "pd-retail", "2.0", "--artefact", str(tmp_path / "model.bin")).exit_code == 0
    assert len(house.get("version", "pd-retail@2.0")["digest"]) == 64
    assert run(house, "use", "pd-retail", "Limits", "-s", "adverse=yes").output.startswith("U-2: proposed")
    assert run(house, "vendor", "acme", "--name", "Acme").exit_code == 0
    assert run(house, "source", "web", "--name", "Web", "-s", "vendor=acme").exit_code == 0
    run(house, "add", "ecl", "--name", "ECL")
    assert "cycle" not in run(house, "link", "model/pd-retail", "model/ecl").output
    assert (
        "closes a cycle: model/ecl > model/pd-retail > model/ecl"
        in run(house, "link", "model/ecl", "model/pd-retail").output
    )
    filed = run(
        house, "file", str(tmp_path / "model.bin"), "--kind", "drill", "--title", "Switch-off", "--model", "ecl"
    )
    assert filed.output.startswith("EV-1: filed, SHA-256")
    assert "attested by own" in run(house, "attest", "pd-retail", actor="own").output
    form = '{"model": "ecl", "statement": "No history."}'
    assert run(house, "do", "limitation.recorded", "--form", form).output.startswith("L-1: open")


def test_an_entry_is_shown_whole(house: House) -> None:
    """With registers and dependencies; of another day; as JSON."""
    shown = run(house, "show", "pd-retail").output
    for part in ("logit", "pd-retail@1.0", "Loans", "source/bureau"):
        assert part in shown
    assert json.loads(run(house, "show", "pd-retail", "--json").output)["use"][0]["name"] == "Loans"
    past = run(house, "show", "pd-retail", "--as-of", "2026-04-30")
    assert (past.exit_code, "There is no model 'pd-retail'" in past.output) == (2, True)


def test_import_says_then_does(house: House, tmp_path: Path) -> None:
    """Dry by default; 1 when a row is rejected; --apply writes."""
    path = tmp_path / "bank.csv"
    path.write_text("Model ID,Model Name,Go Live Date\nA1,Alpha,2026-01-01\nB1,Beta,03/04/2026\n")
    dry = run(house, "import", str(path))
    assert (dry.exit_code, "Nothing was written" in dry.output, "one way" in dry.output) == (1, True, True)
    path.write_text(path.read_text().replace("03/04/2026", "2026-04-03"))
    assert "Add --apply" in run(house, "import", str(path)).output
    assert run(house, "import", str(path), "--apply").exit_code == 0
    assert house.get("model", "b1")["production_date"] == "2026-04-03"
    again = json.loads(run(house, "import", str(path), "--json").output)
    assert (again["unchanged"], again["created"]) == (2, 0)
    assert run(house, "import", str(path), "--map", "Model Name=purpose").exit_code == 2


@pytest.mark.parametrize("form", ["csv", "excel", "oscal", "card"])
def test_every_export_is_written(house: House, tmp_path: Path, form: str) -> None:
    """To a file; all but the workbook to the screen as well."""
    target = tmp_path / "out" / form
    done = run(house, "export", str(target), "--format", form, "--model", "pd-retail")
    assert done.exit_code == 0, done.output
    assert target.stat().st_size > 100
    assert run(house, "export", "--format", form, "--model", "pd-retail").exit_code == (2 if form == "excel" else 0)


def test_reconcile_exits_by_what_it_finds(house: House, tmp_path: Path) -> None:
    """0 when all that runs is known, 1 otherwise; the survey can be filed."""
    path = tmp_path / "gateway.csv"
    path.write_text("name\npd-retail\n")
    assert run(house, "reconcile", "--found", str(path)).exit_code == 0
    path.write_text("name\npd-retail\nchatbot\n")
    found = run(house, "reconcile", "--found", str(path), "--file", actor="val")
    assert (found.exit_code, "1 unknown" in found.output, "EV-1: filed" in found.output) == (1, True, True)
    assert json.loads(run(house, "reconcile", "--found", str(path), "--json").output)["clean"] is False


def test_the_graph_answers(house: House) -> None:
    """What there is, what a failure reaches, what is shared."""
    assert "2 things, 1 dependencies, 0 cycles" in run(house, "graph").output
    assert "1 models, 1 uses, 1,000 decisions a year" in run(house, "graph", "bureau").output
    assert "bureau" in run(house, "graph", "--shared", "source").output
    assert json.loads(run(house, "graph", "--shared", "method", "--json").output)[0]["what"] == "logit"


@pytest.mark.parametrize(
    "words",
    [
        ("show", "none"), ("list", "state"), ("list", "colour=red"), ("list", "tier=high"), ("fields", "none"),
        ("add", "lgd", "--name", "LGD", "-s", "colour=red"), ("add", "lgd", "--name", "LGD", "-s", "autonomy=9"),
        ("change", "pd-retail"), ("link", "a", "b"), ("graph", "none"), ("graph", "--shared", "colour"),
        ("do", "model.submitted", "pd-retail", "--form", "{"), ("do", "model.praised", "pd-retail"),
        ("import", "none.csv"), ("import", "none", "--from", "mlflow"), ("reconcile", "--found", "none.csv"),
        ("export", "--what", "none"), ("export", "--format", "card"), ("version", "none", "1.0"),
        ("file", "none", "--kind", "minutes", "--title", "x"), ("attest", "pd-retail"), ("inspect", "none.xlsx"),
        ("list", "--as-of", "soon"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_told(house: House, words: tuple[str, ...]) -> None:
    """In a message, with exit code 2; never as a defect of the program."""
    result = run(house, *words)
    assert result.exit_code == 2
    assert "error" in result.output
    assert "defect" not in result.output
