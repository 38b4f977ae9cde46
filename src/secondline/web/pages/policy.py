"""Policy: the packs adopted, where models stand under each control, what a change of policy would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secondline.core.errors import SpecError, UnknownRecord
from secondline.govern.act import find_act
from secondline.govern.roles import Role
from secondline.policy.catalogue import Control, controls
from secondline.policy.coverage import BANK, Demand, Held, Tally, Verdict, assess, demands, standing, tallies
from secondline.policy.facts import bank_facts
from secondline.policy.packs import pack_names, read_pack
from secondline.web.doing import confirm
from secondline.web.routes import SIGNED_IN, deed, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Filter, Table, View
from secondline.workflow.policy import Change, adopt, adoptions, compare, impact, table

MODELS, TRIED = 12, 10
HEADS = frozenset[Role]({"mrm-head"})
SHOWN = ("met", "not_met", "waived", "undecided")
STANDING = ("in order", "undecided", "gaps", "blocked")
VERDICTS = (
    Column("control", "Control", "link", sortable=False), Column("title", "What must hold", sortable=False),
    Column("status", "Stands", "state", sortable=False), Column("level", "Level", sortable=False),
    Column("because", "Why", sortable=False), Column("regimes", "Asked by", sortable=False),
)  # fmt: skip
CONTROLS = (
    Column("id", "Control", "link", sortable=False), Column("title", "What must hold", sortable=False),
    Column("about", "About", sortable=False), Column("level", "Level", sortable=False),
    Column("now", "Asked by, on the day", sortable=False), Column("later", "Later", sortable=False),
)  # fmt: skip
DIFFERENCES = tuple(Column(n, sortable=False) for n in ("control", "title", "kind", "before", "after"))


def _wanted(seen: Seen) -> tuple[dict[str, Held], dict[str, Demand]]:
    """Return the packs as adopted on the day, and what they ask."""
    held = {h.pack.id: h for h in adoptions(seen.look)}
    return held, demands(held.values(), seen.today)


@page("/policy", may=SIGNED_IN, name="policy")
def packs(seen: Seen) -> View:
    """List the packs, those adopted first, and where the bank itself stands under them."""
    held, wanted = _wanted(seen)
    verdicts = assess(wanted, bank_facts(seen.look, seen.today), seen.today, BANK)
    by = {t.pack: t for t in tallies(verdicts.values(), tuple(held))}
    names = [*held, *(n for n in pack_names() if n not in held and n != "default")]
    rows = [_pack(seen, name, held.get(name), by.get(name)) for name in names]
    columns = tuple(
        Column(n, sortable=False) for n in ("id", "title", "in_force", "until", "adopted", "controls", *SHOWN)
    )
    gaps = [v for v in verdicts.values() if v.counts and v.status in {"not_met", "undecided"}]
    return View("policy/index.html", {"held": held, "gaps": gaps}, Table("Policy packs", columns, rows))


def _pack(seen: Seen, name: str, mine: Held | None, tally: Tally | None) -> dict[str, Any]:
    pack = mine.pack if mine else read_pack(name)
    counts = {s: tally.counts[s] if tally else None for s in SHOWN}  # type: ignore[index]  # each is a status
    return {
        "id": name, "title": pack.title, "in_force": pack.effective_from, "until": pack.effective_to or "",
        "adopted": mine.since if mine else "", "controls": len(pack.selection()),
        "href": seen.url("/policy/controls", pack=name), **counts,
    }  # fmt: skip


@page("/policy/controls", may=SIGNED_IN, name="controls")
def catalogue(seen: Seen) -> View:
    """List the controls of the catalogue, or of one pack, with the clauses that ask for them on the day."""
    name = seen.choice("pack", pack_names())
    held, _ = _wanted(seen)
    chosen = held[name].pack if name in held else read_pack(name) if name else None
    selection = chosen.selection() if chosen else {}
    found = [s.control for s in selection.values()] if chosen else list(controls().values())
    rows = [_control(seen, c) for c in found]
    packs_ = Filter("pack", "Pack", tuple((n, n) for n in pack_names() if n != "default"), "choice")
    table_ = Table("Controls", CONTROLS, rows, filters=(packs_,), total=len(rows))
    return View("policy/controls.html", {"pack": chosen}, table_)


def _control(seen: Seen, control: Control) -> dict[str, Any]:
    now = [c.text for c in control.sources if c.in_force(seen.today)]
    later = [f"{c.text} ({c.since})" for c in control.sources if c.upcoming(seen.today)]
    facts = {"id": control.id, "title": control.title, "about": control.about, "level": control.level}
    return {
        **facts,
        "href": seen.url(f"/policy/controls/{control.id}"),
        "now": "; ".join(now),
        "later": "; ".join(later),
    }


@page("/policy/controls/{id}", may=SIGNED_IN, name="control")
def one_control(seen: Seen) -> View:
    """Show one control: clauses with force, dates and tag, the condition, what meets it, what mends it."""
    control = controls().get(seen.path["id"])
    if control is None:
        raise UnknownRecord.of("control", seen.path["id"], controls())
    rows = [
        {"regime": c.regime, "document": c.doc, "clause": c.clause, "force": c.force, "tag": c.tag, "from": c.since,
         "to": c.until, "stands": c.standing(seen.today)}
        for c in control.sources
    ]  # fmt: skip
    names = ("regime", "document", "clause", "force", "tag", "from", "to", "stands")
    clauses = Table("Clauses", tuple(Column(n, sortable=False) for n in names), rows)
    waivers = seen.look.page("waiver", {"control": control.id}, limit=50).rows
    return View(
        "policy/control.html", {"c": control, "waivers": waivers}, clauses, data=control.model_dump(mode="json")
    )


@page("/policy/coverage", may=SIGNED_IN, name="coverage")
def matrix(seen: Seen) -> View:
    """Show controls against models, a page of models at a time, as adopted on the day."""
    held, wanted = _wanted(seen)
    family, tier = seen.text("family"), seen.text("tier")
    where = {"state__ne": "out-of-scope", **({"family": family} if family else {}),
             **({"tier": seen.number("tier", high=4)} if tier else {})}  # fmt: skip
    some = seen.look.page("model", where, limit=MODELS, after=seen.text("after", longest=2_000))
    names = [str(row["id"]) for row in some.rows]
    found = table(seen.look, wanted, seen.today, names, bank=False) if names and wanted else {}
    asked = [c for c, d in wanted.items() if d.now and d.control.about != BANK]
    rows = [_line(seen, name, found[name], asked) for name in names if name in found]
    columns = (Column("model", "Model", "link", sortable=False), Column("standing", "Stands", sortable=False),
               *(Column(c, c, sortable=False) for c in asked))  # fmt: skip
    filters = (Filter("family", "Field", tuple((f, f) for f in _families(seen)), "choice"),
               Filter("tier", "Tier", tuple((str(t), str(t)) for t in range(1, 5)), "choice"))  # fmt: skip
    context = {"asked": [(c, wanted[c].control.title) for c in asked], "held": held}
    return View("policy/coverage.html", context, Table("Coverage", columns, rows, next=some.after, filters=filters))


def _families(seen: Seen) -> list[str]:
    return sorted(str(f) for f in seen.look.count("model", ("family",)) if f)


def _line(seen: Seen, model: str, verdicts: Mapping[str, Verdict], asked: list[str]) -> dict[str, Any]:
    stands = standing(verdicts.values())
    cells = {c: verdicts[c].status for c in asked if c in verdicts}
    return {"model": model, "href": seen.url(f"/models/{model}/policy"), "standing": stands, **cells}


@page("/models/{id}/policy", may=SIGNED_IN, name="model-policy")
def of_model(seen: Seen) -> View:
    """Show where one model stands under every control that is asked of it, the gaps first."""
    doc = seen.need("model", seen.path["id"])
    held, wanted = _wanted(seen)
    verdicts = table(seen.look, wanted, seen.today, [doc["id"]], bank=False)[doc["id"]] if wanted else {}
    order = {"not_met": 0, "undecided": 1, "waived": 2, "met": 3, "not_applicable": 4}
    found = sorted(verdicts.values(), key=lambda v: (not v.counts, order[v.status], v.level != "block"))
    wants = seen.choice("status", order)
    shown = [v for v in found if (v.status == wants if wants else v.status != "not_applicable")]
    rows = [_verdict(seen, v) for v in shown]
    statuses = Filter("status", "Stands", tuple((s, s.replace("_", " ")) for s in order), "choice")
    table_ = Table(f"Controls of {doc['id']}", VERDICTS, rows, filters=(statuses,), total=len(rows),
                   empty="No pack that is adopted asks anything." if not held else "Nothing here.")  # fmt: skip
    quiet = sum(v.status == "not_applicable" for v in found)
    context = {"doc": doc, "standing": standing(verdicts.values()), "held": held, "quiet": quiet, "wants": wants}
    return View("policy/model.html", context, table_)


def _verdict(seen: Seen, v: Verdict) -> dict[str, Any]:
    asked = ", ".join(v.regimes) or (f"from {v.begins}" if v.begins else "")
    return {"control": v.control, "href": seen.url(f"/policy/controls/{v.control}"), "title": v.title,
            "status": v.status.replace("_", "-"), "level": v.level, "because": v.because, "regimes": asked,
            "records": ", ".join(v.records)}  # fmt: skip


@page("/policy/compare", may=SIGNED_IN, name="compare")
def compared(seen: Seen) -> View:
    """Show how two packs, or one pack on two days, differ in what they ask."""
    names = pack_names()
    one, other = seen.choice("one", names, "us-sr26-2"), seen.choice("other", names, "uk-ss1-23")
    found = compare(one, other, day=seen.day("day", seen.today), other_day=seen.day("other_day"))
    rows = [
        {"control": d.control, "title": d.title, "kind": d.kind, "before": d.before, "after": d.after} for d in found
    ]
    context = {"packs": names, "one": one, "other": other}
    return View("policy/compare.html", context, Table("Differences", DIFFERENCES, rows, empty="They ask the same."))


@page("/policy/impact", may=SIGNED_IN, name="impact")
def changed(seen: Seen) -> View:
    """Show which models would stand otherwise if a pack were adopted, on the models of the highest tiers first."""
    names = pack_names()
    wanted, end = seen.choice("adopt", names), seen.choice("end", names)
    some = seen.look.page("model", {"tier__gt": 0, "state__ne": "out-of-scope"}, order="tier", limit=TRIED,
                          after=seen.text("after", longest=2_000))  # fmt: skip
    models = [str(row["id"]) for row in some.rows]
    on = seen.day("on")
    found = None
    if (wanted or end or on) and models:
        change = Change((wanted,) if wanted else (), (end,) if end else (), on)
        found = impact(seen.ledger, change, models=models, day=seen.today)
    turned = [t for t in found.turns if t.subject != BANK] if found else []
    rows = [
        {"model": t.subject, "before": t.before, "after": t.after,
         "moves": "; ".join(f"{m.control} {m.before or 'not asked'} to {m.after or 'not asked'}" for m in t.moves)}
        for t in turned
    ]  # fmt: skip
    columns = tuple(Column(n, sortable=False) for n in ("model", "before", "after", "moves"))
    bank = next((t for t in found.turns if t.subject == BANK), None) if found else None
    context = {
        "packs": names, "adopt": wanted, "end": end, "on": on, "found": found, "tried": len(models), "turned": turned,
        "bank": bank, "more": bool(some.after), "may_adopt": _may_adopt(seen, wanted),
    }  # fmt: skip
    onward = some.after if found else ""
    return View("policy/impact.html", context, Table("Models whose standing changes", columns, rows, next=onward))


def _may_adopt(seen: Seen, pack: str) -> bool:
    standing_ = seen.look.get("adoption", pack) if pack else None
    held = bool(standing_) and (standing_ or {}).get("state") == "adopted"
    return bool(pack) and not held and not seen.as_of and seen.may(find_act("pack.adopted"))


@deed("/policy/adopt", may=HEADS, name="adopt-pack")
def adopted(seen: Seen, typed: dict[str, str]) -> str:
    """Adopt a built-in pack as it is."""
    confirm(seen, find_act("pack.adopted"), typed)
    pack = typed.get("pack", "")
    if pack not in pack_names():
        raise SpecError(f"There is no pack {pack[:80]!r}. The packs: {', '.join(pack_names())}.")
    adopt(seen.ledger, seen.visitor.id, pack, since=typed.get("since", ""), reason=typed.get("reason", ""),
          voluntary=bool(typed.get("voluntary")), via=seen.visitor.via)  # fmt: skip
    return "/policy"
