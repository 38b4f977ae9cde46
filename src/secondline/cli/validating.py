"""The validate command's screen: the plan before the data, the answers by family, the findings, the opinion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from secondline.cli.exits import Exit
from secondline.cli.screen import SEVERITY_TONES, Screen, print_json

if TYPE_CHECKING:
    from secondline.core.evidence import Evidence, Plan, Run
    from secondline.workflow.configured import Moved

FAMILIES = {
    "data": "data integrity",
    "discrimination": "discrimination",
    "calibration": "calibration",
    "stability": "stability",
    "soundness": "soundness",
    "explanation": "explanation",
    "robustness": "robustness",
    "challenge": "challengers",
    "fairness": "fairness",
    "fraud": "fraud",
    "genai": "generative AI",
    "use": "use",
}
COLUMNS = {
    "passed": "green",
    "failed": "bold red",
    "inconclusive": "yellow",
    "errored": "bold red",
    "reported": "default",
    "n/a": "dim",
}
FINDINGS_SHOWN = 8
CONTROLS_SHOWN = 4


def run_validation(
    path: Path, store: Path | None, formats: tuple[str, ...], template: Path | None, screen: Screen, actor: str,
    *, refit: bool = False, allow_code: bool = False,
) -> Exit:  # fmt: skip
    """Validate a study, print it, write its reports, and return the exit code."""
    from secondline.core.errors import SpecError
    from secondline.workflow.result import Validation
    from secondline.workflow.rows import rows
    from secondline.workflow.study import RUNS, Study
    from secondline.workflow.validate import Request, validate

    if odd := [f for f in formats if f not in {"html", "docx", "pdf", "none"}]:
        raise SpecError(f"There is no report format {odd[0]!r}. Use html, docx, pdf or none.")
    study = Study.read(path)
    folder = store or study.base / RUNS
    moved: list[Moved] = []
    with screen.progress() as progress:
        request = Request(study.spec, study.base, folder, actor=actor, progress=progress, planned=_planned(screen),
                          refit=refit, code=allow_code, moved=moved.append)  # fmt: skip
        run = validate(request)
    if screen.quiet:
        print_json(rows(run))
    else:
        show_run(run, screen)
        for one in moved:
            screen.say(f"[bold]Not as approved.[/]  {escape(one.text)}.")
    names = [folder / run.id / f"report.{f}" for f in formats if f != "none"]
    written = Validation(run, folder).report(*names, template=template)
    if written:
        screen.say(f"report    {_relative(written[0])}" + "".join(f"  {p.suffix}" for p in written[1:]))
    screen.say(f"evidence  {len(run.evidence)} records, sealed in {_relative(folder)}")
    code = exit_code(run)
    screen.say(f"[dim]exit {code.value}[/]")
    return code


def exit_code(run: Run) -> Exit:
    """Return 1 when anything failed, 2 when anything errored, 3 when anything is inconclusive, else 0."""
    kinds = {e.outcome.kind for e in run.evidence}
    if "errored" in kinds:
        return Exit.ERROR
    if "failed" in kinds:
        return Exit.FAILED
    return Exit.INCONCLUSIVE if "inconclusive" in kinds else Exit.PASSED


def _planned(screen: Screen) -> Callable[[Plan, str], None]:
    def told(plan: Plan, at: str) -> None:
        spec = plan.spec
        tier = f"tier {spec.tier} (developer's)" if spec.tier else "no tier given"
        packs = ", ".join(f"{p.id} {p.version}" for p in plan.packs)
        screen.say(
            f"[bold]{escape(spec.model)} {escape(spec.version)}[/]   {tier}   packs {packs}   as of {plan.as_of}"
        )
        screen.say(
            f"plan {plan.digest()[:8]}   {len(plan.checks)} checks, limits fixed {at[11:19]} UTC before data were read"
        )

    return told


def show_run(run: Run, screen: Screen) -> None:
    """Print a finished run."""
    seconds = sum(t.seconds for t in run.timings)
    read = "   ".join(f"{escape(p.name)} {p.rows:,} rows" for p in run.populations)
    screen.say(f"read   {read}   {len(run.queries)} queries   {seconds:.1f} s")
    screen.say("")
    screen.out.print(_families(run))
    screen.say("")
    for line in _headline(run):
        screen.say(line)
    _findings(run, screen)
    _gaps(run, screen)
    opinion = run.opinion
    screen.say("")
    screen.say(f"[bold]{opinion.status} opinion  {opinion.grade} of 4[/]  {escape(opinion.because)}")
    screen.say("[dim]Yours to confirm or override: secondline opinion[/]")
    screen.say("")


def _families(run: Run) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("", no_wrap=True)
    for name in ("answers", *COLUMNS):
        table.add_column(name, justify="right", no_wrap=True)
    for family, name in FAMILIES.items():
        mine = [e for e in run.evidence if e.code.startswith(f"{family}.")]
        if not mine and run.plan.spec.genai:
            continue  # a generative system is asked none of the questions about scores
        counts = Counter(_column(e) for e in mine)
        cells = [f"[{tone}]{counts[word]}[/]" if counts[word] else "[dim].[/]" for word, tone in COLUMNS.items()]
        table.add_row(name, str(len(mine)), *cells)
    return table


def _column(evidence: Evidence) -> str:
    """A number without a limit is reported; a question that does not arise is n/a."""
    kind = evidence.outcome.kind
    return kind if kind != "not_applicable" else "reported" if evidence.outcome.estimate else "n/a"


def _headline(run: Run) -> list[str]:
    """The few numbers anyone asks for first, with their intervals."""
    lines = []
    wanted = (("AUC", "discrimination.auc"), ("KS", "discrimination.ks"), ("A/E", "calibration.actual_expected"),
              ("slope", "calibration.slope"))  # fmt: skip
    for facts in run.populations:
        parts = [f"{name} {_value(e)}" for name, code in wanted if (e := _one(run, code, facts.name)) is not None]
        if parts:
            lines.append(f"[bold]{escape(facts.name)}[/]  " + "   ".join(parts))
    shift = _largest_shift(run)
    return [*lines, shift] if shift else lines


def _one(run: Run, code: str, population: str) -> Evidence | None:
    mine = (e for e in run.evidence if e.code == code and e.subject.population == population and e.outcome.estimate)
    return next(mine, None)


def _value(evidence: Evidence) -> str:
    from secondline.core.format import number

    estimate = evidence.outcome.estimate
    if estimate is None:
        return "-"
    value = number(estimate.value, evidence.unit)
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} [dim]\\[{number(estimate.low, evidence.unit)}, {number(estimate.high, evidence.unit)}][/]"


def _largest_shift(run: Run) -> str:
    shifts = [(e.outcome.estimate.value, e) for e in run.evidence if e.code == "stability.psi" and e.outcome.estimate]
    if not shifts:
        return ""
    value, evidence = max(shifts, key=lambda pair: pair[0])
    estimate = evidence.outcome.estimate
    noise = estimate.detail.get("expected_under_null") if estimate else None
    aside = f" (noise {noise:.4f})" if isinstance(noise, float) else ""
    return f"largest shift  {escape(evidence.subject.text)}, PSI {value:.4f}{aside}"


def _findings(run: Run, screen: Screen) -> None:
    screen.say("")
    if not run.findings:
        screen.say("no findings proposed")
        return
    screen.say(f"[bold]{len(run.findings)} finding{'s' if len(run.findings) > 1 else ''} proposed[/]")
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in run.findings[:FINDINGS_SHOWN]:
        ids = f"{finding.evidence[0]}{' ...' if len(finding.evidence) > 1 else ''}"
        tone = SEVERITY_TONES[finding.severity]
        table.add_row(finding.id, f"[{tone}]{finding.severity}[/]", f"{escape(finding.statement)} [dim]({ids})[/]")
    screen.out.print(table)
    if (rest := len(run.findings) - FINDINGS_SHOWN) > 0:
        screen.say(f"[dim]and {rest} more in the report[/]")


def _gaps(run: Run, screen: Screen) -> None:
    missing = [control for control in run.plan.controls if not control.checks]
    if missing:
        rest = " ..." if len(missing) > CONTROLS_SHOWN else ""
        names = ", ".join(control.id for control in missing[:CONTROLS_SHOWN]) + rest
        screen.say("")
        screen.say(
            f"[yellow]not evidenced[/]  {len(missing)} of {len(run.plan.controls)} controls "
            f"need more than this run: {names}"
        )


def _relative(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
