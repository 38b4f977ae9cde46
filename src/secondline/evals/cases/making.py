"""What every generator of cases needs: chance that depends on seed and case only, and a new case from an old one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from random import Random
from typing import Any

from secondline.core.canonical import canonical
from secondline.evals.nouns import Case, Message


def chance(seed: int, *about: Any) -> Random:
    """Return a source of chance that is the same for the same seed and content, whatever else is generated."""
    return Random(int.from_bytes(sha256(canonical([seed, *about]).encode()).digest()[:8]))  # noqa: S311 - no secret


def last_turn(case: Case) -> str:
    """Return what the user says last."""
    return next((turn.content for turn in reversed(case.turns) if turn.role == "user"), "")


def said(case: Case, change: Callable[[str], str]) -> tuple[Message, ...]:
    """Return the turns with the user's last one changed."""
    at = max((i for i, turn in enumerate(case.turns) if turn.role == "user"), default=None)
    return tuple(
        t.model_copy(update={"content": change(t.content)}) if i == at else t for i, t in enumerate(case.turns)
    )


def made(case: Case, by: str, seed: int, **changes: Any) -> Case:
    """Return a new case from an old one: named after it, in its cluster, and with its origin told."""
    return case.model_copy(
        update={
            "id": f"{case.name}~{by}",
            "cluster": case.cluster or case.name,
            "origin": f"{by}@{seed} of {case.digest[:12]}",
            **changes,
        }
    )


def paired(case: Case, other: Case, sides: Sequence[str] = ("a", "b")) -> tuple[Case, Case]:
    """Return two cases as a pair: the same pair id, named after the first, and a side each."""
    pair = case.pair or f"{case.name}|{other.id.rsplit('~', 1)[-1]}"
    return (
        case.model_copy(update={"pair": pair, "side": sides[0]}),
        other.model_copy(update={"pair": pair, "side": sides[1]}),
    )
