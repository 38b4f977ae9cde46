"""Routes: the whole table of what the gateway answers, and what each entry needs of a caller."""

from __future__ import annotations

import re
from collections.abc import Iterable

from secondline.events.shapes import Investigation, Label, Override
from secondline.gateway.asked import Turned
from secondline.gateway.calls import Route
from secondline.gateway.mlflow import Mlflow
from secondline.gateway.protocol import Protocol
from secondline.gateway.scoring import Scoring
from secondline.gateway.taking import Taking

NAME = "([A-Za-z0-9][A-Za-z0-9._~@+-]{0,199})"
MOST_REMEMBERED = 1000
MODEL, VERSION = "/v2/models/{model}", "/v2/models/{model}/versions/{version}"


def table(protocol: Protocol, scoring: Scoring, taking: Taking, mlflow: Mlflow) -> list[Route]:
    """Return the routes of the models and the events; `app` adds its own."""
    return [
        Route("GET", "/v2", "read", protocol.server, "Server metadata"),
        Route("GET", "/v2/health/live", "public", protocol.live, "Whether the process answers"),
        Route("GET", "/v2/health/ready", "public", protocol.ready, "Whether all models can decide"),
        *(Route("GET", path, "public", protocol.live, "Alias of /v2/health/live") for path in ("/livez", "/healthz")),
        *(Route("GET", path, "public", protocol.ready, "Alias of /v2/health/ready") for path in ("/readyz", "/ping")),
        Route("POST", "/v2/repository/index", "read", protocol.index, "The models served"),
        Route("GET", "/v2/repository/index", "read", protocol.index, "The models served"),
        *(Route("GET", path, "read", protocol.model, "Model metadata") for path in (MODEL, VERSION)),
        *(Route("GET", f"{path}/ready", "read", protocol.model_ready, "Model readiness") for path in (MODEL, VERSION)),
        *(Route("POST", f"{path}/infer", "score", protocol.infer, "Decide on cases") for path in (MODEL, VERSION)),
        Route("POST", "/v1/score/{model}", "score", scoring.score, "Decide on one case or a list"),
        Route("POST", "/v1/events", "events", taking.of(), "Keep events of any kind"),
        Route("POST", "/v1/labels", "events", taking.of(Label), "Keep labels"),
        Route("POST", "/v1/overrides", "events", taking.of(Override), "Keep overrides"),
        Route("POST", "/v1/investigations", "events", taking.of(Investigation), "Keep outcomes of investigations"),
        Route("POST", "/invocations", "score", mlflow.invocations, "Decide on a table, as MLflow asks"),
        Route("GET", "/version", "read", mlflow.version, "Version of the server"),
    ]


class Map:
    """Finds the route of a request."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = list(routes)
        paths: dict[str, dict[str, Route]] = {}
        for route in self.routes:
            paths.setdefault(route.path, {})[route.method] = route
        self._paths = [
            (re.compile(re.sub(r"\\{\w+\\}", NAME, re.escape(path))), re.findall(r"{(\w+)}", path), by)
            for path, by in paths.items()
        ]
        self._remembered: dict[tuple[str, str], tuple[Route, dict[str, str]]] = {}

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Return the route and the names in its path. HEAD asks what GET answers.

        Raises:
            Turned: 404 or 405.
        """
        found = self._remembered.get((method, path))
        if found is not None:
            return found
        for pattern, names, by_method in self._paths:
            if match := pattern.fullmatch(path):
                route = by_method.get("GET" if method == "HEAD" else method)
                if route is None:
                    raise Turned(405, "method", f"{path} takes {', '.join(sorted(by_method))}.")
                found = route, dict(zip(names, match.groups(), strict=True))
                if len(self._remembered) < MOST_REMEMBERED:
                    self._remembered[method, path] = found
                return found
        raise Turned(404, "route", f"There is nothing at {path[:200]!r}.")

    def allowed(self, path: str) -> str:
        """Return the methods that a path takes, for the header ``Allow``."""
        return ", ".join(sorted({m for pattern, _, by in self._paths if pattern.fullmatch(path) for m in by}))
