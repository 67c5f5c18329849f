"""The migration of a mailgate to come: a column and a table more. `says` is what it says of itself."""

from __future__ import annotations

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
{says}

def upgrade():
    op.add_column("cases", sa.Column("mood", sa.Text(), nullable=True))
    op.create_table("mood", sa.Column("name", sa.Text(), primary_key=True))
"""
