"""What a person is asked to write where the system is a generative one: most sections were worded for scores."""

from __future__ import annotations

from dataclasses import replace

from secondline.reports.blocks import Block, Placeholder, Section

GENERATIVE = {
    "decision-flow": "Describe where answers are used: who asks, who reads them before they count, and what follows.",
    "method": "Describe how an answer is made (model, prompt, retrieval, tools, guardrails) and what this replaces.",
    "dependencies": "Name the vendors, documents and models that it depends on, and what takes its answers.",
    "lineage": "Describe where cases, transcripts and documents come from, how they were drawn, and who wrote them.",
    "theory": "State why a system of this kind should do this task, and what experience or literature supports it.",
    "variables": "Assess the choice of model, prompt, retrieval and decoding, and what each does to the answers.",
    "judgement": "List the judgements that rest on people: severities, references, rubrics, labels, and whose.",
    "implementation": "Describe review of prompts and code, access control, logging, and where the system runs.",
    "robustness": "Report attacks by people, questions beyond these suites, and what happens under load.",
    "explainability": "Assess whether an answer can be traced to its sources as its use requires, and who is told.",
    "fairness": "Report how groups are treated in use, by logs and complaints, under the law that applies.",
    "overlays": "List filters, blocks and manual corrections with the limitation each answers, and its expiry.",
}
"""By the id of the placeholder."""


def for_answers(section: Section) -> Section:
    """Return a section whose open questions are put for a system that answers, where they were put for a score."""
    return replace(
        section, blocks=tuple(map(_put, section.blocks)), sections=tuple(for_answers(one) for one in section.sections)
    )


def _put(block: Block) -> Block:
    if isinstance(block, Placeholder) and block.id in GENERATIVE:
        return replace(block, ask=GENERATIVE[block.id])
    return block
