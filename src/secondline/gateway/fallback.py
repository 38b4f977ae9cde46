"""Fallback: typed rules that decide where the model may not or cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from secondline.gateway.settings import Comparison, Fallback

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "in": lambda a, b: a in b,
    "not-in": lambda a, b: a not in b,
}


def holds(test: Comparison, case: Mapping[str, Any]) -> bool:
    """Whether a test holds for a case; a missing value, or one of another kind, holds for ``missing`` alone."""
    value = case.get(test.column)
    absent = value is None or value != value  # noqa: PLR0124 - NaN alone differs from itself
    if test.op == "missing" or absent:
        return absent and test.op == "missing"
    try:
        return COMPARE[test.op](value, test.value)
    except TypeError:
        return False


def decided(fallback: Fallback, case: Mapping[str, Any]) -> tuple[str, str]:
    """Return what the first rule that holds decides, and which it was, as the decision's path names it."""
    for number, rule in enumerate(fallback.rules, 1):
        if all(holds(test, case) for test in rule.when):
            return rule.then, f"fallback:{rule.name or number}"
    return fallback.otherwise, "fallback:otherwise"
