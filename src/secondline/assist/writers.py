"""Writers: a language model that drafts or reads, declared like any target, asked through limits and a journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from secondline.assist import prompts, review
from secondline.core.canonical import digest
from secondline.core.declared.genai import Target
from secondline.core.errors import ModelError
from secondline.evals.components import code_of
from secondline.evals.line import Stopped, Tally
from secondline.evals.nouns import Case, Message
from secondline.evals.targets.opening import Way, opened
from secondline.evals.targets.target import Target as Answering
from secondline.policy.documents import load, typed

FOLDER, TEMPLATE = "drafting", "template"
SHOWN = 200


class Declared(BaseModel):
    """What writer.yaml says: how the model is asked, and under which ``entry`` and ``use`` the bank approved it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target
    entry: str = Field(default="", max_length=170)
    use: str = Field(default="", max_length=200)

    @field_validator("target")
    @classmethod
    def _lives(cls, target: Target) -> Target:
        if target.kind == "replay":
            raise ValueError("a writer is asked anew; hand over recorded replies with `--reply`")
        if target.model == TEMPLATE:
            raise ValueError(f"no model may be called {TEMPLATE!r}: so is called what the product writes itself")
        return target

    @property
    def name(self) -> str:
        """The model, or else where it is asked: what the record of a passage calls its writer."""
        target = self.target
        return (target.model or target.function or target.url)[:SHOWN]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A writer as it was declared, the folder of the declaration, and the digest of all that makes it what it is."""

    declared: Declared
    base: Path
    digest: str


def chosen(path: Path) -> Chosen:
    """Return the writer that a file declares.

    Raises:
        SpecError: the file cannot be read, or does not say what it must.
    """
    content, lines = load(path)
    declared = typed(Declared, content, path.name, lines)
    return Chosen(declared, path.parent, _digest(declared.target, path.parent))


def _digest(target: Target, base: Path) -> str:
    """Return the digest of how the model is asked, what it is told, and the code of a function; not of key or limits.

    This is the artefact of the assistant's entry: another model, address, decoding or instruction is another version.
    """
    asked = target.model_dump(mode="json", exclude={"limits", "key"})
    return digest({"target": asked, "told": [prompts.RULES, review.ASK], "code": code_of(target, base)})


@dataclass(frozen=True, slots=True)
class Connected:
    """A writer at the end of its line. It gets text and gives text; nothing else passes either way."""

    name: str
    target: Answering
    tally: Tally
    places: asyncio.Semaphore

    async def write(self, prompt: str) -> str:
        """Return the model's reply.

        Raises:
            ModelError: it gave none, or a limit ends the asking.
        """
        case = Case(suite=FOLDER, turns=(Message(role="user", content=prompt),))
        async with self.places:
            try:
                trace = await self.target.respond(case, 0)
            except Stopped as stop:
                raise ModelError(f"{self.name} is asked no more ({stop.state}): {stop.because}.") from stop
        if trace.status != "ok":
            because = f": {trace.error[:SHOWN]}" if trace.error else ""
            raise ModelError(f"{self.name} gave no text; the call ended as {trace.status}{because}.")
        return trace.text


@asynccontextmanager
async def connected(writer: Chosen, store: Path, *, allow_code: bool = False) -> AsyncIterator[Connected]:
    """Open the line to a writer; replies are kept in *store*, so that nothing is paid for twice.

    Raises:
        SpecError: the declaration is wrong, or its key is missing.
        Refused: it is a function, and nobody allowed code to run.
        LedgerError: the kept replies cannot be used.
    """
    target = writer.declared.target
    kept = store / FOLDER / f"{writer.digest[:16]}.sqlite"
    way = Way(writer.base, kept, writer.digest, target.system, allow_code=allow_code)
    async with opened(target, way) as line:
        places = asyncio.Semaphore(target.limits.concurrency)
        yield Connected(writer.declared.name, line.target, line.tally, places)
