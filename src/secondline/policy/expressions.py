"""Expressions: conditions in the Common Expression Language, bounded, over declared names only, never silently wrong.

A condition that cannot be decided (a value is missing, a date is blank, a number is no number) is undecided, and says
why; it is never quietly true or false.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

from secondline.core.errors import SpecError, near

LONGEST = 1_000
DEEPEST_BRACKETS = 15
DEEPEST_LOOPS = 2
"""Loops within loops: two of a thousand records each end within a second; three would not."""

LISTS = (
    "versions", "uses", "scopes", "ratings", "validations", "findings", "approvals", "passes", "changes",
    "limitations", "assumptions", "overlays", "exemptions", "waivers", "evidence", "attestations", "monitoring",
    "links_in", "links_out", "sources", "runs", "challenges", "requests", "reviews", "deployments", "judges",
)  # fmt: skip
"""The facts of a model that are lists of records."""

COMMON = ("bank", "today", "params")
VARIABLES: dict[str, tuple[str, ...]] = {
    "model": (*COMMON, "model", "checks", "derived", *LISTS),
    "version": (*COMMON, "model", "checks", "derived", *LISTS, "version"),
    "use": (*COMMON, "model", "checks", "derived", *LISTS, "use"),
    "bank": COMMON,
}
"""The names a condition may use, by what the control is about."""

LOOPS = ("all", "exists", "exists_one", "map", "filter")
_MACRO = re.compile(rf"\b({'|'.join(LOOPS)})\s*\(\s*(?:([A-Za-z_]\w*)\s*,)?")
_TEXT = re.compile(r"""r?"(?:\\.|[^"\\])*"|r?'(?:\\.|[^'\\])*'""")
_OF_BANK = re.compile(r"(?<![\w.])bank\.([A-Za-z_]\w*)")
_RAISED = re.compile(r"Python function call failed: \w+: (.*?)\. Check", re.DOTALL)
_BUILT_IN = frozenset({
    "size", "has", "contains", "startsWith", "endsWith", "matches", "int", "double", "string", "bool", "type",
    *LOOPS,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Undecided:
    """A condition that the facts do not decide, and why."""

    because: str


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition, compiled; see :func:`compiled`."""

    text: str
    program: Any
    bank: frozenset[str] | None = frozenset()
    """The facts about the bank that it asks for; None: all of them."""

    def decide(self, scope: Scope) -> bool | Undecided:
        """Return what the condition says of these facts."""
        scope.near["bank"] = scope.of_bank(self.bank)
        try:
            result = self.program.execute(scope.context)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic of the library is no Exception, and decides nothing either
            return Undecided(_why(error))
        return bool(result)


class Scope:
    """The facts that conditions look at, made ready once and used for many conditions."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        """Take facts: plain values, lists and dictionaries."""
        self.facts = facts
        self.near: dict[str, Any] = {}
        # The facts about the bank are many and the same for all models: each condition is given those it asks for.
        own = {name: value for name, value in facts.items() if name != "bank"}
        self.context = _cel().Context(variables=own, functions=FUNCTIONS)
        # What changes from control to control is looked up by name: setting it anew would convert all facts again.
        self.context.set_variable_resolver(self.near.get)

    def of_bank(self, asked: frozenset[str] | None) -> Any:
        """Return the facts about the bank, or those of them that are asked for."""
        bank = self.facts.get("bank")
        if asked is None or not isinstance(bank, Mapping):
            return bank
        return {name: bank[name] for name in asked if name in bank}

    def having(self, **values: Any) -> Scope:
        """Return this scope with other values for ``params``, ``version`` or ``use``."""
        self.near.clear()
        self.near.update(values)
        return self


def compiled(text: str, about: str = "model") -> Expression:
    """Return a condition ready for use.

    Raises:
        SpecError: it is too long, too deep, no expression, or uses names that are not declared.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise SpecError(f"The condition has {len(text):,} characters; at most {LONGEST:,} are allowed.")
    if about not in VARIABLES:
        raise SpecError(f"A condition is about {', '.join(VARIABLES)}; got {about!r}.")
    return _compiled(text, about)


@lru_cache(maxsize=4096)
def _compiled(text: str, about: str) -> Expression:
    bare = _TEXT.sub("''", text)
    _shallow(bare)
    try:
        program = _cel().compile(text)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise SpecError(f"The condition {_short(text)!r} is not valid: {_first_line(error)}.") from error
    loops = {name for _, name in _MACRO.findall(bare) if name}
    clash = loops & set(VARIABLES["model"]) | loops & {"version", "use"}
    if clash:
        raise SpecError(f"The condition {_short(text)!r} uses {min(clash)!r} as a loop name; that name is a fact.")
    _declared(text, set(program.variables()) - loops, VARIABLES[about], "name")
    called = {name for name in program.functions() if name.isidentifier()}
    _declared(text, called, sorted({*_BUILT_IN, *FUNCTIONS}), "function")
    named, mentioned = _OF_BANK.findall(bare), re.findall(r"\bbank\b", bare)
    # What is neither true nor false fails here, before it could become a huge value outside the library.
    program = _cel().compile(f"({text}\n) ? true : false")
    return Expression(text, program, frozenset(named) if len(named) == len(mentioned) else None)


def _shallow(bare: str) -> None:
    """Refuse what is nested so deep that it could run long or exhaust the stack."""
    loops = {match.end(1) for match in _MACRO.finditer(bare)}
    copying = {match.end(1) for match in _MACRO.finditer(bare) if match[1] in {"map", "filter"}}
    open_: list[bool] = []
    for place, letter in enumerate(bare):
        # These build a list by copying it for each element: inside a loop that grows with the cube of the records.
        if letter == "(" and len(bare[:place].rstrip()) in copying and any(open_):
            raise SpecError("The condition has `map` or `filter` inside another loop; use `exists` or `all`.")
        if letter in "([{":
            open_.append(letter == "(" and len(bare[:place].rstrip()) in loops)
        elif letter in ")]}" and open_:
            open_.pop()
        if len(open_) > DEEPEST_BRACKETS:
            raise SpecError(f"The condition is nested more than {DEEPEST_BRACKETS} brackets deep.")
        if sum(open_) > DEEPEST_LOOPS:
            raise SpecError(f"The condition has more than {DEEPEST_LOOPS} loops within each other.")
    if re.search(r"\bmap\s*\(\s*\w+\s*,(?!\s*\w+\.\w+\s*\))", bare):
        raise SpecError(
            "The condition has a `map` of whole lists or more; map to one field, as in `uses.map(u, u.id)`."
        )
    if re.search(r"[!-]{5}|(?:[!-]\s+){5}", bare):
        raise SpecError("The condition repeats a sign more than four times.")


def _declared(text: str, used: Iterable[str], known: Sequence[str], what: str) -> None:
    for name in sorted(used):
        if name not in known:
            hint = near(name, known, f"Known: {', '.join(known)}.")
            raise SpecError(f"The condition {_short(text)!r} uses the {what} {name!r}, which is not declared. {hint}")


@cache
def _cel() -> Any:
    """Return the library, without its warnings: an error in a condition is an answer here, not a line on the screen."""
    import logging

    import cel

    logging.getLogger("cel").setLevel(logging.CRITICAL)
    return cel


def _why(error: BaseException) -> str:
    if said := _RAISED.search(str(error)):
        return said[1]
    if isinstance(error, KeyError):
        return f"{error.args[0]!s} is not on record"
    if isinstance(error, IndexError):
        return "a list has fewer entries than the condition reads"
    if isinstance(error, TypeError):
        return "a value is missing, or of another kind than the condition needs"
    return f"the condition cannot be worked out: {_first_line(error)}"


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if "ERROR" in line] or str(error).splitlines() or [""]
    return lines[0].rpartition("<input>:")[2][:160].rstrip(". ")


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 - one line


# Functions raise when they cannot know, so that no comparison with their answer can be true or false.


def _date(text: Any) -> date:
    if not text:
        raise ValueError("a date is blank")
    return date.fromisoformat(str(text)[:10])


def days(start: Any, end: Any) -> int:
    """Return the days from one date to another."""
    return (_date(end) - _date(start)).days


def months(start: Any, end: Any) -> int:
    """Return the whole months from one date to another."""
    a, b = _date(start), _date(end)
    return (b.year - a.year) * 12 + b.month - a.month - (b.day < a.day)


def on_or_before(a: Any, b: Any) -> bool:
    """Whether a date is the same as another or earlier."""
    return _date(a) <= _date(b)


def plus_days(start: Any, count: Any) -> str:
    """Return the date so many days later."""
    return (_date(start) + timedelta(days=int(count))).isoformat()


def plus_months(start: Any, count: Any) -> str:
    """Return the date so many months later, at the end of a shorter month."""
    first = _date(start)
    year, month = divmod(first.year * 12 + first.month - 1 + int(count), 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1])).isoformat()


def latest(records: Any, field: Any) -> dict[str, Any]:
    """Return the record with the greatest value of a field that is not blank, or an empty one."""
    given = [r for r in records or () if isinstance(r, Mapping) and r.get(field) not in {None, ""}]
    return dict(max(given, key=lambda r: str(r[field]))) if given else {}


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "days": days, "months": months, "on_or_before": on_or_before, "plus_days": plus_days,
    "plus_months": plus_months, "latest": latest,
}  # fmt: skip
