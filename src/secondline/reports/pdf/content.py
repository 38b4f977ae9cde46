"""A draft as plain JSON for the typesetter: every link decided, every chart drawn, nothing left to look up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, assert_never

from secondline.reports import layout
from secondline.reports.blocks import (
    Block,
    Bullets,
    Cell,
    Chart,
    Draft,
    EvidenceNote,
    Figure,
    FindingCard,
    KeyFacts,
    Paragraph,
    Placeholder,
    Ref,
    Section,
    Span,
    Table,
)
from secondline.reports.charts import to_svg

Json = dict[str, Any]


@dataclass
class Anchors:
    """The places a link may lead to. Each is given out once, so that two blocks of one id cannot clash."""

    labels: dict[str, str]
    notes: frozenset[str]
    queries: frozenset[str]
    _given: set[str] = field(default_factory=set)
    _counted: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, draft: Draft) -> Anchors:
        """Collect the places of *draft*."""
        notes = frozenset(note.id for note in draft.evidence)
        return cls(layout.labels(draft), notes, frozenset(layout.queries(draft)))

    def place(self, kind: str, name: str) -> str | None:
        """Return the anchor to set for *name*, or nothing where it has none or an earlier one holds it."""
        anchor = f"{kind}:{name}"
        if not name or anchor in self._given:
            return None
        self._given.add(anchor)
        return anchor

    def count(self, word: str) -> int:
        """Return the next number of the tables or the figures."""
        self._counted[word] += 1
        return self._counted[word]

    def ref(self, name: str) -> str | None:
        """Return where a cross-reference leads."""
        return f"at:{name}" if name in self.labels else None

    def note(self, name: str | None) -> str | None:
        """Return where a number's evidence is."""
        return f"evidence:{name}" if name in self.notes else None

    def query(self, name: str) -> str | None:
        """Return where a query's SQL is."""
        return f"query:{name}" if name in self.queries else None


def content(draft: Draft) -> Json:
    """Return *draft* as the JSON that ``report.typ`` reads."""
    anchors = Anchors.of(draft)
    date = layout.dated(draft)
    return {
        "title": draft.title,
        "subtitle": draft.subtitle,
        "running": layout.running(draft),
        "watermark": draft.watermark,
        "digest": draft.digest,
        "language": draft.language,
        "author": draft.meta.get("author", "secondline"),
        "keywords": [word.strip() for word in draft.meta.get("keywords", "").split(",") if word.strip()],
        "date": {name: getattr(date, name) for name in ("year", "month", "day")},
        "cover": _items(draft.cover, anchors),
        "sections": [_section(section, anchors) for section in draft.sections],
        "evidence": [_note(note, anchors) for note in draft.evidence],
        "queries": [
            {"id": name, "sql": sql, "anchor": anchors.place("query", name)}
            for name, sql in layout.queries(draft, layout.SQL_LINES).items()
        ],
    }


def _section(section: Section, anchors: Anchors) -> Json:
    return {
        "number": section.number,
        "title": section.title,
        "anchor": anchors.place("at", section.id),
        "blocks": list(_blocks(section.blocks, anchors)),
        "sections": [_section(child, anchors) for child in section.sections],
    }


def _blocks(blocks: tuple[Block, ...], anchors: Anchors) -> Iterator[Json]:
    """Blocks in order, with two half charts that follow each other side by side."""
    for row in layout.rows(blocks):
        drawn = [_block(block, anchors) for block in row]
        yield {"kind": "Charts", "charts": drawn} if isinstance(row[0], Chart) else drawn[0]


def _block(block: Block, anchors: Anchors) -> Json:
    return {"kind": type(block).__name__} | _parts(block, anchors)


def _parts(block: Block, anchors: Anchors) -> Json:
    match block:
        case Paragraph() | Bullets():
            return _text(block, anchors)
        case Table():
            return _captioned(block, "Table", anchors) | _table(block, anchors)
        case Chart():
            return _captioned(block, "Figure", anchors) | _chart(block)
        case Placeholder(ask, who, name):
            return {"ask": ask, "who": who, "anchor": anchors.place("ask", name)}
        case FindingCard():
            return _finding(block, anchors)
        case KeyFacts():
            return {"items": _items(block, anchors), "strip": layout.short(block)}
        case _:
            assert_never(block)


def _text(block: Paragraph | Bullets, anchors: Anchors) -> Json:
    if isinstance(block, Bullets):
        return {"items": [_spans(item, anchors) for item in block.items]}
    return {"style": block.style, "spans": _spans(block.spans, anchors)}


def _chart(chart: Chart) -> Json:
    return {"svg": to_svg(chart.spec), "alt": chart.alt, "width": chart.width}


def _captioned(block: Table | Chart, word: str, anchors: Anchors) -> Json:
    label = f"{word} {anchors.count(word)}"
    return {"label": label, "caption": block.caption, "anchor": anchors.place("at", block.id)}


def _table(table: Table, anchors: Anchors) -> Json:
    width = len(table.head)
    rows = [[_cell(cell, anchors) for cell in (*row, *[Cell("")] * width)[:width]] for row in table.rows]
    look = {"shares": layout.shares(table), "turned": layout.turned(table)}
    return look | {"head": table.head, "align": table.align, "note": table.note, "rows": rows}


def _cell(cell: Cell, anchors: Anchors) -> Json:
    return {"text": cell.text, "tone": cell.tone, "to": anchors.note(cell.evidence)}


def _finding(card: FindingCard, anchors: Anchors) -> Json:
    said = {name: getattr(card, name) for name in ("id", "severity", "effect", "owner", "due", "recommendation")}
    found = [{"text": name, "to": anchors.note(name)} for name in card.evidence]
    return said | {
        "statement": _spans(card.statement, anchors),
        "evidence": found,
        "anchor": anchors.place("finding", card.id),
    }


def _spans(spans: tuple[Span, ...], anchors: Anchors) -> list[Json]:
    return [_span(part, anchors) for span in spans for part in layout.parted(span)]


def _span(span: layout.Part, anchors: Anchors) -> Json:
    match span:
        case Figure(text, evidence):
            return {"kind": "Figure", "text": text, "evidence": evidence, "to": anchors.note(evidence)}
        case Ref(target):
            return {"kind": "Ref", "text": anchors.labels.get(target, target), "to": anchors.ref(target)}
        case str():
            return {"kind": "Text", "text": span}
        case _:
            return {"kind": type(span).__name__, "text": span.text}


def _items(block: KeyFacts, anchors: Anchors) -> list[Json]:
    return [{"label": label, "spans": _spans(spans, anchors)} for label, spans in block.items]


TONES = {"passed": "good", "failed": "bad", "errored": "bad", "inconclusive": "unsure"}


def _note(note: EvidenceNote, anchors: Anchors) -> Json:
    said = {name: getattr(note, name) for name in ("id", "title", "value", "interval", "outcome", "reason", "limit")}
    return said | {
        "anchor": anchors.place("evidence", note.id),
        "tone": TONES.get(note.outcome, ""),
        "fields": [{"name": name, "text": text} for name, text in layout.printed(note)],
        "queries": [{"text": name, "to": anchors.query(name)} for name, _ in note.sql],
    }
