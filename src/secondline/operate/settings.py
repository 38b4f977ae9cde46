"""Settings: what runs, where it keeps things and how it is reached, from one file and the environment.

The file is YAML (``secondline.yaml``). A variable ``SECONDLINE__EVENTS=kafka://broker:9092`` or
``SECONDLINE__RECORDS__DATABASE_FILE=/run/secrets/db`` overrules it: double underscores part the keys, ``_FILE`` at the
end reads the value from a file, which is how secrets are given.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from secondline.core.declared.part import Names, Part
from secondline.core.errors import SpecError
from secondline.policy.documents import load, typed

PREFIX, BETWEEN, FROM_FILE = "SECONDLINE__", "__", "_FILE"
MOST_SECRET = 64_000
NAME = "secondline.yaml"
SQLITE = "sqlite:///"
LISTS = frozenset({"models", "gateways", "names"})
"""Keys that hold several values; in a variable they are parted by commas."""


class Records(Part):
    """The ledger: a folder, which holds its keys and objects, and its database where that is a server."""

    folder: str = "runs"
    database: str = ""


class Pages(Part):
    """The web pages and the HTTP API."""

    host: str = "127.0.0.1"
    port: int = Field(default=8400, ge=1, le=65_535)
    names: Names = ()
    secure: bool = False
    studies: str = ""


class Watching(Part):
    """The monitor: which models it watches, how often it looks, and as whom it acts."""

    models: Names = ()
    studies: dict[str, str] = Field(default={})
    """The model.yaml of each model watched, which says what is measured and what it is compared with."""
    absent: Literal["unknown", "good"] = "unknown"
    """What it means that no label has arrived."""
    every: float = Field(default=60.0, gt=0)
    actor: str = "monitor"


class Settings(Part):
    """Everything that runs. Paths are relative to the file's folder; ``base`` is that folder."""

    records: Records = Records()
    events: str = "sqlite:///events.sqlite"
    state: str = "state"
    gateways: Names = ()
    pages: Pages | None = Pages()
    monitor: Watching | None = Watching()
    logs: str = "logs"
    base: Path = Field(default=Path(), exclude=True)

    @property
    def folder(self) -> Path:
        """The ledger's folder."""
        return self.base / self.records.folder

    def path(self, named: str) -> Path:
        """Return a path of the file as a path of this process."""
        return self.base / named

    @property
    def events_url(self) -> str:
        """The log of events, its path made whole."""
        return placed(self.events, self.base)

    @property
    def state_url(self) -> str:
        """The monitor's state, its path made whole."""
        return placed(self.state, self.base)


def placed(url: str, base: Path) -> str:
    """Return an address with its relative file path made relative to *base*; other addresses as they are."""
    if url.startswith(SQLITE):
        return f"{SQLITE}{base / url.removeprefix(SQLITE)}"
    return url if "://" in url else str(base / url)


def without_secret(url: str) -> str:
    """Return an address without its password, as it may be shown and logged."""
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url


def read_settings(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a file (without one: the defaults, here) as the environment overrules them.

    Raises:
        SpecError: the file cannot be read, a key is unknown, or a value is not of its kind; it says which and where.
    """
    given = os.environ if environment is None else environment
    content, lines = load(path) if path else ({}, {})
    origin = str(path) if path else "the settings"
    if not isinstance(content, Mapping):
        raise SpecError(f"{origin} must be a mapping of keys to values, such as `records: {{folder: runs}}`.")
    merged, variables = _overruled(dict(content), given)
    if "base" in merged:
        raise SpecError(f"{origin}: `base` cannot be given; it is the folder of the file.")
    said = f"{origin} with {', '.join(sorted(variables))}" if variables else origin
    settings = typed(Settings, merged, said, lines)
    return settings.model_copy(update={"base": path.parent.resolve() if path else Path.cwd()})


def _overruled(content: dict[str, Any], environment: Mapping[str, str]) -> tuple[dict[str, Any], set[str]]:
    used = {name for name in environment if name.startswith(PREFIX) and len(name) > len(PREFIX)}
    for name in sorted(used):
        keys = name.removeprefix(PREFIX).removesuffix(FROM_FILE).lower().split(BETWEEN)
        value = _secret(name, environment[name]) if name.endswith(FROM_FILE) else environment[name]
        content = _put(content, keys, value, name)
    return content, used


def _put(content: dict[str, Any], keys: list[str], value: str, name: str) -> dict[str, Any]:
    if len(keys) == 1:
        return content | {keys[0]: _split(value) if keys[0] in LISTS else value}
    inner = content.get(keys[0]) or {}
    if not isinstance(inner, Mapping):
        raise SpecError(f"{name}: `{keys[0]}` holds a value and no keys; name it as {PREFIX}{keys[0].upper()}.")
    return content | {keys[0]: _put(dict(inner), keys[1:], value, name)}


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _secret(name: str, path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            text = file.read(MOST_SECRET)
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{name} names a file that cannot be read: {path!r} ({error}).") from error
    return text.strip()
