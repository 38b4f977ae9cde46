"""Approval against a small model of the rules: whatever people try in whatever order, both say the same."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from govern.signing_house import DIGEST, Bank
from secondline.core.errors import SecondlineError
from secondline.workflow.approving import reading, sign
from secondline.workflow.gate import Artefact, gate
from secondline.workflow.passes import issue

CAST = ("dan", "olga", "vera", "vito", "hal", "bea", "ben", "max", "ada", "aud")
SIGNING = {"hal": "head", "bea": "business", "ben": "business", "max": "business"}
ISSUERS = {"hal", "bea", "ben", "max"}
people = st.sampled_from(CAST)


class Approving(RuleBasedStateMachine):
    """One version, one use, one request at a time, tier 2."""

    @initialize(ready=st.sampled_from(["asked", "signed", "passed", "passed"]))
    def begin(self, ready: str) -> None:
        """Open a bank and an empty model of it; go some of the way, so that the rest is tried as well."""
        self.folder = Path(tempfile.mkdtemp())
        self.bank = Bank(self.folder / "runs")
        self.bank.watched()
        self.builders, self.judges = {"dan"}, set[str]()
        self.validated = 0
        self.findings: dict[str, str] = {}
        self.objections: dict[str, list[tuple[int, str]]] = {}
        self.id, self.state = "", ""
        self.signed: dict[str, tuple[str, object]] = {}
        self.standing: dict[str, set[str]] = {}
        self.passes: dict[str, tuple[str, str]] = {}
        self.ask()
        if ready != "asked":
            self.go_the_way("bea", ready == "passed")

    def teardown(self) -> None:
        """Throw the bank away."""
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    # The model

    def facts(self) -> object:
        """Return what a signature is about."""
        return (frozenset(self.findings.items()), self.validated, tuple(self.objections.get(self.id, ())))

    def clean(self, who: str) -> bool:
        """Whether somebody neither built, owns nor judged it."""
        return who not in self.builders | self.judges | {"olga"}

    def can_approve(self, who: str) -> bool:
        """Whether the decision to approve is carried."""
        signers = set(self.signed)
        return (
            self.state == "requested" and who in signers and all(map(self.clean, signers | {who}))
            and all(verdict == "approve" and about == self.facts() for verdict, about in self.signed.values())
            and "hal" in signers and len(signers) > 1 and self.validated > 0
            and not set(self.findings.values()) & {"critical", "major"} and not self.objections.get(self.id)
        )  # fmt: skip

    def gate_opens(self) -> bool:
        """Whether the newest standing approval has a pass that is not stopped, and nothing stands against it."""
        if not self.standing or "critical" in self.findings.values():
            return False
        id_ = next(iter(self.standing))
        mine = [state for of, state in self.passes.values() if of == id_]
        return "active" in mine and not self.objections.get(id_) and all(map(self.clean, self.standing[id_]))

    def same(self, expected: bool, done: object) -> None:
        """The ledger and the model agree on whether it may be done."""
        assert bool(done) == expected

    def attempt(self, act: str, who: str, id_: str, **form: object) -> bool:
        """Whether an act goes through."""
        try:
            self.bank.ledger.act(act, who, id_, form, reason="because")
        except SecondlineError:
            return False
        return True

    # What people try

    @precondition(lambda self: self.state != "requested" and not self.standing)
    @rule()
    def ask(self) -> None:
        """The owner asks."""
        self.id = self.bank.ask()
        self.state, self.signed = "requested", {}

    @precondition(lambda self: self.id)
    @rule(who=people, verdict=st.sampled_from(["approve", "approve", "approve", "reject"]))
    def sign(self, who: str, verdict: str) -> None:
        """Anybody signs, for or against."""
        may = self.state == "requested" and who in SIGNING and self.clean(who) and who not in self.signed
        try:
            sign(self.bank.ledger, who, self.id, reading(self.bank.ledger, self.id).signs, verdict=verdict,
                 affirms=True)  # fmt: skip
            done = True
        except SecondlineError:
            done = False
        self.same(may, done)
        if done:
            self.signed[who] = (verdict, self.facts())

    @precondition(lambda self: self.id)
    @rule(who=people)
    def approve(self, who: str) -> None:
        """Anybody decides to approve."""
        expected = self.can_approve(who)
        try:
            self.bank.decide(self.id, who)
            done = True
        except SecondlineError:
            done = False
        self.same(expected, done)
        if done:
            self.state = "approved"
            self.standing[self.id] = set(self.signed)

    @precondition(lambda self: self.state == "requested")
    @rule(other=st.sampled_from(["bea", "ben", "max"]), through=st.booleans())
    def go_the_way(self, other: str, through: bool) -> None:
        """Validated, nothing found, both heads sign, one decides, the pass is issued: as far as it goes."""
        if not self.validated:
            self.validate("vera")
        self.close()
        self.amend()
        self.sign("hal", "approve")
        self.sign(other, "approve")
        if through:
            self.approve("hal")
            self.issue("hal")

    @precondition(lambda self: self.id)
    @rule(who=people)
    def reject(self, who: str) -> None:
        """Anybody decides to reject."""
        against = any(verdict == "reject" for verdict, _ in self.signed.values())
        expected = self.state == "requested" and who in self.signed and self.clean(who) and against
        done = self.attempt("approval.decided", who, self.id, decision="reject", rationale="no")
        self.same(expected, done)
        self.state = "rejected" if done else self.state

    @precondition(lambda self: self.state == "requested")
    @rule()
    def amend(self) -> None:
        """The owner puts it up again."""
        assert self.attempt("approval.amended", "olga", self.id)
        self.signed = {}

    @rule(who=st.sampled_from(["vera", "vito", "max"]))
    def validate(self, who: str) -> None:
        """Somebody validates it."""
        self.bank.validated(by=who)
        self.validated += 1
        self.judges.add(who)

    @rule(who=st.sampled_from(["max", "bea", "ben"]))
    def join(self, who: str) -> None:
        """Somebody turns out to have built it."""
        if len(self.builders) < 2:
            self.builders.add(who)
            self.bank.plant("version", "pd@1.0", "version.changed", "olga", developers=sorted(self.builders))

    @rule(severity=st.sampled_from(["low", "low", "major", "critical"]))
    def find(self, severity: str) -> None:
        """A finding is raised."""
        self.findings[self.bank.finding(severity)] = severity

    @precondition(lambda self: self.findings)
    @rule()
    def close(self) -> None:
        """All findings are closed."""
        for id_ in self.findings:
            self.bank.plant("finding", id_, "finding.closed", "vera", state="closed")
        self.findings = {}

    @precondition(lambda self: self.state in {"requested", "approved"})
    @rule(who=people)
    def disagree(self, who: str) -> None:
        """Anybody objects to the objective."""
        done = self.attempt("approval.objected", who, self.id, statement="not for this")
        self.same(who not in {"aud", "ada"}, done)
        if done:
            number = len(self.bank.get("approval", self.id)["objections"])
            self.objections.setdefault(self.id, []).append((number, who))

    @precondition(lambda self: self.objections.get(self.id))
    @rule(who=people)
    def settle(self, who: str) -> None:
        """Anybody settles the first objection."""
        number, whose = self.objections[self.id][0]
        done = self.attempt("approval.settled", who, self.id, number=number, how="talked")
        self.same(who == whose and self.state in {"requested", "approved"}, done)
        if done:
            self.objections[self.id].pop(0)

    @precondition(lambda self: self.id)
    @rule(who=people)
    def issue(self, who: str) -> None:
        """Anybody issues the pass."""
        expected = (
            self.id in self.standing and who in ISSUERS - self.builders and "critical" not in self.findings.values()
            and not self.objections.get(self.id)
        )  # fmt: skip
        try:
            made = issue(self.bank.ledger, who, self.id).id
        except SecondlineError:
            made = ""
        self.same(expected, made)
        if made:
            self.passes[made] = (self.id, "active")

    @precondition(lambda self: self.passes)
    @rule(who=people, act=st.sampled_from(["suspended", "resumed", "revoked"]))
    def stop(self, who: str, act: str) -> None:
        """Anybody suspends, resumes or revokes the first pass."""
        name, (of, state) = next(iter(self.passes.items()))
        quiet = "critical" not in self.findings.values() and not self.objections.get(of)
        expected = {
            "suspended": state == "active" and who in ISSUERS | {"olga", "vera", "vito"},
            "resumed": state == "suspended" and who in ISSUERS - self.builders and quiet and of in self.standing,
            "revoked": state in {"active", "suspended"} and who in ISSUERS,
        }[act]
        done = self.attempt(f"pass.{act}", who, name)
        self.same(expected, done)
        if done:
            self.passes[name] = (of, {"suspended": "suspended", "resumed": "active", "revoked": "revoked"}[act])

    @precondition(lambda self: self.standing)
    @rule(who=people)
    def withdraw(self, who: str) -> None:
        """Anybody withdraws the approval."""
        done = self.attempt("approval.withdrawn", who, self.id)
        self.same(who in {"olga", "hal", "bea", "ben", "max"}, done)
        if done:
            self.standing, self.state = {}, "withdrawn"

    @invariant()
    def the_gate_agrees(self) -> None:
        """The gate is open exactly when the model says so: no conflicted approver, nothing open, nothing stopped."""
        found = gate(self.bank.ledger, "pd@1.0", "U-1", artefact=Artefact(b"", DIGEST))
        assert (found.word == "open") == self.gate_opens(), found.reasons


Approving.TestCase.settings = settings(max_examples=10, stateful_step_count=20, deadline=None)
test_approval_and_its_model_agree = Approving.TestCase
