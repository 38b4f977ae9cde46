"""Tables in Word: quiet rules, a head that repeats, rows that do not break over pages."""

from __future__ import annotations

from collections.abc import Sequence

from secondline.reports.docx.xml import Element, element

Lines = Sequence[Element]
RULE, STRONG = "D5DBE1", "1B2733"


def table(
    rows: Sequence[Sequence[Lines]], widths: Sequence[int], style: str, *, heads: int = 0, ruled: bool = True
) -> Element:
    """Return a table of cells that hold paragraphs; *widths* in twentieths of a point."""
    looks = element(
        "tblPr",
        element("tblStyle", val=style),
        element("tblW", w=sum(widths), type="dxa"),
        _borders() if ruled else None,
        element("tblLayout", type="fixed"),
        element("tblCellMar", element("left", w=70, type="dxa"), element("right", w=70, type="dxa")),
    )
    columns = element("tblGrid", *(element("gridCol", w=width) for width in widths))
    return element("tbl", looks, columns, *(_row(row, widths, head=i < heads) for i, row in enumerate(rows)))


def _borders() -> Element:
    def rule(side: str, colour: str, size: int) -> Element:
        return element(side, val="single", sz=size, space=0, color=colour)

    return element("tblBorders", rule("top", STRONG, 8), rule("bottom", STRONG, 8), rule("insideH", RULE, 4))


def _row(cells: Sequence[Lines], widths: Sequence[int], *, head: bool) -> Element:
    looks = element("trPr", element("cantSplit"), element("tblHeader") if head else None)
    return element("tr", looks, *(cell(lines, width) for lines, width in zip(cells, widths, strict=True)))


def cell(lines: Lines, width: int, *, fill: str = "") -> Element:
    """Return a cell."""
    shade = element("shd", val="clear", color="auto", fill=fill) if fill else None
    margins = element("tcMar", element("top", w=40, type="dxa"), element("bottom", w=40, type="dxa"))
    return element("tc", element("tcPr", element("tcW", w=width, type="dxa"), shade, margins), *lines)


def shares(parts: Sequence[float], whole: int) -> list[int]:
    """Return *whole* split by *parts*."""
    total = sum(parts) or 1.0
    return [round(whole * part / total) for part in parts]
