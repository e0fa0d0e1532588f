"""Stored quality reports and the history of their verdicts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001_reports"
down_revision = None
branch_labels = None
depends_on = None

OF_PACKAGE = ("package.id",)


def upgrade() -> None:
    """Both tables; their rows go with the package."""
    op.create_table(
        "herne_quality_report",
        sa.Column(
            "package_id",
            sa.UnicodeText,
            sa.ForeignKey(*OF_PACKAGE, onupdate="CASCADE", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("uri", sa.UnicodeText, nullable=False),
        sa.Column("checked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("package_modified", sa.DateTime, nullable=False),
        sa.Column("fingerprint", sa.UnicodeText, nullable=False),
        sa.Column("engine", sa.UnicodeText, nullable=False),
        sa.Column("shapes_version", sa.UnicodeText, nullable=False),
        *_verdict(),
        sa.Column("report", JSONB, nullable=False),
        sa.Column("mqa", JSONB),
    )
    op.create_table(
        "herne_quality_history",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column(
            "package_id",
            sa.UnicodeText,
            sa.ForeignKey(*OF_PACKAGE, onupdate="CASCADE", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_verdict(),
    )
    op.create_index("herne_quality_history_by_package", "herne_quality_history", ["package_id", "id"])


def downgrade() -> None:
    """No tables; `ckan herne reports refresh` writes the reports anew, the history is gone."""
    op.drop_table("herne_quality_history")
    op.drop_table("herne_quality_report")


def _verdict() -> list[sa.Column]:
    return [
        sa.Column("conforms", sa.Boolean, nullable=False),
        sa.Column("violations", sa.Integer, nullable=False),
        sa.Column("warnings", sa.Integer, nullable=False),
        sa.Column("infos", sa.Integer, nullable=False),
        sa.Column("mqa_points", sa.Integer),
    ]
