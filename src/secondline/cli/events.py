"""Commands of `secondline events`: look into the stream, feed it, and mend what could not be taken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, cast

import typer
from rich.markup import escape

from secondline.cli.acting import RUNS, Json, Store
from secondline.cli.events_shown import letters_table, show_lag, show_letter, show_tail
from secondline.cli.exits import Exit, told
from secondline.cli.screen import Screen, console, print_json

if TYPE_CHECKING:
    from secondline.events.dead import DeadLetters
    from secondline.events.log import Log

app = typer.Typer(help="Look into the stream of events, and feed it.", no_args_is_help=True)
dead_app = typer.Typer(help="Look at events that could not be taken, and try them again.", no_args_is_help=True)
app.add_typer(dead_app, name="dead")

Url = Annotated[
    str,
    typer.Option(
        "--log",
        help="sqlite:///FILE or kafka://HOST:PORT; events.sqlite in the store when left out.",
        envvar="SECONDLINE_LOG",
    ),
]
DECISIONS = "secondline.decisions"
GROUP = "secondline-tail"


@contextmanager
def _opened(url: str, store: Path) -> Iterator[Log]:
    from secondline.events.log import Log

    if not url:
        store.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{store / 'events.sqlite'}"
    with closing(Log.open(url)) as log:
        yield log


@contextmanager
def _dead(store: Path) -> Iterator[DeadLetters]:
    from secondline.events.dead import DeadLetters

    store.mkdir(parents=True, exist_ok=True)
    with closing(DeadLetters(store / "dead.sqlite")) as letters:
        yield letters


@app.command()
def schema(kind: Annotated[str, typer.Argument(help="A kind of event; all without it.")] = "") -> None:
    """Print the JSON Schema of one kind of event, or of all."""
    from secondline.core.errors import SpecError, near
    from secondline.events.schemas import schemas

    with told():
        found = schemas()
        known = f"Known: {', '.join(found)}."
        if kind and kind not in found:
            raise SpecError(f"There is no kind of event {kind!r}. {near(kind, found, known)}")
        print_json(found[kind] if kind else found)


@app.command()
def tail(
    topic: Annotated[str, typer.Argument(help="The topic.")] = DECISIONS,
    url: Url = "",
    store: Store = RUNS,
    most: Annotated[int, typer.Option("--most", help="Stop after this many.", min=1)] = 20,
    wait: Annotated[float, typer.Option("--wait", help="Stop when nothing has come for so many seconds.", min=0)] = 1.0,
    as_json: Json = False,
) -> None:
    """Print the oldest events of a topic and those after them; nothing is marked, so nobody else is disturbed."""
    with told(), _opened(url, store) as log:
        show_tail(log, topic, most, wait, as_json=as_json)


@app.command()
def send(
    file: Annotated[str, typer.Argument(help="A file of one event a line, or - for standard input.")] = "-",
    url: Url = "",
    store: Store = RUNS,
    rfc3339: Annotated[bool, typer.Option("--rfc3339", help="Times may be text such as 2026-11-24T10:00Z.")] = False,
    as_json: Json = False,
) -> None:
    """Append events, a JSON object a line. Lines that are no event become dead letters, and the exit code is 1."""
    from secondline.events.sending import send as sent

    with told(), _opened(url, store) as log, _dead(store) as letters, _lines(file) as lines:
        name = "standard input" if file == "-" else file
        done, bad = sent(lines, name, log, letters, rfc3339=rfc3339)
        _said({"sent": done, "dead": bad}, f"{done} sent, {bad} dead letters", as_json=as_json)
        raise typer.Exit(Exit.FAILED if bad else Exit.PASSED)


@contextmanager
def _lines(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    with Path(file).open("rb") as lines:
        yield cast("BinaryIO", lines)


@app.command()
def backfill(
    file: Annotated[Path, typer.Argument(help="A Parquet or CSV file.")],
    kind: Annotated[str, typer.Option("--kind", help="decision, label, override, investigation or snapshot.")],
    maps: Annotated[
        list[str], typer.Option("--map", help="FIELD=COLUMN; inputs, segments, shadows and values take COLUMN,COLUMN.")
    ],
    constants: Annotated[list[str] | None, typer.Option("--set", help="FIELD=VALUE, the same for every row.")] = None,
    utc: Annotated[bool, typer.Option("--utc", help="Times without a zone are UTC; else they are refused.")] = False,
    url: Url = "",
    store: Store = RUNS,
    as_json: Json = False,
) -> None:
    """Append an event for each row of a file. Rows that make none become dead letters, and the exit code is 1."""
    from secondline.events.backfill import MAPS, Plan
    from secondline.events.backfill import backfill as filled

    with told(), _opened(url, store) as log, _dead(store) as letters:
        mapped = dict(_pair(text, "--map") for text in maps)
        plan = Plan(
            cast("Any", kind),
            {name: column for name, column in mapped.items() if name not in MAPS},
            dict(_pair(text, "--set") for text in constants or []),
            {name: tuple(columns.split(",")) for name, columns in mapped.items() if name in MAPS},
            "utc" if utc else "",
        )
        with Screen(quiet=as_json).progress() as progress:
            done = filled(file, plan, log, letters, lambda rows: progress(f"{rows} rows", rows, 0))
        found = {"rows": done.rows, "events": done.events, "dead": done.dead}
        _said(found, f"{done.rows} rows: {done.events} events, {done.dead} dead letters", as_json=as_json)
        raise typer.Exit(Exit.FAILED if done.dead else Exit.PASSED)


def _pair(text: str, option: str) -> tuple[str, str]:
    from secondline.core.errors import SpecError

    name, mark, value = text.partition("=")
    if not (name and mark and value):
        raise SpecError(f"{option} needs FIELD=VALUE; got {text!r}.")
    return name, value


def _said(found: dict[str, Any], line: str, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        console().print(escape(f"{line}."))


@app.command()
def lag(
    topic: Annotated[str, typer.Argument(help="The topic.")],
    group: Annotated[str, typer.Argument(help="The group of readers.")],
    url: Url = "",
    store: Store = RUNS,
    as_json: Json = False,
) -> None:
    """Show how far a group of readers is behind, by partition."""
    with told(), _opened(url, store) as log:
        show_lag(log.lag(topic, group), as_json=as_json)


@app.command()
def retain(
    topic: Annotated[str, typer.Argument(help="The topic.")],
    days: Annotated[float, typer.Option("--days", help="Keep what is younger than this many days.", min=0)],
    unread: Annotated[bool, typer.Option("--unread", help="Drop also what a group has not read.")] = False,
    url: Url = "",
    store: Store = RUNS,
    as_json: Json = False,
) -> None:
    """Drop old events from an embedded log once every group has read them; Kafka has a retention of its own."""
    from secondline.core.errors import SpecError
    from secondline.events.embedded.log import EmbeddedLog

    with told(), _opened(url, store) as log:
        if not isinstance(log, EmbeddedLog):
            raise SpecError(
                "This log is on Kafka, which drops old events itself: set `retention.ms` of the topic there."
            )
        dropped = log.retain(topic, days=days, unread=unread)
        _said({"dropped": dropped}, f"{dropped:,} events dropped from {topic}", as_json=as_json)


@dead_app.command("list")
def dead_list(
    store: Store = RUNS,
    after: Annotated[int, typer.Option("--after", help="Begin after this number.")] = 0,
    most: Annotated[int, typer.Option("--most", help="Show this many.", min=1)] = 50,
    replayed: Annotated[bool, typer.Option("--replayed", help="Show those replayed too.")] = False,
    as_json: Json = False,
) -> None:
    """List dead letters with the reason and where they came from."""
    with told(), _dead(store) as letters:
        letters_table(letters, letters.list(replayed=replayed, after=after, most=most), as_json=as_json)


@dead_app.command("show")
def dead_show(
    number: Annotated[int, typer.Argument(help="The number of the letter.")], store: Store = RUNS, as_json: Json = False
) -> None:
    """Show one dead letter with its bytes."""
    with told(), _dead(store) as letters:
        show_letter(letters.show(number), as_json=as_json)


@dead_app.command("replay")
def dead_replay(
    numbers: Annotated[list[int], typer.Argument(help="The numbers of the letters.")],
    mended: Annotated[
        Path | None, typer.Option("--mended", help="A file with the mended event, for one letter.")
    ] = None,
    url: Url = "",
    store: Store = RUNS,
    as_json: Json = False,
) -> None:
    """Try dead letters again, as they are or mended. Exit code 1 if one still cannot be taken."""
    from secondline.core.errors import SpecError

    with told(), _opened(url, store) as log, _dead(store) as letters:
        if mended and len(numbers) != 1:
            raise SpecError("--mended goes with one letter; replay them one by one.")
        done = letters.replay(log, numbers, {numbers[0]: mended.read_bytes()} if mended else None)
        if as_json:
            print_json({"taken": list(done.taken), "still": {str(n): why for n, why in done.still.items()}})
        else:
            console().print(f"{len(done.taken)} taken.")
            for number, why in done.still.items():
                console().print(f"{number} still cannot be taken: {escape(why)}")
        raise typer.Exit(Exit.FAILED if done.still else Exit.PASSED)
