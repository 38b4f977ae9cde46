"""Verify a secondline ledger without secondline: Python's standard library, and `cryptography` for signatures.

    python verify.py RECORD-FOLDER [--key KEY-FILE] [--anchor ANCHOR-FILE] [--head SEAL] [--objects FOLDER]
    python verify.py EXPORT.jsonl  [the same]

It recomputes, and prints whatever does not hold; the exit code is 0 when all holds and 1 when not:

1. Each event's seal: SHA-256 of the JSON array of the format's name and all fields but the seal.
2. The chain: places 1, 2, 3 ... without a gap, each event naming the seal before it, times never running backwards.
3. The tree: RFC 6962 over the seals; each checkpoint (a signed note) states its size and root, signed by a service key.
4. Signatures of people: from the event that registers a key on, that person's acts at a terminal bear a signature.
5. Objects: each file's name is the SHA-256 of its bytes; each object an event names is there.
6. Documents: each stored document is what its events add up to, and the lists show what the documents say.
7. Anchors: each noted head or checkpoint lies on this chain. Only an anchor shows a cut or rewritten end.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from secondline.ledger.proof.seals import Problem
from secondline.ledger.proof.source import Export, File, Source
from secondline.ledger.proof.things import check_objects, documents
from secondline.ledger.proof.walk import Chain, Notes


def read_keys(place: str) -> tuple[str, ...]:
    """Return service keys from a file of lines, or the one line itself."""
    lines = Path(place).read_text(encoding="utf-8").splitlines() if Path(place).is_file() else [place]
    return tuple(line.strip() for line in lines if line.count("+") >= 2)  # noqa: PLR2004 - NAME+ID+BASE64


def read_anchors(file: Path) -> tuple[dict[str, Any], ...]:
    """Return the anchors in a file, one JSON object a line.

    Raises:
        ValueError: a line is no anchor.
    """
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not all(isinstance(anchor, dict) and isinstance(anchor.get("size"), int) for anchor in found):
        raise ValueError("a line states no size")
    return tuple(found)


def check(source: Source, notes: Notes, objects: Path) -> Iterator[Problem]:
    """Yield everything that does not hold, and at last the verdict's own counts."""
    chain = Chain(notes)
    yield from chain.walk(source.events())
    yield from chain.end()
    yield from check_objects(objects, chain)[1]
    yield from documents(source)
    print(f"{chain.place} events, chain head {chain.seal}")  # noqa: T201 - this is the output


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify what the command line names."""
    asked = argparse.ArgumentParser(description="Verify a secondline ledger.")
    asked.add_argument("place", type=Path, help="record folder, or an export (.jsonl)")
    asked.add_argument("--key", help="service keys known to be right: a file, or one line NAME+ID+BASE64")
    asked.add_argument("--anchor", type=Path, help="file of anchors kept elsewhere")
    asked.add_argument("--head", default="", help="seal of an event, noted elsewhere")
    asked.add_argument("--objects", type=Path, help="folder of objects; beside the ledger when left out")
    given = asked.parse_args(arguments)
    folder = given.place if given.place.is_dir() else given.place.parent
    source: Source = File(given.place / "ledger.sqlite") if given.place.is_dir() else Export(given.place)
    key = given.key or str(folder / "keys" / "service.pub")
    keys = read_keys(key) if given.key or Path(key).is_file() else source.keys()
    try:
        anchors = read_anchors(given.anchor) if given.anchor else ()
    except ValueError as error:
        asked.error(f"{given.anchor} is no file of anchors: {error}")
    notes = Notes(source.checkpoints(), keys, anchors, given.head)
    found = list(check(source, notes, given.objects or folder / "objects"))
    for problem in found:
        print(f"{problem.kind}: {problem.what}: {problem.detail}")  # noqa: T201 - this is the output
    print(f"{len(found)} problems" if found else "Intact.")  # noqa: T201 - this is the output
    return 1 if found else 0
