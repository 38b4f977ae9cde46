"""Roles: who may do what is said once, by the acts; this is the list of the roles they name."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["developer", "owner", "validator", "approver", "mrm-head", "auditor", "admin", "monitor"]

ROLES: dict[Role, str] = {
    "developer": "Builds models, registers versions, answers validators.",
    "owner": "Answers for a model and its use; answers findings.",
    "validator": "Second line: validates, raises and closes findings, rates independently.",
    "approver": "Decides whether a version may be used, up to the tier delegated.",
    "mrm-head": "Leads model risk management: policy, tiers, waivers, the calendar.",
    "auditor": "Reads everything, changes nothing.",
    "admin": "Keeps people and access; approves nothing.",
    "monitor": "A program that watches: raises alarms, drafts findings, restricts only as the approved plan says.",
}
ANYONE = frozenset(get_args(Role)) - {"auditor", "monitor"}
FIRST_LINE = frozenset[Role]({"developer", "owner"})
SECOND_LINE = frozenset[Role]({"validator", "mrm-head"})
PROGRAM = frozenset[Role]({"monitor"})
