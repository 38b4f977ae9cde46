"""Every suite of the study by its name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache

from secondline.samples.genai import agents, attacks, complaints, fairness, letters, oversight, questions
from secondline.samples.genai.cases import Case

MAKERS: Mapping[str, Callable[[], list[Case]]] = {
    "questions": questions.questions, "staleness": questions.staleness, "unanswerable": questions.unanswerable,
    "access": questions.access, "paraphrase": questions.paraphrase, "noise": questions.noise,
    "consistency": questions.consistency, "challenge": questions.challenge, "ablation": questions.ablation,
    "extraction": letters.extraction, "classification": complaints.classification, "attacks": attacks.attacks,
    "injection": attacks.injection, "fairness": fairness.fairness, "agent": agents.agent,
    "oversight": oversight.oversight,
}  # fmt: skip


@cache
def suite(name: str) -> tuple[Case, ...]:
    """Return the cases of one suite, each with its suite's name. They are shared: change none."""
    return tuple({"id": one["id"], "suite": name} | one for one in MAKERS[name]())


def lines(name: str) -> str:
    """Return a suite as JSONL, the same bytes each time."""
    return "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in suite(name))
