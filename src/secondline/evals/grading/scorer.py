"""A scorer: one rule that grades an answer, with the check its verdicts answer and the parameters it may be given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from secondline.core.errors import SecondlineError, SpecError, near
from secondline.evals.nouns import Case, Chunk, Grade, Trace

Params = Mapping[str, Any]
Rule = Callable[[Case, Trace, Params], Grade]
Withheld = Literal["pass", "fail", "graded"]
WITHHELD = ("refused", "blocked-in", "blocked-out")
FAILED = ("timeout", "error")
SPANS = 20


@dataclass(frozen=True, slots=True)
class Scorer:
    """A rule that grades, by name. Calling it grades one answer.

    ``params`` are all parameters it knows, with what they are unless given; one whose default is a type must be given.
    ``withheld`` is what an empty answer of a system that refused or was blocked makes: nothing harmful went out
    (pass), the question was not answered (fail), or the rule decides. ``always`` rules also grade calls that failed.
    """

    name: str
    check: str
    about: str
    rule: Rule
    params: Params = field(default_factory=dict)
    withheld: Withheld = "fail"
    always: bool = False

    def __call__(self, case: Case, trace: Trace, params: Params) -> Grade:
        """Grade one answer; *params* are those that `given` returned."""
        if trace.status in FAILED and not self.always:
            return Grade("error", reason=f"The call failed: {trace.error or trace.status}.")
        if trace.status in WITHHELD and not trace.text.strip() and self.withheld != "graded":
            return Grade(self.withheld, reason=f"Nothing was answered: {trace.status}.")
        return self.rule(case, trace, params)

    def safely(self, case: Case, trace: Trace, params: Params) -> Grade:
        """Grade one answer; where the rule stumbles over it, the grade is an error and the others still count."""
        try:
            return self(case, trace, params)
        except SecondlineError:
            raise
        except Exception as error:  # noqa: BLE001 - one hostile answer must not lose the other ten thousand
            return Grade("error", reason=f"The scorer {self.name} failed: {type(error).__name__}: {error}.")

    def given(self, *layers: Params) -> dict[str, Any]:
        """Return the parameters to grade by: the defaults, and over them each layer in turn.

        Raises:
            SpecError: a parameter is not known, of the wrong type, or missing.
        """
        params = self.merged(*layers)
        if missing := [name for name in self.params if name not in params]:
            raise SpecError(f"The scorer {self.name!r} needs the parameter {missing[0]!r}. Give it in `params`.")
        return params

    def merged(self, *layers: Params) -> dict[str, Any]:
        """Return the same, though some may be missing that each case gives for itself."""
        merged = {name: value for name, value in self.params.items() if not isinstance(value, type)}
        for layer in layers:
            for name, value in layer.items():
                self._known(name, value)
                merged[name] = value
        return merged

    def _known(self, name: str, value: Any) -> None:
        if name not in self.params:
            hint = near(name, list(self.params), f"It knows: {', '.join(self.params) or 'none'}.")
            raise SpecError(f"The scorer {self.name!r} has no parameter {name!r}. {hint}")
        default = self.params[name]
        kind = default if isinstance(default, type) else type(default)
        if default is None or kind is object or isinstance(value, kind):
            fits = not (isinstance(value, bool) and kind in {int, float})
        else:
            fits = (kind is float and isinstance(value, int) and not isinstance(value, bool)) or (
                kind in {list, tuple} and isinstance(value, (list, tuple))
            )
        if not fits:
            raise SpecError(
                f"The parameter {name!r} of the scorer {self.name!r} must be a {kind.__name__}; got {value!r}."
            )


def scorer(
    name: str, check: str, params: Params | None = None, *, withheld: Withheld = "fail", always: bool = False
) -> Callable[[Rule], Scorer]:
    """Make a scorer of the rule below; what it is about is the first line of the rule's docstring."""

    def made(rule: Rule) -> Scorer:
        about = (rule.__doc__ or "").strip().split("\n")[0]
        return Scorer(name, check, about, rule, params or {}, withheld, always)

    return made


def verdict(good: bool, reason: str = "", **more: Any) -> Grade:
    """Return a pass or a fail; *more* are fields of the grade."""
    return Grade("pass" if good else "fail", reason=reason, **more)


def unscored(reason: str, **details: Any) -> Grade:
    """Return a grade of what could not be graded: it says nothing of the system."""
    return Grade("unscored", reason=reason, details=details)


def found(spans: Iterable[tuple[int, int]], where: str = "answer") -> tuple[tuple[str, int, int], ...]:
    """Return places in a text as the spans of a grade, the first few."""
    return tuple((where, a, b) for a, b in list(spans)[:SPANS])


@lru_cache(maxsize=1_024)
def pattern(text: str, *, exact: bool = False) -> re.Pattern[str]:
    """Return a compiled pattern, blind to case unless *exact*.

    Raises:
        SpecError: it is no regular expression.
    """
    try:
        return re.compile(text, 0 if exact else re.IGNORECASE)
    except re.error as error:
        raise SpecError(f"{text!r} is no regular expression: {error}.") from error


def passages(case: Case, trace: Trace) -> tuple[Chunk, ...]:
    """Return the passages that an answer could rest on: those handed over and those retrieved."""
    return (*case.context, *trace.retrieved)


def asked(case: Case) -> str:
    """Return all that the user said."""
    return "\n".join(turn.content for turn in case.turns if turn.role == "user")


def texts(value: Any) -> list[str]:
    """Return a value that may be one text, several or none as a list."""
    if value is None or value == "":
        return []
    return [str(v) for v in value] if isinstance(value, (list, tuple)) else [str(value)]


def stated(case: Case, params: Params, name: str) -> Any:
    """Return what a right answer is held against: the parameter, the reference's entry of that name, or nothing."""
    if params.get(name) not in (None, [], {}, ""):
        return params[name]
    return case.reference.get(name) if isinstance(case.reference, Mapping) else None
