"""Result: a validation run as a person handles it: look up a number, show it, write its report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secondline.core.errors import SpecError, near
from secondline.core.evidence import Evidence, Finding, Run
from secondline.core.outcome import KINDS
from secondline.workflow.rows import rows
from secondline.workflow.write import write_report


@dataclass(frozen=True, slots=True)
class Validation:
    """A finished run. ``run["discrimination.auc"]`` is the answer about the first current population."""

    run: Run
    store: Path | None = None

    def __getitem__(self, key: str) -> Evidence:
        """Return the evidence called *key*: an id such as ``E-118``, or a check's code.

        A code asked in several places returns the answer about the first current population, else about the reference.
        """
        found = self.find(key)
        if not found:
            codes = {e.code for e in self.run.evidence}
            raise SpecError(
                f"This run has no answer {key!r}. {near(key, codes, 'Codes: ' + ', '.join(sorted(codes)[:8]))}"
            )
        reference = self.run.plan.spec.reference_name
        return next((e for e in found if e.subject.population != reference), found[0])

    def find(self, key: str) -> list[Evidence]:
        """Return all evidence of one check's code, or with one id."""
        return [e for e in self.run.evidence if key in {e.code, e.id}]

    def __iter__(self) -> Iterator[Evidence]:
        return iter(self.run.evidence)

    def __len__(self) -> int:
        return len(self.run.evidence)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The proposed findings, worst first."""
        return self.run.findings

    @property
    def counts(self) -> dict[str, int]:
        """How many answers fell into each outcome; every kind is listed."""
        return {kind: sum(e.outcome.kind == kind for e in self.run.evidence) for kind in KINDS}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One plain dictionary an answer, as ``--json`` prints it; give it to pandas or polars for a frame."""
        return rows(self.run)

    def report(self, *paths: str | Path, template: str | Path | None = None) -> list[Path]:
        """Write the report to each path, by its suffix: .html, .docx or .pdf. *template* restyles the Word report."""
        from secondline.reports.draft import draft
        from secondline.workflow.witnessing import witness_of

        style = Path(template) if template else None
        value = draft(self.run, witness=witness_of(self.store, self.run)) if self.run.plan.spec.genai else None
        return [write_report(self.run, Path(path), style, value) for path in paths]

    def _repr_html_(self) -> str:
        from secondline.reports.notebook import card

        return card(self.run)

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in self.counts.items() if n)
        spec = self.run.plan.spec
        said = f"run {self.run.id}: {counts}; {len(self.findings)} findings proposed"
        return f"Validation({spec.model} {spec.version}, {said})"
