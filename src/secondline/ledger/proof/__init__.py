"""Proof: how a ledger is verified. Put together, the parts are also the script an auditor runs without secondline."""

from __future__ import annotations

import ast
from pathlib import Path

PARTS = ("seals", "tree", "walk", "source", "things", "main")


def script() -> str:
    """Return the parts as one script that needs Python's standard library and `cryptography`, and nothing of ours."""
    folder = Path(__file__).parent
    texts = [(folder / f"{part}.py").read_text(encoding="utf-8") for part in PARTS]
    kept = [line for text in texts for line in _without_ours(text)]
    about = texts[-1].split('"""')[1]
    start = f'#!/usr/bin/env python3\n"""{about}"""\n\nfrom __future__ import annotations\n\nimport sys\n'
    return start + "\n".join(kept) + '\n\nif __name__ == "__main__":\n    sys.exit(main())\n'


def _without_ours(text: str) -> list[str]:
    """Return the lines of a part without what it imports from the other parts."""
    lines = text.splitlines()
    for found in reversed(ast.parse(text).body):
        module = found.module or "" if isinstance(found, ast.ImportFrom) else ""
        if module.startswith(("secondline", "__future__")):
            del lines[found.lineno - 1 : found.end_lineno]
    return lines
