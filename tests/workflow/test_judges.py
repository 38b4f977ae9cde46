"""Judges on record: whose card is accepted and in date grades; the verdicts of others decide nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from answers import answers, judged, table
from configured import MODEL, accepted, carded, desk, next_version, register, signed, validated
from secondline.core.dates import days_after
from secondline.core.errors import OutOfTurn, SpecError
from secondline.core.estimate import Estimate, Undefined
from secondline.core.evidence import CardOnRecord, Evidence, Run
from secondline.ledger.store import Ledger
from secondline.reports.draft import draft
from secondline.stats.genai import estimates
from secondline.workflow.answered import answered
from secondline.workflow.calendar import due
from secondline.workflow.changing import approve_change, classify_change
from secondline.workflow.configured import note, parts_of
from secondline.workflow.inbox import inbox
from secondline.workflow.judges import put_on_record, state_of
from secondline.workflow.replicate import replicate
from secondline.workflow.study import Study
from secondline.workflow.triage import held_back


def told(run: Run, code: str = "genai.task_quality", criterion: str = "faithful") -> Evidence:
    """Return the answer of a check about the judged criterion."""
    return next(e for e in run.evidence if e.code == code and e.subject.column == criterion)


def test_without_an_accepted_card_labels_alone_decide(tmp_path: Path) -> None:
    """The rate rests on people's labels; what rests on the judge's verdicts has no number; the run says why."""
    spec, ledger = desk(tmp_path)
    run = validated(spec, ledger)
    (card,) = run.cards
    assert (card.holds, card.state, card.because) == (False, "none", "it has no card on record")
    rate = told(run).outcome
    assert rate.estimate is not None
    assert rate.estimate.method == "labels alone, Clopper-Pearson"
    assert rate.estimate.warnings[0].endswith("labels alone are used: no card of it is accepted and in date")
    weak = told(run, "genai.consistency").outcome
    assert (weak.kind, weak.estimate) == ("inconclusive", None)
    assert "whose card nobody has accepted" in weak.because
    assert told(run, "genai.judge_agreement").outcome.estimate is not None
    assert told(run, "genai.consistency", "correct").outcome.estimate is not None


def test_an_accepted_judge_grades(tmp_path: Path) -> None:
    """With its card accepted its verdicts on all answers count, corrected by the labels; the run cites the act."""
    spec, ledger = desk(tmp_path)
    card = accepted(ledger, spec)
    run = validated(spec, ledger)
    assert run.cards == (CardOnRecord(
        judge="faithful", criterion="faithful", holds=True, card=card, state="eligible", by="val", on="2026-11-26",
        expires="2027-05-25",
    ),)  # fmt: skip
    rate = told(run).outcome.estimate
    assert rate is not None
    assert rate.method.startswith("by verdict")
    assert told(run, "genai.consistency").outcome.estimate is not None


def _expired(ledger: Ledger, card: str) -> Ledger:
    del card
    return Ledger.open(ledger.folder, clock=lambda: "2027-05-26T12:00:00.000Z")


def _withdrawn(ledger: Ledger, card: str) -> Ledger:
    ledger.act("judge.withdrawn", "val", card, reason="Its provider changed it.")
    return ledger


@pytest.mark.parametrize(
    ("end", "state", "says"),
    [(_expired, "expired", "its card ended on 2027-05-25"), (_withdrawn, "withdrawn", "it was withdrawn")],
)
def test_a_card_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: Any, state: str, says: str) -> None:
    """After its last day, without any act, and after it was withdrawn, the judge grades no more."""
    spec, ledger = desk(tmp_path)
    later = end(ledger, accepted(ledger, spec))
    monkeypatch.setattr(Ledger, "open", lambda *_, **__: later)
    (card,) = validated(spec, later).cards
    assert (card.holds, card.state, card.because) == (False, state, says)


def test_other_cards_do_not_help(tmp_path: Path) -> None:
    """One that nobody decided on, one that was refused, and the card of another rubric leave the judge without."""
    spec, ledger = desk(tmp_path)
    card = carded(ledger, spec)
    assert validated(spec, ledger).cards[0].because == "nobody of the second line has decided on its card"
    ledger.act("judge.refused", "val", card, reason="Too few labels.")
    assert validated(spec, ledger).cards[0].because == "the second line refused it"
    accepted(ledger, spec)
    rubric = spec.with_name("faithful.yaml")
    rubric.write_text(rubric.read_text().replace("Pass when it does", "Pass where it does"))
    assert validated(spec, ledger).cards[0].because == "it is another judge than the one that was carded"


def test_where_the_system_is_not_governed_figures_speak(tmp_path: Path) -> None:
    """In a folder of one's own, without the system in the inventory, nobody has a say: numbers are as they were."""
    spec, _ = desk(tmp_path)
    run = validated(spec, Ledger.open(tmp_path / "alone"))
    rate = told(run).outcome.estimate
    assert run.cards == ()
    assert rate is not None
    assert rate.method.startswith("by verdict")


def test_a_repeated_run_is_as_it_was(tmp_path: Path) -> None:
    """A card that is accepted later does not change what a run found: repeated, it agrees to the last digit."""
    spec, ledger = desk(tmp_path)
    run = validated(spec, ledger)
    accepted(ledger, spec)
    again = replicate(run, spec.parent, code=True)
    assert again.agrees, again.differences


def test_the_report_cites_the_act(tmp_path: Path) -> None:
    """Section 9 names the card, who accepted it, and until when; or why the judge decides nothing."""
    spec, ledger = desk(tmp_path)
    unheld = str(draft(validated(spec, ledger)))
    assert "faithful on faithful decides nothing here, since it has no card on record" in unheld
    card = accepted(ledger, spec)
    held = str(draft(validated(spec, ledger)))
    assert "Cards on record" in held
    assert all(word in held for word in (card, "may grade", "2027-05-25"))


def test_cards_are_put_on_record_from_the_answers(tmp_path: Path) -> None:
    """The act holds the card's digest, the judge's identity as configurations name it, its figures and its makers."""
    spec, ledger = desk(tmp_path)
    study = Study.read(spec)
    found = answered(study.spec, study.base, ledger.folder)
    (done,) = put_on_record(ledger, found, MODEL, "faithful", "dev", makers=["mia"])
    doc = done.doc
    assert doc["identity"] == parts_of(spec)["judge/faithful"]
    assert (doc["n"], doc["makers"], doc["state"], doc["fit"]) == (10, ["mia"], "carded", True)
    assert doc["expires"] == days_after(date(2026, 11, 26), 180).isoformat()
    with pytest.raises(SpecError, match="declares no judge"):
        put_on_record(ledger, found, MODEL, "nobody", "dev")


def test_cards_that_end_wait_for_somebody(tmp_path: Path) -> None:
    """The calendar holds the last day; the inbox asks for a decision at once, and for a new card 30 days before."""
    spec, ledger = desk(tmp_path)
    card = carded(ledger, spec)
    asks = {item.ask for item in inbox(ledger.records, "val", frozenset({"validator"}), "2026-11-26")}
    assert "Decide on the judge's card" in asks
    ledger.act("judge.made-eligible", "val", card, reason="Its errors are known.")
    for day, wanted in (("2027-04-24", []), ("2027-04-25", [card]), ("2027-06-01", [card])):
        items = inbox(ledger.records, "val", frozenset({"validator"}), day)
        assert [item.id for item in items if item.record == "judge"] == wanted
    (entry,) = due(ledger.records, date(2026, 11, 26), until=date(2027, 5, 25), what=("judge card ends",))
    assert (entry.id, entry.due) == (card, "2027-05-25")
    doc = ledger.records.need("judge", card)
    assert (state_of(doc, "2027-05-25"), state_of(doc, "2027-05-26")) == ("eligible", "expired")


def test_a_changed_judge_needs_a_new_card(tmp_path: Path) -> None:
    """A change of the judge alone is approved on an accepted card of what the judge is now, and needs no regression."""
    spec, ledger = desk(tmp_path)
    accepted(ledger, spec)
    next_version(spec, ("family: test", "family: other"))
    change = note(ledger, MODEL, parts_of(spec), "dev", version="1.1").change
    register(ledger, spec, "1.1")
    classify_change(ledger, change, "val")
    with pytest.raises(OutOfTurn, match="'faithful' is another one, and no card of it is accepted"):
        approve_change(ledger, change, "app", "ok", validation=signed(ledger))
    card = carded(ledger, spec, expires="2026-12-01")
    ledger.act("judge.made-eligible", "val", card, reason="Bridged on the anchors.")
    late = Ledger.open(ledger.folder, clock=lambda: "2026-12-02T12:00:00.000Z")
    with pytest.raises(OutOfTurn, match="no card of it is accepted"):
        approve_change(late, change, "app", "ok", validation="V-1")
    accepted(late, spec)
    assert approve_change(late, change, "app", "ok", validation="V-1").doc["state"] == "approved"


def test_judge_and_system_do_not_change_at_once(tmp_path: Path) -> None:
    """A regression by two judges compares nothing: the judge is changed first."""
    spec, ledger = desk(tmp_path)
    next_version(spec, ("family: test", "family: other"), ('name: guide, version: "1"', 'name: guide, version: "2"'))
    change = note(ledger, MODEL, parts_of(spec), "dev", version="1.1").change
    register(ledger, spec, "1.1")
    classify_change(ledger, change, "val")
    with pytest.raises(SpecError, match="would be by two judges"):
        approve_change(ledger, change, "app", "ok", validation=signed(ledger))


def test_only_verdicts_of_the_named_criteria_are_held_back() -> None:
    """Rows of code, of other criteria and of anchors keep their scorer."""
    polite = judged(0.9, 0.9, 0.9, clusters=20, labels=10, criterion="polite")
    right = answers([1.0] * 5)
    tables = {"a": table(polite, right), "anchors-polite": table(polite)}
    card = CardOnRecord(judge="reader", criterion="polite", holds=False)
    made = held_back(tables, [card])
    assert set(made["a"]["scorer"].to_pylist()[:20]) == {"triage"}
    assert set(made["a"]["scorer"].to_pylist()[20:]) == {"code"}
    assert made["anchors-polite"] is tables["anchors-polite"]
    assert held_back(tables, [card.model_copy(update={"holds": True})])["a"] is tables["a"]


def test_numbers_of_a_judge_that_only_sorts() -> None:
    """Verdicts, graded numbers and another set's card give the rate of labels alone, or none where there are none."""
    graded = judged(0.9, 0.95, 0.9, clusters=200, labels=100)
    back = type(graded)({**graded.columns, "scorer": np.array(["triage"] * len(graded), dtype=object)})
    rate, held = estimates.rate(graded), estimates.rate(back)
    assert isinstance(rate, Estimate)
    assert isinstance(held, Estimate)
    assert (rate.method[:10], held.method[:12]) == ("by verdict", "labels alone")
    bare = type(back)({**back.columns, "label": np.full(len(back), np.nan)})
    card = {"kept": 90.0, "good": 100.0, "caught": 45.0, "bad": 50.0}
    assert isinstance(estimates.rate(bare, card=card), Undefined)
    numbers = type(back)({**back.columns, "verdict": np.full(len(back), np.nan), "value": back.number("verdict")})
    counted = estimates.rate(numbers)
    assert isinstance(counted, Estimate)
    assert counted.method.startswith("labels alone")
