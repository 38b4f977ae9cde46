"""The system under test: its components as they were, how it was asked, and the risks that are stated of it."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.declared.configuration import configuration
from secondline.core.declared.genai import RISKS, Component
from secondline.core.evidence import Evidence
from secondline.reports import words
from secondline.reports.blocks import Block, Cell, KeyFacts, Placeholder, Strong, Table
from secondline.reports.view import View

AUTONOMY = {
    "draft": "drafts for a person, who decides and sends",
    "advise": "advises a person, who decides",
    "act": "acts by itself",
}


def system(view: View) -> Iterator[Block | None]:
    """Yield what was tested: autonomy, configuration and components."""
    genai = view.spec.genai
    if genai is None:
        return
    held = view.run.configuration
    config = configuration(held)[:16] or "not kept: the answers were handed over as tables"
    yield KeyFacts((
        ("Autonomy", (f"{genai.autonomy}: it {AUTONOMY[genai.autonomy]}",)),
        ("Faces customers", ("yes" if genai.customer_facing else "no",)),
        ("Asked by", (_target(view),)),
        ("Configuration", (config,)),
        ("Seed", (str(genai.seed),)),
    ))  # fmt: skip
    loose = [part.name for part in genai.components if not part.pinned and part.kind not in {"human-step", "judge"}]
    if loose:
        yield words.text(
            "Not pinned, so that the system may change unseen: ", Strong(words.listed(loose)),
            ". Results hold for what answered on the day of the run.",
        )  # fmt: skip
    rows = tuple(_component(part, held.get(f"{part.kind}/{part.name}", "")) for part in genai.components)
    head = ("Kind", "Component", "Version", "Vendor", "Digest", "Pinned")
    note = (
        "The digest is of what is declared of the component and of the bytes of its files. A component that changes is "
        "another configuration, which is validated again."
    )
    yield Table("t-genai-parts", "Components", head, "llllll", rows, (0.14, 0.22, 0.22, 0.12, 0.18, 0.12), note=note)


def _target(view: View) -> str:
    target = view.spec.genai.target if view.spec.genai else None
    if target is None:
        return ""
    place = target.file or target.function or target.model or target.url
    kinds = {"replay": "transcripts recorded before", "openai": "an OpenAI-compatible endpoint",
             "http": "an HTTP endpoint", "callable": "a Python function"}  # fmt: skip
    return f"{kinds[target.kind]} ({place})" if place else kinds[target.kind]


def _component(part: Component, kept: str) -> tuple[Cell, ...]:
    said = (part.digest or kept)[:12]
    return (
        Cell(part.kind), Cell(part.name), Cell(part.version or "not stated", tone="" if part.version else "muted"),
        Cell(part.vendor or "none", tone="" if part.vendor else "muted"),
        Cell(said or "not kept", tone="" if said else "muted"),
        Cell("yes" if part.pinned else "no", tone="" if part.pinned else "unsure"),
    )  # fmt: skip


def risks(view: View) -> Iterator[Block | None]:
    """Yield the twelve risks: whether each applies, why, and what the checks that look at it say."""
    genai = view.spec.genai
    if genai is None:
        return
    rows = []
    for name in RISKS:
        risk = genai.risks.get(name)
        if risk is None:
            rows.append((Cell(name), Cell("not answered", tone="bad"), Cell(""), Cell("")))
            continue
        looked = [e for code in risk.checks for e in view.answers(code)]
        rows.append((
            Cell(name), Cell("applies" if risk.applies else "does not apply"), Cell(words.sentence(risk.because)),
            _looked(looked) if looked or not risk.applies else Cell("no check looks at it", tone="unsure"),
        ))  # fmt: skip
    head = ("Risk", "Stated", "Because", "What the checks that look at it say")
    yield Table("t-genai-risks", "The twelve risks", head, "llll", tuple(rows), (0.2, 0.14, 0.36, 0.3))
    yield Placeholder("Challenge which risks are said not to apply, and whether the checks named can see the others.",
                      id="risks")  # fmt: skip


def _looked(looked: list[Evidence]) -> Cell:
    failed = any(e.outcome.kind == "failed" for e in looked)
    return Cell(words.listed(words.fallen(looked)) if looked else "", tone="bad" if failed else "")
