"""Labelling: which answers humans grade and by what chance, the blinded sheets they do it in, and what holds of it."""

from __future__ import annotations

from secondline.evals.labelling.planning import Plan, Task, combined, planned, suggested
from secondline.evals.labelling.settling import Label, disputed, settle
from secondline.evals.labelling.sheets import COLUMNS, blinded, read, read_csv, write_csv

__all__ = [
    "COLUMNS",
    "Label",
    "Plan",
    "Task",
    "blinded",
    "combined",
    "disputed",
    "planned",
    "read",
    "read_csv",
    "settle",
    "suggested",
    "write_csv",
]
