"""Memory: where the processes of the lines stand between two looks, beside the monitor's state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from secondline.ledger.sql import run

if TYPE_CHECKING:
    from secondline.monitor.state import State


class Memory(Protocol):
    """What keeps where a process stands."""

    def get(self, model: str, line: str) -> dict[str, Any]:
        """Return what was kept of a line; nothing for a new one."""
        ...

    def put(self, model: str, line: str, held: dict[str, Any]) -> None:
        """Keep where a line stands."""
        ...


class Brief:
    """A memory that lasts as long as it is held: for looks that nobody is to remember."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self.held: dict[tuple[str, str], str] = {}

    def get(self, model: str, line: str) -> dict[str, Any]:
        """Return what was kept of a line."""
        found: dict[str, Any] = json.loads(self.held.get((model, line), "{}"))
        return found

    def put(self, model: str, line: str, held: dict[str, Any]) -> None:
        """Keep where a line stands."""
        self.held[model, line] = json.dumps(held, allow_nan=False)


class Lasting:
    """A memory in the database of a state."""

    def __init__(self, state: State) -> None:
        """Use the database of *state*, making the table when it is new."""
        self.state = state
        with state.writing() as connection:
            run(
                connection, "CREATE TABLE IF NOT EXISTS monitor_processes (model VARCHAR NOT NULL, "
                "line VARCHAR NOT NULL, body TEXT NOT NULL, PRIMARY KEY (model, line))",
            )  # fmt: skip

    def get(self, model: str, line: str) -> dict[str, Any]:
        """Return what was kept of a line."""
        with self.state.reading() as connection:
            row = run(
                connection, "SELECT body FROM monitor_processes WHERE model = ? AND line = ?", (model, line)
            ).fetchone()  # fmt: skip
        found: dict[str, Any] = json.loads(row[0]) if row else {}
        return found

    def put(self, model: str, line: str, held: dict[str, Any]) -> None:
        """Keep where a line stands."""
        body = json.dumps(held, allow_nan=False)
        with self.state.writing() as connection:
            run(
                connection, "INSERT INTO monitor_processes (model, line, body) VALUES (?, ?, ?) "
                "ON CONFLICT (model, line) DO UPDATE SET body = excluded.body", (model, line, body),
            )  # fmt: skip
