"""Build: let the whole bank live from two years ago to the day before today, and say what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from secondline.core.errors import SpecError
from secondline.frames.collect import Progress, quiet
from secondline.ledger.store import Ledger
from secondline.workflow.estate import findings, inventory, people, policy, registers, stories
from secondline.workflow.estate.bank import Bank, Story


@dataclass(frozen=True, slots=True)
class Built:
    """What was built."""

    events: int
    models: int
    people: int
    refused: int


def build_estate(folder: Path, today: date, progress: Progress = quiet) -> Built:
    """Build the example bank in a new folder; the same day gives the same records, apart from keys.

    Raises:
        SpecError: there is a ledger in the folder already.
    """
    if Ledger.exists(folder):
        raise SpecError(f"There are records in {str(folder)!r} already. Name another --store, or build --fresh.")
    with TemporaryDirectory() as scratch:
        bank = Bank(folder, today, Path(scratch))
        bank.live(_stories(bank), progress)
        return _counted(bank)


def _stories(bank: Bank) -> Iterator[Story]:
    yield people.people(bank)
    yield inventory.supply(bank)
    yield policy.framework(bank)
    yield policy.methods(bank)
    yield policy.board_room(bank)
    yield registers.waivers(bank)
    yield from findings.fates(bank)
    yield from stories.all_lives(bank)


def _counted(bank: Bank) -> Built:
    look = bank.ledger.records
    newest = look.events(limit=1, newest_first=True)
    return Built(newest[0].seq, look.count("model").get((), 0), look.count("person").get((), 0), bank.refusals)
