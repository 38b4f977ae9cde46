"""Classes of change, A to D: from what was touched and what moved to a class. All numbers are parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import sqrt
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from secondline.core.errors import SpecError, near
from secondline.govern.formula import Part
from secondline.govern.record import Form

Class = Literal["A", "B", "C", "D"]
CLASSES: tuple[Class, ...] = ("A", "B", "C", "D")


class Measure(Form):
    """How far something moved: a share or a relative move, with its interval where there is one."""

    value: float = Field(description="Point estimate, as a fraction: 0.012 is 1.2 %.")
    low: float | None = Field(default=None, description="Lower end of the interval.")
    high: float | None = Field(default=None, description="Upper end of the interval.")
    n: int | None = Field(default=None, ge=1, description="Sample size.")
    against: Literal["previous", "baseline"] = Field(
        default="previous", description="Measured against the version before, or against the approved baseline."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = self.low, self.high
        if (low is not None and low > self.value) or (high is not None and high < self.value):
            raise ValueError("the interval must hold the value")
        return self

    @property
    def size(self) -> float:
        """The move, whichever way."""
        return abs(self.value)

    @property
    def reach(self) -> float:
        """The largest move that the interval allows."""
        return max(abs(x) for x in (self.value, self.low, self.high) if x is not None)


class Trigger(Part):
    """From which move on a change is of a class (strictly above), and how moves in a row add up."""

    title: str
    above: dict[Class, float]
    adds: Literal["sum", "root"] = "sum"
    """``root``: as squared distances do, so that halving each step never halves the total."""

    def joined(self, a: float, b: float) -> float:
        """Return the most that two moves in a row can come to."""
        return a + b if self.adds == "sum" else (sqrt(a) + sqrt(b)) ** 2


COMPONENT_PARTS: dict[str, str] = {
    "model": "base-model", "prompt": "prompt", "retriever": "retriever", "corpus": "corpus", "tool": "tools",
    "guardrail": "guardrails", "decoding": "decoding", "post-processing": "post-processing", "judge": "judge",
    "human-step": "human-role", "target": "endpoint",
}  # fmt: skip
"""Which part of the criteria each kind of component of a generative system is."""
OTHER = "vendor-version"
"""The part that a component is where the criteria know nothing nearer."""


class Touched(Part):
    """A part of a model that can change, and the mildest class that changing it can be.

    ``regression`` asks for a paired comparison with the approved answers, which is its proof that nothing was lost.
    """

    title: str
    least: Class
    stop: bool = False
    regression: bool = False


class Follow(Part):
    """What a class of change must be followed by."""

    validation: tuple[str, ...] = ()
    approvers: tuple[str, ...]
    run: bool = False
    challenger: bool = False
    independent: bool = True
    says: str


class Criteria(Part):
    """Written criteria by which a change is classified."""

    id: str
    version: str = Field(coerce_numbers_to_str=True)
    title: str
    effective_from: str
    sources: tuple[dict[str, str], ...] = ()
    parts: dict[str, Touched]
    triggers: dict[str, Trigger]
    proof: dict[Class, tuple[str, ...]] = Field(default={})
    """Measures without which a change cannot be of this class or a milder one by its parts."""
    without_proof: Class = "B"
    follows: dict[Class, Follow]
    margin: float = Field(default=0.05, gt=0, lt=1)
    """Most that a change of a generative system may lose on the cases of its regression, as a share of passes."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if set(self.follows) != set(CLASSES):
            raise ValueError("`follows` must say what each of the classes A to D leads to")
        for name, trigger in self.triggers.items():
            steps = [trigger.above[c] for c in CLASSES if c in trigger.above]
            if steps != sorted(steps, reverse=True) or any(s < 0 for s in steps):
                raise ValueError(f"the triggers of {name!r} must not be lower for a stricter class, nor negative")
        return self

    @property
    def name(self) -> str:
        """The name that changes refer to it by."""
        return f"{self.id}@{self.version}"

    def part_of(self, component: str) -> str:
        """Return the part that a component is, named ``kind/name`` or by the part itself."""
        kind = component.partition("/")[0].replace(" ", "-")
        part = COMPONENT_PARTS.get(kind, kind)
        return part if part in self.parts else OTHER


class Classified(BaseModel):
    """A class with all that led to it, and the moves since the approved baseline."""

    model_config = ConfigDict(frozen=True)

    class_: Class
    alone: Class
    cumulative: dict[str, dict[str, float]]
    why: tuple[str, ...]
    stop: bool


def stricter(classes: Iterable[Class]) -> Class:
    """Return the strictest of some classes."""
    mildest: Class = "D"
    return min([*classes, mildest], key=CLASSES.index)


def classify(
    criteria: Criteria, parts: Iterable[str], measures: Mapping[str, Measure], before: Iterable[Mapping[str, Any]] = (),
) -> Classified:  # fmt: skip
    """Return the class of a change, alone and together with the changes *before* it since the same baseline.

    Raises:
        SpecError: a part or a measure is not one of the criteria, or no part is named.
    """
    touched = list(dict.fromkeys(parts))
    _known(criteria, touched, measures)
    alone, why = _class(criteria, touched, _totals(criteria, [measures]), measures, "")
    earlier = list(before)
    steps = [*(_measures(one) for one in earlier), measures]
    totals = _totals(criteria, steps)
    # What this change does not move was judged when it moved.
    moved = {name: total for name, total in totals.items() if name in measures and measures[name].reach > 0}
    together, more = _class(criteria, touched, moved, measures, " since the baseline")
    if together != alone:
        count = f"{len(earlier)} earlier change{'s' if len(earlier) > 1 else ''}"
        why = [*why, f"{together} together with {count} since the baseline", *(m for m in more if m[0] == together)]
    return Classified(
        class_=stricter([alone, together]), alone=alone, why=tuple(why),
        cumulative={name: {"value": size, "reach": reach} for name, (size, reach) in totals.items()},
        stop=any(criteria.parts[p].stop for p in touched),
    )  # fmt: skip


def _known(criteria: Criteria, parts: list[str], measures: Mapping[str, Any]) -> None:
    if not parts:
        raise SpecError(f"Say which parts changed. One or more of: {', '.join(criteria.parts)}.")
    for what, words, known in (("part", parts, list(criteria.parts)), ("measure", measures, list(criteria.triggers))):
        for word in words:
            if word not in known:
                raise SpecError(f"{criteria.name} knows no {what} {word!r}. {near(word, known, ', '.join(known))}")


def _measures(change: Mapping[str, Any]) -> dict[str, Measure]:
    return {name: Measure.model_validate(m) for name, m in (change.get("measures") or {}).items()}


def _totals(criteria: Criteria, steps: Iterable[Mapping[str, Measure]]) -> dict[str, tuple[float, float]]:
    """Return for each measure how far all steps went, at the estimates and at the ends of the intervals."""
    totals: dict[str, tuple[float, float]] = {}
    for step in steps:
        for name, measure in step.items():
            trigger = criteria.triggers.get(name)
            if trigger is None:
                continue
            size, reach = totals.get(name, (0.0, 0.0))
            if measure.against == "baseline":  # it holds the earlier steps already
                totals[name] = max(size, measure.size), max(reach, measure.reach)
            else:
                totals[name] = trigger.joined(size, measure.size), trigger.joined(reach, measure.reach)
    return totals


def _class(
    criteria: Criteria, parts: list[str], totals: Mapping[str, tuple[float, float]], measured: Mapping[str, Measure],
    when: str,
) -> tuple[Class, list[str]]:  # fmt: skip
    classes: list[Class] = [criteria.parts[p].least for p in parts]
    why = [f"{criteria.parts[p].least} by its parts{when}: {criteria.parts[p].title}" for p in parts]
    for name, (size, reach) in totals.items():
        found, straddles = _reached(criteria.triggers[name], size, reach)
        if found:
            classes.append(found)
            limit = criteria.triggers[name].above[found]
            said = f", up to {reach:.4g}: the interval straddles the trigger, so the stricter class holds"
            why.append(f"{found} by {name}{when}: {size:.4g} against {limit:g}{said if straddles else ''}")
    proof = () if all(criteria.parts[p].regression for p in parts) else criteria.proof.get(stricter(classes), ())
    lacking = [m for m in proof if m not in measured]
    if lacking:
        classes.append(criteria.without_proof)
        why.append(f"{criteria.without_proof} until {', '.join(lacking)} is measured")
    return stricter(classes), why


def _reached(trigger: Trigger, size: float, reach: float) -> tuple[Class | None, bool]:
    for one in CLASSES:
        limit = trigger.above.get(one)
        if limit is not None and reach > limit:
            return one, size <= limit
    return None, False
