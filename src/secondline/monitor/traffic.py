"""Traffic: who asked for what in a window, who decided, how fast, by which artefact: the counts behind use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from secondline.frames.engines import mapped
from secondline.monitor.engine import in_order
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
    ``spread`` is the design effect of each share where decisions name their entity, and ``means`` has count, mean and
    standard deviation of the score (of the model's own decisions) and of the latency in milliseconds.
    """

    window: Window
    by: Mapping[Key, int]
    overridden: int
    slow: int
    timed: int
    most: int
    before: frozenset[Key]
    spread: Mapping[str, float] = field(default_factory=dict)
    means: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)

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
    con: Any = in_order()
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
            spread, means = _spread(con, slow, state, window.model), _means(con)
    finally:
        con.con.close()
    by = {tuple(str(v or "") for v in row[:-1]): int(row[-1]) for row in rows}
    return Traffic(window, by, overridden, int(late[0]), int(late[1]), int(most[0]), before, spread, means)


def _spread(con: Any, slow: int, state: State, model: str) -> dict[str, float]:
    """Return the design effect of each share: how much more it varies than of decisions that are no cluster.

    With h of n decisions of an entity, ``sum (h - p n)^2 / (N p (1 - p))``, at least 1. Source: Kish (1965), Survey
    Sampling, 5.4; the ratio estimator of a cluster sample.
    """
    overrides = state.parts("override", model)
    over = f"id IN (SELECT decision FROM {read_parts(state, overrides)})" if overrides else "false"  # noqa: S608 - our names
    flags = {
        "adverse": ("arm = 'champion'", "decision = 'decline'"), "fallback": ("true", "arm = 'fallback'"),
        "refused": ("true", "arm = 'refused'"), "control": ("true", "arm = 'control'"),
        "overridden": ("arm <> 'refused'", over), "slow": ("latency > 0", f"latency > {slow}"),
    }  # fmt: skip
    sums = ", ".join(
        f"count(*) FILTER (WHERE {of}) AS n{i}, count(*) FILTER (WHERE {of} AND {hit}) AS h{i}"
        for i, (of, hit) in enumerate(flags.values())
    )
    totals = ", ".join(f"sum(n{i}), sum(h{i}), sum(h{i} * h{i}), sum(h{i} * n{i}), sum(n{i} * n{i})" for i in range(6))
    row = con.con.execute(
        f"SELECT {totals} FROM (SELECT coalesce(nullif(entity, ''), id) AS e, {sums} FROM d GROUP BY e)"  # noqa: S608 - our names
    ).fetchone()
    return {name: _design(*(float(v or 0) for v in row[5 * i : 5 * i + 5])) for i, name in enumerate(flags)}


def _design(n: float, hits: float, squares: float, crossed: float, sizes: float) -> float:
    p = hits / n if n else 0.0
    plain = n * p * (1.0 - p)
    return max((squares - 2.0 * p * crossed + p * p * sizes) / plain, 1.0) if plain > 0 else 1.0


def _means(con: Any) -> dict[str, tuple[float, float, float]]:
    names = {"score": ("score", "arm IN ('champion', 'control')"), "latency": ("latency / 1000.0", "latency > 0")}
    asked = ", ".join(
        f"count({what}) FILTER (WHERE {of}), coalesce(avg({what}) FILTER (WHERE {of}), 0), "
        f"coalesce(stddev_samp({what}) FILTER (WHERE {of}), 0)" for what, of in names.values()
    )  # fmt: skip
    row = con.con.execute(f"SELECT {asked} FROM d").fetchone()  # noqa: S608 - our names
    return {name: (float(row[3 * i]), float(row[3 * i + 1]), float(row[3 * i + 2])) for i, name in enumerate(names)}


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
