"""Rating: the questions of the method in force, asked of one line; where the lines differ, the head resolves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secondline.core.errors import OutOfTurn, SecondlineError, SpecError
from secondline.govern.formula import Choice, Fact, Formula, Ladder, Level
from secondline.govern.records.rating import RATERS
from secondline.govern.roles import FIRST_LINE, SECOND_LINE, Role
from secondline.policy.tiering import explain
from secondline.web.routes import SIGNED_IN, deed, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Table, View, words
from secondline.workflow.rating import answers_for, in_force, rate, resolve

HEADS = frozenset[Role]({"mrm-head"})
LINES = ("provisional", "first", "second")
COLUMNS = (
    Column("id", "Rating", "record", "rating", sortable=False), Column("line", "Line", sortable=False),
    Column("tier", "Tier", "tier", sortable=False), Column("exposure", "Exposure", "number", sortable=False),
    Column("purpose", "Purpose", "number", sortable=False),
    Column("inherent", "Inherent risk", "number", sortable=False), Column("by", "By", "person", sortable=False),
    Column("on", "On", "date", sortable=False), Column("state", "State", "state", sortable=False),
)  # fmt: skip


@page("/models/{id}/rating", may=SIGNED_IN, name="rating-of")
def rating_of(seen: Seen) -> View:
    """Show how a model was rated, why, and the questions for whoever may rate it now."""
    doc = seen.need("model", seen.path["id"])
    given = seen.look.find("rating", model=doc["id"])
    line = seen.choice("line", LINES, "second" if seen.visitor.roles & SECOND_LINE else "first")
    method, trouble = _method(seen)
    differ = bool(doc.get("tier_first")) and bool(doc.get("tier_second")) and doc["tier_first"] != doc["tier_second"]
    settled = any(r["state"] == "resolved" for r in given)
    context = {
        "doc": doc, "line": line, "lines": LINES, "method": method, "trouble": trouble,
        "why": {r["id"]: explain(r) for r in given if r["state"] != "superseded"},
        "asked": _asked(method, answers_for(seen.look, doc["id"], {}, line=line)) if method else [],
        "rates": bool(RATERS & seen.visitor.roles) and not seen.as_of,
        "resolves": differ and not settled and bool(HEADS & seen.visitor.roles) and not seen.as_of,
        "differ": differ and not settled, "first_line": sorted(FIRST_LINE),
    }  # fmt: skip
    rows = [{c.name: r.get(c.name) for c in COLUMNS} for r in reversed(given)]
    table = Table("Ratings", COLUMNS, rows, total=len(rows), empty="Nobody has rated it yet.")
    return View("models/rating.html", context, table)


def _method(seen: Seen) -> tuple[Formula | None, str]:
    try:
        found = seen.look.need("method", in_force(seen.look, "tiering"))
    except SecondlineError as error:
        return None, str(error)
    return Formula.model_validate(found["parameters"]), ""


def _asked(method: Formula, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "asks": q.question, "kind": type(q).__name__.lower(), "answer": answers.get(name),
         "options": _options(q), "unit": q.unit if isinstance(q, Ladder) else ""}
        for name, q in method.questions.items()
    ]  # fmt: skip


def _options(question: Ladder | Level | Choice | Fact) -> list[tuple[str, str]]:
    if isinstance(question, Level):
        return [(str(n), f"{n} {text}") for n, text in enumerate(question.words)]
    return [(name, words(name)) for name in question.scores] if isinstance(question, Choice) else []


@deed("/models/{id}/rating", may=RATERS, name="rate-model")
def rated(seen: Seen, typed: dict[str, str]) -> str:
    """Rate the model; its tier follows from the ratings on record."""
    method, trouble = _method(seen)
    if method is None:
        raise OutOfTurn(trouble)
    line = typed.get("line", "")
    if line not in LINES:
        raise SpecError(f"A rating is of one line: {', '.join(LINES)}.")
    answers = {name: _answer(name, q, typed) for name, q in method.questions.items()}
    rate(seen.ledger, seen.path["id"], line, answers, seen.visitor.id, note=typed.get("note", ""), via=seen.visitor.via)
    return f"/models/{seen.path['id']}/rating"


def _answer(name: str, question: Ladder | Level | Choice | Fact, typed: Mapping[str, str]) -> Any:
    if isinstance(question, Choice):
        return [option for option in question.scores if typed.get(f"{name}-{option}")]
    if isinstance(question, Fact):
        return typed.get(name) == "yes"
    try:
        return int(typed[name]) if isinstance(question, Level) else float(typed[name])
    except (KeyError, ValueError) as error:
        raise SpecError(f"{question.question}: a number is needed, got {typed.get(name, '')[:40]!r}.") from error


@deed("/models/{id}/tier", may=HEADS, name="resolve-tier")
def resolved(seen: Seen, typed: dict[str, str]) -> str:
    """Decide between two ratings that differ."""
    text = typed.get("tier", "")
    if text not in {"1", "2", "3", "4"}:
        raise SpecError(f"A tier is 1, 2, 3 or 4; got {text[:40]!r}.")
    resolve(seen.ledger, seen.path["id"], int(text), seen.visitor.id, typed.get("reason", ""), via=seen.visitor.via)
    return f"/models/{seen.path['id']}/rating"
