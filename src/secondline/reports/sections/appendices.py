"""Section 19, appendices: every answer, the controls, the SQL, the environment and the methods."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.evidence import ControlStatus
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Placeholder, Section, Table
from secondline.reports.view import View, tally


def section(view: View) -> Section:
    """Return the section."""
    parts = (
        Section("answers", "19.1", "Every answer", (tables.everything(view),)),
        Section("controls", "19.2", "Regulatory crosswalk", tuple(_controls(view))),
        Section("queries", "19.3", "Queries", tuple(_queries(view))),
        Section("environment", "19.4", "Environment", (_environment(view),)),
        Section("methods", "19.5", "Methods and parameters", (_methods(view),)),
        Section("challenge-log", "19.6", "Challenge log", (_log(),)),
    )
    return Section("appendices", "19", "Appendices", (), parts)


def _controls(view: View) -> Iterator[Block]:
    if not view.plan.controls:
        yield words.text("The packs of this plan list no controls.")
        return
    shown = [(control, _evidenced(view, control)) for control in view.plan.controls]
    yield words.text(
        f"{sum(bool(by) for _, by in shown)} of {words.count(len(shown), 'control')} of the packs have evidence in "
        f"this run. Evidence says that a "
        "question was asked and answered, not that the answer is favourable, and not that the control is met."
    )
    yield _crosswalk(
        "t-controls", "Controls with evidence in this run", [(c, by) for c, by in shown if by], "Evidence in this run"
    )
    without = [(c, _needs(view, c)) for c, by in shown if not by]
    if without:
        yield _crosswalk("t-controls-open", "Controls not evidenced by this run", without, "What would evidence it")


def _crosswalk(id_: str, caption: str, shown: list[tuple[ControlStatus, str]], last: str) -> Table:
    rows = tuple(
        (Cell(c.id), Cell(c.title), Cell(words.sourced(c.source, c.tag)), Cell(c.force), Cell(by)) for c, by in shown
    )
    return Table(
        id_, caption, ("Control", "Title", "Source", "Force", last), "lllll", rows, (0.12, 0.27, 0.22, 0.1, 0.29)
    )


def _evidenced(view: View, control: ControlStatus) -> str:
    """Return how the checks of a control fell, empty when none of them gave a number."""
    parts = []
    for code in control.checks:
        answers = [e for e in view.answers(code) if e.outcome.estimate]
        counts = ", ".join(f"{n} {words.OUTCOME[kind]}" for kind, n in tally(answers).items() if n)
        parts += [f"{code}: {counts}"] if answers else []
    return "; ".join(parts)


def _needs(view: View, control: ControlStatus) -> str:
    asked = [code for code in control.checks if code in view.planned]
    return control.satisfied_by or (
        f"an answer to {words.listed(asked)}" if asked else "no check of this plan speaks to it"
    )


def _queries(view: View) -> Iterator[Block]:
    run = view.run
    yield words.text(
        f"{words.sentence(words.count(len(run.queries), 'query', 'queries'))[:-1]} gave all statistics of this run. "
        "Most are many small questions fused into one; evidence cites its own part, such as Q-3.5."
    )
    rows = tuple(
        (
            Cell(q.id),
            Cell(q.population),
            Cell(q.engine),
            Cell(q.purpose),
            Cell("" if q.rows_scanned is None else f"{q.rows_scanned:,}"),
            Cell(q.answer[:12]),
        )
        for q in run.queries
    )
    head = ("Query", "Population", "Engine", "Purpose", "Rows scanned", "Answer")
    note = "Digests of the stored answers; an answer that holds rows or keys of persons is not kept and has none."
    yield Table("t-queries", "Queries", head, "llllrl", rows, note=note)


def _environment(view: View) -> Table:
    found = view.run.environment
    rows = (
        ("secondline", found.secondline),
        ("Python", found.python),
        ("Platform", found.platform),
        *sorted(found.packages.items()),
    )
    return Table(
        "t-environment",
        "Versions that can move a number",
        ("What", "Version"),
        "ll",
        tuple((Cell(a), Cell(b)) for a, b in rows),
        (0.3, 0.7),
    )


def _methods(view: View) -> Table:
    rows = []
    for code, planned in view.planned.items():
        estimates = [e.outcome.estimate for e in view.answers(code) if e.outcome.estimate]
        methods = words.listed(list(dict.fromkeys(e.method for e in estimates if e.method)), 3)
        params = ", ".join(f"{key} = {value}" for key, value in sorted(planned.params.items()))
        levels = words.listed(list(dict.fromkeys(f"{100 * e.level:.6g} %" for e in estimates if e.low is not None)), 2)
        if estimates:
            rows.append(
                (
                    code,
                    methods if methods != "none" else "a count, without sampling error",
                    levels if levels != "none" else "",
                    params,
                )
            )
    head = ("Check", "Interval or test", "Confidence", "Parameters")
    note = (
        "The definition, formula and edge cases of each check are in its page of the handbook: `secondline checks "
        "show CODE`."
    )
    cells = tuple(tuple(Cell(text) for text in row) for row in rows)
    return Table("t-methods", "Methods", head, "llrl", cells, (0.28, 0.32, 0.12, 0.28), folded=True, note=note)


def _log() -> Placeholder:
    return Placeholder(
        "Record the questions put to the developer, the answers, and how each was settled.", id="challenge-log"
    )
