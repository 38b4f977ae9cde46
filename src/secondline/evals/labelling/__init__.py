"""Labelling: which answers humans grade and by what chance, the blinded sheets they do it in, and what holds of it."""

from __future__ import annotations

from secondline.evals.labelling.planning import GOES_BY, Plan, Task, combined, planned
from secondline.evals.labelling.settling import Label, disputed, set_digest, settle
from secondline.evals.labelling.sheets import COLUMNS, blinded, read, read_csv, write_csv
from secondline.evals.labelling.showing import SHOWN, sealed, shown
from secondline.evals.labelling.suggesting import suggested

__all__ = [
    "COLUMNS",
    "GOES_BY",
    "SHOWN",
    "Label",
    "Plan",
    "Task",
    "blinded",
    "combined",
    "disputed",
    "planned",
    "read",
    "read_csv",
    "sealed",
    "set_digest",
    "settle",
    "shown",
    "suggested",
    "write_csv",
]
