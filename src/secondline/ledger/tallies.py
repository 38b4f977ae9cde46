"""Tallies: counts of records, kept, and brought up to date by what changed since; exact, for the past never changes."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

Counts = dict[Any, int]
Key = tuple[str, tuple[str, ...], str]
NEAR = 5_000
"""A count further behind than so many events is made anew."""
ROOM = 200_000
FEW = 20_000


class Tallies:
    """Counts of one ledger as of places in its chain, the least recently asked for forgotten first.

    What the lists hold at a place is settled once the place is written, so that a count kept for it stays right for
    ever; the newest count of each question is carried forward by the few rows that changed.
    """

    def __init__(self, room: int = ROOM) -> None:
        """Keep counts of at most *room* groups in all."""
        self._room, self.held, self._lock = room, 0, Lock()
        self._kept: OrderedDict[tuple[Key, int], Counts] = OrderedDict()
        self._newest: dict[Key, int] = {}
        self._docs: dict[str, tuple[int, list[dict[str, Any]]]] = {}

    def get(
        self, key: Key, place: int, whole: Callable[[], Counts], since: Callable[[int], Counts] | None = None
    ) -> Counts:  # fmt: skip
        """Return the counts at a place: as kept, or the newest kept with what came *since*, or the *whole* counted.

        *since* is given for the present place alone.
        """
        with self._lock:
            found, start = self._kept.get((key, place)), self._newest.get(key, 0)
            base = self._kept.get((key, start)) if start < place <= start + NEAR else None
            if found is not None:
                self._kept.move_to_end((key, place))
                return dict(found)
        counts = whole() if base is None or since is None else added(base, since(start))
        with self._lock:
            self._keep(key, place, counts, present=since is not None)
        return dict(counts)

    def whole(self, record: str, place: int, read: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
        """Return all documents of a kind as of its last change, kept where they are no more than :data:`FEW`."""
        with self._lock:
            kept = self._docs.get(record)
        if kept is not None and kept[0] == place:
            return kept[1]
        found = read()
        # Read after the place was: what came in between is in no answer kept for it.
        if len(found) <= FEW and max((int(doc["seq"]) for doc in found), default=0) == place:
            with self._lock:
                self._docs[record] = (place, found)
        return found

    def _keep(self, key: Key, place: int, counts: Counts, *, present: bool) -> None:
        if present and (newest := self._newest.get(key, 0)) < place:
            self._drop((key, newest))  # nothing starts from it any more
            self._newest[key] = place
        self._drop((key, place), still=True)
        self._kept[key, place] = counts
        self.held += 1 + len(counts)
        while self.held > self._room and self._kept:
            self._drop(next(iter(self._kept)))

    def _drop(self, entry: tuple[Key, int], *, still: bool = False) -> None:
        gone = self._kept.pop(entry, None)
        self.held -= 0 if gone is None else 1 + len(gone)
        if not still and self._newest.get(entry[0]) == entry[1]:
            del self._newest[entry[0]]


def added(base: Mapping[Any, int], change: Mapping[Any, int]) -> Counts:
    """Return counts with a change in them; a group that nothing is left of is gone."""
    found = {group: base.get(group, 0) + change.get(group, 0) for group in {**base, **change}}
    return {group: n for group, n in found.items() if n}


def asked(record: str, by: Sequence[str], where: Mapping[str, Any]) -> Key:
    """Return a question as a key; the same question, however written, is one."""
    plain = {
        name: list(value) if isinstance(value, (list, tuple, set, frozenset)) else value
        for name, value in where.items()
    }
    return record, tuple(by), json.dumps(plain, sort_keys=True, default=str)
