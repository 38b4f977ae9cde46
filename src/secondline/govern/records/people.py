"""People: who may act, in which roles. Secrets are never part of the record."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from secondline.core.errors import SpecError
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import refuse
from secondline.govern.record import Doc, Form, Nothing, Record, declare
from secondline.govern.roles import ANYONE, Role

ADMIN = frozenset[Role]({"admin"})


class PersonFields(Form):
    """Who somebody is."""

    name: str = Field(min_length=1, max_length=200, description="Full name.")
    email: str = Field(default="", max_length=200, description="Where notices go.")
    kind: Literal["person", "service"] = Field(default="person", description="A human being, or a program.")
    department: str = Field(default="", max_length=200, description="Where they work.")
    roles: tuple[Role, ...] = Field(default=(), description="What they may do.")


class Person(Doc, PersonFields):
    """Somebody who may act."""

    key: str = Field(default="", description="Public Ed25519 key, in hexadecimal, that signs their acts.")


class RoleForm(Form):
    """One role."""

    role: Role = Field(description="Which role.")


class KeyForm(Form):
    """A public key."""

    key: str = Field(pattern=r"^[0-9a-f]{64}$", description="Public Ed25519 key, in hexadecimal.")


PERSON = declare(Record("person", "Person", "people", Person, ("name", "email", "kind", "department")))


def _first_is_admin(now: Situation) -> None:
    if not now.look.find("person") and "admin" not in now.form.roles:
        raise SpecError("The first person must be an admin (`roles: [admin]`), or nobody could add another.")


def _not_oneself(now: Situation) -> None:
    if now.actor == now.id:
        refuse(now.actor, "change their own roles", "nobody grants rights to themselves")


def _keep_an_admin(now: Situation) -> None:
    admins = [p for p in now.look.find("person", state="active") if "admin" in p.get("roles", ())]
    leaves = now.act.name == "person.left" or now.form.role == "admin"
    if leaves and [p["id"] for p in admins] == [now.id]:
        raise SpecError(f"{now.id!r} is the last admin. Make another person admin first.")


def _granted(now: Situation) -> dict[str, Any]:
    return {"roles": sorted({*now.doc.get("roles", ()), now.form.role})}


def _revoked(now: Situation) -> dict[str, Any]:
    return {"roles": sorted({*now.doc.get("roles", ())} - {now.form.role})}


def _own_key(now: Situation) -> None:
    if now.actor != now.id:
        refuse(now.actor, "register a key for somebody else", "a key stands for one person")


ACTIVE, LEFT = frozenset({"active"}), frozenset({"left"})
allow(
    Act("person.added", "person", "Add a person", ADMIN, PersonFields, creates=True, after="active",
        rules=(_first_is_admin,), unattended=True)
)  # fmt: skip
allow(
    Act("role.granted", "person", "Grant a role", ADMIN, RoleForm, before=ACTIVE, rules=(_not_oneself,),
        changes=_granted, reasoned=True)
)  # fmt: skip
allow(
    Act("role.revoked", "person", "Take a role away", ADMIN, RoleForm, before=ACTIVE,
        rules=(_not_oneself, _keep_an_admin), changes=_revoked, reasoned=True)
)  # fmt: skip
allow(
    Act("person.left", "person", "Close a person's access", ADMIN, Nothing, before=ACTIVE, after="left",
        rules=(_keep_an_admin,), reasoned=True)
)  # fmt: skip
allow(Act("person.returned", "person", "Open access again", ADMIN, Nothing, before=LEFT, after="active", reasoned=True))
allow(
    Act("key.registered", "person", "Register a signing key", ANYONE | {"auditor", "monitor"}, KeyForm, before=ACTIVE,
        rules=(_own_key,), reasoned=False)
)  # fmt: skip
