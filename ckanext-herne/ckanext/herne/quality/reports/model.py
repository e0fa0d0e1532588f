"""The tables of stored reports. They are made by the migrations of the plugin `herne_quality`.

Their metadata is not CKAN's own, so that CKAN neither creates nor compares them. Rows go with their package:
the database deletes them when it is purged.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

# One row per package: the current report.
report_table = sa.Table(
    "herne_quality_report",
    metadata,
    sa.Column("package_id", sa.UnicodeText, primary_key=True),
    sa.Column("uri", sa.UnicodeText, nullable=False),
    sa.Column("checked", sa.DateTime(timezone=True), nullable=False),
    sa.Column("package_modified", sa.DateTime, nullable=False),  # UTC, as CKAN's metadata_modified
    sa.Column("fingerprint", sa.UnicodeText, nullable=False),
    sa.Column("engine", sa.UnicodeText, nullable=False),
    sa.Column("shapes_version", sa.UnicodeText, nullable=False),
    sa.Column("conforms", sa.Boolean, nullable=False),
    sa.Column("violations", sa.Integer, nullable=False),
    sa.Column("warnings", sa.Integer, nullable=False),
    sa.Column("infos", sa.Integer, nullable=False),
    sa.Column("mqa_points", sa.Integer),
    sa.Column("report", JSONB, nullable=False),  # as formats.as_dict gives it
    sa.Column("mqa", JSONB),  # as Score.as_dict gives it
)

# One row per change of a package's verdict.
history_table = sa.Table(
    "herne_quality_history",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("package_id", sa.UnicodeText, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("conforms", sa.Boolean, nullable=False),
    sa.Column("violations", sa.Integer, nullable=False),
    sa.Column("warnings", sa.Integer, nullable=False),
    sa.Column("infos", sa.Integer, nullable=False),
    sa.Column("mqa_points", sa.Integer),
)
