"""A house that is watched, for tests: a model in use with a pass, an approved plan, and the program that watches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from govern.house import House
from secondline.govern.record import merged

CAP = {"kind": "volume", "decisions": 100, "per": "day"}
LINE: dict[str, Any] = {
    "metric": "stability.score_psi", "tracks": "inputs", "frequency": "daily", "amber": 0.1, "red": 0.25,
    "stop_use": 0.5, "min_n": 500, "action": "restrict, then revalidate", "owner": "own", "sla": 5,
    "limits": [CAP], "rating_trigger": True, "budget": 0.05,
}  # fmt: skip
QUIET: dict[str, Any] = {"metric": "use.override_rate", "tracks": "usage", "amber": 0.05, "red": 0.1,
                         "action": "investigate", "owner": "own"}  # fmt: skip
SHOWN: dict[str, Any] = {"level": "red", "value": 0.4, "low": 0.3, "high": 0.5, "n": 4_000, "first": "2026-04-01",
                         "last": "2026-04-30", "method": "confidence sequence"}  # fmt: skip


class WatchHouse(House):
    """A house with pd-retail 1.0, its approved plan MP-1, a pass P-1 and the program eye."""

    def __init__(self, folder: Path, *lines: dict[str, Any]) -> None:
        """Set all of it up; *lines* are the plan's."""
        super().__init__(folder)
        self.do("person.added", "ada", "eye", name="Eye", kind="service", roles=["monitor"])
        self.do("person.added", "ada", "eva", name="Eva", roles=["monitor"])
        self.model()
        self.do("monitoring.drafted", "own", model="pd-retail", owner="own", metrics=list(lines or (LINE, QUIET)))
        self.do("monitoring.approved", "val", "MP-1")
        self.pass_("P-1")

    def pass_(self, id_: str) -> None:
        """Put a pass on record, as its own act would, without the approval that tests elsewhere give."""
        from secondline.ledger.events import Event
        from secondline.ledger.projection import project

        doc = {"state": "active", "model": "pd-retail", "version": "1.0", "use": "U-1", "uses": ["U-1"],
               "expires": "2027-01-01", "approval": "AP-1", "digest": "d"}  # fmt: skip
        from secondline.core.canonical import canonical
        from secondline.ledger.database import append

        with self.ledger.database.writing() as connection:
            draft = Event(0, self.ledger.clock(), "app", "pass.issued", f"pass/{id_}", canonical({"set": doc}))
            project(connection, append(connection, draft), merged({}, {}), 0)

    def alarm(self, actor: str = "eye", **more: Any) -> str:
        """Raise a red alarm on the first line."""
        form = {"monitoring": "MP-1", "model": "pd-retail", "version": "1.0", "metric": LINE["metric"], **SHOWN}
        return self.do("alarm.raised", actor, **form | more)

    def look(self, alarm: str, **more: Any) -> str:
        """Let the program refresh an alarm with what it sees now."""
        return self.do("alarm.refreshed", "eye", alarm, **SHOWN | more)

    def draft(self, alarm: str, actor: str = "eye", **more: Any) -> str:
        """Draft a finding by an alarm."""
        about = self.get("alarm", alarm)
        form: dict[str, Any] = {
            "model": about["model"], "version": "1.0", "source": "monitoring", "code": about["metric"],
            "places": [about.get("slice") or "live"], "statement": "Scores have moved.", "evidence": [alarm],
            "effect": "PSI 0.40", "criterion": "A run passes.", "limit_severity": "major",
        }  # fmt: skip
        return self.do("finding.raised", actor, **form | more)
