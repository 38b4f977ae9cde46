"""Checking: what a gateway.yaml would serve, and why not, before anything is served."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from secondline.gateway.settings import Settings
from secondline.gateway.watching import Watch
from secondline.govern.conditions import said


@dataclass(frozen=True, slots=True)
class Checked:
    """One model as it would be served now."""

    model: str
    version: str
    one: str
    uses: tuple[str, ...]
    ready: bool
    trouble: str
    conditions: tuple[str, ...]
    shadows: tuple[str, ...]


def checked(settings: Settings, base: Path) -> tuple[list[Checked], list[str]]:
    """Load everything as a gateway would, and return each model with what else was said on the way.

    Raises:
        SecondlineError: the state folder cannot be written, or a key cannot be read.
    """
    heard: list[str] = []
    watch = Watch(settings, base, told=heard.append)
    try:
        watch.settle()
        found = []
        for line in watch.desk.lines.values():
            one = line.one
            conditions = tuple(said(dict(c)) for c in one.conditions) if one else ()
            version = line.version.loaded.version if line.version else one.version if one else ""
            uses = tuple(sorted(set(line.uses.values())))
            shadows, id_ = tuple(s.name for s in line.shadows), one.id if one else ""
            found.append(Checked(line.model, version, id_, uses, line.ready, line.trouble, conditions, shadows))
        # What the models themselves say is said with them; the way there is nobody's trouble.
        return found, [line for line in heard if line.partition(":")[0] not in watch.desk.lines]
    finally:
        watch.close()
