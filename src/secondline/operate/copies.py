"""Copies: a whole copy of everything kept, taken while it is in use, and its way back, proved before it counts.

Databases are copied first and files after: an object or a part is written before the database names it, so a file
copied later is there for every row copied earlier. A copy appears under its name only when it is whole.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from secondline import __version__
from secondline.core.errors import SecondlineError, SpecError
from secondline.ledger.store import utc_now
from secondline.operate.settings import SQLITE, Settings, without_secret

MANIFEST, FORMAT = "manifest.json", "secondline-copy-1"
MAGIC = b"SQLite format 3\x00"
SIDE = ("-wal", "-shm", "-journal")
DUMP = "database.dump"
DATABASE = "--dbname"
Progress = Callable[[str, int, int], None]


class CopyError(SecondlineError):
    """A copy cannot be made, is not whole, or must not be put where it was asked to go."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy that is whole: where it is, how many files and bytes it has."""

    folder: Path
    files: int
    size: int


def places(settings: Settings) -> dict[str, Path | str]:
    """Return what is kept by name: a folder or file of this machine, or the address of a PostgreSQL database."""
    found: dict[str, Path | str] = {"records": settings.folder}
    if settings.records.database:
        found["records-database"] = settings.records.database
    for name, url in (("events", settings.events_url), ("state", settings.state_url)):
        if url.startswith(SQLITE):
            found[name] = Path(url.removeprefix(SQLITE))
        elif url.startswith("postgresql"):
            found[name] = url
        elif "://" not in url:
            found[name] = Path(url)
    return found


def back_up(settings: Settings, to: Path, *, keys: bool = True, progress: Progress | None = None) -> Copied:
    """Copy everything the settings name into the new folder *to*; a log on Kafka is the broker's to keep.

    *keys* says whether the private keys go with it; without them a restored ledger reads and verifies, and signs with
    a new key.

    Raises:
        CopyError: there is something at *to*, or something cannot be read or written.
    """
    if to.exists():
        raise CopyError(f"There is something at {str(to)!r} already. Name a new folder.")
    partial = to.with_name(f".{to.name}.{os.getpid()}.partial")
    try:
        partial.mkdir(parents=True, mode=0o700)
        held = places(settings)
        for number, (name, place) in enumerate(held.items()):
            if progress:
                progress(f"copying {name}", number, len(held))
            _copy(place, partial / name, keys=keys)
        listed = {str(path.relative_to(partial)): _facts(path) for path in _files(partial)}
        shown = {name: without_secret(str(place)) for name, place in held.items()}
        manifest = {"format": FORMAT, "made": utc_now(), "version": __version__, "places": shown, "files": listed}
        _write(partial / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
        _sync(partial)
        partial.rename(to)
    except (OSError, sqlite3.Error) as error:
        raise CopyError(f"The copy was not made: {error}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Copied(to, len(listed), sum(int(facts["size"]) for facts in listed.values()))


def put_back(settings: Settings, copy: Path, progress: Progress | None = None) -> Copied:
    """Put a copy where the settings keep things; every byte of it is checked first, and nothing is overwritten.

    Raises:
        CopyError: the copy is not whole, or there is something where it should go.
    """
    manifest = checked(copy)
    held = places(settings)
    if missing := set(manifest["places"]) - set(held):
        raise CopyError(f"The copy holds {', '.join(sorted(missing))}, and the settings name no place for it.")
    for name in manifest["places"]:
        place = held[name]
        if isinstance(place, Path) and place.exists() and (place.is_file() or any(place.iterdir())):
            raise CopyError(f"There is something at {str(place)!r}, where {name} should go. Move it away first.")
    for number, name in enumerate(manifest["places"]):
        if progress:
            progress(f"putting {name} back", number, len(manifest["places"]))
        _restore(copy / name, held[name])
    return Copied(copy, len(manifest["files"]), sum(int(facts["size"]) for facts in manifest["files"].values()))


def checked(copy: Path) -> dict[str, Any]:
    """Return the manifest of a copy, each of whose files has the size and SHA-256 it says.

    Raises:
        CopyError: there is no manifest, or a file is missing, altered or too many.
    """
    try:
        manifest: dict[str, Any] = json.loads((copy / MANIFEST).read_text(encoding="utf-8"))
        if manifest.get("format") != FORMAT:
            raise CopyError(f"{str(copy)!r} is no copy of this form ({FORMAT}).")
        found = {str(path.relative_to(copy)): _facts(path) for path in _files(copy)}
    except (OSError, ValueError) as error:
        raise CopyError(f"{str(copy)!r} is no copy of ours: {error}.") from error
    listed = manifest["files"]
    if wrong := sorted(name for name in found.keys() | listed.keys() if found.get(name) != listed.get(name)):
        some = ", ".join(repr(name) for name in wrong[:5])
        raise CopyError(f"The copy is not whole: {len(wrong)} files differ from its manifest ({some}).")
    return manifest


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / MANIFEST)


def _facts(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "sha256": file_digest(file, "sha256").hexdigest()}


def _copy(place: Path | str, to: Path, *, keys: bool) -> None:
    if isinstance(place, str):
        to.mkdir()
        _run("pg_dump", "--format=custom", f"--file={to / DUMP}", DATABASE, url=place)
        return
    if not place.exists():
        to.mkdir()
        return
    if place.is_file():
        to.mkdir()
        _copy_file(place, to / place.name)
        return
    found = [path for path in sorted(place.rglob("*")) if path.is_file() and not path.name.endswith(SIDE)]
    for path in sorted(found, key=lambda path: not _is_database(path)):
        if keys or not _is_key(path):
            _copy_file(path, to / path.relative_to(place))
    to.mkdir(exist_ok=True)


def _copy_file(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    if not _is_database(path):
        shutil.copy2(path, to)
        return
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy, pages=4_096)
        copy.execute("PRAGMA journal_mode=DELETE")
    shutil.copymode(path, to)


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _is_key(path: Path) -> bool:
    with path.open("rb") as file:
        return b"PRIVATE KEY-----" in file.read(64)


def _restore(copy: Path, place: Path | str) -> None:
    if isinstance(place, str):
        _run("pg_restore", "--exit-on-error", "--no-owner", DATABASE, str(copy / DUMP), url=place)
        return
    files = list(_files(copy))
    if len(files) == 1 and files[0].name == place.name:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(files[0], place)
        return
    partial = place.with_name(f".{place.name}.{os.getpid()}.partial")
    try:
        shutil.copytree(copy, partial)
        if place.exists():
            place.rmdir()
        partial.rename(place)
    except OSError as error:
        raise CopyError(f"{place.name!r} was not put back: {error}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _run(program: str, *words: str, url: str) -> None:
    """Run one of PostgreSQL's programs on a database; the password travels where no list of processes shows it."""
    found = shutil.which(program) or next(
        (str(p) for p in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)), None
    )
    if found is None:
        raise SpecError(f"{program} is needed to copy a PostgreSQL database, and it is not on this machine.")
    parts = urlsplit(url)
    plain = urlunsplit(("postgresql", parts.netloc.replace(f":{parts.password}@", "@"), parts.path, parts.query, ""))
    secret = {"PGPASSWORD": unquote(parts.password)} if parts.password else {}
    given = [word if word != DATABASE else f"--dbname={plain}" for word in words]
    done = subprocess.run([found, *given], capture_output=True, text=True, check=False, env=os.environ | secret)  # noqa: S603 - words are ours
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise CopyError(f"{program} failed: {said[-1] if said else 'it did not say why'}")


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Have everything on the disk before the name appears."""
    for path in [*_files(folder), *(p for p in folder.rglob("*") if p.is_dir()), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
