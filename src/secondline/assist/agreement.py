"""Agreement: how a reviewer of documents compares with people who read the same clauses."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from secondline.assist.review import SAID, VERDICTS
from secondline.core.errors import DataError

GAP = frozenset({"partial", "not found"})
CALLED_MET = frozenset({"met", "not applicable"})


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts over labelled clauses: true gaps and those not called met, clauses that are met and those called gaps."""

    labelled: int
    gaps: int
    gaps_seen: int
    met: int
    false_gaps: int


def labelled(path: Path) -> list[dict[str, str]]:
    """Return the rows of a labelled file that `review --write labels.csv` made.

    Raises:
        DataError: it cannot be read, lacks a column, or holds a verdict that is none.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise DataError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path.name} is no CSV in UTF-8: {error}.") from error
    for line, row in enumerate(rows, 2):
        if not {"clause", "verdict", "human"} <= set(row):
            raise DataError(f"{path.name} needs the columns clause, verdict and human.")
        human = (row["human"] or "").strip()
        if row["verdict"] not in VERDICTS or (human and human not in SAID):
            raise DataError(f"{path.name} line {line}: a verdict is one of {', '.join(SAID)}; got {human!r}.")
    return rows


def agreement(rows: Iterable[Mapping[str, str]]) -> Agreement:
    """Return the counts; rows without a person's verdict are left out.

    A gap is what a person calls partial or not found. It is seen unless the reviewer calls it met or not applicable:
    *not verified* sends a person to read, and so does not hide it.
    """
    known = [(row["verdict"], row["human"].strip()) for row in rows if (row["human"] or "").strip()]
    gaps = [verdict for verdict, human in known if human in GAP]
    met = [verdict for verdict, human in known if human == "met"]
    seen = sum(verdict not in CALLED_MET for verdict in gaps)
    return Agreement(len(known), len(gaps), seen, len(met), sum(verdict == "not found" for verdict in met))
