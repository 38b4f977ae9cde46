"""Tracing: one OpenTelemetry span a request, joined to the caller's trace by W3C ``traceparent``.

Off unless asked for. Names follow the HTTP conventions, and the generative ones for what has a name only there (which
model was asked, which answered). No input, key, entity or token is an attribute.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from secondline.core.errors import MissingExtra

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


class Quiet:
    """Traces nothing."""

    def span(self, method: str, route: str, headers: dict[bytes, bytes]) -> AbstractContextManager[Any]:  # noqa: ARG002
        """Return a context that does nothing."""
        return _NOTHING

    def end(self, span: Any, status: int, model: str, version: str) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


_NOTHING: AbstractContextManager[Any] = nullcontext()


class Tracing(Quiet):
    """Traces each request through a provider of the OpenTelemetry SDK."""

    def __init__(self, provider: Any) -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("secondline.gateway")
        self._extract = TraceContextTextMapPropagator().extract
        self._server = trace.SpanKind.SERVER
        self._error = trace.StatusCode.ERROR

    def span(self, method: str, route: str, headers: dict[bytes, bytes]) -> AbstractContextManager[Any]:
        """Return a context that is the span of one request."""
        found_in = {name: headers.get(name.encode()) for name in ("traceparent", "tracestate")}
        carrier = {name: value.decode("latin-1") for name, value in found_in.items() if value}
        span: AbstractContextManager[Any] = self._tracer.start_as_current_span(
            f"{method} {route}",
            context=self._extract(carrier),
            kind=self._server,
            attributes={"http.request.method": method, "http.route": route},
            record_exception=False,
        )
        return span

    def end(self, span: Any, status: int, model: str, version: str) -> None:
        """Say how the request ended."""
        span.set_attribute("http.response.status_code", status)
        if model:
            span.set_attribute("gen_ai.request.model", model)
            span.set_attribute("gen_ai.response.model", f"{model}@{version}" if version else model)
        if status >= 500:  # noqa: PLR2004 - the server's own faults
            span.set_status(self._error)

    def close(self) -> None:
        """Send what is still to be sent."""
        self._provider.shutdown()


def tracing(*, on: bool | None = None) -> Quiet:
    """Return tracing over OTLP if it is asked for, or if the environment names an endpoint.

    Raises:
        MissingExtra: it is asked for and OpenTelemetry is not installed.
    """
    if on is False or (on is None and not os.environ.get(ENDPOINT)):
        return Quiet()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise MissingExtra.needs("Tracing", "otel") from error
    provider = TracerProvider(resource=Resource.create({"service.name": "secondline-gateway"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider)
