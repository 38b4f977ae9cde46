"""Limits: how large an event and its parts may be, so that no event can hurt who reads it."""

from __future__ import annotations

LARGEST = 1_000_000
"""Bytes of an event; a Kafka broker takes 1,048,588 with its own framing unless it is told otherwise."""
NAME, TEXT, PROSE = 200, 1_000, 4_000
"""Characters of an id or name, of a value, of words a person wrote."""
KEYS, ITEMS = 10_000, 200
"""Inputs or values of an event; reasons, rules of a path, shadows, segments."""
LAST = 253_402_300_799_999_999
"""The last microsecond of the year 9999."""
INT = 2**63 - 1
