"""A stub endpoint that speaks ``/chat/completions``: it answers by a function and fails as often as it is told.

For tests, benchmarks and the demonstration: ``python -m secondline.evals.stub --limited 0.1``. It listens on this
machine only. Faults are of the seed and the call, not of the clock: the same calls meet the same faults. A call is
*paid* when it is answered with text; one that comes again with its idempotency key gets the same answer and is not
paid again, as with vendors that know such keys, unless ``forgetful``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from typing import Any, Self

from secondline.evals.targets.scripted import seed_of

HOST = "127.0.0.1"
MOST_BODY, MOST_HEAD = 8 << 20, 64 << 10
Answering = Callable[[dict[str, Any], int], str]
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error"}


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of calls that are turned away (429), broken JSON, slow, dropped, or answered with an error of the server.

    ``wait`` is what ``Retry-After`` says, ``seconds`` how long every answer takes, ``slow_seconds`` a slow one.
    """

    limited: float = 0.0
    malformed: float = 0.0
    dropped: float = 0.0
    broken: float = 0.0
    slow: float = 0.0
    wait: str = "0"
    seconds: float = 0.0
    slow_seconds: float = 1.0


@dataclass(slots=True)
class Stub:
    """The server. ``paid`` counts the answers of each call by its key, ``seen`` every request, whatever came of it."""

    answer: Answering
    faults: Faults = Faults()
    seed: int = 0
    forgetful: bool = False
    model: str = "stub-1"
    paid: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    turned_away: int = 0
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)
    port: int = 0
    _answers: dict[str, bytes] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The address to give to a target."""
        return f"http://{HOST}:{self.port}/v1"

    async def __aenter__(self) -> Self:
        """Listen, on a free port unless one was given."""
        self._server = await asyncio.start_server(self._served, HOST, self.port, backlog=1024)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, and close what is open."""
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open)
        if self._server is not None:
            await self._server.wait_closed()

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, one after the other."""
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        try:
            while await self._once(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, asyncio.CancelledError):
            pass
        finally:
            with contextlib.suppress(OSError, RuntimeError):
                writer.close()

    async def _once(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        size = int(headers.get("content-length", "0"))
        if size > MOST_BODY:
            return False
        body = await reader.readexactly(size)
        reply = await self._reply(head[0].split(" ")[1], headers, body)
        if reply is None:
            return False
        status, content, more = reply
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, '')}", "content-type: application/json",
                 f"content-length: {len(content)}", *(f"{name}: {value}" for name, value in more.items())]  # fmt: skip
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        await writer.drain()
        return headers.get("connection", "").lower() != "close"

    async def _reply(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]] | None:
        """Return the status, body and headers of an answer, or None where the connection is to be dropped."""
        if path.endswith("/counts"):
            said = {"paid": self.paid, "seen": sum(self.seen.values()), "turned_away": self.turned_away}
            return 200, json.dumps(said).encode(), {}
        if path.partition("?")[0] != "/v1/chat/completions":
            return 404, b'{"error": {"message": "no such path"}}', {}
        asked = json.loads(body)
        key = headers.get("idempotency-key") or sha256(body).hexdigest()
        self.headers.append(headers)
        self.bodies[key] = asked
        fault = self._fault(key)
        self.seen[key] += 1
        if fault == "limited":
            self.turned_away += 1
            more = {"retry-after": self.faults.wait} if self.faults.wait else {}
            return 429, b'{"error": {"message": "too many requests", "type": "requests"}}', more
        if fault == "broken":
            return 500, b'{"error": {"message": "the server failed"}}', {}
        content = self._content(asked, key)
        seconds = self.faults.slow_seconds if fault == "slow" else self.faults.seconds
        if seconds:
            await asyncio.sleep(seconds)
        if fault == "dropped":
            return None
        return 200, content[: len(content) // 2] if fault == "malformed" else content, {}

    def _fault(self, key: str) -> str:
        """Return the fault of this time that a call comes, or nothing."""
        word = sha256(f"{self.seed}:{key}:{self.seen[key]}".encode()).digest()
        drawn = int.from_bytes(word[:8]) / 2.0**64
        for name in ("limited", "malformed", "dropped", "broken", "slow"):
            drawn -= getattr(self.faults, name)
            if drawn < 0:
                return name
        return ""

    def _content(self, asked: dict[str, Any], key: str) -> bytes:
        """Return the answer to a call, which is paid now unless it was before."""
        if key in self._answers and not self.forgetful:
            return self._answers[key]
        self.paid[key] += 1
        text = self.answer(asked, seed_of(key))
        words = sum(len(str(turn.get("content") or "").split()) for turn in asked.get("messages") or [])
        content = json.dumps({
            "id": f"chatcmpl-{key[:12]}", "object": "chat.completion", "created": 0, "model": self.model,
            "system_fingerprint": "fp_stub",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": words, "completion_tokens": len(text.split()),
                      "total_tokens": words + len(text.split())},
        }).encode()  # fmt: skip
        self._answers[key] = content
        return content


def echo(asked: dict[str, Any], seed: int) -> str:
    """Return the last thing said, and the seed: an answer to test with."""
    turns = asked.get("messages") or [{}]
    return f"You said: {turns[-1].get('content')} ({seed % 1000})"


def main(words: list[str] | None = None) -> None:
    """Serve until interrupted; the address is printed as a line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m secondline.evals.stub", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--answers", choices=["echo", "bank"], default="echo", help="bank: the assistant of the demo")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--forgetful", action="store_true", help="pay again for a call that comes again")
    for name, default in (("limited", 0.0), ("malformed", 0.0), ("dropped", 0.0), ("broken", 0.0), ("slow", 0.0),
                          ("seconds", 0.0), ("slow-seconds", 1.0)):  # fmt: skip
        parser.add_argument(f"--{name}", type=float, default=default)
    parser.add_argument("--wait", default="0", help="what Retry-After says")
    given = vars(parser.parse_args(words))
    port, answers, seed, forgetful = (given.pop(name) for name in ("port", "answers", "seed", "forgetful"))
    answer = echo if answers == "echo" else import_module("secondline.samples.genai.scripted").answer
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(Stub(answer, Faults(**given), seed, forgetful, port=port)))


async def _serve(stub: Stub) -> None:
    async with stub:
        sys.stdout.write(json.dumps({"url": stub.url}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
