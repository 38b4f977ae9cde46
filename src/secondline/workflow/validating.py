"""Validating: the deeds of a validation project that touch more than one record, and where it stands."""

from __future__ import annotations

from typing import Any

from secondline.core.errors import UnknownRecord
from secondline.govern.records.finding import is_open
from secondline.govern.records.validation import missing, prior
from secondline.govern.validating import TYPES, Reviewed
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Order, Receipt
from secondline.policy import questionnaires
from secondline.workflow.findings import Sighting, orders_of, told

PAPERS = ("request", "challenge", "review", "reliance")


def open_review(
    ledger: Ledger, validation: str, part: Reviewed, actor: str, *, questionnaire: str = "", subject: str = "",
    via: str = "",
) -> Receipt:  # fmt: skip
    """Open a structured review by the questionnaire that suits the model, or by a named one."""
    project = ledger.records.need("validation", validation)
    model = ledger.records.get("model", project["model"]) or {}
    asked = questionnaires.load(questionnaire) if questionnaire else questionnaires.suited(part, model)
    fields = {
        "validation": validation, "part": part, "questionnaire": asked.id, "digest": asked.digest(),
        "questions": [question.id for question in asked.questions], "subject": subject,
    }  # fmt: skip
    return ledger.act("review.opened", actor, form=fields, via=via)


def attach_run(
    ledger: Ledger, validation: str, run: str, actor: str, *, reason: str = "", via: str = "",
) -> Sighting:  # fmt: skip
    """Attach a run to a validation and raise what it breaches as draft findings: both, or neither."""
    record = ledger.run(run)
    if ledger.records.get("validation", validation) is None:
        raise UnknownRecord.of("validation", validation)
    attach = Order("validation.run-attached", actor, validation, {"run": record.id}, reason, via)
    return told(ledger.acts([attach, *orders_of(ledger.records, record, actor, validation=validation, via=via)]))


def standing(records: Records, validation: str, today: str) -> dict[str, Any]:
    """Return a validation with its papers, the findings it raised, those it inherits, and what keeps it unsigned."""
    doc = records.need("validation", validation)
    findings = records.find("finding", model=doc["model"])
    over = doc["state"] in {"signed", "cancelled"}
    return {
        "validation": doc,
        "purpose": TYPES[doc["kind"]].purpose,
        "parts": list(TYPES[doc["kind"]].parts),
        "missing": {} if over else missing(records, validation, doc),
        "prior": [] if over else prior(records, validation, doc),
        "findings": [f for f in findings if f.get("validation") == validation],
        "inherited": [f for f in findings if f.get("validation") != validation and is_open(f, today)],
        **{f"{name}s": records.find(name, validation=validation) for name in PAPERS},
    }
