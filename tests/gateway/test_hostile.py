"""Hostile and malformed requests: each gets 4xx with a clear error, never 5xx, and costs no memory that stays."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desks import Rig
from gateway.hostile import INFER, SCORE, Bad, requests


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A gateway for the whole table, with a budget of its own for bodies."""
    rig = Rig(tmp_path_factory.mktemp("hostile"), patience=0.2)
    yield rig
    rig.close()


async def _answer(rig: Rig, bad: Bad) -> Any:
    return await rig.ask(bad.method, bad.path, bad.body, bad.headers, bad.chunk)


def test_a_thousand_hostile_requests_get_a_clear_4xx(rig: Rig) -> None:
    """Every request of the table is refused as the client's fault, with a reason; none is decided, none kept."""

    async def all_of_them() -> list[tuple[Bad, Any]]:
        return [(bad, await _answer(rig, bad)) for bad in requests()]

    answers = asyncio.run(all_of_them())
    odd = [
        (bad.name, bad.path, answer.status, answer.body[:100])
        for bad, answer in answers
        if not 400 <= answer.status < 500
    ]
    assert not odd, "\n".join(map(str, odd))
    told = [json.loads(answer.body) for bad, answer in answers if bad.method != "HEAD"]
    assert all(len(one["error"]) > 10 for one in told)
    assert all(len(answer.body) < 5000 for _, answer in answers)
    assert len(answers) >= 1000
    assert not rig.logs["secondline.decisions"].events()


def test_memory_stays_flat_under_large_bodies(rig: Rig) -> None:
    """A body of 50 MB in chunks is refused while it comes, and nothing of it is kept."""
    big = next(bad for bad in requests() if bad.name == "50 MB")

    async def ten() -> None:
        for _ in range(10):
            assert (await _answer(rig, big)).status == 413

    tracemalloc.start()
    asyncio.run(ten())
    now, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert now < 2_000_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TENSOR = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["input", "x1", "x2", "x3"]) | JSON,
        "shape": st.lists(st.integers(-2, 5), max_size=3) | JSON,
        "datatype": st.sampled_from(["FP32", "FP64", "INT8", "INT64", "UINT64", "BYTES", "BOOL"]) | JSON,
        "data": st.lists(st.integers() | st.floats() | st.none() | st.booleans() | st.text(max_size=3), max_size=6)
        | JSON,
    },
    optional={"parameters": JSON},
)
BODY = st.fixed_dictionaries(
    {"inputs": st.lists(TENSOR, max_size=4)}, optional={"parameters": JSON, "outputs": JSON, "id": JSON}
)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    body=BODY | JSON | st.binary(max_size=40),
    path=st.sampled_from([INFER, SCORE, "/v1/events", "/v1/labels", "/invocations"]),
)
def test_no_body_makes_the_gateway_fail(rig: Rig, body: Any, path: str) -> None:
    """Whatever JSON or bytes come, the answer is 2xx or 4xx."""
    answer = asyncio.run(rig.ask("POST", path, body))
    assert answer.status < 500, answer.body


def test_a_slow_body_is_given_up(tmp_path: Path) -> None:
    """A body that does not come in time gets 408 and the connection is closed."""
    rig = Rig(tmp_path, patience=0.05)

    async def slow() -> Any:
        sent: list[Any] = []

        async def receive() -> Any:
            await asyncio.sleep(0.02)
            return {"type": "http.request", "body": b" ", "more_body": True}

        async def send(message: Any) -> None:
            sent.append(message)

        await rig.app({"type": "http", "method": "POST", "path": INFER, "headers": []}, receive, send)
        return sent

    sent = asyncio.run(slow())
    rig.close()
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]


def test_what_is_read_at_once_is_bounded(tmp_path: Path) -> None:
    """Bodies that are read at the same time share one budget; beyond it a client is told to come later."""
    rig = Rig(tmp_path, budget=100_000)

    async def many() -> list[int]:
        gate = asyncio.Event()

        async def one() -> int:
            parts = [b"x" * 40_000, b"y"]

            async def receive() -> Any:
                if len(parts) == 1:
                    await gate.wait()
                part = parts.pop(0)
                return {"type": "http.request", "body": part, "more_body": bool(parts)}

            sent: list[Any] = []

            async def send(message: Any) -> None:
                sent.append(message)

            await rig.app({"type": "http", "method": "POST", "path": INFER, "headers": []}, receive, send)
            return int(sent[0]["status"])

        tasks = [asyncio.create_task(one()) for _ in range(4)]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        gate.set()
        return sorted(await asyncio.gather(*tasks))

    statuses = asyncio.run(many())
    rig.close()
    assert statuses == [400, 400, 429, 429]


def test_a_client_that_leaves_is_not_answered(tmp_path: Path) -> None:
    """A disconnection while the body is read ends the request silently."""
    rig = Rig(tmp_path)
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(rig.app({"type": "http", "method": "POST", "path": INFER, "headers": []}, receive, send))
    rig.close()
    assert not sent
