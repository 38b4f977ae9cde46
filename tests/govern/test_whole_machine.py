"""The whole workflow against a plain statement of the law: whatever people try, no illegal state is reached.

The long search of 10,000 steps, 200 games of 50: SECONDLINE_LONG=200 pytest tests/govern/test_whole_machine.py
"""

from __future__ import annotations

import os
from datetime import date

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from govern.plain_law import FORCE, LAW, TWO_PEOPLE
from govern.town import CAST, DAYS, LEFT_OUT, MODELS, NOBODY, Town, fitting, likely
from ledger import conftest as databases
from secondline.govern.act import ACTS
from secondline.ledger.events import Event
from secondline.ledger.verify import verify
from secondline.policy.facts import facts
from secondline.workflow.calendar import due
from secondline.workflow.gate import Artefact, gate
from secondline.workflow.inbox import inbox
from secondline.workflow.portfolio import portfolio

LONG = int(os.environ.get("SECONDLINE_LONG", "0"))
LOOK_EVERY = 1 if LONG else 10
TRIED = sorted(set(ACTS) - LEFT_OUT)
WHO = st.sampled_from([*CAST, NOBODY])
LUCK = st.integers(0, 2**32 - 1)


ALONE = sorted({(first, second) for second, firsts in TWO_PEOPLE.items() for first in firsts})


server, fresh_url = databases.server, databases.fresh_url


class Whole(RuleBasedStateMachine):
    """Eighteen people and a program, two models, and every act there is."""

    url = ""

    @initialize(far=st.sampled_from(["", "rated", "validated", "approved", "approved"]), luck=LUCK)
    def begin(self, far: str, luck: int) -> None:
        """Open the bank; go some of the way, so that late states are tried as well."""
        self.town, self.steps = Town(self.url), 0
        self.last = Event(0, "", "", "", "")
        self.town.chance.seed(luck)
        if far:
            self.rate("pd")
        if far in {"validated", "approved"}:
            self.validate("vera")
        if far == "approved":
            self.approve(luck % 3 == 0)

    def teardown(self) -> None:
        """At the end the chain holds, and documents and lists are the fold of the events."""
        if hasattr(self, "town"):
            try:
                found = verify(self.town.folder / "runs", database=self.url)
                assert found.problems == (), found.problems[:3]
            finally:
                self.town.close()

    # What people do

    @rule(act=st.sampled_from(TRIED), who=WHO, luck=LUCK)
    def anything(self, act: str, who: str, luck: int) -> None:
        """Anybody tries anything."""
        self.town.chance.seed(luck)
        id_ = "" if ACTS[act].creates else self.town.one(ACTS[act].record)
        self._try(act, who, id_)

    @rule(who=WHO, luck=LUCK)
    def something_central(self, who: str, luck: int) -> None:
        """Anybody tries a central act on a record in the right state."""
        self.town.chance.seed(luck)
        self._try_one_of([who])

    @rule(lucks=st.lists(LUCK, min_size=1, max_size=6))
    def onward(self, lucks: list[int]) -> None:
        """Things go on: acts by somebody whom the plain law lets."""
        for luck in lucks:
            self.town.chance.seed(luck)
            self._try_one_of(list(CAST))

    @rule(lucks=st.lists(LUCK, min_size=1, max_size=6))
    def rightly(self, lucks: list[int]) -> None:
        """Acts of every kind by somebody who has a role for them, on records in the right state."""
        for luck in lucks:
            self.town.chance.seed(luck)
            act, id_ = fitting(self.town)
            able = [p for p, roles in self.town.law.roles.items() if roles & ACTS[act].roles]
            self._try(act, self.town.chance.choice(able), id_)

    @rule(lucks=st.lists(LUCK, min_size=1, max_size=8))
    def tempted(self, lucks: list[int]) -> None:
        """Those who have the role, and whom only a duty forbids it, try all the same."""
        town = self.town
        for luck in lucks:
            town.chance.seed(luck)
            act, id_ = likely(town)
            id_, form = town.form(ACTS[act], id_)
            able = [p for p, roles in town.law.roles.items() if roles & LAW[act][0]]
            active = [p for p in able if town.law.things["person", p].state == "active"]
            barred = [p for p in active if town.law.forbidden(act, p, id_, form, town.day)]
            if barred:
                town.attempt(act, town.chance.choice(barred), id_, form)

    def _try_one_of(self, people: list[str]) -> None:
        act, id_ = likely(self.town)
        id_, form = self.town.form(ACTS[act], id_)
        fit = [p for p in people if not self.town.law.forbidden(act, p, id_, form, self.town.day)]
        self.town.attempt(act, self.town.chance.choice(fit or people), id_, form)

    def _try(self, act: str, who: str, id_: str) -> str:
        id_, form = self.town.form(ACTS[act], id_)
        return self.town.attempt(act, who, id_, form)

    @rule(pair=st.sampled_from(ALONE), luck=LUCK)
    def alone(self, pair: tuple[str, str], luck: int) -> None:
        """Somebody who may do either of two acts, one of which checks the other, does both."""
        first, second = pair
        self.town.chance.seed(luck)
        able = [p for p, roles in self.town.law.roles.items() if roles & LAW[first][0] and roles & LAW[second][0]]
        if able:
            who, made = self.town.chance.choice(able), ""
            if LAW[first][1] == set():
                made = self._try(first, who, "")
            else:
                made = self._try(first, who, self.town.one(ACTS[first].record, "", *LAW[first][1]))
            if made:
                self._try(second, who, made)

    @rule(day=st.sampled_from(DAYS))
    def time_passes(self, day: str) -> None:
        """A day in the future comes."""
        self.town.day = max(self.town.day, day)

    @rule(model=st.sampled_from(MODELS))
    def rate(self, model: str) -> None:
        """Both lines rate, and the tier is set."""
        from secondline.workflow.rating import answers_for

        for line, who in (("first", "otto"), ("second", "vito")):
            answers = answers_for(self.town.ledger.records, model, self.town.form(ACTS["rating.given"],
                "")[1]["answers"],
                                  line=line)  # fmt: skip
            form = {"model": model, "line": line, "method": "tiering@2026.1", "answers": answers}
            self.town.attempt("rating.given", who, "", form)
        self.town.attempt("model.rated", "vito", model, {})

    @rule(lead=st.sampled_from(["vera", "dual", "hal"]))
    def validate(self, lead: str) -> None:
        """A version is validated from plan to signature, as far as it goes."""
        town, model = self.town, "pd"
        kind = "initial" if town.chance.random() < 0.8 else "annual-review"
        plan = {"model": model, "version": "1.0", "kind": kind, "due": town.ahead(), "lead": lead, "scope": "All."}
        project = town.attempt("validation.planned", "hilda", "", plan)
        if not project:
            return
        town.attempt("validation.declared", lead, project, {"statement": "I built nothing of it."})
        town.attempt("validation.started", lead, project, {})
        run = self._run(lead)
        town.attempt("validation.run-attached", lead, project, {"run": run})
        for part in ("conceptual", "assumptions", "documentation", "code", "implementation", "use", "yearly"):
            self._reviewed(lead, project, part)
        for finding in list(town.law.of("finding", model)):
            fate = {"validation": project, "fate": "unchanged", "note": "As before."}
            town.attempt("finding.reassessed", lead, finding, fate)
        town.attempt("validation.reporting", lead, project, {})
        town.attempt("validation.opined", lead, project, town.form(ACTS["validation.opined"], project)[1])
        town.attempt("validation.signed", "vito", project, {})

    def _run(self, who: str) -> str:
        n = len(self.town.law.of("run"))
        facts_ = {"object": "o", "model": "pd", "version": "1.0"}
        plan = f"{n:064x}"
        self.town.attempt("plan.recorded", "vito", plan, {**facts_, "plan": plan})
        run = {**facts_, "digest": "d", "finished_at": "2026-05-01T00:00:00Z", "plan": plan}
        return self.town.attempt("run.finished", who, f"run-{n}", run) or "none"

    def _reviewed(self, lead: str, project: str, part: str) -> None:
        form = {"validation": project, "part": part, "questionnaire": part, "questions": ["QU-1"]}
        review = self.town.attempt("review.opened", lead, "", form)
        if review:
            self.town.attempt("review.noted", lead, review, {"question": "QU-1", "rating": "minor", "answer": "Ok."})
            self.town.attempt("review.concluded", lead, review, {"conclusion": "Sound."})

    @rule(through=st.booleans())
    def approve(self, through: bool) -> None:
        """A version is put up, signed and decided, as far as it goes; its pass is issued and it is put in use."""
        town, model = self.town, "pd"
        town.attempt("monitoring.drafted", "olga", "", town.form(ACTS["monitoring.drafted"], "")[1] | {"model": model})
        for plan in town.law.of("monitoring", model):
            town.attempt("monitoring.approved", "vera", plan, {})
        form = town.form(ACTS["approval.requested"], "")[1]
        form |= {"model": model, "uses": [town.one("use", model)], "justification": "weighed"}
        asked = town.attempt("approval.requested", "olga", "", form)
        for who in ("hal", "abe", "amy") if asked else ():
            signed = town.form(ACTS["approval.signed"], asked)[1] | {"verdict": "approve"}
            town.attempt("approval.signed", who, asked, signed)
        if not asked or not through:
            return
        decided = {"decision": "approve", "rationale": "So."}
        town.attempt("approval.decided", "hal", asked, decided)
        town.attempt("version.approved", "hal", f"{model}@1.0", {})
        town.attempt("use.approved", "hal", form["uses"][0], {})
        town.attempt("model.approved", "hal", model, {})
        town.attempt("pass.issued", "hal", "", {"approval": asked})
        town.attempt("version.in-use", "hal", f"{model}@1.0", {})
        town.attempt("model.in-use", "hal", model, {"version": "1.0"})

    @rule(closer=st.sampled_from(["owner"] * 10 + list(CAST)), lucks=st.lists(LUCK, min_size=3, max_size=3))
    def mend(self, closer: str, lucks: list[int]) -> None:
        """A finding is raised, answered, mended and shown to be mended; then anybody tries to close it."""
        town, seeds = self.town, iter(lucks)
        town.chance.seed(next(seeds))
        finding = town.attempt("finding.raised", "vera", "", town.form(ACTS["finding.raised"], "")[1])
        if not finding:
            return
        thing = town.law.things["finding", finding]
        steps = ("issued", "vito"), ("agreed", thing.owner), ("started", thing.owner), ("ready", thing.owner)
        for act, who in steps:
            town.attempt(f"finding.{act}", who, finding, town.form(ACTS[f"finding.{act}"], finding)[1])
        shown = {"kind": "other", "title": "Shown.", "model": thing.model, "on": town.day, "note": "It holds."}
        evidence = town.attempt("evidence.filed", "olga", "", shown)
        closer = thing.owner if closer == "owner" else closer
        town.attempt("finding.closed", closer, finding, {"evidence": evidence or "none"})
        for luck in seeds:
            town.chance.seed(luck)
            act = town.chance.choice(
                ("closed", "returned", "reopened", "accepted", "extended", "controlled", "disputed")
            )
            self._try(f"finding.{act}", town.chance.choice(list(CAST)), finding)

    @rule(
        planner=st.sampled_from(["vera", "vito", "hilda", "dual", "sole"]), lucks=st.lists(LUCK, min_size=8, max_size=8)
    )
    def label(self, planner: str, lucks: list[int]) -> None:
        """Labels of an evaluation are planned; then anybody files, settles disputes, settles and takes back."""
        town, seeds = self.town, iter(lucks)
        self._run("vera")
        town.chance.seed(next(seeds))
        asked = [name for name in town.law.of("plan", "pd") if len(name) == 64]
        form = town.form(ACTS["labels.planned"], "")[1] | {"model": "pd", "evaluation": (asked or ["e" * 64])[-1]}
        plan = town.attempt("labels.planned", planner, "", form)
        steps = ("filed", "filed", "adjudicated", "settled", "reopened", "adjudicated", "withdrawn")
        for act, luck in zip(steps, seeds, strict=True) if plan else ():
            town.chance.seed(luck)
            name, form = town.form(ACTS[f"labels.{act}"], plan)
            likely_ = [form.get("rater", "vito"), "vito", "hal", town.chance.choice(list(CAST))]
            town.attempt(f"labels.{act}", town.chance.choice(likely_), name, form)

    # What must hold after every step

    @invariant()
    def what_was_written_is_chained(self) -> None:
        """Each event links to the one before, and its seal is that of its fields."""
        for event in self.town.ledger.records.events(after=self.last.seq, limit=1_000):
            assert event.seal == event.expected_seal()
            assert event.previous == (self.last.seal if self.last.seq else event.previous)
            self.last = event

    @invariant()
    def approved_versions_were_validated_and_approved_by_others(self) -> None:
        """What is approved or in use has an approval of its very bytes, which rests on what its kind needs."""
        look, law = self.town.ledger.records, self.town.law
        given = [a for a in look.find("approval") if a.get("decision") in {"approve", "conditional", "restricted"}]
        for version in [v for v in look.find("version") if v["state"] in {"approved", "in-use"}]:
            mine = [a for a in given if f"{a['model']}@{a['version']}" == version["id"]
                    and a["dossier"]["digest"] == version["digest"]]  # fmt: skip
            assert mine, f"{version['id']} is {version['state']} without an approval"
            for approval in mine:
                rests = approval["kind"] == "emergency" or approval["dossier"]["exemption"]
                validation = approval["dossier"]["validation"]
                assert rests or validation["for_digest"] == version["digest"]
                assert rests or law.things["validation", validation["id"]].state == "signed"

    @invariant()
    def nobody_decided_on_their_own_work(self) -> None:
        """Signatories are two people at least who did not ask; findings were closed by others than their owners."""
        look, law = self.town.ledger.records, self.town.law
        for approval in look.find("approval"):
            signed = [s["person"] for s in approval.get("signatures", ())]
            assert len(set(signed)) == len(signed)
            assert approval["requested_by"] not in signed
            if approval["state"] in FORCE and approval["tier"] <= 2:
                assert len(signed) > 1
                assert "admin" not in {r for s in approval["signatures"] for r in s["roles"]}
        for id_, finding in law.of("finding").items():
            if finding.state == "closed":
                closer = look.need("finding", id_)["closure"]["by"]
                assert closer not in finding.owners | finding.did.get("finding.ready", set())
        for record, second in (("overlay", "overlay.approved"), ("exemption", "exemption.approved"),
                               ("waiver", "waiver.granted"), ("delegation", "delegation.adopted")):  # fmt: skip
            for thing in law.of(record).values():
                first = {
                    w
                    for act, who in thing.did.items()
                    if act in {f"{record}.proposed", f"{record}.requested"}
                    for w in who
                }
                assert not first & thing.did.get(second, set())

    @invariant()
    def no_pass_opens_a_gate_that_its_approval_closed(self) -> None:
        """A pass still active under an approval no longer in force is refused at the gate."""
        look = self.town.ledger.records
        passes = [p for state in ("active", "restricted") for p in look.find("pass", state=state)]
        standing = {
            a["id"] for state in FORCE for a in look.find("approval", state=state) if a["expires"] >= self.town.day
        }
        for one in passes:
            others = [p for p in passes if p["version"] == one["version"] and p["approval"] in standing]
            if one["approval"] not in standing and not others:
                digest = look.need("version", f"{one['model']}@{one['version']}")["digest"]
                found = gate(
                    self.town.ledger, f"{one['model']}@{one['version']}", one["use"], artefact=Artefact(b"", digest)
                )
                assert found.word != "open"

    @invariant()
    def tiers_rest_on_ratings(self) -> None:
        """A tier was given by some rating, or decided by the head where ratings differ."""
        look = self.town.ledger.records
        for model in look.find("model"):
            given = {
                r[name]
                for r in look.find("rating", model=model["id"])
                for name in ("tier", "resolved_tier")
                if name in r
            }
            assert not model.get("tier") or model["tier"] in given

    @invariant()
    def pages_can_be_shown(self) -> None:
        """Portfolio, inboxes, calendar and facts work in every state, and count what there is."""
        self.steps += 1
        if self.steps % LOOK_EVERY:
            return
        look, day = self.town.ledger.records, self.town.day
        shown = portfolio(look, day)
        assert sum(shown.states.values()) == len(look.find("model"))
        for who in ("olga", "vera", "abe", "hal"):
            inbox(look, who, frozenset(self.town.law.roles[who]), day)
        due(look, date.fromisoformat(day), limit=20)
        for model in MODELS:
            assert facts(look, model, day)["model"]["id"] == model


def search(url: str, games: int, steps: int) -> None:
    """Play so many games of so many steps."""
    machine = type("Whole", (Whole,), {"url": url})
    calm = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    how = settings(
        max_examples=games, stateful_step_count=steps, deadline=None, database=None, suppress_health_check=calm
    )
    run_state_machine_as_test(machine, settings=how)


@pytest.mark.slow
def test_no_illegal_state_is_reached() -> None:
    """200 games of 50 steps in the long search, 12 of 30 otherwise: ledger and plain law agree on every act."""
    search("", *((LONG, 50) if LONG else (12, 30)))


@pytest.mark.slow
def test_no_illegal_state_is_reached_on_a_server(fresh_url: str) -> None:
    """The same on PostgreSQL, in one game."""
    search(fresh_url, 1, 15)


def test_the_plain_law_names_acts_that_exist() -> None:
    """The second statement speaks of acts of the product, with states that its records have."""
    assert set(LAW) <= set(ACTS)
