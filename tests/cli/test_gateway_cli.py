"""The gateway and conversion from the terminal: what is served and why not, replay, and graphs that are proved."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

from gateway.desk_house import House, asked, decided
from secondline.cli.app import app
from secondline.core.canonical import digest_bytes
from secondline.events.log import DECISIONS, Log
from secondline.models.conversion import apart
from secondline.models.conversion.graph import examined
from secondline.models.opening import Sealed

RUN = CliRunner()


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A gateway's files, whose pass and list are of today."""

    def taken(sealed: Sealed, _: object) -> apart.Graph:
        examined(sealed.content)
        return apart.Graph(sealed.content, ("limit", "age"), {})

    monkeypatch.setattr(apart, "taken", taken)
    made = House(tmp_path / "house")
    made.issue(made.study(), stale_hours=10_000_000, expires="2999-12-31",
               conditions=[{"kind": "volume", "decisions": 500}])  # fmt: skip
    made.settings(top={"log": "sqlite:///log.db", "open": True})
    return made


def test_check_says_what_is_served(house: House) -> None:
    """Ready models with pass, uses and conditions end with 0; a stopped one is named, with 1."""
    config = str(house.folder / "gateway.yaml")
    found = RUN.invoke(app, ["gateway", "check", config])
    assert found.exit_code == 0, found.output
    assert "ready pd@1.0 by P-1 for U-1" in found.output
    assert "at most 500 decisions a day" in found.output
    house.listed({"pass": "P-1", "state": "suspended"})
    found = RUN.invoke(app, ["gateway", "check", config, "--json"])
    assert found.exit_code == 1
    (one,) = json.loads(found.stdout)
    assert (one["ready"], one["trouble"]) == (False, "pass P-1 is suspended")
    assert "not served pd@1.0: pass P-1 is suspended" in RUN.invoke(app, ["gateway", "check", config]).output


def test_check_says_what_keeps_the_gateway_from_starting(house: House) -> None:
    """Neither tokens nor open, a token file that is not there, others let in: no model is ready, and it is said."""
    config = str(house.folder / "gateway.yaml")
    for top, says in (
        ({}, "Name a token file (`tokens`), or say `open`"),
        ({"tokens": "none.json"}, "none.json"),
        ({"open": True, "listen": "0.0.0.0:8500"}, "would let every machine in"),
    ):
        house.settings(top={"log": "sqlite:///log.db", **top})
        found = RUN.invoke(app, ["gateway", "check", config, "--json"])
        (one,) = json.loads(found.stdout)
        assert (found.exit_code, one["ready"], one["pass"]) == (1, False, "P-1")
        assert says in one["trouble"]
    house.listed({"pass": "P-1", "state": "suspended"})
    both = " ".join(RUN.invoke(app, ["gateway", "check", config]).output.split())
    assert "pass P-1 is suspended" in both
    assert "would let every machine in" in both


def test_check_names_a_wrong_line(house: House) -> None:
    """A wrong gateway.yaml is an error with its line, and a missing one says so."""
    path = house.folder / "gateway.yaml"
    path.write_text(path.read_text() + "modelz: 1\n")
    found = RUN.invoke(app, ["gateway", "check", str(path)])
    assert found.exit_code == 2
    assert "`modelz` is not a known key" in found.output
    assert RUN.invoke(app, ["gateway", "check", str(house.folder / "none.yaml")]).exit_code == 2


def test_replay_finds_and_repeats_a_decision(house: House) -> None:
    """From the configured log: the same ends with 0, a rule that changed with 1, an unknown id with 2."""
    watch = house.watch(top={"log": "sqlite:///log.db"})
    (one,) = decided(watch, asked(-3.0))
    house.close()
    log = Log.open(f"sqlite:///{house.folder / 'log.db'}")
    writer = log.writer(DECISIONS)
    writer.append([one])
    writer.close()
    log.close()
    config = ["--config", str(house.folder / "gateway.yaml")]
    found = RUN.invoke(app, ["replay", one.id, *config])
    assert found.exit_code == 0, found.output
    assert "came out as recorded" in found.output
    house.study(decision={"approve-below": 0.01})
    found = RUN.invoke(app, ["gateway", "replay", one.id, *config, "--json"])
    assert found.exit_code == 1
    assert any(line.startswith("decision: ") for line in json.loads(found.stdout)["differences"])
    assert "differs" in RUN.invoke(app, ["replay", one.id, *config]).output
    missing = RUN.invoke(app, ["replay", "none-1", *config])
    assert missing.exit_code == 2
    assert "holds no decision" in missing.output


def study(folder: Path, **more: object) -> Path:
    """Write a study whose artefact is a table of coefficients."""
    folder.mkdir(exist_ok=True)
    (folder / "m.json").write_text('{"intercept": -1, "coefficients": {"a": 0.5, "b": -0.2}}')
    rows = np.random.default_rng(1).normal(size=(50, 2))
    pq.write_table(pa.table({"a": rows[:, 0], "b": rows[:, 1]}), folder / "dev.parquet")
    spec = {"model": "pd", "version": "1", "artefact": "m.json", "populations": {"dev": {"data": "dev.parquet"}},
            "columns": {"score": "p"}, "decision": {"approve-below": 0.4}, **more}  # fmt: skip
    (folder / "model.yaml").write_text(yaml.safe_dump(spec))
    return folder / "model.yaml"


def test_convert_writes_a_graph_with_its_proof(tmp_path: Path) -> None:
    """Graph, report and reference rows are written; the report names the graph's digest and the rows tried."""
    to = tmp_path / "m.onnx"
    found = RUN.invoke(app, ["convert", "run", str(study(tmp_path)), "--to", str(to)])
    assert found.exit_code == 0, found.output
    report = json.loads((tmp_path / "m.onnx.report.json").read_text())
    assert report["result"] == digest_bytes(to.read_bytes())
    assert report["equivalence"]["reference_rows"] == 50
    assert report["equivalence"]["rows"] >= 10_000
    rows = json.loads((tmp_path / "m.onnx.reference.json").read_text())["columns"]
    assert len(rows["a"]) == 50
    assert report["result"] in found.output


def test_convert_refuses_with_reasons(tmp_path: Path) -> None:
    """No artefact, another ending, an unknown population: each is an error that says what to mend."""
    path = study(tmp_path)
    for args, said in (
        (["--to", "m.txt"], "does not end in .onnx"),
        (["--to", str(tmp_path / "m.onnx"), "--population", "dve"], "no population 'dve'"),
    ):
        found = RUN.invoke(app, ["convert", "run", str(path), *args])
        assert found.exit_code == 2
        assert said in " ".join(found.output.split())
    bare = study(tmp_path / "bare", artefact=None)
    found = RUN.invoke(app, ["convert", "run", str(bare), "--to", str(tmp_path / "m.onnx")])
    assert "names no artefact" in found.output
    assert not (tmp_path / "m.onnx").exists()
