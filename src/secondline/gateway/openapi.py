"""OpenAPI: the description of the gateway's routes, made from the table and from the types of the bodies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from secondline import __version__
from secondline.events.shapes import AnyEvent, Investigation, Label, Override
from secondline.gateway.calls import Route
from secondline.gateway.mlflow import Invocation
from secondline.gateway.protocol import Inference
from secondline.gateway.scoring import Case

BODIES: dict[str, Any] = {
    "infer": Inference,
    "score": Case | list[Case],
    "events": AnyEvent | list[AnyEvent],
    "labels": list[Label],
    "overrides": list[Override],
    "investigations": list[Investigation],
    "invocations": Invocation,
}
WRONG = {
    "400": "The request is wrong; `fields` names where.", "401": "No valid token.", "403": "Not by this token.",
    "404": "No such model or route.", "405": "Another method.", "408": "The body came too slowly.",
    "409": "The key or id was used for something else.", "413": "Too large.", "415": "Not JSON, or compressed.",
    "422": "The model cannot take these values.", "429": "Too much is under way.",
    "503": "The model is suspended, or decisions cannot be kept.", "504": "Not decided in time.",
}  # fmt: skip
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
NAME = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._~@+-]{0,199}$"}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of a table of routes."""
    parts, components = msgspec.json.schema_components(
        list(BODIES.values()), ref_template="#/components/schemas/{name}", schema_hook=_any
    )
    bodies = dict(zip(BODIES, parts, strict=True))
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, bodies)
    return {
        "openapi": "3.1.0",
        "info": {"title": "secondline gateway", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": {**components, "Error": ERROR},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _any(_: type) -> dict[str, Any]:
    return {}


def _operation(route: Route, bodies: dict[str, Any]) -> dict[str, Any]:
    media = "text/plain" if route.path in {"/metrics", "/version"} else "application/json"
    responses = {
        status: {
            "description": what,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        }
        for status, what in WRONG.items()
    }
    good = {"description": "Done.", "content": {media: {}}}
    operation: dict[str, Any] = {"summary": route.summary, "responses": {"200": good, "202": good, **responses}}
    operation["security"] = [] if route.right == "public" else [{"token": []}]
    if names := re.findall(r"{(\w+)}", route.path):
        operation["parameters"] = [{"name": name, "in": "path", "required": True, "schema": NAME} for name in names]
    last = "score" if "/score/" in route.path else route.path.rsplit("/", 1)[-1]
    if route.method == "POST" and last in bodies:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": bodies[last]}}}
    return operation
