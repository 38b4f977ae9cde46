"""Sheeting: label plans, blinded sheets and labels as files, between those who make them and those who fill them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from secondline.core.canonical import canonical
from secondline.core.errors import DataError, SpecError
from secondline.evals.labelling import Label, Plan, blinded, read, read_csv, write_csv
from secondline.evals.nouns import Settled
from secondline.workflow.answered import Answered
from secondline.workflow.sheets import book_of, read_book
from secondline.workflow.write import write_whole

HEAD = ("case", "suite", "replicate", "criterion", "chance", "label", "second")
SHEET = "labels"
WORDS: Mapping[float | None, str] = {1.0: "1", 0.0: "0", None: ""}


def read_plan(path: Path) -> Plan:
    """Read a label plan.

    Raises:
        DataError: it cannot be read, or is none.
    """
    try:
        return Plan.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(f"{path.name!r} is no label plan, or cannot be read. Make one with `labels plan`.") from error


def write_plan(path: Path, plan: Plan) -> None:
    """Write a label plan; one that is there is not written over, because labels may rest on it.

    Raises:
        SpecError: the file exists.
    """
    if path.exists():
        raise SpecError(f"{path.name!r} exists, and labels may rest on it. Write the plan to a new file.")
    write_whole(path, (plan.model_dump_json(indent=1) + "\n").encode())


def write_sheet(path: Path, plan: Plan, rater: str, found: Answered) -> int:
    """Write the blinded sheet of a rater as CSV, or as Excel where the name ends so; return its number of tasks.

    Raises:
        DataError: the plan gives the rater nothing, or an answer of it is not among those that are kept.
        SpecError: the name ends neither in .csv nor .xlsx.
        MissingExtra: Excel is asked for and its library is not there.
    """
    sheet = blinded(plan, rater, found.of(), instructions(found))
    if path.suffix.lower() == ".xlsx":
        write_whole(path, book_of({SHEET: sheet}))
    elif path.suffix.lower() == ".csv":
        write_whole(path, write_csv(sheet).encode())
    else:
        raise SpecError(f"A sheet is .csv or .xlsx; {path.name!r} is neither.")
    return len(sheet) - 1


def instructions(found: Answered) -> dict[str, str]:
    """Return what raters are told by criterion: the rubric of its judge, or which scorer grades it."""
    from secondline.evals.judging.rubrics import rubric

    genai = found.genai
    return {
        name: rubric(found.base / genai.judges[said.judge].rubric).instructions if said.judge
        else f"Would you say that the answer passes by {name!r}? (Graded by the rule {said.scorer}.)"
        for name, said in genai.criteria.items()
    }  # fmt: skip


def read_sheet(path: Path, plan: Plan, rater: str) -> list[Label]:
    """Return the labels of a sheet that came back.

    Raises:
        DataError: it cannot be read, or a row is wrong; every wrong row is named and nothing is taken.
    """
    if path.suffix.lower() == ".xlsx":
        book = read_book(path)
        rows: Sequence[Sequence[object]] = book.get(SHEET) or next(iter(book.values()), [])
        return read(rows, plan, rater)
    try:
        return read(read_csv(path.read_bytes()), plan, rater)
    except OSError as error:
        raise DataError(f"Cannot read the sheet {str(path)!r}: {error.strerror or error}.") from error


def read_labels(path: Path) -> list[Label]:
    """Return labels that were imported; none where there is no such file yet.

    Raises:
        DataError: a line is no label.
    """
    if not path.exists():
        return []
    try:
        return [Label.model_validate_json(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    except (OSError, ValueError) as error:
        raise DataError(f"{path.name!r} holds no labels that were imported. Name another file.") from error


def add_labels(path: Path, new: Iterable[Label]) -> tuple[int, int]:
    """Add labels to a file: a rater's later word on a task stands for the earlier; return how many are new and changed.

    Raises:
        DataError: the file holds something else.
    """
    held = {(one.task, one.rater, one.adjudicated): one for one in read_labels(path)}
    fresh = changed = 0
    for one in new:
        key = (one.task, one.rater, one.adjudicated)
        fresh += key not in held
        changed += key in held and held[key] != one
        held[key] = one
    lines = (canonical(one.model_dump(mode="json", exclude_defaults=True)) for one in held.values())
    write_whole(path, "".join(f"{line}\n" for line in lines).encode())
    return fresh, changed


def settled_csv(found: Answered, settled: Mapping[tuple[str, str], Settled]) -> str:
    """Return settled labels as the CSV that `labels:` of assistant.yaml names; an answer that was chosen has a row.

    Raises:
        DataError: a label is of an answer that is not kept.
    """
    known = {(row.id, row.criterion): row for row in found.of() if row.trace is not None}
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(HEAD)
    for key, said in settled.items():
        row = known.get(key)
        if row is None or row.trace is None:
            raise DataError(f"The labels are of the answer {key[0]}, which is not kept. Use those of their plan.")
        chance = "" if said.chance is None else repr(said.chance)
        verdicts = (WORDS[said.label], WORDS[said.second])
        write.writerow((row.case.name, row.case.suite, row.trace.replicate, key[1], chance, *verdicts))
    return out.getvalue()
