"""Portfolio: where the bank stands on a day, from facets alone: tiers, overdue work, findings by age, shared parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from secondline.ledger.records import Records
from secondline.workflow.calendar import LIVE, OPEN_FINDINGS, RUNNING

SEVERITIES = ("critical", "major", "medium", "low")
LATE = ((30, "up to 30 days"), (90, "31 to 90 days"), (10**6, "over 90 days"))
SOON = 90
LARGEST = 6


@dataclass(frozen=True, slots=True)
class Heat:
    """One field of risk: how many live models it has in each tier, the unrated under 0."""

    family: str
    tiers: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Ageing:
    """Open findings of one severity: in time, and late by how long."""

    severity: str
    in_time: int
    late: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return self.in_time + sum(self.late.values())


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that many live models stand on: a source, a vendor or a method."""

    kind: str
    name: str
    models: int


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Where the bank stands on a day."""

    day: str
    live: int
    running: int
    unrated: int
    overdue: int
    due_soon: int
    states: Mapping[str, int]
    tiers: Mapping[int, int]
    heat: tuple[Heat, ...]
    ageing: tuple[Ageing, ...]
    waiting: int
    """Approvals asked for and not decided."""
    emergencies: int
    """Versions in use before their validation was signed."""
    overlays: int
    waivers: int
    shared: tuple[Shared, ...]

    @property
    def open_findings(self) -> int:
        """All open findings."""
        return sum(one.total for one in self.ageing)

    @property
    def late_findings(self) -> int:
        """Open findings past their day."""
        return sum(sum(one.late.values()) for one in self.ageing)


def portfolio(look: Records, today: str) -> Portfolio:
    """Return where the bank stands: a constant number of grouped counts, however many models there are."""
    by_state: Counter[str] = Counter()
    tiers: Counter[int] = Counter()
    cells: dict[str, Counter[int]] = {}
    for (state, tier, family), n in look.count("model", ("state", "tier", "family")).items():
        by_state[state] += n
        if state in LIVE:
            tiers[tier] += n
            cells.setdefault(family, Counter())[tier] += n
    soon = (date.fromisoformat(today) + timedelta(days=SOON)).isoformat()
    dated = {"state__in": LIVE, "next_validation__gt": ""}
    return Portfolio(
        day=today,
        live=sum(by_state[s] for s in LIVE),
        running=sum(by_state[s] for s in RUNNING),
        unrated=tiers[0],
        overdue=_n(look, "model", {**dated, "next_validation__lt": today}),
        due_soon=_n(look, "model", {**dated, "next_validation__ge": today, "next_validation__le": soon}),
        states=dict(by_state),
        tiers=dict(tiers),
        heat=tuple(Heat(f, cells[f]) for f in sorted(cells, key=lambda f: (-cells[f][1], -sum(cells[f].values()), f))),
        ageing=tuple(_ageing(look, today)),
        waiting=_n(look, "approval", {"state": "requested"}),
        emergencies=_n(look, "approval", {"kind": "emergency", "state__in": ("approved", "conditional", "restricted")}),
        overlays=_n(look, "overlay", {"state": "approved"}),
        waivers=_n(look, "waiver", {"state": "granted", "expires__ge": today}),
        shared=tuple(_shared(look)),
    )


def _n(look: Records, record: str, where: Mapping[str, object]) -> int:
    return look.count(record, (), where).get((), 0)


def _ageing(look: Records, today: str) -> Iterable[Ageing]:
    open_ = {"state__in": OPEN_FINDINGS}
    totals = look.count("finding", ("severity",), open_)
    late: dict[str, dict[str, int]] = {severity: {} for severity in SEVERITIES}
    newest = today
    for days, name in LATE:
        edge = (date.fromisoformat(today) - timedelta(days=min(days, 300_000))).isoformat()
        where = {**open_, "due__lt": newest, "due__ge": edge, "due__gt": ""}
        for severity, n in look.count("finding", ("severity",), where).items():
            late.setdefault(severity, {})[name] = n
        newest = edge
    for severity in SEVERITIES:
        gone = late[severity]
        yield Ageing(severity, totals.get(severity, 0) - sum(gone.values()), {n: gone.get(n, 0) for _, n in LATE})


def _shared(look: Records) -> Iterable[Shared]:
    live = {"state__in": LIVE}
    counted = {
        "data source": {name.partition("/")[2]: n for name, n in look.count(
            "link", ("frm",), {"kind": "data", "state": "active"}).items()},
        "vendor": look.count("model", ("vendor",), live),
        "method": look.count("model", ("method",), live),
    }  # fmt: skip
    for kind, found in counted.items():
        named = Counter({str(name): n for name, n in found.items() if name and n > 1})
        yield from (Shared(kind, name, n) for name, n in named.most_common(LARGEST))
