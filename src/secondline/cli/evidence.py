"""The show command: one number, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from secondline.cli.screen import TONES, console, grid, print_json
from secondline.core.check import find
from secondline.core.errors import SpecError, near
from secondline.core.format import number, p_text
from secondline.core.parts import parts_of

if TYPE_CHECKING:
    from secondline.core.evidence import Evidence, Finding, Query, Run


def show_evidence(run: Run, key: str, *, as_json: bool, sql: bool) -> None:
    """Print the evidence with id *key*, the finding with that id, or every answer of the check with that code."""
    import secondline.checks  # noqa: F401 - registers the checks

    finding = next((f for f in run.findings if f.id == key), None)
    found = [e for e in run.evidence if key in {e.id, e.code} or (finding and e.id in finding.evidence)]
    if not found:
        known = {e.id for e in run.evidence} | {e.code for e in run.evidence} | {f.id for f in run.findings}
        raise SpecError(
            f"Run {run.id} has no evidence {key!r}. {near(key, known, 'Give an id such as E-1, or a code.')}"
        )
    if as_json:
        print_json([e.model_dump(mode="json") for e in found])
        return
    if finding:
        _finding(finding)
    _one(run, found[0], sql=sql) if len(found) == 1 else _many(found)


def _finding(finding: Finding) -> None:
    out = console()
    out.print(f"[bold]{finding.id}[/] {finding.severity}  {escape(finding.statement)}")
    out.print(f"effect {escape(finding.effect)}\nowner {escape(finding.owner or 'to be named')}   due {finding.due}")
    out.print(escape(finding.recommendation))


def _many(found: list[Evidence]) -> None:
    table = grid("id", "*subject", ">value", ">low", ">high", ">n", "outcome", "*reason")
    for e in found:
        estimate = e.outcome.estimate
        bounds = (estimate.value, estimate.low, estimate.high) if estimate else (None, None, None)
        cells = ["" if x is None else number(x, e.unit) for x in bounds]
        count = f"{estimate.n:,.0f}" if estimate else ""
        kind = e.outcome.kind
        outcome = f"[{TONES[kind]}]{kind.replace('_', ' ')}[/]"
        table.add_row(e.id, escape(e.subject.text), *cells, count, outcome, escape(e.outcome.because))
    console().print(table)


def _one(run: Run, evidence: Evidence, *, sql: bool) -> None:
    out, check = console(), find(evidence.code)
    kind = evidence.outcome.kind
    outcome = f"[{TONES[kind]}]{kind.replace('_', ' ')}[/]"
    out.print(f"[bold]{evidence.id}[/]  {evidence.code}  {escape(evidence.subject.text)}   {outcome}")
    out.print(f"{escape(check.title)}\n[dim]{escape(check.purpose)}[/]\n")
    out.print(_facts(run, evidence))
    for query in parts_of(evidence.queries, run.queries) if sql else []:
        _query(query)
    genai = run.plan.spec.genai
    out.print(f"[dim]repeat it: secondline replicate {run.id}{' --allow-code' if genai and genai.runs_code else ''}[/]")
    if genai and evidence.subject.population in genai.suites:
        by = f" --criterion {evidence.subject.column}" if evidence.subject.column in genai.criteria else ""
        place = f"secondline evals answers assistant.yaml --suite {evidence.subject.population}{by}"
        out.print(f"read them: {place}", style="dim", markup=False)


def _facts(run: Run, evidence: Evidence) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _lines(run, evidence):
        if value:
            table.add_row(name, escape(value))
    return table


def _lines(run: Run, evidence: Evidence) -> list[tuple[str, str]]:
    estimate, limit = evidence.outcome.estimate, evidence.limit
    prints = [f"{p.name} {p.fingerprint[:16]}" for p in run.populations
              if p.name in {evidence.subject.population, evidence.subject.reference}]  # fmt: skip
    lines = [("value", f"{estimate.value!r} {evidence.unit}".strip())] if estimate else []
    if estimate and estimate.low is not None:
        lines.append(
            ("interval", f"{estimate.low!r} to {estimate.high!r} at {100 * estimate.level:g} % ({estimate.method})")
        )
    if estimate:
        events = "" if estimate.events is None else f", {estimate.events:,.0f} events"
        lines.append(("sample", f"{estimate.n:,.0f} rows{events}"))
    if estimate and estimate.p_value is not None:
        adjusted = (
            "" if evidence.p_adjusted is None else f", {p_text(evidence.p_adjusted)} after {evidence.looks} looks"
        )
        lines.append(("p-value", f"{p_text(estimate.p_value)}{adjusted}"))
    if estimate and estimate.mde is not None:
        lines.append(("detectable", f"{estimate.mde:.4g} {estimate.mde_unit} with 80 % power"))
    return [
        *lines,
        ("reason", evidence.outcome.because),
        ("to decide", getattr(evidence.outcome, "needed", "")),
        (
            "limit",
            f"{limit.text}; {limit.because} ({limit.source}; tag {limit.tag})" if limit else "none: reported only",
        ),
        ("parameters", ", ".join(f"{k}={v}" for k, v in evidence.params.items())),
        ("warnings", "; ".join(estimate.warnings) if estimate else ""),
        ("data", ", ".join(prints)),
        ("statistics", ", ".join(d[:16] for d in evidence.statistics)),
        ("sources", "; ".join(find(evidence.code).sources)),
    ]


def _query(query: Query) -> None:
    out = console()
    rows = f"{query.rows_scanned:,} rows" if query.rows_scanned is not None else ""
    out.print(f"\n[dim]{query.id} on {query.population} ({query.engine}, {rows}): {escape(query.purpose[:100])}[/]")
    out.print(Syntax(query.sql, "sql", theme="ansi_light", word_wrap=True, background_color="default"))
