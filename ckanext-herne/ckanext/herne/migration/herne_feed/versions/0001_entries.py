"""What the catalogue serves: an entry and texts per package, the same in waiting, and the log of changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0001_entries"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("entry", "fragment", "staged_entry", "staged_fragment", "change")


def upgrade() -> None:
    """No row goes with its package: purging one has to leave its trace in the log of changes."""
    op.create_table(
        "herne_feed_entry",
        *_described(),
        sa.Column("position", sa.Integer, unique=True),
        sa.Column("owner_position", sa.Integer),
        sa.Column("published", sa.DateTime(timezone=True)),
        sa.Column("held_since", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("owner_org", "owner_position"),
    )
    op.create_index("herne_feed_entry_by_uri", "herne_feed_entry", ["uri"])
    op.create_index("herne_feed_entry_by_reference", "herne_feed_entry", ["refers"], postgresql_using="gin")
    op.create_table(
        "herne_feed_staged_entry", *_described(), sa.Column("is_good", sa.Boolean, nullable=False)
    )
    op.create_table("herne_feed_fragment", *_texts())
    op.create_table("herne_feed_staged_fragment", *_texts())
    op.create_table(
        "herne_feed_change",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("package_id", sa.UnicodeText, nullable=False),
        sa.Column("uri", sa.UnicodeText, nullable=False),
        sa.Column("kind", sa.UnicodeText, nullable=False),
        sa.Column("replaced_by", sa.UnicodeText),
    )
    op.create_index("herne_feed_change_by_package", "herne_feed_change", ["package_id", "id"])


def downgrade() -> None:
    """No tables; `ckan herne feed rebuild` fills new ones, with new positions. The log of changes is gone."""
    for name in reversed(TABLES):
        op.drop_table(f"herne_feed_{name}")


def _described() -> list[sa.Column]:
    return [
        sa.Column("package_id", sa.UnicodeText, primary_key=True),
        sa.Column("uri", sa.UnicodeText, nullable=False),
        sa.Column("record_uri", sa.UnicodeText, nullable=False),
        sa.Column("kind", sa.UnicodeText, nullable=False),
        sa.Column("owner_org", sa.UnicodeText, nullable=False),
        sa.Column("refers", ARRAY(sa.UnicodeText), nullable=False),
        sa.Column("has_tables", sa.Boolean, nullable=False),
        sa.Column("package_modified", sa.DateTime, nullable=False),
        sa.Column("layout", sa.UnicodeText, nullable=False),
    ]


def _texts() -> list[sa.Column]:
    return [
        sa.Column("package_id", sa.UnicodeText, primary_key=True),
        sa.Column("syntax", sa.UnicodeText, primary_key=True),
        sa.Column("content", sa.UnicodeText, nullable=False),
        sa.Column("beside", sa.UnicodeText, nullable=False),
        sa.Column("digest", sa.UnicodeText, nullable=False),
    ]
