"""The tables of what the catalogue serves. They are made by the migrations of the plugin `herne_feed`.

Their metadata is not CKAN's own, so that CKAN neither creates nor compares them. No row is bound to its
package: purging one leaves its trace in the log of changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

metadata = sa.MetaData()


def _described() -> list[sa.Column[sa.types.TypeEngine]]:
    return [
        sa.Column("package_id", sa.UnicodeText, primary_key=True),
        sa.Column("uri", sa.UnicodeText, nullable=False),
        sa.Column("record_uri", sa.UnicodeText, nullable=False),
        sa.Column("kind", sa.UnicodeText, nullable=False),  # the catalogue's link to it: dataset or service
        sa.Column("owner_org", sa.UnicodeText, nullable=False),
        sa.Column("refers", ARRAY(sa.UnicodeText), nullable=False),  # URIs of all packages that it names
        sa.Column("has_tables", sa.Boolean, nullable=False),
        sa.Column("package_modified", sa.DateTime, nullable=False),  # UTC, as CKAN's metadata_modified
        sa.Column("layout", sa.UnicodeText, nullable=False),
    ]


def _texts() -> list[sa.Column[sa.types.TypeEngine]]:
    return [
        sa.Column("package_id", sa.UnicodeText, primary_key=True),
        sa.Column("syntax", sa.UnicodeText, primary_key=True),
        sa.Column("content", sa.UnicodeText, nullable=False),
        sa.Column("beside", sa.UnicodeText, nullable=False),
        sa.Column("digest", sa.UnicodeText, nullable=False),
    ]


# One row per package that is or was to be served. Positions are empty until there is a first good version;
# they count from 1, without gaps when given, and stay. `package_modified` and `layout` belong to the version
# judged last, `published` to the one served; they differ while the entry is held.
entry_table = sa.Table(
    "herne_feed_entry",
    metadata,
    *_described(),
    sa.Column("position", sa.Integer, unique=True),
    sa.Column("owner_position", sa.Integer),
    sa.Column("published", sa.DateTime(timezone=True)),
    sa.Column("held_since", sa.DateTime(timezone=True)),
    sa.UniqueConstraint("owner_org", "owner_position"),
)

# The texts that are served, and versions that wait to be: see store.apply.
fragment_table = sa.Table("herne_feed_fragment", metadata, *_texts())
staged_entry_table = sa.Table(
    "herne_feed_staged_entry", metadata, *_described(), sa.Column("is_good", sa.Boolean, nullable=False)
)
staged_fragment_table = sa.Table("herne_feed_staged_fragment", metadata, *_texts())

# What happened to what is served, in the order in which it became visible.
change_table = sa.Table(
    "herne_feed_change",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("package_id", sa.UnicodeText, nullable=False),
    sa.Column("uri", sa.UnicodeText, nullable=False),
    sa.Column("kind", sa.UnicodeText, nullable=False),  # created, changed or withdrawn
    sa.Column("replaced_by", sa.UnicodeText),
)
