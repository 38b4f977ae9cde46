"""WordprocessingML by hand: elements, runs, fields, links and bookmarks, where python-docx has no words for them."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
Element = Any


def legal(text: str) -> str:
    """Return *text* with the characters that XML cannot hold replaced."""
    return ILLEGAL.sub("\ufffd", text)


def element(tag: str, *children: Element | None, **attributes: object) -> Element:
    """Return ``<w:tag>`` with *attributes* in the same namespace; children that are None are left out."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), legal(str(value)))
    made.extend([child for child in children if child is not None])
    return made


def run(text: str, style: str = "", *, bold: bool = False, colour: str = "") -> Element:
    """Return a run of *text* in a character style."""
    from docx.oxml.ns import qn

    looks = [
        element("rStyle", val=style) if style else None,
        element("b") if bold else None,
        element("color", val=colour) if colour else None,
    ]
    made = element("t")
    made.text = legal(text)
    made.set(qn("xml:space"), "preserve")
    return element("r", element("rPr", *looks) if any(look is not None for look in looks) else None, made)


def paragraph(style: str, *runs: Element | None, align: str = "", keep: bool = False) -> Element:
    """Return a paragraph in a style, by the style's id."""
    looks = [
        element("pStyle", val=style),
        element("keepNext") if keep else None,
        element("jc", val=align) if align else None,
    ]
    return element("p", element("pPr", *looks), *runs)


def field(instruction: str, shown: str, *, dirty: bool = False) -> list[Element]:
    """Return the runs of a field that shows *shown* until Word computes it."""
    return [*field_start(instruction, dirty=dirty), run(shown), field_end()]


def field_start(instruction: str, *, dirty: bool = False) -> list[Element]:
    """Return the runs that begin a field."""
    from docx.oxml.ns import qn

    code = element("instrText")
    code.text = f" {instruction} "
    code.set(qn("xml:space"), "preserve")
    begin = element("fldChar", fldCharType="begin", **({"dirty": "true"} if dirty else {}))
    return [element("r", begin), element("r", code), element("r", element("fldChar", fldCharType="separate"))]


def field_end() -> Element:
    """Return the run that ends a field."""
    return element("r", element("fldChar", fldCharType="end"))


def link(target: str, *runs: Element) -> Element:
    """Return a link to a bookmark of the same document."""
    return element("hyperlink", *runs, anchor=target, history="1")


class Bookmarks:
    """Names for the places of a draft: Word allows 40 letters, digits and underscores, and each name once."""

    def __init__(self) -> None:
        """Begin without any."""
        self._names: dict[tuple[str, str], str] = {}
        self._set: set[str] = set()
        self._ids = count(1)

    def name(self, kind: str, of: str) -> str:
        """Return the bookmark's name for the place *of* of this *kind*."""
        return self._names.setdefault((kind, of), f"{kind}_{len(self._names) + 1}")

    def around(self, kind: str, of: str, *inside: Element) -> list[Element]:
        """Return the elements inside a bookmark; a place already set is not set twice."""
        name = self.name(kind, of)
        if not of or name in self._set:
            return list(inside)
        self._set.add(name)
        number = next(self._ids)
        return [element("bookmarkStart", id=number, name=name), *inside, element("bookmarkEnd", id=number)]
