"""The blocks of a draft as Word paragraphs, tables and pictures."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, assert_never

from secondline.reports import layout
from secondline.reports.blocks import (
    Block,
    Bullets,
    Cell,
    Chart,
    Draft,
    Figure,
    FindingCard,
    KeyFacts,
    Paragraph,
    Placeholder,
    Ref,
    Section,
    Span,
    Strong,
    Table,
)
from secondline.reports.charts.png import to_png
from secondline.reports.docx.styles import TABLE
from secondline.reports.docx.tables import cell, shares, table
from secondline.reports.docx.xml import Bookmarks, Element, element, field, legal, link, paragraph, run

TONES = {"good": "1C6B43", "bad": "A32B1A", "unsure": "8A5A00", "muted": "5B6875", "": ""}
FILLS = {"critical": "F3C9C2", "major": "F8DDD6", "medium": "FAEFD8", "low": "EDF1F4"}
SIDES = {"l": "left", "c": "center", "r": "right"}
DXA_TO_EMU = 635
STYLE_OF = {"body": "Normal", "lead": "Secondline Lead", "note": "Secondline Note"}


class Body:
    """Writes blocks at the end of a document; ``width`` is the text's, in twentieths of a point."""

    def __init__(self, document: Any, draft: Draft, ids: dict[str, str]) -> None:
        """Write into *document*; *ids* are the ids of its styles by name."""
        self.document, self.ids = document, ids
        self.marks, self._counted = Bookmarks(), Counter[str]()
        self.labels, self.notes = layout.labels(draft), frozenset(note.id for note in draft.evidence)
        self._end = document.element.body.sectPr
        page = document.sections[-1]
        self.width = int((page.page_width - page.left_margin - page.right_margin) / DXA_TO_EMU)
        self.long = int((page.page_height - page.left_margin - page.right_margin) / DXA_TO_EMU)

    def add(self, *elements: Element) -> None:
        """Append elements to the document."""
        for made in elements:
            self._end.addprevious(made)

    def text(self, style: str, *runs: Element, align: str = "", keep: bool = False) -> Element:
        """Return a paragraph in a style, by its name."""
        return paragraph(self.ids[style], *runs, align=align, keep=keep)

    def section(self, section: Section, level: int) -> None:
        """Write a section with those below it."""
        title = f"{section.number}\u2002{section.title}" if section.number else section.title
        heading = self.marks.around("at", section.id, run(title))
        self.add(self.text(f"Heading {min(level, 3)}", *heading))
        for row in layout.rows(section.blocks):
            self.add(*(self._pair(row) if len(row) > 1 else self._one(row)))
        for child in section.sections:
            self.section(child, level + 1)

    def _one(self, row: Sequence[Block]) -> Iterator[Element]:
        for block in row:
            yield from self._block(block)

    def _block(self, block: Block) -> Iterator[Element]:
        match block:
            case Paragraph():
                yield self.text(STYLE_OF[block.style], *self.spans(block.spans))
            case Bullets():
                yield from (self.text("List Bullet", *self.spans(item)) for item in block.items)
            case Table():
                yield from self._table(block)
            case Chart():
                yield from self._chart(block, self.width)
            case Placeholder():
                yield from self._placeholder(block)
            case FindingCard():
                yield from self._finding(block)
            case KeyFacts():
                yield from self.facts(block)
            case _:
                assert_never(block)

    def spans(self, spans: Sequence[Span]) -> list[Element]:
        """Return running text as runs, links and fields."""
        return [made for span in spans for part in layout.parted(span) for made in self._span(part)]

    def _span(self, span: layout.Part) -> list[Element]:
        match span:
            case str():
                return [run(span)]
            case Figure(text, evidence):
                return [self.to_note(text, evidence)]
            case Strong(text):
                return [run(text, bold=True)]
            case Ref(target):
                return self._reference(target)
            case _:
                return [run(span.text, self.ids["Secondline Typed"])]

    def to_note(self, text: str, evidence: str, colour: str = "") -> Element:
        """Return a number that leads to its evidence, where it has any."""
        if evidence not in self.notes:
            return run(text, colour=colour)
        return link(self.marks.name("evidence", evidence), run(text, self.ids["Secondline Number"], colour=colour))

    def _reference(self, target: str) -> list[Element]:
        label = self.labels.get(target)
        if label is None:
            return [run(target)]
        name = self.marks.name("at", target)
        if label.startswith(("Table ", "Figure ")):
            return field(f"REF {name} \\h", label)
        return [link(name, run(label))]

    def _caption(self, block: Table | Chart, word: str) -> Element:
        self._counted[word] += 1
        label = [run(f"{word} ", bold=True), *field(f"SEQ {word} \\* ARABIC", str(self._counted[word]))]
        marked = self.marks.around("at", block.id, *label)
        return self.text("Caption", *marked, run(f"\u2002{block.caption}"), keep=word == "Table")

    def _table(self, block: Table) -> Iterator[Element]:
        turned = layout.turned(block)
        if turned:
            yield self._page(turned=False)
        yield self._caption(block, "Table")
        sides = [SIDES.get(side, "left") for side in (block.align + "l" * len(block.head))[: len(block.head)]]
        head = [[self.text("Secondline Head", run(h), align=a)] for h, a in zip(block.head, sides, strict=True)]
        width = len(block.head)
        filled = ((*row, *[Cell("")] * width)[:width] for row in block.rows)
        rows = [[[self._cell(c, a)] for c, a in zip(row, sides, strict=True)] for row in filled]
        widths = shares(layout.shares(block), self.long if turned else self.width)
        yield table([head, *rows], widths, self.ids[TABLE], heads=1)
        yield self.text("Secondline Note", *([run(block.note)] if block.note else []))
        if turned:
            yield self._page(turned=True)

    def _cell(self, made: Cell, align: str) -> Element:
        inside = self.to_note(made.text, made.evidence or "", TONES[made.tone])
        return self.text("Secondline Cell", inside, align=align)

    def _page(self, *, turned: bool) -> Element:
        """Return the paragraph that ends a part of the document, upright or on its side."""
        from copy import deepcopy

        from docx.oxml.ns import qn

        part = deepcopy(self._end)
        if turned:
            size = part.find(qn("w:pgSz"))
            high, wide = size.get(qn("w:h")), size.get(qn("w:w"))
            size.set(qn("w:w"), high)
            size.set(qn("w:h"), wide)
            size.set(qn("w:orient"), "landscape")
        return element("p", element("pPr", element("pStyle", val=self.ids["Secondline Cell"]), part))

    def _chart(self, chart: Chart, width: int) -> Iterator[Element]:
        yield self._picture(chart, width)
        yield self._caption(chart, "Figure")

    def _picture(self, chart: Chart, width: int) -> Element:
        from docx.shared import Emu
        from docx.text.paragraph import Paragraph as Written

        holder = self.text("Normal", keep=True)
        written = Written(holder, self.document._body)  # noqa: SLF001 - python-docx has no public way
        picture = written.add_run().add_picture(io.BytesIO(to_png(chart.spec)), width=Emu(width * DXA_TO_EMU))
        for facts in picture._inline.iter("{*}docPr"):  # noqa: SLF001 - python-docx has no public way
            facts.set("descr", legal(chart.alt))
            facts.set("name", legal(chart.caption)[:80])
        return holder

    def _pair(self, row: Sequence[Block]) -> Iterator[Element]:
        half = self.width // 2
        cells = [list(self._chart(chart, half - 200)) for chart in row if isinstance(chart, Chart)]
        yield table([cells], [half, half], self.ids[TABLE], ruled=False)
        yield self.text("Secondline Cell")

    def _placeholder(self, block: Placeholder) -> Iterator[Element]:
        who = run(f"To be completed by the {block.who}. ", bold=True)
        yield self.text("Secondline Ask", *self.marks.around("ask", block.id, who), run(block.ask))
        looks = element("sdtPr", element("alias", val=block.ask[:60]), element("showingPlcHdr"), element("text"))
        answer = self.text("Secondline Answer", run("Click or tap here to write."))
        yield element("sdt", looks, element("sdtContent", answer))

    def _finding(self, card: FindingCard) -> Iterator[Element]:
        widths = shares((1, 5), self.width)
        evidence = [made for name in card.evidence for made in (self.to_note(name, name), run("  "))]
        known = [
            ("Effect", [run(card.effect)] if card.effect else []),
            ("Recommendation", [run(card.recommendation)] if card.recommendation else []),
            ("Owner and date", [run(f"{card.owner or 'no owner yet'}, due {card.due or 'no date yet'}")]),
            ("Evidence", evidence),
        ]
        head = self.marks.around("finding", card.id, run(f"{card.id} {card.severity}", bold=True))
        rows: list[list[list[Element]]] = [
            [[self.text("Secondline Cell", *head)], [self.text("Secondline Cell", *self.spans(card.statement))]],
            *(
                [[self.text("Secondline Head", run(name))], [self.text("Secondline Cell", *inside)]]
                for name, inside in known
                if inside
            ),
        ]
        made = table(rows, widths, self.ids[TABLE])
        first = made.findall("{*}tr")[0]
        for old, width, lines in zip(first.findall("{*}tc"), widths, rows[0], strict=True):
            first.replace(old, cell(lines, width, fill=FILLS[card.severity]))
        yield made
        yield self.text("Secondline Note")

    def facts(self, block: KeyFacts) -> Iterator[Element]:
        """Return facts side by side where they are few and short, else one under the other."""
        if layout.short(block):
            cells = [
                [self.text("Secondline Head", run(label)), self.text("Secondline Large", *self.spans(spans))]
                for label, spans in block.items
            ]
            yield table([cells], shares([1] * len(cells), self.width), self.ids[TABLE])
        else:
            rows = [
                [[self.text("Secondline Head", run(label))], [self.text("Secondline Cell", *self.spans(spans))]]
                for label, spans in block.items
            ]
            yield table(rows, shares((1, 3), self.width), self.ids[TABLE])
        yield self.text("Secondline Note")
