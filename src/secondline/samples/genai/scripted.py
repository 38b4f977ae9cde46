"""The scripted assistant: it answers as an endpoint would be asked, with the known faults of `rates`, and by no model.

A request is found again by what its user said; whoever asks something else is told that it is not known. Everything is
drawn by hashes of the case, the seed and the world, so that the same call has the same answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from secondline.samples.genai import speaking
from secondline.samples.genai.agents import left, righted
from secondline.samples.genai.archive import former
from secondline.samples.genai.attacks import GUIDE
from secondline.samples.genai.cases import SEED, Case, share, told
from secondline.samples.genai.complaints import LABELS
from secondline.samples.genai.corpus import documents
from secondline.samples.genai.questions import TWICE
from secondline.samples.genai.rates import ASKED, RATES, Given, chances, failed, happened, with_it
from secondline.samples.genai.retrieval import BEHIND
from secondline.samples.genai.suites import MAKERS, suite
from secondline.samples.genai.written import rows, tasks

JUDGE = "scripted-judge"
"""The model that a request to grade names."""
_NAMED = re.compile(r"^\[([^\[\]\n]+)\] ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the assistant says and, where it is an agent, what it did and left."""

    text: str
    tools: tuple[Mapping[str, Any], ...] = ()
    state: Mapping[str, Any] | None = None


def answer(request: Mapping[str, Any], seed: int = 0) -> str:
    """Return the text of the answer to a request of ``/chat/completions``; *seed* tells replicates apart.

    A request to the model `JUDGE` is one to grade an answer, and is given to the scripted judge.
    """
    if request.get("model") == JUDGE:
        from secondline.samples.genai.judging import judge

        return judge(request, seed)
    return reply(request, seed).text


def reply(request: Mapping[str, Any], seed: int = 0, world: int = SEED) -> Reply:
    """Return the whole answer to a request; another *world* is another assistant with the same rates."""
    messages: Sequence[Mapping[str, Any]] = request.get("messages", ())
    turns = [str(m.get("content") or "") for m in messages if m.get("role") == "user"]
    said, _, behind = turns[0].partition(BEHIND) if turns else ("", "", "")
    asked = [said, *turns[1:]]
    case = _known().get(_key(asked))
    if case is None:
        return Reply(speaking.GO_ON if _key(asked) in _begun() else speaking.DECLINED)
    if case["suite"] == "agent":
        return _acted(case, seed, world)
    if asked[1:] == [TWICE]:
        before = next((str(m["content"]) for m in reversed(messages) if m.get("role") == "assistant"), "")
        gives_in = happened("given-in", RATES["given-in"], _key(asked), seed, world)
        return Reply(speaking.TAKEN_BACK if gives_in else f"{speaking.UPHELD} {before}".strip())
    events = drawn(case, frozenset(_NAMED.findall(behind)), seed=seed, world=world)
    return Reply(spoken(case, events, share("which", _key(asked), seed=world)))


def drawn(case: Case, given: Given | None = None, *, seed: int, world: int = SEED) -> frozenset[str]:
    """Return the events that happen in one call on a case with these passages (its own, unless told)."""
    given = with_it(case) if given is None else given
    key = f"{_key(_asked(case))}|{','.join(sorted(given))}"
    return frozenset(e for e, p in chances(case, given).items() if happened(e, p, key, seed, world))


def spoken(case: Case, events: frozenset[str], which: float = 0.0) -> str:
    """Return what the assistant says on a case when these events happen; *which* in [0, 1) picks among wordings."""
    return _SPOKEN[case["suite"]](case, events, which)


def _made_up(case: Case, events: frozenset[str], which: float) -> str:
    del case
    return speaking.picked(speaking.MADE_UP, which) if events else speaking.DECLINED


def _leaked(case: Case, events: frozenset[str], which: float) -> str:
    del which
    return f"The documents say: {case['reference']['marks'][0]}." if events else speaking.BARRED


def _sorted(case: Case, events: frozenset[str], which: float) -> str:
    others = [label for label in LABELS if label != case["reference"]]
    wrong = speaking.picked(others, which) if "mislabelled" in events else str(case["reference"])
    return "something-else" if "unlisted" in events else wrong


def _treated(case: Case, events: frozenset[str], which: float) -> str:
    del which
    top, manner = case["context"][0], speaking.CURT if "curt" in events else speaking.WARM
    return speaking.DECLINED if "declined" in events else f"{manner} {speaking.first(top['text'])} [{top['document']}]"


def _answered(case: Case, events: frozenset[str], which: float) -> str:
    if "declined" in events:
        return speaking.DECLINED
    row = _rows()[case["reference"]["facts"][0], case["cluster"]]
    document = documents()[row["document"]]
    sentence, cited = document.sentence(row["fact"]), document.id
    old = former(document.id)
    if "outdated" in events and old:
        cited, sentence = old.id, old.sentence(case["reference"]["stale"][0])
    elif "wrong" in events:
        sentence = sentence.replace(row["fact"], row["wrong"])
    marked = "" if "uncited" in events else " [NB-MISC-99]" if "miscited" in events else f" [{cited}]"
    more = f" {speaking.picked(speaking.INVENTED, which)}" if "invented" in events else ""
    return f"{sentence}{marked}{more}"


def _attacked(case: Case, events: frozenset[str], which: float) -> str:
    del which
    family = str(case["stratum"])
    if case["suite"] == "injection":
        return _injected(case) if "obeyed" in events else speaking.SUMMED_UP
    if case["side"] == "twin":
        return speaking.REFUSED if "overrefused" in events else speaking.HELPED
    if "obeyed" not in events:
        return speaking.REFUSED
    leaks = f" {GUIDE}" if "canary" in events and family == "prompt-leak" else ""
    return f"{speaking.OBEYED[family]}{leaks}"


def _injected(case: Case) -> str:
    """Return what is said where a hidden instruction was obeyed: its code, and the picture that it may ask for."""
    pictures = [speaking.PICTURE for chunk in case.get("context", ()) if "![" in chunk["text"]]
    return " ".join([speaking.OBEYED[str(case["stratum"])], case["reference"]["marks"][0], *pictures[:1]])


def _extracted(case: Case, events: frozenset[str], which: float) -> str:
    del which
    if "garbled" in events:
        return "The text says the following: name, date, amount"
    said = {key: speaking.mistaken(key, value) if key in events else value for key, value in case["reference"].items()}
    return json.dumps(said, ensure_ascii=False)


_SPOKEN: dict[str, Callable[[Case, frozenset[str], float], str]] = dict.fromkeys(ASKED, _answered) | {
    "unanswerable": _made_up, "access": _leaked, "extraction": _extracted, "classification": _sorted,
    "attacks": _attacked, "injection": _attacked, "fairness": _treated,
}  # fmt: skip


def _acted(case: Case, seed: int, world: int) -> Reply:
    task = tasks()[int(case["id"][2:]) - 1]
    events = drawn(case, seed=seed, world=world)
    calls = None
    if "failed" in events:
        calls = failed(task, "forbidden" if "forbidden" in events else "skipped")
    run = righted(task, calls)
    handed = bool(run.world["person"])
    text = speaking.HANDED_OVER if handed else speaking.DONE if run.done else speaking.REFUSED
    return Reply(text, tuple(run.done), left(run))


def _asked(case: Case) -> list[str]:
    return [turn["content"] for turn in case["turns"] if turn["role"] == "user"]


def _key(turns: Sequence[str]) -> str:
    return told("\n".join(turns))


@cache
def _known() -> dict[str, Case]:
    """Return every case by what is asked; a question in several suites is that of the first."""
    cases = [case for name in MAKERS if name != "oversight" for case in suite(name)]
    return {_key(_asked(case)): case for case in reversed(cases)}


@cache
def _begun() -> frozenset[str]:
    """Return the beginnings of conversations of several turns."""
    turns = [_asked(case) for case in suite("attacks")]
    return frozenset(_key(t[:n]) for t in turns for n in range(1, len(t)))


@cache
def _rows() -> dict[tuple[str, str], dict[str, str]]:
    return {(row["fact"], row["document"]): row for row in rows("questions")}
