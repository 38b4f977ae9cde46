"""Filed: settled labels as a file - what people said of answers, a row an answer and criterion, found again by case."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from secondline.core.errors import DataError, near
from secondline.evals.grading.table import Labels, Row
from secondline.evals.nouns import Settled, Trace

NEEDED = ("case", "criterion", "label")
VERDICTS: Mapping[str, float | None] = {"1": 1.0, "pass": 1.0, "0": 0.0, "fail": 0.0, "": None, "unsure": None}
SHOWN = 6
COLUMNS = ("case", "suite", "replicate", "criterion", "chance", "label", "second")
WORDS: Mapping[float | None, str] = {1.0: "pass", 0.0: "fail", None: ""}


def table(rows: Iterable[Row], labels: Labels) -> list[dict[str, Any]]:
    """Return settled labels as rows of COLUMNS: every answer that a plan chose, with a label or without.

    Raises:
        DataError: a label is of an answer that is not among *rows*.
    """
    known = {(row.id, row.criterion): row for row in rows if row.trace is not None}
    made = []
    for key, said in labels.items():
        row = known.get(key)
        if row is None or row.trace is None:
            raise DataError(f"The labels are of the answer {key[0]}, which is not kept. Use those of their plan.")
        made.append({
            "case": row.case.name, "suite": row.case.suite, "replicate": row.trace.replicate, "criterion": key[1],
            "chance": said.chance, "label": WORDS[said.label], "second": WORDS[said.second],
        })  # fmt: skip
    return made


def write(some: Iterable[Mapping[str, Any]]) -> str:
    """Return rows of COLUMNS as the CSV that ``labels:`` of assistant.yaml names; chances keep all their digits."""
    out = io.StringIO()
    lines: csv.DictWriter[str] = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    lines.writeheader()
    lines.writerows({**one, "chance": "" if one["chance"] is None else repr(one["chance"])} for one in some)
    return out.getvalue()


def read(paths: Iterable[Path], traces: Iterable[Trace]) -> dict[tuple[str, str], Settled]:
    """Return the labels of answers, by trace and criterion.

    The columns are ``case``, ``criterion``, ``label`` (1 or pass, 0 or fail, nothing where nobody could tell), and
    where they are known ``replicate`` (0 unless given), ``second`` (another rater's) and ``chance`` (with which the
    plan chose the answer). A row without a label but with a chance was chosen and not labelled.

    Raises:
        DataError: a file cannot be read or lacks a column, a verdict or a chance is none, a row labels an answer that
            is not there, or an answer is labelled twice. All wrong rows are named; nothing is taken then.
    """
    ids = {(trace.case, trace.replicate): trace.id for trace in traces}
    found: dict[tuple[str, str], Settled] = {}
    wrong: list[str] = []
    for path in paths:
        for place, row in enumerate(_rows(path), 2):
            try:
                key, said = _settled(row, ids)
            except ValueError as error:
                wrong.append(f"{path.name}, line {place}: {error}")
                continue
            if key in found:
                wrong.append(f"{path.name}, line {place}: this answer is labelled twice by {key[1]!r}")
            found[key] = said
    if wrong:
        more = f"\n... and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        raise DataError("Labels cannot be taken:\n" + "\n".join(wrong[:SHOWN]) + more)
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"Cannot read the labels {path.name!r}: {error}.") from error
    for name in NEEDED:
        if rows and name not in rows[0]:
            raise DataError(f"The labels {path.name!r} need a column {name!r}. {near(name, list(rows[0]))}")
    return [{k: (v or "").strip() for k, v in row.items() if k} for row in rows]


def _settled(row: Mapping[str, str], ids: Mapping[tuple[str, int], str]) -> tuple[tuple[str, str], Settled]:
    replicate = _replicate(row)
    trace = ids.get((row["case"], replicate))
    if trace is None:
        raise ValueError(f"there is no answer to {row['case']!r}, replicate {replicate}")
    chance = _number(row, "chance")
    if chance is not None and not 0 < chance <= 1:
        raise ValueError(f"the chance {chance:g} is not above 0 and at most 1")
    return (trace, row["criterion"]), Settled(_verdict(row, "label"), _verdict(row, "second"), chance)


def _replicate(row: Mapping[str, Any]) -> int:
    number = _number(row, "replicate") or 0.0
    if not number.is_integer():
        raise ValueError(f"the replicate {row['replicate']!r} is no whole number")
    return int(number)


def _verdict(row: Mapping[str, Any], name: str) -> float | None:
    said = str(row.get(name) or "").lower()
    if said not in VERDICTS:
        raise ValueError(f"the {name} {said!r} is not 1, 0, pass, fail or nothing")
    return VERDICTS[said]


def _number(row: Mapping[str, Any], name: str) -> float | None:
    said = str(row.get(name) or "")
    try:
        return float(said) if said else None
    except ValueError as error:
        raise ValueError(f"the {name} {said!r} is no number") from error
