"""A small bank for tests: its people, its clock and its ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from secondline.ledger.store import Ledger

PEOPLE = {
    "ada": ["admin"], "dev": ["developer"], "own": ["owner"], "val": ["validator"], "app": ["approver"],
    "head": ["mrm-head"], "aud": ["auditor"], "both": ["owner", "approver", "validator", "mrm-head"],
}  # fmt: skip


def ticking(day: str = "2026-05-01") -> Iterator[str]:
    """Yield instants of a day, a second apart."""
    second = 0
    while True:
        yield f"{day}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000Z"
        second += 1


class House:
    """A ledger with people in it, on a day that a test may move."""

    def __init__(self, folder: Path) -> None:
        """Open the books on 1 May 2026."""
        self._clock = ticking()
        self.ledger = Ledger.open(folder, clock=lambda: next(self._clock))
        for name, roles in PEOPLE.items():
            self.ledger.act("person.added", "ada", name, {"name": name.title(), "roles": roles})

    def on(self, day: str) -> None:
        """Go on to another day."""
        self._clock = ticking(day)

    def do(self, act: str, actor: str, id_: str = "", why: str = "", **form: Any) -> str:
        """Do one act and return the id of its record."""
        return self.ledger.act(act, actor, id_, form, reason=why).id

    def get(self, record: str, id_: str) -> dict[str, Any]:
        """Return a record."""
        return self.ledger.records.need(record, id_)

    def model(self, id_: str = "pd-retail", **more: Any) -> str:
        """Register a model of dev and own, with one version."""
        fields = {"name": id_, "owner": "own", "developer": "dev", "description": "Scores."} | more
        self.do("model.registered", "dev", id_, **fields)
        self.do("version.registered", "dev", f"{id_}@1.0", model=id_, version="1.0", developers=["dev"])
        return id_
