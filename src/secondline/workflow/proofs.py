"""Proofs: the questions of the gate that the ledger answers, each a small function of the records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from secondline.core.declared.configuration import changed, configuration, told
from secondline.core.errors import SpecError
from secondline.govern import grounds
from secondline.govern.approvals import open_objections
from secondline.govern.configured import differs, uncontrolled
from secondline.govern.grounds import IN_FORCE, version_id
from secondline.govern.levels import ApprovalPolicy, Seat, empty_seats, fits, policy_in_force
from secondline.ledger.passes import NotGenuine, opened
from secondline.ledger.records import Records
from secondline.workflow.verdict import Holds, Reason

STOPPED = {"suspended", "retired", "superseded", "decommissioned", "ended", "out-of-scope"}


@dataclass(frozen=True)
class Case:
    """One version and one use, on one day, in front of the gate."""

    look: Records
    model: str
    version: str
    use: str
    today: str
    keys: tuple[str, ...]
    digest: str = ""
    """Digest of the artefact's bytes, read once; empty when no file was shown."""
    shown: str = ""
    """Id of the pass whose file was shown, if any."""
    running: Mapping[str, str] | None = None
    """Parts of the generative system that runs, by digest; None when no configuration was shown."""

    @cached_property
    def id(self) -> str:
        """The version's id."""
        return version_id(self.model, self.version)

    @cached_property
    def entry(self) -> dict[str, Any]:
        """The model's entry in the inventory."""
        return self.look.get("model", self.model) or {}

    @cached_property
    def built(self) -> dict[str, Any]:
        """The version's record."""
        return self.look.get("version", self.id) or {}

    @cached_property
    def approval(self) -> dict[str, Any]:
        """The approval in force for version and use, the one that runs longest; or the newest that is none."""
        mine = [
            a for a in grounds.of_version(self.look, "approval", self.model, self.version)
            if self.use in a.get("uses", ())
        ]  # fmt: skip
        standing = [a for a in mine if a.get("state") in IN_FORCE]
        return max(standing or mine, key=lambda a: str(a.get("expires", "")), default={})

    @cached_property
    def issued(self) -> dict[str, Any]:
        """The pass of the approval: the one shown, or else the one in force that runs longest."""
        if self.shown:
            return self.look.get("pass", self.shown) or {}
        mine = [p for p in self.look.find("pass", model=self.model, version=self.version) if self.use in p["uses"]]
        of_it = [p for p in mine if p.get("approval") == self.approval.get("id")] or mine
        live = [p for p in of_it if p.get("state") in {"active", "restricted"}]
        return max(live or of_it, key=lambda p: str(p.get("expires", "")), default={})

    @cached_property
    def policy(self) -> ApprovalPolicy | None:
        """The policy of approvals, if one was adopted."""
        try:
            return policy_in_force(self.look)
        except SpecError:
            return None

    @property
    def tier(self) -> int:
        """The model's tier as it is now."""
        return int(self.entry.get("tier") or 0)

    @property
    def emergency(self) -> bool:
        """Whether the approval is an emergency use."""
        return self.approval.get("kind") == "emergency"


def _is(holds: bool) -> Holds:
    return "yes" if holds else "no"


def at(record: str, doc: Mapping[str, Any]) -> str:
    """Return the proof: which record, as of which event."""
    return f"{record} {doc.get('id', '')}, event {doc.get('seq', '')}" if doc.get("id") else ""


def registered(case: Case) -> Reason:
    """Return whether the version is in the inventory."""
    found = bool(case.built and case.entry)
    text = f"{case.id} is registered" if found else f"{case.id} is not in the inventory"
    nxt = "" if found else f"Register it: secondline inventory --help; then request approval of {case.id}."
    return Reason("registered", "MRM-INV-02", _is(found), text, at("version", case.built), nxt)


def same_bytes(case: Case) -> Reason:
    """Return whether the artefact is the one that was registered and approved."""
    if case.built.get("components") or case.running is not None:
        return same_configuration(case)
    approved = str(case.approval.get("dossier", {}).get("digest") or case.built.get("digest") or "")
    proof = at("version", case.built)
    if case.built.get("digest") != approved:
        return Reason("same bytes", "MRM-DEP-01", "no", "The version's digest was changed after its approval", proof,
                      "Request approval of what is there now.")  # fmt: skip
    if not case.digest:
        return Reason("same bytes", "MRM-DEP-01", "warn", f"No artefact was shown; approved is {approved[:16]}", proof,
                      "Give the file with --artefact, so that its bytes are hashed.")  # fmt: skip
    if case.digest != approved:
        text = f"The artefact is {case.digest[:16]}, approved is {approved[:16] or 'nothing'}"
        nxt = "Deploy the approved file, or register this one as a new version and request its approval."
        return Reason("same bytes", "MRM-DEP-01", "no", text, proof, nxt)
    return Reason("same bytes", "MRM-DEP-01", "yes", f"The artefact's SHA-256 is {approved[:16]}, as approved", proof)


def same_configuration(case: Case) -> Reason:
    """Return whether a generative system runs with the parts that were approved, naming those that differ."""
    name, control, proof = "same configuration", "MRM-DEP-01", at("version", case.built)
    held, hash_ = case.built.get("components", {}), str(case.approval.get("dossier", {}).get("digest") or "")
    if not held:
        return Reason(name, control, "no", f"{case.id} holds no components, so what runs cannot be known for it", proof,
                      "Register a version with them: secondline inventory version --configuration.")  # fmt: skip
    approved = hash_ or str(case.built.get("digest"))
    if case.running is None:
        return Reason(name, control, "warn", f"No configuration was shown; approved is {approved[:16]}", proof,
                      "Give what runs with --configuration: an assistant.yaml, or its components as JSON.")  # fmt: skip
    moved = changed(held, case.running)
    if moved or configuration(case.running) != approved:
        nxt = "Deploy the approved configuration, or have the change approved: secondline evals components --raise."
        return Reason(name, control, "no", f"Not approved: {told(moved) or 'the digest'}", proof, nxt)
    return Reason(name, control, "yes", f"All {len(held)} parts are as approved ({approved[:16]})", proof)


def by_change(case: Case) -> Reason:
    """Return whether a configuration that is not the first came about by an approved change."""
    before, moved = differs(case.look, case.built)
    if why := uncontrolled(case.look, case.built):
        return Reason("change approved", "MRM-CHG-01", "no", f"{why[0].upper()}{why[1:]}", at("version", case.built),
                      "Have the change approved on a regression that passes, then the version.")  # fmt: skip
    text = f"{told(moved)} since {before['id']}, under an approved change" if moved else "No other was approved before"
    return Reason("change approved", "MRM-CHG-01", "yes", text, at("version", before))


def approved(case: Case) -> Reason:
    """Return whether an approval for this use is in force."""
    found, proof = case.approval, at("approval", case.approval)
    state = found.get("state")
    if state not in IN_FORCE:
        text = f"{found['id']} is {state}" if found else f"No approval of {case.id} for {case.use}"
        return Reason("approved for this use", "MRM-APR-01", "no", text, proof,
                      f"Request one: secondline approval request {case.id} --use {case.use}.")  # fmt: skip
    text = f"{found['id']} {state} on {found.get('decided_on')} by {found.get('decided_by')}"
    return Reason("approved for this use", "MRM-APR-01", "yes", text, proof)


def in_time(case: Case) -> Reason:
    """Return whether approval and pass have not ended."""
    ends = [str(d.get("expires")) for d in (case.approval, case.issued) if d.get("expires")]
    end = min(ends, default="")
    name = "emergency use in time" if case.emergency else "not expired"
    control = "MRM-VAL-02" if case.emergency else "MRM-APR-02"
    holds = bool(end) and case.today <= end
    text = f"Runs until {end}" if holds else f"Ended on {end}" if end else "Nothing that could run"
    return Reason(name, control, _is(holds), text, at("approval", case.approval),
                  "" if holds else "Request approval again; an expired one does not revive.")  # fmt: skip


def validated(case: Case) -> Reason:
    """Return whether a validation is signed for these bytes, or the level or an emergency does without."""
    signed = grounds.validation_signed(case.look, case.model, case.version)
    if signed:
        text = f"{signed['id']} signed by {signed['signed_by']} for {signed['for_digest'][:16]}"
        return Reason("validated", "MRM-VAL-01", "yes", text, at("validation", signed))
    if case.emergency:
        work = grounds.validation_at_work(case.look, case.model, case.version)
        text = (
            f"Emergency use while {work['id']} is under way"
            if work
            else "Emergency use, but no validation is under way"
        )
        return Reason("validated", "MRM-VAL-02", _is(bool(work)), text, at("approval", case.approval),
                      "" if work else "Plan the validation, or stop the use.")  # fmt: skip
    level = case.policy.levels.get(case.tier) if case.policy else None
    if level and not level.validation:
        return Reason("validated", "MRM-INV-12", "yes", f"Tier {case.tier} needs no validation by policy", level.source)
    return Reason("validated", "MRM-VAL-01", "no", "No validation is signed for the digest on record", "",
                  f"Validate {case.id}: secondline validation --help.")  # fmt: skip


def independent(case: Case) -> Reason:
    """Return whether every signatory is independent, judged by the whole history as it is now."""
    judge = bool(case.policy and case.tier in case.policy.levels and case.policy.levels[case.tier].validator_may_sign)
    seats = [Seat.model_validate(s) for s in case.approval.get("seats", ())]
    wrong = []
    for one in case.approval.get("signatures", ()):
        owner = any(seat.owner and fits(seat, one) for seat in seats)
        person = str(one["person"])
        why = grounds.conflict(case.look, person, case.model, case.version, owner=owner, judge=judge)
        wrong += [f"{person}: {why}"] if why else []
    names = ", ".join(str(s["person"]) for s in case.approval.get("signatures", ()))
    if wrong:
        return Reason("independence", "MRM-GOV-04", "no", "; ".join(wrong), at("approval", case.approval),
                      "Request approval again; somebody independent signs.")  # fmt: skip
    text = f"{names} neither developed, validated nor own it" if names else "Nobody has signed"
    return Reason("independence", "MRM-GOV-04", _is(bool(names)), text, at("approval", case.approval),
                  "" if names else "Collect the signatures.")  # fmt: skip


def at_level(case: Case) -> Reason:
    """Return whether the signatures are those that today's tier needs."""
    proof = at("model", case.entry)
    if case.policy is None:
        return Reason("approver level", "MRM-APR-04", "unknown", "No policy of approvals is adopted", "",
                      "Two people adopt one: secondline approval policy propose, adopt.")  # fmt: skip
    kind = str(case.approval.get("kind", "normal"))
    if kind != "emergency" and case.tier not in case.policy.levels:
        return Reason("approver level", "MRM-APR-04", "no", f"{case.model} has no tier", proof, "Rate it first.")
    level = case.policy.level(case.tier, kind)
    signed = [s for s in case.approval.get("signatures", ()) if s.get("verdict") == "approve"]
    empty = empty_seats(level.seats, signed)
    if empty:
        text = f"Tier {case.tier} needs {', '.join(s.seat for s in empty)} to sign as well"
        return Reason("approver level", "MRM-APR-04", "no", text, proof, "Request approval at the level of the tier.")
    return Reason("approver level", "MRM-APR-04", "yes", f"Tier {case.tier}: signed at level {level.name!r}", proof)


def unblocked(case: Case) -> Reason:
    """Return whether no blocking finding is open."""
    found = grounds.open_findings(case.look, case.model, case.version, case.today)
    blocks = set(case.policy.findings.blocks) if case.policy else {"critical"}
    stop = [f for f in found if f.get("severity") in blocks]
    if stop:
        text = f"Open: {', '.join(f['id'] + ' ' + str(f.get('severity')) for f in stop)}"
        nxt = f"Close {stop[0]['id']} with a passing re-test: secondline finding show {stop[0]['id']}."
        return Reason("no blocking finding", "MRM-APR-03", "no", text, at("finding", stop[0]), nxt)
    return Reason("no blocking finding", "MRM-APR-03", "yes", f"{len(found)} open findings, none blocks")


def agreed(case: Case) -> Reason:
    """Return whether no stakeholder disagrees on the objective."""
    found = open_objections(case.approval)
    text = f"{found[0]['person']}: {found[0]['statement']}" if found else "No open objection to the objective"
    return Reason("objective agreed", "MRM-GOV-14", _is(not found), text, at("approval", case.approval),
                  "Settle the objection with who made it." if found else "")  # fmt: skip


def passed(case: Case) -> Reason:
    """Return whether a genuine pass carries the approval, its bytes and its conditions."""
    doc, proof = case.issued, at("pass", case.issued)
    if not doc:
        text = f"Pass {case.shown} is not on record" if case.shown else "No pass was issued"
        return Reason("signed pass", "MRM-APR-02", "no", text, "",
                      f"Issue it: secondline approval pass issue {case.approval.get('id', 'AP-n')}.")  # fmt: skip
    try:
        payload = opened(doc["envelope"], case.keys, "secondline-pass-1")
    except NotGenuine as error:
        return Reason("signed pass", "MRM-APR-02", "no", str(error), proof, "Issue a new pass.")
    off = [name for name, value in (
        ("digest", case.built.get("digest")), ("model", case.model), ("version", case.version),
        ("approval", case.approval.get("id")), ("conditions", list(case.approval.get("conditions", ()))),
    ) if payload.get(name) != value]  # fmt: skip
    off += [] if case.use in payload.get("uses", ()) else ["use"]
    if off:
        return Reason("signed pass", "MRM-APR-02", "no", f"{doc['id']} names another {', '.join(off)}", proof,
                      "Issue a pass of the approval in force.")  # fmt: skip
    text = f"{doc['id']} signed by {doc['envelope']['key'][:16]}, {len(payload['conditions'])} conditions attached"
    return Reason("signed pass", "MRM-APR-02", "yes", text, proof)


def running(case: Case) -> Reason:
    """Return whether nothing is suspended, revoked or retired."""
    docs = {"pass": case.issued, "version": case.built, "model": case.entry,
            "use": case.look.get("use", case.use) or {}}  # fmt: skip
    bad = STOPPED | {"revoked"}
    stop = [(name, doc) for name, doc in docs.items() if doc.get("state") in bad]
    if stop:
        name, doc = stop[0]
        text = "; ".join(f"{n} {d['id']} is {d['state']}" for n, d in stop)
        where = {"pass": "approval pass", "version": "inventory", "model": "inventory", "use": "inventory"}[name]
        nxt = f"See who stopped it and why: secondline {where} show {doc['id']}."
        return Reason("not suspended", "MRM-MON-02", "no", text, at(name, doc), nxt)
    return Reason("not suspended", "MRM-MON-02", "yes", "Pass, version, use and model are not stopped")


def watched(case: Case) -> Reason:
    """Return whether an approved monitoring plan is attached."""
    plans = grounds.listed(case.look, "monitoring", model=case.model)
    live = [p for p in plans if p.get("state") == "approved"]
    level = case.policy.levels.get(case.tier) if case.policy else None
    if live:
        return Reason(
            "monitoring plan", "MRM-MON-01", "yes", f"{live[-1]['id']} is approved", at("monitoring", live[-1])
        )
    if case.emergency:
        kinds = [c for c in case.approval.get("conditions", ()) if c.get("kind") == "monitoring"]
        text = "Closer monitoring is a condition of it" if kinds else "Emergency use without monitoring"
        return Reason("monitoring plan", "MRM-VAL-02", _is(bool(kinds)), text, at("approval", case.approval))
    if level and not level.monitoring:
        return Reason("monitoring plan", "MRM-MON-01", "yes", f"Tier {case.tier} needs no plan by policy", level.source)
    return Reason("monitoring plan", "MRM-MON-01", "no", f"{case.model} has no approved monitoring plan", "",
                  "Draft one and have it approved.")  # fmt: skip


def waived(case: Case) -> Reason:
    """Return whether no waiver the model leans on has run out, and no exemption it needs."""
    granted = grounds.listed(case.look, "waiver", state="granted")
    mine = [w for w in granted if w.get("model") in {"", None, case.model}]
    over = [w for w in mine if str(w.get("expires", "")) < case.today]
    if over:
        text = f"Waiver {over[0]['id']} of {over[0].get('control')} ended on {over[0].get('expires')}"
        return Reason("exceptions in time", "MRM-GOV-07", "no", text, at("waiver", over[0]),
                      "Meet the control, or have the waiver granted again.")  # fmt: skip
    level = case.policy.levels.get(case.tier) if case.policy else None
    if level and level.exemption and not grounds.exemption(case.look, case.model, case.today):
        text, nxt = f"Tier {case.tier} needs an approved exemption", "Have the exemption looked at (again)."
        return Reason("exceptions in time", "MRM-INV-12", "no", text, "", nxt)
    return Reason("exceptions in time", "MRM-GOV-07", "yes", f"{len(mine)} waivers, none has run out")


def warnings(case: Case) -> Iterator[Reason]:
    """Return what a person should know and what never closes the gate: open findings, failed checks, what ends soon."""
    for finding in grounds.open_findings(case.look, case.model, case.version, case.today)[:10]:
        text = f"{finding['id']} {finding.get('severity')} is {finding.get('state')}"
        yield Reason("open finding", "MRM-FND-02", "warn", text, at("finding", finding))
    runs = grounds.of_version(case.look, "run", case.model, case.version)
    if runs and runs[-1].get("failed"):
        text = f"{runs[-1]['failed']} checks failed in the latest run {runs[-1]['id']}"
        yield Reason("failed checks", "MRM-VAL-04", "warn", text, at("run", runs[-1]))
    due = str(case.entry.get("next_validation") or "")
    if due and due < case.today:
        yield Reason(
            "validation due", "MRM-VAL-08", "warn", f"The next validation was due on {due}", at("model", case.entry)
        )
    if case.policy and case.issued.get("expires"):
        days = _days(case.today, str(case.issued["expires"]))
        if 0 <= days <= case.policy.renew_days:
            yield Reason("ends soon", "MRM-APR-02", "warn", f"The pass ends in {days} days", at("pass", case.issued))


def _days(frm: str, to: str) -> int:
    from datetime import date

    return (date.fromisoformat(to) - date.fromisoformat(frm)).days


QUESTIONS: tuple[Callable[[Case], Reason], ...] = (
    registered, same_bytes, approved, in_time, validated, independent, at_level, unblocked, agreed, passed, running,
    watched, waived,
)  # fmt: skip


OF_APPROVAL = (in_time, independent, at_level, agreed, passed)
"""Questions about an approval; where there is none, that is said once."""


def answers(case: Case) -> tuple[Reason, ...]:
    """Ask every question of the gate; a version that is not registered is asked no more."""
    first = QUESTIONS[0](case)
    if first.holds == "no":
        return (first,)
    asked = [q for q in QUESTIONS[1:] if case.approval or q not in OF_APPROVAL]
    also = (by_change(case),) if case.built.get("components") else ()
    return (first, *(question(case) for question in asked), *also, *warnings(case))
