"""Policy at work: which packs the bank holds itself to, where every model stands under them, what would change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core.errors import SpecError, near
from secondline.govern.act import Look
from secondline.policy.coverage import (
    BANK,
    Demand,
    Held,
    Tally,
    Verdict,
    assess,
    demands,
    tallies,
    whole_catalogue,
)
from secondline.policy.documents import parsed_date
from secondline.policy.expressions import Scope
from secondline.policy.facts import bank_facts, facts, firm, many
from secondline.policy.impact import Difference, Turn, differences, turns
from secondline.policy.packs import Pack, adjusted, parse_pack, read_pack
from secondline.policy.trials import Trial, trials

if TYPE_CHECKING:
    from secondline.ledger.records import Records
    from secondline.ledger.store import Ledger
    from secondline.ledger.writing import Receipt

OUT_OF_VIEW = frozenset({"out-of-scope"})
Parameters = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where everything stands on a day."""

    day: str
    packs: tuple[str, ...]
    demands: Mapping[str, Demand]
    matrix: Mapping[str, Mapping[str, Verdict]]
    """By model (and ``bank``), by control."""
    notes: tuple[str, ...] = ()

    def tallies(self) -> list[Tally]:
        """Return how the controls of each pack stand, over all models and the bank."""
        return tallies((v for row in self.matrix.values() for v in row.values()), self.packs)


@dataclass(frozen=True, slots=True)
class Impact:
    """What would change: in what is asked, and in where models stand."""

    day: str
    asked: tuple[Difference, ...]
    turns: tuple[Turn, ...]
    notes: tuple[str, ...] = ()


def today() -> str:
    """Return this day."""
    return date.today().isoformat()  # noqa: DTZ011 - the user's own day


def checked_day(text: str, ledger: Ledger | None = None) -> str:
    """Return a day as ISO text; this day (by the clock of the ledger, if any) when none is given.

    Raises:
        SpecError: it is no date.
    """
    if text:
        return parsed_date(text, "`as-of`").isoformat()
    return ledger.today if ledger is not None else today()


# Adopting.


def adopt(
    ledger: Ledger, actor: str, pack: str, *, since: str = "", voluntary: bool = False,
    parameters: Parameters | None = None, reason: str = "", via: str = "",
) -> Receipt:  # fmt: skip
    """Adopt a built-in pack, or the bank's own file, from a day on; an adoption that stands is changed.

    Raises:
        SpecError: the pack is not valid, or a parameter is none of the control's.
        Refused: the person does not lead model risk management.
    """
    found = read_pack(pack)
    checked(found, parameters or {})
    own = pack.endswith((".yaml", ".yml"))
    form: dict[str, Any] = {
        "pack": found.id, "version": found.version, "digest": found.sha256(), "since": checked_day(since, ledger),
        "voluntary": voluntary, "parameters": {c: dict(p) for c, p in (parameters or {}).items()},
        "content": Path(pack).read_text(encoding="utf-8") if own else "",
    }  # fmt: skip
    before = ledger.records.get("adoption", found.id)
    act = "pack.adopted" if before is None else "adoption.changed"
    if before is not None and before["state"] == "ended":
        act = "adoption.resumed"
    return ledger.act(act, actor, found.id, form, reason=reason, via=via)


def end_adoption(ledger: Ledger, actor: str, pack: str, *, until: str = "", reason: str = "", via: str = "") -> Receipt:
    """End an adoption after a last day."""
    return ledger.act("adoption.ended", actor, pack, {"until": checked_day(until, ledger)}, reason=reason, via=via)


def checked(pack: Pack, parameters: Parameters) -> None:
    """Refuse parameters that the pack's controls do not have.

    Raises:
        SpecError: the pack does not select such a control, or the control has no such parameter.
    """
    selection = pack.selection()
    for control, params in parameters.items():
        if control not in selection:
            raise SpecError(f"Pack {pack.id!r} does not ask for {control!r}; its parameters would change nothing.")
        adjusted(selection[control], params)


def adoptions(look: Look) -> list[Held]:
    """Return the packs as the bank holds itself to them."""
    return [_held(doc) for doc in look.find("adoption")]


def _held(doc: Mapping[str, Any]) -> Held:
    content = doc.get("content")
    pack = parse_pack(content, f"adopted pack {doc['id']}") if content else read_pack(str(doc["id"]))
    return Held(
        pack, str(doc["since"]), str(doc.get("until", "")), bool(doc.get("voluntary")), doc.get("parameters", {})
    )


def _notes(look: Look) -> list[str]:
    """Say where an adopted built-in pack is no longer the one that was adopted."""
    return [
        f"Pack {doc['id']} was adopted as version {doc.get('version')}; the one installed differs. Adopt it again."
        for doc in look.find("adoption", state="adopted")
        if doc.get("digest") and not doc.get("content") and read_pack(str(doc["id"])).sha256() != doc["digest"]
    ]


# Where everything stands.


def coverage(
    ledger: Ledger, *, day: str = "", models: Sequence[str] = (), packs: Sequence[str] = (), bank: bool = True
) -> Coverage:
    """Return where models and bank stand on a day, by the records of that day and the packs adopted by then.

    With *packs* named, those are asked instead; with none named and none adopted, the whole catalogue is.

    Raises:
        SpecError: a pack is not valid or the day is none.
        UnknownRecord: there is no such model on that day.
    """
    day = checked_day(day, ledger)
    view = ledger.as_of(day)
    for model in models:
        view.need("model", model)
    held = [_named(name) for name in packs] or adoptions(view)
    notes = [] if packs else _notes(view)
    if not held:
        held, notes = [whole_catalogue()], ["No pack is adopted: the whole catalogue is shown."]
    wanted = demands(held, day)
    matrix = table(view, wanted, day, models, bank=bank)
    return Coverage(day, tuple(h.pack.id for h in held), wanted, matrix, tuple(notes))


def _named(name: str, *, since: str = "", voluntary: bool = False, parameters: Parameters | None = None) -> Held:
    pack = read_pack(name)
    checked(pack, parameters or {})
    return Held(pack, since or pack.effective_from, voluntary=voluntary, parameters=parameters or {})


def table(
    view: Records, wanted: Mapping[str, Demand], day: str, models: Sequence[str] = (), *, bank: bool = True
) -> dict[str, dict[str, Verdict]]:
    """Return where each model (all that are in scope, when none are named) and the bank stand, by control."""
    return {name: assess(wanted, one, day, name) for name, one in _known(view, day, models, bank=bank)}


def _known(
    view: Records, day: str, models: Sequence[str] = (), *, bank: bool = True
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what is on record about each model, and about the bank."""
    names = list(models) or in_scope(view)
    shared = firm(view, day)
    # One model is looked at with its whole history of people; many at once by what stands in their documents.
    if len(names) == 1:
        yield names[0], facts(view, names[0], day, shared)
    else:
        yield from many(view, names, day, shared)
    if bank:
        yield BANK, bank_facts(view, day)


def in_scope(view: Records) -> list[str]:
    """Return the models that controls are asked of."""
    return sorted(doc["id"] for doc in view.find("model") if doc.get("state") not in OUT_OF_VIEW)


# What would change.


def required(packs: Sequence[str], day: str = "") -> dict[str, Demand]:
    """Return what packs ask for on a day, and will ask for later."""
    return demands([_named(name) for name in packs], checked_day(day))


def tried(pack: str) -> list[Trial]:
    """Return how the examples of all controls of a pack come out."""
    return list(trials(read_pack(pack).selection().values()))


def compare(one: str, other: str, *, day: str = "", other_day: str = "") -> list[Difference]:
    """Return how two packs, two versions of a pack (files), or one pack on two days differ in what they ask."""
    first = checked_day(day)
    return differences(
        demands([_named(one)], first), demands([_named(other)], checked_day(other_day) if other_day else first)
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A change of policy to try out."""

    adopt: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    on: str = ""
    """The day on which to look; its records are those of today, or of that day when it is past."""
    parameters: Parameters = field(default_factory=dict)


def impact(ledger: Ledger, change: Change, *, models: Sequence[str] = (), day: str = "") -> Impact:
    """Return what would be asked and who would stand otherwise, if a change of policy were made.

    A pack not yet in force is tried as adopted of the bank's own choice.

    Raises:
        SpecError: a pack or a parameter is not valid, or nothing would change.
    """
    now = checked_day(day, ledger)
    then = checked_day(change.on) if change.on else now
    if not (change.adopt or change.end or change.on or change.parameters):
        raise SpecError("Say what would change: a pack to adopt or to end, another day, or other parameters.")
    view = ledger.as_of(max(now, then))
    held = adoptions(view)
    tried, notes = _tried(held, change, then)
    before, after = demands(held, now), demands(tried, then)
    names = list(models)
    if then == now:
        was, became = _both(view, before, after, now, names)
    else:
        was, became = table(view, before, now, names), table(view, after, then, names)
    return Impact(then, tuple(differences(before, after)), tuple(turns(was, became)), tuple(notes))


def _both(
    view: Records, before: Mapping[str, Demand], after: Mapping[str, Demand], day: str, models: Sequence[str]
) -> tuple[dict[str, dict[str, Verdict]], dict[str, dict[str, Verdict]]]:
    """Return where each stands under two sets of demands, by the same facts."""
    was, became = dict[str, dict[str, Verdict]](), dict[str, dict[str, Verdict]]()
    for name, one in _known(view, day, models):
        scope = Scope(one)
        was[name], became[name] = assess(before, one, day, name, scope), assess(after, one, day, name, scope)
    return was, became


def _tried(held: Iterable[Held], change: Change, then: str) -> tuple[list[Held], list[str]]:
    kept = {h.pack.id: h for h in held}
    for name in change.end:
        if kept.pop(name, None) is None:
            raise SpecError(f"Pack {name!r} is not adopted, so it cannot be ended. {near(name, kept)}".rstrip())
    notes: list[str] = []
    for name in change.adopt:
        pack = read_pack(name)
        early = pack.effective_from > then or bool(pack.effective_to and pack.effective_to < then)
        if early:
            dates = f"from {pack.effective_from}" + (f" to {pack.effective_to}" if pack.effective_to else "")
            notes.append(f"Pack {pack.id} is in force {dates}; on {then} it would be the bank's own choice.")
        kept[pack.id] = Held(pack, then, voluntary=early)
    for control, params in change.parameters.items():
        concerned = [h for h in kept.values() if control in h.pack.selection()]
        if not concerned:
            raise SpecError(f"No pack that would be adopted asks for {control!r}; its parameters would change nothing.")
        for one in concerned:
            adjusted(one.pack.selection()[control], params)
            merged: dict[str, Mapping[str, Any]] = {
                **one.parameters,
                control: {**one.parameters.get(control, {}), **params},
            }
            kept[one.pack.id] = Held(one.pack, one.since, one.until, one.voluntary, merged)
    return list(kept.values()), notes
