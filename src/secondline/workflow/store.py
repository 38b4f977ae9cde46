"""Store: the doors' way to the ledger: list, load, decide, verify."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from secondline.core.errors import LedgerError, SpecError
from secondline.core.evidence import Run
from secondline.ledger.store import Ledger, RunSummary
from secondline.ledger.verify import Verification, verify
from secondline.workflow.environment import now

if TYPE_CHECKING:
    from secondline.core.check import Check


def open_store(folder: Path) -> Ledger:
    """Open an existing record folder.

    Raises:
        LedgerError: there is none.
    """
    if not Ledger.exists(folder):
        raise LedgerError(
            f"There are no records in {str(folder)!r}. Validate a model first, or name the folder with --store."
        )
    return Ledger.open(folder)


def list_runs(folder: Path) -> Sequence[RunSummary]:
    """Return the recorded runs, newest first."""
    return open_store(folder).runs()


def load_run(folder: Path, run: str) -> Run:
    """Return a recorded run by id, unique beginning, or ``latest``."""
    return open_store(folder).run(run)


def decide(folder: Path, run: str, grade: int | None, actor: str, reason: str) -> Run:
    """Confirm the proposed opinion (no grade, or the proposed one) or override it; returns the run as it now is."""
    ledger = open_store(folder)
    record = ledger.run(run)
    if not record.evidence:
        raise SpecError(f"Run {record.id} has no evidence to hold an opinion on.")
    from secondline.workflow.validate import whoami  # it brings the whole of validation with it

    ledger.decide_opinion(record.id, grade or record.opinion.proposed_grade, actor or whoami(), reason, now())
    return ledger.run(record.id)


def verify_store(folder: Path, head: str | None = None, anchor: Path | None = None, key: str = "") -> Verification:
    """Recompute every seal, root, signature and digest of a record folder."""
    open_store(folder)
    return verify(folder, expected_head=head, anchor=anchor, key=key)


def check_of(code: str) -> Check:
    """Return a check by code, whatever was loaded before."""
    import secondline.checks  # noqa: F401 - registers the checks
    from secondline.core.check import find

    return find(code)
