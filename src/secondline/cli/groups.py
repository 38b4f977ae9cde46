"""Groups: the families of commands, joined to the one program."""

from __future__ import annotations

import typer

from secondline.cli import (
    approvals,
    converting,
    demo,
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
}


def join(app: typer.Typer) -> None:
    """Add every group that has commands, and the gate."""
    watching.join(monitor.app)
    app.command("gate")(gate)
    app.command("replay")(replay)
    for name, group in GROUPS.items():
        if group.registered_commands or group.registered_groups:
            app.add_typer(group, name=name)
    app.command("up")(serving.up)
    operating.join(app)
