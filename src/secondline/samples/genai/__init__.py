"""Northbank: a made-up bank's documents, questions, attacks and an assistant of known faults, to validate."""

from __future__ import annotations
