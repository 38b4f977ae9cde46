"""How `secondline events` shows events, lag and dead letters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from rich.markup import escape

from secondline.cli.screen import console, grid, print_json

if TYPE_CHECKING:
    from secondline.events.dead import DeadLetters, Letter
    from secondline.events.log import Lag, Log

SHOWN = 2000


def when(micros: int) -> str:
    """Return microseconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(micros / 1e6, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def text_of(payload: bytes) -> str:
    """Return bytes as text that cannot move the cursor or the colours of a terminal."""
    text = payload.decode("utf-8", errors="backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def show_tail(log: Log, topic: str, most: int, wait: float, *, as_json: bool) -> None:
    """Print events as they come, in a group that nobody else uses and that leaves no mark."""
    reader = log.reader(topic, f"secondline-tail-{uuid4().hex[:12]}")
    out = console()
    try:
        while most > 0 and (found := reader.poll(min(most, 500), max(wait, 0.01))):
            for batch in found:
                for offset, payload in zip(batch.offsets, batch.payloads, strict=True):
                    if as_json:
                        line = {
                            "partition": batch.partition,
                            "offset": offset,
                            "event": payload.decode("utf-8", "replace"),
                        }
                        print(json.dumps(line, ensure_ascii=False))  # noqa: T201 - this is the output
                    else:
                        shown = escape(text_of(payload[:SHOWN]))
                        out.print(f"[dim]{batch.partition}:{offset}[/] {shown}", soft_wrap=True)
                most -= len(batch.payloads)
    finally:
        reader.close()


def show_lag(lags: Sequence[Lag], *, as_json: bool) -> None:
    """Print how far a group is behind."""
    if as_json:
        names = ("partition", "oldest", "next", "marked", "behind")
        print_json([{name: getattr(x, name) for name in names} for x in lags])
        return
    table = grid("partition", ">oldest", ">next", ">marked", ">behind")
    for x in lags:
        marked = "-" if x.marked is None else str(x.marked)
        table.add_row(str(x.partition), str(x.oldest), str(x.next), marked, str(x.behind))
    console().print(table)
    console().print(f"{sum(x.behind for x in lags)} behind.")


def letters_table(dead: DeadLetters, letters: Sequence[Letter], *, as_json: bool) -> None:
    """Print dead letters, and how many had to go."""
    if as_json:
        print_json({"letters": [_letter(letter) for letter in letters], "waiting": dead.counts(), "lost": dead.lost()})
        return
    table = grid(">number", "since", "*from", "reason", "field", "*message")
    for x in letters:
        place = f"{x.source} {x.partition}:{x.place}"
        table.add_row(str(x.id), when(x.at), escape(place), x.reason, escape(x.field), escape(x.message[:200]))
    console().print(table if letters else "No dead letters.")
    if lost := dead.lost():
        console().print(f"{lost} older ones had to go, to keep the number in bounds.")


def show_letter(letter: Letter, *, as_json: bool) -> None:
    """Print one dead letter with its bytes."""
    if as_json:
        print_json(_letter(letter) | {"payload": letter.payload.decode("utf-8", "backslashreplace")})
        return
    out = console()
    out.print(f"[bold]{letter.id}[/] {letter.reason} {escape(letter.field)}")
    out.print(f"{escape(letter.message)}", soft_wrap=True)
    place = f"from {escape(letter.source)} partition {letter.partition} place {letter.place}, {when(letter.at)}"
    out.print(place, soft_wrap=True)
    cut = "" if letter.whole else f", the first {len(letter.payload)} kept"
    out.print(f"{letter.size} bytes{cut}, SHA-256 {letter.digest}")
    out.print(escape(text_of(letter.payload)), soft_wrap=True)


def _letter(x: Letter) -> dict[str, Any]:
    names = ("id", "at", "source", "partition", "place", "reason", "field", "message", "size", "digest", "replayed")
    return {name: getattr(x, name) for name in names}
