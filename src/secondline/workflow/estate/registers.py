"""Registers of the example bank: limitations, assumptions, overlays, exemptions, waivers, monitoring, attestations."""

from __future__ import annotations

from typing import Any

from secondline.workflow.estate.bank import Bank, Story
from secondline.workflow.estate.life import Life
from secondline.workflow.estate.people import APPROVERS, HEAD
from secondline.workflow.inventory.filing import attest

LIMITS = {
    "credit": ("population", "Not tested on customers younger than 21 or with less than a year at the bank."),
    "fraud": ("method", "A new kind of attack is seen only after its first chargebacks."),
    "aml": ("method", "Typologies without a past report are found by rules only."),
    "market": ("method", "Moves larger than any in the window are outside what it knows."),
    "treasury": ("population", "Behaviour under rates not seen since the window began is judged, not measured."),
    "compliance": ("population", "Messages in languages other than five are passed to people."),
    "operations": ("data", "Holidays that move from year to year are few in the data."),
    "other": ("method", "Scores rest on judgement and are no measurements."),
}
ASSUMED = {
    "credit": ("behaviour", "Customers behave as those of the last five years did."),
    "fraud": ("reject inference", "One in a thousand declined payments is let through as a control arm."),
    "aml": ("behaviour", "Reports filed by people show what should have alerted."),
    "market": ("economic", "The last 500 days hold what may happen tomorrow."),
    "treasury": ("expert judgement", "A tenth of deposits leaves within a year when rates rise by two points."),
    "compliance": ("behaviour", "Reviewers agree with each other nine times in ten."),
    "operations": ("behaviour", "Demand follows pay days."),
    "other": ("expert judgement", "Weights follow the judgement of the committee."),
}
WATCH = "stability.psi"
OVERRIDES = "share overridden or excepted"


def note_limits(life: Life) -> str:
    """Record what the model cannot do and what it takes for granted; returns the limitation."""
    e = life.entry
    kind, statement = LIMITS[e.family]
    kind = "data" if e.story == "low-data" else kind
    limitation = life.record("limitation.recorded", e.developer, kind=kind, statement=statement, watched_by=WATCH,
                             impact="A few cases in a hundred", mitigation="A person looks at these cases")  # fmt: skip
    kind, statement = ASSUMED[e.family]
    life.record("assumption.recorded", e.developer, kind=kind, statement=statement, watched_by=WATCH,
                basis=f"Judgement of {e.developer}, shared by the committee",
                impact="Moves the result by up to 4 %")  # fmt: skip
    return limitation


def draft_monitoring(life: Life) -> None:
    """Draft the plan by which the model is watched; spreadsheets have none."""
    e = life.entry
    if e.kind == "spreadsheet":
        return
    life.plan = life.record("monitoring.drafted", e.developer, owner=e.owner, metrics=_metrics(life),
                            next_check=life.bank.ahead(95), relevance="Owner and users meet twice a year")  # fmt: skip


def _metrics(life: Life) -> list[dict[str, Any]]:
    e = life.entry
    rate = "weekly" if e.family == "fraud" else "monthly"
    common = {"owner": e.owner, "sla": 10, "escalation": HEAD, "frequency": rate, "min_n": 500}
    found = [
        common | {"metric": WATCH, "tracks": "inputs", "baseline": 0.02, "amber": 0.1, "red": 0.25,
                  "action": "investigate, and revalidate if it stays", "rating_trigger": True},
        common | {"metric": "discrimination.auc", "tracks": "performance", "baseline": 0.74, "amber": 0.7, "red": 0.65,
                  "direction": "below", "lag_days": 90, "action": "open a triggered validation"},
    ]  # fmt: skip
    if e.number("metrics", 7):
        found.append(common | {"metric": OVERRIDES, "tracks": "usage", "amber": 0.05, "red": 0.1,
                               "action": "review the overrides with the users"})  # fmt: skip
        found.append(common | {"metric": "version of the provider or library", "tracks": "external-version",
                               "red": 1.0, "amber": 0.5, "action": "raise a change"})  # fmt: skip
    if e.has("adaptive"):
        found[0] = found[0] | {"stop_use": 0.4}
    if e.family == "fraud" and e.automation == "automated":
        found.append(common | {"metric": "vamp ratio", "tracks": "other", "amber": 0.006, "red": 0.015,
                               "action": "tighten thresholds within a day"})  # fmt: skip
    return found


def check_monitoring(life: Life, status: str = "green", note: str = "all metrics looked at") -> None:
    """Record a check of the plan by the owner."""
    if life.plan:
        form = {"status": status, "next_check": life.bank.ahead(98), "note": note}
        life.do("monitoring.checked", life.owner, life.plan, form)
        life.do("model.changed", life.owner, life.id, {"monitoring_status": status})


def attest_entry(life: Life) -> None:
    """Let the owner attest the entry and compare the actual use with the intended one."""
    said = "The entry is right, the use is the one approved, and the model still serves its purpose."
    attest(life.bank.ledger, life.id, said, life.owner)
    if life.bank.get("use", life.use)["state"] in {"proposed", "approved", "restricted"}:
        form = {"actual": f"{life.entry.use}, as intended", "deviates": False,
                "decisions_per_year": int(int(life.entry.decisions) * 1.04)}  # fmt: skip
        life.do("use.observed", life.owner, life.use, form)


def exempt(life: Life, recheck: int) -> str:
    """Let the owner propose an exemption and an approver approve it."""
    form = {"reason": "Its errors cost little and are seen at once.", "recheck": life.bank.ahead(recheck),
            "conditions": "Ends when it decides about customers or feeds another model."}  # fmt: skip
    found = life.record("exemption.proposed", life.owner, **form)
    life.bank.refused(lambda: life.do("exemption.approved", life.owner, found))
    life.do("exemption.approved", APPROVERS[0], found)
    return found


def overlay(life: Life) -> Story:
    """An adjustment, approved, renewed twice, told downstream."""
    e, bank = life.entry, life.bank
    limitation = life.record("limitation.recorded", life.lead, kind="method", watched_by=WATCH, mitigation="overlay",
                             statement="It is slow when rates rise fast.", impact="Too low by 3 to 6 %")  # fmt: skip
    found = life.record("overlay.proposed", life.owner, limitation=limitation, unit="USD m", size=42.0,
                        reason="The last two years are not in its data.", modelled_amount=910.0,
                        method_over_time="Computed again each quarter from the newest outcomes",
                        expires=bank.ahead(150))  # fmt: skip
    bank.refused(lambda: life.do("overlay.approved", life.owner, found))
    yield bank.ago - 3
    life.do("overlay.approved", APPROVERS[1], found)
    fed = [row["to"].removeprefix("model/") for row in
           bank.ledger.records.find("link", frm=f"model/{e.id}", state="active")]  # fmt: skip
    if fed:
        life.do("overlay.told", life.owner, found, {"told": fed})
    for size in (47.0, 51.0):
        yield bank.ago - 140
        form = {"expires": bank.ahead(150), "size": size, "modelled_amount": 925.0}
        life.do("overlay.renewed", APPROVERS[1], found, form, "outcomes confirm it")
    yield max(bank.ago - 60, 20)
    paper = bank.ledger.records.find("evidence", model=life.id, kind="development-document")[-1]["id"]
    raised = life.record("finding.raised", life.lead, limitation=limitation, source="validation", effect_share=0.045,
                         statement="The overlay was renewed twice: the model itself needs a rate term.",
                         effect="Too low by 4.5 % before the overlay", evidence=[paper],
                         criterion="A version with a rate term is validated.")  # fmt: skip
    life.do("finding.issued", life.lead, raised)


WAIVERS: tuple[tuple[str, str, int, int, bool], ...] = (
    ("MRM-DEV-09", "cards-cecl-pd", 300, 200, True),
    ("MRM-DAT-03", "corporate-rating", 160, 300, True),
    ("MRM-CHG-05", "sme-rating", 90, 180, True),
    ("MRM-INV-11", "var-historical", 12, 170, False),
)
"""Control, model, days before today of the request, days it lasts, whether it is granted. The first has run out."""


def waivers(bank: Bank) -> Story:
    """Leave not to meet a control for a while: one of them has expired and nobody has looked."""
    for control, model, ago, lasts, granted in WAIVERS:
        yield ago
        owner = str(bank.get("model", model)["owner"])
        form = {"control": control, "model": model, "reason": "The data team delivers in the next release.",
                "compensating": "Compared by hand, at most 2 % apart", "expires": bank.ahead(lasts)}  # fmt: skip
        id_ = bank.do("waiver.requested", owner, "", form).id
        if granted:
            bank.refused(lambda who=owner, waiver=id_: bank.do("waiver.granted", who, waiver))  # type: ignore[misc]  # bound at once
            bank.do("waiver.granted", HEAD, id_)
