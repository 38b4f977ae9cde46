"""Parts: the piece of a fused query that one number rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from secondline.core.evidence import Query

SEPARATOR = "; "
"""Between the purposes of a fused query's parts."""


def part_id(query: str, number: int) -> str:
    """Return the id of a part, such as ``Q-3.5``."""
    return f"{query}.{number}"


def parts_of(ids: Iterable[str], queries: Iterable[Query]) -> list[Query]:
    """Return the queries or parts of queries with these ids, in the order of *ids*; unknown ones are left out."""
    known = {query.id: query for query in queries}
    found = [(id_, known.get(id_.split(".")[0])) for id_ in ids]
    return [_part(query, id_) for id_, query in found if query]


def _part(query: Query, id_: str) -> Query:
    """Return the part of *query* called *id_*, as a query of its own; the whole where it has no such part.

    A part is the innermost SELECT of the fused query's formatted SQL that yields the part's number as "branch".
    """
    if id_ == query.id:
        return query
    number = int(id_.split(".")[1])
    lines = query.sql.split("\n")
    at = next((i for i, line in enumerate(lines) if re.fullmatch(rf'\s*{number} AS "branch",?', line)), None)
    if at is None:
        return query
    depth = len(lines[at]) - len(lines[at].lstrip()) - 2
    first = next((i for i in range(at, -1, -1) if lines[i] == " " * depth + "SELECT"), at)
    last = next((i for i in range(at, len(lines)) if _indent(lines[i]) < depth), len(lines))
    sql = "\n".join(line[depth:] for line in lines[first:last])
    purposes = query.purpose.split(SEPARATOR)
    purpose = purposes[number] if number < len(purposes) else query.purpose
    return query.model_copy(update={"id": id_, "sql": sql, "purpose": purpose})


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
