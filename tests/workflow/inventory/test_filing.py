"""Filing: bytes are kept under their digest, attestations mark the model, spreadsheets enter their entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from govern.house import House
from secondline.core.errors import DataError, Refused, SpecError
from secondline.workflow.inventory.filing import attest, file_document, inspected
from workflow.test_sheets import workbook


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A bank with one model and one spreadsheet."""
    house = House(tmp_path / "bank")
    house.model("pd")
    house.model("sheet", kind="spreadsheet")
    return house


def test_a_document_is_kept_whole(house: House, tmp_path: Path) -> None:
    """Its bytes come back by the digest in the record."""
    (tmp_path / "review.pdf").write_bytes(b"read and found good")
    done = file_document(house.ledger, tmp_path / "review.pdf", "code-review", "Review", "val", model="pd")
    assert house.ledger.objects.get(done.doc["object"]) == b"read and found good"
    assert (done.doc["file"], done.doc["size"], done.doc["on"]) == ("review.pdf", 19, "2026-05-01")


def test_nothing_is_not_evidence(house: House, tmp_path: Path) -> None:
    """Neither an empty file nor one that is not there."""
    (tmp_path / "empty").touch()
    for name, said in (("empty", "0 bytes"), ("none", "Cannot read")):
        with pytest.raises(DataError, match=said):
            file_document(house.ledger, tmp_path / name, "minutes", "Minutes", "val")


def test_an_attestation_is_one_deed(house: House) -> None:
    """Record and mark together, or neither."""
    assert attest(house.ledger, "pd", "Right.", "own") == "AT-1"
    assert house.get("model", "pd")["last_attested"] == "2026-05-01"
    with pytest.raises(Refused):
        attest(house.ledger, "pd", "Right.", "dev")
    assert house.ledger.records.count("attestation")[()] == 1


def test_an_inspection_enters_the_entry(house: House, tmp_path: Path) -> None:
    """Of a spreadsheet, not of a model; without an entry it only tells."""
    path = workbook(tmp_path / "euc.xlsx")
    assert inspected(None, path, "", "own").formulas == 2
    inspected(house.ledger, path, "sheet", "own")
    euc = house.get("model", "sheet")["euc"]
    assert (euc["formulas"], euc["hidden_sheets"], euc["complexity"], euc["inspected"]) == (
        2,
        1,
        "medium",
        "2026-05-01",
    )
    with pytest.raises(SpecError, match="registered as a model"):
        inspected(house.ledger, path, "pd", "own")
