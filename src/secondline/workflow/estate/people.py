"""People of the example bank: who joins, who leaves, who gets another role."""

from __future__ import annotations

from secondline.workflow.estate.bank import Bank, Story
from secondline.workflow.estate.tables import entry, rows

ADMIN, SECOND_ADMIN, HEAD = "root.admin", "second.admin", "helen.strand"
APPROVERS = ("arthur.bell", "denise.cho", "farid.nazari")
VALIDATORS = ("vera.lindqvist", "tom.aldana", "marta.kowalska", "sofia.nilsson")
LEFT = "carl.jensen"
"""Who owned a model and left the bank."""
OUTSIDE = "otto.reyes"
"""A validator from outside, hired for some work."""

CAST = {
    HEAD: "leads model risk: everything, disputes and waivers",
    "vera.lindqvist": "validator: re-tests, drafts, opinions",
    "amara.diallo": "owner: a critical finding and an urgent use",
    "bram.devries": "developer: a late request, a disputed answer",
    "denise.cho": "approver: approvals to sign",
    "inspector": "auditor: reads everything, changes nothing",
    ADMIN: "admin: people and access",
}
"""Whom a newcomer signs in as."""


def join(bank: Bank) -> None:
    """Register everybody who works at the bank when the records begin."""
    for row in rows("people"):
        form = {"name": row["name"], "email": row["email"], "department": row["department"],
                "roles": row["roles"].split()}  # fmt: skip
        bank.do("person.added", ADMIN, row["id"], form)


def people(bank: Bank) -> Story:
    """Access over the years: one who leaves, and two who try to give themselves rights."""
    join(bank)
    yield 511
    bank.refused(lambda: bank.do("role.granted", ADMIN, ADMIN, {"role": "approver"}, reason="to help out"))
    yield 402
    bank.refused(lambda: bank.do("role.granted", "li.wei", "li.wei", {"role": "validator"}, reason="I know it best"))
    yield 312
    model, heir = "cards-collections", entry("cards-collections").owner
    bank.do("model.changed", HEAD, model, {"owner": heir}, reason="the former owner leaves the bank")
    yield 305
    bank.do("person.left", SECOND_ADMIN, LEFT, reason="retired")


def second_signature(*barred: str) -> str:
    """Return a validator who may sign what *barred* have led."""
    return next(name for name in VALIDATORS if name not in barred)
