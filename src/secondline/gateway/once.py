"""Once: from a request to its decisions, each case once however often it is asked.

The key of a case belongs to its caller and model. The same key with the same case gets the first answer again, from the
file if need be; with another case it is a contradiction and gets 409. Of a request in which some cases are known, only
the others are decided.

What was answered is known to one gateway. Where the same key and case reach two of them, or the log took a decision
that could not be told, there are two decisions; both have the id that follows from key and case, so that every reader
of the log counts them as one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TypeVar

import msgspec
import numpy as np

from secondline.events.shapes import Decision
from secondline.gateway.answers import Answer, fingerprint
from secondline.gateway.asked import Asked, Turned, text_or_none
from secondline.gateway.batching import Batcher
from secondline.gateway.journal import LogJournal

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Decision).decode
T = TypeVar("T")


class Once:
    """The one way from requests to decisions, for every protocol."""

    def __init__(self, batcher: Batcher, journal: LogJournal, deadline: float) -> None:
        self._batcher, self._journal, self._deadline = batcher, journal, deadline
        self._pending: dict[bytes, asyncio.Future[None]] = {}
        self.told: Callable[[Sequence[Decision]], None] = lambda _decisions: None
        """Called with each request's new decisions, for counting."""

    async def decide(self, asked: Asked) -> tuple[list[Decision], bool]:
        """Return a decision for each case, and whether all of them are repetitions.

        Raises:
            Turned: the request is turned away.
        """
        if not asked.keys:
            decisions = await self._batcher.submit(asked)
            self.told(decisions)
            return decisions, False
        keys = [fingerprint("case", asked.caller, asked.model, key) for key in asked.keys]
        hashes = [_hash(asked, i) for i in range(asked.rows)]
        await self._wait_for(keys)
        known = self._journal.known(keys)
        for i, key in enumerate(keys):
            if key in known and known[key].hash != hashes[i]:
                raise Turned(409, "key-reused", f"The idempotency key {asked.keys[i]!r} was used for another case.")
        new = [i for i, key in enumerate(keys) if key not in known]
        decided = dict(zip(new, await self._new(asked, new, keys, hashes), strict=True)) if new else {}
        return [decided[i] if i in decided else _decode(known[key].payload) for i, key in enumerate(keys)], not new

    async def _wait_for(self, keys: list[bytes]) -> None:
        """Wait until none of these keys is under way for an earlier request."""
        until = asyncio.get_running_loop().time() + self._deadline
        while under_way := {self._pending[key] for key in keys if key in self._pending}:
            left = until - asyncio.get_running_loop().time()
            if left <= 0 or not (await asyncio.wait(under_way, timeout=left))[0]:
                raise Turned(504, "deadline", "An earlier request with this key is still under way. Ask again.")

    async def _new(self, asked: Asked, rows: list[int], keys: list[bytes], hashes: list[bytes]) -> list[Decision]:
        def answers(decisions: list[Decision]) -> list[Answer]:
            return [Answer(keys[i], hashes[i], _encode(one)) for i, one in zip(rows, decisions, strict=True)]

        mine = [keys[i] for i in rows]
        settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        settled.add_done_callback(lambda _: [self._pending.pop(key, None) for key in mine])
        named = replace(asked, ids=tuple(_id(key, case) for key, case in zip(keys, hashes, strict=True)))
        future = self._batcher.submit(named if len(rows) == asked.rows else _part(named, rows), answers, settled)
        self._pending.update(dict.fromkeys(mine, settled))
        decisions = await future
        self.told(decisions)
        return decisions


def _hash(asked: Asked, i: int) -> bytes:
    """Return the fingerprint of one case: everything about it that a decision may depend on."""
    values = {name: text_or_none(column[i]) for name, column in asked.columns.items()}
    beside = [_at(asked.entities, i), _at(asked.amounts, i), _at(asked.times, i), _at(asked.segments, i)]
    return sha256(_encode([asked.use, asked.version, beside, values])).digest()


def _id(key: bytes, case: bytes) -> str:
    """Return the id of the decision on a keyed case; the key alone may come back for another case after a day."""
    return f"k-{sha256(key + case).hexdigest()[:32]}"


def _at(values: Sequence[T], i: int) -> T | None:
    return values[i] if values else None


def _part(asked: Asked, rows: list[int]) -> Asked:
    """Return a request of some of the cases."""
    index = np.array(rows)

    def some(values: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(values[i] for i in rows) if values else ()

    return replace(
        asked,
        columns={name: column[index] for name, column in asked.columns.items()},
        rows=len(rows),
        keys=some(asked.keys),
        ids=some(asked.ids),
        entities=some(asked.entities),
        amounts=some(asked.amounts),
        times=some(asked.times),
        segments=some(asked.segments),
    )
