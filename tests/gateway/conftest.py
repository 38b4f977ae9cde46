"""A gateway's house, and its desks closed when the test ends."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.desk_house import House
from secondline.core.spec import ModelSpec
from secondline.models.conversion import apart
from secondline.models.conversion.graph import examined
from secondline.models.opening import Sealed
from secondline.models.session import Session

FEATURES = ("limit", "age")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "house")
    yield made
    made.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take graphs in without a process of their own: what that is for is tested with it (test_loading)."""

    def taken(sealed: Sealed, spec: ModelSpec) -> apart.Graph:
        examined(sealed.content)
        names = tuple(
            Session(sealed.content, FEATURES)._session.get_modelmeta().custom_metadata_map["features"].split("\n")
        )
        return apart.Graph(sealed.content, names, {})

    monkeypatch.setattr(apart, "taken", taken)


def free() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on now."""
    return free()
