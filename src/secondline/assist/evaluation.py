"""Evaluation: how many seeded errors the verifier stops, by kind, and how many correct sentences it stops as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from secondline import __version__
from secondline.assist.exhibits import Exhibits
from secondline.assist.seeding import MUST, SHARES, TOTAL, bases, correct, seeded
from secondline.assist.sentences import Sentence
from secondline.assist.trying import Tried, told
from secondline.assist.verify import verify

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of error: how many were seeded and how many were stopped."""

    kind: str
    seeded: int
    stopped: int

    @property
    def must(self) -> bool:
        """Whether not one may pass."""
        return self.kind in MUST

    @property
    def holds(self) -> bool:
        """Whether it stops what it must stop."""
        return self.seeded == self.stopped or not self.must

    @property
    def missed_at_most(self) -> float | None:
        """The upper end of the 95 % interval of the share missed, where none was: 1 - 0.05^(1/n), exact binomial."""
        return 1 - (1 - LEVEL) ** (1 / self.seeded) if self.seeded == self.stopped and self.seeded else None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came out: by kind, for correct sentences of templates and in other words, and the time a sentence takes."""

    run: str
    seed: int
    rows: tuple[Row, ...]
    templates: tuple[int, int]
    """Correct sentences of the templates, and how many of them were stopped."""
    others: tuple[int, int]
    """Correct sentences in other words, and how many of them were stopped."""
    microseconds: float
    writer: tuple[Tried, ...] = ()
    """How a language model did under the verifier, where one was tried."""
    digest: str = ""
    """The digest of that writer."""

    @property
    def holds(self) -> bool:
        """Whether every kind that must be stopped is, no sentence of the templates is, and what a writer sent held."""
        kept = all(row.holds for row in self.rows) and not self.templates[1]
        return kept and all(one.holds for one in self.writer)

    def tried(self, writer: tuple[Tried, ...], digest: str) -> Evaluation:
        """Return it with how a writer did."""
        return replace(self, writer=writer, digest=digest)

    def plain(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "secondline": __version__, "run": self.run, "seed": self.seed, "holds": self.holds,
            "kinds": [{"kind": r.kind, "seeded": r.seeded, "stopped": r.stopped, "must": r.must,
                       "missed_at_most": r.missed_at_most} for r in self.rows],
            "correct": {"templates": dict(zip(("sentences", "stopped"), self.templates, strict=True)),
                        "other_words": dict(zip(("sentences", "stopped"), self.others, strict=True))},
            "microseconds_a_sentence": round(self.microseconds, 1),
            "writer": [one.plain() for one in self.writer], "writer_digest": self.digest,
        }  # fmt: skip


def evaluate(exhibits: Exhibits, total: int = TOTAL, seed: int = 1) -> Evaluation:
    """Seed *total* errors into the templates' sentences about *exhibits* and count what is stopped."""
    made: Counter[str] = Counter()
    stopped: Counter[str] = Counter()
    for error in seeded(exhibits, total, seed):
        made[error.kind] += 1
        stopped[error.kind] += error.caught(exhibits)
    rows = tuple(Row(kind, made[kind], stopped[kind]) for kind in SHARES if made[kind])
    right = bases(exhibits)
    begin = perf_counter()
    wrong = _stopped(right, exhibits)
    each = (perf_counter() - begin) / max(len(right), 1) * 1e6
    other = list(correct(exhibits))
    return Evaluation(exhibits.run, seed, rows, (len(right), wrong), (len(other), _stopped(other, exhibits)), each)


def _stopped(sentences: Sequence[Sentence], exhibits: Exhibits) -> int:
    return sum(bool(verify(sentence, exhibits)) for sentence in sentences)


def report(found: Evaluation) -> str:
    """Return the evaluation as a page of Markdown, to be filed with the assistant's entry in the inventory."""
    head = ["| Seeded error | Seeded | Stopped | Missed at most (95 %) |", "|---|--:|--:|--:|"]
    rows = [f"| {r.kind} | {r.seeded:,} | {r.stopped:,} | {_bound(r)} |" for r in found.rows]
    total = sum(r.seeded for r in found.rows)
    said = (
        f"Correct sentences stopped: {found.templates[1]:,} of {found.templates[0]:,} from templates, "
        f"{found.others[1]:,} of {found.others[0]:,} in other words. "
        f"The verifier takes {found.microseconds:.0f} microseconds a sentence on this machine."
    )
    verdict = (
        f"Verdict: {'holds' if found.holds else 'does not hold'}. "
        f"Not one of these may pass: {', '.join(MUST)}; no template sentence may be stopped."
    )
    what = f"secondline {__version__}, run {found.run}, seed {found.seed}, {total:,} seeded errors."
    title = "# Evaluation of the drafting assistant"
    return "\n".join([title, "", what, "", *head, *rows, "", said, "", *_writer(found), verdict, ""])


def _writer(found: Evaluation) -> list[str]:
    if not found.writer:
        return []
    codes: Counter[str] = Counter()
    for one in found.writer:
        codes.update(dict(one.codes))
    named = ", ".join(f"{code} {n:,}" for code, n in codes.most_common()) or "nothing"
    return [f"The writer {found.writer[0].name} (digest {found.digest}) under the verifier:", "", *told(found.writer),
            "", f"What the verifier had against it: {named}.", ""]  # fmt: skip


def _bound(row: Row) -> str:
    return "" if row.missed_at_most is None else f"{100 * row.missed_at_most:.2g} %"
