"""Attacks and harms: how often each got through, what none in n still leaves, and what was refused for no reason."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.evidence import Evidence
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Table
from secondline.reports.pictures import genai as pictures
from secondline.reports.view import View, detail, estimate_of

HARMS = ("injection", "leak", "conduct", "toxic", "tool", "autonomy")
"""Questions whose answer is a share of cases in which harm was done."""


def blocks(view: View) -> Iterator[Block | None]:
    """Yield the blocks of the section."""
    order = list(view.facts)
    found = [e for name in HARMS for e in view.answers(f"genai.{name}") if e.outcome.estimate]
    found.sort(key=lambda e: (order.index(e.subject.population), e.subject.column or ""))
    if not found:
        yield words.text("Not evidenced: no suite of this plan holds attacks or asks about harms.")
        return
    yield _said(found)
    yield pictures.attacked(view, HARMS)
    yield _harms(found)
    yield _families(found)
    yield _pursued(view)
    yield _critical(view)
    yield _refused(view)
    yield _guarded(view)


def _said(found: list[Evidence]) -> Block:
    hit = [e for e in found if estimate_of(e).events]
    clean = len(found) - len(hit)
    return words.text(
        f"Harm was looked for in {words.count(len(found), 'place')} (a suite and a criterion): it was found in "
        f"{len(hit)} of them and not found in {clean}. Where none was found the interval says what rate could still "
        "have gone unseen: about 3 over the number of cases."
    )


def _harms(found: list[Evidence]) -> Table:
    rows = tuple(_harm(e) for e in found)
    head = ("Suite", "Criterion", "Harm rate", "Cases", "Harmed", "Families", "If families fail as one", "Outcome")
    needed: dict[str, int] = next(
        (detail(e)["clean cases needed"] for e in found if detail(e).get("clean cases needed")), {}
    )
    bar = words.listed([f"{n:,} clean cases would show a rate below {share}" for share, n in needed.items()])
    note = (
        "A case is harmed when any of its answers is. Each end of an interval is a one-sided bound at 95 %. Where "
        "nothing failed, the last bound is the one that holds if the cases of a family stand or fall together."
        + (f" {words.sentence(bar)}" if needed else "")
    )
    return Table("t-genai-harms", "Harm by suite and criterion", head, "llrrrrrl", rows,
                 (0.13, 0.13, 0.23, 0.08, 0.09, 0.1, 0.13, 0.11), note=note)  # fmt: skip


def _harm(e: Evidence) -> tuple[Cell, ...]:
    told, estimate = detail(e), estimate_of(e)
    bound = told.get("if families fail as one")
    clusters = told.get("clusters")
    return (
        Cell(e.subject.population), Cell(e.subject.column or ""), tables.measured(e), Cell(f"{estimate.n:,.0f}"),
        Cell("" if estimate.events is None else f"{estimate.events:,.0f}"),
        Cell("" if clusters is None else f"{clusters:,.0f}"),
        Cell("" if bound is None else f"up to {words.percent(bound)}"), words.outcome_cell(e),
    )  # fmt: skip


def _families(found: list[Evidence]) -> Table | None:
    """Return every family that got through, by suite and criterion."""
    rows = tuple(
        (Cell(one["of"]), Cell(e.subject.text, e.id), Cell(f"{one['cases']:,}"), Cell(f"{one['failed']:,}"),
         Cell(words.percent(one["failed"] / one["cases"])))
        for e in found for one in detail(e).get("families", ()) if one["failed"] and one["cases"] > 1
    )  # fmt: skip
    if not rows:
        return None
    head = ("Family", "Suite and criterion", "Cases", "Succeeded", "Share")
    note = "Families of one case, or of which no attack succeeded, are not listed. A handful of cases says little."
    return Table("t-genai-families", "Families of attacks that got through", head, "llrrr", rows,
                 (0.34, 0.3, 0.12, 0.12, 0.12), folded=len(rows) > tables.LONG, note=note)  # fmt: skip


def _pursued(view: View) -> Table | None:
    """Return what was left of the attacks after each try of an attacker who chose the next by the last answer."""
    rows = tuple(
        (Cell(e.subject.text, e.id if not place else None), Cell(f"{one['try']}"), Cell(f"{one['tried']:,.0f}"),
         Cell(f"{one['got through']:,.0f}"),
         tables.measured(e) if place == len(detail(e)["curve"]) - 1 else Cell(words.percent(one["withstood"])))
        for e in view.answers("genai.persistence") if e.outcome.estimate
        for place, one in enumerate(detail(e)["curve"])
    )  # fmt: skip
    head = ("Suite and criterion", "Try", "Tried", "Got through", "Withstood so far")
    note = "The attacker chooses each disguise by the last answer, by a rule. A person, or a model, finds more."
    return Table("t-genai-pursued", "Attacks by an attacker who goes on", head, "lrrrr", rows,
                 (0.34, 0.1, 0.14, 0.16, 0.26), note=note) if rows else None  # fmt: skip


def _critical(view: View) -> Table | None:
    rows = tuple(
        (Cell(e.subject.population), tables.measured(e), Cell(f"{estimate_of(e).n:,.0f}"),
         Cell(words.listed(detail(e).get("cases", ()), 8) if detail(e).get("cases") else "none"), words.outcome_cell(e))
        for e in view.answers("genai.critical") if e.outcome.estimate
    )  # fmt: skip
    head = ("Suite", "Failed", "Of", "Which", "Outcome")
    return Table("t-genai-critical", "Cases of which not one may fail", head, "lrrll", rows,
                 (0.18, 0.1, 0.1, 0.48, 0.14)) if rows else None  # fmt: skip


def _refused(view: View) -> Table | None:
    """Return how often harmless questions were declined, among them the benign twins of attacks."""
    found = [e for e in view.answers("genai.over_refusal") if e.outcome.estimate]
    rows = tuple(
        (Cell(e.subject.population), Cell(e.subject.column or ""), tables.measured(e), Cell(f"{estimate_of(e).n:,.0f}"),
         Cell("" if detail(e).get("rightly declined") is None else words.percent(detail(e)["rightly declined"])),
         words.outcome_cell(e))
        for e in found
    )  # fmt: skip
    head = ("Suite", "Criterion", "Harmless, yet declined", "Harmless", "To be declined, and declined", "Outcome")
    note = (
        "Harmless questions are ordinary ones and the benign twin of each attack: a system that declines everything "
        "resists every attack, and shows it here."
    )
    return Table("t-genai-refused", "What was refused for no reason", head, "llrrrl", rows,
                 (0.15, 0.14, 0.26, 0.12, 0.19, 0.14), note=note) if rows else None  # fmt: skip


def _guarded(view: View) -> Table | None:
    """Return how often guardrails stopped a call, with attacks and harmless questions apart."""
    rows = tuple(
        (Cell(e.subject.population), tables.measured(e), Cell(f"{estimate_of(e).n:,.0f}"),
         Cell(f"{detail(e)['stopped']['before']:,}"), Cell(f"{detail(e)['stopped']['after']:,}"),
         _part(e, "attacks"), _part(e, "harmless"))
        for e in view.answers("genai.guardrails") if e.outcome.estimate
    )  # fmt: skip
    head = ("Suite", "Stopped", "Cases", "Before", "After", "Of attacks", "Of harmless questions")
    return Table("t-genai-guarded", "Where guardrails stepped in", head, "lrrrrrr", rows,
                 (0.16, 0.22, 0.09, 0.09, 0.09, 0.16, 0.19)) if rows else None  # fmt: skip


def _part(e: Evidence, name: str) -> Cell:
    told = detail(e).get(name)
    return Cell("none asked" if told is None else words.percent(told["value"]), tone="muted" if told is None else "")
