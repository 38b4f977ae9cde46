"""The bill of materials: what the artefact is, what it says of itself, and what it ran on."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from typer.testing import CliRunner

import secondline as sl
from secondline.cli.app import app
from secondline.core.canonical import digest_bytes
from secondline.core.errors import SpecError
from secondline.workflow.bom import bill_of

ROWS = 400


@pytest.fixture
def study(tmp_path: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = np.random.default_rng(1)
    x = draw.normal(size=(ROWS, 2))
    data = lightgbm.Dataset(x, x[:, 0] > 0, feature_name=["income", "age"], params={"verbosity": -1})
    booster = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 7)
    booster.save_model(tmp_path / "m.txt")
    columns = {"income": x[:, 0], "age": x[:, 1], "pd": np.asarray(booster.predict(x)), "bad": x[:, 0] > 0}
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet")
    return written(tmp_path)


def written(folder: Path, **artefact: Any) -> Path:
    content = {
        "model": "cards", "version": "2", "title": "Card default", "owner": "Cards",
        "artefact": {"path": "m.txt"} | artefact,
        "uses": [{"id": "approval", "decision": "approve or decline"}],
        "populations": {"dev": {"data": "rows.parquet"}, "now": {"data": "rows.parquet"}},
        "columns": {"score": "pd", "label": "bad"}, "checks": ["soundness.bill_of_materials"],
    }  # fmt: skip
    (folder / "model.yaml").write_text(json.dumps(content))
    return folder / "model.yaml"


def test_it_names_the_model_and_its_libraries(study: Path) -> None:
    """The digest of the file, inputs, family, trees, and the versions the worker loaded; the serial number repeats."""
    found = bill_of(study)
    model = found["metadata"]["component"]
    assert model["type"] == "machine-learning-model"
    assert (model["name"], model["version"], model["description"]) == ("cards", "2", "Card default")
    assert model["hashes"] == [{"alg": "SHA-256", "content": digest_bytes((study.parent / "m.txt").read_bytes())}]
    card = model["modelCard"]["modelParameters"]
    assert card["inputs"] == [{"format": "income"}, {"format": "age"}]
    assert card["architectureFamily"] == "gradient-boosted trees"
    assert model["modelCard"]["considerations"]["useCases"] == ["approval approve or decline"]
    facts = {entry["name"]: entry["value"] for entry in model["properties"]}
    assert facts["secondline:trees"] == "7"
    assert facts["secondline:format"] == "lightgbm"
    libraries = {part["name"]: part["version"] for part in found["components"]}
    assert libraries["lightgbm"] == version("lightgbm")
    assert libraries["numpy"] == version("numpy")
    assert "python" in libraries
    assert bill_of(study)["serialNumber"] == found["serialNumber"]


def test_it_is_cyclonedx(study: Path) -> None:
    """The document validates against the schema of CycloneDX 1.6, where a package that ships it is installed."""
    if find_spec("cyclonedx") is None:
        pytest.skip("cyclonedx-python-lib, which ships the schema, is not installed")
    folder = Path(import_module("cyclonedx.schema._res").__file__ or "").parent
    names = ("bom-1.6", "spdx", "jsf-0.82")
    read = {name: json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text()) for name in names}
    registry: Any = Registry().with_resources(
        [(f"http://cyclonedx.org/schema/{n}.SNAPSHOT.schema.json", Resource.from_contents(c)) for n, c in read.items()]
    )
    found = bill_of(study)
    check = Draft7Validator(read["bom-1.6"], registry=registry)
    assert [error.message for error in check.iter_errors(found)] == []
    found["metadata"]["component"]["modelCard"]["trees"] = 7
    assert list(check.iter_errors(found))


def test_the_command_writes_it(study: Path, tmp_path: Path) -> None:
    """To standard output or a file; a model.yaml without an artefact is said to have none."""
    found = CliRunner().invoke(app, ["bom", str(study)])
    assert json.loads(found.output)["bomFormat"] == "CycloneDX"
    CliRunner().invoke(app, ["bom", str(study), "--to", str(tmp_path / "bom.json")])
    assert json.loads((tmp_path / "bom.json").read_text())["specVersion"] == "1.6"
    with pytest.raises(SpecError, match="nothing to list"):
        bill_of(written(study.parent, open=False))


def test_a_run_records_it(study: Path, tmp_path: Path) -> None:
    """The evidence holds it; the value says whether model.yaml seals the file; the report prints it."""
    result = sl.Study.read(study).validate(store=None)
    estimate = result["soundness.bill_of_materials"].outcome.estimate
    assert estimate is not None
    assert estimate.value == 1
    assert estimate.detail["says"]["trees"] == 7
    assert estimate.detail["versions"]["lightgbm"] == version("lightgbm")
    assert set(estimate.detail["jail"]) == {"memory", "cpu", "files", "network", "processes", "namespace"}
    sealed = written(study.parent, digest=estimate.detail["digest"])
    again = sl.Study.read(sealed).validate(store=None)
    known = again["soundness.bill_of_materials"].outcome.estimate
    assert known is not None
    assert known.value == 0
    again.report(tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text()
    assert "Bill of materials of the artefact" in text
    assert f"{estimate.detail['digest']} (declared)" in text


def test_an_object_has_nothing_to_seal(study: Path) -> None:
    """A function of this process has no bytes: the question does not arise."""
    import pyarrow.parquet as pq

    made = sl.Study.of(
        {"a": pq.read_table(study.parent / "rows.parquet")}, score="pd", label="bad", features=["income"],
        scorer=lambda columns: columns["income"], checks=["soundness.bill_of_materials"],
    )  # fmt: skip
    assert made.validate(store=None)["soundness.bill_of_materials"].outcome.kind == "not_applicable"
