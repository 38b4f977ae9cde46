"""Reconcile: everything that runs is known by name, other name or digest; what differs is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from govern.house import House
from secondline.core.errors import DataError
from secondline.workflow.inventory.reconcile import Found, file_survey, read_found, reconcile

DIGEST = "a" * 64


@pytest.fixture
def house(tmp_path: Path) -> House:
    """One model with a version, another name and a use."""
    house = House(tmp_path / "bank")
    house.model("pd-retail", name="Retail PD", aliases=["PD-001"])
    house.do("version.changed", "dev", "pd-retail@1.0", digest=DIGEST)
    house.do("use.proposed", "own", model="pd-retail", name="Consumer loans")
    return house


def kinds(house: House, **found: str) -> set[str]:
    """Return the kinds of differences of one thing found."""
    return {d.kind for d in reconcile(house.ledger.records, [Found(**found)]).differences}


@pytest.mark.parametrize("name", ["pd-retail", "Retail PD", "PD-001", "pd_retail", "retail-pd"])
def test_known_by_any_name(house: House, name: str) -> None:
    """Id, name or other name, however it is spelt."""
    assert kinds(house, name=name) == set()


def test_known_by_its_digest(house: House) -> None:
    """Under a name nobody knows, the build tells which model it is."""
    assert kinds(house, name="job-77", digest=DIGEST) == {"version not approved"}
    assert kinds(house, name="job-77", digest="b" * 64) == {"unknown"}


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ({"version": "2.0"}, "other build"),
        ({"version": "1.0", "digest": "b" * 64}, "other build"),
        ({"digest": "b" * 64}, "other build"),
        ({"version": "1.0", "digest": DIGEST}, "version not approved"),
        ({"use": "Credit cards"}, "use not approved"),
        ({"use": "consumer loans"}, "use not approved"),
    ],
)
def test_each_difference_has_its_kind(house: House, found: dict[str, str], kind: str) -> None:
    """Another build, a version or a use that nobody approved."""
    assert kinds(house, name="pd-retail", **found) == {kind}


def test_a_model_that_is_over_should_not_run(house: House) -> None:
    """And the comparison is not clean."""
    end = {"on": "2026-05-01", "notice": "all", "retain_until": "2030-01-01"}
    house.do("model.decommissioned", "own", "pd-retail", "old", **end)
    result = reconcile(house.ledger.records, [Found("pd-retail", where="prod")])
    assert (result.clean, result.differences[0].what) == (False, "the model is decommissioned (found in prod)")


@pytest.mark.parametrize(("reported", "missed"), [("In use", True), ("In production", True), ("Retired", False)])
def test_what_should_run_is_missed(house: House, reported: str, missed: bool) -> None:
    """By the old system's word as long as no act has said more; missing alone raises no alarm."""
    house.model("old", reported_state=reported)
    result = reconcile(house.ledger.records, [Found("pd-retail")])
    assert [d.model for d in result.of("missing")] == (["old"] if missed else [])
    assert result.clean


def write(folder: Path, name: str, content: Any) -> Path:
    """Write a file of what was found."""
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_lists_are_read(tmp_path: Path) -> None:
    """CSV of a gateway, JSON of a scheduler, the saved answer of a registry; all say the same."""
    wanted = [Found("PD 1", "1", DIGEST, "", "")]
    assert read_found(write(tmp_path, "a.csv", f"Endpoint,Version,SHA-256\nPD 1,1,sha256:{DIGEST}\n")) == wanted
    assert read_found(write(tmp_path, "b.json", [{"name": "PD 1", "version": 1, "digest": DIGEST}])) == wanted
    assert read_found(write(tmp_path, "c.json", {"models": [{"id": "PD 1", "version": "1", "hash": DIGEST}]})) == wanted
    answer = {"registered_models": [{"name": "PD 1"}], "model_versions": []}
    assert read_found(write(tmp_path, "d.json", answer)) == [Found("PD 1", where="mlflow")]


@pytest.mark.parametrize("content", ["{", "[1]", '{"a": 1}', '[{"version": "1"}]', '"x"'])
def test_what_is_no_list_is_refused(tmp_path: Path, content: str) -> None:
    """With the reason."""
    with pytest.raises(DataError):
        read_found(write(tmp_path, "x.json", content))


def test_the_survey_is_filed(house: House) -> None:
    """Its whole result is kept among the objects, its digest in the record."""
    result = reconcile(house.ledger.records, [Found("chatbot"), Found("pd-retail")])
    evidence = file_survey(house.ledger, result, "gateway.csv", "val", "2026-05-01")
    record = house.get("evidence", evidence)
    kept = json.loads(house.ledger.objects.get(record["object"]))
    assert (record["kind"], kept["found"], kept["known"], kept["clean"]) == ("identification-survey", 2, 1, False)
