"""Client: a server of secondline as typed calls; the same errors as the ledger itself."""

from __future__ import annotations

from secondline.client.client import Client, Done, Happened, Me

__all__ = ["Client", "Done", "Happened", "Me"]
