"""Watching: the commands that judge a model in use: propose its plan, look at it, list its alarms, report on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from secondline.cli.acting import RUNS, Actor, Json, Reason, Store, ledger_of, said, text_of, who
from secondline.cli.exits import Exit, told
from secondline.cli.monitor import STATE, Kept, Model
from secondline.cli.screen import console, gathered, grid, print_json

if TYPE_CHECKING:
    from secondline.ledger.store import Ledger
    from secondline.monitor.looking import Look
    from secondline.monitor.planning import Proposal
    from secondline.monitor.steady import Days
    from secondline.monitor.watching import Watched

TONES = {"green": "green", "amber": "yellow", "red": "bold red", "stop": "bold red", "undecided": "dim"}


def join(app: typer.Typer) -> None:
    """Add the commands to those of the monitor."""
    for name, command in (("plan", plan), ("watch", watch), ("alarms", alarms), ("report", report)):
        if name not in {c.name for c in app.registered_commands}:
            app.command(name)(command)


def plan(
    model: Model,
    run: Annotated[
        str, typer.Option("--run", help="The run whose numbers are baselines: its id, or latest; newest if left out.")
    ] = "",
    method: Annotated[str, typer.Option("--method", help="Version shipped, or your YAML file.")] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write the plan as JSON, to be edited.")
    ] = None,
    from_: Annotated[
        Path | None, typer.Option("--from", help="A JSON file: the edited plan, which is put on record as a draft.")
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Put the proposal on record as a draft, as it is.")] = False,
    reason: Reason = "",
    state: Kept = STATE,
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Propose a monitoring plan from tier, packs and validation; people edit it and the second line approves it."""
    with told():
        import json

        from secondline.monitor.planning import dealt_anew, propose
        from secondline.workflow.write import write_whole

        ledger = ledger_of(store)
        days = _days(state, model)
        found = propose(ledger, model, run=run, method=method, days=days)
        form = dealt_anew(_read(from_)) if from_ else dict(found.form)
        if output:
            write_whole(output, (json.dumps(form, indent=2, ensure_ascii=False) + "\n").encode())
        if draft or from_:
            said(_filed(ledger, model, form, who(actor), reason), as_json=as_json)
        elif as_json:
            print_json({"form": form, "because": dict(found.because), "left_out": dict(found.left_out)})
        else:
            _proposed(found, tried=days is not None)


def _days(state: str, model: str) -> Days | None:
    """Return the model's reference by day where it is watched; nothing is made where there is no state."""
    from secondline.monitor.state import FILE, State
    from secondline.monitor.steady import days_of
    from secondline.monitor.watched import all_watched, watched

    if "://" not in state and not (Path(state) / FILE).exists():
        return None
    opened = State.open(state)
    try:
        return days_of(opened, watched(opened, model)) if model in all_watched(opened) else None
    finally:
        opened.close()


def _read(path: Path) -> dict[str, Any]:
    import json

    from secondline.core.errors import SpecError

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpecError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from error
    except ValueError as error:
        raise SpecError(f"{str(path)!r} is no JSON: {error}. Write one with --output and edit it.") from error
    if not isinstance(found, dict):
        raise SpecError(f"{str(path)!r} holds no plan. Write one with --output and edit it.")
    return found


def _filed(ledger: Ledger, model: str, form: dict[str, Any], actor: str, reason: str) -> dict[str, Any]:
    """Draft the plan, or revise the one that is there."""
    there = [p for state in ("draft", "approved") for p in ledger.records.find("monitoring", model=model, state=state)]
    if there:
        return ledger.act("monitoring.revised", actor, str(there[-1]["id"]), form, reason=reason, via="cli").doc
    return ledger.act("monitoring.drafted", actor, "", form, reason=reason, via="cli").doc


def _proposed(found: Proposal, *, tried: bool) -> None:
    table = grid("metric", "basis", "each", ">lag", ">amber", ">red", "*at red")
    why: list[tuple[str, str]] = []
    for line in found.form["metrics"]:
        key = " ".join(filter(None, (line["metric"].replace(":", " "), "" if line.get("basis", "known") == "known"
                                     else line["basis"])))  # fmt: skip
        table.add_row(
            escape(line["metric"]), line.get("basis", "known"), line["frequency"], str(line.get("lag_days", 0)),
            *(f"{line[n]:.4g}" if line.get(n) is not None else "-" for n in ("amber", "red")),
            escape(line.get("action", "")),
        )  # fmt: skip
        why.append((line["metric"], found.because.get(key, "")))
    console().print(table)
    gathered("because", why)
    for name, left in found.left_out.items():
        console().print(f"[dim]left out[/] {escape(name)}: {escape(left)}")
    if not tried:
        console().print(
            "[dim]No reference with times was found in the monitor's state, so no window was tried for what varies by "
            "itself. Begin with: secondline monitor start model.yaml[/]"
        )
    console().print(
        "A proposal. Write it with --output to edit it, put it on record with --from FILE (or as it is with --draft); "
        "then the second line approves it."
    )


def watch(
    model: Model,
    version: Annotated[str, typer.Option("--version", help="Version; the one in use when left out.")] = "",
    now: Annotated[str, typer.Option("--now", help="Look as of this instant (ISO, UTC) instead of now.")] = "",
    state: Kept = STATE,
    store: Store = RUNS,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Read what the plan's lines lack, judge them, and act as the plan says: exit code 1 while a red alarm is open."""
    with told():
        from secondline.monitor.lines import instant_of
        from secondline.monitor.once import look_once
        from secondline.monitor.state import State

        ledger, opened = ledger_of(store), State.open(state)
        instant = instant_of(now) if now else None
        found, troubles = look_once(ledger, opened, model, who(actor), instant, version=version)
        opened.close()
        _looked(found, troubles, as_json=as_json)
        raise typer.Exit(Exit.FAILED if found.status == "red" else Exit.PASSED)


def _looked(found: Watched, troubles: list[str], *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        print_json({
            "model": found.model, "plan": found.plan, "status": found.status, "done": asdict(found.done),
            "lines": [_plain(one) for one in found.looks], "troubles": troubles,
        })  # fmt: skip
        return
    table = grid("line", "standing", ">newest", ">windows", ">evidence")
    wants: list[tuple[str, str]] = []
    for one in found.looks:
        plain = _plain(one)
        tone = TONES[one.status]
        table.add_row(escape(plain["line"]), f"[{tone}]{one.status}[/]", escape(plain["newest"]), str(one.windows),
                      f"{one.used:.0%}")  # fmt: skip
        wants.append((plain["line"], one.wants))
    console().print(table)
    gathered("to decide it takes", wants)
    for what, ids in asdict(found.done).items():
        if ids:
            console().print(f"[bold]{what}[/] {escape(', '.join(ids))}")
    for trouble in troubles:
        console().print(f"[yellow]not read[/] {escape(trouble)}")
    console().print(f"{escape(found.model)} is [{TONES[found.status]}]{found.status}[/] by {found.plan}.")


def _plain(one: Look) -> dict[str, Any]:
    from secondline.monitor.reporting import said as in_words

    metric = one.line.metric
    return {
        "line": one.line.key.replace("|known", "").replace("|", " ").strip(), "metric": metric.metric,
        "slice": metric.slice, "basis": metric.basis, "status": one.status, "p_value": one.p_value,
        "newest": in_words(one.shown) if one.shown else "-", "windows": one.windows, "restated": one.restated,
        "evidence": one.used, "to_decide": one.wants,
    }  # fmt: skip


def alarms(
    model: Annotated[str, typer.Argument(help="The model; all when left out.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    store: Store = RUNS,
    as_json: Json = False,
) -> None:
    """List the alarms that are open, the oldest first."""
    with told():
        from secondline.govern.watching import OPEN

        facets = {"model": model} if model else {}
        found = [a for a in ledger_of(store).records.find("alarm", **facets) if every or a["state"] in OPEN]
        if as_json:
            print_json(found)
            return
        table, said_of = (
            grid("id", "level", "state", "model", "metric", "decide by", "owner"),
            grid("id", "raised", "*what"),
        )
        for a in found:
            metric = " ".join(filter(None, (a["metric"], a.get("slice", ""))))
            table.add_row(a["id"], f"[{TONES[a['level']]}]{a['level']}[/]", a["state"], escape(a["model"]),
                          escape(metric), text_of(a.get("due")), text_of(a.get("owner")))  # fmt: skip
            said_of.add_row(a["id"], a["opened"], escape(a.get("note", "")))
        console().print(table if found else "No alarm is open.")
        if found:
            console().print()
            console().print(said_of)


def report(
    model: Model,
    period: Annotated[str, typer.Option("--period", help="2026-Q3, 2026-07, 2026-H1, 2026, or DAY..DAY.")],
    to: Annotated[Path, typer.Option("--to", help="A file ending in .html, .docx or .pdf.")] = Path("monitoring.html"),
    template: Annotated[Path | None, typer.Option("--template", help="A Word template that restyles the DOCX.")] = None,
    state: Kept = STATE,
    store: Store = RUNS,
) -> None:
    """Write the monitoring report of a period: its conclusion is left to a person."""
    with told():
        from secondline.monitor.memory import Lasting
        from secondline.monitor.periods import period as read
        from secondline.monitor.reporting import draft
        from secondline.monitor.state import State
        from secondline.monitor.telling import told as gathered
        from secondline.workflow.write import rendered, write_whole

        ledger, chosen = ledger_of(store), read(period)
        opened = State.open(state)
        entry = ledger.records.need("model", model)
        found = gathered(ledger.records, entry, opened.readings(model), Lasting(opened), since=chosen.first,
                         until=chosen.last, version=str(entry.get("version_in_use") or ""))  # fmt: skip
        write_whole(to, rendered(draft(found, ledger.records, chosen, ledger.today), to.suffix.lower(), template))
        opened.close()
        console().print(f"Wrote {escape(str(to))}: {len(found.lines)} lines, {len(found.alarms)} alarms.")
