"""Verdict: what the gate answers. Open, closed or undecided, and every reason with its proof and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from xml.etree.ElementTree import Element, SubElement, tostring

Holds = Literal["yes", "no", "unknown", "warn"]
Word = Literal["open", "closed", "undecided"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One question of the gate: whether it holds, under which control, by which record, and what to do if not.

    ``warn`` is said and never closes.
    """

    name: str
    control: str
    holds: Holds
    text: str
    proof: str = ""
    next: str = ""

    def values(self) -> dict[str, Any]:
        """Return the reason as plain values."""
        return {name: getattr(self, name) for name in ("name", "control", "holds", "text", "proof", "next")}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of the gate about one version and one use at one time."""

    model: str
    version: str
    use: str
    at: str
    reasons: tuple[Reason, ...]
    kind: str = "normal"
    until: str = ""
    digest: str = ""
    conditions: tuple[dict[str, Any], ...] = ()
    source: str = "ledger"
    head: dict[str, Any] = field(default_factory=dict)

    @property
    def word(self) -> Word:
        """Closed by any reason that fails; undecided by any that cannot be known; open otherwise."""
        found = {reason.holds for reason in self.reasons}
        return "closed" if "no" in found else "undecided" if "unknown" in found else "open"

    @property
    def line(self) -> str:
        """The verdict in a line."""
        emergency = f" (emergency, until {self.until})" if self.kind == "emergency" and self.word == "open" else ""
        until = f" until {self.until}" if self.word == "open" and not emergency and self.until else ""
        return f"{self.word}{emergency}{until}"

    def values(self) -> dict[str, Any]:
        """Return the verdict as plain values, for JSON."""
        names = ("model", "version", "use", "at", "kind", "until", "digest", "source", "head")
        facts = {name: getattr(self, name) for name in names}
        return {
            "verdict": self.word, **facts, "conditions": list(self.conditions),
            "reasons": [reason.values() for reason in self.reasons],
        }  # fmt: skip


def junit(verdicts: Sequence[Verdict]) -> bytes:
    """Return verdicts as JUnit XML: a suite for each, one test case for each reason."""
    suites = Element("testsuites")
    for verdict in verdicts:
        _suite(suites, verdict)
    return bytes(tostring(suites, encoding="utf-8", xml_declaration=True))


def _suite(suites: Element, verdict: Verdict) -> None:
    reasons: Sequence[Reason] = verdict.reasons
    counts = {
        "tests": len(reasons), "failures": _count(reasons, "no"), "errors": _count(reasons, "unknown"), "skipped": 0,
    }  # fmt: skip
    name = _clean(f"secondline gate {verdict.model}@{verdict.version} for {verdict.use}")
    about = {"name": name, "timestamp": verdict.at, **{k: str(v) for k, v in counts.items()}}
    suite = SubElement(suites, "testsuite", about)
    for reason in reasons:
        case_about = {"classname": f"gate.{reason.control or 'house'}", "name": _clean(reason.name)}
        case = SubElement(suite, "testcase", case_about)
        said = _clean("\n".join(part for part in (reason.text, reason.proof, reason.next) if part))
        kind = {"no": "failure", "unknown": "error"}.get(reason.holds, "system-out")
        SubElement(case, kind, {"message": _clean(reason.text)} if kind != "system-out" else {}).text = said


def _count(reasons: Iterable[Reason], holds: Holds) -> int:
    return sum(reason.holds == holds for reason in reasons)


def _clean(text: str) -> str:
    """Leave out what XML cannot say."""
    return "".join(c for c in text if c in "\t\n\r" or " " <= c < "\ud800" or "\ue000" <= c <= "\ufffd" or c > "\uffff")
