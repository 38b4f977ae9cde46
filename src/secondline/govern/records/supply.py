"""Supply: what models rest on. Data sources, vendors, and the links by which one thing depends on another."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from secondline.core.errors import SpecError, UnknownRecord
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import known
from secondline.govern.record import Doc, Form, Record, declare, partly
from secondline.govern.records.inventory import KEEPERS, named_well

ACTIVE, ENDED = frozenset({"active"}), "ended"


class SourceFields(Form):
    """A source of data."""

    name: str = Field(min_length=1, max_length=200, description="Name.")
    system: str = Field(default="", max_length=200, description="System of record.")
    owner: str = Field(default="", max_length=80, description="Who answers for it.")
    description: str = Field(default="", description="What it holds.")
    lineage: str = Field(default="", description="Where it comes from, to the source.")
    snapshot: str = Field(default="", max_length=120, description="Digest of the snapshot used.")
    legal_basis: str = Field(default="", max_length=400, description="Basis for using personal data.")
    personal: bool = Field(default=False, description="Holds data of persons.")
    alternative: bool = Field(default=False, description="Alternative data, such as utility bills or web traces.")
    unstructured: bool = Field(default=False, description="Text, images or sound.")
    synthetic: bool = Field(default=False, description="Made by a program, not observed.")
    proxy: bool = Field(default=False, description="Stands in for what could not be observed.")
    interconnected: bool = Field(default=False, description="Is itself made from several other sources.")
    external: bool = Field(default=False, description="Comes from outside the bank.")
    vendor: str = Field(default="", max_length=80, description="Vendor that supplies it, if any.")
    quality: str = Field(default="", description="Known weaknesses of the data, and checks on them.")


class Source(Doc, SourceFields):
    """A source on record."""


class VendorFields(Form):
    """Somebody outside the bank who supplies models, data or the means to run them."""

    name: str = Field(min_length=1, max_length=200, description="Name.")
    owner: str = Field(default="", max_length=80, description="Person who answers for the relation.")
    country: str = Field(default="", max_length=80, description="Where it is established.")
    services: str = Field(default="", description="What it supplies.")
    critical: bool = Field(default=False, description="The bank could not do without it for a week.")
    contract: str = Field(default="", max_length=200, description="Number or place of the contract.")
    contract_ends: date | None = Field(default=None, description="Last day of the contract.")
    contact: str = Field(default="", max_length=200, description="Whom to call.")
    subcontractors: tuple[str, ...] = Field(default=(), description="Whom it relies on in turn.")
    disclosed: str = Field(default="", description="What it shows of concept, design, data and performance.")
    withheld: tuple[str, ...] = Field(
        default=(), description="What it does not show; each needs a compensating control."
    )
    customisation: str = Field(default="", description="What was adapted for the bank, and why.")
    change_notice: str = Field(default="", max_length=400, description="How and how early it announces changes.")
    exit_plan: str = Field(default="", description="What the bank does when it fails or leaves.")


class Vendor(Doc, VendorFields):
    """A vendor on record."""


class LinkFields(Form):
    """One dependency: ``frm`` gives something to ``to``; ends are such as ``model/NAME`` or ``source/NAME``."""

    frm: str = Field(pattern=r"^(model|source|vendor)/.+$", max_length=120, description="What gives.")
    to: str = Field(pattern=r"^(model|source|vendor)/.+$", max_length=120, description="What depends on it.")
    kind: Literal["feeds", "data", "supplies", "component", "method", "overlay"] = Field(
        default="feeds", description="What passes."
    )
    explanation: str = Field(default="", description="Why a cycle, if it makes one, is harmless.")


class Link(Doc, LinkFields):
    """A dependency on record."""


class ExplanationForm(Form):
    """Why a cycle through this dependency does no harm."""

    explanation: str = Field(
        min_length=1, max_length=2000, description="Such as: last month's output, never this one's."
    )


SOURCE = declare(
    Record("source", "Data source", "data sources", Source, ("name", "system", "owner", "external", "vendor"))
)
VENDOR = declare(Record("vendor", "Vendor", "vendors", Vendor, ("name", "owner", "critical", "contract_ends")))
LINK = declare(Record("link", "Dependency", "dependencies", Link, ("frm", "to", "kind"), prefix="D"))
SourceChange, VendorChange = partly(SourceFields, "SourceChange"), partly(VendorFields, "VendorChange")


def _ends_exist(now: Situation) -> None:
    frm, to = now.form.frm, now.form.to
    for end in (frm, to):
        kind, _, name = end.partition("/")
        if now.look.get(kind, name) is None:
            raise UnknownRecord.of(kind, name)
    if frm == to:
        raise SpecError(f"{frm} cannot depend on itself. Name two different things.")
    same = now.look.find("link", frm=frm, to=to, kind=now.form.kind, state="active")
    if same:
        raise SpecError(f"That dependency is on record already, as {same[0]['id']}.")


def _nothing_hangs_on_it(now: Situation) -> None:
    hanging = now.look.find("link", frm=f"{now.act.record}/{now.id}", state="active")
    if hanging:
        told = ", ".join(link["to"] for link in hanging[:5])
        raise SpecError(f"{told} still depend on {now.id} ({len(hanging)} in all). End those dependencies first.")


VENDOR_KNOWN = known("vendor", "vendor")
for noun, form, change, title, rules in (
    ("source", SourceFields, SourceChange, "data source", (VENDOR_KNOWN,)),
    ("vendor", VendorFields, VendorChange, "vendor", ()),
):
    allow(
        Act(f"{noun}.registered", noun, f"Register a {title}", KEEPERS, form, creates=True, after="active",
            rules=(named_well, *rules))
    )  # fmt: skip
    allow(Act(f"{noun}.changed", noun, f"Correct the {title}", KEEPERS, change, rules=rules))
    allow(
        Act(f"{noun}.ended", noun, f"End the {title}", KEEPERS, before=ACTIVE, after=ENDED, reasoned=True,
            rules=(_nothing_hangs_on_it,))
    )  # fmt: skip
allow(
    Act("link.made", "link", "Record a dependency", KEEPERS, LinkFields, creates=True, after="active",
        rules=(_ends_exist,))
)  # fmt: skip
allow(Act("link.explained", "link", "Explain a cycle", KEEPERS, ExplanationForm, before=ACTIVE))
allow(Act("link.ended", "link", "End a dependency", KEEPERS, before=ACTIVE, after=ENDED, reasoned=True))
