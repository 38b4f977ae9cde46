"""Locked: the versions a lock file pins, and those that are installed where the command of a refit runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path, PurePath
from typing import Any

from secondline.core.declared.reproduce import Reproduce
from secondline.core.errors import ModelError
from secondline.models.training import check_digest, program

SECONDS = 60
_ASK = (
    "import json, importlib.metadata as m; "
    "print(json.dumps({d.metadata['Name']: d.version for d in m.distributions() if d.metadata['Name']}))"
)
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*===?\s*([^\s;#\\]+)")


def compared(plan: Reproduce, base: Path) -> dict[str, Any]:
    """Return how what is installed differs from the lock: other versions by name, and how many pins were compared.

    Pins of packages that are not installed are counted apart: a lock for several systems has some. Empty without a
    lock.

    Raises:
        ModelError: the lock cannot be read, or is not the one declared.
    """
    if plan.lock is None:
        return {}
    path = base / plan.lock.path
    try:
        check_digest(plan.lock, base)
        locked = pins(path.name, path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(f"`reproduce: lock` names {plan.lock.path!r}, which cannot be read: {error}") from error
    here = installed(plan.command[0], base)
    if here is None:
        return {"pins": len(locked), "why not compared": f"{plan.command[0]} is no Python that could be asked"}
    other = {name: f"{' or '.join(sorted(v))} locked, {here[name]} installed"
             for name, v in locked.items() if name in here and here[name] not in v}  # fmt: skip
    return {"pins": len(locked), "other versions": other, "not installed": len(locked.keys() - here.keys())}


def pins(name: str, text: str) -> dict[str, set[str]]:
    """Return the versions each package is pinned to, by its normal name.

    Reads requirements files (``name==version``) and the TOML of uv, Poetry and pylock. A package pinned differently
    for several systems has several.
    """
    found: dict[str, set[str]] = {}
    if PurePath(name).suffix in {".lock", ".toml"}:
        content = tomllib.loads(text)
        listed = [
            (p["name"], p["version"]) for p in content.get("package", content.get("packages", ())) if "version" in p
        ]
    else:
        listed = [(m[1], m[2]) for line in text.splitlines() if (m := _PIN.match(line.strip()))]
    for package, version in listed:
        found.setdefault(_normal(str(package)), set()).add(str(version))
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(first: str, base: Path) -> dict[str, str] | None:
    """Return what is installed for the Python that a command starts, or None when it is no Python that answers."""
    runs = program(first, base)
    if runs == sys.executable:
        return {_normal(d.metadata["Name"]): d.version for d in distributions() if d.metadata["Name"]}
    if not PurePath(runs).name.startswith("python"):
        return None
    try:
        asked = subprocess.run(  # noqa: S603 - the interpreter that the allowed command starts anyway
            [runs, "-I", "-c", _ASK], capture_output=True, timeout=SECONDS, check=True, cwd=base
        )
        return {_normal(name): str(version) for name, version in json.loads(asked.stdout).items()}
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
