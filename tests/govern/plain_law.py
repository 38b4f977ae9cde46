"""The law in plain words: a second statement of who may do what, when, and who must not, for the central acts.

Written from the design (roles, states, separation of duties), not from the rules of the product, which it never sees.
``forbidden`` says why an act must be refused; ``settled`` acts must be done when it says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DEV, OWN, V, A, H, ADMIN, WATCH = "developer", "owner", "validator", "approver", "mrm-head", "admin", "monitor"
FIRST, SECOND, LINES = {DEV, OWN}, {V, H}, {DEV, OWN, V, H}
DECIDE, KEEP, STOP = {A, H}, {DEV, OWN, H}, {OWN, V, A, H}
OPEN = {"draft", "issued", "agreed", "disputed", "in-remediation", "ready-for-retest"}
MEND = {"agreed", "in-remediation"}
RUNS = {"approved", "in-use", "restricted"}
FORCE = {"approved", "conditional", "restricted"}
WORK = {"planned", "fieldwork", "reporting"}
LIVE = {"proposed", "in-development", "in-validation", "approved", "in-use", "restricted", "suspended"}
PASSING = {"active", "restricted"}
NEW: set[str] = set()
SAME = ""

# act: (roles, states before; NEW makes a record, state after; SAME keeps it)
LAW: dict[str, tuple[set[str], set[str], str]] = {
    "person.added": ({ADMIN}, NEW, "active"), "role.granted": ({ADMIN}, {"active"}, SAME),
    "role.revoked": ({ADMIN}, {"active"}, SAME), "person.left": ({ADMIN}, {"active"}, "left"),
    "person.returned": ({ADMIN}, {"left"}, "active"),
    "model.registered": (KEEP, NEW, "proposed"), "model.development-begun": (KEEP, {"proposed"}, "in-development"),
    "model.submitted": (KEEP, LIVE - {"suspended"}, "in-validation"),
    "model.returned": (SECOND, {"in-validation"}, "in-development"),
    "model.decommissioned": ({OWN, H}, LIVE | {"exempt"}, "decommissioned"),
    "model.reinstated": ({H}, {"decommissioned"}, "in-development"),
    "model.exempted": (SECOND, LIVE, "exempt"), "model.scoped-out": (SECOND, LIVE | {"exempt"}, "out-of-scope"),
    "model.scoped-in": (SECOND, {"out-of-scope", "exempt"}, "proposed"),
    "model.approved": ({OWN, A, H}, {"proposed", "in-development", "in-validation", "restricted"}, "approved"),
    "model.in-use": ({OWN, DEV, A, H}, RUNS, "in-use"), "model.suspended": (STOP, RUNS, "suspended"),
    "model.restricted": (STOP, LIVE - {"restricted", "suspended"}, "restricted"),
    "version.registered": (KEEP, NEW, "registered"), "version.validated": (SECOND, {"registered"}, "validated"),
    "version.approved": ({OWN, A, H}, {"registered", "validated"}, "approved"),
    "version.in-use": ({OWN, DEV, A, H}, {"approved"}, "in-use"),
    "version.superseded": ({OWN, DEV, A, H}, {"approved", "in-use"}, "superseded"),
    "version.suspended": (STOP, {"approved", "in-use"}, "suspended"),
    "version.retired": (KEEP, {"registered", "validated", "approved", "superseded", "suspended"}, "retired"),
    "use.proposed": (KEEP, NEW, "proposed"), "use.ended": (KEEP, {"proposed", "approved", "restricted"}, "ended"),
    "use.approved": ({OWN, A, H}, {"proposed", "restricted"}, "approved"),
    "rating.given": (LINES, NEW, "given"), "rating.resolved": ({H}, {"given"}, "resolved"),
    "rating.superseded": (LINES, {"given", "resolved"}, "superseded"),
    "scope.decided": (SECOND, NEW, "decided"),
    "validation.planned": (SECOND, NEW, "planned"), "validation.declared": (SECOND, WORK, SAME),
    "validation.started": (SECOND, {"planned"}, "fieldwork"),
    "validation.reporting": (SECOND, {"fieldwork"}, "reporting"),
    "validation.opined": (SECOND, {"reporting"}, "opined"), "validation.signed": (SECOND, {"opined"}, "signed"),
    "validation.reopened": (SECOND, {"opined"}, "reporting"), "validation.cancelled": (SECOND, WORK, "cancelled"),
    "finding.raised": (LINES, NEW, "draft"), "finding.issued": (SECOND, {"draft"}, "issued"),
    "finding.withdrawn": (SECOND, {"draft"}, "withdrawn"), "finding.agreed": ({OWN}, {"issued"}, "agreed"),
    "finding.disputed": ({OWN}, {"issued"}, "disputed"), "finding.upheld": ({H}, {"disputed"}, "issued"),
    "finding.dropped": ({H}, {"disputed"}, "withdrawn"), "finding.started": (FIRST, {"agreed"}, "in-remediation"),
    "finding.ready": (FIRST, MEND, "ready-for-retest"),
    "finding.returned": (SECOND, {"ready-for-retest"}, "in-remediation"),
    "finding.closed": (SECOND, {"ready-for-retest"}, "closed"), "finding.merged": (SECOND, OPEN, "merged"),
    "finding.reopened": (SECOND, {"closed", "accepted"}, "in-remediation"),
    "finding.extended": (SECOND, MEND, SAME), "finding.accepted": (DECIDE, MEND, "accepted"),
    "finding.declined": (SECOND | {A}, MEND, SAME), "finding.regraded": (SECOND, OPEN - {"draft"}, SAME),
    "approval.requested": (KEEP, NEW, "requested"), "approval.signed": (STOP, {"requested"}, SAME),
    "approval.decided": ({OWN, A, H}, {"requested"}, "?"),
    "approval.withdrawn": (KEEP | DECIDE, {"requested"} | FORCE, "withdrawn"),
    "pass.issued": ({OWN, A, H}, NEW, "active"), "pass.suspended": (STOP, PASSING, "suspended"),
    "pass.restricted": (STOP, PASSING, "restricted"), "pass.released": (DECIDE, {"restricted"}, "active"),
    "pass.resumed": (DECIDE, {"suspended"}, "?"), "pass.revoked": (DECIDE, {*PASSING, "suspended"}, "revoked"),
    "change.raised": (LINES | {WATCH}, NEW, "raised"),
    "change.classified": (SECOND, {"raised", "classified"}, "classified"),
    "change.approved": (STOP, {"classified"}, "approved"), "change.implemented": (FIRST, {"approved"}, "implemented"),
    "change.rejected": ({V, A, H}, {"raised", "classified"}, "rejected"),
    "judge.carded": (LINES, NEW, "carded"), "judge.made-eligible": (SECOND, {"carded"}, "eligible"),
    "judge.refused": (SECOND, {"carded"}, "refused"), "judge.withdrawn": (SECOND, {"carded", "eligible"}, "withdrawn"),
    "limitation.recorded": (LINES, NEW, "open"), "limitation.retired": (SECOND, {"open"}, "retired"),
    "overlay.proposed": (LINES, NEW, "proposed"), "overlay.changed": (LINES, {"proposed"}, SAME),
    "overlay.approved": (DECIDE, {"proposed"}, "approved"),
    "overlay.renewed": (DECIDE, {"approved"}, SAME), "overlay.ended": (LINES | DECIDE, {"proposed", "approved"},
        "ended"),
    "exemption.proposed": (LINES, NEW, "proposed"), "exemption.approved": (DECIDE, {"proposed"}, "approved"),
    "exemption.ended": (SECOND | DECIDE, {"proposed", "approved"}, "ended"),
    "waiver.requested": (LINES, NEW, "requested"), "waiver.granted": (DECIDE, {"requested"}, "granted"),
    "waiver.ended": (SECOND | DECIDE, {"requested", "granted"}, "ended"),
    "monitoring.drafted": (LINES, NEW, "draft"), "monitoring.revised": (LINES, {"draft", "approved"}, "draft"),
    "monitoring.approved": (SECOND, {"draft"}, "approved"),
    "monitoring.ended": (SECOND, {"draft", "approved"}, "ended"),
    "labels.planned": (SECOND, NEW, "planned"), "labels.filed": (LINES | {A, ADMIN}, {"planned", "labelling"},
        "labelling"),
    "labels.adjudicated": (SECOND, {"labelling"}, "labelling"), "labels.settled": (SECOND, {"labelling"}, "settled"),
    "labels.reopened": (SECOND, {"settled"}, "labelling"),
    "labels.withdrawn": (SECOND, {"planned", "labelling", "settled"}, "withdrawn"),
    "delegation.proposed": (DECIDE, NEW, "proposed"), "delegation.adopted": (DECIDE, {"proposed"}, "adopted"),
}  # fmt: skip

# Acts for the second line alone: never by who built or owned the model, at any time.
INDEPENDENT = {
    "validation.planned", "validation.declared", "validation.started", "validation.opined", "validation.signed",
    "validation.reopened", "version.validated", "finding.issued", "finding.withdrawn", "finding.upheld",
    "finding.dropped", "finding.returned", "finding.closed", "finding.reopened", "finding.extended", "finding.accepted",
    "finding.declined", "finding.regraded", "finding.merged", "scope.decided", "rating.resolved", "change.classified",
    "limitation.retired", "overlay.approved", "overlay.renewed", "exemption.approved", "waiver.granted",
    "monitoring.approved", "judge.made-eligible", "judge.refused", "labels.planned", "labels.adjudicated",
    "labels.settled", "labels.reopened", "labels.withdrawn",
}  # fmt: skip
# Second acts, and the first acts after which the same person may not do them.
TWO_PEOPLE = {
    "overlay.approved": {"overlay.proposed", "overlay.changed"},
    "overlay.renewed": {"overlay.proposed", "overlay.changed"},
    "exemption.approved": {"exemption.proposed"}, "waiver.granted": {"waiver.requested"},
    "monitoring.approved": {"monitoring.drafted", "monitoring.revised"},
    "delegation.adopted": {"delegation.proposed"},
    "judge.made-eligible": {"judge.carded"}, "judge.refused": {"judge.carded"},
    "change.classified": {"change.raised"}, "change.implemented": {"change.approved"},
    "finding.upheld": {"finding.raised", "finding.issued", "finding.regraded"},
    "finding.dropped": {"finding.raised", "finding.issued", "finding.regraded"},
    "approval.signed": {"approval.requested", "approval.signed"},
}  # fmt: skip
MENDERS = {"finding.agreed", "finding.started", "finding.ready"}
# Acts about which the statement above is complete: what it does not forbid must be done.
SETTLED = {
    "role.granted", "person.left", "person.returned", "model.development-begun", "model.returned", "model.suspended",
    "model.scoped-in", "model.reinstated", "version.suspended", "version.retired", "use.ended", "finding.issued",
    "finding.withdrawn", "finding.agreed", "finding.upheld", "finding.dropped", "finding.started", "finding.ready",
    "finding.returned", "finding.reopened", "finding.declined", "pass.suspended", "pass.restricted", "pass.revoked",
    "limitation.retired", "overlay.ended", "exemption.ended", "waiver.ended",
    "monitoring.approved", "monitoring.ended", "change.rejected",
    "delegation.adopted", "validation.cancelled", "judge.made-eligible", "judge.refused", "judge.withdrawn",
}  # fmt: skip


@dataclass
class Thing:
    """A record as the plain law knows it."""

    state: str
    model: str = ""
    version: str = ""
    did: dict[str, set[str]] = field(default_factory=dict)
    """Who did which act on it, ever."""
    owners: set[str] = field(default_factory=set)
    """Whoever was named its owner, ever; the last is in ``owner``."""
    owner: str = ""
    builders: set[str] = field(default_factory=set)
    lead: str = ""
    team: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)
    expires: str = ""
    tier: int = 0
    makers: set[str] = field(default_factory=set)


class Law:
    """Everything the plain law knows of a bank, from what was asked and done."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.things: dict[tuple[str, str], Thing] = {}
        self.roles: dict[str, set[str]] = {}

    def of(self, record: str, model: str = "") -> dict[str, Thing]:
        """Return the records of a kind, of a model if one is named."""
        return {id_: t for (kind, id_), t in self.things.items() if kind == record and model in {"", t.model}}

    def conflicted(self, who: str, model: str, version: str = "") -> bool:
        """Whether somebody ever owned a model, led its development, or built the version (any, when none is said)."""
        if not model:
            return False  # it is about the whole bank
        entry = self.things.get(("model", model), Thing(""))
        versions = self.of("version", model)
        built = {b for id_, v in versions.items() if version in {"", id_, id_.partition("@")[2]} for b in v.builders}
        return who in entry.owners | entry.builders | built

    def forbidden(self, act: str, who: str, id_: str, form: dict[str, Any], today: str) -> str:
        """Return why an act must be refused, or ''."""
        kind = act.partition(".")[0]
        if kind == "role":
            kind = "person"
        me = self.things.get(("person", who))
        if me is None or me.state != "active":
            return "nobody who acts here"
        if act not in LAW:
            return "" if self.roles[who] - {"auditor"} else "auditors only look"
        roles, before, _ = LAW[act]
        thing = self.things.get((kind, id_))
        if not roles & self.roles[who]:
            return "not their role"
        if before is not NEW and (thing is None or thing.state not in before):
            return "not in this state"
        return self._duties(act, who, id_, thing or Thing("", form.get("model", ""), str(form.get("version") or "")),
            form,
                            today)  # fmt: skip

    def _duties(self, act: str, who: str, id_: str, thing: Thing, form: dict[str, Any], today: str) -> str:
        version = thing.version if act.startswith(("finding", "validation", "version", "change")) else ""
        if act in INDEPENDENT and self.conflicted(who, thing.model, version):
            return "they built or own it"
        if any(who in thing.did.get(first, ()) for first in TWO_PEOPLE.get(act, ())):
            return "two people are needed"
        if act.startswith("finding.") and act in INDEPENDENT and (
            who in thing.owners or any(who in thing.did.get(one, ()) for one in MENDERS)
        ):  # fmt: skip
            return "nobody judges what they mended"
        special = getattr(self, "_" + act.replace(".", "_").replace("-", "_"), None)
        return special(who, id_, thing, form, today) if special else ""

    def _role_granted(self, who: str, id_: str, *_: Any) -> str:
        return "nobody grants rights to themselves" if who == id_ else ""

    def _role_revoked(self, who: str, id_: str, *_: Any) -> str:
        return "nobody changes their own rights" if who == id_ else ""

    def _person_left(self, _who: str, id_: str, *_: Any) -> str:
        admins = [p for p, t in self.of("person").items() if t.state == "active" and ADMIN in self.roles[p]]
        return "the last admin stays" if admins == [id_] else ""

    def _finding_agreed(self, who: str, _id: str, thing: Thing, *_: Any) -> str:
        return "" if who in {thing.owner, self.things["model", thing.model].owner} else "it is not theirs to answer"

    _finding_disputed = _finding_agreed

    def _finding_started(self, who: str, _id: str, thing: Thing, *_: Any) -> str:
        mine = who == thing.owner or self.conflicted(who, thing.model, thing.version)
        return "" if mine else "they neither own nor build it"

    _finding_ready = _finding_started

    def _validation_declared(self, who: str, _id: str, thing: Thing, *_: Any) -> str:
        return "" if who in {thing.lead} | thing.team else "not of the team"

    def _validation_cancelled(self, who: str, _id: str, thing: Thing, *_: Any) -> str:
        return "" if who == thing.lead or H in self.roles[who] else "not the lead"

    def _validation_started(self, who: str, _id: str, thing: Thing, *_: Any) -> str:
        if who != thing.lead and H not in self.roles[who]:
            return "not the lead"
        return "" if {thing.lead} | thing.team <= thing.declared else "independence is not declared"

    def _validation_opined(self, who: str, _id: str, thing: Thing, *_: Any) -> str:
        return "" if who == thing.lead else "the lead gives the opinion"

    def _validation_signed(self, who: str, _id: str, thing: Thing, *_: Any) -> str:
        strict = self.things["model", thing.model].tier <= 2
        return "another signs" if who == thing.lead and strict else ""

    def _waiver_granted(self, who: str, _id: str, thing: Thing, _form: Any, today: str) -> str:
        tier = self.things["model", thing.model].tier if thing.model else 0
        if tier < 3 and H not in self.roles[who]:
            return "the head grants it"
        return "it has run out" if thing.expires <= today else ""

    def _overlay_approved(self, _who: str, _id: str, thing: Thing, _form: Any, today: str) -> str:
        return "it has run out" if thing.expires <= today else ""

    _exemption_approved = _overlay_approved

    def _judge_refused(self, who: str, _id: str, thing: Thing, *_: Any) -> str:
        return "they made the judge" if who in thing.makers else ""

    def _judge_made_eligible(self, who: str, _id: str, thing: Thing, _form: Any, today: str) -> str:
        if who in thing.makers:
            return "they made the judge"
        return "its card has ended" if thing.expires < today else ""

    def _approval_signed(self, who: str, _id: str, thing: Thing, *_: Any) -> str:
        tier = self.things["model", thing.model].tier
        if self.conflicted(who, thing.model, thing.version) and tier <= 2:
            return "they built or own it"
        return "they validated it" if tier <= 2 and who in self.judges(thing.model, thing.version) else ""

    def _labels_planned(self, _who: str, _id: str, thing: Thing, form: dict[str, Any], *_: Any) -> str:
        built = [rater for rater in form["raters"] if self.built(rater, thing.model)]
        return f"{built[0]} built it" if built else ""

    def _labels_filed(self, who: str, _id: str, thing: Thing, form: dict[str, Any], *_: Any) -> str:
        rater = form["rater"]
        if rater not in thing.team:
            return "no rater of the plan"
        if self.built(rater, thing.model):
            return "they built it"
        if form["plan"] != thing.expires:
            return "another plan"
        if who == rater:
            return ""
        judges = SECOND & self.roles[who] and not self.conflicted(who, thing.model)
        return "" if judges else "another's labels"

    def _labels_adjudicated(self, who: str, _id: str, thing: Thing, form: dict[str, Any], *_: Any) -> str:
        if form["plan"] != thing.expires:
            return "another plan"
        return "a third person settles" if who in thing.team or form["rater"] != who else ""

    def _labels_settled(self, _who: str, _id: str, thing: Thing, form: dict[str, Any], *_: Any) -> str:
        if form["plan"] != thing.expires:
            return "another plan"
        return "raters disagree" if form["open"] else ""

    def built(self, who: str, model: str) -> bool:
        """Whether somebody ever led a model's development or built a version of it."""
        versions = self.of("version", model).values()
        return who in self.things.get(("model", model), Thing("")).builders or any(who in v.builders for v in versions)

    def judges(self, model: str, version: str) -> set[str]:
        """Return everybody who ever took part in validating a version."""
        mine = [v for v in self.of("validation", model).values() if v.version == version]
        opined = {p for v in mine for act in ("validation.opined", "validation.signed") for p in v.did.get(act, ())}
        return opined | {p for v in mine for p in v.team | {v.lead}}

    def note(self, act: str, who: str, id_: str, form: dict[str, Any], state: str) -> None:
        """Take in what was done."""
        kind = "person" if act.startswith("role.") else act.partition(".")[0]
        kind = {"pack": "adoption", "opinion": "run"}.get(kind, kind)
        thing = self.things.setdefault((kind, id_), Thing(""))
        after = LAW[act][2] if act in LAW else "?"
        thing.state = state if after == "?" else after or thing.state
        thing.did.setdefault(act, set()).add(who)
        if act == "approval.amended":
            thing.did.pop("approval.signed", None)  # what was signed before is void
        thing.model = str(form.get("model") or thing.model or (id_ if kind == "model" else ""))
        thing.version = str(form.get("version") or thing.version or (id_ if kind == "version" else ""))
        thing.expires = str(form.get("expires") or form.get("recheck") or thing.expires)
        if kind == "finding" and act == "finding.raised" and not form.get("owner"):
            form = {**form, "owner": self.things["model", thing.model].owner}
        if form.get("owner"):
            thing.owner = form["owner"]
            thing.owners.add(thing.owner)
        thing.builders |= set(form.get("developers") or ()) | ({form["developer"]} if form.get("developer") else set())
        thing.builders |= {who} if act == "version.registered" else set()
        thing.makers |= set(form.get("makers") or ())
        if act in {"validation.planned", "validation.team-changed"}:
            thing.lead, thing.team = form["lead"], set(form.get("team") or ())
            thing.declared &= {thing.lead} | thing.team
        if act == "labels.planned":
            thing.team, thing.expires = set(form["raters"]), form["object"]
        thing.declared |= {who} if act == "validation.declared" else set()
        if act in {"person.added", "role.granted", "role.revoked"}:
            self._rights(act, id_, form)

    def _rights(self, act: str, id_: str, form: dict[str, Any]) -> None:
        held = self.roles.setdefault(id_, set())
        if act == "person.added":
            held |= set(form.get("roles") or ())
        elif act == "role.granted":
            held.add(form["role"])
        else:
            held.discard(form["role"])
