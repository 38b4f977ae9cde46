"""Whole: everything on record about one model, gathered for a page, a card or a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from secondline.core.errors import UnknownRecord
from secondline.govern.record import RECORDS

if TYPE_CHECKING:
    from secondline.ledger.records import Records

Docs = list[dict[str, Any]]
OF_MODEL = (
    "version", "use", "limitation", "assumption", "overlay", "exemption", "waiver", "evidence", "attestation",
    "monitoring", "scope", "rating", "change", "validation", "finding", "approval", "pass", "run",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Whole:
    """A model's entry with all that hangs on it."""

    model: dict[str, Any]
    parts: Mapping[str, Docs]
    links_in: Docs
    links_out: Docs
    variants: Docs

    def of(self, record: str, *states: str) -> Docs:
        """Return the model's records of a kind, in these states if any are named."""
        return [d for d in self.parts.get(record, []) if not states or d.get("state") in states]


def whole(records: Records, model: str) -> Whole:
    """Gather a model's entry.

    Raises:
        UnknownRecord: there is no such model.
    """
    doc = records.get("model", model)
    if doc is None:
        known = [row["id"] for row in records.page("model", {"id__like": model[:4]}, limit=200).rows]
        raise UnknownRecord.of("model", model, known)
    parts = {r: records.find(r, model=model) for r in OF_MODEL if r in RECORDS and "model" in RECORDS[r].facets}
    end = f"model/{model}"
    return Whole(
        doc,
        parts,
        records.find("link", to=end, state="active"),
        records.find("link", frm=end, state="active"),
        [{"id": row["id"], **row} for row in records.page("model", {"variant_of": model}, limit=1000).rows],
    )
