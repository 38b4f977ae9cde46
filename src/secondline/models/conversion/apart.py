"""Apart: the intake in a process that ends with it, so that a gateway never holds what only conversion needs.

Conversion, its 10,000 compared rows and the libraries that carry them take more memory than all serving does. The
artefact itself is opened one process further, as everywhere (`models.sandbox`).
"""

from __future__ import annotations

import subprocess
import sys
from threading import Timer
from typing import Any, NamedTuple

from secondline.core.errors import ModelError, SecondlineError
from secondline.core.spec import ModelSpec
from secondline.models.opening import Sealed
from secondline.models.wire import receive, send

SECONDS = 300.0
MOST = 4 << 30


class Graph(NamedTuple):
    """A graph that may be served, the features it takes in order, and what is known of it."""

    content: bytes
    features: tuple[str, ...]
    facts: dict[str, Any]


def taken(sealed: Sealed, spec: ModelSpec) -> Graph:
    """Take an artefact in as `intake.taken` does, in a process of its own.

    Raises:
        ModelError: it is damaged, holds what is never served, is not the same after conversion, or took too long.
    """
    options = {"name": sealed.name, "format": sealed.format, "options": sealed.options}
    head = options | {"spec": spec.model_dump(mode="json", by_alias=True, exclude_unset=True)}
    command = [sys.executable, "-P", "-m", __name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - this module
        timer = Timer(SECONDS, process.kill)
        timer.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            send(process.stdin, head, sealed.content)
            said, content = receive(process.stdout, MOST)
        except (OSError, EOFError, ValueError) as error:
            raise ModelError(f"Artefact {sealed.name!r} could not be taken in: its process ended.") from error
        finally:
            timer.cancel()
            process.kill()
    if "error" in said:
        raise ModelError(str(said["error"]))
    return Graph(content, tuple(said["features"]), said["facts"])


def main() -> None:
    """Take in what comes by standard input and send the graph, or why there is none, to standard output."""
    from secondline.models.conversion import intake

    head, content = receive(sys.stdin.buffer, MOST)
    try:
        sealed = Sealed(head["name"], head["format"], content, head["options"])
        found = intake.taken(sealed, ModelSpec.model_validate(head["spec"]))
        found.native.close()
        answer, graph = {"features": found.features, "facts": found.facts}, found.content
    except SecondlineError as error:
        answer, graph = {"error": str(error)}, b""
    send(sys.stdout.buffer, answer, graph)


if __name__ == "__main__":
    main()
