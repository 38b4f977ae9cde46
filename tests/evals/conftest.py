"""What tests of evaluations share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from evals.asking import Server
from secondline.evals.stub import Stub


@pytest.fixture
def served() -> Iterator[Callable[[Stub], Stub]]:
    """Return a function that serves a stub until the test is over."""
    servers: list[Server] = []

    def serve(stub: Stub) -> Stub:
        servers.append(Server(stub))
        return stub

    yield serve
    for server in servers:
        server.close()
