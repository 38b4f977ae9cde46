"""Draft: the whole report as a value, written from records alone. The same run gives the same draft."""

from __future__ import annotations

from secondline.core.evidence import Run
from secondline.reports.blocks import Draft, Section
from secondline.reports.notes import notes
from secondline.reports.sections import (
    appendices,
    asks,
    cover,
    data,
    explanation,
    fairness,
    findings,
    model,
    operation,
    outcomes,
    robustness,
    scope,
    soundness,
    summary,
)
from secondline.reports.view import View
from secondline.reports.witness import NOTHING, Witness

SECTIONS = (
    cover.section,
    summary.section,
    scope.section,
    model.overview,
    model.materiality,
    data.section,
    soundness.soundness,
    soundness.implementation,
    outcomes.section,
    robustness.section,
    explanation.section,
    fairness.section,
    operation.use,
    operation.governance,
    operation.monitoring,
    findings.prior,
    findings.findings,
    findings.limitations,
    appendices.section,
)


def _fitted(view: View, section: Section) -> Section:
    return asks.for_answers(section) if view.spec.genai else section


def draft(run: Run, previous: Run | None = None, witness: Witness = NOTHING) -> Draft:
    """Return the report of *run*; *previous*, the run before it, lets it say what became of earlier findings.

    *witness* is what is known of the answers of a generative system, some of which the report quotes.
    """
    view = View(run, previous, witness)
    spec = view.spec
    return Draft(
        title=spec.title or spec.model,
        subtitle=f"Validation report, {spec.model} {spec.version}",
        cover=cover.cover(view),
        sections=tuple(_fitted(view, write(view)) for write in SECTIONS),
        evidence=notes(view),
        watermark="Draft: opinion proposed, not confirmed" if run.opinion.status == "proposed" else "",
        digest=run.digest(),
        meta={
            "model": spec.model,
            "version": spec.version,
            "run": run.id,
            "plan": run.plan_digest,
            "as_of": view.plan.as_of,
            "created": run.fixed_at,
            "opinion": run.opinion.status,
            "grade": str(run.opinion.grade),
            "limitations": findings.machine(view),
        },
    )
