"""Reading: records, their histories and the events, today or on a past day; lists come in pages by a cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from secondline.core.errors import SpecError, UnknownRecord
from secondline.govern.act import ACTS
from secondline.govern.record import RECORDS, Record, find_record
from secondline.ledger.events import Event
from secondline.web.api.calling import ALWAYS, Caller, Look, TheSite, problems
from secondline.web.routes import SIGNED_IN
from secondline.web.seen import SENSITIVE

BIGGEST_PLACE = 2**53
SHA256 = r"^[0-9a-f]{64}$"
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}
OWN = frozenset({"as_of", "order", "descending", "limit", "after"})


class Kind(BaseModel):
    """A kind of record."""

    name: str
    title: str
    plural: str
    facets: list[str] = Field(description="What lists filter and sort by, besides id and state.")
    count: int


class Rows(BaseModel):
    """One page of a list."""

    rows: list[dict[str, Any]]
    next: str = Field(description="The `after` of the next page; empty on the last.")


class Happened(BaseModel):
    """One event."""

    seq: int
    at: str
    actor: str
    kind: str
    subject: str
    reason: str
    via: str
    changes: dict[str, Any]
    seal: str


class Events(BaseModel):
    """One page of events."""

    events: list[Happened]
    next: int = Field(description="The `after` (or, newest first, the `before`) of the next page; 0 on the last.")


class ActSaid(BaseModel):
    """One act of the law."""

    name: str
    record: str
    title: str
    roles: list[str]
    creates: bool
    before: list[str]
    after: str
    reasoned: bool


class Me(BaseModel):
    """Who calls."""

    id: str
    name: str
    roles: list[str]
    read_only: bool


router = APIRouter(prefix="/api/v1", responses=ALWAYS)


@router.get("/me", tags=["access"])
def me(caller: Caller) -> Me:
    """Return who calls, and in which roles."""
    return Me(id=caller.id, name=caller.name, roles=sorted(caller.roles), read_only=caller.read_only)


@router.get("/acts", tags=["acts"])
def acts(caller: Caller) -> list[ActSaid]:
    """Return every act of the law: on which record, by which roles, from which state to which."""
    del caller
    return [
        ActSaid(name=a.name, record=a.record, title=a.title, roles=sorted(a.roles), creates=a.creates,
                before=sorted(a.before), after=a.after, reasoned=a.reasoned)
        for a in ACTS.values() if not a.made
    ]  # fmt: skip


@router.get("/records", tags=["records"])
def kinds(caller: Caller, look: Look) -> list[Kind]:
    """Return the kinds of records, with how many there are of each."""
    del caller
    return [
        Kind(name=r.name, title=r.title, plural=r.plural, facets=list(r.facets), count=look.count(r.name).get((), 0))
        for r in RECORDS.values()
    ]


@router.get("/records/{record}", tags=["records"])
def listing(
    request: Request, record: str, caller: Caller, look: Look,
    order: Annotated[str, Query(max_length=80, description="A facet to sort by.")] = "id",
    descending: bool = False, limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    after: Annotated[str, Query(max_length=2000, description="The `next` of the page before.")] = "",
) -> Rows:  # fmt: skip
    """Return one page of the records of a kind, by their facets.

    Any facet narrows the list, by itself or with a comparison: `?state=open&tier__le=2&owner__empty=true`.
    Comparisons: eq, ne, lt, le, gt, ge, in (separated by commas), like, empty.
    """
    del caller
    kind = _kind(record)
    where = {key: _typed(kind, key, value) for key, value in request.query_params.items() if key not in OWN}
    found = look.page(record, where, order=order, descending=descending, limit=limit, after=after)
    return Rows(rows=list(found.rows), next=found.after)


def _kind(record: str) -> Record:
    if record not in RECORDS:
        raise UnknownRecord.of("kind of record", record, RECORDS)
    return find_record(record)


def _typed(kind: Record, key: str, value: str) -> Any:
    facet, _, comparison = key.partition("__")
    if comparison == "empty":
        return _switch(key, value)
    plain = kind.kind(facet) if facet in kind.facets else int if facet == "since" else str
    if comparison == "like" and plain is not str:
        raise SpecError(f"`{facet}` is no text, so it has no `like`.")
    read = {bool: lambda v: _switch(key, v), int: lambda v: _number(key, v, int),
            float: lambda v: _number(key, v, float)}.get(plain, str)  # fmt: skip
    return [read(part) for part in value.split(",")] if comparison == "in" else read(value)


def _switch(key: str, value: str) -> bool:
    if value.lower() not in {"true", "false"}:
        raise SpecError(f"`{key}` is true or false; got {value[:40]!r}.")
    return value.lower() == "true"


def _number(key: str, value: str, kind: type[int | float]) -> float:
    try:
        found = kind(value)
    except ValueError as error:
        raise SpecError(f"`{key}` is a number; got {value[:40]!r}.") from error
    if not -BIGGEST_PLACE < found < BIGGEST_PLACE:
        raise SpecError(f"`{key}` is out of bounds.")
    return found


@router.get("/records/{record}/{id:path}/history", tags=["records"])
def history(record: str, id: str, caller: Caller, look: Look) -> list[Happened]:  # noqa: A002 - a record's id
    """Return everything that was done to a record, oldest first; at most the first thousand acts."""
    del caller
    _kind(record)
    found = look.events(subject=f"{record}/{id}", limit=1000)
    if not found:
        raise UnknownRecord.of(record, id)
    return [said(event) for event in found]


@router.get("/records/{record}/{id:path}", tags=["records"], responses={304: {"description": "As you know it."}})
def one(request: Request, record: str, id: str, caller: Caller, look: Look, site: TheSite) -> dict[str, Any]:  # noqa: A002 - a record's id
    """Return a record; its ETag is what `If-Match` of an act takes."""
    _kind(record)
    doc = look.get(record, id)
    if doc is None:
        raise UnknownRecord.of(record, id)
    if record in SENSITIVE and id != caller.id:
        site.access.note_read(site.ledger.clock(), caller.id, record, id, caller.via)
    tag = etag(doc)
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})  # type: ignore[return-value]  # FastAPI passes it on
    return JSONResponse(doc, headers={"etag": tag})  # type: ignore[return-value]  # FastAPI passes it on


def etag(doc: Mapping[str, Any]) -> str:
    """Return the mark of a record's state: the event that last changed it."""
    return f'"{doc["seq"]}"'


def said(event: Event) -> Happened:
    """Return an event as the API tells it."""
    return Happened(seq=event.seq, at=event.at, actor=event.actor, kind=event.kind, subject=event.subject,
                    reason=event.reason, via=event.via, changes=event.changes, seal=event.seal)  # fmt: skip


Place = Annotated[int, Query(ge=0, lt=BIGGEST_PLACE)]


@router.get("/events", tags=["audit"])
def events(
    caller: Caller, look: Look,
    subject: Annotated[str, Query(max_length=400, description="Such as `finding/F-17`.")] = "",
    kind: Annotated[str, Query(max_length=80)] = "", actor: Annotated[str, Query(max_length=200)] = "",
    after: Place = 0, before: Place = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100, newest_first: bool = False,
) -> Events:  # fmt: skip
    """Return one page of the chain of events."""
    del caller
    found = look.events(subject=subject, kind=kind, actor=actor, after=after, before=before, limit=limit,
                        newest_first=newest_first)  # fmt: skip
    return Events(events=[said(e) for e in found], next=found[-1].seq if len(found) == limit else 0)


@router.get("/head", tags=["audit"])
def head(caller: Caller, site: TheSite) -> dict[str, str]:
    """Return the seal of the last event, to be noted elsewhere."""
    del caller
    return {"head": site.ledger.head()}


@router.get("/reads", tags=["audit"])
def reads(caller: Caller, site: TheSite, before: Place = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Rows:
    """Return who read which sensitive record, newest first: for auditors and admins."""
    from secondline.core.errors import Refused

    if not caller.roles & {"auditor", "admin"}:
        raise Refused("Who read what is for auditors and admins.")
    found = list(site.access.reads(before=before, limit=limit))
    return Rows(rows=found, next=str(found[-1]["n"]) if len(found) == limit else "")


@router.get("/objects/{digest}", tags=["objects"], response_class=Response, responses=BYTES)
def stored(digest: str, caller: Caller, site: TheSite) -> Response:
    """Return a stored object by its SHA-256, such as the file of an evidence record. The read is noted."""
    content = object_content(site, digest)
    site.access.note_read(site.ledger.clock(), caller.id, "object", digest, caller.via)
    return Response(content, media_type="application/octet-stream", headers=AS_FILE)


AS_FILE = {"content-disposition": "attachment", "content-security-policy": "sandbox; default-src 'none'"}


def object_content(site: Any, digest: str) -> bytes:
    """Return what is stored under a digest.

    Raises:
        UnknownRecord: nothing is.
    """
    import re

    from secondline.core.errors import LedgerError

    if not re.match(SHA256, digest):
        raise UnknownRecord.of("object", digest[:80])
    try:
        found: bytes = site.ledger.objects.get(digest)
    except LedgerError as error:
        raise UnknownRecord.of("object", digest) from error
    return found


for route in router.routes:
    route.endpoint.may = SIGNED_IN  # type: ignore[attr-defined]  # every route of this router is an APIRoute
__all__ = ["problems", "router"]
