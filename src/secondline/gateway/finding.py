"""Finding: one decision in the log it was kept in, or in a file that somebody exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from secondline.core.errors import SpecError
from secondline.events.shapes import Decision

Reading = Callable[[str], Iterator[Decision]]


def in_file(path: Path, id_: str) -> Decision:
    """Return a decision from a file of events, one JSON object a line.

    Raises:
        SpecError: the file cannot be read, or holds no such decision.
    """
    import msgspec

    decoder = msgspec.json.Decoder(Decision)
    try:
        with path.open("rb") as lines:
            for line in lines:
                if id_.encode() in line:
                    found = decoder.decode(line)
                    if found.id == id_:
                        return found
    except OSError as error:
        raise SpecError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from error
    except msgspec.MsgspecError as error:
        raise SpecError(f"{str(path)!r} holds a line that is no decision: {error}.") from error
    raise SpecError(f"{str(path)!r} holds no decision {id_!r}.")
