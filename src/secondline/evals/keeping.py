"""Keeping: what an evaluation made as files, to be shown, labelled and read again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core.canonical import canonical
from secondline.core.errors import DataError
from secondline.evals.nouns import Judgement, Trace

if TYPE_CHECKING:
    import pyarrow as pa

TRACES, JUDGEMENTS, CONFIG = "traces.jsonl", "judgements.jsonl", "configuration.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """What an evaluation left in *folder*: its answers, what judges said, and the configuration's parts by digest."""

    folder: Path
    traces: tuple[Trace, ...]
    judgements: tuple[Judgement, ...]
    config: Mapping[str, str]

    def of_suite(self, suite: str) -> frozenset[str]:
        """Return the ids of the answers to a suite.

        Raises:
            DataError: its table is not there, or cannot be read.
        """
        import pyarrow.parquet as pq

        try:
            return frozenset(pq.read_table(self.folder / f"{suite}.parquet", columns=["trace"])["trace"].to_pylist())
        except (OSError, KeyError, ValueError) as error:
            raise DataError(f"The kept answers hold none of the suite {suite!r}: {error}. Ask it again.") from error


def keep(
    folder: Path, tables: Mapping[str, pa.Table], traces: Iterable[Trace], judgements: Iterable[Judgement],
    config: Mapping[str, str],
) -> None:  # fmt: skip
    """Write what an evaluation made into *folder*: traces and judgements as JSON lines, tables as Parquet.

    Each file is written beside and then put in its place, so that nothing is ever half there. The configuration comes
    last: where it stands, all stands.
    """
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    for name, parts in ((TRACES, traces), (JUDGEMENTS, judgements)):
        put_lines(folder / name, (part.model_dump(mode="json", exclude_defaults=True) for part in parts))
    for name, table in tables.items():
        beside = folder / f".{name}.parquet"
        pq.write_table(table, beside)
        beside.replace(folder / f"{name}.parquet")
    put(folder / CONFIG, canonical(dict(config)))


def read(folder: Path) -> Kept:
    """Read what an evaluation left in *folder*.

    Raises:
        DataError: a file is missing or damaged.
    """
    try:
        traces = tuple(Trace.model_validate_json(line) for line in lines_of(folder / TRACES))
        judgements = tuple(Judgement.model_validate_json(line) for line in lines_of(folder / JUDGEMENTS))
        return Kept(folder, traces, judgements, json.loads((folder / CONFIG).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise DataError(f"The answers kept in {folder.name!r} cannot be read: {error}. Ask again.") from error


def latest(folder: Path, config: Mapping[str, str]) -> Path | None:
    """Return the newest evaluation below *folder* whose configuration is *config*; None where there is none."""
    found = sorted(folder.glob(f"*/{CONFIG}"), key=lambda path: (path.stat().st_mtime_ns, path.parent.name))
    wanted = canonical(dict(config))
    return next((path.parent for path in reversed(found) if path.read_text(encoding="utf-8") == wanted), None)


def lines_of(path: Path) -> Iterator[str]:
    """Return the lines of a file of JSON lines, by line feeds alone: an answer may hold other ends of lines."""
    return (line for line in path.read_text(encoding="utf-8").split("\n") if line)


def put_lines(path: Path, values: Iterable[Any]) -> None:
    """Write values as JSON lines, whole or not at all."""
    put(path, "".join(f"{canonical(value)}\n" for value in values))


def put(path: Path, content: str) -> None:
    """Write a file beside itself, then in its place, so that nothing is ever half there."""
    beside = path.with_name(f".{path.name}")
    beside.write_text(content, encoding="utf-8", newline="\n")
    beside.replace(path)
