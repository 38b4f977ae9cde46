"""The handbook: one page per check, written from the registry. ``python tools/handbook.py FOLDER`` writes them out."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import secondline.checks  # noqa: F401 - importing it fills the registry
from secondline.core.check import CHECKS, Check
from secondline.core.needs import Need
from secondline.workflow.validate import default_limit

FAMILIES = {
    "data": "Data integrity",
    "discrimination": "Discrimination",
    "calibration": "Calibration",
    "stability": "Stability",
    "soundness": "Soundness",
    "explanation": "Explanation",
    "robustness": "Robustness",
    "challenge": "Challengers",
    "fairness": "Fairness",
    "fraud": "Fraud",
    "genai": "Generative AI",
    "use": "Use",
}
OVER = {
    "population": "each population",
    "comparison": "each current population against the reference",
    "segment": "each population, segment column and level",
    "segment_column": "each population and segment column",
    "band": "each population and grade (or score band)",
    "period": "each population and month",
    "feature": "each population and feature",
    "shift": "each current population against the reference, and each feature",
    "key": "each population, when an entity key is named",
    "rule": "each population and declared rule",
    "required": "each population and column that has a role",
    "claim": "each population and column with a claimed direction",
    "protected": "each population and protected column",
    "input": "each population and column that the artefact may read",
    "challenger": "each challenger that model.yaml asks for, on each population but the reference",
    "criterion": "each suite of a generative system, and each criterion whose verdicts answer it",
}
ROLE = {
    "gate": "A gate: the p-values of its answers are under Holm's control, which bounds the chance of any false alarm.",
    "screen": "A screen: the p-values of its answers are under Benjamini and Hochberg's bound on false alarms.",
    "report": "For the report: it shows a number and tests no hypothesis.",
}
TAGS = {
    "P": "read in the primary source",
    "V": "verified at second hand",
    "S": "from a secondary source",
    "R": "practice",
    "house": "house standard",
}


def families() -> dict[str, list[str]]:
    """Return the codes of each family, by the family's title."""
    return {
        title: sorted(code for code, check in CHECKS.items() if check.family == family)
        for family, title in FAMILIES.items()
        if any(check.family == family for check in CHECKS.values())
    }


def pages() -> dict[str, str]:
    """Return every page of the handbook by file name."""
    return {"index.md": index()} | {f"{code}.md": page(check) for code, check in sorted(CHECKS.items())}


def index() -> str:
    """Return the page that lists every check."""
    about = f"{len(CHECKS)} checks, each a claim that can be false. A code's meaning never changes."
    parts = ["# Handbook", f"{about} On a terminal: `secondline checks list`, `secondline checks show CODE`."]
    for title, codes in families().items():
        parts.append(f"## {title}")
        rows = [[f"[`{code}`]({code}.md)", CHECKS[code].title, CHECKS[code].role] for code in codes]
        parts.append(table(["Code", "Claim", "Role"], rows))
    return "\n\n".join(parts) + "\n"


def page(check: Check) -> str:
    """Return the page of one check."""
    parts = [
        f"---\ntitle: {check.code}\n---",
        f"# {check.title}",
        f"Code `{check.code}`" + (f", data quality dimension: {check.dimension}" if check.dimension else "") + ".",
        check.purpose.strip(),
        "## When it is asked",
        f"For {OVER[check.over]}. {ROLE[check.role]}",
        requires(check),
        "## The number",
        number(check),
        *parameters(check),
        "## Limits",
        limits(check),
        *sources(check),
    ]
    if check.see:
        parts.append(f"See also: {check.see}")
    return "\n\n".join(part for part in parts if part) + "\n"


def requires(check: Check) -> str:
    """Return which roles model.yaml must name for the check to be asked."""
    if not check.requires:
        return "It needs nothing beyond the columns every `model.yaml` names."
    roles = ", ".join(f"`{role}`" for role in check.requires)
    return f"It needs these roles in `model.yaml`: {roles}. Without them the answer is *not applicable*, never a pass."


def number(check: Check) -> str:
    """Return what is measured: the statistics it rests on and the contract of the function."""
    statistic = check.measure.statistic
    needs = ", ".join(f"`{name}` ({need_text(need)})" for name, need in check.measure.needs.items())
    unit = f" Its unit: {check.measure.unit}." if check.measure.unit else ""
    contract = inspect.cleandoc(statistic.__doc__ or "").replace("```", "'''")
    where = f"`{statistic.__module__}.{statistic.__qualname__}`"
    return f"Computed by {where} from {needs}.{unit} The function's own contract:\n\n```text\n{contract}\n```"


def need_text(need: Need) -> str:
    """Return a need in words, such as ``ScoreTable of the reference``."""
    side = "of the reference" if need.of == "reference" else "of the population in question"
    return f"{type(need).__name__.lower()} {side}"


def parameters(check: Check) -> list[str]:
    """Return the section on parameters that a pack or model.yaml may set, if there are any."""
    known = inspect.signature(check.measure.statistic).parameters
    defaults = {
        name: parameter.default
        for name, parameter in known.items()
        if name not in check.measure.needs and name != "level" and parameter.default is not parameter.empty
    } | dict(check.params)
    if not defaults:
        return []
    rows = [[f"`{name}`", f"`{value!r}`"] for name, value in defaults.items()]
    how = f"Set them under `parameters: {{{check.code}: {{...}}}}` in `model.yaml`, or in a pack."
    return ["## Parameters", table(["Name", "Default"], rows), how]


def limits(check: Check) -> str:
    """Return the limit that the default pack sets and on whose authority it stands."""
    limit = default_limit(check.code)
    if limit is None:
        return "The default pack sets none: the number is reported, and judged once `model.yaml` or a pack sets one."
    facts = {
        "Rule": limit.text,
        "Detectable effect that matters": limit.detect,
        "Judged on": f"the {limit.judge_on}",
        "Severity of a breach": limit.severity,
        "Raised to": ", ".join(f"{severity} beyond {bound:g}" for severity, bound in limit.worse.items()),
        "Because": limit.because,
        "Source": limit.source,
        "Tag": f"{limit.tag}, {TAGS[limit.tag]}",
        "Read the source again by": limit.verify_by,
    }
    return table(["", ""], [[name, str(value)] for name, value in facts.items() if value not in (None, "")])


def sources(check: Check) -> list[str]:
    """Return the section on sources, if any are named."""
    return ["## Sources", "\n".join(f"- {source}" for source in check.sources)] if check.sources else []


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table; a bar inside a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def write(folder: Path, texts: Mapping[str, Any]) -> None:
    """Write every page into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]), pages())
