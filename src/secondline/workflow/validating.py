"""Validating: the deeds of a validation project that touch more than one record, and where it stands."""

from __future__ import annotations

from datetime import date
from typing import Any

from secondline.core.errors import UnknownRecord
from secondline.govern.records.finding import is_open
from secondline.govern.records.validation import missing, prior
from secondline.govern.validating import TYPES, Reviewed
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Order, Receipt
from secondline.policy import questionnaires
from secondline.policy.calendar import next_validation
from secondline.workflow.calendar import adopted_packs
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


def sign(ledger: Ledger, validation: str, actor: str, *, via: str = "") -> list[Receipt]:
    """Sign a validation; model, version and calendar follow in the same breath."""
    project = ledger.records.need("validation", validation)
    model = ledger.records.need("model", project["model"])
    kind, by = TYPES[project["kind"]], {"validation": validation}
    version = ledger.records.get("version", f"{model['id']}@{project.get('version', '')}")
    orders = [Order("validation.signed", actor, validation, via=via)]
    if version and version["state"] == "registered" and kind.settles and project.get("recommendation") != "reject":
        orders.append(Order("version.validated", actor, version["id"], by, via=via))
    if kind.full:
        today = date.fromisoformat(ledger.today)
        due = next_validation(model, int(model.get("tier", 0)), adopted_packs(ledger.records), today)
        fields = by | {"next_validation": due.day.isoformat() if due.day else None}
        orders.append(Order("model.validated", actor, model["id"], by, via=via))
        orders.append(Order("model.scheduled", actor, model["id"], fields, f"{validation} signed; {due.rule}", via))
    return ledger.acts(orders)


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
