"""Databases for the tests of the ledger: a file, and a throw-away PostgreSQL server where one is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from secondline.ledger.store import Ledger

AS = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Start a server on a socket in a folder of its own; yields the folder. Missing in CI is a failure."""
    initdb, control = _program("initdb"), _program("pg_ctl")
    if not initdb or not control:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("PostgreSQL is not installed here.")
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: the path of a socket must be
    if AS:
        shutil.chown(folder, "postgres")
    data, options = str(folder / "data"), f"-k {folder} -c listen_addresses='' -c max_connections=200"
    run: Callable[[list[str]], object] = lambda words: subprocess.run(  # noqa: E731 - one short word for one call
        [*AS, *words], check=True, capture_output=True, cwd=folder
    )
    run([initdb, "-D", data, "-A", "trust", "-U", "postgres", "--no-sync"])
    subprocess.run(
        [*AS, control, "-D", data, "-w", "-o", options, "-l", str(folder / "log"), "start"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    yield str(folder)
    run([control, "-D", data, "-m", "immediate", "stop"])
    shutil.rmtree(folder, ignore_errors=True)


NUMBERS = count()


@pytest.fixture
def fresh_url(server: str) -> str:
    """Make an empty database and return its URL."""
    import psycopg

    name = f"t{next(NUMBERS)}"
    with psycopg.connect(f"host={server} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"postgresql://postgres@/{name}?host={server}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Return '' for a file in the record folder, and the URL of an empty database on a server."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("fresh_url"))


@pytest.fixture
def ledger(tmp_path: Path, url: str) -> Ledger:
    """Open a new ledger, once on each kind of database."""
    return Ledger.open(tmp_path / "runs", database=url)


@pytest.fixture(autouse=True)
def own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep personal keys in a folder of the test's own."""
    monkeypatch.setenv("SECONDLINE_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config"
