"""Runs, records and memory of harvest sources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001_runs"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables beside ckanext-harvest's, which stay as they are."""
    _create_run()
    _create_record()
    op.create_table(
        "herne_harvest_memory",
        sa.Column("source_id", sa.UnicodeText, primary_key=True),
        sa.Column("memory", JSONB, nullable=False, server_default="{}"),
        sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("last_success", sa.DateTime(timezone=True)),
        sa.Column("failing_since", sa.DateTime(timezone=True)),
        sa.Column("told", sa.UnicodeText),
        sa.Column("last_digest", sa.DateTime(timezone=True)),
    )


def _create_run() -> None:
    op.create_table(
        "herne_harvest_run",
        sa.Column("job_id", sa.UnicodeText, primary_key=True),
        sa.Column("source_id", sa.UnicodeText, nullable=False),
        sa.Column("kind", sa.UnicodeText, nullable=False),
        sa.Column("stage", sa.UnicodeText, nullable=False),
        sa.Column("done", sa.Integer, nullable=False, server_default="0"),
        sa.Column("total", sa.Integer, nullable=False, server_default="0"),
        sa.Column("progressed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.UnicodeText),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("cancel", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("accept_deletions", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("plan", JSONB),
        sa.Column("counts", JSONB, nullable=False, server_default="{}"),
        sa.Column("outcome", sa.UnicodeText),
        sa.Column("message", sa.UnicodeText, nullable=False, server_default=""),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True)),
        sa.Column("finished", sa.DateTime(timezone=True)),
    )
    unfinished = sa.text("finished IS NULL")
    op.create_index(
        "herne_harvest_run_alone",
        "herne_harvest_run",
        ["source_id"],
        unique=True,
        postgresql_where=unfinished,
    )
    newest_first = ["source_id", sa.text("created DESC")]
    op.create_index("herne_harvest_run_by_source", "herne_harvest_run", newest_first)


def _create_record() -> None:
    op.create_table(
        "herne_harvest_record",
        sa.Column("source_id", sa.UnicodeText, primary_key=True),
        sa.Column("guid", sa.UnicodeText, primary_key=True),
        sa.Column("package_id", sa.UnicodeText),
        sa.Column("title", sa.UnicodeText, nullable=False, server_default=""),
        sa.Column("fingerprint", sa.UnicodeText, nullable=False, server_default=""),
        sa.Column("described", JSONB),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True)),
        sa.Column("missing_since", sa.DateTime(timezone=True)),
        sa.Column("held_by", sa.UnicodeText),
    )
    op.create_index("herne_harvest_record_by_guid", "herne_harvest_record", ["guid"])
    op.create_index("herne_harvest_record_by_package", "herne_harvest_record", ["package_id"])


def downgrade() -> None:
    """No tables. The next run of each source compares with its datasets anew."""
    for name in ("memory", "record", "run"):
        op.drop_table(f"herne_harvest_{name}")
