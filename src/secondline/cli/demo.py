"""The demo commands: two credit models from open data to reports, a bank, an assistant, and a model alive in use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from secondline.cli.demo_genai import genai
from secondline.cli.exits import told
from secondline.cli.live import live

if TYPE_CHECKING:
    from secondline.workflow.estate.build import Built

ESTATE = Path("demo") / "estate"
ADDRESS = "http://127.0.0.1:8400"


class _Demo(TyperGroup):
    """A group whose own name alone tells the stories: `secondline demo` is `secondline demo studies`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take whatever is no command as meant for the stories."""
        first = args[0] if args else ""
        known = {*self.commands, *ctx.help_option_names}
        return super().parse_args(ctx, args if first in known else ["studies", *args])


app = typer.Typer(
    cls=_Demo, help="See it alive: credit models from data to reports, a fraud model in use, an assistant, or a bank."
)


@app.command()
def studies(
    folder: Annotated[Path, typer.Argument(help="Where to put the demo.")] = Path("demo"),
    quick: Annotated[bool, typer.Option("--quick", help="Only the first story, HTML only.")] = False,
) -> None:
    """Develop two real credit models on open data, validate the champion, and write the reports."""
    with told():
        run_demo(folder, quick=quick)


def run_demo(folder: Path, *, quick: bool) -> None:
    """Develop the demo's models in *folder*, validate each study and say where the reports are."""
    from secondline.cli.screen import Screen
    from secondline.cli.validating import run_validation
    from secondline.workflow.demo import prepare

    screen = Screen()
    with screen.progress() as progress:
        prepared = prepare(folder, progress)
    for spec in prepared[:1] if quick else prepared:
        screen.say(f"\n[bold]secondline validate {spec}[/]\n")
        run_validation(spec, None, ("html",) if quick else ("html", "docx", "pdf"), None, screen, "demo")
    screen.say("\nOpen the report.html above in a browser; every number leads to its evidence.")


app.command()(live)
app.command()(genai)


@app.command()
def estate(
    store: Annotated[Path, typer.Option("--store", help="A new folder for the bank's records.")] = ESTATE,
    fresh: Annotated[bool, typer.Option("--fresh", help="Build again over an example bank that is there.")] = False,
    sign_in: Annotated[
        bool, typer.Option("--sign-in", help="Make one-time links to sign in as several people of the bank.")
    ] = False,
) -> None:
    """Build an example bank: two years of some sixty models, lived through by its own people."""
    with told():
        from secondline.cli.screen import Screen
        from secondline.workflow.estate.build import build_estate, is_estate, today

        screen = Screen()
        if not (sign_in and not fresh and is_estate(store)):
            with screen.progress() as progress:
                built = build_estate(store, today(), progress, fresh=fresh)
            _tell(screen.say, store, built)
        if sign_in:
            _links(screen.out.print, store)
        screen.say(f"\nOpen it:        [bold]secondline up --store {store}[/]")
        if not sign_in:
            screen.say(f"Sign in:        [bold]secondline demo estate --sign-in --store {store}[/]  (one-time links)")
            screen.say(f"or, one by one: [bold]secondline person password NAME --store {store}[/]")


def _tell(say: Any, store: Path, built: Built) -> None:
    say(f"Harbour Bank is in [bold]{store}[/]: {built.models} models, {built.people} people, {built.events:,} events.")
    say(f"{built.refused} acts were refused on the way, all of them on record: nobody approved their own work.")


def _links(say: Any, store: Path) -> None:
    import time

    from secondline.core.errors import MissingExtra
    from secondline.ledger.access import Access
    from secondline.ledger.store import Ledger
    from secondline.workflow.estate.people import CAST

    try:
        from secondline.web.tokens import invitation
    except ImportError as error:
        raise MissingExtra.needs("Signing in", "web") from error
    ledger = Ledger.open(store)
    access = Access.of(ledger)
    say("\nEach link lets one person set a password, once, within three days:")
    for person, what in CAST.items():
        say(f"{person:<16} {what}")
        say(f"  {ADDRESS}{invitation(ledger, access, person, time.time())}", soft_wrap=True)
