"""Trials: the examples of controls, decided, so that a pack proves that it says what it means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from secondline.policy.catalogue import Case
from secondline.policy.coverage import BANK, Asked, Demand, Status, assess
from secondline.policy.facts import exemplary
from secondline.policy.packs import Selected

MEANS: dict[Case, Status] = {"compliant": "met", "violating": "not_met", "not-applicable": "not_applicable"}


@dataclass(frozen=True, slots=True)
class Trial:
    """One example of one control: what it should be and what it is."""

    control: str
    number: int
    case: Case
    status: Status
    because: str

    @property
    def right(self) -> bool:
        """Whether it came out as stated."""
        return self.status == MEANS[self.case]

    @property
    def said(self) -> str:
        """What came out instead."""
        return f"should be {MEANS[self.case]}, is {self.status}: {self.because}"


def trials(selection: Iterable[Selected]) -> Iterator[Trial]:
    """Decide every example of these controls, with the parameters of the pack and then those of the example."""
    for selected in selection:
        control = selected.control
        for number, example in enumerate(control.examples, 1):
            facts = exemplary(example.facts)
            subject = BANK if control.about == BANK else str(facts["model"].get("id", "example"))
            params = {**selected.params, **example.params}
            changed = Selected(control, selected.level, params, selected.checks, selected.clauses)
            asked = Asked("trial", changed, (), selected.level)
            found = assess({control.id: Demand(control, (asked,))}, facts, str(facts["today"]), subject)[control.id]
            yield Trial(control.id, number, example.case, found.status, found.because)
