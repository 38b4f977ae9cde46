"""A paper put on file for tests."""

from __future__ import annotations

from secondline.ledger.store import Ledger


def filed(ledger: Ledger, content: bytes, name: str) -> str:
    """File a document of the first model; returns its id."""
    return ledger.act("evidence.filed", "olga", "", {
        "kind": "development-document", "title": "Paper", "model": "retail-pd", "on": "2026-08-01",
        "object": ledger.objects.put(content), "file": name, "size": len(content)}).id  # fmt: skip
