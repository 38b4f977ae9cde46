"""Groups: the families of commands, joined to the one program."""

from __future__ import annotations

import typer

from secondline.cli import approvals, demo, findings, inventory, keeping, people, policy, serving, tiering, validation
from secondline.cli.gate import gate

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
}


def join(app: typer.Typer) -> None:
    """Add every group that has commands, and the gate."""
    app.command("gate")(gate)
    for name, group in GROUPS.items():
        if group.registered_commands or group.registered_groups:
            app.add_typer(group, name=name)
    app.command("up")(serving.up)
