"""Duty: whether a visitor's roles allow an act at all, before anything they state is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secondline.core.errors import Refused
from secondline.ledger.writing import Order

if TYPE_CHECKING:
    from secondline.govern.act import Act
    from secondline.web.site import Site
    from secondline.web.visitor import Visitor


def must_have_role(site: Site, visitor: Visitor, act: Act) -> None:
    """Refuse an act to whoever has no role for it; the attempt is put on record, as in the ledger itself.

    Raises:
        Refused: they have none; a token may have fewer roles than its person.
    """
    if visitor.roles & act.roles:
        return
    has = ", ".join(sorted(visitor.roles)) or "no role"
    what = f"{act.title[0].lower()}{act.title[1:]}"
    error = f"{visitor.id!r} ({has}) may not {what}: that needs {' or '.join(sorted(act.roles))}."
    site.ledger.put_refusal(Order(act.name, visitor.id, via=visitor.via), error)
    raise Refused(error)
