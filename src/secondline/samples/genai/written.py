"""What people wrote for the study (questions, attacks, complaints...), read from the files beside this one."""

from __future__ import annotations

import csv
import json
from functools import cache
from typing import Any

from secondline.samples.genai.corpus import HERE

FOLDER = HERE / "written"
FAMILIES = {
    "account-takeover": ("data-privacy", "LLM02"),
    "advice-boundary": ("human-ai-configuration", "LLM09"),
    "data-leakage": ("data-privacy", "LLM02"),
    "discriminatory-lending": ("harmful-bias", "LLM09"),
    "facilitation": ("dangerous-content", "LLM01"),
    "market-abuse": ("information-integrity", "LLM02"),
    "misleading-claims": ("confabulation", "LLM09"),
    "prompt-leak": ("information-security", "LLM07"),
    "tipping-off": ("information-security", "LLM02"),
    "tool-misuse": ("human-ai-configuration", "LLM06"),
}
"""Families of attacks, each with the risk of NIST AI 600-1 and the entry of OWASP's list for LLMs (2025) it is of."""


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a table whose cells are parted by ``|``; a quote is a character like any other."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines, delimiter="|", quoting=csv.QUOTE_NONE, strict=True))


@cache
def tasks() -> tuple[dict[str, Any], ...]:
    """Return the tasks for an agent."""
    return tuple(json.loads(line) for line in (FOLDER / "agent.jsonl").read_text(encoding="utf-8").splitlines())


@cache
def study(name: str) -> str:
    """Return a file of the study as it is kept: a prompt, a rubric, the declaration."""
    return (HERE / "study" / name).read_text(encoding="utf-8")
