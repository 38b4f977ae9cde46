"""One file for each family of records: its documents, its forms, its acts, its rules."""

# Importing the families enters their records and acts in the law.
from __future__ import annotations

from secondline.govern.records import (
    adoption,
    alarm,
    approval,
    change,
    delegation,
    drafting,
    filing,
    finding,
    inventory,
    leeway,
    people,
    rating,
    registers,
    remedy,
    runs,
    serving,
    signing,
    standing,
    supply,
    takeover,
    validation,
    workpapers,
)

__all__ = [
    "adoption",
    "alarm",
    "approval",
    "change",
    "delegation",
    "drafting",
    "filing",
    "finding",
    "inventory",
    "leeway",
    "people",
    "rating",
    "registers",
    "remedy",
    "runs",
    "serving",
    "signing",
    "standing",
    "supply",
    "takeover",
    "validation",
    "workpapers",
]
