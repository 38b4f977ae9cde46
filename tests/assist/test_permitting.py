"""Permitting: where the bank's policy demands an approved entry, a writer needs one and templates never do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from govern.signing_house import Bank
from secondline.assist.evaluation import Evaluation, Row
from secondline.assist.permitting import demanded, permitted
from secondline.assist.registering import file_evaluation
from secondline.assist.writers import Chosen, chosen
from secondline.core.errors import Refused, SecondlineError, SpecError
from secondline.ledger.store import Ledger
from secondline.workflow.policy import adopt

FOUND = Evaluation("run-1", 1, (Row("number", 800, 800), Row("unit", 120, 119)), (87, 0), (637, 2), 90.0)


def writer(folder: Path, **more: str) -> Chosen:
    """Return a writer over some endpoint, of this entry and use."""
    path = folder / "writer.yaml"
    path.write_text(json.dumps({"target": {"kind": "openai", "url": "http://127.0.0.1:9/v1", "model": "m"}, **more}))
    return chosen(path)


NAMED = {"entry": "pd@1.0", "use": "origination"}


def test_where_nothing_is_demanded_a_writer_writes(tmp_path: Path) -> None:
    """A ledger without a policy of approvals and without packs asks for nothing, and says so."""
    ledger = Ledger.open(tmp_path / "runs")
    assert demanded(ledger.records, ledger.today) == ""
    assert "no policy" in permitted(ledger, writer(tmp_path))


def test_an_adopted_pack_demands_it(tmp_path: Path) -> None:
    """A pack that asks for an approval in force is a demand, from its day on."""
    ledger = Ledger.open(tmp_path / "runs")
    ledger.act("person.added", "hal", "hal", {"name": "Hal", "roles": ["admin", "mrm-head"]})
    adopt(ledger, "hal", "nist-ai-rmf", since="2026-01-01", reason="first", voluntary=True)
    assert demanded(ledger.records, ledger.today) == "control MRM-APR-01 of nist-ai-rmf"
    assert demanded(ledger.records, "2025-06-01") == ""
    with pytest.raises(Refused, match="names no entry"):
        permitted(ledger, writer(tmp_path))


def test_an_approved_entry_lets_it_write(tmp_path: Path) -> None:
    """The gate opens for the version whose digest is the writer's, for its use and no other."""
    bank, found = Bank(tmp_path / "runs"), writer(tmp_path, **NAMED)
    bank.plant("version", "pd@1.0", "version.registered", "dan", digest=found.digest)
    with pytest.raises(Refused, match="Templates write without"):
        permitted(bank.ledger, found)
    bank.passed()
    assert permitted(bank.ledger, found) == "the gate is open until 2026-12-31 for pd@1.0"
    with pytest.raises(Refused, match="no use 'letters to customers'"):
        permitted(bank.ledger, writer(tmp_path, **(NAMED | {"use": "letters to customers"})))


def test_another_model_under_the_same_entry_is_refused(tmp_path: Path) -> None:
    """What was approved is one model with its instructions: another one is another version."""
    bank = Bank(tmp_path / "runs")
    bank.passed()
    with pytest.raises(Refused, match="same bytes"):
        permitted(bank.ledger, writer(tmp_path, **NAMED))


def test_an_entry_is_named_with_its_version(tmp_path: Path) -> None:
    """A model alone is no entry that can be approved."""
    with pytest.raises(SpecError, match="MODEL@VERSION"):
        permitted(Bank(tmp_path / "runs").ledger, writer(tmp_path, entry="pd", use="origination"))


def test_an_evaluation_is_filed_on_the_entry(tmp_path: Path) -> None:
    """The page is kept as an object, the record says in a sentence what came out, also where it does not hold."""
    ledger = Bank(tmp_path / "runs").ledger
    doc = file_evaluation(ledger, FOUND, "pd@1.0", "vera").doc
    assert (doc["model"], doc["version"], doc["kind"], doc["filed_by"]) == ("pd", "pd@1.0", "eval-set", "vera")
    assert doc["note"].startswith("Holds: 919 of 920 seeded errors stopped, 0 of 87 correct")
    assert b"| number | 800 | 800 |" in ledger.objects.get(doc["object"])
    bad = Evaluation("run-1", 1, (Row("number", 800, 799),), (87, 0), (637, 2), 90.0)
    assert file_evaluation(ledger, bad, "pd", "vera").doc["note"].startswith("Does not hold: 799 of 800")
    with pytest.raises(SecondlineError, match="nobody"):
        file_evaluation(ledger, FOUND, "nobody", "vera")
