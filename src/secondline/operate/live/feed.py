"""Feed: what a bank's payment systems would send, day after day: features, transactions to decide on, late labels.

Time is that of the stream. A transaction is sent with its event time; a label with the time at which it became known.
What the model blocked never becomes a chargeback: nobody is charged. Of those, the customer who is asked confirms or
denies within two days, or does not answer, and then nothing is ever known.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

import httpx

from secondline.core.errors import SecondlineError
from secondline.events.velocity import State
from secondline.samples.cardholders import DAY
from secondline.samples.cardstream import Drawn, Step, steps
from secondline.samples.fraud.declared import CHAMPION, SEQUENCE, velocities

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 250
ANSWERED = 0.6
"""Share of customers who answer when asked about a blocked payment."""
LATEST = 48 * 3_600_000_000
SEGMENTS = ("channel", "region")
TRIES = 8


class FeedError(SecondlineError):
    """The gateway did not take what was sent."""


@dataclass(slots=True)
class Day:
    """What was sent and answered in one day of the stream."""

    until: int
    sent: int = 0
    declined: int = 0
    reviewed: int = 0
    refused: int = 0
    controlled: int = 0
    labels: int = 0


@dataclass(slots=True)
class Feed:
    """Sends a drawn stream to a gateway, from a day on; the days before it fill the features' windows."""

    drawn: Drawn
    zero: int
    model: str
    client: httpx.Client
    seed: int = 1
    _state: State = field(init=False)
    _places: dict[int, str] = field(init=False, default_factory=dict)
    _answers: list[tuple[int, dict[str, Any]]] = field(init=False, default_factory=list)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing seen."""
        self._state = State(velocities())
        self._chance = random.Random(self.seed)  # noqa: S311 - a simulation, no secret

    def warm(self, until: int, days: int = 31) -> None:
        """See the transactions of the days before *until*, as the systems that keep the features have."""
        seen = self.drawn.at
        first, last = (int(place) for place in seen.searchsorted((until - days * DAY, until)))
        for row in _rows(self.drawn.transactions.slice(first, last - first)):
            self._state.add(row)

    def days(self, start: int, days: int) -> Iterator[Day]:
        """Send the days one by one; yields what became of each once all of it is kept by the gateway."""
        wanted = set(self.drawn.labels["transaction"].to_pylist())
        for number, step in enumerate(steps(self.drawn, start, DAY)):
            if number == days:
                return
            yield self._send(step, wanted)

    def _send(self, step: Step, wanted: set[int]) -> Day:
        day = Day(step.until)
        truth = self.drawn.truth
        rows = list(_rows(step.transactions))
        for i in range(0, len(rows), BATCH):
            batch = rows[i : i + BATCH]
            cases = [self._case(row) for row in batch]
            for row, told in zip(batch, self._post(f"/v1/score/{self.model}", cases), strict=True):
                self._count(day, told)
                if row["id"] in wanted:
                    self._places[row["id"]] = told["decision_id"]
                if told["decision"] == "decline":
                    self._ask_customer(row, told, fraud=bool(truth["fraud"][row["id"] - 1].as_py()))
        self._labels(step, day)
        return day

    def _case(self, row: dict[str, Any]) -> dict[str, Any]:
        seen = self._state.add(row).values
        everything = row | seen
        inputs = {name: everything[name] for name in dict.fromkeys((*CHAMPION, *SEQUENCE))}
        return {
            "inputs": inputs, "entity": row["card"], "amount": row["amount"], "time": row["at"],
            "segments": {name: row[name] for name in SEGMENTS}, "key": f"tx-{row['id']}",
        }  # fmt: skip

    def _count(self, day: Day, told: dict[str, Any]) -> None:
        day.sent += 1
        day.declined += told["decision"] == "decline"
        day.reviewed += told["decision"] == "review"
        day.refused += told["decision"] == "refused"
        day.controlled += told["arm"] == "control"

    def _ask_customer(self, row: dict[str, Any], told: dict[str, Any], *, fraud: bool) -> None:
        """Let the customer answer or not; a blocked payment has no other way to become known."""
        self._places.pop(row["id"], None)
        if self._chance.random() < ANSWERED:
            known = row["at"] + int(self._chance.uniform(600e6, LATEST))
            self._answers.append((known, self._label(f"asked-{row['id']}", told["decision_id"], row["at"], {
                "value": float(fraud), "known": known, "kind": "customer-answer", "revision": 0,
                "amount": row["amount"] if fraud else 0.0})))  # fmt: skip

    def _label(self, id_: str, decision: str, at: int, what: dict[str, Any]) -> dict[str, Any]:
        return {"id": id_, "at": at, "model": self.model, "decision": decision, **what}

    def _labels(self, step: Step, day: Day) -> None:
        told = []
        for row in step.labels.to_pylist():
            if decision := self._places.get(row["transaction"]):
                known = _micros(row["known"])
                told.append(self._label(f"label-{row['transaction']}-{row['revision']}", decision, known, {
                    "value": float(row["value"]), "known": known, "kind": row["kind"], "revision": row["revision"],
                    "amount": row["amount"]}))  # fmt: skip
        told += [label for known, label in self._answers if known < step.until]
        self._answers = [(known, label) for known, label in self._answers if known >= step.until]
        for i in range(0, len(told), BATCH):
            self._post("/v1/labels", told[i : i + BATCH])
        day.labels = len(told)

    def _post(self, path: str, body: list[dict[str, Any]]) -> Any:
        """Send once in effect: what was not answered is sent again under the same keys."""
        failed: Exception | None = None
        for _ in range(TRIES):
            try:
                answer = self.client.post(path, json=body)
            except httpx.TransportError as error:
                failed = error
                continue
            if answer.status_code in {200, 202}:
                return answer.json()
            failed = FeedError(f"The gateway answered {answer.status_code}: {answer.text[:400]}")
            if answer.status_code not in {429, 503}:
                break
        raise FeedError(f"{path}: {failed}") from failed


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    times = table["at"].cast("int64").to_pylist()
    for row, at in zip(table.to_pylist(), times, strict=True):
        yield row | {"at": at}


def _micros(moment: Any) -> int:
    """Return the microseconds of a moment of the stream, which is in UTC and says no zone."""
    return int(moment.replace(tzinfo=UTC).timestamp() * 1e6)
