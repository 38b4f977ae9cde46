"""Groups: the families of commands, joined to the one program."""

from __future__ import annotations

import typer

from secondline.cli import (
    approvals,
    assisting,
    converting,
    demo,
    evaluating,
    events,
    findings,
    gateway,
    inventory,
    keeping,
    monitor,
    operating,
    people,
    policy,
    serving,
    tiering,
    validation,
    watching,
)
from secondline.cli.gate import gate
from secondline.cli.gateway_checking import replay

GROUPS = {
    "person": people.app,
    "inventory": inventory.app,
    "tier": tiering.app,
    "policy": policy.app,
    "validation": validation.app,
    "finding": findings.app,
    "approval": approvals.app,
    "ledger": keeping.app,
    "demo": demo.app,
    "gateway": gateway.app,
    "events": events.app,
    "monitor": monitor.app,
    "convert": converting.app,
    "assist": assisting.app,
    "evals": evaluating.app,
}


PANELS: dict[str, tuple[str, ...]] = {
    "Validate": (
        "init", "explore", "plan", "validate", "show", "opinion", "report", "runs", "replicate", "verify", "score",
        "explain", "bom", "evals", "assist", "checks", "schema",
    ),
    "Govern": ("inventory", "tier", "policy", "validation", "finding", "approval", "gate", "person"),
    "Live": ("convert", "gateway", "events", "monitor", "replay"),
    "Keep": ("up", "run", "demo", "doctor", "backup", "restore", "ledger"),
}  # fmt: skip
"""Which panel of `secondline --help` shows a command, in the order of work."""


def join(app: typer.Typer) -> None:
    """Add every group that has commands, and the gate; then sort all commands into their panels."""
    watching.join(monitor.app)
    app.command("gate")(gate)
    app.command("replay")(replay)
    for name, group in GROUPS.items():
        if group.registered_commands or group.registered_groups:
            app.add_typer(group, name=name)
    app.command("up")(serving.up)
    operating.join(app)


def arrange(app: typer.Typer) -> None:
    """Give every command and group of *app* its panel."""
    panel_of = {name: panel for panel, names in PANELS.items() for name in names}
    for command in app.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        command.rich_help_panel = panel_of.get(name)
    for group in app.registered_groups:
        group.rich_help_panel = panel_of.get(str(group.name))
