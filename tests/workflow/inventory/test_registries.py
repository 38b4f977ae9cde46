"""Registries: MLflow and model-ledger are read as they write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from govern.house import House
from secondline.core.errors import DataError, SpecError
from secondline.workflow.inventory.bringing import apply, draft
from secondline.workflow.inventory.registries import hear_mlflow, hear_model_ledger

DIGEST = "c" * 64
VERSION: dict[str, Any] = {
    "name": "Fraud Score", "version": "3", "user_id": "dev", "description": "Retrained.", "run_id": "r1",
    "source": "models:/m-1", "status": "READY", "current_stage": "None", "creation_timestamp": 1760000000000,
    "tags": [{"key": "sha256", "value": DIGEST}, {"key": "mlflow.source.git.commit", "value": "abc"}],
}  # fmt: skip
ANSWER: dict[str, Any] = {
    "registered_models": [
        {"name": "Fraud Score", "description": "Scores cards.", "creation_timestamp": 1760000000000,
         "tags": [{"key": "owner", "value": "own"}], "aliases": [{"alias": "champion", "version": "3"}],
         "latest_versions": [VERSION]}
    ]
}  # fmt: skip


def saved(folder: Path, content: Any, name: str = "answer.json") -> Path:
    """Write JSON."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def test_an_answer_of_mlflow_is_imported(tmp_path: Path) -> None:
    """Model with owner and other name, version with digest, developer and commit; again it changes nothing."""
    house = House(tmp_path / "bank")
    heard = hear_mlflow(saved(tmp_path, ANSWER))
    apply(house.ledger, draft(house.ledger, heard, "dev"), "dev")
    model, version = house.get("model", "fraud-score"), house.get("version", "fraud-score@3")
    assert (model["owner"], model["aliases"], model["description"]) == ("own", ["Fraud Score"], "Scores cards.")
    assert (version["digest"], version["developers"], version["commit"]) == (DIGEST, ["dev"], "abc")
    assert draft(house.ledger, heard, "dev").count("unchanged") == 2


def test_pages_and_versions_are_joined(tmp_path: Path) -> None:
    """A list of answers is one registry; versions alone name their models; one page of several is refused."""
    pages = [{"registered_models": [{"name": "a"}], "next_page_token": "x"}, {"model_versions": [VERSION]}]
    assert [(e.table, e.id) for e in hear_mlflow(saved(tmp_path, pages)).entries] == [
        ("models", "a"), ("models", "fraud-score"), ("versions", "fraud-score@3"),
    ]  # fmt: skip
    with pytest.raises(DataError, match="one page of several"):
        hear_mlflow(saved(tmp_path, pages[0]))


def test_a_file_store_is_read(tmp_path: Path) -> None:
    """Folders of meta.yaml, a file for each tag."""
    model = tmp_path / "mlruns" / "models" / "Fraud Score"
    (model / "version-3" / "tags").mkdir(parents=True)
    (model / "tags").mkdir()
    (model / "meta.yaml").write_text("name: Fraud Score\ndescription: Scores cards.\ncreation_timestamp: 1\n")
    (model / "tags" / "owner").write_text("own")
    (model / "version-3" / "meta.yaml").write_text("name: Fraud Score\nversion: 3\nuser_id: dev\nstatus: READY\n")
    (model / "version-3" / "tags" / "sha256").write_text(DIGEST)
    for root in (tmp_path, tmp_path / "mlruns"):
        one, two = hear_mlflow(root).entries
        assert (one.id, one.form["owner"], two.id, two.form["digest"]) == (
            "fraud-score", "own", "fraud-score@3", DIGEST,
        )  # fmt: skip
    (model / "meta.yaml").write_text("- a\n")
    with pytest.raises((DataError, SpecError)):
        hear_mlflow(tmp_path)


@pytest.mark.parametrize("content", [{}, [], [1], "x", {"registered_models": "x"}])
def test_what_is_no_registry_is_refused(tmp_path: Path, content: Any) -> None:
    """By both readers."""
    for hear in (hear_mlflow, hear_model_ledger):
        with pytest.raises(DataError):
            hear(saved(tmp_path, content))


LEDGER_MODELS: list[dict[str, Any]] = [
    {"model_hash": "h1", "name": "segmentation", "owner": "own", "model_type": "etl", "model_origin": "internal",
     "tier": "low", "purpose": "Segments.", "status": "active", "created_at": "2026-01-01T00:00:00Z"},
    {"model_hash": "h2", "name": "fraud_scorer", "owner": "own", "model_type": "ml", "model_origin": "vendor",
     "tier": "high", "purpose": "Scores.", "status": "active", "created_at": "2026-01-01T00:00:00Z"},
]  # fmt: skip
SNAPSHOTS: list[dict[str, Any]] = [
    {"snapshot_hash": "s1", "model_hash": "h2", "event_type": "depends_on", "actor": "graph_builder",
     "payload": {"upstream": "segmentation", "upstream_hash": "h1", "relationship": "data_flow"}},
    {"snapshot_hash": "s2", "model_hash": "h1", "event_type": "registered", "actor": "x", "payload": {}},
]  # fmt: skip


@pytest.mark.parametrize("folder", [True, False])
def test_model_ledger_is_imported(tmp_path: Path, folder: bool) -> None:
    """From its folder of JSON files or one file: models, and dependencies from their snapshots."""
    if folder:
        path = tmp_path / "store"
        for n, one in enumerate(LEDGER_MODELS):
            saved(path, one, f"models/{n}.json")
        for n, one in enumerate(SNAPSHOTS):
            saved(path, one, f"snapshots/{n}.json")
    else:
        path = saved(tmp_path, {"models": LEDGER_MODELS, "snapshots": SNAPSHOTS})
    house = House(tmp_path / "bank")
    apply(house.ledger, draft(house.ledger, hear_model_ledger(path), "dev"), "dev")
    model = house.get("model", "fraud_scorer")
    assert (model["origin"], model["reported_tier"], model["reported_state"]) == ("vendor", "high", "active")
    link = house.get("link", "D-1")
    assert (link["frm"], link["to"]) == ("model/segmentation", "model/fraud_scorer")
    assert draft(house.ledger, hear_model_ledger(path), "dev").count("unchanged") == 3
