"""How policy is shown on the screen: packs, controls, coverage, differences, impact."""

from __future__ import annotations

import csv as csv_
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from secondline.cli.screen import console, grid, print_json
from secondline.core.errors import SpecError
from secondline.policy.catalogue import Control, controls
from secondline.policy.coverage import BANK, Demand, Held, Verdict, demands, standing
from secondline.policy.impact import Difference
from secondline.policy.packs import pack_names, read_pack
from secondline.policy.plain import (
    COLUMNS,
    control_plain,
    demand_plain,
    difference_plain,
    rows,
    turn_plain,
    verdict_plain,
)

if TYPE_CHECKING:
    from secondline.policy.trials import Trial
    from secondline.workflow.policy import Coverage, Impact

TONES = {"met": "green", "not_met": "bold red", "waived": "yellow", "undecided": "yellow", "not_applicable": "dim"}
STANDING = {"in order": "green", "undecided": "yellow", "gaps": "red", "blocked": "bold red"}


def settings(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return parameters stated as ``CONTROL:name=value``.

    Raises:
        SpecError: one is not of that form.
    """
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        control, colon, rest = text.partition(":")
        name, equals, value = rest.partition("=")
        if not (colon and equals and control and name and value):
            raise SpecError(f"--set takes CONTROL:name=value, such as MRM-VAL-08:months=12; got {text!r}.")
        found.setdefault(control, {})[name] = _value(value)
    return found


def _value(text: str) -> Any:
    if text in {"true", "false"}:
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _tone(status: str) -> str:
    return f"[{TONES.get(status, 'dim')}]{status.replace('_', ' ') or 'not asked'}[/]"


def show_packs(held: Sequence[Held], day: str, *, as_json: bool) -> None:
    """Print the packs, those of the bank itself included."""
    adopted = {h.pack.id: h for h in held}
    packs = [read_pack(name) for name in pack_names()] + [h.pack for h in held if h.pack.id not in pack_names()]
    facts = []
    for pack in packs:
        asked = demands([Held(pack, pack.effective_from)], day)
        mine = adopted.get(pack.id)
        facts.append({
            "id": pack.id, "version": pack.version, "title": pack.title, "regime": pack.regime,
            "from": pack.effective_from, "to": pack.effective_to or "", "superseded_by": pack.superseded_by or "",
            "verify_by": pack.verify_by or "", "controls": sum(d.now for d in asked.values()),
            "upcoming": sum(not d.now for d in asked.values()), "limits": len(pack.limits),
            "adopted_since": mine.since if mine else "", "voluntary": bool(mine and mine.voluntary),
        })  # fmt: skip
    if as_json:
        print_json({"day": day, "packs": facts})
        return
    table = grid("pack", "*title", "*in force", ">controls", ">to come", ">limits", "*adopted")
    for fact in facts:
        dates = f"{fact['from']} to {fact['to']}" if fact["to"] else f"since {fact['from']}"
        since = f"since {fact['adopted_since']}" if fact["adopted_since"] else ""
        counts = (str(fact["controls"]), str(fact["upcoming"]), str(fact["limits"]))
        table.add_row(str(fact["id"]), escape(str(fact["title"])), dates, *counts, since)
    console().print(table)
    console().print(f"Controls as of {day}.")


def show_controls(day: str, *, as_json: bool) -> None:
    """Print the catalogue."""
    if as_json:
        print_json([control_plain(control, day) for control in controls().values()])
        return
    table = grid("control", "*title", "about", "level", "*asked by")
    for control in controls().values():
        docs = ", ".join(dict.fromkeys(c.doc for c in control.clauses(day))) or "[dim]nobody on this day[/]"
        table.add_row(control.id, escape(control.title), control.about, control.level, docs)
    console().print(table)
    console().print(f"{len(controls())} controls, as of {day}.")


def show_control(control: Control, day: str, *, as_json: bool) -> None:
    """Print one control and where its clauses stand on a day."""
    if as_json:
        print_json(control_plain(control, day))
        return
    out = console()
    out.print(f"[bold]{control.id}[/]  {escape(control.title)}   [dim]about the {control.about}; {control.level}[/]")
    if control.intent:
        out.print(escape(control.intent))
    table = grid("document", "clause", "force", "tag", f"*on {day}")
    for clause in control.sources:
        tone = "green" if clause.in_force(day) else "dim"
        table.add_row(clause.doc, clause.clause, clause.force, clause.tag, f"[{tone}]{clause.standing(day)}[/]")
    out.print(table)
    if not control.clauses(day):
        out.print(f"[yellow]Nobody required this on {day}.[/]")
    lines = (
        ("applies when", control.applies), ("met when", control.check), ("shown by", control.satisfied_by),
        ("if not", control.fix), ("or instead", ", ".join(control.alternatives)),
        ("parameters", ", ".join(f"{k} = {v}" for k, v in control.params.items())),
        ("checks of a run", ", ".join(control.checks)),
    )  # fmt: skip
    for name, text in lines:
        if text:
            out.print(f"[dim]{name}[/]  {escape(text)}")


def show_demands(packs: Sequence[str], found: Mapping[str, Demand], day: str, *, as_json: bool) -> None:
    """Print what packs require."""
    if as_json:
        print_json({"day": day, "controls": [demand_plain(d, day) for d in found.values()]})
        return
    for pack in map(read_pack, packs):
        if pack.effective_to and pack.effective_to < day:
            after = f"; {pack.superseded_by} took its place" if pack.superseded_by else ""
            console().print(f"[dim]note[/] Pack {pack.id} was in force until {pack.effective_to}{after}.")
    table = grid("control", "*title", "level", "*clauses", "*standing")
    for demand in found.values():
        clauses = "; ".join(dict.fromkeys(f"{c.text} ({c.force}, {c.tag})" for a in demand.by for c in a.clauses))
        when = "[green]required[/]" if demand.now else f"[dim]not yet in force (from {demand.begins})[/]"
        table.add_row(demand.control.id, escape(demand.control.title), demand.level, escape(clauses), when)
    console().print(table)
    now = sum(d.now for d in found.values())
    console().print(f"{now} controls required on {day}; {len(found) - now} to come.")


def _shown(verdict: Verdict, *, everything: bool) -> bool:
    return everything or (verdict.counts and verdict.status in {"not_met", "undecided", "waived"})


def show_status(found: Coverage, model: str, *, everything: bool, as_json: bool) -> None:
    """Print where each control stands for one model."""
    row = found.matrix[model]
    stands = standing(row.values())
    if as_json:
        verdicts = [verdict_plain(v, found.day) for v in row.values()]
        print_json({"day": found.day, "subject": model, "standing": stands, "packs": list(found.packs),
                    "notes": list(found.notes), "controls": verdicts})  # fmt: skip
        return
    out = console()
    _notes(found.notes)
    out.print(f"[bold]{escape(model)}[/] on {found.day}: [{STANDING[stands]}]{stands}[/]  ({', '.join(found.packs)})")
    table = grid("control", "*title", "status", "level", "*asked by", "*because")
    for verdict in row.values():
        if _shown(verdict, everything=everything):
            clauses = "; ".join(dict.fromkeys(c.text for a in verdict.by for c in a.clauses))
            asked = clauses if verdict.counts else f"{clauses}: from {verdict.begins}"
            status = _tone(verdict.status)
            table.add_row(verdict.control, escape(verdict.title), status, verdict.level, asked, escape(verdict.because))
    out.print(table)
    _counts(row.values())


def _counts(verdicts: Iterable[Verdict]) -> None:
    counted = list(verdicts)
    now = [v for v in counted if v.counts]
    said = ", ".join(f"{sum(v.status == s for v in now)} {s.replace('_', ' ')}" for s in TONES)
    console().print(f"{said}; {len(counted) - len(now)} to come.")


def _notes(notes: Iterable[str]) -> None:
    for note in notes:
        console().print(f"[dim]note[/] {escape(note)}")


def show_coverage(found: Coverage, csv: Path | None, *, as_json: bool) -> None:
    """Print where everything stands, and write the matrix where asked."""
    if csv is not None:
        with csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv_.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows(found.matrix))
    if as_json:
        matrix = {name: [verdict_plain(v, found.day) for v in row.values()] for name, row in found.matrix.items()}
        print_json({"day": found.day, "packs": list(found.packs), "notes": list(found.notes), "matrix": matrix})
        return
    _notes(found.notes)
    out = console()
    table = grid("pack", ">met", ">not met", ">waived", ">undecided", ">does not apply", ">to come", "from")
    for tally in found.tallies():
        numbers = [tally.counts[s] for s in ("met", "not_met", "waived", "undecided", "not_applicable")]
        table.add_row(tally.pack, *map(str, numbers), str(tally.upcoming), tally.begins)
    out.print(table)
    models = grid("*model", "standing", ">not met", ">undecided", ">waived")
    for name, row in found.matrix.items():
        now = [v for v in row.values() if v.counts]
        stands = standing(now)
        counts = [sum(v.status == s for v in now) for s in ("not_met", "undecided", "waived")]
        models.add_row(escape(name), f"[{STANDING[stands]}]{stands}[/]", *map(str, counts))
    out.print(models)
    out.print(f"{len(found.matrix) - (BANK in found.matrix)} models on {found.day}."
              + (f" The matrix is in {escape(str(csv))}." if csv else ""))  # fmt: skip


def show_differences(found: Sequence[Difference], *, as_json: bool) -> None:
    """Print how two sets of demands differ."""
    if as_json:
        print_json([difference_plain(d) for d in found])
        return
    table = grid("control", "*title", "what", "*before", "*after")
    for d in found:
        table.add_row(d.control, escape(d.title), d.kind, escape(d.before), escape(d.after))
    console().print(table if found else "They ask for the same.")


def show_impact(found: Impact, *, as_json: bool) -> None:
    """Print what would change."""
    if as_json:
        print_json({"day": found.day, "notes": list(found.notes), "asked": [difference_plain(d) for d in found.asked],
                    "turns": [turn_plain(t) for t in found.turns]})  # fmt: skip
        return
    _notes(found.notes)
    out = console()
    kinds = {kind: sum(d.kind == kind for d in found.asked) for kind in ("added", "removed")}
    out.print(f"On {found.day}: {kinds['added']} controls more, {kinds['removed']} fewer, "
              f"{len(found.asked) - sum(kinds.values())} other changes in what is asked.")  # fmt: skip
    table = grid("*model", "standing", "would be", ">newly not met", ">newly undecided", "*controls not met")
    for turn in found.turns:
        fresh = [m.control for m in turn.moves if m.after == "not_met"]
        open_ = sum(m.after == "undecided" for m in turn.moves)
        named = ", ".join(fresh[:4]) + (f" and {len(fresh) - 4} more" if len(fresh) > 4 else "")  # noqa: PLR2004 - one line
        ends = (f"[{STANDING[turn.before]}]{turn.before}[/]", f"[{STANDING[turn.after]}]{turn.after}[/]")
        table.add_row(escape(turn.subject), *ends, str(len(fresh)), str(open_), named)
    out.print(table if found.turns else "No model would stand otherwise.")
    changed = sum(t.before != t.after for t in found.turns)
    out.print(f"{changed} would change standing; {len(found.turns)} have a control that stands otherwise.")


def show_trials(trials: Sequence[Trial]) -> int:
    """Print the examples that do not come out as stated; return how many there are."""
    wrong = [t for t in trials if not t.right]
    for trial in wrong:
        console().print(f"[bold red]{trial.control}[/] example {trial.number} ({trial.case}): {escape(trial.said)}")
    console().print(f"{len(trials) - len(wrong)} of {len(trials)} examples come out as stated.")
    return len(wrong)
