"""Giving out: the card says what is missing, the document meets its schema, the whole entry is gathered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from govern.house import House
from secondline.core.errors import SpecError, UnknownRecord
from secondline.workflow.inventory.card import card
from secondline.workflow.inventory.columns import table_of
from secondline.workflow.inventory.giving import as_oscal_text
from secondline.workflow.inventory.oscal import SCHEMA
from secondline.workflow.inventory.whole import whole


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A model with a use, a limitation, a source and a variant."""
    house = House(tmp_path)
    house.model("pd", name="PD | <b>retail</b>", method="logit", components={"base model": "m-1"})
    house.model("pd-at", variant_of="pd")
    house.do("vendor.registered", "own", "acme", name="Acme")
    house.do("source.registered", "own", "bureau", name="Bureau", vendor="acme")
    house.do("link.made", "dev", frm="source/bureau", to="model/pd", kind="data")
    house.do("link.made", "dev", frm="model/pd", to="model/pd-at")
    bounds = [{"column": "income", "low": 0}, {"column": "region", "values": ["AT"]}]
    house.do("use.proposed", "own", model="pd", name="Loans", purpose="Accept or refuse.", bounds=bounds)
    house.do("limitation.recorded", "val", model="pd", statement="No downturn.", impact="PD too low by 10 %.")
    metrics = [{"metric": "stability.psi", "amber": 0.1, "red": 0.25, "action": "revalidate"}]
    house.do("monitoring.drafted", "own", model="pd", metrics=metrics)
    indicator = {"name": "Gini", "value": 0.5, "as_of": "2026-04-01"}
    house.do("model.indicators-updated", "own", "pd", indicators=[indicator])
    return house


def test_the_document_meets_its_schema(house: House) -> None:
    """And every link in it leads to a component of it."""
    found = json.loads(as_oscal_text(house.ledger, house.ledger.records))
    Draft202012Validator.check_schema(SCHEMA)
    assert not list(Draft202012Validator(SCHEMA).iter_errors(found))
    parts = found["system-security-plan"]["system-implementation"]["components"]
    known = {f"#{p['uuid']}" for p in parts}
    links = [link["href"] for p in parts for link in p["links"]]
    assert len(parts) == 4
    assert len(links) == 2
    assert set(links) <= known


def test_the_schema_refuses_what_is_wrong(house: House) -> None:
    """A component without a title, a link out of the document."""
    text = as_oscal_text(house.ledger, house.ledger.records)
    for old, new in (('"title": "Acme"', '"titel": "Acme"'), ('"href": "#', '"href": "http')):
        assert list(Draft202012Validator(SCHEMA).iter_errors(json.loads(text.replace(old, new))))


def test_the_card_tells_all_and_what_is_missing(house: House) -> None:
    """Uses with bounds, limitations with impact, indicators; what nobody recorded is said to be missing."""
    text = card(whole(house.ledger.records, "pd"), "2026-05-01")
    for part in ("Accept or refuse.", "income from 0.0 to any", "region in AT", "**L-1** No downturn. PD too low",
                 "Gini: 0.5", "source/bureau", "base model: m-1", "| Contingency | _not on record_ |"):  # fmt: skip
        assert part in text
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert text.startswith("# PD \\| \\<b\\>retail")


def test_the_whole_entry_is_gathered(house: House) -> None:
    """Registers, dependencies both ways and variants; as it stood on another day too."""
    found = whole(house.ledger.records, "pd")
    assert [len(found.of(r)) for r in ("version", "use", "limitation", "monitoring")] == [1, 1, 1, 1]
    assert found.of("use", "approved") == []
    assert [link["frm"] for link in found.links_in] == ["source/bureau"]
    assert [v["id"] for v in found.variants] == ["pd-at"]
    with pytest.raises(UnknownRecord, match="pd"):
        whole(house.ledger.records, "pdd")
    with pytest.raises(UnknownRecord):
        whole(house.ledger.as_of("2026-04-30"), "pd")


def test_an_unknown_table_is_named() -> None:
    """With the ones there are."""
    with pytest.raises(SpecError, match="models"):
        table_of("model")
