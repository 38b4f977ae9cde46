"""Ledger: an append-only, hash-chained log of events and a store of the objects they seal."""
