"""Drafted sections and a filed document in the lively bank."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from assist.papers import DOCUMENT
from secondline.assist.deciding import decide, exhibits_of, keep
from secondline.assist.drafting import draft
from secondline.assist.plans import plan_of
from secondline.ledger.store import Ledger
from web.lively import RUN, TODAY, Days, lively
from web.site import Bank, bank

PASSAGE, PAPER = "PS-1", "EV-1"
HOSTILE = "<script>alert('paper')</script>"


def drafted(ledger: Ledger) -> Ledger:
    """Return the ledger with a section drafted, one sentence of it accepted by Vera, and a document on file."""
    kept = keep(ledger, draft(plan_of("use"), exhibits_of(ledger, RUN)), "vera")
    decide(ledger, kept.id, 1, "accepted", "vera")
    content = f"{DOCUMENT}\n{HOSTILE}\n".encode()
    ledger.act("evidence.filed", "olga", "", {
        "kind": "development-document", "title": "Model document", "model": "retail-pd", "on": "2026-08-01",
        "object": ledger.objects.put(content), "file": "model.md", "size": len(content)})  # fmt: skip
    return ledger


def desk_in(folder: Path) -> Bank:
    """Return a bank of one's own in *folder*, with the passage and the document."""
    shutil.copytree(_template().name, folder, dirs_exist_ok=True)
    return bank(folder, Ledger.open(folder, clock=Days(TODAY)))


@cache
def _template() -> TemporaryDirectory[str]:
    """Make the records once: each test gets a copy."""
    folder = TemporaryDirectory(prefix="secondline-drafted-")
    ledger = drafted(lively(Path(folder.name)))
    ledger.database.engine.dispose()
    return folder
