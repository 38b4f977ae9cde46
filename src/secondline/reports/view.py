"""View: a run as a writer of reports wants to look things up in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from secondline.core.estimate import Estimate
from secondline.core.evidence import Evidence, Plan, PlannedCheck, PopulationFacts, Run
from secondline.core.outcome import KINDS
from secondline.core.spec import ModelSpec
from secondline.reports.witness import NOTHING, Witness

SHORT = 5  # characters of a band's name that fit below its bar
FAMILIES = {
    "data": "Data integrity",
    "discrimination": "Discrimination",
    "calibration": "Calibration",
    "stability": "Stability",
    "soundness": "Soundness",
    "explanation": "Explanation",
    "robustness": "Robustness",
    "challenge": "Challengers",
    "fairness": "Fairness",
    "fraud": "Fraud",
    "genai": "Generative AI",
    "use": "Use",
}


@dataclass(frozen=True)
class View:
    """Read-only indexes over a run, and over the run before it when there is one."""

    run: Run
    previous: Run | None = None
    witness: Witness = NOTHING

    @property
    def plan(self) -> Plan:
        """The plan the run answered."""
        return self.run.plan

    @property
    def spec(self) -> ModelSpec:
        """The model as its declaration described it."""
        return self.run.plan.spec

    @property
    def declared_in(self) -> str:
        """The name of the file that declares it: assistant.yaml for a generative system."""
        return "assistant.yaml" if self.spec.genai else "model.yaml"

    @property
    def reference(self) -> str:
        """The reference population."""
        return self.spec.reference_name

    @property
    def latest(self) -> str:
        """The population results are quoted for: the first that is not the reference, else the reference."""
        return (*self.spec.current_names, self.reference)[0]

    @property
    def populations(self) -> tuple[str, ...]:
        """The reference, then the others, so that the newest is drawn last and strongest."""
        return (self.reference, *self.spec.current_names)

    @cached_property
    def facts(self) -> dict[str, PopulationFacts]:
        """What was read of each population."""
        return {facts.name: facts for facts in self.run.populations}

    @cached_property
    def planned(self) -> dict[str, PlannedCheck]:
        """The planned checks by code."""
        return {planned.code: planned for planned in self.plan.checks}

    @cached_property
    def by_code(self) -> dict[str, tuple[Evidence, ...]]:
        """The answers of each check, in the order they were given."""
        found: dict[str, list[Evidence]] = {planned.code: [] for planned in self.plan.checks}
        for evidence in self.run.evidence:
            found.setdefault(evidence.code, []).append(evidence)
        return {code: tuple(some) for code, some in found.items()}

    @cached_property
    def by_id(self) -> dict[str, Evidence]:
        """The answers by their id."""
        return {evidence.id: evidence for evidence in self.run.evidence}

    @cached_property
    def families(self) -> tuple[str, ...]:
        """The families asked about, in the usual order and then as they come."""
        present = dict.fromkeys(family(code) for code in self.by_code)
        return tuple(sorted(present, key=lambda name: [*FAMILIES, name].index(name)))

    def codes(self, *families: str, over: Iterable[str] = (), best: str = "") -> tuple[str, ...]:
        """Return the codes of *families* (all when none is named) that multiply in one of the ways *over*.

        Codes come in the plan's order; those whose name holds the word *best* come first.
        """
        ways = set(over)
        found = [
            code
            for code in self.by_code
            if (not families or family(code) in families) and (not ways or self.over(code) in ways)
        ]
        return tuple(sorted(found, key=lambda code: best not in code))

    def over(self, code: str) -> str:
        """Return how a check multiplies."""
        return self.planned[code].over if code in self.planned else ""

    def title(self, code: str) -> str:
        """Return the claim a check tests."""
        return self.planned[code].title if code in self.planned else code

    def answers(self, code: str, population: str = "") -> tuple[Evidence, ...]:
        """Return the answers of one check, all or about one population."""
        return tuple(e for e in self.by_code.get(code, ()) if not population or e.subject.population == population)

    def first(self, code: str, population: str = "") -> Evidence | None:
        """Return the first answer of a check that holds a number."""
        return next((e for e in self.answers(code, population) if e.outcome.estimate), None)

    def with_detail(
        self, key: str, population: str, *families: str, over: Iterable[str] = ("population",), best: str = ""
    ) -> Evidence | None:
        """Return the first answer about *population* whose detail holds the table *key*."""
        found = (self.first(code, population) for code in self.codes(*families, over=over, best=best))
        return next((e for e in found if e and detail(e).get(key)), None)


def band_names(view: View, population: str) -> dict[str, str]:
    """Return the short name of each score band of a population, in order of its mean prediction."""
    known = detail(view.with_detail("bands", population, "calibration")).get("bands", ())
    levels = [str(band["level"]) for band in sorted(known, key=lambda band: band["predicted"])]
    short = all(len(level) <= SHORT for level in levels)
    return {level: level if short else str(i) for i, level in enumerate(levels, 1)}


def family(code: str) -> str:
    """Return the family of a check: the part of its code before the dot."""
    return code.split(".", 1)[0]


def estimate_of(evidence: Evidence) -> Estimate:
    """Return the number of an answer known to hold one."""
    estimate = evidence.outcome.estimate
    if estimate is None:
        raise ValueError(f"{evidence.id} holds no number")
    return estimate


def detail(evidence: Evidence | None) -> dict[str, Any]:
    """Return the small tables behind an answer; without a number, those that are known all the same."""
    if evidence is None:
        return {}
    outcome = evidence.outcome
    return outcome.estimate.detail if outcome.estimate else getattr(outcome, "detail", {})


def tally(evidence: Iterable[Evidence]) -> dict[str, int]:
    """Return how many answers fell into each outcome; every kind is listed."""
    counted: Counter[str] = Counter(e.outcome.kind for e in evidence)
    return {kind: counted[kind] for kind in KINDS}


def of_kind(evidence: Iterable[Evidence], *kinds: str) -> Iterator[Evidence]:
    """Yield the answers with one of the outcomes *kinds*."""
    return (e for e in evidence if e.outcome.kind in kinds)
