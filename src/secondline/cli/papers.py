"""Papers: how validations and findings look on the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from secondline.cli.acting import text_of
from secondline.cli.screen import SEVERITY_TONES, console, grid, print_json

if TYPE_CHECKING:
    from secondline.govern.act import Done
    from secondline.policy.ageing import Line
    from secondline.policy.questionnaires import Questionnaire
    from secondline.workflow.findings import Sighting

ABOUT = (
    ("model", "Model"), ("version", "Version"), ("rule", "Severity by"), ("code", "Check"), ("places", "Where"),
    ("limit", "Limit"), ("effect", "Effect"), ("evidence", "Evidence"), ("owner", "Owner"),
    ("criterion", "Closed when"),
    ("recommendation", "Advised"), ("answer", "Answer"), ("action", "Action"), ("done", "Done"),
)  # fmt: skip
PEOPLE = (("lead", "Lead"), ("team", "Team"), ("scope", "Scope"), ("trigger", "Trigger"), ("runs", "Runs"))
OPINION = (
    ("opinion", "Opinion"), ("recommendation", "Recommendation"), ("combination", "Taken together"),
    ("confidence", "Confidence"), ("confidence_basis", "resting on"), ("conditions", "Conditions"),
    ("signed_by", "Signed by"), ("signed_on", "Signed on"),
)  # fmt: skip


def findings_table(found: Sequence[Mapping[str, Any]], today: str) -> None:
    """Print a list of findings."""
    from secondline.govern.records.finding import is_overdue

    table = grid("id", "severity", "state", "*model", "owner", "due", "*statement")
    for one in found:
        late = " [bold red]late[/]" if is_overdue(one, today) else ""
        table.add_row(
            one["id"], _toned(one["severity"]), one["state"], escape(one["model"]), text_of(one.get("owner")),
            f"{one.get('due', '-')}{late}", escape(_short(one["statement"])),
        )  # fmt: skip
    console().print(table if found else "No findings.")


def _toned(severity: str) -> str:
    return f"[{SEVERITY_TONES.get(severity, 'none')}]{severity}[/]"


def _short(text: str, length: int = 100) -> str:
    return text if len(text) <= length else text[: length - 3].rstrip() + "..."


def show_finding(doc: Mapping[str, Any], past: Sequence[Done], today: str) -> None:
    """Print one finding and its life."""
    from secondline.govern.records.finding import is_overdue

    out = console()
    late = "  [bold red]late[/]" if is_overdue(doc, today) else ""
    out.print(f"[bold]{doc['id']}[/]  {_toned(doc['severity'])}  {doc['state']}  due {doc.get('due', '-')}{late}")
    out.print(escape(doc["statement"]))
    _facts(doc, ABOUT)
    for one in doc.get("seen", ()):
        word = f"seen again ({one.get('trend', 'same')})" if one["breached"] else "not reproduced"
        out.print(f"  Run {escape(one['run'])}, {one['on']}: {word}")
    for one in doc.get("extensions", ()):
        out.print(f"  Extended from {one['from']} to {one['until']} by {escape(one['approver'])}")
    for one in doc.get("compensating", ()):
        out.print(f"  Meanwhile: {escape(one['control'])} until {one['expires']}; seen by {escape(one['measure'])}")
    if doc.get("acceptance"):
        risk = doc["acceptance"]
        out.print(f"  Accepted by {escape(risk['approver'])} until {risk['expires']}: {risk['risk']:g} {risk['unit']}")
    table = grid("when", "who", "*what")
    for done in past:
        table.add_row(done.at[:16].replace("T", " "), escape(done.actor), done.act.partition(".")[2])
    out.print(table)


def _facts(doc: Mapping[str, Any], facts: Sequence[tuple[str, str]]) -> None:
    for name, title in facts:
        if doc.get(name):
            console().print(f"  [dim]{title}:[/] {text_of(doc[name])}")


def say_sighting(found: Sighting, *, as_json: bool) -> None:
    """Say what a run did to the findings of its model."""
    if as_json:
        print_json(asdict(found))
        return
    for ids, what in ((found.raised, "raised as drafts"), (found.again, "seen again"), (found.gone, "not reproduced")):
        if ids:
            console().print(f"{len(ids)} {what}: {', '.join(ids)}")
    if not (found.raised or found.again or found.gone):
        console().print("Nothing new.")


def show_ageing(lines: Sequence[Line], *, as_json: bool) -> None:
    """Print the table of ages."""
    from secondline.policy.ageing import buckets

    if as_json:
        print_json([{**asdict(line), "total": line.total} for line in lines])
        return
    table = grid("severity", *buckets(), "open", "late", "extended", "oldest", "drafts")
    for line in lines:
        cells = (*line.ages, line.total, line.overdue, line.extended, line.oldest, line.drafts)
        table.add_row(_toned(line.severity), *(str(n) if n else "[dim]-[/]" for n in cells))
    console().print(table)


def validations_table(found: Sequence[Mapping[str, Any]], today: str) -> None:
    """Print a list of validations."""
    table = grid("id", "*model", "version", "kind", "state", "lead", "due", "opinion", "*recommendation")
    for one in found:
        late = one["state"] not in {"signed", "cancelled"} and str(one["due"]) < today
        table.add_row(
            one["id"], escape(one["model"]), text_of(one.get("version")), one["kind"], one["state"],
            escape(one["lead"]), f"{one['due']}{' [bold red]late[/]' if late else ''}",
            str(one.get("opinion") or "-"), text_of(one.get("recommendation")),
        )  # fmt: skip
    console().print(table if found else "No validations.")


def show_validation(standing: Mapping[str, Any], today: str) -> None:
    """Print where a validation stands."""
    doc, out = standing["validation"], console()
    named = f"{escape(doc['model'])} {escape(doc.get('version', ''))}".strip()
    out.print(f"[bold]{doc['id']}[/]  {doc['kind']} validation of {named}  {doc['state']}  due {doc['due']}")
    out.print(f"[dim]{standing['purpose']}[/]")
    _facts(doc, PEOPLE)
    _facts(doc, OPINION)
    for one in doc.get("deviations", ()):
        out.print(f"  [yellow]Deviation:[/] {escape(one['what'])} {escape(one['why'])}")
    for part, one in doc.get("excused", {}).items():
        out.print(f"  [yellow]Left out:[/] {part}, by {escape(one['by'])}: {escape(one['why'])}")
    _papers(standing)
    if standing["findings"]:
        findings_table(standing["findings"], today)
    if standing["missing"]:
        table = grid("missing before signing", "*what")
        for part, what in standing["missing"].items():
            table.add_row(part, escape(what))
        out.print(table)


def _papers(standing: Mapping[str, Any]) -> None:
    table = grid("paper", "state", "who", "*what")
    for kind, text in (
        ("requests", "what"),
        ("challenges", "question"),
        ("reviews", "questionnaire"),
        ("reliances", "test"),
    ):
        for one in standing[kind]:
            table.add_row(one["id"], one["state"], text_of(one.get("to") or one.get("by")), _paper(one, text))
    if table.row_count:
        console().print(table)


def _paper(one: Mapping[str, Any], text: str) -> str:
    if text != "questionnaire":
        return escape(_short(str(one[text])))
    answered = f"{len(one.get('answers', {}))} of {len(one['questions'])} answered"
    return f"{one['part']}: {escape(one[text])}, {answered}{', ' + one['rating'] if one.get('rating') else ''}"


def show_questions(asked: Questionnaire, answers: Mapping[str, Any]) -> None:
    """Print what a questionnaire asks, and what was answered."""
    out = console()
    out.print(f"[bold]{asked.title}[/]  {asked.id}, {len(asked.questions)} questions")
    for question in asked.questions:
        out.print(f"\n[bold]{question.id}[/]  {escape(question.asks)}")
        out.print(f"  {escape(question.guidance)}")
        out.print(f"  [dim]Good evidence:[/] {escape(question.good)}")
        out.print(f"  [dim]Source:[/] {escape(question.source)} [dim]({question.tag})[/]")
        if question.id in answers:
            one = answers[question.id]
            out.print(f"  [green]{one['rating']}[/]: {escape(one['answer'])} [dim]{text_of(one.get('evidence'))}[/]")
