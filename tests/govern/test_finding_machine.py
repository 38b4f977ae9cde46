"""Findings against a second, independent statement of the rules: two hundred random deeds, no difference allowed."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from govern.house import PEOPLE
from govern.office import MORE, Office
from secondline.core.errors import OutOfTurn, Refused, SpecError

ROLES = {**PEOPLE, **MORE}
FIRST = {"own", "dev"}
LIVE = {"issued", "agreed", "disputed", "in-remediation", "ready-for-retest"}
MENDING = {"agreed", "in-remediation"}
FORMS: dict[str, dict[str, Any]] = {
    "agreed": {"answer": "a", "action": "b"}, "disputed": {"because": "c"}, "ready": {"done": "d"},
    "returned": {"note": "e"}, "extension-asked": {"until": "2027-12-31"},
    "acceptance-asked": {"risk": 1, "unit": "EUR", "basis": "f", "expires": "2026-07-01"},
}  # fmt: skip
MOVES = {
    "issued": ({"draft"}, "issued"), "withdrawn": ({"draft"}, "withdrawn"), "agreed": ({"issued"}, "agreed"),
    "disputed": ({"issued"}, "disputed"), "upheld": ({"disputed"}, "issued"), "dropped": ({"disputed"}, "withdrawn"),
    "started": ({"agreed"}, "in-remediation"), "ready": (MENDING, "ready-for-retest"),
    "returned": ({"ready-for-retest"}, "in-remediation"), "closed": ({"ready-for-retest"}, "closed"),
    "reopened": ({"closed", "accepted"}, "in-remediation"), "extension-asked": (MENDING, ""),
    "extended": (MENDING, ""), "acceptance-asked": (MENDING, ""), "accepted": (MENDING, "accepted"),
    "declined": (MENDING, ""), "regraded": (LIVE, ""),
}  # fmt: skip
NEEDS = {
    "issued": "2", "withdrawn": "2", "agreed": "o", "disputed": "o", "upheld": "h", "dropped": "h", "started": "1",
    "ready": "1", "returned": "2", "closed": "2", "reopened": "2", "extension-asked": "o", "extended": "2",
    "acceptance-asked": "o", "accepted": "d", "declined": "2d", "regraded": "2",
}  # fmt: skip
HOLDERS = {"2": {"validator", "mrm-head"}, "o": {"owner"}, "h": {"mrm-head"}, "1": {"owner", "developer"},
           "d": {"approver", "mrm-head"}, "2d": {"validator", "mrm-head", "approver"}}  # fmt: skip


@dataclass
class Known:
    """What the second statement knows of a finding."""

    owner: str
    state: str = "draft"
    parties: set[str] = field(default_factory=set)
    workers: set[str] = field(default_factory=set)
    asked: tuple[str, str] | None = None
    upheld: bool = False
    extended: bool = False
    shown: int = 0


class Findings(RuleBasedStateMachine):
    """Random people do random things to findings; ledger and second statement must agree on each."""

    @initialize()
    def open_office(self) -> None:
        """Start with an empty office."""
        self.folder = tempfile.TemporaryDirectory()
        self.office = Office(Path(self.folder.name))
        self.known: dict[str, Known] = {}
        self.runs: list[tuple[str, bool, str, int]] = []
        self.time = 0

    def teardown(self) -> None:
        """Throw the office away."""
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(actor=st.sampled_from(["val", "head", "both"]), owner=st.sampled_from(["own", "both"]))
    def raise_one(self, actor: str, owner: str) -> None:
        """Raise by a failing run, if the weakness is not open already."""
        if any(k.state in {"draft", "accepted", *LIVE} for k in self.known.values()):
            return
        self.time += 1
        finding = self.office.breach(actor, owner=owner)
        self.known[finding] = Known(owner, parties={actor}, workers={owner}, shown=self.time)

    @rule(passed=st.booleans(), maker=st.sampled_from(["val", "dev", "head"]))
    def run_again(self, passed: bool, maker: str) -> None:
        """Make a run."""
        if len(self.runs) < 30:
            self.time += 1
            run = self.office.run(maker=maker, current="passed" if passed else "failed")
            self.runs.append((run, passed, maker, self.time))

    @rule(act=st.sampled_from(sorted(MOVES)), actor=st.sampled_from(sorted(ROLES)), newest=st.integers(1, 3))
    def move(self, act: str, actor: str, newest: int) -> None:
        """Try any act by anybody; it happens exactly when the second statement allows it."""
        if not self.known:
            return
        id_ = list(self.known)[-1]
        self._try(id_, act, actor, newest)

    @rule(picks=st.lists(st.integers(0, 9_999), min_size=8, max_size=8))
    def walk(self, picks: list[int]) -> None:
        """Do what may be done next, so that every state is reached."""
        for pick in picks if self.known else ():
            id_ = list(self.known)[-1]
            run = self.runs[-1] if self.runs else None
            open_ = {act: [a for a in ROLES if self._allowed(self.known[id_], act, a, run)] for act in sorted(MOVES)}
            acts = [act for act, actors in open_.items() if actors and act not in {"regraded", "declined"}]
            if acts:
                act = acts[pick % len(acts)]
                self._try(id_, act, open_[act][pick // 97 % len(open_[act])], 1)

    def _try(self, id_: str, act: str, actor: str, newest: int) -> None:
        known = self.known[id_]
        run = self.runs[-newest] if len(self.runs) >= newest else None
        form = {"run": run[0]} if act == "closed" and run else dict(FORMS.get(act, {}))
        may = self._allowed(known, act, actor, run)
        try:
            self.office.do(f"finding.{act}", actor, id_, "because", **form)
            did = True
        except (Refused, OutOfTurn, SpecError):
            did = False
        assert did == may, f"{act} by {actor} in {known}"
        if did:
            self._note(known, act, actor)

    def _allowed(self, known: Known, act: str, actor: str, run: tuple[str, bool, str, int] | None) -> bool:
        states, _ = MOVES[act]
        if known.state not in states or not HOLDERS[NEEDS[act]] & set(ROLES[actor]):
            return False
        if NEEDS[act] in {"o", "1"}:
            return self._first_line_may(known, act, actor)
        return actor not in FIRST | known.workers and self._outsider_may(known, act, actor, run)

    def _first_line_may(self, known: Known, act: str, actor: str) -> bool:
        if act in {"started", "ready"}:
            return actor in {known.owner, "own", "dev"}
        waits = act.endswith("-asked") and (bool(known.asked) or (act == "extension-asked" and known.extended))
        return actor in {known.owner, "own"} and not waits and not (act == "disputed" and known.upheld)

    def _outsider_may(self, known: Known, act: str, actor: str, run: tuple[str, bool, str, int] | None) -> bool:
        if act in {"upheld", "dropped"}:
            return actor not in known.parties
        if act == "closed":
            return run is not None and run[1] and run[2] != "dev" and run[3] > known.shown
        if act in {"extended", "accepted"}:
            wanted = {"extended": "extension", "accepted": "acceptance"}[act]
            return known.asked is not None and known.asked[0] == wanted and "mrm-head" in ROLES[actor]
        return True

    def _note(self, known: Known, act: str, actor: str) -> None:
        self.time += 1
        known.state = MOVES[act][1] or known.state
        if act in {"issued", "regraded"}:
            known.parties.add(actor)
        if act in {"agreed", "started", "ready"}:
            known.workers.add(actor)
        if act.endswith("-asked"):
            known.asked = (act.removesuffix("-asked"), actor)
        if act in {"extended", "accepted", "declined"}:
            known.asked = None
        known.extended |= act == "extended"
        known.upheld |= act == "upheld"
        if act in {"returned", "reopened"}:
            known.shown = self.time

    @invariant()
    def states_agree(self) -> None:
        """The records stand where the second statement says, and nobody of the first line closed any."""
        for id_, known in getattr(self, "known", {}).items():
            doc = self.office.get("finding", id_)
            assert doc["state"] == known.state
            if known.state == "closed":
                assert doc["closure"]["by"] not in FIRST | known.workers


Findings.TestCase.settings = settings(
    max_examples=4,
    stateful_step_count=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestFindings = Findings.TestCase


def test_two_hundred_steps_reach_every_state() -> None:
    """A long walk agrees on every step too, and reaches all states, so that the search above is not idle."""
    machine, chance, seen = Findings(), random.Random(2026), set()
    machine.open_office()
    for _ in range(200):
        machine.raise_one(chance.choice(["val", "head", "both"]), chance.choice(["own", "both"]))
        if chance.random() < 0.3:
            machine.run_again(chance.random() < 0.8, "val")
        if chance.random() < 0.5:
            machine.move(chance.choice(sorted(MOVES)), chance.choice(sorted(ROLES)), 1)
        else:
            machine.walk([chance.randrange(9_999)])
        machine.states_agree()
        seen |= {known.state for known in machine.known.values()}
    machine.teardown()
    assert seen >= {"draft", "closed", "accepted", "withdrawn"} | LIVE
