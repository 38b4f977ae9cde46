"""Traffic: who asked for what in a window, who decided, how fast, by which artefact: the counts behind use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from secondline.frames.engines import connect, mapped
from secondline.monitor.labels import read_parts
from secondline.monitor.parts import PLACE
from secondline.monitor.readings import Window
from secondline.monitor.windows import parts_within

if TYPE_CHECKING:
    from secondline.monitor.state import State

PLACES = ", ".join(PLACE)
SLOW = 100_000
"""Microseconds beyond which a decision counts as slow: the gateway's time-out by default."""
GROUPS = ("arm", "decision", "use", "caller", "version", "threshold", "digest", "pass_id")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Traffic:
    """Decisions of a window, each once. ``by`` counts them by arm, decision, use, caller, version, rule, bytes, pass.

    ``overridden`` are those a person decided otherwise, ``slow`` those beyond `SLOW`, ``timed`` those whose time is
    known; ``most`` is the largest number on one day; ``before`` is what earlier windows had of version, rule and bytes.
    """

    window: Window
    by: Mapping[Key, int]
    overridden: int
    slow: int
    timed: int
    most: int
    before: frozenset[Key]

    @property
    def n(self) -> int:
        """All decisions."""
        return sum(self.by.values())

    def count(self, **wanted: str) -> int:
        """Return the decisions whose fields are these."""
        places = {name: i for i, name in enumerate(GROUPS)}
        return sum(n for key, n in self.by.items() if all(key[places[f]] == value for f, value in wanted.items()))

    def over(self, *fields: str) -> Counter[Key]:
        """Return the counts by some fields alone."""
        places = {name: i for i, name in enumerate(GROUPS)}
        found: Counter[Key] = Counter()
        for key, n in self.by.items():
            found[tuple(key[places[f]] for f in fields)] += n
        return found


def traffic(state: State, window: Window, *, slow: int = SLOW) -> Traffic:
    """Return the traffic of a window of a model (one version, or all)."""
    parts = parts_within(state, window)
    if not parts:
        return Traffic(window, {}, 0, 0, 0, 0, frozenset())
    con: Any = connect()
    try:
        with mapped("The traffic of a window"):
            con.con.execute(
                f"CREATE TEMP TABLE d AS SELECT * FROM {read_parts(state, parts)} "  # noqa: S608 - our names
                f'WHERE "at" >= {window.start} AND "at" < {window.end} '
                f"QUALIFY row_number() OVER (PARTITION BY id ORDER BY {PLACES}) = 1"
            )
            names = ", ".join(GROUPS)
            rows = con.con.execute(f"SELECT {names}, count(*) FROM d GROUP BY ALL ORDER BY ALL").fetchall()  # noqa: S608
            late = con.con.execute(
                f"SELECT count(*) FILTER (WHERE latency > {slow}), count(*) FILTER (WHERE latency > 0) FROM d"  # noqa: S608
            ).fetchone()
            most = con.con.execute(
                'SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM d GROUP BY "at" // 86400000000)'
            ).fetchone()
            overridden = _overridden(con, state, window.model)
            before = _before(con, state, window)
    finally:
        con.con.close()
    by = {tuple(str(v or "") for v in row[:-1]): int(row[-1]) for row in rows}
    return Traffic(window, by, overridden, int(late[0]), int(late[1]), int(most[0]), before)


def _overridden(con: Any, state: State, model: str) -> int:
    parts = state.parts("override", model)
    if not parts:
        return 0
    sql = f"SELECT count(*) FROM d SEMI JOIN {read_parts(state, parts)} o ON o.decision = d.id"  # noqa: S608 - our names
    return int(con.con.execute(sql).fetchone()[0])


def _before(con: Any, state: State, window: Window) -> frozenset[Key]:
    """Return the versions, rules and bytes of all decisions before the window."""
    parts = [p for p in state.parts("decision", window.model) if p.first < window.start]
    if not parts:
        return frozenset()
    sql = (
        f"SELECT DISTINCT version, threshold, digest FROM {read_parts(state, parts)} "  # noqa: S608 - our names
        f'WHERE "at" < {window.start}'
    )
    return frozenset(tuple(str(v or "") for v in row) for row in con.con.execute(sql).fetchall())
