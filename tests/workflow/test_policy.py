"""Policy at work on a ledger: adoption, time travel, waivers, coverage, difference and impact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bank import Clock, add_model, open_bank
from policed import PACK
from secondline.core.errors import OutOfTurn, Refused, SpecError, UnknownPack, UnknownRecord
from secondline.ledger.store import Ledger
from secondline.policy.coverage import BANK
from secondline.workflow.policy import (
    Change,
    adopt,
    adoptions,
    compare,
    coverage,
    end_adoption,
    impact,
    required,
    tried,
)

DAY = "2026-06-01"


@pytest.fixture
def bank(tmp_path: Path) -> tuple[Ledger, Clock]:
    """A bank with one model on 1 June 2026."""
    ledger, clock = open_bank(tmp_path / "runs", DAY, methods=False)
    add_model(ledger)
    return ledger, clock


def own_pack(folder: Path, text: str = PACK) -> str:
    """Write the bank's own pack and return its path."""
    path = folder / "mine.yaml"
    path.write_text(text)
    return str(path)


def status(ledger: Ledger, control: str, day: str, **asked: Any) -> str:
    """Return where the model stands by one control."""
    return coverage(ledger, day=day, models=["pd"], bank=False, **asked).matrix["pd"][control].status


def test_only_the_head_adopts(bank: tuple[Ledger, Clock]) -> None:
    """Adopting is for who leads model risk management, and needs a reason."""
    ledger, _ = bank
    for person in ("val", "own", "app", "ada"):
        with pytest.raises(Refused, match="mrm-head"):
            adopt(ledger, person, "us-sr26-2", reason="x")
    with pytest.raises(SpecError, match="reason"):
        adopt(ledger, "head", "us-sr26-2")
    with pytest.raises(UnknownPack, match="Did you mean 'us-sr26-2'"):
        adopt(ledger, "head", "us-sr262", reason="x")
    with pytest.raises(SpecError, match="does not ask for 'AML-01'"):
        adopt(ledger, "head", "us-sr26-2", parameters={"AML-01": {"x": 1}}, reason="x")
    assert not adoptions(ledger.records)


def test_the_life_of_an_adoption(bank: tuple[Ledger, Clock]) -> None:
    """Adopted, changed, ended, adopted again: each is an event, and nothing of an old adoption lives on."""
    ledger, clock = bank
    first = adopt(ledger, "head", "us-sr26-2", since="2026-07-01", voluntary=True, reason="board of May")
    assert (first.doc["state"], first.doc["since"], first.doc["voluntary"]) == ("adopted", "2026-07-01", True)
    assert not adopt(ledger, "head", "us-sr26-2", since="2026-06-01", reason="earlier").doc.get("voluntary")
    with pytest.raises(SpecError, match="cannot end on 2026-05-01, before that"):
        end_adoption(ledger, "head", "us-sr26-2", until="2026-05-01", reason="x")
    end_adoption(ledger, "head", "us-sr26-2", until="2026-08-31", reason="sold")
    with pytest.raises(OutOfTurn):
        end_adoption(ledger, "head", "us-sr26-2", until="2026-08-31", reason="again")
    assert coverage(ledger, day="2026-08-31").demands
    assert not coverage(ledger, day="2026-09-01").demands
    clock.day = "2026-10-01"
    again = adopt(ledger, "head", "us-sr26-2", reason="bought back")
    assert again.doc["since"] == "2026-10-01"
    assert "until" not in again.doc
    assert [d.act for d in ledger.records.past("adoption", "us-sr26-2")] == [
        "pack.adopted", "adoption.changed", "adoption.ended", "adoption.resumed",
    ]  # fmt: skip


def test_parameters_are_stated_as_a_whole(bank: tuple[Ledger, Clock], tmp_path: Path) -> None:
    """A parameter left out of a later statement is the pack's again."""
    ledger, _ = bank
    mine = own_pack(tmp_path)
    adopt(ledger, "head", mine, parameters={"OWN-REVIEW": {"months": 24}}, reason="x")
    assert ledger.records.need("adoption", "mine")["parameters"] == {"OWN-REVIEW": {"months": 24}}
    adopt(ledger, "head", mine, parameters={}, reason="x")
    assert not ledger.records.need("adoption", "mine").get("parameters")
    with pytest.raises(SpecError, match="no parameter 'weeks'"):
        adopt(ledger, "head", mine, parameters={"OWN-REVIEW": {"weeks": 2}}, reason="x")


def test_an_own_pack_is_kept_whole(bank: tuple[Ledger, Clock], tmp_path: Path) -> None:
    """What was adopted is judged by, even when the file has since changed or gone."""
    ledger, _ = bank
    mine = own_pack(tmp_path)
    adopt(ledger, "head", mine, since="2026-01-01", reason="standard 7")
    Path(mine).unlink()
    assert status(ledger, "OWN-OWNER", DAY) == "met"
    assert set(coverage(ledger, day=DAY).matrix) == {"pd", BANK}
    assert coverage(ledger, day=DAY).matrix[BANK]["OWN-BANK"].status == "not_met"


def test_time_travel(bank: tuple[Ledger, Clock], tmp_path: Path) -> None:
    """A past day is judged by the records, the adoptions and the clauses of that day."""
    ledger, clock = bank
    adopt(ledger, "head", own_pack(tmp_path), since="2026-01-01", reason="standard 7")
    clock.day = "2026-07-01"
    ledger.act("model.changed", "own", "pd", {"owner": ""}, reason="left")
    assert status(ledger, "OWN-OWNER", "2026-06-30") == "met"
    assert status(ledger, "OWN-OWNER", "2026-07-01") == "not_met"
    before = coverage(ledger, day="2026-05-31")
    assert "No pack is adopted" in before.notes[0]
    assert set(before.matrix) == {BANK}
    with pytest.raises(UnknownRecord):
        coverage(ledger, day="2026-05-31", models=["pd"])
    late = coverage(ledger, day="2027-05-01", models=["pd"]).matrix["pd"]["OWN-LATER"]
    assert late.counts
    assert not coverage(ledger, day="2027-04-30", models=["pd"]).matrix["pd"]["OWN-LATER"].counts


def test_a_waiver_on_the_ledger(bank: tuple[Ledger, Clock], tmp_path: Path) -> None:
    """A waiver counts from the day it is granted to its last, whatever day is asked about."""
    ledger, clock = bank
    adopt(ledger, "head", own_pack(tmp_path), since="2026-01-01", reason="standard 7")
    ledger.act("model.changed", "own", "pd", {"owner": ""}, reason="left")
    clock.day = "2026-06-10"
    form = {"control": "OWN-OWNER", "model": "pd", "reason": "vacancy", "compensating": "head signs",
            "expires": "2026-09-30"}  # fmt: skip
    waiver = ledger.act("waiver.requested", "own", form=form).id
    assert status(ledger, "OWN-OWNER", "2026-06-10") == "not_met"
    clock.day = "2026-06-20"
    ledger.act("waiver.granted", "head", waiver, reason="until the post is filled")
    days = ("2026-06-19", "2026-06-20", "2026-09-30", "2026-10-01")
    assert [status(ledger, "OWN-OWNER", day) for day in days] == ["not_met", "waived", "waived", "not_met"]


def test_what_the_rule_required_on_a_day() -> None:
    """On 1 May 2026 SR 26-2 asked for validation before use, and on 16 April it did not yet."""
    assert required(["us-sr26-2"], "2026-05-01")["MRM-VAL-01"].now
    early = required(["us-sr26-2"], "2026-04-16")["MRM-VAL-01"]
    assert (early.now, early.begins) == (False, "2026-04-17")
    assert not required(["us-sr11-7-legacy"], "2026-05-01")
    with pytest.raises(SpecError, match="must be a date"):
        required(["us-sr26-2"], "May")


def test_compare() -> None:
    """Two packs, and one pack on two days."""
    kinds = {d.kind for d in compare("us-sr26-2", "ca-osfi-e23", day="2027-06-01")}
    assert {"added", "removed", "clauses"} <= kinds
    assert {(d.control, d.kind) for d in compare("state-fair-lending", "state-fair-lending", day="2026-12-31",
                                                  other_day="2027-01-01")} >= {("FL-07", "begins")}  # fmt: skip
    assert not compare("uk-ss1-23", "uk-ss1-23", day=DAY)


def test_impact_of_adopting(bank: tuple[Ledger, Clock]) -> None:
    """Adopting a pack before it is in force is tried as the bank's own choice, and says which models turn."""
    ledger, _ = bank
    adopt(ledger, "head", "us-sr26-2", since="2026-04-17", reason="board")
    found = impact(ledger, Change(adopt=("ca-osfi-e23",)), day=DAY)
    assert "in force from 2027-05-01" in found.notes[0]
    assert any(d.kind == "added" for d in found.asked)
    turn = next(t for t in found.turns if t.subject == "pd")
    assert any(m.after == "not_met" and m.before == "" for m in turn.moves)
    lawful = impact(ledger, Change(adopt=("ca-osfi-e23",), on="2027-05-01"), day=DAY)
    assert not lawful.notes
    assert not ledger.records.find("adoption", pack="ca-osfi-e23")


def test_impact_of_ending_and_of_other_numbers(bank: tuple[Ledger, Clock], tmp_path: Path) -> None:
    """Ending a pack takes its demands away; a number that nobody reads is refused; nothing to try is an error."""
    ledger, _ = bank
    adopt(ledger, "head", own_pack(tmp_path), since="2026-01-01", reason="x")
    ended = impact(ledger, Change(end=("mine",)), day=DAY)
    assert {d.kind for d in ended.asked} == {"removed"}
    other = impact(ledger, Change(parameters={"OWN-REVIEW": {"months": 1}}), day=DAY)
    assert [(d.control, d.before, d.after) for d in other.asked] == [("OWN-REVIEW", "months = 12", "months = 1")]
    with pytest.raises(SpecError, match="asks for 'OWN-NONE'"):
        impact(ledger, Change(parameters={"OWN-NONE": {"months": 1}}), day=DAY)
    with pytest.raises(SpecError, match="is not adopted"):
        impact(ledger, Change(end=("uk-ss1-23",)), day=DAY)
    with pytest.raises(SpecError, match="Say what would change"):
        impact(ledger, Change(), day=DAY)


def test_a_pack_that_was_replaced_is_noticed(bank: tuple[Ledger, Clock]) -> None:
    """When the installed pack is no longer the one adopted, coverage says so."""
    ledger, _ = bank
    adopt(ledger, "head", "us-sr26-2", since="2026-04-17", reason="board")
    assert not coverage(ledger, day=DAY).notes
    ledger.act("adoption.changed", "head", "us-sr26-2", {"digest": "0" * 64, "version": "2025.9"}, reason="x")
    assert "adopted as version 2025.9" in coverage(ledger, day=DAY).notes[0]


def test_examples_of_an_own_pack(tmp_path: Path) -> None:
    """The examples of a bank's own pack can be tried before it is adopted."""
    text = PACK.replace("    check: model.owner != ''", "    check: model.owner != ''\n    examples:\n"
                        "      - {case: compliant, facts: {model: {owner: x}}}\n"
                        "      - {case: violating, facts: {model: {owner: x}}}")  # fmt: skip
    assert [t.right for t in tried(own_pack(tmp_path, text)) if t.control == "OWN-OWNER"] == [True, False]
