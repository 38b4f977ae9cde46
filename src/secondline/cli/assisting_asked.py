"""Assisting, asked: a language model drafts or reads, if the bank's policy lets it, and says what it came to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from secondline.assist.checklists import Checklist
    from secondline.assist.drafting import Passage
    from secondline.assist.evaluation import Evaluation
    from secondline.assist.exhibits import Exhibits
    from secondline.assist.passages import Document
    from secondline.assist.plans import SectionPlan
    from secondline.assist.review import Reviewed
    from secondline.assist.writers import Chosen, Connected
    from secondline.ledger.store import Ledger

T = TypeVar("T")


def chosen_from(writer: Path, replies: Sequence[Path] | None) -> Chosen:
    """Return the writer that a file declares.

    Raises:
        SpecError: the file is wrong, or replies are handed over as well.
    """
    from secondline.assist.writers import chosen
    from secondline.core.errors import SpecError

    if replies:
        raise SpecError("`--reply` hands over answers, `--writer` asks for them: give one of the two.")
    return chosen(writer)


def drafted_by(
    ledger: Ledger, writer: Chosen, plans: Sequence[SectionPlan], exhibits: Exhibits, documents: Mapping[str, str], *,
    code: bool,
) -> list[Passage]:  # fmt: skip
    """Return the sections as a writer drafts them, one after the other."""
    from secondline.assist.drafting import draft_with

    async def work(line: Connected) -> list[Passage]:
        return [await draft_with(line, plan, exhibits, documents) for plan in plans]

    return _asked(ledger, writer, work, code=code)


def read_by(
    ledger: Ledger, writer: Chosen, document: Document, asked: Checklist, tier: int | None, *, code: bool
) -> list[Reviewed]:  # fmt: skip
    """Return what a document shows of each clause, as a writer reads it."""
    from secondline.assist.review import review_with

    async def work(line: Connected) -> list[Reviewed]:
        return await review_with(line, document, asked, tier)

    return _asked(ledger, writer, work, code=code)


def tried_by(ledger: Ledger, writer: Chosen, exhibits: Exhibits, found: Evaluation, *, code: bool) -> Evaluation:
    """Return an evaluation with how a writer does; what it drafts is counted and thrown away: no approval is needed."""
    from secondline.assist.trying import tried

    async def work(line: Connected) -> Evaluation:
        return found.tried(await tried(line, exhibits), writer.digest)

    return _asked(ledger, writer, work, code=code, trial=True)


def _asked(
    ledger: Ledger, writer: Chosen, work: Callable[[Connected], Awaitable[T]], *, code: bool, trial: bool = False
) -> T:
    """Open the line where the policy lets it, do the work, and say how often the model was asked and what it cost."""
    from secondline.assist.permitting import permitted
    from secondline.assist.writers import connected
    from secondline.cli.screen import console
    from secondline.evals.runner import finished

    ground = "tried only, nothing is kept" if trial else permitted(ledger, writer)

    async def all_of_it() -> T:
        async with connected(writer, ledger.folder, allow_code=code) as line:
            made = await work(line)
            tally = line.tally
        said = f"{line.name}: {tally.answered} calls answered, {tally.kept} from before, {tally.failed} failed"
        said += f", {tally.spent:.4g} spent" if tally.spent else ""
        console(stderr=True).print(f"{said}; {ground}.", style="dim", markup=False)
        return made

    return finished(all_of_it())
