"""Plans: the sections that can be drafted, what each may speak of, and what none of them may leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from secondline.assist.exhibits import Exhibit, Exhibits
from secondline.core.errors import SpecError, near

UNDECIDED = frozenset({"inconclusive", "errored"})


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """One section: its id in the report, the families of checks it tells of, and whether it tells the findings.

    ``rest`` takes the families that no other section names, so that no answer is without a section. ``open`` sections
    tell what the data could not decide, of all families.
    """

    id: str
    title: str
    families: tuple[str, ...] = ()
    findings: bool = False
    rest: bool = False
    open: bool = False

    def covers(self, item: Exhibit) -> bool:
        """Whether the section tells of an answer."""
        named = {family for plan in PLANS for family in plan.families}
        return item.family in self.families or (self.rest and item.family not in named)

    def answers(self, exhibits: Exhibits) -> tuple[Exhibit, ...]:
        """Return the answers it may speak of."""
        found = exhibits.of_kind("answer")
        if self.open:
            return tuple(item for item in found if item.outcome in UNDECIDED)
        return tuple(item for item in found if self.covers(item))

    def adverse(self, exhibits: Exhibits) -> tuple[Exhibit, ...]:
        """Return what it must tell: each failed, undecided or broken answer of its own, each grave open finding."""
        found = exhibits.of_kind("finding") if self.findings else ()
        return tuple(item for item in (*self.answers(exhibits), *found) if item.adverse)

    def missing(self, exhibits: Exhibits) -> Iterator[str]:
        """Yield the evidence that is needed and not there: a family without an answer, a planned check without one."""
        answers = self.answers(exhibits)
        for family in self.families:
            if not any(item.family == family and item.outcome != "not_applicable" for item in answers):
                yield f"{family}.*"
        yield from (code for code in exhibits.missing if code.partition(".")[0] in self.families)


PLANS = (
    SectionPlan("summary", "Executive summary", findings=True),
    SectionPlan("model", "Model overview"),
    SectionPlan("data", "Data", ("data",)),
    SectionPlan("soundness", "Conceptual soundness", ("soundness",)),
    SectionPlan("outcomes", "Outcomes analysis", ("discrimination", "calibration", "stability"), rest=True),
    SectionPlan("robustness", "Robustness and stress", ("robustness",)),
    SectionPlan("explainability", "Explainability and reason codes", ("explanation",)),
    SectionPlan("fairness", "Fair lending and ethics", ("fairness",)),
    SectionPlan("use", "Use and overrides", ("use",)),
    SectionPlan("findings", "Findings", findings=True),
    SectionPlan("limitations", "Limitations and conditions of use", open=True),
)


def plan_of(name: str) -> SectionPlan:
    """Return a section's plan by id.

    Raises:
        SpecError: there is none.
    """
    found = {plan.id: plan for plan in PLANS}
    if name not in found:
        raise SpecError(f"There is no section {name!r} to draft. {near(name, found, ', '.join(found))}")
    return found[name]
