"""Build: let the whole bank live from two years ago to the day before today, and say what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

from secondline.core.errors import SpecError
from secondline.frames.collect import Progress, quiet
from secondline.ledger.store import Ledger
from secondline.workflow.estate import fates, inventory, people, policy, registers, stories
from secondline.workflow.estate.bank import VIA, Bank, Story


@dataclass(frozen=True, slots=True)
class Built:
    """What was built."""

    events: int
    models: int
    people: int
    refused: int


def today() -> date:
    """Return this day, as the ledger's clock has it."""
    return datetime.now(UTC).date()


def is_estate(folder: Path) -> bool:
    """Whether the records in a folder are an example bank."""
    if not folder.is_dir() or not Ledger.exists(folder):
        return False
    first = Ledger.open(folder).records.events(limit=1)
    return bool(first) and first[0].via == VIA


def build_estate(folder: Path, day: date, progress: Progress = quiet, *, fresh: bool = False) -> Built:
    """Build the example bank in a new folder; the same *day* gives the same records, apart from keys.

    With *fresh*, an example bank that is there already makes room; other records never do.

    Raises:
        SpecError: there are records in the folder already.
    """
    if Ledger.exists(folder):
        if not fresh:
            raise SpecError(f"There are records in {str(folder)!r} already. Name another --store, or build --fresh.")
        if not is_estate(folder):
            raise SpecError(f"The records in {str(folder)!r} are no example bank; they stay. Name another --store.")
        rmtree(folder)
    with TemporaryDirectory() as scratch:
        bank = Bank(folder, day, Path(scratch))
        try:
            bank.live(_stories(bank), progress)
        except BaseException:
            rmtree(folder)  # half a bank would only mislead
            raise
        return _counted(bank)


def _stories(bank: Bank) -> Iterator[Story]:
    yield people.people(bank)
    yield inventory.supply(bank)
    yield policy.framework(bank)
    yield policy.methods(bank)
    yield policy.board_room(bank)
    yield registers.waivers(bank)
    yield from fates.fates(bank)
    yield from stories.all_lives(bank)


def _counted(bank: Bank) -> Built:
    look = bank.ledger.records
    newest = look.events(limit=1, newest_first=True)
    return Built(newest[0].seq, look.count("model").get((), 0), look.count("person").get((), 0), bank.refusals)
