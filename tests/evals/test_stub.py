"""The stub: its faults are of the seed and in the shares it was told, and it pays for a call once."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any

import httpx
import pytest

from secondline.evals.stub import Faults, Stub, echo, main

BODY = {"model": "m", "messages": [{"role": "user", "content": "Fee?"}]}


async def _posted(client: httpx.AsyncClient, stub: Stub, key: str = "", body: Any = BODY) -> httpx.Response | None:
    headers = {"idempotency-key": key} if key else {}
    try:
        return await client.post(stub.url + "/chat/completions", json=body, headers=headers)
    except httpx.RemoteProtocolError:
        return None


def codes(faults: Faults, n: int = 60, seed: int = 1) -> list[Any]:
    """Return what n calls met: a status, or what was wrong with the answer."""

    async def story() -> list[Any]:
        found: list[Any] = []
        async with Stub(echo, faults, seed) as stub, httpx.AsyncClient(trust_env=False) as client:
            for i in range(n):
                got = await _posted(client, stub, f"k{i}")
                if got is None or got.status_code != 200:
                    found.append(got.status_code if got else "dropped")
                    continue
                try:
                    found.append(bool(got.json()["choices"]))
                except json.JSONDecodeError:
                    found.append("malformed")
        return found

    return asyncio.run(story())


def test_faults_come_in_their_shares_and_are_of_the_seed() -> None:
    """All kinds of faults happen, about as often as told, and again in the same places with the same seed."""
    faults = Faults(limited=0.2, malformed=0.2, dropped=0.2, broken=0.2)
    found = codes(faults)
    assert {429, 500, "dropped", "malformed", True} == set(found)
    assert 4 <= found.count(429) <= 22
    assert found == codes(faults)
    assert found != codes(faults, seed=2)
    assert set(codes(Faults(), 5)) == {True}


def test_a_call_is_paid_once_by_its_key() -> None:
    """The same key brings the same answer and pays once, also if the first was lost; a forgetful stub pays again."""

    async def story(*, forgetful: bool) -> tuple[Stub, list[str]]:
        answers = []
        stub = Stub(lambda _, seed: str(seed), forgetful=forgetful)
        async with stub, httpx.AsyncClient(trust_env=False) as client:
            for key in ("a", "a", "b"):
                got = await _posted(client, stub, key)
                assert got is not None
                answers.append(got.json()["choices"][0]["message"]["content"])
        return stub, answers

    stub, answers = asyncio.run(story(forgetful=False))
    assert dict(stub.paid) == {"a": 1, "b": 1}
    assert dict(stub.seen) == {"a": 2, "b": 1}
    assert answers[0] == answers[1] != answers[2]
    stub, answers = asyncio.run(story(forgetful=True))
    assert stub.paid["a"] == 2
    assert answers[0] == answers[1]


def test_a_call_that_is_turned_away_is_not_paid() -> None:
    """429 carries Retry-After and costs nothing."""

    async def story() -> tuple[Stub, httpx.Response | None]:
        stub = Stub(echo, Faults(limited=1.0, wait="3"))
        async with stub, httpx.AsyncClient(trust_env=False) as client:
            return stub, await _posted(client, stub, "a")

    stub, got = asyncio.run(story())
    assert got is not None
    assert got.headers["retry-after"] == "3"
    assert not stub.paid


def test_what_it_does_not_understand_is_survived() -> None:
    """Another path is 404, and a broken request ends its connection and nothing else."""

    async def story() -> None:
        async with Stub(echo) as stub, httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(stub.url + "/models")).status_code == 404
            with pytest.raises(httpx.RemoteProtocolError):
                await client.post(stub.url + "/chat/completions", content=b"{broken")
            got = await _posted(client, stub)
            assert got is not None
            assert got.status_code == 200
            assert (await client.get(stub.url + "/counts")).json()["seen"] == 1

    asyncio.run(story())


def test_it_runs_as_a_program() -> None:
    """The command prints its address, answers there, and ends when it is told to."""
    command = [sys.executable, "-m", "secondline.evals.stub", "--slow", "0.0", "--answers", "echo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        got = httpx.post(url + "/chat/completions", json=BODY, trust_env=False)
        assert got.json()["choices"][0]["message"]["content"].startswith("You said: Fee?")
        process.terminate()


def test_a_wrong_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The command says what it does not know."""
    with pytest.raises(SystemExit):
        main(["--answers", "poems"])
    assert "poems" in capsys.readouterr().err
