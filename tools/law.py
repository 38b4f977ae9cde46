"""The law in print: the kinds of records, the acts and the roles, written from the registry."""

from __future__ import annotations

from collections.abc import Sequence

import secondline.govern.records  # noqa: F401 - importing it fills the registry
from handbook import table
from secondline.govern.act import ACTS, Act
from secondline.govern.record import RECORDS, Record
from secondline.govern.roles import ROLES, Role


def law() -> str:
    """Return the roles with what each may do, then every kind of record with its fields and acts."""
    return "\n\n".join(["## Roles", _roles(), *(_record(kind) for kind in RECORDS.values())])


def _roles() -> str:
    rows = [[f"`{role}`", told, _may(role)] for role, told in ROLES.items()]
    return table(["Role", "Duty", "Acts on"], rows)


def _may(role: Role) -> str:
    found = dict.fromkeys(RECORDS[act.record].plural for act in ACTS.values() if role in act.roles)
    return ", ".join(found) or "nothing"


def _record(kind: Record) -> str:
    acts = [act for act in ACTS.values() if act.record == kind.name]
    named = (
        f"Numbered `{kind.prefix}-1`, `{kind.prefix}-2` and so on." if kind.prefix else "Named by whoever makes one."
    )
    facets = ", ".join(f"`{facet}`" for facet in ("id", "state", *kind.facets))
    return "\n\n".join([
        f"## {kind.title} {{ #{kind.name} }}", f"{named} Lists filter and sort by {facets}.", _acts(acts), _fields(kind)
    ])  # fmt: skip


def _acts(acts: Sequence[Act]) -> str:
    rows = [
        [f"`{act.name}`", f"{act.title}{' (needs a reason)' if act.reasoned else ''}", _states(act),
         ", ".join(sorted(act.roles)), ", ".join(f"`{n}`" for n in act.form.model_fields) or "none"]
        for act in acts
    ]  # fmt: skip
    return table(["Act", "What it does", "States", "Roles", "Questions"], rows)


def _states(act: Act) -> str:
    before = "new" if act.creates else ", ".join(sorted(act.before)) or "any"
    return f"{before} to {act.after}" if act.after else before


def _fields(kind: Record) -> str:
    fields = {n: f.description for n, f in kind.shape.model_fields.items() if f.description and n != "state"}
    rows = [[f"`{name}`", " ".join((said or "").split())] for name, said in fields.items()]
    return (
        f'??? note "Fields of a {kind.title.lower()}"\n\n' + _indented(table(["Field", "Meaning"], rows))
        if rows
        else ""
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
