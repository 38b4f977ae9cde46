"""MLflow: its scoring routes, so that its clients can call the gateway. Records and split tables alone.

Which model is asked: the parameter ``model``, or the only one that is served.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from secondline import __version__
from secondline.gateway.calls import TEXT, BadFields, Call, Reply, bad, decoded, told
from secondline.gateway.catalogue import Catalogue, Served
from secondline.gateway.protocol import REPLAYED, Decide
from secondline.gateway.saying import PLAIN, Parameters, asked
from secondline.gateway.scoring import columns_of


class Split(msgspec.Struct, frozen=True):
    """A table by columns and rows, as pandas writes it with ``orient="split"``."""

    columns: list[str]
    data: list[list[Any]]


class Invocation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of an invocation."""

    dataframe_split: Split | None = None
    dataframe_records: list[dict[str, Any]] | None = None
    params: Parameters | None = None
    model: Annotated[str, msgspec.Meta(max_length=200)] = ""


_decode = msgspec.json.Decoder(Invocation)


class Mlflow:
    """The routes of an MLflow scoring server."""

    def __init__(self, catalogue: Catalogue, decide: Decide, most: int) -> None:
        self._catalogue, self._decide, self._most = catalogue, decide, most

    async def version(self, _: Call) -> Reply:
        """Tell the version of the server."""
        return Reply(__version__.encode(), media=TEXT)

    async def invocations(self, call: Call) -> Reply:
        """Decide on each row of a table; the predictions are the scores."""
        call.wants_json()
        body: Invocation = decoded(_decode, call.body)
        rows = rows_of(body)
        if not 1 <= len(rows) <= self._most:
            raise bad(f"A request holds 1 to {self._most} rows; got {len(rows)}.", 413 if rows else 400)
        served = self._served(call, body.model)
        request = asked(call, served, columns_of(served, rows), len(rows), body.params or PLAIN)
        decisions, replayed = await self._decide(request)
        answer = {
            "predictions": [one.score for one in decisions],
            "decisions": [one.decision for one in decisions],
            "decision_ids": [one.id for one in decisions],
        }
        reply = told(answer, 200, served.name, decisions[0].version)
        if replayed:
            reply.headers.append(REPLAYED)
        return reply

    def _served(self, call: Call, name: str) -> Served:
        if not name:
            found = [
                one.name for one in self._catalogue.all() if not call.caller.models or one.name in call.caller.models
            ]
            if len(found) != 1:
                raise bad("Say which `model` is asked: more than one, or none, is served here.")
            name = found[0]
        call.caller.must_reach(name)
        return self._catalogue.need(name)


def rows_of(body: Invocation) -> list[dict[str, Any]]:
    """Return the rows of a table by name.

    Raises:
        Turned: 400, there is no table or two, or a row does not have a value for each column.
    """
    if (body.dataframe_split is None) == (body.dataframe_records is None):
        raise bad("Give `dataframe_split` or `dataframe_records`, one of them.")
    if body.dataframe_records is not None:
        return body.dataframe_records
    assert body.dataframe_split is not None
    columns, data = body.dataframe_split.columns, body.dataframe_split.data
    if len(set(columns)) != len(columns):
        raise BadFields({"dataframe_split.columns": "a name is given twice"})
    for i, row in enumerate(data):
        if len(row) != len(columns):
            raise BadFields(
                {f"dataframe_split.data[{i}]": f"{len(columns)} columns need as many values; got {len(row)}"}
            )
    return [dict(zip(columns, row, strict=True)) for row in data]
