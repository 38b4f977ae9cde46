"""Policy: adopt regimes, see coverage, compare packs, see what would change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondline.cli.acting import RUNS, Json, Store
from secondline.cli.exits import Exit, told

if TYPE_CHECKING:
    from secondline.ledger.store import Ledger

app = typer.Typer(help="Adopt regimes, see coverage, compare packs, see what would change.", no_args_is_help=True)

Actor = Annotated[str, typer.Option("--actor", help="Who acts.", envvar="SECONDLINE_ACTOR")]
Day = Annotated[str, typer.Option("--as-of", help="The day to look at, such as 2026-05-01; today if left out.")]
Packs = Annotated[list[str] | None, typer.Option("--pack", help="A pack, or a pack file. Repeatable.")]
Set = Annotated[list[str] | None, typer.Option("--set", help="A parameter, such as MRM-VAL-08:months=12. Repeatable.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the record.")]
Pack = Annotated[str, typer.Argument(help="A pack that comes with secondline, or a pack file.", show_default=False)]


def _ledger(store: Path) -> Ledger:
    import secondline.govern.records  # noqa: F401 - enters the records and acts in the law
    from secondline.ledger.store import Ledger

    return Ledger.open(store)


@app.command()
def packs(store: Store = RUNS, as_of: Day = "", as_json: Json = False) -> None:
    """List the packs, with their dates, and which of them the bank has adopted."""
    with told():
        from secondline.cli.policies import show_packs
        from secondline.workflow.policy import adoptions, checked_day

        held = adoptions(_ledger(store).as_of(checked_day(as_of))) if store.exists() else []
        show_packs(held, checked_day(as_of), as_json=as_json)


@app.command()
def controls(as_of: Day = "", as_json: Json = False) -> None:
    """List the controls of the catalogue, with the documents that ask for each on a day."""
    with told():
        from secondline.cli.policies import show_controls
        from secondline.workflow.policy import checked_day

        show_controls(checked_day(as_of), as_json=as_json)


@app.command()
def show(
    control: Annotated[str, typer.Argument(help="A control, such as MRM-VAL-01.", show_default=False)],
    as_of: Day = "",
    as_json: Json = False,
) -> None:
    """Show one control: what it asks, how it is decided, and who asked for it on a day."""
    with told():
        from secondline.cli.policies import show_control
        from secondline.policy.catalogue import find_control
        from secondline.workflow.policy import checked_day

        show_control(find_control(control), checked_day(as_of), as_json=as_json)


@app.command()
def requires(pack: Packs = None, as_of: Day = "", as_json: Json = False) -> None:
    """Say what packs require on a day, and what they will require later."""
    with told():
        from secondline.cli.policies import show_demands
        from secondline.core.errors import SpecError
        from secondline.workflow.policy import checked_day, required

        if not pack:
            raise SpecError("Say which pack (--pack uk-ss1-23). `secondline policy packs` lists them.")
        show_demands(pack, required(pack, as_of), checked_day(as_of), as_json=as_json)


@app.command()
def adopt(
    pack: Pack,
    store: Store = RUNS,
    actor: Actor = "",
    since: Annotated[str, typer.Option("--since", help="First day it applies; today if left out.")] = "",
    voluntary: Annotated[
        bool, typer.Option("--voluntary", help="Hold to it also outside the dates it is in force.")
    ] = False,
    parameters: Set = None,
    reason: Reason = "",
) -> None:
    """Adopt a pack for the bank, or change how it is adopted."""
    with told():
        from secondline.cli.policies import settings
        from secondline.cli.screen import console
        from secondline.workflow import policy

        done = policy.adopt(
            _ledger(store), actor, pack, since=since, voluntary=voluntary, parameters=settings(parameters or ()),
            reason=reason, via="cli",
        )  # fmt: skip
        console().print(f"Adopted {done.id} {done.doc['version']} since {done.doc['since']} (event {done.event.seq}).")


@app.command()
def end(
    pack: Annotated[str, typer.Argument(help="An adopted pack.", show_default=False)],
    store: Store = RUNS,
    actor: Actor = "",
    until: Annotated[str, typer.Option("--until", help="Last day it applies; today if left out.")] = "",
    reason: Reason = "",
) -> None:
    """End an adoption."""
    with told():
        from secondline.cli.screen import console
        from secondline.workflow import policy

        done = policy.end_adoption(_ledger(store), actor, pack, until=until, reason=reason, via="cli")
        console().print(f"{done.id} applies until {done.doc['until']} (event {done.event.seq}).")


@app.command()
def status(
    model: Annotated[str, typer.Argument(help="A model, or `bank`.", show_default=False)],
    store: Store = RUNS,
    as_of: Day = "",
    pack: Packs = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is met, does not apply or is to come.")] = False,
    as_json: Json = False,
) -> None:
    """Show where each control stands for one model, or for the bank; exit code 1 when one that blocks is not met."""
    with told():
        from secondline.cli.policies import show_status
        from secondline.policy.coverage import BANK, standing
        from secondline.workflow.policy import coverage

        models = () if model == BANK else (model,)
        found = coverage(_ledger(store), day=as_of, models=models, packs=pack or (), bank=model == BANK)
        show_status(found, model, everything=everything, as_json=as_json)
        blocked = standing(found.matrix[model].values()) == "blocked"
    raise typer.Exit(Exit.FAILED if blocked else Exit.PASSED)


@app.command()
def coverage(
    store: Store = RUNS,
    as_of: Day = "",
    pack: Packs = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write control by model to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Show where all models and the bank stand, by pack; write the whole matrix with --csv or --json."""
    with told():
        from secondline.cli.policies import show_coverage
        from secondline.workflow import policy

        show_coverage(policy.coverage(_ledger(store), day=as_of, packs=pack or ()), csv, as_json=as_json)


@app.command()
def diff(
    one: Pack,
    other: Annotated[str, typer.Argument(help="Another pack or file; the same one when left out.")] = "",
    as_of: Day = "",
    other_as_of: Annotated[str, typer.Option("--other-as-of", help="The day for the second.")] = "",
    as_json: Json = False,
) -> None:
    """Compare what two packs ask, or two versions of one, or one pack on two days."""
    with told():
        from secondline.cli.policies import show_differences
        from secondline.workflow.policy import compare

        show_differences(compare(one, other or one, day=as_of, other_day=other_as_of), as_json=as_json)


@app.command()
def impact(
    store: Store = RUNS,
    adopt: Annotated[list[str] | None, typer.Option("--adopt", help="A pack to adopt. Repeatable.")] = None,
    end: Annotated[list[str] | None, typer.Option("--end", help="An adopted pack to end. Repeatable.")] = None,
    on: Annotated[str, typer.Option("--on", help="The day on which to look, such as 2027-05-01.")] = "",
    parameters: Set = None,
    as_of: Day = "",
    as_json: Json = False,
) -> None:
    """Say which models would change status if a pack were adopted or ended, on another day, or with other numbers."""
    with told():
        from secondline.cli.policies import settings, show_impact
        from secondline.workflow import policy

        change = policy.Change(tuple(adopt or ()), tuple(end or ()), on, settings(parameters or ()))
        show_impact(policy.impact(_ledger(store), change, day=as_of), as_json=as_json)


@app.command()
def check(pack: Pack) -> None:
    """Check a pack file: its keys, conditions and examples; exit code 1 when an example does not come out as stated."""
    with told():
        from secondline.cli.policies import show_trials
        from secondline.workflow.policy import tried

        wrong = show_trials(tried(pack))
    raise typer.Exit(Exit.FAILED if wrong else Exit.PASSED)


@app.command()
def template() -> None:
    """Print the pack to start your own standard from."""
    with told():
        from secondline.policy.packs import pack_text

        typer.echo(pack_text("house"), nl=False)
