"""Methods: tiering, change, scope and cadence as dated YAML; every number of them stands in these files."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from secondline.core.errors import SpecError, near
from secondline.policy.documents import load, load_text, typed

Shape = TypeVar("Shape", bound=BaseModel)


@cache
def shipped(kind: str) -> tuple[str, ...]:
    """Return the versions of a kind of method that come with secondline, oldest first."""
    names = (f.name for f in files(__name__).iterdir() if f.name.endswith(".yaml"))
    mine = (n.removeprefix(f"{kind}-").removesuffix(".yaml") for n in names if n.startswith(f"{kind}-"))
    return tuple(sorted(mine))


def read_method(kind: str, shape: type[Shape], which: str = "") -> Shape:
    """Return a method: the newest that is shipped, the version *which* of them, or the YAML file *which*.

    Raises:
        SpecError: there is none, or it is not whole.
    """
    if which.endswith((".yaml", ".yml")):
        content, lines = load(Path(which))
        return typed(shape, content, which, lines)
    known = shipped(kind)
    version = (which or known[-1]).rpartition("@")[2]
    if version not in known:
        raise SpecError(f"There is no {kind} method {which!r}. {near(version, known)} Known: {', '.join(known)}.")
    origin = f"{kind} method {version}"
    text = (files(__name__) / f"{kind}-{version}.yaml").read_text(encoding="utf-8")
    content, lines = load_text(text, origin)
    return typed(shape, content, origin, lines)
