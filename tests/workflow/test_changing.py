"""A change's life: raised against the baseline, classified by others, approved on what its class needs, put live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bank import add_model, open_bank, put
from secondline.core.errors import OutOfTurn, Refused, SpecError, UnknownRecord
from secondline.govern.record import RECORDS
from secondline.ledger.store import Ledger
from secondline.workflow.changing import (
    approve_change,
    classify_change,
    drift_of_components,
    measured,
    preview_class,
    raise_change,
    replace_component,
)

PROVEN = {"scores_changed": {"value": 0.0}}


@pytest.fixture
def bank(tmp_path: Path) -> Ledger:
    """A bank with one model."""
    ledger, _ = open_bank(tmp_path)
    add_model(ledger, components={"prompt": "v1"}, vendor_version="4")
    return ledger


def approved(ledger: Ledger, label: str) -> None:
    """Register a version and let it count as approved."""
    ledger.act("version.registered", "dev", f"pd@{label}", {"model": "pd", "version": label})
    put(ledger, "version", f"pd@{label}", state="approved")


def flips(value: float) -> dict[str, Any]:
    """Return a measure of decisions that flip."""
    return PROVEN | {"decision_flips": {"value": value}}


def test_a_small_change_runs_through(bank: Ledger) -> None:
    """A class C change is raised by one, classified by a second, approved on a clean run, and put live by the first."""
    approved(bank, "1")
    raised = raise_change(bank, "pd", ["bug-fix"], "rounding", "dev", version="2", measures=PROVEN)
    assert raised.doc["baseline"] == "pd@1"
    assert classify_change(bank, raised.id, "val").doc["class_"] == "C"
    with pytest.raises(OutOfTurn, match="proves parity"):
        approve_change(bank, raised.id, "head", "ok")
    put(bank, "run", "r-bad", model="pd", failed=1, state="finished")
    put(bank, "run", "r-good", model="pd", failed=0, state="finished")
    with pytest.raises(OutOfTurn, match="r-bad"):
        approve_change(bank, raised.id, "head", "ok", run="r-bad")
    assert approve_change(bank, raised.id, "head", "ok", run="r-good").doc["state"] == "approved"
    assert bank.act("change.implemented", "dev", raised.id).doc["state"] == "implemented"


def test_splitting_is_seen_through_in_the_ledger(bank: Ledger) -> None:
    """The third small step has the class of the whole since the baseline; a withdrawn one does not count."""
    approved(bank, "1")
    ids = [raise_change(bank, "pd", ["infrastructure"], "step", "dev", measures=flips(0.004)).id for _ in range(2)]
    assert [classify_change(bank, i, "val").doc["class_"] for i in ids] == ["C", "C"]
    third = raise_change(bank, "pd", ["infrastructure"], "step", "dev", measures=flips(0.004)).id
    found = classify_change(bank, third, "val").doc
    assert (found["alone"], found["class_"], found["counted"]) == ("C", "B", ids)
    bank.act("change.withdrawn", "dev", ids[0], reason="not needed")
    assert classify_change(bank, third, "val").doc["class_"] == "C"


def test_the_baseline_is_not_moved_by_unvalidated_changes(bank: Ledger) -> None:
    """A version that came out of a class C change is no new baseline, and no other baseline can be named."""
    approved(bank, "1")
    first = raise_change(bank, "pd", ["infrastructure"], "step", "dev", version="2", measures=flips(0.008)).id
    classify_change(bank, first, "val")
    approved(bank, "2")
    facts = {"model": "pd", "description": "step", "parts": ["infrastructure"], "measures": flips(0.008)}
    with pytest.raises(SpecError, match="count from pd@1"):
        bank.act("change.raised", "dev", "", facts | {"baseline": "pd@2"})
    second = raise_change(bank, "pd", ["infrastructure"], "step", "dev", version="3", measures=flips(0.008))
    assert second.doc["baseline"] == "pd@1"
    assert classify_change(bank, second.id, "val").doc["class_"] == "B"
    third = raise_change(bank, "pd", ["retraining"], "yearly", "dev", version="4", measures={})
    classify_change(bank, third.id, "val")
    approved(bank, "4")
    assert raise_change(bank, "pd", ["bug-fix"], "fix", "dev", measures=flips(0.008)).doc["baseline"] == "pd@4"


def test_a_class_b_change_needs_its_validation(bank: Ledger) -> None:
    """Approval rests on a signed validation of the right model, kind and version, found in the ledger."""
    change = raise_change(bank, "pd", ["retraining"], "new data", "dev", version="2").id
    assert classify_change(bank, change, "val").doc["class_"] == "B"
    with pytest.raises(Refused, match="needs approver or mrm-head"):
        approve_change(bank, change, "val2", "ok")
    put(bank, "validation", "V-1", model="other", state="signed", kind="change")
    put(bank, "validation", "V-2", model="pd", state="fieldwork", kind="change")
    put(bank, "validation", "V-3", model="pd", state="signed", kind="periodic")
    put(bank, "validation", "V-4", model="pd", state="signed", kind="change", version="9")
    put(bank, "validation", "V-5", model="pd", state="signed", kind="change", version="2")
    for wrong in ("", "V-1", "V-2", "V-3", "V-4"):
        with pytest.raises(OutOfTurn):
            approve_change(bank, change, "app", "ok", validation=wrong)
    assert approve_change(bank, change, "app", "ok", validation="V-5").doc["validation"] == "V-5"


def test_nobody_judges_their_own_change(bank: Ledger) -> None:
    """Who raised, developed or owns neither classifies nor approves; who approved does not put live."""
    mine = raise_change(bank, "pd", ["bug-fix"], "fix", "val", measures=PROVEN).id
    with pytest.raises(Refused, match=r"change\.raised"):
        classify_change(bank, mine, "val")
    classify_change(bank, mine, "val2")
    put(bank, "run", "r", model="pd", failed=0, state="finished")
    with pytest.raises(Refused, match="they raised it"):
        approve_change(bank, mine, "val", "ok", run="r")
    bank.act("role.granted", "ada", "dev", {"role": "validator"}, reason="moved")
    with pytest.raises(Refused, match="they developed"):
        approve_change(bank, mine, "dev", "ok", run="r")
    bank.act("role.granted", "ada", "val2", {"role": "developer"}, reason="moved")
    approve_change(bank, mine, "val2", "ok", run="r")
    with pytest.raises(Refused, match=r"change\.approved"):
        bank.act("change.implemented", "val2", mine)


def test_a_document_is_confirmed_by_the_owner(bank: Ledger) -> None:
    """A class D change needs no validation, only another person."""
    change = raise_change(bank, "pd", ["documentation"], "typo", "dev").id
    assert classify_change(bank, change, "val").doc["class_"] == "D"
    assert approve_change(bank, change, "own", "read").doc["state"] == "approved"


def test_a_stale_class_is_decided_again(bank: Ledger) -> None:
    """A change that came in meanwhile was not counted, so approval waits for a new classification."""
    approved(bank, "1")
    put(bank, "run", "r", model="pd", failed=0, state="finished")
    first = raise_change(bank, "pd", ["infrastructure"], "a", "dev", measures=flips(0.008)).id
    classify_change(bank, first, "val")
    second = raise_change(bank, "pd", ["documentation"], "b", "dev").id
    classify_change(bank, second, "val")
    put(bank, "change", second, state="implemented")
    with pytest.raises(OutOfTurn, match="Classify it again"):
        approve_change(bank, first, "head", "ok", run="r")
    classify_change(bank, first, "val")
    assert approve_change(bank, first, "head", "ok", run="r").doc["state"] == "approved"


def test_new_measures_take_the_class_back(bank: Ledger) -> None:
    """Measuring again puts the change back to raised, to be classified on the new figures."""
    change = raise_change(bank, "pd", ["bug-fix"], "fix", "dev").id
    assert classify_change(bank, change, "val").doc["class_"] == "B"
    assert bank.act("change.measured", "dev", change, {"measures": PROVEN}).doc["state"] == "raised"
    assert classify_change(bank, change, "val").doc["class_"] == "C"
    stricter = classify_change(bank, change, "val", at_least="A", reason="it is new to us").doc
    assert (stricter["class_"], stricter["why"][-1]) == ("A", "A as val asked: it is new to us")
    assert classify_change(bank, change, "val", at_least="D").doc["class_"] == "C"


def test_a_provider_changes_models_too(bank: Ledger) -> None:
    """A component that is no longer the one on record is a change, whoever began it."""
    seen = {"prompt": "v1", "vendor_version": "5", "base-model": "m2"}
    assert drift_of_components(bank.records, "pd", seen) == {
        "vendor_version": "vendor-version",
        "base-model": "base-model",
    }
    found = raise_change(bank, "pd", [], "canary moved", "own", origin="provider", components=seen).doc
    assert found["parts"] == ["vendor-version", "base-model"]
    assert found["components"] == {"vendor_version": "5", "base-model": "m2"}
    with pytest.raises(SpecError, match="Nothing of pd changed"):
        raise_change(bank, "pd", [], "canary", "own", components={"prompt": "v1"})


def test_self_update_outside_bounds_stops(bank: Ledger) -> None:
    """The record of such a change says that the model must stop."""
    change = raise_change(bank, "pd", ["self-update-outside-bounds"], "drifted", "own", origin="autonomous").id
    found = classify_change(bank, change, "val").doc
    assert (found["class_"], found["stop"]) == ("A", True)


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"parts": []}, SpecError),
        ({"baseline": "pd@9"}, UnknownRecord),
        ({"model": "none"}, UnknownRecord),
        ({"measures": {"decision_flips": {"value": float("nan")}}}, SpecError),
        ({"measures": {"decision_flips": {"value": 0.1, "low": 0.2}}}, SpecError),
        ({"class_": "D"}, SpecError),
    ],
)
def test_bad_statements_are_refused(bank: Ledger, facts: dict[str, Any], error: type[Exception]) -> None:
    """No parts, no such baseline or model, no number, or a class stated by hand: nothing is recorded."""
    whole = {"model": "pd", "description": "x", "parts": ["bug-fix"]} | facts
    with pytest.raises(error):
        bank.act("change.raised", "dev", "", whole)
    assert not bank.records.find("change")


def test_unknown_parts_wait_for_no_one(bank: Ledger) -> None:
    """A part outside the criteria is named when the change is classified."""
    change = raise_change(bank, "pd", ["colour"], "x", "dev").id
    with pytest.raises(SpecError, match="knows no part 'colour'"):
        classify_change(bank, change, "val")


def test_only_the_raiser_withdraws(bank: Ledger) -> None:
    """Somebody else's change is not withdrawn, save by the head; a rejected one cannot be approved."""
    change = raise_change(bank, "pd", ["documentation"], "x", "dev").id
    with pytest.raises(Refused, match="who raised it"):
        bank.act("change.withdrawn", "own", change, reason="x")
    bank.act("change.rejected", "head", change, reason="no")
    with pytest.raises(OutOfTurn):
        approve_change(bank, change, "head", "ok")


def test_a_share_gets_its_interval() -> None:
    """A share with a sample size but no interval is given one, so that few cases cannot pass for proof."""
    found = measured("decision_flips", 0.0, n=100)
    assert 0.03 < found["high"] < 0.04
    assert measured("score_psi", 0.05, n=100) == {"value": 0.05, "n": 100, "against": "previous"}


def test_a_preview_records_nothing(bank: Ledger) -> None:
    """The class can be asked before anything is raised."""
    assert (
        preview_class(bank.records, "pd", ["bug-fix"], {"decision_flips": measured("decision_flips", 0.02)}).class_
        == "B"
    )
    assert not bank.records.find("change")


def test_the_family_is_declared() -> None:
    """Lists filter changes by class and baseline."""
    assert {"class_", "baseline", "model"} <= set(RECORDS["change"].facets)


def test_a_component_is_replaced_under_a_change(bank: Ledger) -> None:
    """The new prompt, and the change that it is, come together; a part can be taken out; the past shows both."""
    raised, moved = replace_component(bank, "pd", "prompt", "v2", "dev", reason="clearer tone")
    assert raised.doc["components"] == {"prompt": "v2"}
    assert raised.doc["description"] == "prompt: v1 to v2. clearer tone"
    assert moved.doc["components"] == {"prompt": "v2"}
    replace_component(bank, "pd", "prompt", "none", "dev", reason="not needed")
    assert not bank.records.need("model", "pd").get("components")
    assert bank.records.count("change")[()] == 2


def test_no_component_changes_unannounced(bank: Ledger) -> None:
    """Through no door: the law asks for a change that names the part and its version, and that was not rejected."""
    form = {"part": "prompt", "to": "v2"}
    with pytest.raises(OutOfTurn, match="No change names prompt v2"):
        bank.act("model.component-changed", "dev", "pd", form, reason="quietly")
    raised = raise_change(bank, "pd", (), "a new prompt", "dev", components={"prompt": "v2"})
    bank.act("change.rejected", "val", raised.id, reason="untested")
    with pytest.raises(OutOfTurn, match="No change names prompt v2"):
        bank.act("model.component-changed", "dev", "pd", form, reason="quietly")
    with pytest.raises(SpecError, match="Nothing of pd changed"):
        replace_component(bank, "pd", "prompt", "v1", "dev", reason="again")
    with pytest.raises(SpecError, match="reason"):
        replace_component(bank, "pd", "prompt", "v3", "dev", reason="")
    assert bank.records.need("model", "pd")["components"] == {"prompt": "v1"}
    assert bank.records.count("change")[()] == 1
