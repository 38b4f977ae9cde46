"""Evaluating, shown: plans, graded answers, judge cards, transcripts and components as tables or plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from secondline.cli.screen import Screen, console, grid, print_json

if TYPE_CHECKING:
    from secondline.core.declared.genai import GenAI
    from secondline.evals.cards import JudgeCard
    from secondline.evals.dryrun import DryRun
    from secondline.evals.grading.table import Row
    from secondline.evals.targets.replay import Recorded
    from secondline.workflow.answered import Answered

OUTCOMES = ("pass", "fail", "unscored", "error")
TONES = {"pass": "green", "fail": "bold red", "unscored": "yellow", "error": "bold red"}
LONG, FEWEST = 400, 20


def plan_shown(found: DryRun, kind: str) -> None:
    """Print a dry run: calls, cost and time, and the half-width that each stratum can reach."""
    out = console()
    how = "are read from transcripts" if kind == "replay" else f"to make, {found.kept:,} kept already"
    out.print(f"[bold]{found.turns:,} askings[/], {found.calls:,} calls {how}")
    if kind != "replay":
        out.print(f"at most {found.tokens:,} tokens, {found.cost:,.2f} in money, at least {found.minutes:,.1f} minutes")
        if not found.fits:
            out.print(f"[bold red]over the budget[/]: {found.spent:,.2f} is spent already")
    table = grid("suite", "*stratum", ">cases", ">clusters", ">askings", ">half-width")
    for one in found.reach:
        width = "-" if one.half_width is None else f"{one.half_width:.3f}"
        cells = (str(one.cases), str(one.clusters), str(one.turns), width)
        table.add_row(escape(one.suite), escape(one.stratum or "-"), *cells)
    out.print(table)
    out.print("[dim]Half-widths of 95 % intervals, if nine in ten pass and cases of a cluster are a fifth alike.[/]")
    out.print(f"configuration {found.config[:16]}. Nothing was called.")


def asked_shown(found: Answered, screen: Screen | None = None) -> dict[str, Any]:
    """Return, and print where there is a screen, how answers were graded by suite and criterion."""
    counts: dict[str, dict[str, Counter[str]]] = {
        suite: {name: Counter(str(row.grade.outcome) for row in rows if row.criterion == name)
                for name in dict.fromkeys(row.criterion for row in rows)}
        for suite, rows in found.rows.items()
    }  # fmt: skip
    if screen is not None:
        table = grid("suite", "*criterion", *(f">{name}" for name in OUTCOMES))
        for suite, by in counts.items():
            for name, count in by.items():
                table.add_row(escape(suite), escape(name), *(str(count[outcome]) for outcome in OUTCOMES))
        screen.out.print(table)
        screen.say(
            f"{len(found.kept.traces):,} answers and {len(found.kept.judgements):,} judgements are kept. "
            "See them: secondline evals answers"
        )
    return {"answers": len(found.kept.traces), "judgements": len(found.kept.judgements), "suites": counts}


def answer_shown(row: Row) -> dict[str, Any]:
    """Return a graded answer as plain values."""
    from secondline.evals.grading.table import explained
    from secondline.evals.kept import asked

    said = row.trace
    return explained(row) | {
        "suite": row.case.suite, "stratum": row.case.stratum, "severity": row.case.severity,
        "replicate": said.replicate if said else 0, "asked": asked(row.case, said), "answer": said.text if said else "",
        "status": said.status if said else "error",
    }  # fmt: skip


def answers_shown(rows: Sequence[Row], limit: int, *, whole: bool) -> None:
    """Print graded answers one under the other; texts are cut unless *whole*."""
    from secondline.evals.kept import asked

    out = console()
    for row in rows[:limit]:
        said, grade = row.trace, row.grade
        times = f" #{said.replicate}" if said and said.replicate else ""
        times += f" ({said.details['disguise']})" if said and "disguise" in said.details else ""
        tone = TONES[grade.outcome]
        head = f"{row.case.suite} / {row.case.name}{times}   {row.criterion} by {row.by}"
        out.print(f"[{tone}]{grade.outcome:<9}[/][bold]{escape(head)}[/]")
        out.print(f"  asked   {_cut(asked(row.case, said), whole=whole)}", markup=False)
        text = said.text if said and said.text else f"(no text: {said.status if said else 'error'})"
        out.print(f"  said    {_cut(text, whole=whole)}", markup=False)
        if grade.reason:
            out.print(f"  because {_cut(grade.reason, whole=whole)}", markup=False, style="dim")
    rest = f", the first {limit} of them shown" if len(rows) > limit else ""
    out.print(f"{len(rows):,} graded answers{rest}.")


def _cut(text: str, *, whole: bool) -> str:
    plain = " ".join(text.split())
    return plain if whole or len(plain) <= LONG else f"{plain[:LONG]} ..."


def card_shown(card: JudgeCard) -> None:
    """Print a judge's card: what it rests on, its errors by slice, agreement, the corrected rate, and eligibility."""
    out, said = console(), card.figures
    out.print(
        f"[bold]{escape(card.judge)}[/] on {escape(card.criterion)}, rubric {escape(card.rubric_version)}", end=""
    )
    out.print(f", {escape(card.model or 'no model named')}, holds until {card.expires}")
    out.print(f"{card.n} labels, {card.doubled} of them by two people")
    youden = said["youden"]
    table = grid("*of", ">passes what is right", ">fails what is wrong")
    if "undefined" in youden:
        out.print(f"[yellow]no figures[/]: {escape(youden['undefined'])}; needed: {escape(str(youden['needed']))}")
    else:
        detail = youden["detail"]
        table.add_row("all", _share(detail["sensitivity"]), _share(detail["specificity"]))
        many = [one for one in detail["slices"] if _labels(one) >= FEWEST]
        for one in many:
            name = f"{one['by']} {one['slice']}"
            table.add_row(escape(name), _share(one["sensitivity"]), _share(one["specificity"]))
        out.print(table)
        if few := len(detail["slices"]) - len(many):
            out.print(f"[dim]{few} slices of fewer than {FEWEST} labels are in --json[/]")
        out.print(f"Youden's J {_interval(youden)}")
    for name, words in (("agreement", "agreement with people"), ("rate", "corrected pass rate")):
        one = said[name]
        told = (
            escape(f"none: {one['undefined']}") if "undefined" in one else f"{_interval(one)}, {escape(one['method'])}"
        )
        out.print(f"{words} {told}")
    fit = "[green]may grade[/]" if said["eligible"] else f"[bold red]may not grade[/]: {escape(said['because'])}"
    out.print(fit)


def _labels(one: Mapping[str, Any]) -> int:
    return sum(part["labels"] for part in (one["sensitivity"], one["specificity"]) if part)


def _share(one: Mapping[str, Any] | None) -> str:
    if one is None:
        return "-"
    return f"{one['value']:.3f} \\[{one['low']:.3f}, {one['high']:.3f}]  ({one['labels']})"


def _interval(one: Mapping[str, Any]) -> str:
    return f"{one['value']:.3f} \\[{one['low']:.3f}, {one['high']:.3f}]"


def imported_shown(found: Sequence[Recorded], *, as_json: bool) -> None:
    """Print what transcripts hold: answers by status, cases, models, and the first few."""
    traces = [one.trace for one in found]
    models = dict(Counter(trace.returned_model or "not told" for trace in traces))
    facts = {
        "transcripts": len(found), "cases": len({one.case.name for one in found}),
        "source": dict(Counter(trace.source for trace in traces)),
        "status": dict(Counter(trace.status for trace in traces)), "models": models,
        "with passages": sum(bool(trace.retrieved) for trace in traces),
        "with tools": sum(bool(trace.tools) for trace in traces),
        "verdicts of the tool, which are no grades": sum(bool(trace.details) for trace in traces),
    }  # fmt: skip
    if as_json:
        print_json(facts | {"first": [
            {"case": one.case.name, "asked": one.case.turns[-1].content, "answer": one.trace.text} for one in found[:20]
        ]})  # fmt: skip
        return
    out = console()
    for name, value in facts.items():
        plain = ", ".join(f"{n} {k}" for k, n in value.items()) if isinstance(value, dict) else value
        out.print(f"{name}: {plain}", markup=False)
    table = grid("case", "*asked", "*said")
    for one in found[:5]:
        texts = (one.case.turns[-1].content, one.trace.text)
        table.add_row(escape(one.case.name), *(escape(_cut(text, whole=False)) for text in texts))
    out.print(table)


def components_shown(genai: GenAI, found: Mapping[str, Any]) -> None:
    """Print the parts of a system with the beginnings of their digests, and what changed."""
    out, moved = console(), found.get("changed")
    versions = {f"{c.kind}/{c.name}": (c.version, c.pinned) for c in genai.components}
    table = grid("part", "version", "pinned", "digest", "changed")
    for name, content in found["parts"].items():
        version, pinned = versions.get(name, ("", False))
        mark = (moved or {}).get(name, "")
        pin = "yes" if pinned else "-" if name == "target" else "no"
        table.add_row(escape(name), escape(version or "-"), pin, content[:16], mark)
    for name in (n for n, what in (moved or {}).items() if what == "removed"):
        table.add_row(escape(name), "-", "-", "-", "removed")
    out.print(table)
    out.print(f"configuration {found['configuration']}")
    if moved is not None:
        out.print(f"{len(moved)} parts changed: this is a change of class B" if moved else "Nothing changed.")
