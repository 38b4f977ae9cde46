"""Back-fill: decisions and labels of the past, from Parquet or CSV, as events of the log.

The file is read a few thousand rows at a time, so memory is flat. A row that makes no event goes to the dead letters
with the reason and its number. The id of an event is a column, or else a digest of what the row says: running a
back-fill again makes the same events, which changes nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from math import isinf, isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from secondline.core.errors import DataError, MissingColumn, MissingExtra, SpecError, near
from secondline.events.dead import DeadLetters, Origin
from secondline.events.foreign import TIMES, micros
from secondline.events.log import Full, Log, Writer, key_of, topic_of
from secondline.events.reading import BadEvent, decode
from secondline.events.shapes import KINDS, VERSION, Event

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 5000
PARQUET = (".parquet", ".pq")
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
TRIES = 100
NUMBERS = frozenset({"score", "amount", "chance", "value", "latency", "revision"})
MAPS = {"inputs", "segments", "shadows", "values"}
LISTS = {"reasons", "path"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class Plan:
    """How the columns of a file become an event.

    ``columns`` maps a field of the event to a column, ``constants`` a field to one value for all rows. ``parts`` maps
    ``inputs``, ``segments``, ``shadows`` or ``values`` to the columns it is made of, under their names. ``zone`` says
    what times without a zone mean: ``utc``, or nothing, and then they are refused.
    """

    kind: Literal["decision", "label", "override", "investigation", "snapshot"]
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    zone: Literal["", "utc"] = ""

    def __post_init__(self) -> None:
        """Hold the plan against the shape of the event."""
        if self.kind not in KINDS:
            raise SpecError(
                f"There is no kind of event {self.kind!r}. {near(self.kind, KINDS, 'Use decision or label.')}"
            )
        fields = {f.encode_name for f in msgspec.structs.fields(KINDS[self.kind])}
        for name in (*self.columns, *self.constants, *self.parts):
            if name not in fields:
                raise SpecError(f"A {self.kind} has no field {name!r}. {near(name, fields)}".rstrip())
            if (name in MAPS) != (name in self.parts):
                raise SpecError(f"The field {name!r} is made of columns of its own: name them, separated by commas.")
            if name in LISTS:
                raise SpecError(f"The field {name!r} holds a list, which a column of a file does not.")
        if twice := sorted(self.columns.keys() & self.constants.keys()):
            raise SpecError(f"The field {twice[0]!r} is mapped to a column and has a value of its own; give one.")

    @property
    def wanted(self) -> list[str]:
        """The columns to read, each once."""
        return list(dict.fromkeys([*self.columns.values(), *(c for part in self.parts.values() for c in part)]))


@dataclass(frozen=True, slots=True)
class Filled:
    """What a back-fill did: rows read, events appended, rows that are dead letters now, by reason."""

    rows: int
    events: int
    dead: int


def backfill(
    path: Path, plan: Plan, log: Log, dead: DeadLetters, told: Callable[[int], None] = lambda _: None
) -> Filled:
    """Append an event for each row of *path*; *told* hears the number of rows read.

    Raises:
        DataError: the file cannot be read, or a mapped column is not in it.
        LogError: the log does not take the events.
    """
    rows = events = bad = 0
    writers: dict[str, Writer] = {}
    try:
        for batch in batches(path, plan.wanted):
            made = list(_events(batch, plan, Origin(str(path)), rows))
            events += _append(log, writers, [pair for pair in made if not isinstance(pair[1], BadEvent)])
            letters = [(origin, payload, error) for origin, error, payload in made if isinstance(error, BadEvent)]
            if letters:
                dead.put(letters)
            rows, bad = rows + batch.num_rows, bad + len(letters)
            told(rows)
    finally:
        for writer in writers.values():
            writer.close()
    return Filled(rows, events, bad)


def _append(log: Log, writers: dict[str, Writer], made: list[tuple[Origin, Any, bytes]]) -> int:
    parted: dict[str, list[tuple[bytes, bytes]]] = {}
    for _, event, payload in made:
        parted.setdefault(topic_of(event), []).append((key_of(event), payload))
    for topic, records in parted.items():
        if topic not in writers:
            writers[topic] = log.writer(topic)
        patiently(writers[topic], records)
    return len(made)


def patiently(writer: Writer, records: list[tuple[bytes, bytes]]) -> None:
    """Write, and wait while the log is full: a back-fill has time, within reason."""
    for _ in range(TRIES - 1):
        try:
            return writer.write(records)
        except Full as full:
            time.sleep(full.retry_after)
    return writer.write(records)


def batches(path: Path, wanted: list[str]) -> Iterator[pa.RecordBatch]:
    """Yield the wanted columns of a Parquet or CSV file, some thousand rows at a time.

    Raises:
        DataError: it cannot be read, or a column is not in it.
    """
    try:
        import pyarrow as pa
        import pyarrow.csv as pacsv
        import pyarrow.parquet as pq
    except ImportError as missing:  # pragma: no cover - it comes with secondline
        raise MissingExtra.needs("Back-fill", "monitor") from missing
    try:
        if path.suffix.lower() in PARQUET:
            with pq.ParquetFile(path) as file:
                _hold(path, wanted, file.schema_arrow.names)
                yield from file.iter_batches(ROWS, columns=wanted)
        elif path.suffix.lower() in {".csv", ".tsv"}:
            yield from _csv(path, wanted, pacsv, pa)
        else:
            raise DataError(f"Cannot read '{path}'. Give a file ending in .parquet, .pq, .csv or .tsv.")
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"Cannot read '{path}': {str(error).splitlines()[0]}.") from error


def _csv(path: Path, wanted: list[str], pacsv: Any, pa: Any) -> Iterator[pa.RecordBatch]:
    """Read every column as text: what a number or a time is says the event's shape, row by row."""
    parse = pacsv.ParseOptions(delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    with pacsv.open_csv(path, parse_options=parse) as first:
        names = first.schema.names
    _hold(path, wanted, names)
    convert = pacsv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), include_columns=wanted, strings_can_be_null=True
    )
    with pacsv.open_csv(path, parse_options=parse, convert_options=convert) as file:
        for batch in file:
            yield from (batch.slice(start, ROWS) for start in range(0, batch.num_rows, ROWS))


def _hold(path: Path, wanted: list[str], names: list[str]) -> None:
    for name in wanted:
        if name not in names:
            raise MissingColumn.among(name, path.name, names)


def _events(
    batch: pa.RecordBatch, plan: Plan, file: Origin, start: int
) -> Iterator[tuple[Origin, Event | BadEvent, bytes]]:
    columns = {name: batch.column(name).to_pylist() for name in plan.wanted}
    if not file.source.lower().endswith(PARQUET):
        for name in {name for part, names in plan.parts.items() if part != "segments" for name in names}:
            columns[name] = [_guessed(text) for text in columns[name]]
    for i in range(batch.num_rows):
        row = {name: column[i] for name, column in columns.items()}
        origin = Origin(file.source, 0, start + i + 1)
        try:
            payload = msgspec.json.encode(content(row, plan))
        except BadEvent as bad:
            yield origin, bad, _raw(row)
            continue
        try:
            yield origin, decode(payload), payload
        except BadEvent as bad:
            yield origin, bad, payload


def content(row: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Return the plain content of the event that a row makes.

    Raises:
        BadEvent: a value cannot be what its field wants.
    """
    made: dict[str, Any] = {"type": plan.kind, "v": VERSION}
    for name, column in plan.columns.items():
        if (value := _value(name, row[column], plan)) is not None:
            made[name] = value
    for name, text in plan.constants.items():
        made[name] = _value(name, text, plan)
    for name, parts in plan.parts.items():
        made[name] = {part: _part(name, part, row[part]) for part in parts}
        if name == "segments":
            made[name] = {part: str(value) for part, value in made[name].items() if value is not None}
    if "id" not in made:
        made["id"] = "h-" + sha256(msgspec.json.encode(made, order="sorted")).hexdigest()[:_DIGEST]
    return made


def _value(name: str, value: Any, plan: Plan) -> Any:
    if value is None or (isinstance(value, float) and isnan(value)):
        return None
    if name in TIMES:
        return _instant(name, value, plan)
    if name in NUMBERS:
        return _number(name, value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(name: str, value: Any) -> int | float:
    whole = name in {"latency", "revision"}
    try:
        number = int(value) if whole else float(value)
    except (TypeError, ValueError):
        raise BadEvent("invalid", f"{str(value)[:60]!r} is no number - at `$.{name}`.", name) from None
    if isinstance(number, float) and (isinf(number) or isnan(number)):
        raise BadEvent("invalid", f"{value!r} is no number an event can hold - at `$.{name}`.", name)
    return number


def _instant(name: str, value: Any, plan: Plan) -> int:
    try:
        if isinstance(value, str) and not value.isdigit():
            naive = (
                plan.zone == "utc"
                and "+" not in value[10:]
                and "-" not in value[10:]
                and not value.endswith(("Z", "z"))
            )
            return micros(value + "Z" if naive else value)
        if isinstance(value, datetime):
            return _of(value, plan)
        if isinstance(value, date):
            return _of(datetime(value.year, value.month, value.day), plan)  # noqa: DTZ001 - the plan says the zone
        return int(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadEvent("invalid", f"{error} - at `$.{name}`.", name) from None


def _of(moment: datetime, plan: Plan) -> int:
    if moment.tzinfo is None:
        if plan.zone != "utc":
            raise ValueError("the time has no zone; say zone utc if it is UTC")
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _part(field_: str, name: str, value: Any) -> Any:
    """Return a value of an input: numbers and text as they are, NaN as missing, days and times as text."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        if isinf(value):
            raise BadEvent("invalid", f"The column {name!r} holds an infinity - at `$.{field_}`.", field_)
        return None if isnan(value) else value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if value is None or isinstance(value, (int, str)):
        return value
    raise BadEvent("invalid", f"The column {name!r} holds a {type(value).__name__} - at `$.{field_}`.", field_)


def _guessed(text: str | None) -> Any:
    """Return what a text of a CSV file is: a number where it is written as one (007 is not), else the text."""
    if text is None or not NUMBER.fullmatch(text):
        return text or None
    return int(text) if text.lstrip("-").isdigit() and len(text) < len("9223372036854775807") else float(text)


def _raw(row: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(
        {name: value if isinstance(value, (int, float, str)) else str(value) for name, value in row.items()}
    )
