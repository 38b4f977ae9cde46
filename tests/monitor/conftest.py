"""Fixtures of the monitor: a state in a folder and one in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.conftest import fresh_url, server
from secondline.monitor.state import State

__all__ = ["fresh_url", "server"]


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a state is: a folder, or the URL of a database with a folder for its parts."""
    if request.param == "sqlite":
        return str(tmp_path / "state")
    url = str(request.getfixturevalue("fresh_url"))
    return f"{url}&parts={tmp_path / 'parts'}"


@pytest.fixture
def state(place: str) -> State:
    """Return an empty state, once on each kind of database."""
    return State.open(place)
