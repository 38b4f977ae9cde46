"""The screen: consoles, progress bars and the tables most commands share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from secondline.core.evidence import Plan, Run
    from secondline.frames.collect import Progress as Told
    from secondline.ledger.store import RunSummary
    from secondline.ledger.verify import Verification
    from secondline.workflow.replicate import Replication

TONES = {
    "passed": "green",
    "failed": "bold red",
    "inconclusive": "yellow",
    "not_applicable": "dim",
    "errored": "bold red",
}
SEVERITY_TONES = {"critical": "bold red", "major": "red", "medium": "yellow", "low": "dim"}
WIDEST = 120


def console(*, stderr: bool = False) -> Console:
    """Return a console no wider than a comfortable line."""
    plain = Console(stderr=stderr, highlight=False)
    return Console(stderr=stderr, highlight=False, width=min(plain.width, WIDEST))


def print_json(value: Any) -> None:
    """Print *value* as JSON, unrounded, on standard output."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))  # noqa: T201 - this is the output


class Screen:
    """Where a command talks: progress on standard error, results on standard output; *quiet* leaves only results."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.out = console()
        self.err = console(stderr=True)

    def say(self, text: str = "") -> None:
        """Print a line of markup unless quiet."""
        if not self.quiet:
            self.out.print(text)

    @contextmanager
    def progress(self) -> Iterator[Told]:
        """Show a progress bar while the body runs; yields the callback that moves it."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30), TimeElapsedColumn())
        with Progress(
            *columns, console=self.err, transient=True, disable=self.quiet or not self.err.is_terminal
        ) as bar:
            task = bar.add_task("reading", total=None)

            def told(what: str, done: int, total: int) -> None:
                bar.update(task, description=escape(what[:56]).ljust(56), completed=done, total=total or None)

            yield told


def grid(*heads: str, title: str | None = None) -> Table:
    """Return a table with quiet rules; heads that begin with ``>`` are right-aligned, and ``*`` may wrap."""
    table = Table(box=None, pad_edge=False, title=title, title_justify="left", header_style="dim")
    for head in heads:
        justify: Literal["left", "right"] = "right" if head.startswith(">") else "left"
        table.add_column(head.lstrip(">*"), justify=justify, no_wrap=not head.startswith("*"), overflow="fold")
    return table


def gathered(title: str, told: Iterable[tuple[str, str]]) -> None:
    """Print sentences under a table, each once with the rows it is about: (row, sentence). Empty ones are left out."""
    of: dict[str, list[str]] = {}
    for row, sentence in told:
        if sentence:
            of.setdefault(sentence, []).append(row)
    table = grid(f"*{title}", "*of")
    for sentence, rows in of.items():
        table.add_row(escape(sentence), escape(", ".join(dict.fromkeys(rows))))
    if of:
        console().print()
        console().print(table)


def plan_table(plan: Plan) -> None:
    """Print a plan: every check with its limit and where the limit comes from."""
    out = console()
    out.print(
        f"[bold]{escape(plan.spec.model)} {escape(plan.spec.version)}[/]  plan {plan.digest()[:8]}  as of {plan.as_of}"
    )
    table = grid("check", "over", "*limit", "severity", "*from")
    for check in plan.checks:
        limit = check.limit.text if check.limit else "[dim]reported only[/]"
        severity = check.limit.severity if check.limit else ""
        origin = f"left out: {check.skipped}" if check.skipped else check.limit_from
        table.add_row(check.code, check.over, limit, severity, escape(origin))
    out.print(table)
    out.print(f"{len(plan.checks)} checks. No data were read.")


def runs_table(runs: Sequence[RunSummary]) -> None:
    """Print the recorded runs, newest first."""
    table = grid("run", "finished", "*model", ">answers", ">failed", ">findings", "opinion")
    for run in runs:
        counts = (str(run.answers), str(run.failed), str(run.findings))
        finished = run.finished_at[:16].replace("T", " ")
        opinion = f"{run.grade} {run.opinion_status}"
        table.add_row(run.id, finished, escape(f"{run.model} {run.version}"), *counts, opinion)
    console().print(table if runs else "No runs are recorded here yet.")


def show_replication(result: Replication, *, as_json: bool) -> None:
    """Print what a replication compared and what differed."""
    if as_json:
        differences = [{"what": d.what, "recorded": d.recorded, "replicated": d.replicated} for d in result.differences]
        print_json({"run": result.run, "answers": result.answers, "agrees": result.agrees, "differences": differences})
        return
    out = console()
    for note in result.notes:
        out.print(f"[dim]note[/] {escape(note)}")
    if result.agrees:
        out.print(
            f"[green]Replicated.[/] All {result.answers} answers and the data fingerprints of run {result.run} agree."
        )
        return
    out.print(f"[bold red]{len(result.differences)} differences[/] from run {result.run}:")
    table = grid("*what", "recorded", "replicated")
    for difference in result.differences:
        table.add_row(escape(difference.what), escape(difference.recorded), escape(difference.replicated))
    out.print(table)


def show_problems(result: Verification, *, as_json: bool) -> None:
    """Print what a verification found."""
    problems = [{"kind": p.kind, "what": p.what, "detail": p.detail} for p in result.problems]
    if as_json:
        print_json({"events": result.events, "objects": result.objects, "head": result.head, "problems": problems})
        return
    out = console()
    if not problems:
        counts = f"{result.events} events, {result.objects} objects and {result.checkpoints} checkpoints"
        out.print(f"[green]Intact.[/] {counts} match their seals.")
        out.print(f"Chain head {result.head}")
        out.print(
            "[dim]Only a head or anchor kept elsewhere (--head, --anchor) shows a cut or wholly rewritten ledger.[/]"
        )
        return
    out.print(f"[bold red]{len(problems)} problems[/]")
    table = grid("kind", "*what", "*detail")
    for problem in problems:
        table.add_row(escape(problem["kind"]), escape(problem["what"]), escape(problem["detail"]))
    out.print(table)


def show_opinion(run: Run) -> None:
    """Print the opinion of a run and who stands behind it."""
    from secondline.core.evidence import GRADES

    opinion, out = run.opinion, console()
    out.print(f"[bold]{opinion.status} opinion  {opinion.grade} of 4[/], {GRADES[opinion.grade]}")
    out.print(escape(opinion.because))
    if opinion.by:
        out.print(f"{opinion.status} by {escape(opinion.by)}: {escape(opinion.reason or 'no further reason given')}")
    else:
        out.print("Yours to confirm: `secondline opinion --confirm`, or override with --grade and --reason.")
