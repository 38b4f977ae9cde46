"""The live demo on the terminal: a model from development to a breach in use, told day by day."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from secondline.cli.exits import told

if TYPE_CHECKING:
    from secondline.cli.screen import Screen
    from secondline.ledger.store import Ledger
    from secondline.monitor.watching import Watched
    from secondline.operate.live.feed import Day
    from secondline.operate.live.story import Setting, Told

LIVE = Path("demo") / "live"
TONES = {"green": "green", "amber": "yellow", "red": "bold red", "undecided": "dim"}
DEEDS = {
    "raised": "raises", "findings": "drafts", "passes": "restricts", "triggers": "calls for", "escalated": "escalates",
    "calmed": "sees calm in", "closed": "closes", "refused": "may not",
}  # fmt: skip


def live(
    folder: Annotated[Path, typer.Argument(help="A new folder for all of it.")] = LIVE,
    days: Annotated[int, typer.Option(min=1, max=119, help="Days of payments; fraud changes after 45.")] = 100,
    look_every: Annotated[int, typer.Option("--look-every", min=1, help="Days between looks of the monitor.")] = 2,
    pace: Annotated[float, typer.Option(min=0, help="Seconds a day takes at least, for people who watch.")] = 0.0,
    once: Annotated[bool, typer.Option("--once", help="End when the days are over, without serving on.")] = False,
    no_pages: Annotated[bool, typer.Option("--no-pages", help="Do not open the web pages.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Tell it again over a live demo that is there.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port of the pages.")] = 8400,
    gateway_port: Annotated[int, typer.Option("--gateway-port", min=1, max=65_535, help="Port of the gateway.")] = 8500,
) -> None:
    """Develop, validate, approve, serve and watch a card-fraud model while fraud changes and labels come late."""
    with told():
        from secondline.cli.screen import Screen
        from secondline.operate.live import story
        from secondline.samples.cardstream import draw

        screen = Screen()
        _room(folder, fresh=fresh)
        setting = story.Setting(
            folder=folder, days=days, look_every=look_every, scene=story.today_is_last(days), gateway_port=gateway_port,
            pages_port=port, pages=not no_pages,
        )  # fmt: skip
        with screen.progress() as progress:
            spec, ledger, clock = story.begin(setting, progress)
        _approved(screen, ledger)
        drawn = draw(setting.scene)
        with story.running(setting, lambda text: screen.say(f"[dim]{escape(text)}[/]")) as client:
            if setting.pages:
                _links(screen, ledger, port)
            teller = _Teller(screen, pace)
            happened = story.play(setting, spec, ledger, clock, drawn, client, teller.tell)
            _end(screen, ledger, setting, happened)
            if setting.pages and not once:
                screen.say("The pages and the gateway stay up.  (Ctrl+C stops them)")
                _until_interrupted()


def _room(folder: Path, *, fresh: bool) -> None:
    from secondline.core.errors import SpecError
    from secondline.operate.live.story import MARK

    if not (folder.exists() and any(folder.iterdir())):
        return
    if not (folder / MARK).exists():
        raise SpecError(f"{str(folder)!r} is not empty and no live demo. Name a new folder.")
    if not fresh:
        raise SpecError(f"There is a live demo in {str(folder)!r}. Say --fresh to tell it again, or name a new folder.")
    shutil.rmtree(folder)


def _approved(screen: Screen, ledger: Ledger) -> None:
    from secondline.operate.live.story import MODEL

    look = ledger.records
    approval, issued = look.find("approval", model=MODEL)[-1], look.find("pass", model=MODEL)[-1]
    validation = look.find("validation", model=MODEL)[-1]
    screen.say(
        f"[bold]{MODEL}@{issued['version']}[/] validated ({validation['id']}, opinion {validation['opinion']} of 4), "
        f"approved by {', '.join(s['person'] for s in approval['signatures'])} ({approval['id']}), "
        f"pass {issued['id']} until {issued['expires']}"
    )


def _links(screen: Screen, ledger: Ledger, port: int) -> None:
    from secondline.core.errors import MissingExtra
    from secondline.ledger.access import Access

    try:
        from secondline.web.tokens import invitation
    except ImportError as error:
        raise MissingExtra.needs("Signing in", "web") from error
    access = Access.of(ledger)
    screen.say("\nEach link lets one person set a password, once, within three days:")
    for person, what in (("mira", "leads model risk"), ("olga", "owns the model"), ("vera", "validates")):
        address = f"http://127.0.0.1:{port}{invitation(ledger, access, person, time.time())}"
        screen.out.print(f"{person:<6} {what:<18} {address}", soft_wrap=True)
    screen.say(f"then watch [bold]http://127.0.0.1:{port}/monitoring[/]\n")


class _Teller:
    """Says a line for each look, and one for whatever was done."""

    def __init__(self, screen: Screen, pace: float) -> None:
        self.screen, self.pace, self.number = screen, pace, 0
        self.began = time.monotonic()

    def tell(self, day: Day, found: Watched | None) -> None:
        """Say what became of a day, and wait for the next if people watch."""
        self.number += 1
        if found is not None:
            self._line(day, found)
        rest = self.number * self.pace - (time.monotonic() - self.began)
        if rest > 0:
            time.sleep(rest)

    def _line(self, day: Day, found: Watched) -> None:
        date = datetime.fromtimestamp((day.until - 1) / 1e6, UTC).date()
        tone = TONES[found.status]
        self.screen.say(
            f"day {self.number:>3}  {date}  {day.sent:>5,} payments  {day.declined:>3} stopped  {day.reviewed:>3} to a "
            f"person  {day.controlled:>3} control  {day.labels:>4} labels  [{tone}]{found.status}[/]"
        )
        for what, which in _deeds(found):
            self.screen.say(f"         [bold]the monitor {what}[/] {escape(which)}")


def _deeds(found: Watched) -> list[tuple[str, str]]:
    from dataclasses import asdict

    done = {name: ids for name, ids in asdict(found.done).items() if ids}
    return [(DEEDS.get(name, name), ", ".join(map(str, ids))) for name, ids in done.items() if DEEDS.get(name, name)]


def _end(screen: Screen, ledger: Ledger, setting: Setting, happened: Told) -> None:
    from secondline.cli.screen import grid
    from secondline.operate.live.story import seen
    from secondline.operate.live.summary import restated

    held = seen(ledger)
    total = sum(day.sent for day in happened.days)
    screen.say(
        f"\n{total:,} payments decided, {sum(day.labels for day in happened.days):,} labels came, most of them late."
    )
    for trouble in dict.fromkeys(happened.troubles):
        screen.say(f"[yellow]not read[/] {escape(trouble)}")
    _table(screen, held)
    table = grid("window", ">first known", ">known later", ">share known", ">projected")
    for row in restated(setting.folder / "state"):
        table.add_row(*row)
    if table.row_count:
        screen.say("\nShare of payments that were fraud, as it was known at first, later, and as it is thought to end:")
        screen.out.print(table)
    screen.say(
        f"\nReport:   secondline monitor report card-fraud --store {setting.records}"
        f"\nReplay:   secondline replay DECISION --config {setting.folder / 'gateway.yaml'}"
        f"\nVerify:   secondline ledger verify --store {setting.records}"
    )


def _table(screen: Screen, held: dict[str, Any]) -> None:
    from secondline.cli.screen import grid

    table = grid("alarm", "level", "*metric", "raised", "finding", "*what was seen")
    for one in held["alarms"]:
        table.add_row(one["id"], f"[{TONES.get(one['level'], 'red')}]{one['level']}[/]", escape(one["metric"]),
                      one["opened"], one.get("finding", "-"), escape(one.get("note", "")))  # fmt: skip
    screen.out.print(table if held["alarms"] else "No alarm was raised.")
    for one in held["passes"]:
        limits = "; ".join(_said(limit) for limit in one.get("limits", ()))
        screen.say(f"pass {one['id']} is [bold]{one['state']}[/]{': ' + escape(limits) if limits else ''}")


def _said(condition: dict[str, Any]) -> str:
    from secondline.govern.conditions import said

    return said(condition)


def _until_interrupted() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
