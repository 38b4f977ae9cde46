"""Checking: what a gateway.yaml would serve, and why not, before anything is served."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from secondline.core.errors import SpecError
from secondline.gateway.running import serving_of
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

    Where the gateway itself would refuse to start, no model is ready, and that is its trouble.

    Raises:
        SecondlineError: the state folder cannot be written, or a key cannot be read.
    """
    heard: list[str] = []
    closed = barred(settings, base)
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
            ready, trouble = line.ready and not closed, line.trouble or closed
            found.append(Checked(line.model, version, id_, uses, ready, trouble, conditions, shadows))
        # What the models themselves say is said with them; the way there is nobody's trouble.
        rest = [line for line in heard if line.partition(":")[0] not in watch.desk.lines]
        unsaid = [closed] if closed and all(one.trouble != closed for one in found) else []
        return found, unsaid + rest
    finally:
        watch.close()


def barred(settings: Settings, base: Path) -> str:
    """Return why the gateway would not start: no tokens, no TLS, an address others reach; empty where it would."""
    try:
        serving = serving_of(settings, base)
        serving.must_be_safe()
        serving.door()
    except SpecError as error:
        return str(error)
    return ""
