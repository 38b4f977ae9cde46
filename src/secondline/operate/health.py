"""Health: what an installation needs, looked at one by one; each answer says what next when it is not well."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from secondline.core.errors import SecondlineError
from secondline.ledger.store import Ledger, utc_now
from secondline.operate.copies import places
from secondline.operate.settings import Settings, without_secret

State = Literal["well", "mind", "ill"]
EXTRAS = {
    "report": ("typst", "python-docx"),
    "models": ("scikit-learn", "onnxruntime", "skops"),
    "web": ("fastapi", "uvicorn"),
    "gateway": ("starlette", "msgspec", "onnxruntime", "prometheus-client"),
    "monitor": ("msgspec",),
    "convert": ("onnx", "skl2onnx", "onnxmltools"),
    "kafka": ("confluent-kafka",),
    "postgres": ("psycopg",),
}
LEAST_FREE, LEAST_SHARE = 2 << 30, 0.05
OTHERS = stat.S_IRWXG | stat.S_IRWXO
LEAST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing looked at: well, worth minding, or ill; in words, and what to do next."""

    what: str
    state: State
    text: str
    next: str = ""


Look = Callable[[Settings], Iterator[Answer]]


def examine(settings: Settings, looks: tuple[Look, ...] = ()) -> list[Answer]:
    """Look at everything; what cannot even be looked at is ill, and the rest goes on."""
    found: list[Answer] = []
    for look in (*LOOKS, *looks):
        try:
            found += look(settings)
        except (SecondlineError, OSError) as error:
            found.append(Answer(look.__name__.strip("_").replace("_", " "), "ill", str(error)))
    return found


def _python(_: Settings) -> Iterator[Answer]:
    here = ".".join(map(str, sys.version_info[:3]))
    old = sys.version_info < LEAST_PYTHON
    yield Answer("python", "ill" if old else "well", here, "Use Python 3.11 or newer." if old else "")


def _extras(_: Settings) -> Iterator[Answer]:
    for extra, packages in EXTRAS.items():
        missing = [name for name in packages if not _installed(name)]
        text = ", ".join(f"{name} {_version(name)}" for name in packages if name not in missing)
        if missing:
            yield Answer(f"extra {extra}", "mind", f"not installed: {', '.join(missing)}",
                         f"If you need it: pip install 'secondline[{extra}]'.")  # fmt: skip
        else:
            yield Answer(f"extra {extra}", "well", text)


def _installed(name: str) -> bool:
    return _version(name) != ""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _records(settings: Settings) -> Iterator[Answer]:
    if not settings.records.database and not Ledger.exists(settings.folder):
        yield Answer("records", "mind", f"none in {str(settings.folder)!r} yet", "They are made by the first act.")
        return
    ledger = Ledger.open(settings.folder, database=settings.records.database)
    newest = ledger.records.events(limit=1, newest_first=True)
    told = f"{newest[0].seq:,} events, the last on {newest[0].at}" if newest else "no events"
    yield Answer("records", "well", told)
    if newest and newest[0].at > utc_now():
        yield Answer("clock", "ill", f"this machine's clock is before the last event ({newest[0].at})",
                     "Set the clock; until then new events take the time of the last.")  # fmt: skip


def _keys(settings: Settings) -> Iterator[Answer]:
    if not settings.folder.exists():
        return
    for path in sorted(settings.folder.rglob("*")):
        if path.is_file() and path.suffix in {".key", ".pem"} and path.stat().st_mode & OTHERS:
            yield Answer("keys", "ill", f"others can read {str(path)!r}", f"chmod 600 {path}")


def _disk(settings: Settings) -> Iterator[Answer]:
    for name, place in places(settings).items():
        if not isinstance(place, Path):
            continue
        there = next(folder for folder in (place, *place.parents) if folder.exists())
        usage = shutil.disk_usage(there)
        low = usage.free < LEAST_FREE or usage.free < LEAST_SHARE * usage.total
        text = f"{usage.free / (1 << 30):,.0f} GiB free for {name}"
        yield Answer("disk", "mind" if low else "well", text, "Make room, or move it." if low else "")


def _addresses(settings: Settings) -> Iterator[Answer]:
    yield Answer("events", "well", without_secret(settings.events_url))
    if settings.events_url.startswith("kafka") and find_spec("confluent_kafka") is None:
        yield Answer("events", "ill", "Kafka is named and its client is not installed",
                     "pip install 'secondline[kafka]'")  # fmt: skip


LOOKS: tuple[Look, ...] = (_python, _extras, _records, _keys, _disk, _addresses)
