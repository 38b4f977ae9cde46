"""Kept: what an evaluation left beside its runs, so that any answer can be shown again with its question and grades."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any

from secondline.core.canonical import canonical
from secondline.core.errors import DataError, UnknownRecord
from secondline.evals.grading.table import Labels, Row, explained
from secondline.evals.keeping import CONFIG, JUDGEMENTS, TRACES, lines_of, put, put_lines
from secondline.evals.nouns import Case, Grade, Settled, Trace

CASES, GRADES, ASKS = "cases.jsonl", "grades.jsonl", "asks.json"
"""Files beside those of `keeping`, written before them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its case (with the question), what became of the call, and what each criterion made of it."""

    case: Case
    trace: Trace | None
    id: str
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        """What was answered; what became of the call where there is no text."""
        return (self.trace.text if self.trace else "") or f"(no text: {self.trace.status if self.trace else 'error'})"

    @property
    def question(self) -> str:
        """What the user asked, turn by turn."""
        return asked(self.case, self.trace)


@dataclass(frozen=True, slots=True)
class Kept:
    """An evaluation as it was kept: its graded answers with reasons, people's labels, and the parts' digests.

    ``quotes`` are the words on which a judge rested, by trace and criterion; ``asks`` is what each criterion asks.
    """

    rows: tuple[Row, ...]
    labels: Labels
    config: Mapping[str, str]
    quotes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    asks: Mapping[str, str] = field(default_factory=dict)

    def answer(self, id_: str) -> Answer:
        """Return one answer with all that it was graded by.

        Raises:
            UnknownRecord: there is none.
        """
        mine = tuple(row for row in self.rows if row.id == id_ and id_)
        if not mine:
            raise UnknownRecord.of("answer", id_)
        return Answer(mine[0].case, mine[0].trace, id_, mine)


def asked(case: Case, trace: Trace | None = None) -> str:
    """Return what the user of a case says, one turn under the other; as an attack in disguise was asked, where it was.

    An attacker who goes on asks every case in other forms: the trace tells in which (`evals.pursuing`).
    """
    turns = trace.messages if trace is not None and "disguise" in trace.details else case.turns
    return "\n".join(turn.content for turn in turns if turn.role == "user")


def keep(folder: Path, rows: Iterable[Row], labels: Labels, asks: Mapping[str, str]) -> None:
    """Write graded answers into *folder*: each case once, and a line a row with its reason and people's label."""
    cases: dict[tuple[str, str], dict[str, Any]] = {}
    grades = []
    for row in rows:
        key = (row.case.suite, row.case.name)
        if key not in cases:
            cases[key] = row.case.model_dump(mode="json", exclude_defaults=True) | {"id": row.case.name}
        said = labels.get((row.id, row.criterion))
        human = {"label": said.label, "second": said.second, "chance": said.chance} if said else {}
        grades.append({"suite": row.case.suite, **_finite(explained(row)), **human})
    put(folder / ASKS, canonical(dict(asks)))
    put_lines(folder / CASES, cases.values())
    put_lines(folder / GRADES, grades)


def _finite(value: Any) -> Any:
    """Return plain values that JSON can say: a number that is none is left empty."""
    if isinstance(value, Mapping):
        return {str(name): _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def read(folder: Path) -> Kept | None:
    """Return the evaluation kept in *folder*; None where there is none, such as for a study of a credit model.

    Raises:
        DataError: what lies there cannot be read.
    """
    try:
        stat = (folder / GRADES).stat()
    except OSError:
        return None
    return _read(folder, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _read(folder: Path, _changed: int, _size: int) -> Kept:
    try:
        cases = {(c.suite, c.name): c for c in (Case.model_validate(x) for x in _lines(folder / CASES))}
        traces = {t.id: t for t in (Trace.model_validate(x) for x in _lines(folder / TRACES))}
        rows, labels = [], {}
        for line in _lines(folder / GRADES):
            rows.append(_row(line, cases, traces))
            if "label" in line:
                labels[line["trace"], line["criterion"]] = Settled(line["label"], line["second"], line["chance"])
        config, asks = (json.loads((folder / name).read_text(encoding="utf-8")) for name in (CONFIG, ASKS))
        quotes = {(x["trace"], x["criterion"]): x["quote"] for x in _lines(folder / JUDGEMENTS) if x.get("quote")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The evaluation kept in {folder.name!r} cannot be read: {error}. Validate again to make it anew."
        ) from error
    return Kept(tuple(rows), labels, config, quotes, asks)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines_of(path)]


def _row(line: Mapping[str, Any], cases: Mapping[tuple[str, str], Case], traces: Mapping[str, Trace]) -> Row:
    spans = tuple((str(where), int(start), int(end)) for where, start, end in line["spans"])
    grade = Grade(line["outcome"], line["value"], line["reason"], spans, line["details"])
    return Row(cases[line["suite"], line["case"]], traces.get(line["trace"]), line["trace"], line["criterion"],
               line["by"], grade)  # fmt: skip
