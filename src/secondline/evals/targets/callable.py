"""Callable: a developer's function, in processes of its own, and only where the person allows code to run.

``name(request)`` gets ``messages``, ``context``, ``system``, ``replicate`` and ``seed``, and returns the text of the
answer or a dictionary: ``text`` and what it knows of ``retrieved``, ``tools``, ``state``, ``status``, ``model``,
``tokens_in``, ``tokens_out`` and ``cost``.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from secondline.core.canonical import canonical
from secondline.core.declared.genai import Target
from secondline.core.errors import ModelError, Refused, SpecError
from secondline.evals.cache import Answer
from secondline.evals.line import Ask
from secondline.evals.nouns import Case, Message
from secondline.evals.targets.http import chunks_of, tools_of
from secondline.evals.targets.openai import most_out
from secondline.evals.targets.posting import parsed, whole
from secondline.evals.targets.scripted import seed_of
from secondline.evals.targets.target import Said
from secondline.evals.wire import MOST_ANSWER, Dropped, Reply, Secret, Unreadable, Used

PASSED_ON = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH", "HOME", "TMPDIR")
PROCESSES = 4
SECONDS_TO_LOAD = 120.0
STATUSES = frozenset({"ok", "refused", "blocked-in", "blocked-out"})


class Callable:
    """The dialect of a function in a file."""

    def __init__(self, target: Target, config: str, system: str, base: Path, *, allowed: bool) -> None:
        """Find the file; it is loaded with the first call.

        Raises:
            Refused: nobody allowed the developer's code to run.
            SpecError: there is no such file.
        """
        if not allowed:
            raise Refused(
                f"The target {target.function!r} is the developer's code, and nobody allowed it to run. Ask again with "
                "`--allow-code`, or replay transcripts."
            )
        file, _, name = target.function.rpartition(":")
        self._file, self._name = (base / file).resolve(), name
        if not file or not name.isidentifier() or not self._file.is_file():
            raise SpecError(
                f"`function` is {target.function!r}. Name a file beside assistant.yaml and a function: file.py:answer."
            )
        code = sha256(self._file.read_bytes()).hexdigest()
        self.endpoint = f"callable {target.function} {code} {config}"
        self._target, self._system = target, system
        self._key = Secret(target.key)
        self._idle: list[asyncio.subprocess.Process] = []
        self._places = asyncio.Semaphore(min(target.limits.concurrency, PROCESSES))

    def request(self, case: Case, history: Sequence[Message], replicate: int) -> Ask:
        """Return the conversation, the passages, and how to decode."""
        body = {
            "messages": [{"role": t.role, "content": t.content, "name": t.name} for t in history],
            "context": [c.model_dump(mode="json", exclude_none=True) for c in case.context], "system": self._system,
            "model": self._target.model, "decoding": self._target.decoding, "replicate": replicate,
            "persona": case.persona, "language": case.language,
        }  # fmt: skip
        return Ask(canonical(body).encode(), replicate, most_out(self._target.decoding))

    async def send(self, body: bytes, key: str) -> Reply:
        """Ask an idle process, or one that is started; one that does not answer in time is ended.

        Raises:
            Dropped: the process died or raised an error.
        """
        async with self._places:
            process = self._idle.pop() if self._idle else await self._started()
            try:
                asked = json.loads(body) | {"seed": seed_of(key)}
                said = await _exchanged(process, canonical(asked).encode())
            except BaseException:
                await _ended(process)
                raise
            self._idle.append(process)
        if not said.get("ok"):
            raise Dropped(f"the function failed: {said.get('error')}")
        return Reply(200, self._key.scrub(canonical(said["answer"]).encode()))

    async def _started(self) -> asyncio.subprocess.Process:
        # -B: compiled files beside the code would change the digest of a folder that is a component.
        environment = {name: os.environ[name] for name in (*PASSED_ON, self._target.key) if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-B", "-m", "secondline.evals.targets.worker", str(self._file), self._name,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            cwd=self._file.parent, env=environment, limit=MOST_ANSWER,
        )  # fmt: skip
        try:
            async with asyncio.timeout(SECONDS_TO_LOAD):
                said = await _exchanged(process, None)
        except BaseException as error:
            await _ended(process)
            if isinstance(error, (TimeoutError, Dropped)):
                raise ModelError(f"{self._target.function!r} could not be loaded: {error}.") from error
            raise
        if not said.get("ok"):
            await _ended(process)
            raise ModelError(f"{self._target.function!r} could not be loaded: {said.get('error')}.")
        return process

    def used(self, reply: Reply) -> Used:
        """Return what the function says to have used."""
        said = parsed(reply.body)
        if not isinstance(said.get("text"), str) or said.get("status", "ok") not in STATUSES:
            raise Unreadable(f"the function gave no text, or a status that is none of {', '.join(sorted(STATUSES))}")
        cost = said.get("cost")
        money = float(cost) if isinstance(cost, (int, float)) and not isinstance(cost, bool) and cost >= 0 else None
        return Used(whole(said.get("tokens_in")), whole(said.get("tokens_out")), money)

    def answers(self, reply: Reply) -> bool:  # noqa: ARG002 - a function has no other answers
        """Whether a reply that is no success is an answer: never."""
        return False

    def read(self, answer: Answer) -> Said:
        """Return what the function said."""
        said = parsed(answer.body)
        return Said(
            text=said["text"], status=said.get("status", "ok"), tools=tools_of(said.get("tools")),
            retrieved=chunks_of(said.get("retrieved")), state=said.get("state"), model=str(said.get("model") or ""),
            fingerprint=str(said.get("fingerprint") or ""),
        )  # fmt: skip

    async def close(self) -> None:
        """End the processes."""
        while self._idle:
            await _ended(self._idle.pop())


async def _exchanged(process: asyncio.subprocess.Process, line: bytes | None) -> dict[str, Any]:
    if process.stdin is None or process.stdout is None:
        raise Dropped("the process has no pipe")
    try:
        if line is not None:
            process.stdin.write(line + b"\n")
            await process.stdin.drain()
        said = await process.stdout.readline()
    except (OSError, ValueError) as error:
        raise Dropped(f"the process of the function broke: {type(error).__name__}") from error
    if not said:
        raise Dropped("the process of the function ended")
    found: dict[str, Any] = json.loads(said)
    return found


async def _ended(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()
