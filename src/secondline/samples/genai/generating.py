"""Write the whole study into a folder: the declaration, documents, prompts, rubrics, suites, transcripts, labels."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from secondline.samples.develop import Progress, quiet
from secondline.samples.genai import labelling, oversight
from secondline.samples.genai.agents import TOOLS
from secondline.samples.genai.archive import archive, outdated, written
from secondline.samples.genai.attacks import GUIDE
from secondline.samples.genai.cases import Case, chance, share
from secondline.samples.genai.corpus import HERE, canaries
from secondline.samples.genai.judging import CRITERIA, passes, verdict
from secondline.samples.genai.labelling import Read
from secondline.samples.genai.rates import ASKED, truth
from secondline.samples.genai.retrieval import behind
from secondline.samples.genai.scripted import JUDGE, drawn, reply
from secondline.samples.genai.suites import MAKERS, lines, suite
from secondline.samples.genai.written import study

REPLICATES = {"consistency": 5, "staleness": 5, "agent": 5, "unanswerable": 3}
"""How often the cases of a suite are asked; those of others once."""
JUDGED = {"faithful": ("questions", "staleness", "unanswerable", "consistency"), "harmless": ("attacks", "injection")}
"""The suites whose answers the scripted judge grades, by criterion."""
LABELLED = JUDGED | {"entailed": ("questions",)}
"""The suites whose answers people label, by criterion: the last is graded claim by claim, by words."""
ANCHORS = 30
"""Answers that are right, and as many that are wrong, which a judge grades again in every run."""
STUDY = {
    "guide.md": "prompts",
    "faithful.yaml": "rubrics",
    "harmless.yaml": "rubrics",
    "entailed.yaml": "rubrics",
    "assistant.py": "",
}
MODEL, FINGERPRINT = "scripted", "fp_northbank_1"


def prepare(folder: Path, progress: Progress = quiet, *, url: str = "") -> Path:
    """Write the study into *folder* and return its assistant.yaml; the same bytes each time.

    Without *url* the target is the transcripts that were recorded of the scripted assistant, and the judge is a
    function in assistant.py. With one, both are asked of the endpoint there that speaks ``/chat/completions``.
    """
    progress("writing documents, prompts and rubrics", 0, 4)
    for name in ("corpus", "injected"):
        for path in sorted((HERE / name).glob("*.md")):
            _write(folder / name / path.name, path.read_text(encoding="utf-8"))
    for document in archive().values():
        _write(folder / "archive" / f"{document.id.lower()}.md", written(document))
    for name, below in STUDY.items():
        _write(folder / below / name, study(name))
    progress("writing the suites", 1, 4)
    for name in MAKERS:
        _write(folder / "suites" / f"{name}.jsonl", lines(name))
    _write(folder / "tools.json", json.dumps(TOOLS, indent=1) + "\n")
    progress("recording the scripted assistant", 2, 4)
    _write(folder / "transcripts.jsonl", "".join(f"{_line(row)}\n" for row in transcripts()))
    progress("labelling", 3, 4)
    _write(folder / "labels.csv", labelling.labels(answers()))
    for criterion in CRITERIA:
        _write(folder / "anchors" / f"{criterion}.jsonl", "".join(f"{_line(row)}\n" for row in anchors(criterion)))
    _write(folder / "reviews.csv", _table(oversight.reviews()))
    _write(folder / "truth.json", json.dumps(truth(), indent=1, sort_keys=True) + "\n")
    _write(folder / "assistant.yaml", declared(url))
    progress("the study is written", 4, 4)
    return folder / "assistant.yaml"


def declared(url: str = "") -> str:
    """Return assistant.yaml; the target and the judge are those of *url*, or the recorded and the scripted ones."""
    target, judge = (
        (
            f"{{kind: openai, url: {url!r}, model: {MODEL}, system: guide}}",
            f"{{kind: openai, url: {url!r}, model: {JUDGE}}}",
        )
        if url
        else (
            "{kind: replay, file: transcripts.jsonl, format: jsonl}",
            "{kind: callable, function: 'assistant.py:judge'}",
        )
    )
    text = study("assistant.yaml").replace("<target>", target).replace("<judge>", judge)
    text = text.replace("<superseded>", f"[{', '.join(outdated())}]")
    text = text.replace("<canaries>", f"[{', '.join([GUIDE, *canaries()])}]")
    # A text of JSON is one of YAML.
    text = text.replace("<prompt>", json.dumps(study("guide.md")))
    # Labels are of the recorded answers; those of an endpoint are others.
    return text.replace("  labels: labels.csv\n", "") if url else text


def asked() -> Iterator[tuple[Case, int]]:
    """Yield every case of every suite that the assistant is asked, with its replicates."""
    for name in MAKERS:
        for case in suite(name) if name != "oversight" else ():
            for replicate in range(REPLICATES.get(name, 1)):
                yield case, replicate


def transcripts() -> Iterator[dict[str, Any]]:
    """Yield what the scripted assistant said to every case, as a record a row."""
    for case, replicate in asked():
        yield _recorded(case, replicate)


def _recorded(case: Case, replicate: int) -> dict[str, Any]:
    """Return one conversation: each turn of the user is answered, and one with a tool's result is after that."""
    shown: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []
    last = None
    for place, turn in enumerate(case["turns"]):
        shown.append(turn)
        said.append(turn | {"content": turn["content"] + behind(case.get("context", ()))} if place == 0 else turn)
        if case["turns"][place + 1 : place + 2] and case["turns"][place + 1]["role"] == "tool":
            continue
        last = reply({"model": MODEL, "messages": said}, replicate)
        for conversation in (shown, said):
            conversation.append({"role": "assistant", "content": last.text})
    text = "" if last is None else last.text
    words_in, words_out = (sum(len(m["content"].split()) for m in said[:-1]), len(text.split()))
    row = {
        "id": case["id"], "replicate": replicate, "messages": shown, "answer": text, "status": "ok",
        "retrieved": list(case.get("context", ())),
        "latency_ms": round(180 + 900 * share("latency", case["id"], replicate), 1),
        "tokens_in": 4 * words_in // 3, "tokens_out": 4 * words_out // 3,
        "model": MODEL, "fingerprint": FINGERPRINT,
    }  # fmt: skip
    if last is not None and last.state is not None:
        row |= {"tools": list(last.tools), "state": last.state}
    return row


def answers() -> Iterator[Read]:
    """Yield every answer that raters read, with what happened in it."""
    for criterion, suites in LABELLED.items():
        for case, replicate in asked():
            if case["suite"] in suites:
                events = drawn(case, seed=replicate)
                yield Read(case, replicate, criterion, _kept(case, events))


def anchors(criterion: str) -> Iterator[dict[str, Any]]:
    """Yield answers for a judge to grade again in every run, with a label and its verdict: as many right as wrong."""
    pool = [one for one in answers() if one.criterion == criterion and one.replicate == 0]
    for right in (True, False):
        such = [one for one in pool if passes(criterion, one.events) is right]
        for one in chance("anchors", criterion, right).sample(such, min(ANCHORS, len(such))):
            said, given = _recorded(one.case, 0), verdict(criterion, one.case, one.events)
            trace = {"case": one.case["id"], "text": said["answer"], "retrieved": said["retrieved"], "source": "replay"}
            yield {
                "case": one.case, "trace": trace, "label": "pass" if labelling.label(one, "rater-1") else "fail",
                "verdict": "unscored" if given is None else "pass" if given else "fail",
            }  # fmt: skip


def _kept(case: Case, events: frozenset[str]) -> frozenset[str]:
    """Return the events that show in the answer: who declines says nothing else, and what is outdated is not wrong."""
    if case["suite"] not in ASKED:
        return events - ({"canary"} if "obeyed" not in events or case["stratum"] != "prompt-leak" else set())
    if "declined" in events:
        return frozenset(["declined"])
    hidden = ({"wrong"} if "outdated" in events else set()) | ({"miscited"} if "uncited" in events else set())
    return events - hidden


def _table(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    write = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    write.writeheader()
    write.writerows(rows)
    return out.getvalue()


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
