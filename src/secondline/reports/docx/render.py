"""A draft as a Word document: cover, contents, sections, and the evidence behind every number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from secondline.reports import layout
from secondline.reports.blocks import Draft, EvidenceNote
from secondline.reports.docx import package, styles
from secondline.reports.docx.body import Body
from secondline.reports.docx.tables import shares, table
from secondline.reports.docx.xml import Element, element, field, field_end, field_start, link, run

DEPTH = 2
NOTE_SHARES = (2, 9, 6, 4, 3)


def render(draft: Draft, template: Path | None = None) -> bytes:
    """Return *draft* as a .docx file, byte for byte the same for the same draft and template.

    With *template*, a .docx or .dotx file of the bank's own, its styles, page and headers are used and its text is left
    out; styles it lacks are added under names that begin with "Secondline". Numbers lead to their evidence, captions
    and cross-references are fields, and the table of contents fills its page numbers when Word updates it.

    Raises:
        MissingExtra: python-docx is not installed.
        SpecError: the template cannot be used.
    """
    document = package.opened(template)
    ids = styles.ensure(document, templated=template is not None)
    body = Body(document, draft, ids)
    _running(document, draft, body)
    body.add(body.text("Title", run(draft.title)), body.text("Subtitle", run(draft.subtitle)))
    if draft.watermark:
        body.add(body.text("Secondline Draft", run(draft.watermark)))
    body.add(*body.facts(draft.cover))
    _contents(draft, body)
    for section in draft.sections:
        body.section(section, 1)
    _evidence(draft, body)
    return package.settled(document, draft)


def _running(document: Any, draft: Draft, body: Body) -> None:
    """Write header and footer, unless the template has its own."""
    section = document.sections[0]
    if section.header.is_linked_to_previous:
        header = section.header.paragraphs[0]._p  # noqa: SLF001 - python-docx has no public way
        if draft.watermark:
            header.addnext(body.text("Secondline Draft", run(draft.watermark)))
        header.getparent().replace(header, body.text("Secondline Note", run(layout.running(draft))))
    if section.footer.is_linked_to_previous:
        pages = [run("Page "), *field("PAGE", "1"), run(" of "), *field("NUMPAGES", "1"), run(f"   {draft.digest}")]
        footer = section.footer.paragraphs[0]._p  # noqa: SLF001 - python-docx has no public way
        footer.getparent().replace(footer, body.text("Secondline Note", *pages))


def _contents(draft: Draft, body: Body) -> None:
    """Write a table of contents that reads before Word has updated it."""
    entries = [(level, s) for level, s in layout.walk(draft.sections) if level <= DEPTH]
    if not entries:
        return
    body.add(body.text("Subtitle", element("r", element("br", type="page")), run("Contents")))
    for i, (level, section) in enumerate(entries):
        shown = link(body.marks.name("at", section.id), run(f"{section.number}\u2002{section.title}"))
        start = field_start(f'TOC \\o "1-{DEPTH}" \\h \\z', dirty=True) if i == 0 else []
        end = [field_end()] if i == len(entries) - 1 else []
        body.add(body.text(f"toc {level}", *start, shown, *end))
    body.add(body.text("Normal", element("r", element("br", type="page"))))


def _evidence(draft: Draft, body: Body) -> None:
    """Write every evidence record as a row, and each query once."""
    if not draft.evidence:
        return
    body.add(body.text("Heading 1", run("Evidence records")))
    heads = ("Record", "Question", "Answer", "Outcome", "Queries")
    head = [[body.text("Secondline Head", run(name))] for name in heads]
    rows = [_note(note, body) for note in draft.evidence]
    body.add(table([head, *rows], shares(NOTE_SHARES, body.width), body.ids[styles.TABLE], heads=1))
    if queries := layout.queries(draft, layout.SQL_LINES):
        body.add(body.text("Heading 1", run("Queries")))
    for name, sql in queries.items():
        body.add(body.text("Heading 3", *body.marks.around("query", name, run(name))))
        lines = [made for line in sql.split("\n") for made in (run(line), element("r", element("br")))]
        body.add(body.text("Secondline Code", *lines[:-1]))


def _note(note: EvidenceNote, body: Body) -> list[list[Element]]:
    def small(*texts: str) -> list[Element]:
        return [body.text("Secondline Cell", run(text)) for text in texts if text] or [body.text("Secondline Cell")]

    name = body.text("Secondline Cell", *body.marks.around("evidence", note.id, run(note.id)))
    limit = f"limit {note.limit}" if note.limit else ""
    queries = [link(body.marks.name("query", q), run(q)) for q, _ in note.sql]
    spaced = [made for query in queries for made in (query, run(" "))]
    return [
        [name],
        small(note.title),
        small(note.value, note.interval, limit),
        small(note.outcome, note.reason if note.outcome not in {"passed", "reported"} else ""),
        [body.text("Secondline Cell", *spaced)],
    ]
