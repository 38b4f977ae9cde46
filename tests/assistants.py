"""A small study of the scripted assistant, for tests that need graded answers, labels and judges in one place."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from secondline.samples.genai.generating import prepare
from secondline.samples.genai.trimming import trim

SMALL: Mapping[str, int] = {"questions": 60, "unanswerable": 8, "agent": 4}


@cache
def _whole() -> Path:
    return prepare(Path(mkdtemp(prefix="secondline-northbank-")))


def assistant(folder: Path, most: Mapping[str, int] = SMALL) -> Path:
    """Write a trimmed study into *folder* and return its assistant.yaml."""
    shutil.copytree(_whole().parent, folder, dirs_exist_ok=True)
    return trim(folder / "assistant.yaml", most)


def changed(spec: Path, *pairs: tuple[str, str]) -> Path:
    """Replace texts in assistant.yaml, each of which must stand there."""
    text = spec.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    spec.write_text(text, encoding="utf-8")
    return spec


QUICK = '''"""An assistant and a judge that cost nothing to start, and write down each call."""

import json
from pathlib import Path

HERE = Path(__file__).parent


def _noted(name):
    with (HERE / f"{name}.calls").open("a") as calls:
        calls.write("x")


def answer(request):
    _noted("answer")
    return {"text": "I cannot find an answer to this in the documents.", "cost": 1.0}


def judge(request):
    _noted("judge")
    asked = request["messages"][-1]["content"]
    verdict = "fail" if "exempt" in asked.rpartition("<<<ANSWER")[2] else "pass"
    return json.dumps({"verdict": verdict, "quote": "", "reason": "It was looked at quickly."})
'''
TINY: Mapping[str, int] = {"questions": 12, "unanswerable": 6}
RECORDED = "kind: replay, file: transcripts.jsonl, format: jsonl"


def quick(folder: Path, target: str = "", *pairs: tuple[str, str]) -> Path:
    """Write a study of eighteen cases whose judge (and *target*, such as ``kind: callable, ...``) is QUICK."""
    spec = assistant(folder, TINY)
    (folder / "quick.py").write_text(QUICK, encoding="utf-8")
    other = [(RECORDED, target), ("  labels: labels.csv\n", "")] if target else []
    return changed(spec, ("assistant.py:judge", "quick.py:judge"), *other, *pairs)


def calls(spec: Path, name: str) -> int:
    """Return how often QUICK was asked to ``answer`` or ``judge``."""
    path = spec.with_name(f"{name}.calls")
    return len(path.read_text()) if path.exists() else 0
