"""Client: the HTTP API as typed calls; what goes wrong is raised as the same error the ledger raises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from secondline.core.errors import (
    Conflict,
    LedgerError,
    MissingExtra,
    OutOfTurn,
    Refused,
    SecondlineError,
    SpecError,
    UnknownRecord,
)  # fmt: skip
from secondline.govern.record import Form

if TYPE_CHECKING:
    import httpx

API = "/api/v1"
ERRORS: dict[int, type[SecondlineError]] = {
    400: SpecError, 401: Refused, 403: Refused, 404: UnknownRecord, 409: OutOfTurn, 412: Conflict, 413: SpecError,
    422: SpecError,
}  # fmt: skip


class Answer(BaseModel):
    """What the API answers with: known fields typed, later ones ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Happened(Answer):
    """One event of the chain."""

    seq: int
    at: str
    actor: str
    kind: str
    subject: str
    reason: str = ""
    via: str = ""
    changes: dict[str, Any] = {}
    seal: str = ""


class Done(Answer):
    """What an act led to: the event's place and seal, and the record as it is now."""

    id: str
    seq: int
    at: str
    seal: str
    doc: dict[str, Any]


class Me(Answer):
    """Who the token speaks for."""

    id: str
    name: str
    roles: tuple[str, ...]
    read_only: bool = False


class Client:
    """A secondline server, by its HTTP API.

    >>> with Client("https://mrm.bank.example", "sl_...") as bank:  # doctest: +SKIP
    ...     for model in bank.models(tier=1):
    ...         print(model["id"], model["owner"])
    """

    def __init__(
        self, url: str, token: str, *, timeout: float = 30.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Speak to the server at *url* with *token*; nothing is sent yet.

        Raises:
            MissingExtra: httpx is not installed.
        """
        try:
            import httpx
        except ImportError as error:
            raise MissingExtra.needs("The client", "client") from error
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        """Return the client, to be closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def me(self) -> Me:
        """Return who the token speaks for."""
        return Me.model_validate(self._get("/me"))

    def models(self, *, as_of: str = "", **where: Any) -> Iterator[dict[str, Any]]:
        """Yield the models of the inventory; *where* narrows them by facets, as in ``tier__le=2``."""
        return self.find("model", as_of=as_of, **where)

    def find(self, record: str, *, as_of: str = "", order: str = "id", **where: Any) -> Iterator[dict[str, Any]]:
        """Yield the facets of every record of a kind that fits, page after page."""
        asked = {key: _text(value) for key, value in where.items()} | {"as_of": as_of, "order": order, "limit": 500}
        after = ""
        while True:
            page = self._get(f"/records/{quote(record, safe='')}", {**asked, "after": after})
            yield from page["rows"]
            after = page["next"]
            if not after:
                return

    def get(self, record: str, id_: str, *, as_of: str = "") -> dict[str, Any]:
        """Return a record; its ``seq`` is what :meth:`act` takes as *seen*.

        Raises:
            UnknownRecord: there is none.
        """
        found: dict[str, Any] = self._get(f"/records/{quote(record, safe='')}/{quote(id_, safe='')}", {"as_of": as_of})
        return found

    def past(self, record: str, id_: str, *, as_of: str = "") -> list[Happened]:
        """Return everything that was done to a record, oldest first."""
        path = f"/records/{quote(record, safe='')}/{quote(id_, safe='')}/history"
        return [Happened.model_validate(e) for e in self._get(path, {"as_of": as_of})]

    def act(
        self, name: str, id_: str = "", form: Mapping[str, Any] | Form | None = None, reason: str = "", *,
        seen: int = 0, key: str = "",
    ) -> Done:  # fmt: skip
        """Do one act; with *seen* only if nobody changed the record since, with *key* only once however often asked.

        Raises:
            Refused: the person, or the token, may not.
            SpecError: the statement is wrong, or there is no such act.
            OutOfTurn: the record's state does not allow it.
            Conflict: somebody changed the record since *seen*.
            UnknownRecord: there is no such record.
        """
        values = form.model_dump(mode="json", exclude_unset=True) if isinstance(form, Form) else dict(form or {})
        headers = {"if-match": f'"{seen}"'} if seen else {}
        headers |= {"idempotency-key": key} if key else {}
        body = {"id": id_, "form": values, "reason": reason}
        return Done.model_validate(self._sent("POST", f"/acts/{quote(name, safe='')}", json=body, headers=headers))

    def events(
        self, *, after: int = 0, subject: str = "", kind: str = "", actor: str = "", as_of: str = ""
    ) -> Iterator[Happened]:
        """Yield the events of the chain in order, page after page."""
        asked = {"subject": subject, "kind": kind, "actor": actor, "as_of": as_of, "limit": 1000}
        while True:
            page = self._get("/events", {**asked, "after": after})
            yield from (Happened.model_validate(e) for e in page["events"])
            after = page["next"]
            if not after:
                return

    def head(self) -> str:
        """Return the seal of the last event."""
        return str(self._get("/head")["head"])

    def object(self, digest: str) -> bytes:
        """Return a stored object, such as the file of an evidence record."""
        return self._answered("GET", f"/objects/{quote(digest, safe='')}").content

    def _get(self, path: str, asked: Mapping[str, Any] | None = None) -> Any:
        return self._sent("GET", path, params={k: v for k, v in (asked or {}).items() if v not in {"", None}})

    def _sent(self, method: str, path: str, **more: Any) -> Any:
        try:
            return self._answered(method, path, **more).json()
        except ValueError as error:
            raise LedgerError("The server's answer is not JSON; is the address that of secondline?") from error

    def _answered(self, method: str, path: str, **more: Any) -> httpx.Response:
        import httpx

        try:
            response = self._http.request(method, f"{API}{path}", **more)
        except httpx.HTTPError as error:
            raise LedgerError(f"The server cannot be reached: {error}.") from error
        if response.is_success:
            return response
        raise _error(response)


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, (list, tuple, set, frozenset)) else value


def _error(response: httpx.Response) -> SecondlineError:
    try:
        said = response.json()
    except ValueError:
        said = {}
    kind = ERRORS.get(response.status_code, LedgerError)
    detail = said.get("detail") if isinstance(said, dict) else None
    return kind(str(detail or f"The server answered {response.status_code}."))
