"""secondline: model validation and model risk management, from data to report to gate."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
