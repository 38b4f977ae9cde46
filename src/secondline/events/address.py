"""Addresses: the URL of a log, taken apart and held against the options it may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from secondline.core.errors import SpecError, near

Kinds = Mapping[str, Callable[[str], Any]]


def path_of(url: str) -> str:
    """Return the file of ``sqlite:///relative/file`` or ``sqlite:////absolute/file``."""
    parts = urlsplit(url)
    if parts.netloc or not unquote(parts.path)[1:]:
        raise SpecError(f"{url!r} names no file. Write sqlite:///FILE, or sqlite:////FILE for an absolute path.")
    return unquote(parts.path)[1:]


def options(url: str, kinds: Kinds) -> dict[str, Any]:
    """Return what stands behind ``?``, each read by its kind.

    Raises:
        SpecError: an option is unknown, stated twice, or not of its kind. The value is not told: it may be secret.
    """
    found: dict[str, Any] = {}
    for name, text in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        if name not in kinds:
            known = near(name, kinds, f"Known: {', '.join(sorted(kinds))}.")
            raise SpecError(f"An event log has no option {name!r}. {known}")
        if name in found:
            raise SpecError(f"The option {name!r} of the event log is stated twice.")
        try:
            found[name] = kinds[name](text)
        except ValueError as error:
            raise SpecError(f"The option {name!r} of the event log: {error}.") from None
    return found


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a reader of whole numbers between two bounds."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text[:18]) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def seconds(low: float, high: float) -> Callable[[str], float]:
    """Return a reader of seconds between two bounds."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not low <= number <= high:
            raise ValueError(f"must be seconds from {low:g} to {high:g}")
        return number

    return read
