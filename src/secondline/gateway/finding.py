"""Finding: one decision in the log it was kept in, or in a file that somebody exported."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from secondline.core.errors import SpecError
from secondline.events.log import DECISIONS, Log
from secondline.events.reading import BadEvent, decode
from secondline.events.shapes import Decision

AT_ONCE, PATIENCE = 4_096, 1.0


def in_log(url: str, id_: str) -> Decision:
    """Return a decision from the events log, read from its oldest event on.

    Raises:
        SpecError: the log holds no such decision.
        LogError: it cannot be opened or read.
    """
    log = Log.open(url)
    try:
        return _one(_payloads(log), id_, f"The log {url}")
    finally:
        log.close()


def _payloads(log: Log) -> Iterator[bytes]:
    # A group of its own, so that nobody's place in the log is moved and reading begins with the oldest event.
    reader = log.reader(DECISIONS, f"replay-{secrets.token_hex(6)}")
    try:
        while batches := reader.poll(AT_ONCE, PATIENCE):
            for batch in batches:
                yield from batch.payloads
    finally:
        reader.close()


def in_file(path: Path, id_: str) -> Decision:
    """Return a decision from a file of events, one JSON object a line.

    Raises:
        SpecError: the file cannot be read, or holds no such decision.
    """
    try:
        with path.open("rb") as lines:
            return _one(lines, id_, repr(str(path)))
    except OSError as error:
        raise SpecError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from error


def _one(payloads: Iterable[bytes], id_: str, where: str) -> Decision:
    sought = id_.encode()
    for payload in payloads:
        if sought in payload:
            try:
                found = decode(payload)
            except BadEvent:
                continue
            if isinstance(found, Decision) and found.id == id_:
                return found
    raise SpecError(
        f"{where} holds no decision {id_[:80]!r}. `secondline events tail` shows what a log holds; --file reads an export."
    )
