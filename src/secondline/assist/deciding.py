"""Deciding: drafts as records of the ledger, and what a person makes of each sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from secondline.assist.drafting import Passage
from secondline.assist.evidence import gather
from secondline.assist.exhibits import Exhibits
from secondline.assist.lexicon import REQUIRED
from secondline.assist.plans import plan_of
from secondline.assist.rendering import rendered
from secondline.assist.sentences import LONGEST, Sentence, sentence
from secondline.assist.verify import tells, verify
from secondline.core.errors import SpecError
from secondline.core.evidence import Run
from secondline.govern.records.finding import is_open
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Receipt
from secondline.reports.blocks import Figure

NEVER = frozenset({
    "FREE_DIGIT", "BAD_SLOT", "UNKNOWN_EVIDENCE", "UNKNOWN_FIELD", "BAD_FORMAT", "FALSE_PREDICATE", "STALE",
})  # fmt: skip
"""What even a person may not write into a passage: a number from nowhere, or what the evidence contradicts."""


def exhibits_of(ledger: Ledger, run: Run, look: Records | None = None, today: str = "") -> Exhibits:
    """Return the exhibits of a run on record, with the open findings of its model, and whether it is stale.

    *look* and *today* are the records of another day, for whoever looks back.
    """
    records, day = look or ledger.records, today or ledger.today
    recorded = records.find("finding", model=run.plan.spec.model)
    taken = {doc.get("code") for doc in recorded}
    # What the run proposes and nobody has taken up yet is as open as what is on record.
    new = [f.model_dump(mode="json") | {"id": f"{f.id} proposed", "state": f.status} for f in run.findings]
    found = [doc for doc in recorded if is_open(doc, day)] + [f for f in new if f["code"] not in taken]
    return gather(run, found if recorded else None, stale=stale(records, run))


def stale(records: Records, run: Run) -> str:
    """Return why a run may not be reported on any more; empty while it may.

    A run is stale when the same version of the model was run again later, by the instant the run finished.
    """
    same = records.find("run", model=run.plan.spec.model, version=str(run.plan.spec.version))
    later = [one for one in same if one["id"] != run.id and str(one.get("finished_at", "")) > run.finished_at]
    if not later:
        return ""
    return f"Run {later[-1]['id']} of the same version finished later; draft from that one."


def keep(ledger: Ledger, passage: Passage, actor: str, *, via: str = "") -> Receipt:
    """Put a drafted passage on record, for people to decide on.

    Raises:
        SpecError: it does not hold, so that it cannot be shown as a draft.
    """
    if not passage.verdict.holds:
        raise SpecError(f"The draft of {passage.plan.id!r} does not hold: {', '.join(passage.verdict.codes)}.")
    must = () if passage.exhibits.stale else passage.plan.adverse(passage.exhibits)
    fields = {
        "model": passage.exhibits.model, "run": passage.exhibits.run, "section": passage.plan.id,
        "writer": passage.writer, "inputs": passage.inputs, "missing": passage.missing,
        "must": [item.source for item in must], "attempts": [attempt.plain() for attempt in passage.attempts],
        "sentences": [
            {**one.plain(), **filled(one, passage.exhibits),
             "tells": [item.source for item in must if tells(one, item)]}
            for one in passage.sentences
        ],
    }  # fmt: skip
    return ledger.act("passage.drafted", actor, form=fields, via=via)


def filled(one: Sentence, exhibits: Exhibits) -> dict[str, Any]:
    """Return a sentence's text with the slots filled, and where in it which evidence stands."""
    if one.text == REQUIRED:
        return {"said": REQUIRED, "links": []}
    text, links = "", []
    for span in rendered(one, exhibits):
        piece = span.text if isinstance(span, Figure) else str(span)
        piece = piece if text else piece.lstrip()  # the ledger keeps texts without the space around them
        if isinstance(span, Figure):
            links.append((len(text), len(text) + len(piece), span.evidence))
        text += piece
    return {"said": text, "links": links}


def edit(
    ledger: Ledger, passage: str, number: int, text: str, actor: str, *, reason: str = "", via: str = ""
) -> Receipt:
    """Decide that a sentence stands in other words; slots are filled, words off the list are noted, not refused.

    Raises:
        SpecError: a digit or a slot that names nothing stands in it, or a predicate of the draft is false of it.
        UnknownRecord: there is no such passage.
    """
    doc = ledger.records.need("passage", passage)
    old = sentence_of(doc, number)
    if not 0 < len(text.strip()) <= LONGEST:
        raise SpecError(f"A sentence has 1 to {LONGEST} characters.")
    new = Sentence(text.strip(), old.kind, old.predicates, old.rule, origin=actor)
    exhibits = exhibits_of(ledger, ledger.run(str(doc["run"])))
    problems = verify(new, exhibits)
    barred = [str(problem) for problem in problems if problem.code in NEVER]
    if barred:
        raise SpecError(f"This may not stand: {'; '.join(barred)}.")
    adverse = plan_of(str(doc["section"])).adverse(exhibits)
    before = doc["sentences"][number - 1].get("tells", ())
    fields = {
        "sentence": number, "text": new.text, **filled(new, exhibits),
        "tells": [item.source for item in adverse if tells(new, item) and item.source in before],
        "notes": [str(problem) for problem in problems], "distance": distance(old.text, new.text),
    }  # fmt: skip
    return ledger.act("passage.edited", actor, passage, fields, reason=reason, via=via)


def decide(
    ledger: Ledger, passage: str, number: int, decision: str, actor: str, *, reason: str = "", via: str = ""
) -> Receipt:
    """Accept a sentence as drafted, or reject it with a reason."""
    fields = {"sentence": number, "decision": decision}
    return ledger.act("passage.decided", actor, passage, fields, reason=reason, via=via)


def sentence_of(doc: Mapping[str, Any], number: int) -> Sentence:
    """Return a sentence of a passage on record as it was drafted.

    Raises:
        SpecError: it has no sentence of this number.
    """
    some = doc.get("sentences", ())
    if not 1 <= number <= len(some):
        raise SpecError(f"{doc['id']} has {len(some)} sentences; there is no number {number}.")
    given = {k: some[number - 1][k] for k in ("text", "kind", "predicates", "rule")}
    return sentence({**given, "predicates": list(given["predicates"])}, str(some[number - 1]["origin"]))


def decided(doc: Mapping[str, Any], number: int) -> Sentence:
    """Return a sentence of a passage on record as it stands: in the words of whoever edited it, or as drafted."""
    drafted, decision = sentence_of(doc, number), doc.get("decisions", {}).get(str(number), {})
    if decision.get("decision") != "edited":
        return drafted
    return replace(drafted, text=str(decision["text"]), origin=str(decision["by"]))


@dataclass(frozen=True, slots=True)
class Owed:
    """One adverse record that a passage must tell: by which sentences, and whether one that stands tells it.

    ``state`` is told, open (a sentence that tells it is not decided yet) or lost.
    """

    source: str
    sentences: tuple[int, ...]
    state: Literal["told", "open", "lost"]


def owed(doc: Mapping[str, Any]) -> tuple[Owed, ...]:
    """Return what is adverse and must be told by a passage on record, in its order."""
    return tuple(_owed(doc, str(source)) for source in doc.get("must", ()))


def _owed(doc: Mapping[str, Any], source: str) -> Owed:
    decisions = doc.get("decisions", {})
    standing, waiting = [], []
    for number, drafted in enumerate(doc.get("sentences", ()), 1):
        one = decisions.get(str(number))
        if one is None and source in drafted.get("tells", ()):
            waiting.append(number)
        elif one is not None and one["decision"] != "rejected" and source in one.get("tells", ()):
            standing.append(number)
    state: Literal["told", "open", "lost"] = "told" if standing else "open" if waiting else "lost"
    return Owed(source, tuple(sorted([*standing, *waiting])), state)


def distance(a: str, b: str) -> int:
    """Return the edit distance of two texts (Levenshtein 1966): insertions, deletions and changes of one character.

    >>> distance("kitten", "sitting"), distance("", "abc"), distance("same", "same")
    (3, 3, 0)
    """
    row = list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]
