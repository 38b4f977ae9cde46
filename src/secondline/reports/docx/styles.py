"""The styles a report uses: a template's own win, and what it lacks is added, so that nothing is formatted by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

INK, QUIET, ACCENT, AMBER = "1B2733", "5B6875", "1F5A94", "8A5A00"
FONT, MONO = "Calibri", "Consolas"


@dataclass(frozen=True, slots=True)
class Look:
    """How a style of ours looks when the template does not say: its base, size in points, colour and spacing."""

    base: str
    size: float
    colour: str = INK
    bold: bool = False
    before: float = 0
    after: float = 6
    font: str = FONT
    keep: bool = False


PARAGRAPHS = {
    "Title": Look("Normal", 26, bold=True, after=2),
    "Subtitle": Look("Normal", 13, QUIET, after=18),
    "Heading 1": Look("Normal", 18, bold=True, before=24, after=8, keep=True),
    "Heading 2": Look("Normal", 13, bold=True, before=16, after=6, keep=True),
    "Heading 3": Look("Normal", 11, bold=True, before=12, after=4, keep=True),
    "Caption": Look("Normal", 9, QUIET, before=8, after=4),
    "List Bullet": Look("Normal", 10.5, after=3),
    "toc 1": Look("Normal", 10, before=2, after=0),
    "toc 2": Look("Normal", 9, QUIET, after=0),
    "Secondline Lead": Look("Normal", 13, after=10),
    "Secondline Note": Look("Normal", 9, QUIET, after=8),
    "Secondline Ask": Look("Normal", 10, AMBER, before=4, after=2, keep=True),
    "Secondline Answer": Look("Normal", 10, QUIET, after=10),
    "Secondline Cell": Look("Normal", 8.5, after=0),
    "Secondline Head": Look("Secondline Cell", 8.5, QUIET, bold=True, after=0, keep=True),
    "Secondline Large": Look("Normal", 15, bold=True, after=0),
    "Secondline Code": Look("Normal", 7.5, after=8, font=MONO),
    "Secondline Draft": Look("Normal", 9, AMBER, bold=True, after=0),
}
CHARACTERS = {"Secondline Number": (ACCENT, FONT), "Secondline Typed": (INK, MONO)}
OURS = ("Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3", "Caption", "List Bullet")
"""Built-in styles that we set only where there is no template."""
TABLE = "Secondline Table"


def ensure(document: Any, *, templated: bool) -> dict[str, str]:
    """Add the styles the document lacks and return the id of each by name."""
    from docx.enum.style import WD_STYLE_TYPE

    known = {style.name for style in document.styles}
    if not templated:
        _normal(document.styles["Normal"])
    for name, look in PARAGRAPHS.items():
        if name not in known:
            document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        if name not in known or (not templated and name in OURS):
            _paragraph(document, name, look)
    for name, (colour, font) in CHARACTERS.items():
        if name not in known:
            _font(document.styles.add_style(name, WD_STYLE_TYPE.CHARACTER).font, font, None, colour)
    if TABLE not in known:
        document.styles.add_style(TABLE, WD_STYLE_TYPE.TABLE)
    return {style.name: style.style_id for style in document.styles}


def _normal(style: Any) -> None:
    from docx.shared import Pt

    _font(style.font, FONT, 10.5, INK)
    style.paragraph_format.space_after = Pt(6)
    style.paragraph_format.line_spacing = 1.15


def _paragraph(document: Any, name: str, look: Look) -> None:
    from docx.shared import Pt

    style = document.styles[name]
    if name != "List Bullet":
        style.base_style = document.styles[look.base]
    _font(style.font, look.font, look.size, look.colour)
    style.font.bold, style.font.italic = look.bold, False
    shape = style.paragraph_format
    shape.space_before, shape.space_after, shape.keep_with_next = Pt(look.before), Pt(look.after), look.keep
    for border in style.element.xpath("./w:pPr/w:pBdr"):
        border.getparent().remove(border)


def _font(font: Any, name: str, size: float | None, colour: str) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    font.name = name
    faces = font.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        faces.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("eastAsia", "cs"):
        faces.set(qn(f"w:{script}"), name)
    font.color.rgb = RGBColor.from_string(colour)
    if size is not None:
        font.size = Pt(size)
