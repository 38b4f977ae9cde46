"""Sections 7 and 8: why the model should work, and whether what runs is what was built."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Figure, Placeholder, Ref, Section, Table
from secondline.reports.sections import rebuild
from secondline.reports.sections.materials import materials
from secondline.reports.view import View

JUDGEMENTS = (
    ("theory", "State the theory behind the model, and whether the literature or practice supports it for this use."),
    ("alternatives", "Say which alternatives were considered and why this one was chosen."),
    ("variables", "Assess the choice and treatment of variables, and whether each has a sensible direction."),
    ("assumptions", "List the assumptions, how each was tested, and what follows if it fails."),
    ("judgement", "List the expert judgements in the model, who made them and on what evidence."),
)
Words = tuple[str, ...]
IMPLEMENTED = (
    "soundness.parity", "soundness.decision_parity", "soundness.production_parity", "soundness.repeatable",
    "soundness.inputs", "soundness.claims",
)  # fmt: skip
MONOTONE = ("soundness.monotone", "claimed", "monoton", "direction")
EXCLUDED = ("excluded",)
IMPLEMENTATION = Placeholder(
    "Describe code review, score parity, mapping tables, access control and the environment the model runs in.",
    id="implementation",
)


def soundness(view: View) -> Section:
    """Return section 7."""
    asks = tuple(Placeholder(ask, id=id_) for id_, ask in JUDGEMENTS)
    claims = Section("claims", "7.1", "Claims of the documentation, held against the data", tuple(_claims(view)))
    parts = () if view.spec.genai else (claims,)
    return Section("soundness", "7", "Conceptual soundness", asks, parts)


def _claims(view: View) -> Iterator[Block]:
    claims = view.spec.claims
    stated: list[tuple[str, str, Words]] = []
    stated += [(column, f"risk is {way} in it", MONOTONE) for column, way in claims.monotone.items()]
    stated += [(column, "it is not used", EXCLUDED) for column in claims.excluded]
    if not stated:
        yield words.text("model.yaml declares no claims of the documentation to hold against the data.")
        yield from rebuild.claims(view)
        return
    rows = tuple((Cell(column), Cell(claim), _answer(view, column, named)) for column, claim, named in stated)
    yield Table(
        "t-claims", "Claims and what the data say", ("Column", "Claim", "Answer"), "lll", rows, (0.3, 0.35, 0.35)
    )
    yield from rebuild.claims(view)


def _answer(view: View, column: str, named: Words) -> Cell:
    """Return the answer about a column, else the one about all claims of its kind, of the newest population."""
    asked = [e for e in view.run.evidence if any(word in e.code for word in named)]
    about = [e for e in asked if e.subject.column == column] or [e for e in asked if e.subject.column is None]
    latest = [e for e in about if e.subject.population == view.latest] or about
    return (
        words.outcome_cell(latest[0]) if latest else Cell("not evidenced: no check of this plan asks it", tone="muted")
    )


def implementation(view: View) -> Section:
    """Return section 8."""
    if view.spec.genai:
        return _of_answers(view)
    missing = (
        "Not evidenced: model.yaml names no artefact to open, so this run does not show that the recorded scores are "
        "those of the approved artefact. Needed: the artefact, or scores of the same rows from development and from "
        "production."
    )
    blocks: tuple[Block, ...] = (
        *tables.answered(view, IMPLEMENTED, "implementation", "The artefact and the recorded scores", missing),
        IMPLEMENTATION,
    )
    parts = (
        rebuild.section(view, "8.1"),
        Section("replicate", "8.2", "How to repeat this run", tuple(_repeat(view))),
        Section("materials", "8.3", "Bill of materials of the artefact", tuple(materials(view))),
    )
    return Section("implementation", "8", "Replication and implementation", blocks, parts)


def _of_answers(view: View) -> Section:
    """Return section 8 of a generative system, which has no artefact to open: its parts are told in section 9."""
    blocks: tuple[Block, ...] = (
        words.text("What the system is made of, each part by its content, is in ", Ref("outcomes-system"), "."),
        IMPLEMENTATION,
    )
    repeat = Section("replicate", "8.1", "How to repeat this run", tuple(_repeat(view)))
    return Section("implementation", "8", "Replication and implementation", blocks, (repeat,))


def _repeat(view: View) -> Iterator[Block]:
    run = view.run
    yield words.text(
        f"`secondline replicate {run.id}` reads the sources again, compares their fingerprints, runs the same plan "
        f"and compares every "
        "number within its stated tolerance. `secondline verify` recomputes every seal of the record store."
    )
    sample = next((e for e in run.evidence if e.queries), None)
    if sample:
        yield words.text(
            "Each answer names the queries and the digests of the statistics it was computed from; see ",
            Figure("the first answer", sample.id),
            ". The SQL is in the appendix.",
        )
