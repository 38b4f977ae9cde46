"""State: all that the monitor knows. It begins and ends with what was committed: nothing else is remembered."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from secondline.core.errors import SpecError
from secondline.ledger.sql import run
from secondline.monitor import kept, manifest
from secondline.monitor.database import Database
from secondline.monitor.forget import Forgotten, forget
from secondline.monitor.manifest import Dead, Taken
from secondline.monitor.parts import Part
from secondline.monitor.readings import Reading, Window

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from secondline.monitor.lens import Lens

T = TypeVar("T")
FILE = "monitor.sqlite"
PARTS = "parts"
_URL = re.compile(r"^[a-z][a-z0-9+]*://")


class State:
    """The monitor's state: a database of small facts and a folder of parts.

    The facts are in SQLite in the same folder, or in PostgreSQL. Several processes may hold one state open.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        """Join a database to a folder of parts; *open* finds both."""
        self.database, self.folder = database, folder
        self.lenses: dict[str, Lens] = {}
        """The engines of watched models, by model."""
        self.lock = threading.RLock()
        self._held: dict[tuple[object, ...], Any] | None = None

    @staticmethod
    def open(place: str | Path, *, parts: str | Path | None = None) -> State:
        """Open a state: a folder, or the URL of a database with a folder of *parts* that every process reaches.

        The URL may name the folder itself: ``postgresql://host/name?parts=/folder``. ``sqlite:///folder`` is a folder.

        Raises:
            SpecError: a URL is given without a folder for the parts.
            LedgerError: it cannot be opened, or another version of secondline wrote it.
        """
        text = str(place).removeprefix("sqlite:///")
        if not _URL.match(text):
            folder = Path(text)
            (folder / PARTS).mkdir(parents=True, exist_ok=True)
            return State(Database(folder / FILE), folder / PARTS)
        url, named = _without_parts(text)
        if parts is None and not named:
            raise SpecError("A state in a database needs a folder for its parts: add ?parts=/folder to the URL.")
        folder = Path(parts or named)
        folder.mkdir(parents=True, exist_ok=True)
        return State(Database(url), folder)

    @property
    def id(self) -> str:
        """A name no other state has, by which its readers of a log are one group."""
        return self.database.id

    def close(self) -> None:
        """Let go of the database and of the engines."""
        for lens in self.lenses.values():
            lens.close()
        self.lenses.clear()
        self.database.engine.dispose()

    @contextmanager
    def one_look(self) -> Iterator[None]:
        """Within, what `once` makes is kept, so that all lines of one look rest on one reading of the same events."""
        self._held = {}
        try:
            yield
        finally:
            self._held = None

    def once(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """Return what *make* makes; within one look, what it made for the same *key* before."""
        if self._held is None:
            return make()
        if key not in self._held:
            self._held[key] = make()
        found: T = self._held[key]
        return found

    def writing(self) -> AbstractContextManager[Connection]:
        """Change the state, all or nothing."""
        return self.database.writing()

    def reading(self) -> AbstractContextManager[Connection]:
        """Look at one moment of the state."""
        return self.database.reading()

    def path(self, part: Part) -> str:
        """Return where a part is."""
        return str(self.folder / part.file)

    def sweep(self, *, grace: float = manifest.GRACE) -> list[str]:
        """Remove files of writers that died before they listed them, and parts replaced long ago."""
        with self.writing() as connection:
            return manifest.sweep(connection, self.folder, grace=grace)

    def offsets(self, topic: str) -> dict[int, int]:
        """Return the next offset of each partition of a topic."""
        with self.reading() as connection:
            found = run(connection, 'SELECT partition, "next" FROM monitor_offsets WHERE topic = ?', (topic,))
            return {int(partition): int(place) for partition, place in found.fetchall()}

    def commit(self, taken: Taken) -> None:
        """Take events in: parts, dead letters and offsets together, or nothing.

        Raises:
            Conflict: another consumer holds a partition now.
        """
        with self.writing() as connection:
            manifest.commit(connection, taken, self.folder)

    def parts(self, kind: str, model: str | None = None) -> list[Part]:
        """Return the parts of one kind of event, of one model or all."""
        where, values = ("kind = ?", [kind]) if model is None else ("kind = ? AND model = ?", [kind, model])
        with self.reading() as connection:
            return manifest.listed(connection, where, values)

    def models(self) -> list[str]:
        """Return the models that decisions were taken in of."""
        with self.reading() as connection:
            return [row[0] for row in run(connection, "SELECT DISTINCT model FROM monitor_cells ORDER BY 1").fetchall()]

    def latest(self, model: str) -> int:
        """Return the latest instant any event of a model speaks of, in microseconds; 0 without events."""
        statement = 'SELECT max("last"), max(known) FROM monitor_parts WHERE model = ? AND retired = 0'
        with self.reading() as connection:
            row = run(connection, statement, (model,)).fetchone()
        return max((int(value) for value in row if value is not None), default=0)

    def forget(self, model: str, *, before: int, only_look: bool = False) -> Forgotten:
        """Let go of the cases of days before *before* (since 1970); readings stay. See `monitor.forget`."""
        return forget(self, model, before, only_look=only_look)

    def keep(self, readings: Sequence[Reading]) -> int:
        """Add readings; one that says what a kept one says is not added again. Returns how many were added."""
        with self.writing() as connection:
            return kept.keep(connection, readings)

    def readings(
        self, model: str, metric: str | None = None, known: int | None = None, *, window: Window | None = None
    ) -> list[Reading]:
        """Return kept readings in the order they were made: of a metric, of a window, or known by an instant."""
        with self.reading() as connection:
            return kept.read(connection, model, metric=metric, known=known, window=window)

    def bury(self, dead: Sequence[Dead]) -> None:
        """Keep dead letters."""
        with self.writing() as connection:
            manifest.bury(connection, dead)

    def dead(self, most: int = 100) -> list[Dead]:
        """Return dead letters in the order of where they came from."""
        names = "topic, partition, place, reason, event, payload, at"
        statement = f"SELECT {names} FROM monitor_dead ORDER BY topic, partition, place LIMIT ?"  # noqa: S608 - our names
        with self.reading() as connection:
            return [Dead(*_plain(row)) for row in run(connection, statement, (most,)).fetchall()]

    def dead_count(self) -> int:
        """Return how many dead letters there are."""
        with self.reading() as connection:
            return int(run(connection, "SELECT count(*) FROM monitor_dead").fetchone()[0])


def _plain(row: Sequence[Any]) -> Iterator[Any]:
    return (bytes(value) if isinstance(value, memoryview) else value for value in row)


def _without_parts(url: str) -> tuple[str, str]:
    from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

    pieces = urlsplit(url)
    asked = dict(parse_qsl(pieces.query))
    named = asked.pop("parts", "")
    return urlunsplit(pieces._replace(query=urlencode(asked))), named
