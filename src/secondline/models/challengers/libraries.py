"""The libraries that fit challengers, imported when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from secondline.core.errors import MissingExtra


def library(name: str, what: str, extra: str = "challenge") -> Any:
    """Return an optional library.

    Raises:
        MissingExtra: it is not installed; the message names the extra that brings it.
    """
    try:
        return import_module(name)
    except ImportError as missing:
        raise MissingExtra.needs(what, extra) from missing
