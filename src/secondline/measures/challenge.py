"""Measures of the challenge family."""

from __future__ import annotations
