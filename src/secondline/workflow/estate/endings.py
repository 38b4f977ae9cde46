"""Endings: models that were refused, let in for a while, stopped or retired."""

from __future__ import annotations

from secondline.workflow import passes
from secondline.workflow.estate import approvals, births, findings, papers, quiet, validations
from secondline.workflow.estate.bank import VIA, Story
from secondline.workflow.estate.life import Life
from secondline.workflow.estate.people import APPROVERS, HEAD
from secondline.workflow.estate.validations import REJECT


def rejected(life: Life) -> Story:
    """The validation advises against it, and the committee follows."""
    yield from births.validate(life, REJECT)
    yield life.bank.ago - 5
    approvals.ask(life)
    yield life.bank.ago - 6
    approvals.reject(life)
    life.do("model.returned", life.lead, life.id, None, "rejected; a method that ranks is wanted")


def emergency(life: Life) -> Story:
    """Urgent use while the validation is under way: capped, told, watched, renewed once."""
    bank = life.bank
    yield from births.submit(life)
    yield bank.ago - 3
    validations.plan(life, "initial", "launch brought forward")
    life.do("validation.started", life.lead, life.validation)
    validations.ask_for(life, "Development data and code", days=90)
    yield bank.ago - 2
    approvals.ask(
        life, "restricted", approvals.URGENT, kind="emergency", expires=bank.ahead(50), told=["Payments", "Legal"],
        justification="A partner's checkout opens before the validation can be signed.",
    )  # fmt: skip
    yield bank.ago - 1
    approvals.decide(life, "restricted")
    life.do("monitoring.approved", life.lead, life.plan)
    papers.at_use(life)
    life.do("version.in-use", life.entry.developer, life.version_id)
    yield 12
    reason = "The validation needs the outcomes of another month."
    life.do("approval.renewed", HEAD, life.approval, {"expires": bank.ahead(45)}, reason)
    (old,) = bank.ledger.records.find("pass", model=life.id, state="active")
    passes.issue(bank.ledger, HEAD, life.approval, via=VIA)
    life.do("pass.revoked", HEAD, old["id"], None, "replaced by a longer one")


def suspended(life: Life) -> Story:
    """A law is found to be breached: the owner stops it at once."""
    yield from births.live(life)
    yield from quiet.years(life, until=120)
    yield 44
    found = findings.raised(life, findings.UNLAWFUL)
    findings.issue(life, found)
    passes.stop_model(life.bank.ledger, life.owner, life.id, f"{found}: rights of applicants", via=VIA)
    life.do("version.suspended", life.owner, life.version_id, None, f"{found} is open")
    yield 40
    findings.agree(life, found)


def decommissioned(life: Life) -> Story:
    """A product ends, and with it its model: looked at downstream, told, kept, unplugged."""
    bank = life.bank
    yield from births.live(life)
    yield from quiet.years(life, until=380, periodic=False)
    yield 330
    yield from validations.whole(life, "decommission-check", trigger="the product ends")
    yield bank.ago - 10
    papers.file_on(life, "decommission-checklist", "Checklist of the end of {name}", life.owner)
    look = bank.ledger.records
    for kind in sorted({"drill", "decision-replay", "human-review"} & set(life.papers)):
        life.do("evidence.withdrawn", life.lead, life.papers[kind], None, "the model is retired")
    for row in look.find("pass", model=life.id, state="active"):
        life.do("pass.revoked", APPROVERS[0], row["id"], None, "the model is retired")
    life.do("approval.withdrawn", life.owner, life.approval, None, "the model is retired")
    life.do("use.ended", life.owner, life.use, None, "no new loans of this kind")
    life.do("monitoring.ended", life.lead, life.plan, None, "the model is retired")
    for row in [*look.find("link", to=f"model/{life.id}", state="active"),
                *look.find("link", frm=f"model/{life.id}", state="active")]:  # fmt: skip
        life.do("link.ended", life.owner, row["id"], None, "the model is retired")
    life.do("version.suspended", life.owner, life.version_id, None, "the model is retired")
    life.do("version.retired", life.owner, life.version_id, None, "the model is retired")
    life.do("model.decommissioned", life.owner, life.id, {
        "on": bank.day.isoformat(), "notice": "Branches and partners were told three months before.",
        "retain_until": bank.ahead(7 * 365), "fallback": "People decide the few cases that are left.",
        "downstream": "Nothing depends on it any more.",
    }, "the product has ended")  # fmt: skip
