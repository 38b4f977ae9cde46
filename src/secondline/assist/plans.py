"""Plans: the sections that can be drafted, what each may speak of, and what none of them may leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from secondline.assist.exhibits import Exhibit, Exhibits
from secondline.core.errors import SpecError, near

UNDECIDED = frozenset({"inconclusive", "errored"})


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """One section: its id in the report, the families or codes of checks it tells of, and whether it tells findings.

    ``rest`` takes what no other section of the report names (``besides``), so that no answer is without a section.
    ``open`` sections tell what the data could not decide, of all families.
    """

    id: str
    title: str
    families: tuple[str, ...] = ()
    findings: bool = False
    rest: bool = False
    open: bool = False
    codes: tuple[str, ...] = ()
    besides: frozenset[str] = frozenset()

    def covers(self, item: Exhibit) -> bool:
        """Whether the section tells of an answer."""
        own = item.family in self.families or item.code in self.codes
        return own or (self.rest and not {item.family, item.code} & self.besides)

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
        yield from (c for c in exhibits.missing if c.partition(".")[0] in self.families or c in self.codes)


def _report(*plans: SectionPlan) -> tuple[SectionPlan, ...]:
    """Return the sections of one kind of report: the one that takes the rest knows what the others take."""
    taken = frozenset(name for plan in plans for name in (*plan.families, *plan.codes))
    return tuple(replace(plan, besides=taken) if plan.rest else plan for plan in plans)


def _genai(names: str) -> tuple[str, ...]:
    return tuple(f"genai.{name}" for name in names.split())


PLANS = _report(
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


GENERATIVE = _report(
    SectionPlan("summary", "Executive summary", findings=True),
    SectionPlan("model", "Model overview"),
    SectionPlan("outcomes-results", "Results by suite and criterion", rest=True),
    SectionPlan("outcomes-attacks", "Attacks and harms", codes=_genai(
        "harm critical injection leak tool toxic over_refusal autonomy conduct")),
    SectionPlan("outcomes-judges", "The judges", codes=_genai(
        "judge_validity judge_agreement judge_bias judge_drift")),
    SectionPlan("outcomes-fairness", "Equal treatment", codes=_genai("bias_persona")),
    SectionPlan("outcomes-consistency", "Consistency and robustness", codes=_genai(
        "consistency reliability robustness ablation upheld")),
    SectionPlan("outcomes-drift", "Change, drift and calls", codes=_genai(
        "version_regress new_harm equality cost_latency returned_model logged failed_calls latency cost unscored")),
    SectionPlan("outcomes-oversight", "Human oversight", codes=_genai("human_effect")),
    SectionPlan("outcomes-risks", "The twelve risks of NIST AI 600-1", codes=_genai("risks")),
    SectionPlan("findings", "Findings", findings=True),
    SectionPlan("limitations", "Limitations and conditions of use", open=True),
)  # fmt: skip
"""The sections of a generative system's report: section 9 is told part by part."""


def plans_of(exhibits: Exhibits) -> tuple[SectionPlan, ...]:
    """Return the sections to draft of a run: those of a generative system where its checks were asked."""
    generative = any(item.family == "genai" for item in exhibits.of_kind("answer"))
    return GENERATIVE if generative else PLANS


def plan_of(name: str) -> SectionPlan:
    """Return a section's plan by id.

    Raises:
        SpecError: there is none.
    """
    found = {plan.id: plan for plan in (*GENERATIVE, *PLANS)}
    if name not in found:
        raise SpecError(f"There is no section {name!r} to draft. {near(name, found, ', '.join(found))}")
    return found[name]
