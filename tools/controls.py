"""The table of all controls, written from the catalogue for the reference."""

from __future__ import annotations

from collections import Counter

from handbook import TAGS, table
from secondline.policy.catalogue import Clause, Control, controls

FAMILIES = {
    "MRM-INV": "Identification and inventory",
    "MRM-TIER": "Risk rating",
    "MRM-GOV": "Governance and independence",
    "MRM-DEV": "Development",
    "MRM-DAT": "Data",
    "MRM-VAL": "Validation",
    "MRM-FND": "Findings",
    "MRM-APR": "Approval",
    "MRM-PMA": "Adjustments after the model",
    "MRM-DEP": "Deployment",
    "MRM-MON": "Monitoring",
    "MRM-CHG": "Change",
    "MRM-DEC": "Retirement",
    "MRM-DOC": "Documents",
    "MRM-VEN": "Vendors",
    "FL": "Fair lending",
    "AML": "Financial crime",
    "FRD": "Fraud",
    "GAI": "Generative AI and agents",
    "EU": "EU AI Act",
}


def catalogue() -> str:
    """Return every control with its clauses, level, condition and what meets it, by family."""
    every = controls()
    levels = Counter(control.level for control in every.values())
    said = ", ".join(f"{levels[level]} {level}" for level in ("block", "warn", "record"))
    parts = [f"{len(every)} controls: {said}."]
    for family, title in FAMILIES.items():
        mine = [control for control in every.values() if control.id.rpartition("-")[0] == family]
        rows = [row(control) for control in sorted(mine, key=lambda one: one.id)]
        parts += [f"## {title}", table(["Control", "Asked by", "Level", "Met by"], rows)]
    return "\n\n".join(parts)


def row(control: Control) -> list[str]:
    """Return one control as a row."""
    name = f"`{control.id}` {control.title}"
    checks = f" Checks: {', '.join(f'`{code}`' for code in control.checks)}." if control.checks else ""
    number = f" Parameters: {', '.join(f'{key} {value}' for key, value in control.params.items())}." * bool(
        control.params
    )
    return [
        name,
        "; ".join(clause(one) for one in control.sources),
        control.level,
        control.satisfied_by + checks + number,
    ]


def clause(one: Clause) -> str:
    """Return one clause: document, passage, force, dates and how sure we are of it."""
    since = f"from {one.since}" if one.since else "no date yet"
    dates = f"{since} to {one.until}" if one.until else since
    return f"{one.text} ({one.force}, {dates}, [{one.tag}])"


def tags() -> str:
    """Return what the tags of sources mean."""
    meanings = TAGS | {"R": "recalled and not verified, or practice"}
    return table(["Tag", "Meaning"], [[f"[{tag}]", meaning] for tag, meaning in meanings.items()])
