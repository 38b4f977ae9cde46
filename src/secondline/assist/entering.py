"""Entering: the passages that people have finished become text of the report, with links to their evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from secondline.core.evidence import Run
from secondline.ledger.store import Ledger
from secondline.reports.blocks import Block, Draft, Figure, Paragraph, Section, Span
from secondline.reports.draft import draft
from secondline.workflow.witnessing import witness_of


def report_of(ledger: Ledger, run: Run) -> Draft:
    """Return the report of a run, with the finished passages about it at the head of their sections."""
    return entered(draft(run, witness=witness_of(ledger.folder, run)), finished(ledger, run))


def finished(ledger: Ledger, run: Run) -> list[dict[str, Any]]:
    """Return the finished passages about a run, oldest first."""
    return [doc for doc in ledger.records.find("passage", run=run.id) if doc["state"] == "finished"]


def entered(report: Draft, passages: Iterable[Mapping[str, Any]]) -> Draft:
    """Return a report with passages entered; the newest of a section counts, and a report without any is unchanged."""
    by_section = {str(doc["section"]): doc for doc in passages}
    if not by_section:
        return report
    known = {note.id for note in report.evidence}
    return replace(report, sections=tuple(_with(section, by_section, known) for section in report.sections))


def _with(section: Section, by_section: Mapping[str, Mapping[str, Any]], known: set[str]) -> Section:
    parts = tuple(_with(part, by_section, known) for part in section.sections)
    doc = by_section.get(section.id)
    blocks = (*_blocks(doc, known), *section.blocks) if doc else section.blocks
    return replace(section, blocks=blocks, sections=parts)


def _blocks(doc: Mapping[str, Any], known: set[str]) -> Iterator[Block]:
    for number in range(1, len(doc["sentences"]) + 1):
        one = doc["decisions"][str(number)]
        if one["decision"] != "rejected":
            yield Paragraph(tuple(filter(None, _spans(one, known))))
    yield from (Paragraph((str(line),)) for line in doc.get("missing", ()))
    yield Paragraph((_signed(doc),), "note")


def _spans(one: Mapping[str, Any], known: set[str]) -> Iterator[Span]:
    text, at = str(one["said"]), 0
    for start, end, source in one.get("links", ()):
        if source in known:
            yield from (text[at:start], Figure(text[start:end], source))
            at = end
    yield text[at:]


def _signed(doc: Mapping[str, Any]) -> str:
    """Say whose text it is: who finished it, how much of it was edited, and who drafted it."""
    decisions = doc["decisions"].values()
    edited = sum(one["decision"] == "edited" for one in decisions)
    rejected = sum(one["decision"] == "rejected" for one in decisions)
    own = sum(one.get("origin") != "template" for one in doc["sentences"])
    by = f"by {doc['writer']}" + (
        f" ({own} of {len(decisions)}, the rest from templates)" if own < len(decisions) else ""
    )
    how = "from templates" if doc["writer"] == "template" else by
    changed = f"{edited} of its {len(decisions)} sentences edited, {rejected} rejected"
    return f"Text of {doc['finished_by']} ({doc['id']}); drafted {how}, {changed}."
