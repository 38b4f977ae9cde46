"""Coverage: where each control stands for a model or the bank on a day, by what the packs in force ask of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from secondline.core.canonical import canonical
from secondline.policy.catalogue import LEVELS, Clause, Control, Level, controls
from secondline.policy.expressions import Scope, Undecided
from secondline.policy.packs import Pack, Selected, adjusted
from secondline.policy.regimes import rulebooks

Status = Literal["met", "not_met", "waived", "not_applicable", "undecided"]
STATUSES: tuple[Status, ...] = ("met", "not_met", "waived", "not_applicable", "undecided")
WORST: tuple[Status, ...] = ("not_met", "undecided", "waived", "met", "not_applicable")
Standing = Literal["in order", "undecided", "gaps", "blocked"]
RECORDS_NAMED = 12
ALL = "catalogue"
BANK = "bank"


@dataclass(frozen=True, slots=True)
class Held:
    """A pack as the bank holds itself to it; ``voluntary`` also outside the dates on which its clauses are in force."""

    pack: Pack
    since: str
    until: str = ""
    voluntary: bool = False
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """One pack asking for one control on a day: by these clauses, or from a later day on."""

    pack: str
    selected: Selected
    clauses: tuple[Clause, ...]
    level: Level
    begins: str = ""
    voluntary: bool = False

    @property
    def now(self) -> bool:
        """Whether it asks on the day itself."""
        return not self.begins


@dataclass(frozen=True, slots=True)
class Demand:
    """A control and everyone who asks for it, now or later."""

    control: Control
    by: tuple[Asked, ...]

    @property
    def now(self) -> bool:
        """Whether anyone asks for it on the day."""
        return any(asked.now for asked in self.by)

    @property
    def level(self) -> Level:
        """The strictest level among those who ask now; of those to come when nobody does."""
        heard = {a.level for a in self.by if a.now} or {a.level for a in self.by}
        return next(level for level in LEVELS if level in heard)

    @property
    def begins(self) -> str:
        """The first day on which somebody asks, when nobody does now."""
        return "" if self.now else min(a.begins for a in self.by)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where one control stands for one model, or for the bank."""

    control: str
    title: str
    subject: str
    status: Status
    because: str
    level: Level
    records: tuple[str, ...] = ()
    by: tuple[Asked, ...] = ()
    begins: str = ""
    waiver: str = ""

    @property
    def counts(self) -> bool:
        """Whether the control is asked for on the day, rather than from a later day on."""
        return not self.begins

    @property
    def regimes(self) -> tuple[str, ...]:
        """The regimes whose clauses ask for it on the day."""
        return tuple(dict.fromkeys(c.regime for a in self.by if a.now for c in a.clauses))


def whole_catalogue(since: str = "2000-01-01") -> Held:
    """Return the catalogue itself as a pack: everything that any document asks for."""
    pack = Pack(id=ALL, version="1", title="All controls", effective_from=since, documents=tuple(rulebooks()))
    return Held(pack, since)


def demands(held: Iterable[Held], day: str) -> dict[str, Demand]:
    """Return what the packs ask for on a day or will ask for later, by control, in the order of the catalogue."""
    asked: dict[str, list[Asked]] = {}
    known: dict[str, Control] = {}
    for one in held:
        for id_, selected in one.pack.selection().items():
            if one.parameters.get(id_):
                selected = adjusted(selected, one.parameters[id_])  # noqa: PLW2901 - the same control, as the bank holds it
            if (voice := _asked(one, selected, day)) is not None:
                asked.setdefault(id_, []).append(voice)
                known[id_] = selected.control
    order = {id_: place for place, id_ in enumerate(controls())}
    return {id_: Demand(known[id_], tuple(asked[id_])) for id_ in sorted(asked, key=lambda i: (order.get(i, 9999), i))}


def _asked(held: Held, selected: Selected, day: str) -> Asked | None:
    """Return how a pack asks for a control on a day; None when it does not and will not."""
    pack = held.pack
    if held.until and day > held.until:
        return None
    if held.voluntary:
        clauses, begins = selected.clauses, held.since
    else:
        if pack.effective_to and day > pack.effective_to:
            return None
        opens = max(held.since, pack.effective_from)
        clauses = tuple(c for c in selected.clauses if c.in_force(max(day, opens)))
        begins = opens
        if not clauses:
            coming = [c for c in selected.clauses if c.upcoming(day)]
            if not coming:
                return None
            first = min(c.since for c in coming)
            clauses = tuple(c for c in coming if c.since == first)
            begins = max(opens, first)
    later = begins if begins > day else ""
    return Asked(pack.id, selected, clauses, selected.level_on(clauses), later, held.voluntary)


def assess(
    wanted: Mapping[str, Demand], facts: Mapping[str, Any], day: str, subject: str = "", scope: Scope | None = None
) -> dict[str, Verdict]:
    """Return where each control stands by these facts on a day: those about the bank when *subject* is ``bank``.

    ``facts`` are those of one model, or for the bank a mapping with ``bank`` and ``today``; *scope* holds the same
    facts for conditions, where they are judged more than once.
    """
    name = subject or str(facts.get("model", {}).get("id", ""))
    bench = _Bench(facts, day, name, scope or Scope(facts))
    bank = name == BANK
    return {id_: bench.verdict(demand) for id_, demand in wanted.items() if (demand.control.about == BANK) is bank}


@dataclass
class _Bench:
    """One set of facts, before which controls are called one after another."""

    facts: Mapping[str, Any]
    day: str
    subject: str
    scope: Scope

    def verdict(self, demand: Demand) -> Verdict:
        """Return where a control stands, for all who ask together: it must satisfy each."""
        heard = [a for a in demand.by if a.now] or list(demand.by)
        sets = {canonical(dict(a.selected.params)): a for a in reversed(heard)}
        found = [(*self.decided(demand.control, dict(a.selected.params)), a.pack) for a in sets.values()]
        status, because, pack = min(found, key=lambda f: WORST.index(f[0]))
        if len(found) > 1 and status in {"not_met", "undecided"}:
            because = f"as pack {pack} asks: {because}"
        waiver = ""
        if status in {"not_met", "undecided"}:
            status, because, waiver = self.waived(demand.control, status, because)
        return Verdict(
            demand.control.id, demand.control.title, self.subject, status, because, demand.level,
            self.records(demand.control, waiver), demand.by, demand.begins, waiver,
        )  # fmt: skip

    def decided(self, control: Control, params: Mapping[str, Any]) -> tuple[Status, str]:
        """Return where a control stands by itself or by an alternative to it."""
        found = list(self.each(control, params))
        if not found:
            return "not_applicable", f"there is no {control.about} it would be about"
        return min(found, key=lambda f: WORST.index(f[0]))

    def each(self, control: Control, params: Mapping[str, Any]) -> Iterator[tuple[Status, str]]:
        """Decide for the model itself, or for each of its versions or uses."""
        if control.about in {"version", "use"}:
            for one in self.facts.get(f"{control.about}s", ()):
                status, because = self.with_alternatives(control, params, {control.about: one})
                yield status, because if status in {"met", "not_applicable"} else f"{one.get('id', '?')}: {because}"
        else:
            yield self.with_alternatives(control, params, {})

    def with_alternatives(
        self, control: Control, params: Mapping[str, Any], near: Mapping[str, Any]
    ) -> tuple[Status, str]:
        status, because = self.once(control, params, near)
        if status not in {"not_met", "undecided"}:
            return status, because
        for id_ in control.alternatives:
            other = controls()[id_]
            if other.about not in {control.about, "model"}:
                continue
            here = near if other.about == control.about else {}
            if self.once(other, other.params, here)[0] == "met":
                return "met", f"by the alternative {id_}: {other.title[0].lower()}{other.title[1:]}"
        return status, because

    def once(self, control: Control, params: Mapping[str, Any], near: Mapping[str, Any]) -> tuple[Status, str]:
        scope = self.scope.having(params=dict(params), **near)
        arises = control.arising.decide(scope)
        if isinstance(arises, Undecided):
            return "undecided", f"whether it applies: {arises.because}"
        if not arises:
            return "not_applicable", "it does not arise here"
        holds = control.holding.decide(scope)
        if isinstance(holds, Undecided):
            return "undecided", holds.because
        wanted = control.satisfied_by or control.title
        return ("met", f"on record: {wanted}") if holds else ("not_met", f"not on record: {wanted}")

    def waived(self, control: Control, status: Status, because: str) -> tuple[Status, str, str]:
        """Return the status under the waivers on record: one that is granted and not past its last day counts."""
        firm = self.facts.get("bank", {}).get("waivers") or ()
        found = [*(self.facts.get("waivers") or ()), *firm]
        granted = [w for w in found if w.get("control") == control.id and w.get("state") == "granted"]
        for waiver in granted:
            if str(waiver.get("expires") or "") >= self.day:
                said = f"waived until {waiver['expires']} by {waiver['id']}; {because}"
                return "waived", said, str(waiver["id"])
        expired = [f"{w['id']} expired on {w['expires']}" for w in granted if w.get("expires")]
        return status, "; ".join([because, *expired]), ""

    def records(self, control: Control, waiver: str) -> tuple[str, ...]:
        """Return the records the verdict turns on."""
        found = [waiver] if waiver else []
        for need in control.needs:
            value = self.facts.get("runs", ())[-1:] if need == "checks" else self.facts.get(need, ())
            docs = value if isinstance(value, (list, tuple)) else [value]
            found += [str(d["id"]) for d in docs if isinstance(d, Mapping) and d.get("id")]
        return tuple(dict.fromkeys(found))[:RECORDS_NAMED]


def standing(verdicts: Iterable[Verdict]) -> Standing:
    """Return where a model stands by all controls that count on the day."""
    counted = [v for v in verdicts if v.counts]
    if any(v.status == "not_met" and v.level == "block" for v in counted):
        return "blocked"
    if any(v.status == "not_met" and v.level == "warn" for v in counted):
        return "gaps"
    return "undecided" if any(v.status == "undecided" for v in counted) else "in order"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many controls stand how under one pack."""

    pack: str
    counts: Mapping[Status, int]
    upcoming: int
    begins: str

    @property
    def asked(self) -> int:
        """How many answers the pack asks for on the day, those that do not apply left out."""
        return sum(n for status, n in self.counts.items() if status != "not_applicable")


def tallies(verdicts: Iterable[Verdict], packs: Sequence[str]) -> list[Tally]:
    """Return how the controls of each pack stand, in the order of *packs*."""
    counts: dict[str, Counter[Status]] = {pack: Counter() for pack in packs}
    begins: dict[str, list[str]] = {pack: [] for pack in packs}
    for verdict in verdicts:
        for asked in verdict.by:
            if asked.now:
                counts[asked.pack][verdict.status] += 1
            else:
                begins[asked.pack].append(asked.begins)
    return [
        Tally(
            pack,
            {status: counts[pack][status] for status in STATUSES},
            len(begins[pack]),
            min(begins[pack], default=""),
        )
        for pack in packs
    ]
