"""Passes: what is approved at this moment, looked at again and again, from a ledger or from signed files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from secondline.core.errors import LedgerError, SpecError
from secondline.gateway.clock import Clock, day, moment
from secondline.gateway.settings import PassFiles, place
from secondline.ledger.passes import NotGenuine, opened, read_keys, trusted_keys

if TYPE_CHECKING:
    from secondline.ledger.store import Ledger

HOUR = 3_600.0
OPEN = frozenset({"active", "restricted"})
UNREACHABLE = (LedgerError, OSError)


@dataclass(frozen=True, slots=True)
class Pass:
    """One genuine pass as it stands: what was signed, its state, and what was added to restrict it."""

    id: str
    state: str
    payload: Mapping[str, Any]
    limits: tuple[Mapping[str, Any], ...] = ()

    @property
    def version(self) -> str:
        """The version it is for."""
        return str(self.payload["version"])

    @property
    def digest(self) -> str:
        """SHA-256 of the artefact it is for."""
        return str(self.payload["digest"])

    @property
    def uses(self) -> dict[str, str]:
        """The uses it allows: id and name, each to the id."""
        ids = {str(use): str(use) for use in self.payload["uses"]}
        return ids | {str(name): str(use) for use, name in self.payload.get("names", {}).items() if name}

    @property
    def conditions(self) -> tuple[Mapping[str, Any], ...]:
        """Everything that narrows the use: conditions as approved, bounds of the uses, limits added since."""
        bounds = [{"kind": "population", **bound} for bound in self.payload.get("bounds", ())]
        return (*self.payload["conditions"], *bounds, *self.limits)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a source says of all models at one instant.

    ``passes`` are genuine ones by model; ``in_use`` says which version each model should run; ``stopped`` are models
    that are suspended as a whole; ``forged`` says what was not genuine. ``as_of`` is the instant it was true.
    """

    passes: Mapping[str, tuple[Pass, ...]]
    as_of: float
    in_use: Mapping[str, str] = field(default_factory=dict)
    stopped: frozenset[str] = frozenset()
    forged: tuple[str, ...] = ()

    def of(self, model: str, version: str = "") -> Pass | None:
        """Return the pass of a version to go by: an open one, that was issued last.

        Left out, the version is the one in use, or where nobody says, that of the pass issued last: a newer version
        that is stopped does not bring an older one back.
        """
        every = self.passes.get(model, ())
        newest = max(every, key=lambda one: str(one.payload["issued"]), default=None)
        wanted = version or self.in_use.get(model, "") or (newest.version if newest else "")
        return max((one for one in every if one.version == wanted), key=_rank, default=None)


def _rank(one: Pass) -> tuple[bool, str, str]:
    return one.state in OPEN, str(one.payload["issued"]), str(one.payload["expires"])


class Source(Protocol):
    """Where passes come from."""

    def look(self, clock: Clock) -> Standing:
        """Return what stands now.

        Raises:
            LedgerError: it cannot be reached.
        """
        ...


def trouble(one: Pass | None, standing: Standing, model: str, now: float) -> str:
    """Return why a pass does not carry at this instant, or nothing where it does."""
    if one is None:
        return f"no pass of {model} is genuine and for the version to serve"
    if model in standing.stopped:
        return f"{model} is suspended"
    if one.state not in OPEN:
        return f"pass {one.id} is {one.state}"
    if day(now) > _last_day(one):
        return f"pass {one.id} ended on {_last_day(one)}"
    if now > _fresh_until(one, standing):
        age = (now - standing.as_of) / HOUR
        return f"pass {one.id} was last known valid {age:,.1f} hours ago; {one.payload['stale_hours']} are allowed"
    return ""


def _fresh_until(one: Pass, standing: Standing) -> float:
    known = max(standing.as_of, moment(str(one.payload["issued"])))
    return known + HOUR * float(one.payload["stale_hours"])


def good_until(one: Pass, standing: Standing) -> float:
    """Return the instant from which a pass that carries now carries no longer, if nothing is heard in between."""
    return min(moment(_last_day(one)) + 24 * HOUR, _fresh_until(one, standing))


def _last_day(one: Pass) -> str:
    until = [str(c["day"]) for c in one.conditions if c.get("kind") == "until"]
    return min([str(one.payload["expires"])[:10], *until])


class LedgerSource:
    """A ledger, in this folder or on a server; read again only when something was written or the day is new."""

    def __init__(self, folder: Path, models: tuple[str, ...], key: str = "") -> None:
        """Look for the passes of *models*; *key* is the public key they must bear, else the ledger's own."""
        self._folder, self._models, self._key = folder, models, read_keys(key) if key else ()
        self._ledger: Ledger | None = None
        self._seen: tuple[int, Standing] | None = None

    @property
    def ledger(self) -> Ledger:
        """The ledger, opened when it is first wanted."""
        if self._ledger is None:
            from secondline.workflow.store import open_store

            self._ledger = open_store(self._folder)
        return self._ledger

    def look(self, clock: Clock) -> Standing:
        """Return what stands; cheap where nothing was written since."""
        from secondline.ledger.database import last

        with _reached(self._folder):
            with self.ledger.database.reading() as connection:
                seq, _, at = last(connection)
            if at:
                clock.saw(at)
            now = clock.now()
            if self._seen is None or self._seen[0] != seq:
                self._seen = seq, self._read(now)
            found = self._seen[1]
            return Standing(found.passes, now, found.in_use, found.stopped, found.forged)

    def _read(self, now: float) -> Standing:
        look, keys = self.ledger.records, self._key or trusted_keys(self.ledger.keys)
        passes: dict[str, tuple[Pass, ...]] = {}
        forged: list[str] = []
        in_use, stopped = {}, set()
        for model in self._models:
            entry = look.get("model", model) or {}
            in_use[model] = str(entry.get("version_in_use") or "")
            if entry.get("state") == "suspended":
                stopped.add(model)
            mine = []
            for doc in look.find("pass", model=model):
                try:
                    mine.append(_of_record(doc, keys))
                except NotGenuine as error:
                    forged.append(f"{doc['id']}: {error}")
            passes[model] = tuple(mine)
        return Standing(passes, now, in_use, frozenset(stopped), tuple(forged))


@contextmanager
def _reached(folder: Path) -> Iterator[None]:
    """Turn whatever a database raises when it is gone into the one error that means unreachable."""
    try:
        yield
    except LedgerError:
        raise
    except Exception as error:
        raise LedgerError(f"The ledger in {str(folder)!r} cannot be read: {error}.") from error


def _of_record(doc: Mapping[str, Any], keys: tuple[str, ...]) -> Pass:
    payload = opened(doc["envelope"], keys, "secondline-pass-1")
    if payload["pass"] != doc["id"]:
        raise NotGenuine(f"It holds the statement of {payload['pass']}.")
    return Pass(str(doc["id"]), str(doc.get("state", "")), payload, tuple(doc.get("limits") or ()))


class FileSource:
    """A folder of pass files, and the signed list of what is stopped; both are read again when they change."""

    def __init__(self, base: Path, files: PassFiles) -> None:
        """Look in the folder and file that *files* names, from *base*."""
        self._folder, self._list = place(base, files.folder), place(base, files.revocations)
        known = place(base, files.key)
        self._keys = read_keys(str(known) if known.is_file() else files.key)
        self._seen: tuple[Any, Standing] | None = None
        self._newest = 0.0

    def look(self, clock: Clock) -> Standing:
        """Return what the files say; how fresh that is, says the instant of the list of stopped passes."""
        try:
            files = sorted(self._folder.glob("*"))
            mark = tuple((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in (*files, self._list))
            if self._seen is None or self._seen[0] != mark:
                self._seen = mark, self._read(files)
        except OSError as error:
            raise LedgerError(f"The passes in {str(self._folder)!r} cannot be read: {error.strerror}.") from error
        clock.saw_second(self._seen[1].as_of)
        return self._seen[1]

    def _read(self, files: list[Path]) -> Standing:
        try:
            said = opened(self._list.read_bytes(), self._keys, "secondline-revocations-1")
        except NotGenuine as error:
            raise LedgerError(f"The list of stopped passes is not genuine: {error}") from error
        as_of = moment(str(said["issued"]))
        if as_of < self._newest:
            raise LedgerError("The list of stopped passes is older than one that was read before.")
        self._newest = as_of
        listed = {str(one["pass"]): one for one in said["passes"]}
        found: dict[str, tuple[Pass, ...]] = {}
        forged = []
        for file in files:
            try:
                payload = opened(file.read_bytes(), self._keys, "secondline-pass-1")
            except NotGenuine as error:
                forged.append(f"{file.name}: {error}")
                continue
            mark = listed.get(str(payload["pass"]), {})
            one = Pass(str(payload["pass"]), str(mark.get("state", "active")), payload, tuple(mark.get("limits") or ()))
            model = str(payload["model"])
            found[model] = (*found.get(model, ()), one)
        # A pass file handed over later than the list was not stopped when it was issued.
        return Standing(found, as_of, forged=tuple(forged))


def source_of(base: Path, ledger: str, files: PassFiles | None, models: tuple[str, ...], key: str) -> Source:
    """Return where gateway.yaml says passes come from.

    Raises:
        SpecError: the key is none.
    """
    if files is not None:
        return FileSource(base, files)
    if not ledger:
        raise SpecError("gateway.yaml names neither `ledger` nor `passes`.")
    known = place(base, key) if key else None
    return LedgerSource(place(base, ledger), models, str(known) if known is not None and known.is_file() else key)


class Keeper:
    """The last standing that was read, kept while the source cannot be reached; never an older one than before."""

    def __init__(self, source: Source, clock: Clock, told: Callable[[str], None] = lambda _: None) -> None:
        """Keep what *source* says; *told* hears why it cannot be read."""
        self._source, self._clock, self._told = source, clock, told
        self.standing = Standing({}, 0.0)
        self.unreachable = ""

    def look(self) -> Standing:
        """Look again."""
        try:
            self.standing, self.unreachable = self._source.look(self._clock), ""
        except UNREACHABLE as error:
            if self.unreachable != str(error):
                self._told(str(error))
            self.unreachable = str(error)
        return self.standing


def described(one: Pass) -> str:
    """Return a pass in one line of JSON, for logs."""
    return json.dumps({"pass": one.id, "state": one.state, "version": one.version, "limits": list(one.limits)})
