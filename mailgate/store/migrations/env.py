"""Run by alembic for every command: on the connection that `schema.py` opened, within its transaction."""

from __future__ import annotations

from typing import Any

from alembic import context

# `schema` has all tables in the metadata.
from mailgate.store.schema import is_ours, render_item
from mailgate.store.table import metadata

applied = context.config.attributes["applied"]


def note_version(step: Any, **_: Any) -> None:
    applied.append(step.up_revision_id)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=is_ours,
    render_item=render_item,
    render_as_batch=True,  # SQLite cannot alter a column; elsewhere it is the same
    compare_server_default=True,
    on_version_apply=note_version,  # type: ignore[arg-type]  # alembic names its keywords by private types,
)
with context.begin_transaction():
    context.run_migrations()
