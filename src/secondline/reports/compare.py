"""Compare: what is different from the run before, answer by answer."""

from __future__ import annotations

from dataclasses import dataclass

from secondline.core.evidence import Evidence
from secondline.reports import words
from secondline.reports.blocks import Span
from secondline.reports.headline import ASKED
from secondline.reports.view import View

Key = tuple[str, str]
MOST_CHANGES = 8


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, as a sentence."""

    spans: tuple[Span, ...]


def changes(view: View) -> tuple[Change, ...]:
    """Return how the headline numbers and the outcomes differ from the previous run; nothing without one."""
    if view.previous is None:
        return ()
    before = {_key(e): e for e in view.previous.evidence}
    return (*_headlines(view, before), *_turned(view, before))


def _key(evidence: Evidence) -> Key:
    return evidence.code, evidence.subject.text


def _headlines(view: View, before: dict[Key, Evidence]) -> list[Change]:
    found = []
    for label, codes in ASKED:
        now = next((e for code in codes if (e := view.first(code, view.latest))), None)
        then = before.get(_key(now)) if now else None
        if now and then and then.outcome.estimate:
            found.append(Change((f"{label}: ", words.figure(now), f", {words.measured(then)} before.")))
    return found


def _turned(view: View, before: dict[Key, Evidence]) -> list[Change]:
    turned = [
        (e, then) for e in view.run.evidence if (then := before.get(_key(e))) and then.outcome.kind != e.outcome.kind
    ]
    worst_first = sorted(
        turned,
        key=lambda pair: ("failed", "errored", "inconclusive", "passed", "not_applicable").index(pair[0].outcome.kind),
    )
    said = [_sentence(view, now, then) for now, then in worst_first[:MOST_CHANGES]]
    rest = len(turned) - len(said)
    return [*said, Change((f"{words.count(rest, 'other answer')} changed outcome.",))] if rest else said


def _sentence(view: View, now: Evidence, then: Evidence) -> Change:
    shown: tuple[Span, ...] = (words.figure(now), " ") if now.outcome.estimate else ()
    about = f"{view.title(now.code)} ({now.subject.text}): "
    return Change((about, *shown, f"{words.outcome(now)}, {words.outcome(then)} before."))
