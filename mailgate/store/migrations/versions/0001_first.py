"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:  # noqa: PLR0915 - one statement a table and index
    op.create_table(
        "account",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contract_from", sa.Text(), nullable=True),
        sa.Column("contract_until", sa.Text(), nullable=True),
        sa.Column("licences", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("csm", sa.Text(), nullable=False),
        sa.Column("mailboxes", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("account_pk")),
    )
    op.create_table(
        "account_contact",
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("account_key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("preferred", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_key"], ["account.key"], name=op.f("account_contact_account_key_fk")),
        sa.PrimaryKeyConstraint("address_key", name=op.f("account_contact_pk")),
    )
    with op.batch_alter_table("account_contact", schema=None) as batch_op:
        batch_op.create_index("account_contact_account", ["account_key"], unique=False)

    op.create_table(
        "account_domain",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("account_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_key"], ["account.key"], name=op.f("account_domain_account_key_fk")),
        sa.PrimaryKeyConstraint("domain", name=op.f("account_domain_pk")),
    )
    with op.batch_alter_table("account_domain", schema=None) as batch_op:
        batch_op.create_index("account_domain_account", ["account_key"], unique=False)

    op.create_table(
        "account_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("account_event_pk")),
    )
    with op.batch_alter_table("account_event", schema=None) as batch_op:
        batch_op.create_index("account_event_account", ["account_key", "id"], unique=False)

    op.create_table(
        "account_standing",
        sa.Column("account_key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_key", name=op.f("account_standing_pk")),
    )
    op.create_table(
        "dead_address",
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("letter", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("address_key", name=op.f("dead_address_pk")),
    )
    op.create_table(
        "block",
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pattern", name=op.f("block_pk")),
    )
    op.create_table(
        "case_counter",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("case_counter_pk")),
    )
    op.create_table(
        "cases",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_address", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follows", sa.Text(), nullable=True),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("account_key", sa.Text(), nullable=False),
        sa.Column("account_status", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("last_entry", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("course", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("raw_erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('new', 'open', 'waiting', 'resolved', 'closed')", name=op.f("cases_status_ck")),
        sa.ForeignKeyConstraint(["follows"], ["cases.number"], name=op.f("cases_follows_fk")),
        sa.ForeignKeyConstraint(["merged_into"], ["cases.number"], name=op.f("cases_merged_into_fk")),
        sa.PrimaryKeyConstraint("number", name=op.f("cases_pk")),
        sa.UniqueConstraint("key", name=op.f("cases_key_uq")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(
            "cases_account",
            ["account_key", "opened_at", "number"],
            unique=False,
            sqlite_where=sa.text("account_key <> '' and merged_into is null"),
            postgresql_where=sa.text("account_key <> '' and merged_into is null"),
        )
        batch_op.create_index(
            "cases_due",
            ["next_due_at", "number"],
            unique=False,
            sqlite_where=sa.text("next_due_at is not null"),
            postgresql_where=sa.text("next_due_at is not null"),
        )
        batch_op.create_index(
            "cases_owed",
            ["owed_at", "number"],
            unique=False,
            sqlite_where=sa.text("owed_at is not null"),
            postgresql_where=sa.text("owed_at is not null"),
        )
        batch_op.create_index(
            "cases_priority",
            ["priority", "opened_at", "number"],
            unique=False,
            sqlite_where=sa.text("status <> 'closed'"),
            postgresql_where=sa.text("status <> 'closed'"),
        )
        batch_op.create_index(
            "cases_rung",
            ["rung", "opened_at", "number"],
            unique=False,
            sqlite_where=sa.text("rung > 0 and status <> 'closed'"),
            postgresql_where=sa.text("rung > 0 and status <> 'closed'"),
        )
        batch_op.create_index(
            "cases_merged_into",
            ["merged_into"],
            unique=False,
            sqlite_where=sa.text("merged_into is not null"),
            postgresql_where=sa.text("merged_into is not null"),
        )
        batch_op.create_index("cases_opened", ["opened_at", "number"], unique=False)
        batch_op.create_index("cases_status", ["status", "opened_at", "number"], unique=False)
        batch_op.create_index("cases_owner", ["owner", "status", "opened_at", "number"], unique=False)
        batch_op.create_index(
            "cases_with_raw",
            ["policy", "closed_at"],
            unique=False,
            sqlite_where=sa.text("closed_at is not null and (raw_erased_at is null or raw_erased_at <= closed_at)"),
            postgresql_where=sa.text("closed_at is not null and (raw_erased_at is null or raw_erased_at <= closed_at)"),
        )
        batch_op.create_index(
            "cases_closed",
            ["policy", "closed_at"],
            unique=False,
            sqlite_where=sa.text("closed_at is not null and erased_at is null"),
            postgresql_where=sa.text("closed_at is not null and erased_at is null"),
        )

    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("meta_pk")),
    )
    op.create_table(
        "raw_mail",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("object", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("raw_mail_pk")),
    )
    op.create_table(
        "doomed_object",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("doomed_object_pk")),
    )
    op.create_table(
        "raw_piece",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["raw_mail.sha256"], name=op.f("raw_piece_sha256_fk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sha256", "place", name=op.f("raw_piece_pk")),
    )
    op.create_table(
        "inbound",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("helo", sa.Text(), nullable=False),
        sa.Column("authentication", sa.Text(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("proof", sa.JSON(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("case_number", sa.Text(), nullable=True),
        sa.Column("from_key", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("passed_id", sa.Text(), nullable=True),
        sa.Column("passed_from", sa.Text(), nullable=True),
        sa.Column("trace", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("singly", sa.Boolean(), nullable=False),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("dropped_by", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'filed', 'held', 'shelved', 'dropped')", name=op.f("inbound_state_ck")
        ),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("inbound_case_number_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("inbound_pk")),
        sa.UniqueConstraint("identity", name=op.f("inbound_identity_uq")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.create_index(
            "inbound_leased",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("lease_until is not null"),
            postgresql_where=sa.text("lease_until is not null"),
        )
        batch_op.create_index("inbound_message_id", ["message_id"], unique=False)
        batch_op.create_index(
            "inbound_passed",
            ["passed_id"],
            unique=False,
            sqlite_where=sa.text("passed_id is not null"),
            postgresql_where=sa.text("passed_id is not null"),
        )
        batch_op.create_index("inbound_state_id", ["state", "id"], unique=False)
        batch_op.create_index("inbound_sha256", ["sha256"], unique=False)
        batch_op.create_index(
            "inbound_dropped",
            ["mailbox", "done_at"],
            unique=False,
            sqlite_where=sa.text("state = 'dropped' and erased_at is null"),
            postgresql_where=sa.text("state = 'dropped' and erased_at is null"),
        )
        batch_op.create_index(
            "inbound_held",
            ["state", "reason", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        )

    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=True),
        sa.Column("inbound_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answered", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("recipient_key", sa.Text(), nullable=False),
        sa.Column("recipient_domain", sa.Text(), nullable=False),
        sa.Column("neutral", sa.Boolean(), nullable=False),
        sa.Column("gated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_for", sa.Text(), nullable=True),
        sa.Column("envelope_from", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("path_hash", sa.Text(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('queued', 'sent', 'failed', 'held', 'dropped')", name=op.f("outbox_state_ck")),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("outbox_case_number_fk")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("outbox_inbound_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("outbox_pk")),
        sa.UniqueConstraint("key", name=op.f("outbox_key_uq")),
        sa.UniqueConstraint("message_id", name=op.f("outbox_message_id_uq")),
        sa.UniqueConstraint("token_hash", name=op.f("outbox_token_hash_uq")),
        sa.UniqueConstraint("path_hash", name=op.f("outbox_path_hash_uq")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "outbox_leased",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("lease_until is not null"),
            postgresql_where=sa.text("lease_until is not null"),
        )
        batch_op.create_index(
            "outbox_queued",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.create_index("outbox_case", ["case_number", "created_at"], unique=False)
        batch_op.create_index(
            "outbox_domain",
            ["recipient_domain", "gated_at"],
            unique=False,
            sqlite_where=sa.text("gated_at is not null"),
            postgresql_where=sa.text("gated_at is not null"),
        )
        batch_op.create_index(
            "outbox_held_mail",
            ["created_at"],
            unique=False,
            sqlite_where=sa.text("kind = 'held_mail'"),
            postgresql_where=sa.text("kind = 'held_mail'"),
        )
        batch_op.create_index(
            "outbox_gated",
            ["gated_at", "held_for", "neutral"],
            unique=False,
            sqlite_where=sa.text("gated_at is not null"),
            postgresql_where=sa.text("gated_at is not null"),
        )
        batch_op.create_index("outbox_recipient", ["recipient_key", "created_at"], unique=False)
        batch_op.create_index("outbox_state_id", ["state", "id"], unique=False)

    op.create_table(
        "account_request",
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("preferred", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("account_request_case_number_fk")),
        sa.PrimaryKeyConstraint("case_number", name=op.f("account_request_pk")),
    )
    op.create_table(
        "participant",
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("participant_case_number_fk")),
        sa.PrimaryKeyConstraint("case_number", "address_key", name=op.f("participant_pk")),
    )
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.create_index("participant_address", ["address_key", "case_number"], unique=False)

    op.create_table(
        "picture",
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("picture_case_number_fk")),
        sa.PrimaryKeyConstraint("case_number", "digest", "way", name=op.f("picture_pk")),
    )
    op.create_table(
        "thread_id",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("thread_id_case_number_fk")),
        sa.PrimaryKeyConstraint("message_id", "case_number", name=op.f("thread_id_pk")),
    )
    op.create_table(
        "received",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "door", name=op.f("received_pk")),
    )
    op.create_table(
        "canary",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inbound_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("canary_inbound_id_fk")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("canary_pk")),
    )
    op.create_table(
        "entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("inbound_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("elided", sa.Text(), nullable=False),
        sa.Column("authentication", sa.Text(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("entry_case_number_fk")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("entry_inbound_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("entry_pk")),
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index("entry_case", ["case_number", "id"], unique=False)
        batch_op.create_index(
            "entry_escalations",
            ["actor", "at"],
            unique=False,
            sqlite_where=sa.text("kind = 'escalation'"),
            postgresql_where=sa.text("kind = 'escalation'"),
        )
        batch_op.create_index(
            "entry_breaches",
            ["at"],
            unique=False,
            sqlite_where=sa.text("kind = 'breach'"),
            postgresql_where=sa.text("kind = 'breach'"),
        )

    _keeping()
    _desk()
    _pages_of_cases()
    _search()
    _figures()


def _keeping() -> None:
    op.create_table(
        "fetched",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("inbound_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fetched_inbound_id_fk")),
        sa.PrimaryKeyConstraint("account", "folder", "uidvalidity", "uid", name=op.f("fetched_pk")),
    )
    with op.batch_alter_table("fetched", schema=None) as batch_op:
        batch_op.create_index(
            "fetched_unsettled",
            ["account", "folder", "uidvalidity"],
            unique=False,
            sqlite_where=sa.text("not settled"),
            postgresql_where=sa.text("not settled"),
        )

    op.create_table(
        "role",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("troubled_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("role_pk")),
    )
    op.create_table(
        "legal_hold",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("target", name=op.f("legal_hold_pk")),
    )
    op.create_table(
        "node",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("schema_head", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("apart_ms", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("config", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("node_pk")),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("erasure_pk")),
    )
    op.create_table(
        "link_key",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("link_key_pk")),
        sqlite_autoincrement=True,
    )


def _desk() -> None:
    """The desk's window."""
    op.create_table(
        "desk_asking",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("browser_hash", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("then", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("desk_asking_pk")),
    )
    with op.batch_alter_table("desk_asking", schema=None) as batch_op:
        batch_op.create_index("desk_asking_address", ["address", "asked_at"], unique=False)
        batch_op.create_index("desk_asking_at", ["asked_at"], unique=False)
    op.create_table(
        "desk_session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("desk_session_pk")),
    )
    with op.batch_alter_table("desk_session", schema=None) as batch_op:
        batch_op.create_index("desk_session_address", ["address"], unique=False)
        batch_op.create_index("desk_session_ends", ["ends_at"], unique=False)


def _pages_of_cases() -> None:
    op.create_table(
        "link_end",
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_number", "address_key", name=op.f("link_end_pk")),
    )
    op.create_table(
        "page_code",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("page_code_pk")),
    )
    op.create_index("page_code_address", "page_code", ["address_key", "made_at"])
    op.create_table(
        "page_session",
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("browser", name=op.f("page_session_pk")),
    )


def _search() -> None:
    """What cases are found by."""
    op.create_table(
        "unindexed",
        sa.Column("number", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name=op.f("unindexed_number_fk")),
        sa.PrimaryKeyConstraint("number", name=op.f("unindexed_pk")),
    )
    # The search index (`search_index.py`) gets its words ready made, letters and digits alone.
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE case_words USING fts5"
            "(words, tokenize = 'ascii', detail = 'none', columnsize = 0, prefix = '3')"
        )
        op.execute("CREATE VIRTUAL TABLE case_words_terms USING fts5vocab(case_words, row)")
    else:
        op.create_table(
            "case_words",
            sa.Column("rowid", sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("words", postgresql.TSVECTOR(), nullable=False),
            sa.PrimaryKeyConstraint("rowid", name="case_words_pk"),
        )
        op.create_index("case_words_words", "case_words", ["words"], postgresql_using="gin")


def _figures() -> None:
    """What is counted day by day."""
    op.create_table(
        "reckoned_day",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("reckoned_day_pk")),
    )
    op.create_table(
        "day_figure",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "figure", "of", name=op.f("day_figure_pk")),
    )
