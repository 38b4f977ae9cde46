"""What accounts do to the measures of fraud: sums by account, and what a reader must know of the rows counted."""

from __future__ import annotations

import numpy as np

from secondline.core.tables import AccountSums, Cases
from secondline.stats.clusters import Floats, Mask

METHOD = "linearised by account"


def by_account(cases: Cases, values: Floats | Mask, accounts: AccountSums | None = None) -> Floats:
    """Return the sum of a value of each case by account: of every account, or of those that have a case."""
    keys = np.unique(cases.keys) if accounts is None else accounts.keys
    place = np.searchsorted(keys, cases.keys)
    return np.asarray(np.bincount(place, np.asarray(values, float), minlength=len(keys)), dtype=np.float64)


def warnings(accounts: AccountSums | None, cases: Cases | None = None) -> tuple[str, ...]:
    """Return what a reader must know of the rows that were counted."""
    said = []
    if accounts is not None:
        if accounts.unknown:
            said.append(f"{accounts.unknown:,} rows without an account are left out")
        if unpriced := int(accounts.total("unpriced")):
            said.append(f"{unpriced:,} rows without a finite amount count as 0 in money")
    held = accounts or cases
    if held is not None and held.threshold < 2.0**63:
        share = held.threshold / 2.0**63
        said.append(f"a share of {share:.2g} of the accounts, chosen by hash, stands for all")
    return tuple(said)
