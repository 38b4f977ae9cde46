"""Site: everything a request needs, in one value: ledger, secrets, settings."""

from __future__ import annotations

import time
from dataclasses import dataclass

from secondline.ledger.access import Access
from secondline.ledger.store import Ledger
from secondline.web.settings import Settings


@dataclass(frozen=True, slots=True)
class Site:
    """One ledger, served."""

    ledger: Ledger
    access: Access
    settings: Settings

    def now(self) -> float:
        """Return the present instant, in seconds since 1970."""
        return self.settings.clock() if self.settings.clock else time.time()

    @property
    def place(self) -> str:
        """The name of the place of work, as people know it."""
        return self.ledger.folder.resolve().name
