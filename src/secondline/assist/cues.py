"""Cues: the words that must stand beside a slot, so that a value in the wrong slot cannot pass for the right one.

No two roles share a cue. A value that is moved into another role's slot therefore stands beside the wrong words, and a
value moved out of its own lacks the right ones.
"""

from __future__ import annotations

from secondline.assist.exhibits import Role

LEFT: dict[Role, str] = {
    "outcome": "outcome ", "because": "because: ", "needed": "needed: ", "rule": "rule ", "severity": "severity ",
    "statement": "states: ", "effect": "effect: ", "status": "status ", "due": "due ", "owner": "owner ",
    "kind": "role ", "first": "beginning ", "last": "ending ", "version": "version ", "developer": "developed by ",
    "limit": "limit of ", "limit_low": "limits [", "mde": "detectable effect of ", "p": "tested with ",
    "alpha": "tested at ", "difference": "difference of ", "ratio": "ratio of ", "grade": "grade ",
}  # fmt: skip
"""Words that must end the text to the left."""
RIGHT: dict[Role, str] = {"n": " rows", "events": " events", "level": " confidence"}
"""Words that must begin the text to the right."""
CLOSES: dict[Role, Role] = {"high": "low", "limit_high": "limit_low"}
"""The end of an interval, and its beginning: ``[{{E1.low}}, {{E1.high}}]``."""
OPENS: dict[Role, Role] = {begin: end for end, begin in CLOSES.items()}


def cued(role: Role, left: str, right: str) -> bool:
    """Whether a slot of *role* stands beside its words; labels, headings and main values need that they have none.

    >>> cued("n", "on ", " rows"), cued("value", "on ", " rows"), cued("value", "is ", ".")
    (True, False, True)
    """
    left, right = left.lower(), right.lower()
    if role == "low":
        return left.endswith("[") and not left.endswith(LEFT["limit_low"]) and right == ", "
    if role in CLOSES:
        return left == ", " and right.startswith("]")
    if role in RIGHT:
        return right.startswith(RIGHT[role]) and not _claimed(left)
    if any(right.startswith(cue) for cue in RIGHT.values()):
        return False
    if role in LEFT:
        return left.endswith(LEFT[role])
    return not _claimed(left) and not left.endswith("[") and not (left == ", " and right.startswith("]"))


def _claimed(left: str) -> bool:
    return left.endswith(tuple(LEFT.values()))


def phrase(id_: str, name: str, role: Role) -> str:
    """Return a slot with the words it needs, as the instructions to a writer show it.

    >>> phrase("E1", "limit", "limit"), phrase("E1", "low", "low")
    ('limit of {{E1.limit}}', '[{{E1.low}}, {{E1.high}}]')
    """
    slot = "{{" + f"{id_}.{name}" + "}}"
    if role in OPENS:
        begin = LEFT.get(role, "[")
        return f"{begin}{slot}, " + "{{" + f"{id_}.{OPENS[role]}" + "}}]"
    return f"{LEFT.get(role, '')}{slot}{RIGHT.get(role, '')}"
