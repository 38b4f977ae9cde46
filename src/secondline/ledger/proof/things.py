"""Things: the objects that events name, and the documents and lists that they add up to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from secondline.ledger.proof.seals import Problem, changes_of
from secondline.ledger.proof.source import Source
from secondline.ledger.proof.walk import Chain


def check_objects(folder: Path, chain: Chain) -> tuple[int, list[Problem]]:
    """Hash every object and look for those the events named; returns how many there are and what does not hold."""
    found: list[Problem] = []
    stored: set[str] = set()
    for file in sorted(folder.glob("??/*")):
        digest = file.parent.name + file.name
        if not file.name.startswith("."):
            stored.add(digest)
            with file.open("rb") as content:
                if _hash(content) != digest:
                    found.append(Problem("altered", f"object {digest[:12]}", "its bytes do not match its name"))
    lost = sorted(chain.wanted.keys() - stored)
    found += [Problem("missing", f"object {digest[:12]}", f"{chain.wanted[digest]} refers to it") for digest in lost]
    for object_, digest, event in chain.records:
        if object_ in stored and _content_digest(folder / object_[:2] / object_[2:]) != digest:
            found.append(Problem("altered", event, "the record it points to is not the one it sealed"))
    return len(stored), found


def _hash(content: Any) -> str:
    hashed = sha256()
    while part := content.read(1 << 20):
        hashed.update(part)
    return hashed.hexdigest()


def _content_digest(file: Path) -> str:
    try:
        value = json.loads(file.read_bytes())
    except ValueError:
        return ""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def merged(doc: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return *doc* with *changes* laid over it: nested mappings merge, null removes (RFC 7396)."""
    result = dict(doc)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            under = result.get(key)
            result[key] = merged(under if isinstance(under, dict) else {}, value)
        else:
            result[key] = value
    return result


def grouped(events: Iterable[tuple[str, int, Any]]) -> Iterator[tuple[str, list[tuple[int, dict[str, Any]]]]]:
    """Yield each subject with its (place, changes), from (subject, place, body) in order of subject and place."""
    for subject, mine in groupby(events, key=itemgetter(0)):
        found = []
        for _, place, body in mine:
            if isinstance(body, str) and '"set"' in body:
                found.append((place, changes_of((0, 0, 0, 0, 0, body))))
        if found:
            yield subject, found


def documents(source: Source) -> Iterator[Problem]:
    """Yield each stored document and list entry that is not what the events add up to."""
    counted: dict[str, int] = {}
    for subject, steps in grouped(source.by_subject()):
        record, _, id_ = subject.partition("/")
        counted[record] = counted.get(record, 0) + 1
        doc: dict[str, Any] = {}
        for _, changes in steps:
            doc = merged(doc, changes)
        stored = source.document(record, id_)
        if stored is None or stored[0] != steps[-1][0] or _loaded(stored[1]) != doc:
            detail = f"it is not what its events to {steps[-1][0]} add up to" if stored else "it is not stored"
            yield Problem("altered" if stored else "missing", f"document {subject}", detail)
        for field, shown in source.listed(record, id_).items():
            if field not in {"id", "since"} and field in doc and doc[field] != shown:
                yield Problem("altered", f"list entry {subject}", f"its {field} is {shown!r}, not {doc[field]!r}")
    for subject in source.strays(counted):
        yield Problem("added", f"document {subject}", "no event made it")


def _loaded(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
