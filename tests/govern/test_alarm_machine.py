"""Alarms and passes against a second statement of the law: random deeds by anybody, no difference allowed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from govern.watchhouse import CAP, LINE, SHOWN, WatchHouse
from secondline.core.errors import OutOfTurn, Refused, SpecError, UnknownRecord

PEOPLE = ("eye", "eva", "own", "val", "head", "dev", "app", "ada", "aud")
ACTS = ("raised", "refreshed", "calmed", "acknowledged", "acted", "closed", "restricted", "suspended")
MAY = {
    "raised": {"eye"}, "refreshed": {"eye"}, "calmed": {"eye"}, "acknowledged": {"own", "val", "head", "dev", "app"},
    "acted": {"own", "val", "head", "app"}, "closed": {"own", "val", "head", "eye"},
    "restricted": {"own", "val", "head", "app", "eye"}, "suspended": {"own", "val", "head", "app", "eye"},
}  # fmt: skip
LOWS = {"amber": 0.12, "red": 0.3, "stop": 0.6}
RANK = ("amber", "red", "stop")


class Alarms(RuleBasedStateMachine):
    """Random people do random things; ledger and second statement must agree on each."""

    @initialize()
    def begin(self) -> None:
        """Open a watched house with one approved plan and one pass."""
        self.folder = tempfile.TemporaryDirectory()
        self.house = WatchHouse(Path(self.folder.name), LINE)
        self.state, self.level, self.calm, self.acted, self.approved = "none", "amber", False, False, True
        self.pass_state, self.alarm = "active", ""

    def teardown(self) -> None:
        """Throw the house away."""
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(who=st.sampled_from(PEOPLE), act=st.sampled_from(ACTS), level=st.sampled_from(RANK), proof=st.booleans())
    def move(self, who: str, act: str, level: str, *, proof: bool) -> None:
        """Try any act by anybody; it happens exactly when the second statement allows it."""
        may = who in MAY[act] and self._allowed(who, act, proof)
        try:
            self._do(who, act, level, proof=proof)
            did = True
        except (Refused, OutOfTurn, SpecError, UnknownRecord):
            did = False
        assert did == may, f"{act} by {who} at {level}, {self.state} {self.level}, pass {self.pass_state}"
        if did:
            self._note(act, level)

    @rule()
    def revise(self) -> None:
        """The plan is opened for change: from then on the program may do nothing until it is approved again."""
        if self.approved:
            self.house.do("monitoring.revised", "own", "MP-1", owner="own")
        else:
            self.house.do("monitoring.approved", "val", "MP-1")
        self.approved = not self.approved

    def _allowed(self, who: str, act: str, proof: bool) -> bool:
        open_ = self.state in {"raised", "acknowledged", "acting"}
        red = self.level != "amber"
        if act in {"raised", "refreshed"}:
            return proof and self.approved and open_ == (act == "refreshed")
        if act in {"restricted", "suspended"}:
            live = self.pass_state in {"active", "restricted"}
            calls = self.approved and open_ and red and (act == "restricted" or self.level == "stop")
            return live and (who != "eye" or calls)
        if act == "closed":
            by_program = not red and self.calm
            return open_ and (by_program if who == "eye" else not red or self.acted)
        return open_ and {"calmed": not self.calm, "acknowledged": self.state == "raised", "acted": True}[act]

    def _do(self, who: str, act: str, level: str, *, proof: bool) -> None:
        shown: dict[str, Any] = SHOWN | {"level": level, "low": LOWS[level] if proof else 0.01, "high": 0.9}
        forms: dict[str, dict[str, Any]] = {
            "refreshed": shown, "calmed": {"last": "2026-05-01"}, "acknowledged": {}, "closed": {"found": "x"},
            "acted": {"action": "investigate", "done": "x"},
        }  # fmt: skip
        if act == "raised":
            self.alarm = self.house.alarm(who, **shown)
        elif act in forms:
            self.house.do(f"alarm.{act}", who, self.alarm or "AL-1", "why", **forms[act])
        else:
            named = {"alarm": self.alarm} if who == "eye" and self.alarm else {}
            form = {"limits": [CAP]} if act == "restricted" else {}
            self.house.do(f"pass.{act}", who, "P-1", "why", **form, **named)

    def _note(self, act: str, level: str) -> None:
        after = {"raised": "raised", "acknowledged": "acknowledged", "acted": "acting", "closed": "closed"}
        self.state = after.get(act, self.state)
        if act == "raised":
            self.level, self.calm, self.acted = level, False, False
        if act == "refreshed":
            self.level, self.calm = max(self.level, level, key=RANK.index), False
        self.calm = self.calm or act == "calmed"
        self.acted = self.acted or act == "acted"
        self.pass_state = act if act in {"restricted", "suspended"} else self.pass_state

    @invariant()
    def what_stands_is_what_was_done(self) -> None:
        """State, level and pass are as the second statement has them; no second alarm on the line is open."""
        if not hasattr(self, "house"):
            return
        assert self.house.get("pass", "P-1")["state"] == self.pass_state
        if self.alarm:
            doc = self.house.get("alarm", self.alarm)
            assert (doc["state"], doc["level"]) == (self.state, self.level)
            open_ = [a for a in self.house.ledger.records.find("alarm") if a["state"] != "closed"]
            assert len(open_) <= 1


TestAlarms = Alarms.TestCase
CALM = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
TestAlarms.settings = settings(max_examples=12, stateful_step_count=40, deadline=None, suppress_health_check=CALM)
