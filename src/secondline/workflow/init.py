"""Init: a first model.yaml from a data file, with the roles that names and values suggest."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from secondline.core.errors import SpecError
from secondline.frames.peek import ColumnPeek, peek
from secondline.workflow.write import write_whole

_NAMES: dict[str, str] = {
    "score": r"^(pd|p_?d_?\w*|prob\w*|score\w*|pred\w*|y_?hat|p_default|risk_score)$",
    "label": r"^(y|label|target|default\w*|bad|is_?bad|is_?fraud|fraud|outcome|class|event|.*_default.*)$",
    "time": r"(^|_)(date|time|month|at|ts|timestamp)$",
    "entity": r"^(id|.*_id|customer|account|obligor|loan_?number)$",
    "exposure": r"(limit|exposure|ead|amount|balance)",
    "weight": r"^(weight|w|sample_?weight)$",
    "protected": r"^(sex|gender|age(_?band|_?group)?|race|ethnicity|marital\w*|marriage|religion|nationality)$",
    "segments": r"^(segment|region|product|channel|education|state|portfolio|brand|type)$",
}
MOST_SEGMENT_LEVELS = 20
FLAG = 2


@dataclass(frozen=True, slots=True)
class FirstSpec:
    """What was written: the text, how many columns were read and which roles were guessed or left open."""

    text: str
    columns: int
    guessed: tuple[str, ...]
    undecided: tuple[str, ...]

    @property
    def summary(self) -> str:
        """One line for the terminal."""
        guessed = ", ".join(self.guessed) or "none"
        todo = (
            f"; {len(self.undecided)} need your decision, marked TODO: {', '.join(self.undecided)}"
            if self.undecided
            else ""
        )
        return f"{self.columns} columns read; roles guessed: {guessed}{todo}"


def write_first_spec(
    name: str, source: Path, current: Path | None, output: Path, *, overwrite: bool = False
) -> FirstSpec:
    """Read the columns of *source*, guess roles, and write *output*.

    Raises:
        SpecError: *output* exists and *overwrite* is false.
        DataError: *source* cannot be read.
    """
    if output.exists() and not overwrite:
        raise SpecError(f"{str(output)!r} exists already. Edit it, write elsewhere with --output, or use --force.")
    first = first_spec(name, source, current, peek(source), output.parent)
    write_whole(output, first.text.encode())
    return first


def first_spec(name: str, source: Path, current: Path | None, columns: Sequence[ColumnPeek], base: Path) -> FirstSpec:
    """Return the text of a first model.yaml and what it guessed."""
    roles = guess(columns)
    todo = tuple(role for role in ("score", "label") if role not in roles)
    lines = [*_head(name), *_populations(source, current, base), *_columns(roles), *_domains(columns, roles), *_foot()]
    guessed = tuple(f"{len(v)} {role}" if len(v) > 1 else role for role, v in roles.items())
    return FirstSpec("\n".join(lines) + "\n", len(columns), guessed, (*todo, "purpose", "owner"))


def guess(columns: Sequence[ColumnPeek]) -> dict[str, list[str]]:
    """Return the columns that names and values suggest for each role."""
    taken: set[str] = set()
    roles: dict[str, list[str]] = {}
    for role, fits in _FITS.items():
        pattern = re.compile(_NAMES[role], re.IGNORECASE)
        found = [c.name for c in columns if c.name not in taken and pattern.search(c.name) and fits(c)]
        if found:
            roles[role] = found if role in {"protected", "segments"} else found[:1]
            taken |= set(roles[role])
    return roles


def _is_probability(c: ColumnPeek) -> bool:
    return (
        c.kind == "number"
        and c.low is not None
        and c.high is not None
        and c.low >= 0
        and c.high <= 1
        and c.distinct > FLAG
    )


def _is_flag(c: ColumnPeek) -> bool:
    return c.kind == "boolean" or (c.kind == "number" and c.distinct <= FLAG and c.low in {0, 1} and c.high in {0, 1})


_FITS: dict[str, Callable[[ColumnPeek], bool]] = {
    "label": _is_flag,
    "score": _is_probability,
    "time": lambda c: c.kind == "time",
    "entity": lambda c: c.distinct > 0.5 * c.rows and c.kind in {"number", "text"},
    "weight": lambda c: c.kind == "number" and (c.low or 0) >= 0,
    "exposure": lambda c: c.kind == "number" and c.distinct > MOST_SEGMENT_LEVELS,
    "protected": lambda c: c.distinct <= MOST_SEGMENT_LEVELS,
    "segments": lambda c: c.distinct <= MOST_SEGMENT_LEVELS,
}


def quoted(text: str) -> str:
    """Return *text* as a YAML scalar that means this text and nothing else."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", text) and text.lower() not in {
        "y",
        "n",
        "yes",
        "no",
        "on",
        "off",
        "true",
        "false",
        "null",
    }
    return text if plain else "'" + text.replace("'", "''") + "'"


def _head(name: str) -> list[str]:
    return [
        "# What secondline should know of this model. Every key is explained in the model.yaml reference.",
        f"model: {quoted(name)}",
        "version: '1.0.0'",
        "# TODO purpose: what is decided with it, and does it serve a regulatory or financial-risk purpose?",
        "purpose: {kind: credit-decision, regime-relevant: true}",
        "# TODO owner: who answers for the model; the validator must be somebody else.",
        "owner: ''",
        "developer: ''",
        "validator: ''",
        "",
    ]


def _populations(source: Path, current: Path | None, base: Path) -> list[str]:
    lines = ["populations:", f"  development: {{data: {quoted(_relative(source, base))}, role: reference}}"]
    if current:
        return [*lines, f"  current: {{data: {quoted(_relative(current, base))}}}", ""]
    return [
        *lines,
        "  # TODO a current population, out of time if you have it:",
        "  # current: {data: current.parquet}",
        "",
    ]


def _relative(path: Path, base: Path) -> str:
    try:
        return path.resolve().relative_to(base.resolve()).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _columns(roles: dict[str, list[str]]) -> list[str]:
    lines = ["columns:"]
    for role in ("score", "label"):
        if role in roles:
            lines.append(f"  {role}: {quoted(roles[role][0])}")
        else:
            lines.append(f"  {role}: TODO  # the column that holds the {role}")
    one = [f"  {r}: {quoted(roles[r][0])}" for r in ("weight", "time", "entity", "exposure") if r in roles]
    listed = {r: ", ".join(map(quoted, roles[r])) for r in ("segments", "protected") if r in roles}
    many = [f"  {role}: [{names}]" for role, names in listed.items()]
    return [
        *lines,
        *one,
        *many,
        "  # features: every other number, text or boolean column unless you list them here",
        "",
    ]


def _domains(columns: Sequence[ColumnPeek], roles: dict[str, list[str]]) -> list[str]:
    lines = []
    if "score" in roles:
        lines.append(f"  {quoted(roles['score'][0])}: {{type: number, min: 0, max: 1, nullable: false}}")
    named = {c for role in ("exposure", "weight") for c in roles.get(role, [])}
    lines += [f"  {quoted(c.name)}: {{type: number, min: 0}}" for c in columns if c.name in named and (c.low or 0) >= 0]
    return ["# Values a column may take; each becomes a rule that is checked.", "domains:", *lines, ""] if lines else []


def _foot() -> list[str]:
    return [
        "packs: [default, us-sr26-2]",
        "",
        "# The model itself and what can be asked of it; each key has a how-to page. Uncomment what you have.",
        "# artefact: champion.onnx                        # a file beside this one, or https://host/v2/models/NAME",
        "# decision: {approve-below: 0.2}                # fairness, reasons and swap sets need the rule that decides",
        "# claims: {monotone: {utilisation: increasing}} # what the documents say",
        "# challengers: [scorecard, ebm, boosting]       # fitted on the first population, compared on the others",
    ]
