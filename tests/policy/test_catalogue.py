"""Catalogue: 155 controls, each written once, with dated clauses, sound conditions and honest levels."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
import yaml

import secondline.checks  # noqa: F401 - registers the checks
from secondline.core.check import CHECKS
from secondline.core.errors import SpecError
from secondline.policy.catalogue import PROVABLE, Clause, controls, find_control, read, strongest
from secondline.policy.coverage import demands, whole_catalogue
from secondline.policy.regimes import rulebook

GOOD = """
- id: X-1
  title: Something holds
  sources: [{doc: SR 26-2, clause: V}]
  check: model.tier > 0
"""
FAMILIES = {"MRM-INV": 13, "MRM-TIER": 11, "MRM-GOV": 14, "MRM-DEV": 11, "MRM-DAT": 8, "MRM-VAL": 23, "MRM-FND": 7,
            "MRM-APR": 4, "MRM-PMA": 4, "MRM-DEP": 6, "MRM-MON": 8, "MRM-CHG": 5, "MRM-DEC": 1, "MRM-DOC": 1,
            "MRM-VEN": 5, "FL": 9, "AML": 9, "FRD": 4, "GAI": 9, "EU": 3}  # fmt: skip


def test_all_controls_are_there() -> None:
    """The 155 controls, numbered without gaps in each family; every condition compiles while they are read."""
    found: dict[str, list[int]] = {}
    for id_ in controls():
        family, _, number = id_.rpartition("-")
        found.setdefault(family, []).append(int(number))
    assert {family: len(numbers) for family, numbers in found.items()} == FAMILIES
    assert sum(FAMILIES.values()) == 155
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in found.values())


def test_only_provable_facts_block() -> None:
    """What blocks turns on identity, hash, independence, approval, expiry or an open finding, and on no metric."""
    blocking = {c.id for c in controls().values() if c.level == "block"}
    assert blocking <= set(PROVABLE)
    assert blocking
    assert set(PROVABLE.values()) == {
        "identity", "hash", "independence", "approval", "expiry", "open blocking finding",
    }  # fmt: skip
    assert not any("checks" in c.needs for c in controls().values() if c.level == "block")


def test_what_only_us_guidance_asks_for_never_blocks() -> None:
    """A control that rests on SR 26-2 or SR 11-7 alone warns or is recorded, for neither can be enforced."""
    us = {"SR 26-2", "SR 11-7", "SR 21-8"}
    alone = {c.id for c in controls().values() if {s.doc for s in c.sources} <= us}
    asked = demands([whole_catalogue()], "2026-11-25")
    assert {"MRM-VAL-02", "MRM-TIER-02"} <= alone
    assert {asked[id_].level for id_ in alone & set(asked)} == {"warn", "record"}


def test_a_date_is_written_once() -> None:
    """A clause repeats nothing that its document says; where it differs, it says what differs."""
    folder = files("secondline.policy") / "catalogue"
    text = "".join(f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name.endswith(".yaml"))
    said = re.findall(r"- \{(doc: .*|regime: .*)\}", text)
    assert len(said) > 200
    for line in said:
        clause = yaml.load("{" + line + "}", Loader=yaml.BaseLoader)
        book = rulebook(clause["doc"]).model_dump(by_alias=True)
        assert not {k for k, v in clause.items() if k not in {"doc", "clause"} and book.get(k) == v}, line


def test_evidence_of_runs_is_by_checks_that_exist() -> None:
    """A control names only checks that can be asked."""
    assert not {(c.id, code) for c in controls().values() for code in c.checks if code not in CHECKS}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("check: model.tier > 0", "chek: model.tier > 0"), r"`controls.0.chek` is not a known key \(line 5\)"),
        (("model.tier", "modle.tier"), r"`controls.0` \(line 2\): .*uses the name 'modle'"),
        (("SR 26-2", "SR 26-3"), r"`controls.0.sources.0` \(line 4\): there is no document 'SR 26-3'. Did you mean"),
        (("clause: V", "clause: V, regime: UK"), r"\(line 4\): 'SR 26-2' is a document of regime US, not 'UK'"),
        (("clause: V", "clause: V, from: soon"), r"\(line 4\): `from` must be a date"),
        (("check:", "level: block\n  check:"), r"X-1 may not block"),
        (("check:", "needs: [planets]\n  check:"), r"`needs` of X-1 names 'planets'"),
        (("check:", "alternatives: [X-9]\n  check:"), r"There is no control 'X-9'"),
        (("id: X-1", "id: x one"), r"`controls.0.id` \(line 2\)"),
        (("- id", "id"), r"must be a list of controls|not valid YAML"),
    ],
)
def test_a_control_with_a_mistake(change: tuple[str, str], says: str) -> None:
    """Is refused with the line, the key and what is allowed."""
    with pytest.raises(SpecError, match=says):
        read({"x.yaml": GOOD.replace(*change)})


def test_a_control_is_written_once() -> None:
    """The same id twice, in one file or two, is an error."""
    with pytest.raises(SpecError, match="'X-1' is given twice"):
        read({"a.yaml": GOOD, "b.yaml": GOOD})


def test_a_clause_inherits_from_its_document() -> None:
    """Dates, force and tag come from the document unless the clause says otherwise."""
    clause = Clause.model_validate({"doc": "OSFI E-23", "clause": "3.4"})
    assert (clause.since, clause.force, clause.tag) == (rulebook("OSFI E-23").since, "supervisory", "P")
    assert Clause.model_validate({"doc": "OSFI E-23", "tag": "S", "from": "2028-01-01"}).since == "2028-01-01"
    assert clause.text == "OSFI E-23 3.4"
    assert strongest([clause]) == "supervisory"
    assert strongest([]) is None


def test_an_unknown_control() -> None:
    """Suggests those near it."""
    with pytest.raises(SpecError, match=re.escape("Did you mean 'MRM-VAL-")):
        find_control("MRM-VAL-1")
