"""Section 1, cover and control: what this document is about and who answers for it."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.evidence import PopulationFacts
from secondline.reports import words
from secondline.reports.blocks import Cell, KeyFacts, Placeholder, Section, Table
from secondline.reports.view import View


def cover(view: View) -> KeyFacts:
    """Return the facts of the cover: model, version, use, tier, period, validator."""
    spec = view.spec
    uses = [f"{use.id} ({use.population})" if use.population else use.id for use in spec.uses]
    artefact = f", artefact {spec.artefact.path}" if spec.artefact else ""
    facts: tuple[tuple[str, str], ...] = (
        ("Model", f"{spec.title} ({spec.model})" if spec.title else spec.model),
        ("Version", f"{spec.version}{artefact}"),
        ("Use", words.listed(uses) if uses else "not stated in model.yaml"),
        ("Tier", f"{spec.tier} (as stated in model.yaml)" if spec.tier else "not stated in model.yaml"),
        ("Data", "; ".join(_population(facts) for facts in view.run.populations)),
        ("Data cut-off", _cut_off(view)),
        ("Owner", spec.owner or "not stated in model.yaml"),
        ("Developer", spec.developer or "not stated in model.yaml"),
        ("Validator", spec.validator or "not stated in model.yaml"),
        ("As of", view.plan.as_of or "not stated"),
    )
    return KeyFacts(tuple((label, (value,)) for label, value in facts))


def _population(facts: PopulationFacts) -> str:
    period = f", {day(facts.time_first)} to {day(facts.time_last)}" if facts.time_first and facts.time_last else ""
    return f"{facts.name} ({facts.rows:,} rows{period})"


def day(moment: str | None) -> str:
    """Return the date of a moment."""
    return (moment or "").replace("T", " ").split(" ")[0]


def _cut_off(view: View) -> str:
    last = [facts.time_last for facts in view.run.populations if facts.time_last]
    return day(max(last)) if last else "not known: no time column is named"


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
