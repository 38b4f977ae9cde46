"""Verify: recompute every seal, link, root, signature and digest of a ledger, and name what does not hold.

The rules are in :mod:`secondline.ledger.proof`, which an auditor can run without secondline. Here they are joined to
the database, and the derived tables are compared with what the law says the events add up to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from secondline.core.errors import LedgerError
from secondline.ledger.anchors import timestamped
from secondline.ledger.database import Database, database_of
from secondline.ledger.derived import check_derived
from secondline.ledger.keys import Keys
from secondline.ledger.proof.main import read_anchors, read_keys
from secondline.ledger.proof.seals import Problem
from secondline.ledger.proof.source import File, Tables
from secondline.ledger.proof.things import check_objects
from secondline.ledger.proof.walk import Chain, Notes
from secondline.ledger.sql import run
from secondline.ledger.testimony import check_runs

__all__ = ["Problem", "Verification", "verify"]
MANY = 200_000
"""From so many events on, the derived tables are checked by a second process."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was recomputed and what was found."""

    events: int
    objects: int
    head: str
    problems: tuple[Problem, ...]
    checkpoints: int = 0


def verify(
    folder: Path, *, expected_head: str | None = None, anchor: Path | None = None, key: str = "", database: str = "",
) -> Verification:  # fmt: skip
    """Recompute everything in a ledger; an intact one has no problems.

    *anchor* is a file of anchors kept elsewhere, *key* the service keys known to be right (else those in the folder),
    *expected_head* a head noted elsewhere, *database* the URL of a server.

    Raises:
        LedgerError: there is no ledger to read.
    """
    place = database_of(folder, database)
    opened = Database(place)  # migrates, or says why it cannot be read
    keys = read_keys(key) if key else Keys.of(folder).known()
    anchors = (*(_noted(anchor) if anchor else ()), *timestamped(folder))
    with _source(place, opened) as source:
        chain = Chain(Notes(source.checkpoints(), keys, anchors, expected_head or ""))
        big = bool(source.run("SELECT 1 FROM events WHERE seq > ?", (MANY,)))
        with _second(place, opened if not big else None) as derived:
            problems = [*chain.walk(source.events()), *chain.end()]
            stored, found = check_objects(folder / "objects", chain)
            problems += [*found, *check_runs(source, folder / "objects"), *derived()]
    return Verification(chain.place, stored, chain.seal, tuple(problems), len(chain.notes.checkpoints))


def _noted(file: Path) -> tuple[dict[str, Any], ...]:
    try:
        return read_anchors(file)
    except (ValueError, OSError) as error:
        raise LedgerError(f"{str(file)!r} is no file of anchors: {error}.") from error


@contextmanager
def _source(place: Path | str, opened: Database | None = None) -> Iterator[Tables]:
    if isinstance(place, Path):
        with closing(File(place)) as file:
            yield file
        return
    with (opened or Database(place)).reading() as connection:
        yield Tables(lambda statement, values: run(connection, statement, values).fetchall(), {"checkpoints"})


@contextmanager
def _second(place: Path | str, opened: Database | None) -> Iterator[Callable[[], list[Problem]]]:
    """Check the derived tables of a big ledger while the chain is walked; yields what hands over the findings."""
    if opened is not None:
        yield lambda: _derived(place, opened)
        return
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        yield pool.submit(_derived, place).result


def _derived(place: Path | str, opened: Database | None = None) -> list[Problem]:
    with _source(place, opened) as source:
        return list(check_derived(source))
