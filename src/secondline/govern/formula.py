"""Formula: from answers about a model to its tier. All numbers are parameters; this is only the arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from secondline.core.errors import SpecError, near

TOP = 5
Matrix = tuple[tuple[int, ...], ...]
Tag = Literal["P", "V", "S", "R", "house"]


class Part(BaseModel):
    """A piece of a written method; ``source`` and ``tag`` say where its numbers come from and how far to trust them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    source: str = ""
    tag: Tag = "R"


class Ladder(Part):
    """An amount scored by steps: 0 below the first, one more at each step reached."""

    question: str
    unit: str = ""
    steps: tuple[float, ...] = Field(min_length=1, max_length=TOP)


class Level(Part):
    """A judgement from 0 to 5, each step in words."""

    question: str
    weight: int = Field(default=1, ge=1)
    words: tuple[str, ...] = Field(min_length=TOP + 1, max_length=TOP + 1)


class Choice(Part):
    """One or more of a list, each with a score; the highest counts."""

    question: str
    scores: dict[str, int]


class Fact(Part):
    """A yes or no."""

    question: str


class Floor(Part):
    """A tier that the model must at least have when one of these facts or purposes holds."""

    when: tuple[str, ...]
    tier: int = Field(ge=1, le=4)
    because: str


class Intensity(Part):
    """What a tier asks for."""

    validation: str
    monitoring: str
    approver: str
    challenger: str
    rerate_months: int = Field(ge=1)


class Formula(Part):
    """A tiering method: its questions, its matrices, its floors, and what each tier leads to."""

    id: str
    version: str = Field(coerce_numbers_to_str=True)
    title: str
    effective_from: str
    effective_to: str | None = None
    sources: tuple[dict[str, str], ...] = ()
    exposure: dict[str, Ladder]
    purpose: Choice
    inherent: dict[str, Level]
    facts: dict[str, Fact]
    rounding: Literal["up", "nearest"] = "up"
    slack: int | None = Field(default=None, ge=0, le=TOP)
    """Inherent risk is never lower than the worst answer less this; None: the weighted mean alone."""
    materiality: Matrix
    tiers: Matrix
    floors: tuple[Floor, ...]
    trigger_days: int = Field(ge=1)
    intensity: dict[int, Intensity]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _square("materiality", self.materiality, range(TOP + 1), rising=True)
        _square("tiers", self.tiers, range(1, 5), rising=False)
        for name, ladder in self.exposure.items():
            if list(ladder.steps) != sorted(set(ladder.steps)) or ladder.steps[0] <= 0:
                raise ValueError(f"the steps of {name!r} must be positive and rise")
        if set(self.purpose.scores.values()) - set(range(TOP + 1)):
            raise ValueError("purposes are scored 0 to 5")
        unknown = {name for floor in self.floors for name in floor.when} - set(self.facts) - set(self.purpose.scores)
        if unknown:
            raise ValueError(f"floors name unknown facts or purposes: {', '.join(sorted(unknown))}")
        if set(self.intensity) != {1, 2, 3, 4}:
            raise ValueError("`intensity` must say what each of the tiers 1 to 4 asks for")
        return self

    @property
    def name(self) -> str:
        """The name ratings refer to it by."""
        return f"{self.id}@{self.version}"

    @property
    def questions(self) -> dict[str, Ladder | Level | Choice | Fact]:
        """Every question by name, in the order they are asked."""
        return {**self.exposure, "purposes": self.purpose, **self.inherent, **self.facts}


def _square(name: str, matrix: Matrix, allowed: range, *, rising: bool) -> None:
    size = TOP + 1
    if len(matrix) != size or any(len(row) != size for row in matrix):
        raise ValueError(f"`{name}` must be {size} rows of {size} numbers")
    if any(cell not in allowed for row in matrix for cell in row):
        raise ValueError(f"`{name}` may hold {allowed.start} to {allowed.stop - 1} only")
    lines: list[Sequence[int]] = [*matrix, *zip(*matrix, strict=True)]
    if any(list(line) != sorted(line, reverse=not rising) for line in lines):
        raise ValueError(f"`{name}` must be monotone: a worse answer may never lead to a milder result")


class Scored(BaseModel):
    """A tier with all that led to it; ``floor`` is the mildest tier that the floors allow (0: none applies)."""

    model_config = ConfigDict(frozen=True)

    tier: int
    matrix_tier: int
    exposure: int
    purpose: int
    materiality: int
    inherent: int
    floor: int
    floors: tuple[str, ...]
    why: tuple[dict[str, Any], ...]


def score(formula: Formula, answers: Mapping[str, Any]) -> Scored:
    """Return the tier that the answers lead to.

    Raises:
        SpecError: answers are missing, unknown or not of their kind; every one is named.
    """
    _complete(formula, answers)
    exposure = {name: _reached(ladder, answers[name]) for name, ladder in formula.exposure.items()}
    purposes = _chosen(answers["purposes"])
    purpose = max(formula.purpose.scores[name] for name in purposes)
    levels = {name: int(answers[name]) for name in formula.inherent}
    mean, rounded = _mean(formula, levels)
    worst = max(levels.values())
    inherent = rounded if formula.slack is None else max(rounded, worst - formula.slack)
    exposed = max(exposure.values())
    materiality = formula.materiality[exposed][purpose]
    matrix_tier = formula.tiers[materiality][inherent]
    holds = {name for name in formula.facts if answers[name]} | set(purposes)
    floors = [floor for floor in formula.floors if holds & set(floor.when)]
    floor = min((f.tier for f in floors), default=0)
    why = [
        *({"part": "exposure", "question": k, "answer": answers[k], "score": v, "decisive": v == exposed}
          for k, v in exposure.items()),
        *({"part": "purpose", "question": "purposes", "answer": p, "score": formula.purpose.scores[p],
           "decisive": formula.purpose.scores[p] == purpose} for p in purposes),
        *({"part": "inherent", "question": k, "answer": v, "score": v, "decisive": v == worst}
          for k, v in levels.items()),
        {"part": "mean", "question": "weighted mean", "answer": mean, "score": rounded,
         "decisive": rounded == inherent},
        *({"part": "floor", "question": ", ".join(sorted(holds & set(f.when))), "answer": True, "score": f.tier,
           "decisive": f.tier < matrix_tier} for f in floors),
    ]  # fmt: skip
    return Scored(
        tier=min(matrix_tier, floor or matrix_tier), matrix_tier=matrix_tier, exposure=exposed, purpose=purpose,
        materiality=materiality, inherent=inherent, floor=floor, floors=tuple(f.because for f in floors),
        why=tuple(why),
    )  # fmt: skip


def _reached(ladder: Ladder, amount: float) -> int:
    return sum(amount >= step for step in ladder.steps)


def _chosen(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(dict.fromkeys(value))


def _mean(formula: Formula, levels: Mapping[str, int]) -> tuple[float, int]:
    """Return the weighted mean, and what it is rounded to, in whole numbers so that no digit is lost."""
    weights = {name: formula.inherent[name].weight for name in levels}
    total, whole = sum(levels[n] * weights[n] for n in levels), sum(weights.values())
    rounded = -(-total // whole) if formula.rounding == "up" else (2 * total + whole) // (2 * whole)
    return round(total / whole, 4), rounded


def _complete(formula: Formula, answers: Mapping[str, Any]) -> None:
    asked = formula.questions
    missing = [name for name in asked if answers.get(name) is None]
    if missing:
        raise SpecError(
            f"{formula.name}: {len(missing)} answer{'s are' if len(missing) > 1 else ' is'} missing: "
            f"{', '.join(missing)}. State each one; what is not known is scored by its worst likely value."
        )
    for name in answers:
        if name not in asked:
            raise SpecError(f"{formula.name} does not ask {name!r}. {near(name, asked, ', '.join(asked))}")
    wrong = [said for name, question in asked.items() if (said := _wrong(name, question, answers[name]))]
    if wrong:
        raise SpecError(f"{formula.name}: {'; '.join(wrong)}.")


def _wrong(name: str, question: Ladder | Level | Choice | Fact, answer: Any) -> str:
    if isinstance(question, Fact):
        return "" if isinstance(answer, bool) else f"`{name}` is answered true or false (got {answer!r})"
    if isinstance(question, Choice):
        chosen = _chosen(answer) if isinstance(answer, (str, list, tuple)) else []
        bad = [c for c in chosen if c not in question.scores]
        if chosen and not bad:
            return ""
        return f"`{name}` takes one or more of {', '.join(question.scores)} (got {answer!r})"
    number = isinstance(answer, (int, float)) and not isinstance(answer, bool) and isfinite(answer)
    if isinstance(question, Ladder):
        return "" if number and answer >= 0 else f"`{name}` is an amount of 0 or more (got {answer!r})"
    return "" if number and answer in range(TOP + 1) else f"`{name}` is a level from 0 to {TOP} (got {answer!r})"
