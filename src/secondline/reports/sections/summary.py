"""Section 2, executive summary: a reader who stops here knows the opinion, why, and how far to trust it."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.evidence import GRADES, Evidence, Finding
from secondline.core.outcome import Inconclusive
from secondline.reports import pictures, words
from secondline.reports.blocks import Block, Figure, KeyFacts, Paragraph, Placeholder, Ref, Section, Span, Strong
from secondline.reports.compare import Change, changes
from secondline.reports.headline import headlines
from secondline.reports.view import View, estimate_of, of_kind, tally

MOST_FINDINGS = 5
MOST_UNDECIDED = 6
USUALLY = {
    1: "approve",
    2: "approve with conditions",
    3: "restrict the use until the findings are closed",
    4: "reject for the use tested",
}


def section(view: View) -> Section:
    """Return the section."""
    picture = pictures.bands(view, "c-summary")
    blocks: list[Block] = [
        opinion(view),
        _recommendation(view),
        _strip(view),
        *_findings(view),
        Placeholder(
            "Set the conditions of use, each with an owner and a date, or state that there are none.", id="conditions"
        ),
        *([picture] if picture else []),
    ]
    parts = (
        Section("confidence", "2.1", "Confidence in the results", tuple(_confidence(view))),
        Section("changes", "2.2", "Changes since the last validation", tuple(_changes(view))),
    )
    return Section("summary", "2", "Executive summary", tuple(blocks), parts)


def opinion(view: View) -> Paragraph:
    """Return the opinion in a sentence; until a person has confirmed it, it is called proposed."""
    given = view.run.opinion
    grade = f"{given.grade} of 4, {GRADES[given.grade]}."
    if given.status == "confirmed":
        return words.text(
            Strong(f"Opinion: {grade}"), f" Confirmed by {given.by or 'a person not named'}.", style="lead"
        )
    if given.status == "overridden":
        by = f" Set by {given.by or 'a person not named'} in place of the proposed {given.proposed_grade} of 4: "
        return words.text(Strong(f"Opinion: {grade}"), by, words.sentence(given.reason), style="lead")
    why = given.because.removeprefix(f"{GRADES[given.grade].capitalize()}: ")
    rule = f" By the plan's declared rule: {why.rstrip('.')}." if why else ""
    open_ = " It becomes an opinion when a named validator confirms it or replaces it."
    return words.text(Strong(f"Proposed opinion: {grade}"), rule, open_, style="lead")


def _recommendation(view: View) -> Placeholder:
    usual = USUALLY[view.run.opinion.grade]
    ask = "Recommend one of: approve, approve with conditions, restrict, reject."
    return Placeholder(f"{ask} A grade of {view.run.opinion.grade} usually leads to: {usual}.", id="recommendation")


def _strip(view: View) -> KeyFacts:
    parts = ", ".join(words.fallen(view.run.evidence))
    answers: tuple[str, tuple[Span, ...]] = ("Answers", (f"{len(view.run.evidence):,}: {parts}",))
    return KeyFacts((answers, *((h.label, h.spans) for h in headlines(view))))


def _findings(view: View) -> Iterator[Block]:
    found = view.run.findings
    if not found:
        yield words.text("No finding is proposed: no answer breached a limit that opens one.")
        return
    more = len(found) - MOST_FINDINGS
    status = "" if any(f.status != "proposed" for f in found) else " proposed"
    rest = f"; the worst {MOST_FINDINGS} are" if more > 0 else ""
    yield words.text(Strong(f"{words.sentence(words.count(len(found), 'finding'))[:-1]}{status}"), f"{rest}:")
    yield words.bullets(_in_a_sentence(view, finding) for finding in found[:MOST_FINDINGS])
    yield words.text("All findings, with recommendations and closure: ", Ref("findings"), ".", style="note")


def _in_a_sentence(view: View, finding: Finding) -> Iterator[Span]:
    """Say what does not hold, where it is worst, how far, on how many rows, and by when it is due."""
    yield Strong(f"{finding.id} {finding.severity}. ")
    numbered = [e for e in evidence_of(view, finding) if e.outcome.estimate]
    if not numbered:
        yield words.sentence(finding.statement)
    for worst in numbered[:1]:
        places = f", and {words.count(len(finding.evidence) - 1, 'other place')}" if len(finding.evidence) > 1 else ""
        yield f"Does not hold: {_lower(view.title(finding.code))} ({worst.subject.text}{places}). Measured: "
        yield from (*words.judged(worst), f"; {words.rows(estimate_of(worst))}.")
    yield f" Due {finding.due}." if finding.due else " No date is set yet."


def _lower(title: str) -> str:
    """Return a claim as it reads inside a sentence; names and abbreviations keep their capitals."""
    second = title[1:2]
    return title if second.isupper() else title[:1].lower() + title[1:]


def evidence_of(view: View, finding: Finding) -> list[Evidence]:
    """Return the answers a finding rests on."""
    return [view.by_id[id_] for id_ in finding.evidence if id_ in view.by_id]


def _confidence(view: View) -> Iterator[Block]:
    numbers = tally(view.run.evidence)
    judged = sum(numbers[kind] for kind in ("passed", "failed", "inconclusive"))
    decided = numbers["passed"] + numbers["failed"]
    yield words.text(
        f"Of {words.count(judged, 'answer')} held against a limit, {decided:,} were decided by the data: the whole "
        f"interval, or "
        f"the bare count where there is no sampling error, lies on one side of the limit. "
        f"{numbers['inconclusive']:,} were not. "
        "An answer that the data cannot decide is called inconclusive; it is neither a pass nor a fail."
    )
    undecided = list(of_kind(view.run.evidence, "inconclusive"))
    yield from _undecided(view, undecided)
    sharp = [h for h in headlines(view) if h.detectable]
    if sharp:
        yield words.text("Smallest effects these data would have shown, with 80 % power:")
        yield words.bullets((f"{h.label}: ", *h.detectable) for h in sharp)
    errored = list(of_kind(view.run.evidence, "errored"))
    for code in dict.fromkeys(evidence.code for evidence in errored):
        yield words.text(*_broken(view, [evidence for evidence in errored if evidence.code == code]))


def _broken(view: View, errored: list[Evidence]) -> Iterator[Span]:
    first, rest = errored[0], len(errored) - 1
    others = f" and {words.count(rest, 'other place')}" if rest else ""
    yield Strong("Not answered: ")
    yield f"{view.title(first.code)} ({first.subject.text}{others}). {words.sentence(first.outcome.because)} "
    yield from ("An error blocks like a failure until it is mended. See ", Figure(first.id, first.id), ".")


def _undecided(view: View, undecided: list[Evidence]) -> Iterator[Block]:
    if not undecided:
        return
    shown = undecided[:MOST_UNDECIDED]
    yield words.text("What could not be decided, and what it would take:")
    yield words.bullets(_what_it_takes(view, evidence) for evidence in shown)
    if len(undecided) > len(shown):
        yield words.text(f"The other {len(undecided) - len(shown)} are in ", Ref("limitations"), ".", style="note")


def _what_it_takes(view: View, evidence: Evidence) -> Iterator[Span]:
    yield f"{view.title(evidence.code)} ({evidence.subject.text}): "
    estimate = evidence.outcome.estimate
    if estimate:
        yield from (*words.judged(evidence), f"; {words.rows(estimate)}.")
    else:
        yield from (Figure(evidence.id, evidence.id), f". {words.sentence(evidence.outcome.because)}")
    if isinstance(evidence.outcome, Inconclusive) and evidence.outcome.needed:
        yield f" Needed: {words.sentence(evidence.outcome.needed)}"


def _changes(view: View) -> Iterator[Block]:
    if not view.run.previous:
        yield words.text("No earlier run of this model is on record, so there is nothing to compare with.")
        return
    found: tuple[Change, ...] = changes(view)
    said = [(words.sentence(change),) for change in view.run.changes]
    if not (said or found):
        yield words.text(
            f"Nothing changed against run {view.run.previous} in what was asked, by which limits, or in any outcome."
        )
        return
    yield words.text(f"Compared with run {view.run.previous}:")
    yield words.bullets([*said, *(change.spans for change in found)])
