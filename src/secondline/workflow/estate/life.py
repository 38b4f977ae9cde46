"""Life: one model on its way through the bank, as the steps of its story hand it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from secondline.workflow.estate.bank import Bank
from secondline.workflow.estate.people import second_signature
from secondline.workflow.estate.tables import Entry

FIRST_VERSION = "1.0"


@dataclass(slots=True)
class Life:
    """A model of the bank at some moment of its story."""

    bank: Bank
    entry: Entry
    version: str = FIRST_VERSION
    use: str = ""
    plan: str = ""
    """The monitoring plan."""
    validation: str = ""
    approval: str = ""
    papers: dict[str, str] = field(default_factory=dict)
    """Evidence on file by kind, the newest."""

    @property
    def id(self) -> str:
        """The model's id."""
        return self.entry.id

    @property
    def version_id(self) -> str:
        """The version at hand."""
        return f"{self.id}@{self.version}"

    @property
    def owner(self) -> str:
        """Who answers for it now."""
        return str(self.doc["owner"])

    @property
    def lead(self) -> str:
        """Who validates it."""
        return self.entry.validator

    @property
    def second(self) -> str:
        """Another validator, who signs."""
        return second_signature(self.entry.validator)

    @property
    def doc(self) -> dict[str, Any]:
        """The entry as it stands."""
        return self.bank.get("model", self.id)

    @property
    def tier(self) -> int:
        """Its tier now."""
        return int(self.doc.get("tier", 0))

    def do(self, act: str, actor: str, id_: str = "", form: Mapping[str, Any] | None = None, reason: str = "") -> str:
        """Do one act that concerns the model; returns the id of the record."""
        return self.bank.do(act, actor, id_, form, reason=reason).id

    def record(self, act: str, actor: str, **form: Any) -> str:
        """Make a record of the model; returns its id."""
        return self.do(act, actor, "", {"model": self.id, **form})
