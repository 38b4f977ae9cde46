"""Health: what is not well is said with what to do; what cannot be looked at does not hide the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from secondline.core.errors import LedgerError
from secondline.ledger.store import Ledger
from secondline.operate import health
from secondline.operate.health import Answer, examine
from secondline.operate.settings import Settings


def found(settings: Settings, what: str) -> list[Answer]:
    """Return the answers about one thing."""
    return [answer for answer in examine(settings) if answer.what == what]


def test_an_empty_place_is_well(tmp_path: Path) -> None:
    """Nothing is ill before the first act: there are no records yet, which is worth minding."""
    answers = examine(Settings(base=tmp_path))
    assert not [a for a in answers if a.state == "ill"]
    assert [a.state for a in answers if a.what == "records"] == ["mind"]


def test_records_say_how_far_they_reach(tmp_path: Path) -> None:
    """The number of events and the last one's time are told."""
    settings = Settings(base=tmp_path)
    Ledger.open(settings.folder).act("person.added", "ada", "ada", {"name": "Ada", "roles": ["admin"]})
    assert found(settings, "records")[0].text.startswith("1 events, the last on 2")


def test_a_clock_behind_the_records_is_ill(tmp_path: Path) -> None:
    """A machine whose clock is before the last event is told to set it."""
    settings = Settings(base=tmp_path)
    ledger = Ledger.open(settings.folder, clock=lambda: "2999-01-01T00:00:00.000Z")
    ledger.act("person.added", "ada", "ada", {"name": "Ada", "roles": ["admin"]})
    assert [(a.state, a.next.split(";")[0]) for a in found(settings, "clock")] == [("ill", "Set the clock")]


def test_keys_that_others_can_read_are_ill(tmp_path: Path) -> None:
    """A private key readable beyond its owner is named with the command that mends it."""
    settings = Settings(base=tmp_path)
    ledger = Ledger.open(settings.folder)
    ledger.keys.signer()
    assert not found(settings, "keys")
    key = next(p for p in settings.folder.rglob("*") if p.is_file() and b"PRIVATE" in p.read_bytes())
    key.chmod(0o644)
    assert found(settings, "keys")[0].next == f"chmod 600 {key}"


def test_a_full_disk_is_worth_minding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than two gigabytes or a twentieth of the disk is said before it is too late."""
    monkeypatch.setattr(health, "LEAST_FREE", 1 << 60)
    assert {a.state for a in found(Settings(base=tmp_path), "disk")} == {"mind"}


def test_what_cannot_be_looked_at_is_ill_and_the_rest_goes_on(tmp_path: Path) -> None:
    """One failing look is one ill answer."""

    def broken(_: Settings) -> Iterator[Answer]:
        raise LedgerError("The disk is on fire.")

    answers = examine(Settings(base=tmp_path), (broken,))
    assert answers[-1] == Answer("broken", "ill", "The disk is on fire.")
    assert len(answers) > 5
