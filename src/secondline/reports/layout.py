"""What every rendering of a draft must agree on: labels, reading order, column widths, the date of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from secondline.reports.blocks import Block, Chart, Draft, EvidenceNote, KeyFacts, Ref, Section, Span, Table

CODE = re.compile(r"`([^`]+)`")
WORDS = re.compile(r"\s|(?<=[._/:=])|(?<=-)(?!\d)")
NUMBERS = re.compile(r"\d+")
NUMERIC = re.compile(r"[^A-Za-z]*$")
COLUMNS = 96
"""Characters of table text in one line of a portrait page."""
WORD = 16
"""The longest run of letters a narrow column must hold unbroken."""
NUMBER = 24
"""The longest number with its interval that a column of numbers must hold unbroken."""
WIDE = 148
"""Characters of table text in one line of a landscape page."""
ON_SCREEN = frozenset({
    "Queries", "Statistics", "Repeat", "Show in the terminal", "Source of the limit", "Method", "Unit", "Exact value",
    "Exact interval", "Why this limit", "Limit set by", "Compared with", "Parameters",
})  # fmt: skip
"""Fields of a note that paper leaves to the HTML report."""
SQL_LINES = 40
"""Lines of a query that paper shows."""
STEP, ROUNDS, SEEN = 2, 24, 60
"""Characters moved at a time, moves at most, and rows looked at when widths are settled."""
STRIP = range(2, 5)
"""How many facts may stand side by side."""
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Code:
    """Words to type as they stand."""

    text: str


Part = Span | Code


def walk(sections: tuple[Section, ...], level: int = 1) -> Iterator[tuple[int, Section]]:
    """Yield each section with its level, in reading order."""
    for section in sections:
        yield level, section
        yield from walk(section.sections, level + 1)


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield the blocks of all sections, in reading order."""
    for _, section in walk(draft.sections):
        yield from section.blocks


def labels(draft: Draft) -> dict[str, str]:
    """Return what a reference to each id prints: ``Table 3``, ``Figure 2``, ``Section 9.2``; first wins."""
    found: dict[str, str] = {}
    for _, section in walk(draft.sections):
        found.setdefault(section.id, f"Section {section.number}" if section.number else section.title)
    for kind, word in ((Table, "Table"), (Chart, "Figure")):
        for number, block in enumerate((b for b in blocks(draft) if isinstance(b, kind)), 1):
            found.setdefault(block.id, f"{word} {number}")
    return {name: label for name, label in found.items() if name}


def queries(draft: Draft, lines: int | None = None) -> dict[str, str]:
    """Return the SQL of each query once, in order; with *lines*, only so many of each: some run to thousands."""
    whole = {name: sql for note in reversed(draft.evidence) for name, sql in reversed(note.sql)}
    return {
        name: _begun(sql, lines)
        for name, sql in sorted(whole.items(), key=lambda item: [int(n) for n in NUMBERS.findall(item[0])])
    }


def _begun(sql: str, most: int | None) -> str:
    lines = sql.split("\n")
    if most is None or len(lines) <= most:
        return sql
    more = f"-- and {len(lines) - most:,} more lines: the whole query is in the HTML report and in the ledger"
    return "\n".join([*lines[:most], more])


def rows(some: Sequence[Block]) -> Iterator[tuple[Block, ...]]:
    """Yield the blocks one by one, and half charts in pairs where two follow each other."""
    left = list(some)
    while left:
        pair = [isinstance(block, Chart) and block.width == "half" for block in left[:2]] == [True, True]
        yield tuple(left[: 1 + pair])
        del left[: 1 + pair]


def parted(span: Span) -> list[Part]:
    """Return a span with the words in backticks, such as a command, parted from the rest."""
    if not isinstance(span, str):
        return [span]
    pieces = CODE.split(span)
    return [Code(piece) if i % 2 else piece for i, piece in enumerate(pieces) if piece]


def printed(note: EvidenceNote) -> tuple[tuple[str, str], ...]:
    """Return the fields of a note for paper, which has queries as links and no digests or repeated commands."""
    return tuple((name, text) for name, text in note.fields if text and name not in ON_SCREEN)


def dated(draft: Draft) -> datetime:
    """Return the date the files carry: the run's, never the clock's, so that the same draft gives the same bytes."""
    for key in ("created", "as_of"):
        try:
            found = datetime.fromisoformat(draft.meta.get(key, ""))
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return EPOCH


def running(draft: Draft) -> str:
    """Return the running header: model and version, or the title where they are not known."""
    named = [draft.meta[key] for key in ("model", "version") if draft.meta.get(key)]
    return " ".join(named) or draft.title


def short(block: KeyFacts) -> bool:
    """Whether the facts are few and short enough to stand side by side, in large type."""
    texts = [(label, "".join(map(said, spans))) for label, spans in block.items]
    return len(texts) in STRIP and all(len(label) <= WORD + 8 and len(text) <= WORD for label, text in texts)


def said(span: Span) -> str:
    """Return the words of a span."""
    match span:
        case str():
            return span
        case Ref(target):
            return target
        case _:
            return span.text


def shares(table: Table) -> tuple[float, ...]:
    """Return each column's share of the width: near those declared, moved to where the text needs them."""
    columns = WIDE if turned(table) else COLUMNS
    texts = [_column(table, index) for index in range(len(table.head))]
    floors = [_floor(t, side) for t, side in zip(texts, _sides(table), strict=True)]
    declared = len(table.widths) == len(table.head) and min(table.widths, default=0) > 0
    start = table.widths if declared else _fitted(floors, texts, columns)
    widths = _settled([columns * width / sum(start) for width in start], floors, texts)
    return tuple(width / sum(widths) for width in widths)


def turned(table: Table) -> bool:
    """Whether the table needs a landscape page: its words and numbers alone are wider than a portrait one."""
    floors = (_floor(_column(table, i), side) for i, side in enumerate(_sides(table)))
    return sum(floors) > COLUMNS


def _sides(table: Table) -> str:
    return (table.align + "l" * len(table.head))[: len(table.head)]


def _column(table: Table, index: int) -> list[str]:
    return [table.head[index], *(row[index].text if index < len(row) else "" for row in table.rows)]


def _floor(texts: list[str], side: str) -> float:
    """The narrowest sensible column: its longest word, and its usual number unbroken; a very long one may break."""
    words = max((len(word) for text in texts for word in WORDS.split(text)), default=1)
    numbers = sorted(len(text) if side == "r" and NUMERIC.match(text) else 0 for text in texts)
    return max(min(words, WORD), min(numbers[3 * len(numbers) // 4], NUMBER)) + 1.5


def _fitted(floors: list[float], texts: list[list[str]], columns: int) -> list[float]:
    """A first guess: long columns by the square root of their mean length, none beyond its need."""
    lengths = [sorted(map(len, column)) for column in texts]
    needs = [max(some[int(0.9 * (len(some) - 1))] + 2.0, low) for some, low in zip(lengths, floors, strict=True)]
    wants = [(sum(some) / len(some)) ** 0.5 for some in lengths]
    low, high = 0.0, float(columns)
    widths: list[float] = []
    for _ in range(20):
        scale = (low + high) / 2
        widths = [min(max(scale * want, floor), need) for want, floor, need in zip(wants, floors, needs, strict=True)]
        low, high = (scale, high) if sum(widths) < columns else (low, scale)
    return widths


def _settled(widths: list[float], floors: list[float], texts: list[list[str]]) -> list[float]:
    """Move width between columns for as long as that makes the table shorter, or heals too narrow a column."""
    lengths = [[len(text) for text in row] for row in zip(*texts, strict=True)]
    lengths = lengths[:: 1 + len(lengths) // SEEN]
    best = _height(widths, floors, lengths)
    for _ in range(ROUNDS):
        moves = [_moved(widths, a, b) for a in range(len(widths)) for b in range(len(widths)) if a != b]
        height, moved = min(((_height(m, floors, lengths), m) for m in moves if min(m) > STEP), default=(best, widths))
        if height >= best:
            break
        best, widths = height, moved
    return widths


def _moved(widths: list[float], giver: int, taker: int) -> list[float]:
    step = [STEP * ((i == taker) - (i == giver)) for i in range(len(widths))]
    return [width + more for width, more in zip(widths, step, strict=True)]


def _height(widths: list[float], floors: list[float], lengths: list[list[int]]) -> float:
    """The lines of text in the table; a column narrower than its words costs more than any line."""
    room = [max(width - 1.5, 1) for width in widths]
    lines = sum(max(-(-n // r) for n, r in zip(row, room, strict=True)) for row in lengths)
    return lines + len(lengths) * sum(max(floor - width, 0) for floor, width in zip(floors, widths, strict=True))
