"""The checks commands: the catalogue as a table, and one check in full."""

from __future__ import annotations

from rich.markup import escape

import secondline.checks  # noqa: F401 - registers the checks
from secondline.cli.screen import console, grid, print_json
from secondline.core.check import CHECKS, Check, find
from secondline.core.errors import SpecError, near


def list_checks(family: str, *, as_json: bool) -> None:
    """Print every check of a family, or all."""
    families = sorted({c.family for c in CHECKS.values()})
    if family and family not in families:
        raise SpecError(f"There is no family {family!r}. {near(family, families)} Families: {', '.join(families)}.")
    chosen = [c for c in CHECKS.values() if family in {"", c.family}]
    if as_json:
        print_json([_facts(c) for c in chosen])
        return
    table = grid("code", "over", "role", "*claim")
    for check in chosen:
        table.add_row(check.code, check.over.replace("_", " "), check.role, escape(check.title))
    console().print(table)
    console().print(f"{len(chosen)} checks. `secondline checks show CODE` tells more.")


def show_check(code: str) -> None:
    """Print one check in full."""
    check, out = find(code), console()
    out.print(f"[bold]{check.code}[/]  {escape(check.title)}\n{escape(check.purpose)}\n")
    table = grid("", "*")
    for name, value in _facts(check).items():
        if name not in {"code", "title", "purpose"} and value:
            table.add_row(f"[dim]{name}[/]", escape(", ".join(value) if isinstance(value, list) else str(value)))
    out.print(table)


def _facts(check: Check) -> dict[str, object]:
    from secondline.workflow.validate import default_limit

    limit = default_limit(check.code)
    return {
        "code": check.code,
        "title": check.title,
        "purpose": check.purpose,
        "over": check.over,
        "role": check.role,
        "requires": list(check.requires),
        "dimension": check.dimension,
        "parameters": dict(check.params),
        "statistics": [f"{name}: {type(need).__name__} of {need.of}" for name, need in check.measure.needs.items()],
        "limit": f"{limit.text} ({limit.because}; {limit.source}; tag {limit.tag})" if limit else "reported only",
        "sources": list(check.sources),
    }
