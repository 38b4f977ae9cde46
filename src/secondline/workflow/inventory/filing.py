"""Filing: documents into evidence, owners' attestations, and what a spreadsheet holds into its entry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core.canonical import digest_bytes
from secondline.core.errors import DataError, SpecError
from secondline.ledger.writing import Order, Receipt
from secondline.workflow.sheets import Inspection, inspect

if TYPE_CHECKING:
    from secondline.ledger.store import Ledger

MOST_BYTES = 200_000_000


def file_document(
    ledger: Ledger, document: Path, kind: str, title: str, actor: str, *, model: str = "", on: str = "",
    valid_until: str = "", note: str = "",
) -> Receipt:  # fmt: skip
    """File a document as evidence: its bytes among the objects, its digest in the record.

    Raises:
        DataError: it cannot be read, or is empty or too large.
    """
    try:
        size = document.stat().st_size
        if not 0 < size <= MOST_BYTES:
            raise DataError(f"{document.name} holds {size:,} bytes; evidence holds from 1 to {MOST_BYTES:,}.")
        content = document.read_bytes()
    except OSError as error:
        raise DataError(f"Cannot read {str(document)!r}: {error.strerror or error}.") from error
    form = {
        "kind": kind, "title": title, "model": model, "on": on or ledger.today,
        "valid_until": valid_until or None, "object": ledger.objects.put(content), "file": document.name,
        "size": size, "note": note,
    }  # fmt: skip
    return ledger.act("evidence.filed", actor, "", {k: v for k, v in form.items() if v not in {None, ""}})


def attest(ledger: Ledger, model: str, statement: str, actor: str) -> str:
    """Put an owner's attestation on record and mark the model; returns the attestation's id."""
    made, _ = ledger.acts([
        Order("attestation.made", actor, "", {"model": model, "statement": statement}),
        Order("model.attested", actor, model),
    ])  # fmt: skip
    return made.id


def inspected(ledger: Ledger | None, workbook: Path, model: str, actor: str) -> Inspection:
    """Inspect a workbook, and write what was found into a model's entry if one is named.

    Raises:
        SpecError: the entry is no spreadsheet or tool.
    """
    found = inspect(workbook)
    if ledger is None or not model:
        return found
    kind = ledger.records.need("model", model).get("kind", "model")
    if kind not in {"spreadsheet", "tool"}:
        raise SpecError(f"{model} is registered as a {kind}, not as a spreadsheet or tool.")
    facts: dict[str, Any] = {
        "formulas": found.formulas, "links": found.links, "macros": found.macros, "hidden_sheets": found.hidden_sheets,
        "errors": found.errors, "complexity": found.complexity, "digest": digest_bytes(workbook.read_bytes()),
        "inspected": ledger.today,
    }  # fmt: skip
    ledger.act("model.changed", actor, model, {"euc": facts}, reason=f"inspected {workbook.name}")
    return found
