"""Sending: lines of JSON from a file or a pipe into the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from secondline.events.backfill import patiently
from secondline.events.dead import DeadLetters, Origin
from secondline.events.foreign import imported
from secondline.events.limits import LARGEST
from secondline.events.log import Keyed, Log, Writer, key_of, topic_of
from secondline.events.reading import BadEvent, decode, encode

GROUP = 1000


def send(lines: BinaryIO, name: str, log: Log, dead: DeadLetters, *, rfc3339: bool = False) -> tuple[int, int]:
    """Append the event of each line, and return how many there were and how many lines are dead letters.

    Lines are taken in groups, each durable before the next is read; *name* is where they come from. With *rfc3339*
    times may be text.
    """
    read = imported if rfc3339 else decode
    ready: dict[str, list[Keyed]] = {}
    writers: dict[str, Writer] = {}
    sent = bad = waiting = 0
    try:
        for number, line in enumerate(_lines(lines), 1):
            try:
                event = read(line)
                ready.setdefault(topic_of(event), []).append((key_of(event), encode(event)))
                waiting += 1
            except BadEvent as error:
                bad += dead.put([(Origin(name, 0, number), line, error)]) or 1
            if waiting >= GROUP:
                sent, waiting = sent + _flush(log, writers, ready), 0
        sent += _flush(log, writers, ready)
    finally:
        for writer in writers.values():
            writer.close()
    return sent, bad


def _lines(lines: BinaryIO) -> Iterator[bytes]:
    """Yield lines that are not empty; of one that is too long to be an event only a little more than its limit."""
    while line := lines.readline(LARGEST + 1):
        rest = line
        while not rest.endswith(b"\n") and len(rest) > LARGEST:
            rest = lines.readline(LARGEST + 1)
        if line.strip():
            yield line.rstrip(b"\r\n") if len(line) <= LARGEST else line


def _flush(log: Log, writers: dict[str, Writer], ready: dict[str, list[Keyed]]) -> int:
    count = 0
    for topic, records in ready.items():
        if topic not in writers:
            writers[topic] = log.writer(topic)
        patiently(writers[topic], records)
        count += len(records)
    ready.clear()
    return count
