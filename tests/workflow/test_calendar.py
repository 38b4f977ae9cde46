"""The calendar: what is due when, from every kind of record, in pages, whatever the size of the estate."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bank import BAD, GOOD, add_model, open_bank, put
from secondline.core.errors import Refused, SpecError
from secondline.ledger.store import Ledger
from secondline.workflow.calendar import bring_forward, due, due_counts, schedule_validation
from secondline.workflow.rating import adopt, call_for_rating, rate
from secondline.workflow.scoping import decide_scope

TODAY = date(2026, 6, 1)


@pytest.fixture
def bank(tmp_path: Path) -> Ledger:
    """A bank with one rated model."""
    ledger, _ = open_bank(tmp_path)
    add_model(ledger)
    rate(ledger, "pd", "first", GOOD, "own")
    return ledger


def test_a_validation_is_due_by_tier(bank: Ledger) -> None:
    """The next validation is set by the tier, shows up when it is due, with its rule and how late it is."""
    found = schedule_validation(bank, "pd", date(2023, 5, 1), "val", "validation of 2023")
    assert found.doc["next_validation"] == "2026-05-01"
    (line,) = due(bank.records, TODAY)
    assert (line.model, line.what, line.due, line.overdue) == ("pd", "validation", "2026-05-01", 31)
    assert line.source == "Tier table of the house, tier 3 (practice; R)"
    assert due(bank.records, date(2026, 4, 30)) == []


def test_only_a_signed_validation_puts_a_day_off(bank: Ledger) -> None:
    """Nobody postpones by hand, and the owner sets no day at all."""
    schedule_validation(bank, "pd", date(2023, 5, 1), "val", "plan")
    with pytest.raises(SpecError, match="only a signed validation"):
        schedule_validation(bank, "pd", date(2024, 5, 1), "val", "busy")
    with pytest.raises(SpecError, match="only a signed validation"):
        bank.act("model.scheduled", "val", "pd", {"next_validation": None}, reason="busy")
    with pytest.raises(SpecError, match="is no validation of pd"):
        schedule_validation(bank, "pd", date(2024, 5, 1), "val", "done", validation="V-9")
    with pytest.raises(Refused):
        schedule_validation(bank, "pd", date(2022, 5, 1), "own", "sooner")


def test_a_stricter_tier_brings_the_day_forward(bank: Ledger) -> None:
    """After a rating the next validation moves closer when the tier is stricter, and never further away."""
    schedule_validation(bank, "pd", date(2026, 5, 1), "val", "signed")
    assert bring_forward(bank, "pd", "val") is None  # nothing is known of a validation yet
    put(bank, "model", "pd", last_validated="2026-05-01")
    assert bring_forward(bank, "pd", "val") is None
    rate(bank, "pd", "first", BAD, "own", trigger="use")
    found = bring_forward(bank, "pd", "val")
    assert found is not None
    assert found.doc["next_validation"] == "2027-05-01"


def test_the_validators_rating_brings_the_day_forward_itself(bank: Ledger) -> None:
    """Nobody has to remember: a stricter tier by the validator moves the next validation in the same call."""
    schedule_validation(bank, "pd", date(2026, 5, 1), "val", "signed")
    put(bank, "model", "pd", last_validated="2026-05-01")
    rate(bank, "pd", "second", BAD, "val")
    assert bank.records.need("model", "pd")["next_validation"] == "2027-05-01"


def test_a_called_rating_is_due(bank: Ledger) -> None:
    """A trigger shows in the calendar with what called it."""
    call_for_rating(bank, "pd", "data", "own", "new source")
    (line,) = due(bank.records, TODAY, until=date(2026, 7, 1))
    assert (line.what, line.due, line.overdue, line.source) == (
        "rating",
        "2026-07-01",
        -30,
        "called by a change of data",
    )


def test_silence_is_no_schedule(bank: Ledger) -> None:
    """A model in use without a day for its validation, and one in development without a tier, are on the list."""
    put(bank, "model", "pd", state="in-use")
    add_model(bank, "new")
    put(bank, "model", "new", state="in-development")
    assert [(d.model, d.what) for d in due(bank.records, TODAY)] == [
        ("new", "first rating"), ("pd", "validation without a day")
    ]  # fmt: skip


def test_a_new_method_and_a_new_definition_call_for_decisions(tmp_path: Path) -> None:
    """Ratings by a method that ended and scope under an old definition are due."""
    ledger, clock = open_bank(tmp_path, "2026-03-01", methods=False)
    add_model(ledger)
    adopt(ledger, "tiering", "head", which="2025.1")
    old = {k: v for k, v in GOOD.items() if k not in {"autonomy", "vendor_opacity", "eu_high_risk"}}
    rate(ledger, "pd", "first", old, "own")
    decide_scope(ledger, "pd", "US", "", "", "val")
    assert due(ledger.records, date(2026, 3, 2)) == []
    clock.day = "2026-05-01"
    adopt(ledger, "tiering", "head")
    found = due(ledger.records, date(2026, 6, 1))
    assert [(d.what, d.due, d.id) for d in found] == [
        ("scope", "2026-04-17", "pd:US"), ("rating by the new method", "2026-05-31", "R-1")
    ]  # fmt: skip


def test_it_pages_without_loss(bank: Ledger) -> None:
    """Pages joined are the whole calendar, in order, each entry once."""
    for i in range(25):
        add_model(bank, f"m-{i}")
        put(bank, "model", f"m-{i}", next_validation=f"2026-05-{1 + i % 7:02}", next_rating="2026-05-03")
    whole = due(bank.records, TODAY, limit=1_000)
    assert len(whole) == 50
    joined, after = [], ("", "", "")
    while page := due(bank.records, TODAY, limit=7, after=after):
        joined += page
        after = page[-1].key
    assert joined == whole == sorted(whole, key=lambda d: d.key)
    assert {d.what for d in due(bank.records, TODAY, what=("rating",))} == {"rating"}
    assert {d.id for d in due(bank.records, TODAY, model="m-3")} == {"m-3"}
    counts = due_counts(bank.records, TODAY)
    assert counts["validation"] == {"overdue": 25, "within 30 days": 0, "within 90 days": 0}


def test_the_calendar_can_be_asked_of_the_past(tmp_path: Path) -> None:
    """As of a past day the calendar is the one of that day."""
    ledger, clock = open_bank(tmp_path, "2026-01-05")
    add_model(ledger)
    rate(ledger, "pd", "first", GOOD, "own")
    schedule_validation(ledger, "pd", date(2023, 2, 1), "val", "plan")
    clock.day = "2026-01-10"
    schedule_validation(ledger, "pd", date(2022, 2, 1), "val", "sooner")
    assert [d.due for d in due(ledger.as_of("2026-01-06"), date(2026, 3, 1))] == ["2026-02-01"]
    assert [d.due for d in due(ledger.records, date(2026, 3, 1))] == ["2025-02-01"]
