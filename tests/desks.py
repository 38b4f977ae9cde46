"""A small desk and a small log, so that the serving half of the gateway is tested by itself."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from secondline.events.log import TOPICS
from secondline.events.shapes import Decision
from secondline.gateway.answers import Answers
from secondline.gateway.app import Gateway
from secondline.gateway.asked import Asked, Turned, text_or_none
from secondline.gateway.journal import LogJournal, Policy
from secondline.gateway.server import Serving, application

INPUTS = ("x1", "x2", "x3")
CARDS = {"name": "cards", "versions": ["1"], "platform": "onnx", "outputs": []}
NUMBERS: dict[str, Any] = {**CARDS, "inputs": [{"name": n, "datatype": "FP64", "shape": [-1, 1]} for n in INPUTS]}
MIXED: dict[str, Any] = {
    **CARDS, "name": "mixed",
    "inputs": [
        {"name": "amount", "datatype": "FP64", "shape": [-1]}, {"name": "channel", "datatype": "BYTES", "shape": [-1]},
    ],
}  # fmt: skip


@dataclass
class SumDesk:
    """Scores a case with the logistic of the sum of its numbers; declines above a half. NaN is refused."""

    documents: list[dict[str, Any]] = field(default_factory=lambda: [NUMBERS, MIXED])
    turns: list[int] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    turn_away: Turned | None = None
    hook: Callable[[], object] = lambda: None
    is_ready: bool = True

    def decide(self, asked: list[Asked]) -> list[list[Decision] | Turned]:
        """Decide on each request."""
        self.turns.append(len(asked))
        self.asked.extend(asked[-1:])
        self.hook()
        return [self.turn_away or self._one(request) for request in asked]

    def _one(self, asked: Asked) -> list[Decision] | Turned:
        known = {
            one["name"] for document in self.documents if document["name"] == asked.model for one in document["inputs"]
        }
        if unknown := asked.columns.keys() - known:
            return Turned(422, "unknown-input", f"{min(unknown)!r} is no input of this model.")
        if asked.version not in {"", "1"}:
            return Turned(404, "unknown-version", "This version is not served.")
        numbers = [column for column in asked.columns.values() if column.dtype != np.dtype(object)]
        scores = 1 / (1 + np.exp(-np.clip(np.sum(numbers, axis=0), -500, 500)))
        return [self._case(asked, i, float(score)) for i, score in enumerate(scores)]

    def _case(self, asked: Asked, i: int, score: float) -> Decision:
        missing = bool(np.isnan(score))
        return Decision(
            id=uuid.uuid4().hex, at=1_700_000_000_000_000, model=asked.model, version="1", use=asked.use,
            caller=asked.caller, entity=asked.entities[i] if asked.entities else "",
            inputs={name: text_or_none(column[i]) for name, column in asked.columns.items()},
            score=None if missing else score,
            decision="refused" if missing else "decline" if score > 0.5 else "approve",
            reasons=("R1", "R2") if asked.reasons else (), arm="refused" if missing else "champion",
            request=asked.keys[i] if asked.keys else "",
        )  # fmt: skip

    def ready(self, model: str = "") -> bool:
        """Whether it is ready, as the test says."""
        return self.is_ready

    def models(self) -> list[dict[str, Any]]:
        """Return what it serves."""
        return self.documents


class SmallLog:
    """A topic in a SQLite file that commits with FULL durability; `broken` makes it fail."""

    def __init__(self, path: Path, topic: str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("CREATE TABLE IF NOT EXISTS log (n INTEGER PRIMARY KEY, topic TEXT, payload BLOB)")
        self._topic = topic
        self.broken = False
        self.groups: list[int] = []

    def write(self, records: Sequence[tuple[bytes, bytes]]) -> None:
        """Return when the events are durable."""
        if self.broken:
            raise OSError("the log is down")
        self.groups.append(len(records))
        if records:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                rows = [(self._topic, payload) for _, payload in records]
                self._db.executemany("INSERT INTO log (topic, payload) VALUES (?, ?)", rows)

    def events(self) -> list[dict[str, Any]]:
        """Return what the topic holds."""
        rows = self._db.execute("SELECT payload FROM log WHERE topic = ? ORDER BY n", (self._topic,)).fetchall()
        return [json.loads(payload) for (payload,) in rows]


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body's content."""
        return json.loads(self.body)


class Rig:
    """A gateway around a desk and a log in a folder, asked in process."""

    def __init__(self, folder: Path, *, policy: Policy = "fail-closed", desk: Any = None, **serving: Any) -> None:
        folder.mkdir(exist_ok=True)
        self.desk = desk or SumDesk()
        self.logs = {topic: SmallLog(folder / "log.db", topic) for topic in TOPICS}
        self.journal = LogJournal(self.logs, Answers(folder / "state"), policy=policy)
        settings: dict[str, Any] = {"open": "tokens" not in serving, "trace": False} | serving
        self.serving = Serving(**settings)
        self.app: Gateway = application(self.desk, self.journal, self.serving)

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes | object = b"",
        headers: Mapping[str, str] | None = None,
        chunk: int = 0,
    ) -> Answer:
        """Ask the application one thing; an object becomes JSON."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        given = {"content-type": "application/json", "content-length": str(len(body))} | dict(headers or {})
        return await ask_app(
            self.app,
            method,
            path,
            body,
            [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in given.items() if v],
            chunk,
        )

    def close(self) -> None:
        """Stop the journal."""
        self.app.closing()


async def ask_app(
    app: Gateway, method: str, path: str, body: bytes, headers: list[tuple[bytes, bytes]], chunk: int = 0
) -> Answer:
    """Ask an application one thing, the body whole or in chunks."""
    size = chunk or max(len(body), 1)
    parts = [body[i : i + size] for i in range(0, len(body), size)] or [b""]
    messages = [{"type": "http.request", "body": part, "more_body": i < len(parts) - 1} for i, part in enumerate(parts)]
    sent: list[Any] = []

    async def receive() -> Any:
        if messages:
            return messages.pop(0)
        await asyncio.sleep(3600)
        return None

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], found, sent[1]["body"])
