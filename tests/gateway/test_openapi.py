"""The gateway's own description of its interface, and what schemathesis makes of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from desks import Rig


def _document() -> dict[str, Any]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        rig = Rig(Path(folder))
        document: dict[str, Any] = asyncio.run(rig.ask("GET", "/openapi.json")).json
        rig.close()
    return document


QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
EXAMPLES = int(os.environ.get("SECONDLINE_EXAMPLES", "8"))
SCHEMA = schemathesis.openapi.from_dict(_document())
OPERATIONS = [operation.ok() for operation in SCHEMA.get_all_operations() if isinstance(operation, Ok)]


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("schema"))
    yield rig
    rig.close()


def test_the_description_names_every_route(rig: Rig) -> None:
    """Each route of the table is described, with its body where it takes one and a token where it needs one."""
    document = asyncio.run(rig.ask("GET", "/openapi.json")).json
    for route in rig.app.map.routes:
        operation = document["paths"][route.path][route.method.lower()]
        assert bool(operation["security"]) == (route.right != "public")
        assert ("requestBody" in operation) == (route.method == "POST" and route.path != "/v2/repository/index")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_no_generated_request_makes_the_gateway_fail(rig: Rig, operation: Any) -> None:
    """Requests after the description, and against it, never get 5xx, and their answers are JSON with an error."""

    @settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.generate], suppress_health_check=QUIET)
    @given(
        case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    )
    def each(case: Any) -> None:
        answer = asyncio.run(_send(rig, case))
        assert answer.status < 500, answer.body
        if answer.status >= 400:
            assert answer.json["error"]

    each()


async def _send(rig: Rig, case: Any) -> Any:
    from schemathesis.core import NOT_SET

    body = b"" if case.body is NOT_SET or case.body is None else case.body
    path = case.formatted_path
    return await rig.ask(case.method.upper(), path, body, {})
