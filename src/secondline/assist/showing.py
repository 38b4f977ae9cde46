"""Showing: drafted passages as plain values, Markdown, JSON, or a report of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from secondline.assist.deciding import filled
from secondline.assist.drafting import Passage
from secondline.reports.blocks import Draft, KeyFacts, Section


def plain(passage: Passage) -> dict[str, Any]:
    """Return a passage as plain JSON: each sentence with its template, its text and the evidence it rests on."""
    sentences = []
    for one in passage.sentences:
        sources = dict.fromkeys(passage.exhibits.by_id[id_].source for id_ in one.cites)
        sentences.append({**one.plain(), "said": filled(one, passage.exhibits)["said"], "sources": list(sources)})
    return {
        "section": passage.plan.id, "title": passage.plan.title, "run": passage.exhibits.run,
        "writer": passage.writer, "inputs": passage.inputs, "holds": passage.verdict.holds,
        "sentences": sentences, "missing": list(passage.missing),
        "attempts": [attempt.plain() for attempt in passage.attempts],
    }  # fmt: skip


def as_json_text(passages: Sequence[Passage]) -> str:
    """Return passages as JSON."""
    return json.dumps([plain(passage) for passage in passages], indent=2, ensure_ascii=False) + "\n"


def as_markdown(passages: Sequence[Passage]) -> str:
    """Return passages as Markdown, each sentence followed by the evidence it rests on."""
    lines: list[str] = []
    for passage in passages:
        shown = plain(passage)
        lines += [f"## {passage.plan.title}", ""]
        for one in shown["sentences"]:
            rests = f" [{', '.join(one['sources'])}]" if one["sources"] else ""
            lines += [f"{one['said']}{rests}", ""]
        lines += [text for line in shown["missing"] for text in (line, "")]
    return "\n".join(lines)


def as_draft(passages: Sequence[Passage]) -> Draft:
    """Return passages as a report of their own, marked as a draft."""
    sections = tuple(
        Section(passage.plan.id, str(i), passage.plan.title, passage.blocks()) for i, passage in enumerate(passages, 1)
    )
    first = passages[0].exhibits
    facts = KeyFacts((("Model", (first.model,)), ("Run", (first.run,))))
    return Draft("Drafted sections", f"{first.model}, run {first.run}", facts, sections, watermark="Draft by program")
