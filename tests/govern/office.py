"""The second line at work, for tests: a house with more people, and runs that say what a test wants them to say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from govern.house import House

MORE = {"val2": ["validator"], "boss": ["mrm-head"], "own2": ["owner"]}
CODE = "discrimination.auc"


class Office(House):
    """A house with a model of dev and own, and plans and runs on demand."""

    def __init__(self, folder: Path, **model: Any) -> None:
        """Register people and the model pd-retail."""
        super().__init__(folder)
        for name, roles in MORE.items():
            self.do("person.added", "ada", name, name=name, roles=roles)
        self.model(**model)
        self.made = 0

    def plan(self, digest: str = "", version: str = "1.0") -> str:
        """Record a plan."""
        self.made += 1
        name = digest or f"plan-{self.made}"
        return self.do("plan.recorded", "val", name, object="o", plan=name, model="pd-retail", version=version)

    def run(self, *, maker: str = "val", plan: str = "", limit: str = "at least 0.7", artefact: str = "",
            version: str = "1.0", **outcomes: str) -> str:  # fmt: skip
        """Record a run of a plan recorded before it; the outcomes of the one check, by population."""
        plan = plan or self.plan(version=version)
        self.made += 1
        worst = {CODE: "major"} if {"failed", "errored"} & set(outcomes.values()) else {}
        return self.do(
            "run.finished", maker, f"run-{self.made}", object="o", digest="d", model="pd-retail", version=version,
            finished_at="2026-05-01T00:00:00Z", plan=plan, artefact=artefact, outcomes={CODE: outcomes},
            limits={CODE: limit}, breaches=worst,
        )  # fmt: skip

    def breach(self, actor: str = "val", **more: Any) -> str:
        """Raise a finding by a run that fails in the current population."""
        run = more.pop("run", "") or self.run(current="failed")
        fields: dict[str, Any] = {
            "model": "pd-retail", "version": "1.0", "source": "run", "code": CODE, "run": run, "places": ["current"],
            "statement": "Ranks too weakly.", "effect": "0.62 against 0.70", "evidence": [f"{run}/E-1"],
            "criterion": "A later run passes.",
        }  # fmt: skip
        return self.do("finding.raised", actor, **fields | more)

    def judgement(self, actor: str = "val", **more: Any) -> str:
        """Raise a finding that is no check."""
        fields: dict[str, Any] = {
            "model": "pd-retail", "statement": "The document is stale.", "evidence": ["document, section 3"],
            "effect": "cannot be rebuilt", "criterion": "A rebuild succeeds.",
        }  # fmt: skip
        return self.do("finding.raised", actor, **fields | more)

    def agreed(self, **more: Any) -> str:
        """Return a finding that its owner agreed to."""
        finding = self.breach(**more)
        self.do("finding.issued", "val", finding)
        return self.do("finding.agreed", "own", finding, answer="Yes.", action="Rebuild.")

    def ready(self, **more: Any) -> str:
        """Return a finding that waits for its re-test."""
        return self.do("finding.ready", "own", self.agreed(**more), done="Rebuilt.")

    def project(self, kind: str = "periodic", lead: str = "val", team: tuple[str, ...] = ("val2",), **more: Any) -> str:
        """Return a planned validation."""
        fields: dict[str, Any] = {"model": "pd-retail", "version": "1.0", "kind": kind, "due": "2026-12-31",
                                  "lead": lead, "team": list(team), "scope": "All of it."}  # fmt: skip
        return self.do("validation.planned", "head", **fields | more)

    def fieldwork(self, kind: str = "periodic", **more: Any) -> str:
        """Return a validation whose fieldwork has begun."""
        project = self.project(kind, **more)
        for name in (self.get("validation", project)["lead"], *self.get("validation", project).get("team", ())):
            self.do("validation.declared", name, project, statement="I built nothing of it and own nothing of it.")
        return self.do("validation.started", self.get("validation", project)["lead"], project)

    def reviewed(self, project: str, part: str, actor: str = "val") -> str:
        """Return a review of one question that is answered and concluded."""
        review = self.do("review.opened", actor, validation=project, part=part, questionnaire=part, questions=["QU-1"])
        self.do("review.noted", actor, review, question="QU-1", rating="minor", answer="Nearly all.")
        return self.do("review.concluded", actor, review, conclusion="Sound.")

    def opined(self, kind: str = "annual-review", **more: Any) -> str:
        """Return a validation that asks for one review only, with its opinion given."""
        project = self.fieldwork(kind, **more)
        self.reviewed(project, "yearly")
        self.do("validation.reporting", "val", project)
        return self.do("validation.opined", "val", project, **OPINION)


OPINION: dict[str, Any] = {
    "opinion": 2, "recommendation": "approve", "combination": "They do not add up.", "confidence": "high",
    "confidence_basis": "40,000 rows, 900 events.",
}  # fmt: skip
