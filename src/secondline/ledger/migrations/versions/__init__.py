"""The revisions of the tables of truth, oldest first."""

from __future__ import annotations
