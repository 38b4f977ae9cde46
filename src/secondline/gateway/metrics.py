"""Metrics: what the gateway counts for Prometheus.

Labels are bounded: the routes of the table, the models and versions that are served, status codes, arms and reasons.
A name that a client makes up, an id or a key is never a label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from secondline.events.shapes import Decision

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
CASES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024)
PREFIX = "secondline_gateway"


class Metrics:
    """One registry with the gateway's counters. Label children are looked up once, for they are touched per request."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            f"{PREFIX}_requests", "Requests answered.", ["route", "model", "version", "code"], registry=self.registry
        )
        self._seconds = Histogram(
            f"{PREFIX}_request_duration_seconds", "Time to answer.", ["route"], buckets=SECONDS, registry=self.registry
        )
        self._decisions = Counter(
            f"{PREFIX}_decisions", "Cases decided.", ["model", "version", "arm", "decision"], registry=self.registry
        )
        self._turned = Counter(f"{PREFIX}_turned_away", "Requests turned away.", ["reason"], registry=self.registry)
        self._desk = Histogram(
            f"{PREFIX}_desk_seconds", "Time of one turn at the desk.", buckets=SECONDS, registry=self.registry
        )
        self._turn = Histogram(f"{PREFIX}_turn_cases", "Cases in one turn.", buckets=CASES, registry=self.registry)
        self._journal = Histogram(
            f"{PREFIX}_journal_seconds", "Time to make one group durable.", buckets=SECONDS, registry=self.registry
        )
        self._group = Histogram(
            f"{PREFIX}_journal_events", "Events in one group.", buckets=CASES, registry=self.registry
        )
        self.under_way = Gauge(f"{PREFIX}_cases_under_way", "Cases under way.", registry=self.registry)
        self.limit = Gauge(f"{PREFIX}_cases_limit", "Most cases that may be under way.", registry=self.registry)
        self.spooled = Gauge(
            f"{PREFIX}_spooled_events", "Events kept here until the log is back.", registry=self.registry
        )
        self._children: dict[tuple[Any, ...], Any] = {}

    def answered(self, route: str, model: str, version: str, code: int, seconds: float) -> None:
        """Count an answer."""
        key = (route, model, version, code)
        found = self._children.get(key)
        if found is None:
            found = self._children[key] = (
                self._requests.labels(route, model, version, str(code)),
                self._seconds.labels(route),
            )
        found[0].inc()
        found[1].observe(seconds)

    def decided(self, decisions: Sequence[Decision]) -> None:
        """Count decisions."""
        for one in decisions:
            key = (one.model, one.version, one.arm, one.decision)
            child = self._children.get(key)
            if child is None:
                child = self._children[key] = self._decisions.labels(*key)
            child.inc()

    def turned(self, reason: str) -> None:
        """Count a request that was turned away; reasons are words of ours."""
        self._turned.labels(reason).inc()

    def took_turn(self, cases: int, seconds: float) -> None:
        """Count a turn at the desk."""
        self._turn.observe(cases)
        self._desk.observe(seconds)

    def wrote(self, events: int, seconds: float) -> None:
        """Count a group of the journal."""
        self._group.observe(events)
        self._journal.observe(seconds)

    def page(self) -> bytes:
        """Return the metrics as Prometheus reads them."""
        return bytes(generate_latest(self.registry))
