"""Approvals on the screen: what is signed, who signed, what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from secondline.cli.screen import SEVERITY_TONES, console, grid, print_json
from secondline.govern.conditions import said

if TYPE_CHECKING:
    from secondline.ledger.store import Ledger
    from secondline.ledger.writing import Receipt

STATE_TONES = {"approved": "green", "conditional": "green", "restricted": "yellow", "rejected": "red"}


def done(ledger: Ledger, receipt: Receipt, *, as_json: bool) -> None:
    """Print what an act on an approval did, and what comes next."""
    from secondline.workflow.approving import reading

    if as_json:
        print_json(receipt.doc)
        return
    out, doc = console(), receipt.doc
    state = str(doc["state"])
    out.print(f"{receipt.id} is [{STATE_TONES.get(state, 'bold')}]{state}[/], event {receipt.event.seq}")
    if state == "requested":
        found = reading(ledger, receipt.id)
        signs = "; ".join(found.missing) or "nobody: it can be decided"
        out.print(f"Level {doc['level']} (tier {doc['tier']}). Still to sign: {escape(signs)}")
        out.print(f"Read it: [bold]secondline approval show {receipt.id}[/]")
    elif state in STATE_TONES and state != "rejected":
        out.print(f"Runs until {doc['expires']}. Next: [bold]secondline approval pass issue {receipt.id}[/]")


def show_list(ledger: Ledger, model: str, state: str, as_of: str, *, as_json: bool) -> None:
    """Print approvals as they stand, or as they stood."""
    look = ledger.as_of(as_of) if as_of else ledger.records
    equal = {name: value for name, value in (("model", model), ("state", state)) if value}
    found = look.find("approval", **equal)
    if as_json:
        print_json(found)
        return
    table = grid("id", "*version", "*uses", ">tier", "level", "state", "kind", "until", "*signed by")
    for doc in found:
        people = ", ".join(str(s["person"]) for s in doc.get("signatures", ()))
        kind = "[bold yellow]emergency[/]" if doc.get("kind") == "emergency" else "normal"
        tone = STATE_TONES.get(str(doc["state"]), "default")
        table.add_row(doc["id"], escape(f"{doc['model']}@{doc['version']}"), escape(", ".join(doc["uses"])),
                      str(doc["tier"]), doc["level"], f"[{tone}]{doc['state']}[/]", kind, str(doc["expires"]),
                      escape(people))  # fmt: skip
    console().print(table if found else "No approvals are on record here.")


def show_reading(ledger: Ledger, id_: str, *, as_json: bool) -> None:
    """Print exactly what whoever signs an approval signs."""
    from secondline.workflow.approving import reading

    found = reading(ledger, id_)
    if as_json:
        print_json({"approval": found.approval, "dossier": found.dossier, "signs": found.signs,
                    "missing": list(found.missing)})  # fmt: skip
        return
    out, doc, shown = console(), found.approval, found.dossier
    kind = "  [bold yellow]EMERGENCY USE[/]" if doc.get("kind") == "emergency" else ""
    out.print(f"[bold]{id_}[/]  {escape(doc['model'])}@{escape(doc['version'])}  {doc['state']}{kind}")
    for name, value in _lines(shown):
        out.print(f"  [dim]{name:<15}[/]{value}")
    for one in doc.get("signatures", ()):
        verdict = "signed" if one["verdict"] == "approve" else "[red]signed against[/]"
        out.print(f"  {escape(str(one['person']))} {verdict} {one['signs'][:12]} on {one['at'][:10]}"
                  f"{escape(': ' + one['statement']) if one.get('statement') else ''}")  # fmt: skip
    if doc["state"] == "requested":
        out.print(f"  [dim]{'still to sign':<15}[/]{escape('; '.join(found.missing) or 'nobody')}")
        out.print(f"Sign it: [bold]secondline approval sign {id_} --signs {found.signs[:12]} --affirm[/]")
    else:
        by = f"by {doc.get('decided_by')} on {doc.get('decided_on')}" if doc.get("decided_by") else ""
        out.print(f"{doc['state']} {escape(by)}. {escape(str(doc.get('rationale', '')))}")


def _lines(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the dossier line by line."""
    valid = shown.get("validation") or {}
    validation = (
        f"{valid['id']} signed {str(valid.get('signed_at', ''))[:10]} for this digest"
        if valid
        else "[yellow]none signed[/]"
    )
    grade = f", opinion {valid['opinion']} of 4" if valid.get("opinion") else ""
    findings = ", ".join(
        f"[{SEVERITY_TONES.get(f['severity'], 'default')}]{f['id']} {f['severity']}[/] ({f['state']})"
        for f in shown.get("findings", ())
    )
    lines = [
        ("digest", str(shown.get("digest", ""))),
        ("tier", f"{shown.get('tier')}, level {shown.get('level')}"),
        ("seeks", f"{shown.get('seeks')} until {shown.get('expires')}"),
        ("uses", escape(", ".join(f"{u['id']} {u['name']}" for u in shown.get("uses", ())))),
        ("validation", validation + grade),
        ("findings", findings or "none open"),
        ("residual", escape(str(shown.get("residual", "")))),
    ]
    lines += [("condition", escape(said(c))) for c in shown.get("conditions", ())]
    lines += [
        (name, escape(str(shown[name]))) for name in ("exemption", "mitigants", "justification") if shown.get(name)
    ]
    lines += [("told", escape(", ".join(shown["told"])))] if shown.get("told") else []
    lines += [("blocking", f"[red]{escape(str(one))}[/]") for one in shown.get("blocking", ())]
    return lines + [
        ("objection", f"[red]{o['number']}. {escape(o['person'])} on the {o['about']}: {escape(o['statement'])}[/]")
        for o in shown.get("objections", ())
    ]


def show_policy(source: Path | None, *, as_json: bool) -> None:
    """Print who signs at which tier."""
    from secondline.policy.approving import read_policy

    policy = read_policy(source)
    if as_json:
        print_json(policy.model_dump(mode="json"))
        return
    table = grid("tier", "level", "*signatures", ">days", "needs", "tag")
    for tier, level in policy.levels.items():
        seats = "; ".join(f"{s.seat} ({' or '.join(s.roles)})" for s in level.seats)
        needs = "validation" if level.validation else "exemption" if level.exemption else ""
        table.add_row(str(tier), level.name, seats, str(level.longest_days), needs, level.tag)
    e = policy.emergency
    seats = "; ".join(f"{s.seat} ({' or '.join(s.roles)})" for s in e.seats)
    table.add_row("any", "emergency", seats, str(e.longest_days), "project, caps", e.tag)
    console().print(f"[bold]approvals@{policy.version}[/]  {escape(policy.title)}")
    console().print(table)
