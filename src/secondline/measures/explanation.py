"""Measures of the explanation family."""

from __future__ import annotations
