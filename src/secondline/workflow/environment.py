"""The environment of a run: the versions that can move a number."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from secondline.core.evidence import Environment

PACKAGES = ("duckdb", "ibis-framework", "sqlglot", "numpy", "scipy", "pyarrow", "pydantic")


def environment() -> Environment:
    """Return the versions of Python, the platform and the packages that compute."""
    return Environment(
        secondline=_version("secondline"),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        packages={name: _version(name) for name in PACKAGES},
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def now() -> str:
    """Return the present instant in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def today() -> str:
    """Return the present date."""
    return datetime.now(UTC).date().isoformat()
