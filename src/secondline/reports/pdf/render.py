"""Typeset a draft. What a person or a data set wrote travels as JSON and is never read as markup."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal

from secondline.core.errors import MissingExtra, SecondlineError
from secondline.reports import layout
from secondline.reports.blocks import Draft
from secondline.reports.pdf.content import content

MAIN = Path(__file__).with_name("report.typ")
# Archivable for as long as records are kept, and readable aloud.
STANDARDS: tuple[Literal["a-2a"], Literal["ua-1"]] = ("a-2a", "ua-1")
ROUNDS = 6
CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF], "\ufffd")
ABSENT = re.compile(r'the text `"(.+?)"` could not be displayed')
ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}")


def render(draft: Draft, fonts: Path | None = None) -> bytes:
    """Return *draft* as PDF/A-2a and PDF/UA-1, byte for byte the same on every machine.

    The type is embedded in the typesetter; no font of the machine is used. A character it lacks prints as its code
    point, such as U+4F60 in angle marks, unless a font in the folder *fonts* has it.
    """
    data = _mapped(content(draft), lambda text: text.translate(CONTROL))
    absent: set[str] = set()
    for _ in range(ROUNDS):
        pdf, absent = _typeset(data, draft, fonts)
        if pdf:
            return pdf
        data = _mapped(data, lambda text, absent=absent: _spelt(text, absent))
    raise SecondlineError(f"The PDF report cannot show these characters: {', '.join(sorted(absent))}.")


def _typeset(data: Any, draft: Draft, fonts: Path | None) -> tuple[bytes, set[str]]:
    """Return the file, or nothing and the characters that no font has."""
    try:
        import typst
    except ImportError as missing:
        raise MissingExtra.needs("The PDF report", "report") from missing
    faces = typst.Fonts(include_system_fonts=False, font_paths=[fonts] if fonts else [])
    given = {"draft": json.dumps(data, ensure_ascii=False)}
    try:
        compiler = typst.Compiler(str(MAIN), root=str(MAIN.parent), font_paths=faces, sys_inputs=given)
        pdf = compiler.compile(
            format="pdf", pdf_standards=list(STANDARDS), timestamp=int(layout.dated(draft).timestamp())
        )
    except typst.TypstError as error:
        absent = {ESCAPE.sub(lambda m: chr(int(m[1], 16)), found) for found in ABSENT.findall(error.diagnostic)}
        if not absent:
            raise
        return b"", absent
    if not isinstance(pdf, bytes):
        raise SecondlineError("The typesetter returned no file.")
    return pdf, set()


def _spelt(text: str, absent: set[str]) -> str:
    for cluster in absent:
        if cluster in text:
            text = text.replace(cluster, "".join(f"\u2039U+{ord(letter):04X}\u203a" for letter in cluster))
    return text


def _mapped(value: Any, change: Any) -> Any:
    """Return *value* with *change* made to every text in it."""
    match value:
        case str():
            return change(value)
        case dict():
            return {key: _mapped(part, change) for key, part in value.items()}
        case list() | tuple():
            return [_mapped(part, change) for part in value]
        case _:
            return value
