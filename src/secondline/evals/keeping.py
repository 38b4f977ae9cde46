"""Keeping: what an evaluation made, in a folder: answers and judgements as JSON lines, graded answers as Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from secondline.core.canonical import canonical
from secondline.core.declared.part import Part
from secondline.core.errors import DataError
from secondline.evals.nouns import Judgement, Trace

if TYPE_CHECKING:
    import pyarrow as pa

TRACES, JUDGEMENTS, CONFIGURATION = "traces.jsonl", "judgements.jsonl", "configuration.json"
Kept = TypeVar("Kept", bound=Part)


def keep(
    folder: Path, traces: Iterable[Trace], judgements: Iterable[Judgement], config: Mapping[str, str],
    tables: Mapping[str, pa.Table],
) -> None:  # fmt: skip
    """Write what an evaluation made into *folder*; each file is written beside and then put in its place."""
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in ((TRACES, traces), (JUDGEMENTS, judgements)):
        lines = (canonical(row.model_dump(mode="json", exclude_defaults=True)) for row in rows)
        _put(folder / name, "".join(f"{line}\n" for line in lines))
    _put(folder / CONFIGURATION, canonical(dict(config)))
    for name, table in tables.items():
        beside = folder / f".{name}.parquet"
        pq.write_table(table, beside)
        beside.replace(folder / f"{name}.parquet")


def _put(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)


def traces_of(folder: Path) -> list[Trace]:
    """Return the answers that an evaluation kept.

    Raises:
        DataError: they cannot be read.
    """
    return _read(folder / TRACES, Trace)


def judgements_of(folder: Path) -> list[Judgement]:
    """Return what judges said in an evaluation.

    Raises:
        DataError: it cannot be read.
    """
    return _read(folder / JUDGEMENTS, Judgement)


def _read(path: Path, kind: type[Kept]) -> list[Kept]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        return [kind.model_validate(json.loads(line)) for line in lines if line]
    except (OSError, ValueError) as error:
        raise DataError(f"Cannot read {path.name!r} of the evaluation in {path.parent.name!r}: {error}.") from error
