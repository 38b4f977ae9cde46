"""One file for each family of records: its documents, its forms, its acts, its rules."""

# Importing the families enters their records and acts in the law.
from __future__ import annotations

from secondline.govern.records import (
    adoption,
    approval,
    change,
    delegation,
    finding,
    inventory,
    people,
    rating,
    registers,
    runs,
    standing,
    validation,
)

__all__ = [
    "adoption", "approval", "change", "delegation", "finding", "inventory", "people", "rating", "registers", "runs",
    "standing", "validation",
]  # fmt: skip
