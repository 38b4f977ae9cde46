"""Exit codes, the same for every command, and the one place where an error becomes a message."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import typer
from rich.console import Console
from rich.markup import escape

from secondline.core.errors import SecondlineError


class Exit(IntEnum):
    """What a command's exit code says."""

    PASSED = 0
    FAILED = 1
    ERROR = 2
    INCONCLUSIVE = 3


def errors() -> Console:
    """Return the console for messages that are not output."""
    return Console(stderr=True, highlight=False)


def wants_traceback() -> bool:
    """Whether ``--debug`` (or SECONDLINE_DEBUG=1) asked for tracebacks."""
    return os.environ.get("SECONDLINE_DEBUG", "") not in {"", "0"}


@contextmanager
def told() -> Iterator[None]:
    """Turn whatever goes wrong into one plain message and exit code 2; ``--debug`` shows the traceback as well."""
    try:
        yield
    except (typer.Exit, typer.Abort, SystemExit):
        raise
    except KeyboardInterrupt:
        errors().print("Interrupted. Finished queries are kept; run the same command again to resume.")
        raise typer.Exit(Exit.ERROR) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise typer.Exit(Exit.PASSED) from None
    except Exception as error:
        if wants_traceback():
            raise
        errors().print(f"[bold red]error[/] {escape(_message(error))}")
        raise typer.Exit(Exit.ERROR) from None


def _message(error: Exception) -> str:
    if isinstance(error, SecondlineError):
        return str(error)
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return f"The system refused: {error.strerror or error}{where}."
    if isinstance(error, MemoryError):
        return "The machine is out of memory. Close other programs, or put the data behind a database that can hold it."
    what = f"Unexpected {type(error).__name__}: {error}."
    return f"{what} This is a defect of secondline; run `secondline --debug ...` to see where, and report it."
