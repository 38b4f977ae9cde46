"""The first schema: events, and facts about the derived tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXTS = ("at", "actor", "kind", "subject", "body", "reason", "via", "signature", "previous")


def upgrade() -> None:
    """Make the tables."""
    place = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "events",
        sa.Column("seq", place, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in TEXTS),
        sa.Column("seal", sa.Text, nullable=False, unique=True),
    )
    for name in ("subject", "kind", "actor", "at"):
        op.create_index(f"events_{name}", "events", [name, "seq"])
    op.create_table("meta", sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False))
