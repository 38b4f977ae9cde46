"""Signed checkpoints, and triggers that keep events from being changed or removed by accident."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from secondline.ledger.guards import guard

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table and the triggers."""
    place = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "checkpoints",
        sa.Column("size", place, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("edge", sa.Text, nullable=False),
    )
    guard(op.get_bind())
