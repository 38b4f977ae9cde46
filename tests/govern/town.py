"""A bank whose people try everything: forms for every act, mostly plausible, and the plain law looking on."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal, get_args, get_origin

from bank import BAD, GOOD
from govern.plain_law import LAW, SETTLED, Law
from secondline.core.errors import Conflict, OutOfTurn, Refused, SpecError, UnknownRecord
from secondline.govern.act import ACTS, Act
from secondline.govern.record import RECORDS
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Receipt
from secondline.workflow.approving import adopt_policy, propose_policy, reading
from secondline.workflow.passes import issue
from secondline.workflow.rating import adopt, answers_for

CAST: dict[str, tuple[str, ...]] = {
    "ada": ("admin",), "ana": ("admin",), "dev": ("developer",), "dora": ("developer",), "olga": ("owner",),
    "otto": ("owner",), "vera": ("validator",), "vito": ("validator",), "abe": ("approver",), "amy": ("approver",),
    "sole": ("owner", "validator", "approver", "mrm-head"), "hal": ("mrm-head",), "hilda": ("mrm-head",),
        "dual": ("developer", "validator"), "max": ("owner", "approver"),
    "late": ("developer",), "gone": ("validator",), "aud": ("auditor",), "eye": ("monitor",),
}  # fmt: skip
NOBODY = "stranger"
MODELS = ("pd", "fraud")
REFUSALS = (Refused, OutOfTurn, SpecError, UnknownRecord, Conflict)
LEFT_OUT = {"key.registered", "method.adopted", "method.ended", "delegation.ended", "person.added"}
"""Acts that would end the game: a key that must sign from then on, another policy, ever more people."""
DAYS = ("2026-05-01", "2026-05-20", "2026-07-15", "2026-11-02", "2027-03-01")


def digest(text: str) -> str:
    """Return a digest for a version."""
    return sha256(text.encode()).hexdigest()


@cache
def template() -> Path:
    """Return a folder with a bank as it begins, to copy for each game."""
    folder = Path(mkdtemp(prefix="town"))
    ledger = Ledger.open(folder / "runs", clock=lambda: f"{DAYS[0]}T00:00:00.000Z")
    begin(ledger)
    ledger.database.engine.dispose()
    return folder / "runs"


def begin(ledger: Ledger) -> None:
    """Enter the people and the written rules."""
    for name, roles in CAST.items():
        kind = "service" if "monitor" in roles else "person"
        ledger.act("person.added", "ada", name, {"name": name.title(), "roles": roles, "kind": kind})
    propose_policy(ledger, "hal", reason="first")
    adopt_policy(ledger, "abe", "2026.1", reason="first")
    for kind in ("tiering", "change"):
        adopt(ledger, kind, "hal", reason="first")


class Town:
    """A bank, what the plain law knows of it, and a day that moves on."""

    def __init__(self, url: str = "") -> None:
        """Open the bank: a copy of the first day, or anew on a server."""
        self.folder = Path(mkdtemp(prefix="game"))
        if not url:
            shutil.copytree(template(), self.folder / "runs")
        self.chance, self.second, self.day, self.counted = random.Random(0), 0, DAYS[0], 0
        self.ledger = Ledger.open(self.folder / "runs", database=url, clock=self.clock)
        if url:
            begin(self.ledger)
        self.law, self.done, self.refused = Law(), list[str](), 0
        for name, roles in CAST.items():
            self.law.note("person.added", "ada", name, {"roles": roles}, "active")
        self.law.note("delegation.proposed", "hal", "approvals@2026.1", {}, "proposed")
        self.law.note("delegation.adopted", "abe", "approvals@2026.1", {}, "adopted")
        for model, owner, dev in zip(MODELS, ("olga", "max"), ("dev", "dora"), strict=True):
            self.must("model.registered", owner, model, name=model, owner=owner, developer=dev, description="Scores.")
            self.must("version.registered", dev, f"{model}@1.0", model=model, version="1.0", developers=[dev],
                      digest=digest(model))  # fmt: skip
            self.must("use.proposed", owner, "", model=model, name="origination")
        self.must("version.changed", "dev", "pd@1.0", developers=["dev", "late"])
        for act, who, role in (("revoked", "late", "developer"), ("granted", "late", "approver")):
            self.must(f"role.{act}", "ada", who, role=role)
        self.must("person.left", "ada", "gone")

    def clock(self) -> str:
        """Return the next instant of the day."""
        self.second += 1
        return f"{self.day}T{self.second // 3600 % 24:02}:{self.second // 60 % 60:02}:{self.second % 60:02}.000Z"

    def close(self) -> None:
        """Throw the bank away."""
        self.ledger.database.engine.dispose()
        shutil.rmtree(self.folder, ignore_errors=True)

    def must(self, act: str, who: str, id_: str = "", **form: Any) -> str:
        """Do what must be possible; returns the id of the record."""
        done = self.attempt(act, who, id_, form)
        assert done, f"{act} by {who} was refused"
        return done

    def attempt(self, act: str, who: str, id_: str, form: dict[str, Any]) -> str:
        """Try an act; the ledger and the plain law must agree. Returns the id, or '' when it was refused."""
        why = self.law.forbidden(act, who, id_, form, self.day)
        before, kind = self.ledger.records.events(newest_first=True, limit=1)[0].seq, ACTS[act].record
        stood = self.ledger.records.get(kind, id_) if id_ else None
        receipt, error = self._done(act, who, id_, form)
        if receipt is None:
            assert why or act not in SETTLED, f"{act} of {id_} by {who} was refused, and nothing forbids it: {error}"
            self._changed_nothing(before, stood, kind, id_)
            self.refused += 1
            return ""
        assert not why, f"{act} of {id_} by {who} went through: {why} ({form})"
        known = {n: v for n, v in receipt.doc.items() if n in {"model", "version", "expires", "owner"}} | form
        self.law.note(act, who, receipt.id, known if LAW.get(act, (0, set(), ""))[1] == set() else form,
                      str(receipt.doc["state"]))  # fmt: skip
        if act == "model.rated":
            self.law.things["model", receipt.id].tier = int(receipt.doc["tier"])
        assert receipt.doc["state"] == self.law.things[kind, receipt.id].state, f"{act} of {receipt.id}"
        self.done.append(act)
        return receipt.id

    def _done(self, act: str, who: str, id_: str, form: dict[str, Any]) -> tuple[Receipt | None, str]:
        try:
            if act == "pass.issued":
                return issue(self.ledger, who, str(form["approval"])), ""
            return self.ledger.act(act, who, id_, form, reason="because"), ""
        except REFUSALS as error:
            return None, str(error)

    def _changed_nothing(self, before: int, stood: dict[str, Any] | None, kind: str, id_: str) -> None:
        after = self.ledger.records.events(after=before, limit=5)
        assert [e.kind for e in after] in ([], ["act.refused"]), [e.kind for e in after]
        assert stood == (self.ledger.records.get(kind, id_) if id_ else None)

    # What people state.

    def one(self, record: str, model: str = "", *states: str) -> str:
        """Return some record of a kind, rather a late one; 'none' when there is none."""
        found = [i for i, t in self.law.of(record, model).items() if not states or t.state in states]
        return self.chance.choice(found[-4:]) if found else "none"

    def model(self) -> str:
        """Return some model."""
        return self.chance.choice(MODELS)

    def ahead(self, *days: int) -> str:
        """Return a day so many days ahead."""
        return (date.fromisoformat(self.day) + timedelta(days=self.chance.choice(days or (20, 60, 200)))).isoformat()

    def form(self, act: Act, id_: str) -> tuple[str, dict[str, Any]]:
        """Return id and answers for an act: its own recipe, or a likely value for each question."""
        if act.name in RECIPES:
            made = RECIPES[act.name](self, id_)
            return str(made.pop("id", id_)), made
        model = self.law.things.get((act.record, id_))
        about = model.model if model and model.model in MODELS else self.model()
        form = {name: self._value(name, f.annotation, about) for name, f in act.form.model_fields.items()
                if f.is_required() or self.chance.random() < 0.1}  # fmt: skip
        new = f"{act.record}-{len(self.law.of(act.record)) + 1}"
        return ("" if RECORDS[act.record].prefix else new) if act.creates else id_, form

    def _value(self, name: str, annotation: Any, model: str) -> Any:
        if name in {"validation", "run", "evidence", "limitation", "plan", "approval", "use"}:
            found = self.one(name, model)
            return found if annotation is str else [found]
        known: dict[str, Any] = {
            "model": model, "version": "1.0", "owner": self.chance.choice(list(CAST)), "uses": [self.one("use", model)],
            "answers": GOOD, "method": "tiering@2026.1", "told": [model], "covers": self.one("finding", model),
            "into": self.one("finding", model), "merged": self.one("finding", model),
            "to": f"model/{model}", "frm": "source/bureau", "metrics": [METRIC], "control": "MRM-MON-01",
            "variant_of": "", "developer": self.chance.choice(list(CAST)), "pack": "us-sr26-2", "parameters": {},
        }  # fmt: skip
        return known[name] if name in known else self._plain(annotation)

    def _plain(self, annotation: Any) -> Any:
        inner = [a for a in get_args(annotation) if a is not type(None)]
        if get_origin(annotation) is Literal:
            return self.chance.choice(inner)
        if inner and type(None) in get_args(annotation):
            return self._plain(inner[0])
        simple: dict[Any, Any] = {str: "some words", int: 1, float: 0.5, bool: True, date: self.ahead()}
        if annotation in simple:
            return simple[annotation]
        return {} if get_origin(annotation) is dict else []


METRIC = {"metric": "stability.psi", "amber": 0.1, "red": 0.25, "action": "look"}
OPINION = {"opinion": 2, "recommendation": "approve", "combination": "Little.", "confidence": "high",
           "confidence_basis": "40,000 rows."}  # fmt: skip


def _finding(t: Town, _id: str) -> dict[str, Any]:
    return {"model": t.model(), "version": t.chance.choice(("", "1.0")), "statement": "Stale.",
        "evidence": ["section 3"],
            "effect": "cannot be rebuilt", "criterion": "A rebuild.", "effect_share": t.chance.choice((0.0, 0.06, 0.2)),
            "owner": t.chance.choice(("", "olga", "otto", "dual", "sole", "sole")),
            "source": t.chance.choice(("hand", "self-identified"))}  # fmt: skip


def _validation(t: Town, _id: str) -> dict[str, Any]:
    kind = t.chance.choice(("annual-review", "periodic", "targeted", "initial"))
    return {"model": t.model(), "version": "1.0", "kind": kind, "due": t.ahead(200), "scope": "All.",
            "lead": t.chance.choice(("vera", "vito", "dual", "hal")), "team": t.chance.choice(([], ["vito"],
                ["gone"]))}  # fmt: skip


def _approval(t: Town, _id: str) -> dict[str, Any]:
    model = t.model()
    return {"model": model, "version": "1.0", "uses": [t.one("use", model)], "expires": t.ahead(60, 150),
            "residual": "low", "justification": "weighed", "seeks": "approve"}  # fmt: skip


def _signature(t: Town, id_: str) -> dict[str, Any]:
    signs = "0" * 64
    with suppress(*REFUSALS):
        signs = reading(t.ledger, id_).signs
    return {"signs": signs, "affirms": True, "verdict": t.chance.choice(("approve",) * 5 + ("reject",))}


def _rating(t: Town, _id: str) -> dict[str, Any]:
    model, line = t.model(), t.chance.choice(("first", "second", "provisional"))
    answers: dict[str, Any] = {}
    with suppress(*REFUSALS):
        answers = answers_for(t.ledger.records, model, t.chance.choice((GOOD, BAD)), line=line)
    return {"model": model, "line": line, "method": "tiering@2026.1", "answers": answers}


def _closing(t: Town, id_: str) -> dict[str, Any]:
    return {"evidence": t.one("evidence", getattr(t.law.things.get(("finding", id_)), "model", ""))}


def _evidence(t: Town, _id: str) -> dict[str, Any]:
    return {"kind": "other", "title": "Shown.", "model": t.model(), "on": t.day, "note": "It holds."}


def _review(t: Town, _id: str) -> dict[str, Any]:
    part = t.chance.choice(("yearly", "yearly", "conceptual", "topic"))
    return {"validation": t.one("validation"), "part": part, "questionnaire": part, "questions": ["QU-1"]}


def _judge(t: Town, _id: str) -> dict[str, Any]:
    sums = {name: digest(name) for name in ("card", "identity", "rubric", "prompt", "labels")}
    return sums | {"model": t.model(), "judge": "reader", "criterion": "helpful", "n": 240, "fit": True, "made": t.day,
                   "expires": t.ahead(20, 200), "makers": t.chance.choice(([], ["vito"], ["dual"]))}  # fmt: skip


def _version(t: Town, _id: str) -> dict[str, Any]:
    model = t.model()
    label = f"1.{len(t.law.of('version', model))}"
    return {"id": f"{model}@{label}", "model": model, "version": label, "digest": digest(model + label),
            "developers": [t.chance.choice(("dev", "dora", "dual", "late"))]}  # fmt: skip


RECIPES: dict[str, Callable[[Town, str], dict[str, Any]]] = {
    "finding.raised": _finding, "finding.closed": _closing, "finding.returned": lambda _t, _i: {"note": "Fails."},
    "finding.agreed": lambda _t, _i: {"answer": "Yes.", "action": "Mend."},
    "finding.ready": lambda _t, _i: {"done": "Mended."}, "finding.extension-asked": lambda t,
        _i: {"until": t.ahead(500)},
    "finding.acceptance-asked": lambda t, _i: {"risk": 1, "unit": "EUR", "basis": "guess", "expires": t.ahead(20)},
    "validation.planned": _validation, "validation.opined": lambda _t, _i: dict(OPINION),
    "validation.declared": lambda _t, _i: {"statement": "I built nothing of it."},
    "review.opened": _review, "review.noted": lambda _t, _i: {"question": "QU-1", "rating": "minor", "answer": "Ok."},
    "approval.requested": _approval, "approval.signed": _signature,
    "approval.decided": lambda t, _i: {"decision": t.chance.choice(("approve",) * 4 + ("reject",)), "rationale": "So."},
    "pass.issued": lambda t, _i: {"id": "", "approval": t.one("approval", "", "approved", "requested")},
    "pass.restricted": lambda _t, _i: {"limits": [{"kind": "volume", "decisions": 10}]},
    "pass.suspended": lambda _t, _i: {},
    "rating.given": _rating, "evidence.filed": _evidence, "version.registered": _version,
    "judge.carded": _judge,
    "use.proposed": lambda t, _i: {"model": t.model(), "name": f"use {t.chance.randrange(99)}"},
    "waiver.requested": lambda t, _i: {"control": "MRM-MON-01", "model": t.chance.choice((*MODELS, "")),
        "reason": "Not yet.",
                                       "compensating": "By hand.", "expires": t.ahead(20, 200)},
    "overlay.proposed": lambda t, _i: {"model": (m := t.model()), "limitation": t.one("limitation", m),
        "reason": "Thin.",
                                       "size": 1, "unit": "EUR m", "method_over_time": "Again.",
                                           "expires": t.ahead(20, 200)},
    "overlay.renewed": lambda t, _i: {"expires": t.ahead(300)},
    "exemption.proposed": lambda t, _i: {"model": t.model(), "reason": "Small.", "conditions": "Growth.",
                                         "recheck": t.ahead(20, 200)},
    "role.granted": lambda t, _i: {"role": t.chance.choice(("validator", "owner", "approver", "developer",
        "mrm-head"))},
    "role.revoked": lambda t, _i: {"role": t.chance.choice(("validator", "owner", "approver", "admin"))},
    "version.changed": lambda t, _i: {"developers": [t.chance.choice(("dev", "dual", "abe", "vito"))]},
    "model.changed": lambda t, _i: {"owner": t.chance.choice(("olga", "otto", "max", "abe"))},
    "model.submitted": lambda _t, i: {"version": f"{i}@1.0"}, "model.in-use": lambda _t, _i: {"version": "1.0"},
    "version.validated": lambda t, i: {"validation": t.one("validation", i.partition("@")[0], "signed")},
    "model.validated": lambda t, i: {"validation": t.one("validation", i, "signed")},
    "model.decommissioned": lambda t, _i: {"on": t.day, "notice": "All told.", "retain_until": t.ahead(400),
                                           "downstream": "Nothing."},
    "scope.decided": lambda t, _i: {"id": f"{(m := t.model())}:us-sr26-2", "model": m, "regime": "us-sr26-2",
                                    "verdict": t.chance.choice(("model", "non-model")), "definition": "d",
                                        "because": "So."},
    "change.classified": lambda _t, _i: {"method": "change@2026.1"},
    "change.raised": lambda t, _i: {"model": t.model(), "description": "New cut-offs.", "parts": ["code"]},
    "monitoring.drafted": lambda t, _i: {"model": t.model(), "metrics": [METRIC], "owner": "olga",
        "next_check": t.ahead()},
    "link.made": lambda t, _i: {"frm": f"model/{t.model()}", "to": f"model/{t.model()}", "kind": "output"},
}  # fmt: skip


OFTEN = {"finding": 8, "approval": 5, "pass": 5, "validation": 3, "version": 2, "person": 1, "waiver": 3, "overlay": 3}
FEWER = {"model.decommissioned", "model.scoped-out", "version.retired", "use.ended", "person.left", "monitoring.ended",
         "validation.cancelled", "finding.withdrawn", "role.revoked", "approval.withdrawn",
             "model.exempted"}  # fmt: skip


def likely(town: Town) -> tuple[str, str]:
    """Return what could be done next by the plain law: an act, and a record in the right state for it."""
    return _chosen(town, [(name, before) for name, (_, before, _) in LAW.items()])


def fitting(town: Town) -> tuple[str, str]:
    """Return any act of the product, with a record in a state that it accepts."""
    return _chosen(town, [(a.name, set() if a.creates else set(a.before) or {"*"}) for a in ACTS.values()])


def _chosen(town: Town, acts: list[tuple[str, set[str]]]) -> tuple[str, str]:
    ways: dict[str, list[tuple[str, str]]] = {}
    for name, before in acts:
        record = ACTS[name].record
        if name in LEFT_OUT or (name in FEWER and town.chance.random() < 0.8):
            continue
        late = 0 if record == "person" else -6
        some = list(town.law.of(record).items())[late:] if before else [("", None)]
        found = [(name, id_) for id_, t in some if t is None or t.state in before or "*" in before]
        ways.setdefault(record, []).extend(found)
    kinds = [kind for kind, found in ways.items() if found]
    kind = town.chance.choices(kinds, [OFTEN.get(k, 2) for k in kinds])[0]
    return town.chance.choice(ways[kind])
