"""The page of the documentation that lists what goes wrong and what is said. Run this file to write it again."""

from __future__ import annotations

from pathlib import Path

from cli.bad_inputs import CASES
from cli.spoiling import FINE

PATH = Path(__file__).parent.parent / "docs" / "reference" / "errors.md"
HEAD = """# What goes wrong, and what is said

Every message says what is wrong, which thing it is about and what to do next. All of these end with exit
code 2, write no run, and show no traceback without `secondline --debug`. They are the messages the tests assert, up to
where an engine's own words or a path begin.

| Input | Message |
|---|---|
"""
TAIL = """
These are answered, not refused: {fine}. They give *not applicable*, *failed* or *inconclusive* answers
with their reason, never a silent number.
"""


def page() -> str:
    """Return the page."""
    rows = "".join(f"| {case.name} | {_shown(case.says)} |\n" for case in CASES if not case.codes & FINE)
    return HEAD + rows + TAIL.format(fine=", ".join(case.name for case in CASES if case.codes & FINE))


def _shown(says: str) -> str:
    return says.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("__", "\\_\\_")


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
