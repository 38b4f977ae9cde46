"""Evaluating, shown: plans, graded answers, judge cards, transcripts and components as tables or plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from secondline.cli.screen import Screen, console, grid, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from secondline.core.declared.genai import GenAI
    from secondline.evals.cards import JudgeCard
    from secondline.evals.dryrun import DryRun
    from secondline.evals.grading.table import Row
    from secondline.evals.targets.replay import Recorded
    from secondline.workflow.answered import Answered

OUTCOMES = ("pass", "fail", "unscored", "error")
NO_ANSWER = frozenset({"error", "timeout"})
TONES = {"pass": "green", "fail": "bold red", "unscored": "yellow", "error": "bold red"}
LONG, FEWEST, FEW = 400, 20, 5


def plan_shown(found: DryRun, genai: GenAI, path: Path, *, strata: bool) -> None:
    """Print a dry run: calls, cost and time, and the half-width that each suite (or stratum) can reach."""
    out = console()
    if genai.target.kind == "replay":
        out.print(f"[bold]{found.turns:,} answers[/] to read from transcripts")
    else:
        _calls_shown(found, genai)
    if found.missing:
        few = ", ".join(found.missing[:FEW]) + (", ..." if len(found.missing) > FEW else "")
        out.print(
            f"[bold red]{len(found.missing):,} cases have no transcript[/] and will count as errors: {escape(few)}"
        )
    table = grid("suite", *(["*stratum"] if strata else [">strata"]), ">cases", ">clusters", ">answers", ">half-width")
    parts = Counter(one.suite for one in found.reach if one.stratum)
    for one in found.reach if strata else found.suites:
        width = "-" if one.half_width is None else f"{one.half_width:.3f}"
        of = escape(one.stratum or "-") if strata else str(parts[one.suite] or "-")
        table.add_row(escape(one.suite), of, f"{one.cases:,}", f"{one.clusters:,}", f"{one.turns:,}", width)
    out.print(table)
    out.print(
        "[dim]Half-width: of a 95 % interval for a pass rate of 0.9, where cases of one cluster are correlated by 0.2."
        f"{'' if strata else ' By stratum: --strata.'}[/]"
    )
    out.print(f"configuration {found.config[:16]}. Nothing was called.")
    out.print(
        f"Next: secondline evals ask {path}{' --allow-code' if genai.runs_code else ''}", markup=False, soft_wrap=True
    )


def _calls_shown(found: DryRun, genai: GenAI) -> None:
    out, limits = console(), genai.target.limits
    out.print(f"[bold]{found.turns:,} answers[/] to ask for, by {found.calls:,} calls; {found.kept:,} are kept already")
    priced = limits.price_in or limits.price_out
    cost = f"{found.cost:,.2f} in money" if priced else "no prices are given, so no cost is reckoned"
    least = f", at least {found.minutes:,.1f} minutes" if found.minutes else ""
    out.print(f"at most {found.tokens:,} tokens{least}; {cost}")
    if not found.fits:
        out.print(f"[bold red]over the budget[/] of {limits.budget:g}: {found.spent:,.4g} is spent already")


def _troubles(found: Answered, screen: Screen) -> None:
    """Say how many calls brought no answer, and why: a table of errors alone does not tell what to mend."""
    kept = found.kept
    failed = Counter(trace.error or str(trace.status) for trace in kept.traces if trace.status in NO_ANSWER)
    unread = Counter(f"{one.judge}: {one.reason}" for one in kept.judgements if one.details.get("unread"))
    for what, of, why in (
        ("calls brought no answer", len(kept.traces), failed),
        ("judgements are no verdict", len(kept.judgements), unread),
    ):
        if why:
            screen.say(f"[bold red]{why.total():,} of {of:,} {what}[/]:")
        for reason, times in why.most_common(FEW):
            screen.say(f"  {'once' if times == 1 else f'{times:,} times'}: {escape(reason)}")


def asked_shown(found: Answered, screen: Screen | None = None, path: str = "assistant.yaml") -> dict[str, Any]:
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
                table.add_row(escape(suite), escape(name), *(f"{count[outcome]:,}" for outcome in OUTCOMES))
        screen.out.print(table)
        screen.say(f"{len(found.kept.traces):,} answers and {len(found.kept.judgements):,} judgements are kept.")
        _troubles(found, screen)
        code = " --allow-code" if found.genai.runs_code else ""
        screen.out.print(f"See them: secondline evals answers {path} --outcome fail", markup=False, soft_wrap=True)
        screen.out.print(f"Next:     secondline validate {path}{code}", markup=False, soft_wrap=True)
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
        text = said.text if said and said.text else f"(no text: {said.status if said else 'error'})"
        lines = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
        lines.add_column(style="dim", no_wrap=True, width=9)
        lines.add_column(overflow="fold")
        for name, words in (("asked", asked(row.case, said)), ("said", text), ("because", grade.reason)):
            if words:
                lines.add_row(f"  {name}", escape(_cut(words, whole=whole)))
        out.print(lines)
    rest = f", the first {limit} of them shown" if len(rows) > limit else ""
    noun = "graded answer" if len(rows) == 1 else "graded answers"
    out.print(f"{len(rows):,} {noun}{rest}.")


def _cut(text: str, *, whole: bool) -> str:
    plain = " ".join(text.split())
    return plain if whole or len(plain) <= LONG else f"{plain[:LONG]} ..."


def card_shown(card: JudgeCard) -> None:
    """Print a judge's card: what it rests on, its errors by slice, agreement, the corrected rate, and eligibility."""
    out, said = console(), card.figures
    out.print(f"[bold]judge {escape(card.judge)}[/] grades the criterion {escape(card.criterion)}")
    out.print(
        f"rubric {escape(card.rubric_version)}, {escape(card.model or 'no model named')}, "
        f"holds until {card.expires}; {card.n} labels, {card.doubled} of them by two people"
    )
    youden = said["youden"]
    table = grid("*answers (labels)", ">passes what is right", ">fails what is wrong")
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
        out.print(f"Youden's J {_interval(youden)}, the sum of both less 1; 0.4 is asked for")
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
    heads = ("*part", "*version", "pinned", "digest", *(["changed"] if moved is not None else []))
    table = grid(*heads)
    for name, content in found["parts"].items():
        version, pinned = versions.get(name, ("", False))
        mark = (moved or {}).get(name, "")
        pin = "yes" if pinned else "no" if name in versions else "-"
        cells = (escape(name), escape(version or "-"), pin, content[:16], mark)
        table.add_row(*cells[: len(heads)])
    for name in (n for n, what in (moved or {}).items() if what == "removed"):
        table.add_row(escape(name), "-", "-", "-", "removed")
    out.print(table)
    out.print(f"configuration {found['configuration']}")
    if moved is not None:
        since = f" since {found['approved']}" if found.get("approved") else ""
        plural = "" if len(moved) == 1 else "s"
        out.print(f"{len(moved)} part{plural} changed{since}." if moved else f"Nothing changed{since}.")
    if found.get("change"):
        out.print(f"[bold]{found['change']}[/] is raised: classify it, and hold the answers against the approved ones.")
    elif found.get("why_not"):
        out.print(f"No change was raised: {escape(found['why_not'])}")
