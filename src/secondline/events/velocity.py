"""Velocity features online: the state of every entity, bounded by the windows declared, and a row's values from it.

Every value equals the batch side's (`frames.velocity`) to the last bit. A row is answered from what had arrived when it
came. When rows that were late have arrived too, `State.values` gives the settled values of any row that is not older
than ``late``, and these are the batch's over the whole stream.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Any, Literal

import msgspec

from secondline.core.declared.velocity import LARGEST, Velocities
from secondline.core.errors import DataError
from secondline.events.history import Row, tracks

Value = float | int | str | bool | None
Kind = Literal["new", "late", "repeated", "too-late"]
SWEPT = 2
"""Idle entities looked at for each row, so that forgetting costs every row the same little."""
FORM = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """A row's values when it came, and what kind of row it was.

    A ``late`` row is older than one seen before it, and counts. A ``repeated`` key counts once. One ``too-late`` does
    not count, and its values are unknown, because part of its windows is forgotten.
    """

    values: dict[str, Value]
    kind: Kind


class State:
    """The online side of declared features, for one partition of a stream: one writer, no locks.

    It holds the rows of the longest window of each entity and of ``late`` before the newest time seen, and no others.
    Time is only that of the rows, never a clock, so the same rows in the same order give the same state to the byte.
    A row from the future would move time ahead for all: whoever stands before the state must refuse it.
    """

    def __init__(self, said: Velocities) -> None:
        """Begin without a past."""
        self.said = said
        self.newest: int | None = None
        self._tracks = tracks(said)
        self._seen: dict[int | str, int] = {}
        self._scales = {name: float(10**places) for name, places in said.decimals.items()}
        self._nothing: dict[str, Value] = dict.fromkeys(said.names)

    def add(self, row: Mapping[str, Any]) -> Answer:
        """Answer a row, then count it.

        Raises:
            DataError: key, time (whole microseconds) or entity is unknown, or a decimal is not one. Nothing is counted.
        """
        read = self._read(row)
        if self.newest is not None and read.at < self.newest - self.said.late:
            return Answer(dict(self._nothing), "too-late")
        values = self._values(read)
        if read.key in self._seen:
            return Answer(values, "repeated")
        kind: Kind = "late" if self.newest is not None and read.at < self.newest else "new"
        self.newest = read.at if self.newest is None else max(self.newest, read.at)
        self._seen[read.key] = read.at
        for track in self._tracks:
            track.add(read, self.newest)
        self._forget()
        return Answer(values, kind)

    def values(self, row: Mapping[str, Any]) -> dict[str, Value]:
        """Return a row's values from all that has arrived by now, and count nothing.

        Raises:
            DataError: as for `add`, or the row is older than ``late`` and part of its windows is forgotten.
        """
        read = self._read(row)
        if self.newest is not None and read.at < self.newest - self.said.late:
            raise DataError(f"Row {read.key!r} is older than `late` allows; its windows are partly forgotten.")
        return self._values(read)

    def rows(self) -> int:
        """Return how many rows are held, over all entities and filters: the measure of the state's memory."""
        return len(self._seen) + sum(track.rows() for track in self._tracks)

    def to_bytes(self, note: Mapping[str, int] | None = None) -> bytes:
        """Return the state as MessagePack; *note* travels with it, such as the offsets it has seen."""
        content = {
            "form": FORM,
            "digest": self.said.digest,
            "note": dict(note or {}),
            "newest": self.newest,
            "seen": list(self._seen.items()),
            "tracks": [track.kept() for track in self._tracks],
        }
        return msgspec.msgpack.encode(content)

    @staticmethod
    def from_bytes(content: bytes, said: Velocities) -> tuple[State, dict[str, int]]:
        """Return the state that `to_bytes` wrote, and its note.

        Raises:
            DataError: these bytes are no state, or one of other features.
        """
        try:
            kept = msgspec.msgpack.decode(content, type=_Kept)
            state = State(said)
            if (kept.form, kept.digest) != (FORM, said.digest):
                raise DataError("This state belongs to other features. Build it again from the stream.")
            state.newest, state._seen = kept.newest, dict(kept.seen)
            for track, rows in zip(state._tracks, kept.tracks, strict=True):
                track.restore(rows)
        except (msgspec.MsgspecError, TypeError, ValueError, IndexError) as error:
            raise DataError(f"These bytes are no state of features ({error}). Build it again.") from error
        return state, kept.note

    def save(self, path: Path, note: Mapping[str, int] | None = None) -> None:
        """Write the state beside *path* and put it in its place whole: a crash leaves the old one or the new one."""
        beside = path.with_name(f"{path.name}.new")
        with beside.open("wb") as file:
            file.write(self.to_bytes(note))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @staticmethod
    def load(path: Path, said: Velocities) -> tuple[State, dict[str, int]]:
        """Read what `save` wrote; see `from_bytes`."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DataError(
                f"No state can be read at {path.name!r}: {error.strerror}. Build it from the stream."
            ) from error
        return State.from_bytes(content, said)

    def _values(self, read: Row) -> dict[str, Value]:
        found: dict[str, Value] = dict(self._nothing)
        for track in self._tracks:
            track.answer(read, found)
        return found

    def _read(self, row: Mapping[str, Any]) -> Row:
        said = self.said
        key, at = row.get(said.key), row.get(said.time)
        if key is None or not isinstance(at, int) or isinstance(at, bool):
            raise DataError(
                f"A row needs {said.key!r} and {said.time!r} in whole microseconds; got {key!r} and {at!r}."
            )
        return Row(key, at, row, {name: self._units(row.get(name), name) for name in self._scales})

    def _units(self, value: Any, name: str) -> int | None:
        if value is None or value != value:  # noqa: PLR0124 - NaN alone differs from itself
            return None
        try:
            units = floor(float(value) * self._scales[name] + 0.5)
        except (TypeError, ValueError, OverflowError):
            units = LARGEST + 1
        if abs(units) > LARGEST:
            raise DataError(f"{name!r} is {value!r}; a decimal of at most 2^53 units is needed.")
        return units

    def _forget(self) -> None:
        newest = self.newest or 0
        oldest = newest - self.said.late - self.said.longest
        for _ in range(SWEPT):
            first = next(iter(self._seen))
            if self._seen[first] >= oldest:
                break
            del self._seen[first]
        for track in self._tracks:
            track.sweep(newest, SWEPT)


class _Kept(msgspec.Struct):
    form: int
    digest: str
    note: dict[str, int]
    newest: int | None
    seen: list[tuple[int | str, int]]
    tracks: list[list[tuple[list[Any], list[int], list[int | str], list[list[Any]]]]]
