"""The ledger: every act as an event, every record as it stands and stood, the artefacts they seal as objects."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from secondline.core.canonical import canonical
from secondline.core.errors import LedgerError, Refused, SpecError, UnknownRun
from secondline.core.evidence import Evidence, Opinion, Plan, Run
from secondline.govern.record import Form
from secondline.ledger.checkpoints import keep_up
from secondline.ledger.database import Database, append, database_of, last
from secondline.ledger.keys import Keys, Signer
from secondline.ledger.objects import Objects
from secondline.ledger.records import MOST, Records
from secondline.ledger.tallies import Tallies
from secondline.ledger.testimony import facts_of
from secondline.ledger.writing import Order, Receipt, perform, refusal

if TYPE_CHECKING:
    from sqlalchemy import Connection

PLAN, RUN, OPINION = "plan.recorded", "run.finished", "opinion.decided"


def utc_now() -> str:
    """Return the present instant in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class RunSummary(BaseModel):
    """One line about a recorded run."""

    model_config = ConfigDict(frozen=True)

    id: str
    model: str
    version: str
    finished_at: str
    answers: int
    failed: int
    findings: int
    grade: int
    opinion_status: str


class Ledger:
    """The records of one place of work: the database of events, and ``objects/``."""

    def __init__(self, folder: Path, database: Database, objects: Objects, clock: Callable[[], str] = utc_now) -> None:
        """Join a database and an object store; use :meth:`open`."""
        self.folder, self.database, self.objects, self.clock = folder, database, objects, clock
        self.tallies, self.keys = Tallies(), Keys.of(folder)
        self.records = Records(database.reading, None, self.tallies)
        if database.migrated:
            with database.writing() as connection:
                keep_up(connection, self.keys)

    @classmethod
    def open(cls, folder: Path, *, database: str = "", clock: Callable[[], str] = utc_now) -> Ledger:
        """Open the ledger in *folder*, creating it when there is none; *database* is the URL of a server, if any.

        Raises:
            LedgerError: the folder cannot be written, or what is there is no ledger of ours.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"Cannot keep records in {str(folder)!r}: {error.strerror or error}.") from error
        return cls(folder, Database(database_of(folder, database)), Objects(folder / "objects"), clock)

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether there is a ledger for *folder*: its file, or the server that SECONDLINE_DATABASE names."""
        place = database_of(folder)
        return not isinstance(place, Path) or place.exists()

    def head(self) -> str:
        """Return the seal of the last event: note it elsewhere to be able to prove that nothing was cut off."""
        with self.database.reading() as connection:
            return last(connection)[1]

    def as_of(self, day: str | int) -> Records:
        """Return the records as they stood at the end of a day, at an instant (ISO, UTC), or after an event."""
        if isinstance(day, int):
            return Records(self.database.reading, day, self.tallies)
        _is_date(day)
        if day[:10] >= self.today:  # the day is not over: it stands as it stands now
            return self.records
        return Records(self.database.reading, self._place(day), self.tallies)

    @property
    def today(self) -> str:
        """The present day by the ledger's clock, as ISO text."""
        return self.clock()[:10]

    def _place(self, day: str) -> int:
        from sqlalchemy import select

        from secondline.ledger import tables

        edge = f"{day}T24" if len(day) == len("2026-05-01") else day
        events = tables.events()
        with self.database.reading() as connection:
            # Times never run backwards along the chain, so the newest one not after the edge ends the past.
            query = select(events.c.seq).where(events.c.at <= edge).order_by(events.c.at.desc(), events.c.seq.desc())
            return int(connection.execute(query.limit(1)).scalar() or 0)

    def act(
        self, name: str, actor: str, id: str = "", form: Mapping[str, Any] | Form | None = None, *,  # noqa: A002 - a record's id
        reason: str = "", via: str = "", seen: int = 0, signer: Signer | None = None,
    ) -> Receipt:  # fmt: skip
        """Do one act, as :func:`~secondline.ledger.writing.perform` says; a refusal is put on record."""
        return self.acts([Order(name, actor, id, form, reason, via, seen, signer)])[0]

    def acts(self, orders: Iterable[Order]) -> list[Receipt]:
        """Do several acts as one: all of them or none."""
        current = None
        try:
            with self.database.writing() as connection:
                at = self._now(connection)
                receipts = []
                for order in orders:
                    current = order
                    receipts.append(perform(connection, order, at))
                keep_up(connection, self.keys)
                return receipts
        except Refused as error:
            if current is not None:
                self.put_refusal(current, str(error))
            raise

    def _now(self, connection: Connection) -> str:
        """Return the present instant; time never runs backwards along the chain, whatever the clock says."""
        return max(self.clock(), last(connection)[2])

    def put_refusal(self, order: Order, because: str) -> None:
        """Put on record that somebody tried what they may not do."""
        with self.database.writing() as connection:
            append(connection, refusal(order, self._now(connection), because))
            keep_up(connection, self.keys)

    def record_plan(self, plan: Plan, actor: str, at: str = "") -> str:
        """Record a plan before its data are read; returns its digest."""
        del at
        spec, digest = plan.spec, plan.digest()
        if self.records.get("plan", digest) is None:  # the same plan twice is one plan
            facts = {"object": self._put(plan), "plan": digest, "model": spec.model, "version": spec.version}
            self.act(PLAN, actor, digest, facts)
        return digest

    def record_run(self, run: Run, actor: str, answers: Mapping[str, bytes] | None = None) -> None:
        """Record a finished run and the answers behind it: objects first, then the one event that makes them count."""
        for digest, content in (answers or {}).items():
            if self.objects.put(content) != digest:
                raise LedgerError(f"The stored answer {digest[:12]} does not match its digest.")
        facts = {"object": self._put(run), **facts_of(run), "stored": sorted(answers or {})}
        self.act(RUN, actor, run.id, facts)

    def decide_opinion(self, run_id: str, grade: int, actor: str, reason: str, at: str = "") -> Opinion:
        """Confirm the proposed grade, or override it with a reason.

        Raises:
            SpecError: nobody is named, an override has no reason, the grade is not 1 to 4, or the person developed or
                owns the model.
        """
        del at
        run = self.run(run_id)
        if not actor.strip():
            raise SpecError("An opinion needs a name. Say who decides with --actor.")
        if not 1 <= grade <= 4:  # noqa: PLR2004 - the four grades of an opinion
            raise SpecError(f"An opinion is graded 1 to 4; got {grade}.")
        return _decided(run.opinion, self.act(OPINION, actor, run.id, {"grade": grade}, reason=reason).doc)

    def runs(self) -> list[RunSummary]:
        """Return the recorded runs, newest first, with their opinions as they stand now."""
        return [_summary(doc) for doc in reversed(self.records.find("run"))]

    def run(self, name: str) -> Run:
        """Return a run by id, unique beginning of an id, or ``latest``, with its opinion as it stands now.

        Raises:
            UnknownRun: there is none, or the beginning fits several.
        """
        doc = self._find(name)
        run = self._get(Run, doc["object"])
        return run.model_copy(update={"opinion": _decided(run.opinion, doc)}) if doc.get("opinion_by") else run

    def latest_of(self, model: str) -> Run | None:
        """Return the newest run of a model, or None."""
        mine = self.records.find("run", model=model)
        return self._get(Run, mine[-1]["object"]) if mine else None

    def evidence(self, run: str, key: str) -> Evidence:
        """Return one evidence record of a run by its id, such as ``E-118``."""
        found = {e.id: e for e in self.run(run).evidence}
        if key not in found:
            raise UnknownRun(f"Run {run!r} has no evidence {key!r}; it has E-1 to E-{len(found)}.")
        return found[key]

    def _find(self, name: str) -> dict[str, Any]:
        exact = self.records.get("run", name)
        if exact is not None:
            return exact
        if name == "latest":
            newest = self.records.events(kind=RUN, limit=1, newest_first=True)
            if newest:
                return self.records.need("run", newest[0].id)
        ids = [row["id"] for row in self.records.page("run", limit=MOST).rows]
        if not ids:
            raise UnknownRun(f"No runs are recorded in {str(self.folder)!r} yet. Validate a model first.")
        near = [id_ for id_ in ids if id_.startswith(name)]
        if not near:
            raise UnknownRun.among(name, ids)
        if len(near) > 1:
            raise UnknownRun(f"{name!r} fits several runs: {', '.join(near)}. Give more of the id.")
        return self.records.need("run", near[0])

    def _put(self, record: BaseModel) -> str:
        return self.objects.put(canonical(record.model_dump(mode="json", by_alias=True)).encode())

    def _get(self, kind: type[Run], digest: str) -> Run:
        try:
            return kind.model_validate(json.loads(self.objects.get(digest)))
        except ValidationError as error:
            raise LedgerError(
                f"The record {digest[:12]} was written by another version of secondline and cannot be read."
            ) from error


def _is_date(day: str) -> None:
    try:
        datetime.fromisoformat(day)
    except ValueError as error:
        raise SpecError(f"{day!r} is no date; write it as 2026-05-01.") from error


def _summary(doc: Mapping[str, Any]) -> RunSummary:
    facts = {name: doc[name] for name in RunSummary.model_fields if name in doc}
    return RunSummary.model_validate({"opinion_status": "proposed", **facts})


def _decided(opinion: Opinion, doc: Mapping[str, Any]) -> Opinion:
    return opinion.model_copy(
        update={
            "grade": doc["grade"],
            "status": doc["opinion_status"],
            "by": doc["opinion_by"],
            "reason": doc.get("opinion_reason", ""),
        }
    )
