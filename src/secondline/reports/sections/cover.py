"""Section 1, cover and control: what this document is about and who answers for it."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.evidence import PopulationFacts
from secondline.reports import words
from secondline.reports.blocks import Cell, KeyFacts, Placeholder, Section, Table
from secondline.reports.view import View

MANY = 6
"""Populations from which the cover counts them."""


def cover(view: View) -> KeyFacts:
    """Return the facts of the cover: model, version, use, tier, period, validator."""
    spec = view.spec
    uses = [f"{use.id} ({use.population})" if use.population else use.id for use in spec.uses]
    artefact = f", artefact {spec.artefact.path}" if spec.artefact else ""
    absent = f"not stated in {view.declared_in}"
    facts: tuple[tuple[str, str], ...] = (
        ("Model", f"{spec.title} ({spec.model})" if spec.title else spec.model),
        ("Version", f"{spec.version}{artefact}"),
        ("Use", words.listed(uses) if uses else absent),
        ("Tier", f"{spec.tier} (as stated in {view.declared_in})" if spec.tier else absent),
        ("Data", _data(view)),
        ("Data cut-off", _cut_off(view)),
        ("Owner", spec.owner or absent),
        ("Developer", spec.developer or absent),
        ("Validator", spec.validator or absent),
        ("As of", view.plan.as_of or "not stated"),
    )
    return KeyFacts(tuple((label, (value,)) for label, value in facts))


def _data(view: View) -> str:
    """Return the populations with their rows; of many only how many there are, since section 3 lists them."""
    every = view.run.populations
    if len(every) > MANY:
        return f"{len(every)} populations, {sum(facts.rows for facts in every):,} rows in all; section 3 lists them"
    return "; ".join(_population(facts) for facts in every)


def _population(facts: PopulationFacts) -> str:
    period = f", {day(facts.time_first)} to {day(facts.time_last)}" if facts.time_first and facts.time_last else ""
    return f"{facts.name} ({facts.rows:,} rows{period})"


def day(moment: str | None) -> str:
    """Return the date of a moment."""
    return (moment or "").replace("T", " ").split(" ")[0]


def _cut_off(view: View) -> str:
    last = [facts.time_last for facts in view.run.populations if facts.time_last]
    why = "answers are not dated" if view.spec.genai else "no time column is named"
    return day(max(last)) if last else f"not known: {why}"


def section(view: View) -> Section:
    """Return the section."""
    return Section("control", "1", "Cover and control", (_identity(view), *_people()))


def _identity(view: View) -> Table:
    run = view.run
    rows: list[tuple[str, str]] = [
        ("Run", run.id),
        ("Plan", run.plan_digest),
        ("Plan fixed", f"{run.fixed_at}, before rows were read"),
        ("Record of this run", run.digest()),
        *((f"Policy pack {pack.id} {pack.version}", pack.sha256) for pack in view.plan.packs),
        *((f"Data, {facts.name}", facts.fingerprint or "no fingerprint") for facts in run.populations),
        *_previous(view),
    ]
    cells = tuple((Cell(name), Cell(value)) for name, value in rows)
    note = "SHA-256 digests in hexadecimal. Change one record, and its digest no longer agrees."
    return Table("t-control", "Identity of this document", ("Record", "Identity"), "ll", cells, (0.28, 0.72), note=note)


def _previous(view: View) -> Iterator[tuple[str, str]]:
    if view.run.previous:
        yield "Previous run of this model", view.run.previous


def _people() -> tuple[Placeholder, ...]:
    return (
        Placeholder(
            "State the type of this validation (initial, periodic, change, targeted, triggered) and the period it "
            "covers.",
            id="validation-type",
        ),
        Placeholder(
            "Name the validators and state their independence from development and use of the model.", id="independence"
        ),
        Placeholder("Name reviewers, approver and distribution.", "head of validation", id="approval"),
    )
