"""The tables of the harvest beside ckanext-harvest's own. They are made by the migrations of `herne_harvest`.

Their metadata is not CKAN's own, so that CKAN neither creates nor compares them. Times are with a zone; those
of ckanext-harvest's tables are UTC without one.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

# One row per harvest job: how far it is, who works on it until when, and what came of it. `kind` is "plan"
# for a dry run. A run whose `lease_until` has passed has lost its worker; another takes it up.
run_table = sa.Table(
    "herne_harvest_run",
    metadata,
    sa.Column("job_id", sa.UnicodeText, primary_key=True),
    sa.Column("source_id", sa.UnicodeText, nullable=False),
    sa.Column("kind", sa.UnicodeText, nullable=False),  # run or plan
    sa.Column("stage", sa.UnicodeText, nullable=False),  # queued, discover, fetch, plan, apply or done
    sa.Column("done", sa.Integer, nullable=False, server_default="0"),  # of the stage's steps
    sa.Column("total", sa.Integer, nullable=False, server_default="0"),
    sa.Column("progressed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("worker", sa.UnicodeText),
    sa.Column("lease_until", sa.DateTime(timezone=True)),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("cancel", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("accept_deletions", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("plan", JSONB),
    sa.Column("counts", JSONB, nullable=False, server_default="{}"),
    sa.Column("outcome", sa.UnicodeText),  # ok, partial, asks, failed, cancelled or stalled
    sa.Column("message", sa.UnicodeText, nullable=False, server_default=""),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Column("started", sa.DateTime(timezone=True)),
    sa.Column("finished", sa.DateTime(timezone=True)),
)
sa.Index(
    "herne_harvest_run_alone",
    run_table.c.source_id,
    unique=True,
    postgresql_where=run_table.c.finished.is_(None),
)
sa.Index("herne_harvest_run_by_source", run_table.c.source_id, run_table.c.created.desc())

# What a source brought: its records by the name they have there. `described` is what it said of the dataset
# when that was last applied, `fingerprint` tells without comparing whether it says something else now.
record_table = sa.Table(
    "herne_harvest_record",
    metadata,
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
    sa.Column("held_by", sa.UnicodeText),  # the source that brings the same record and has priority
)
sa.Index("herne_harvest_record_by_guid", record_table.c.guid)
sa.Index("herne_harvest_record_by_package", record_table.c.package_id)

# What is kept per source from one run to the next: `memory` lets a run skip what has not changed.
memory_table = sa.Table(
    "herne_harvest_memory",
    metadata,
    sa.Column("source_id", sa.UnicodeText, primary_key=True),
    sa.Column("memory", JSONB, nullable=False, server_default="{}"),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("last_success", sa.DateTime(timezone=True)),
    sa.Column("failing_since", sa.DateTime(timezone=True)),
    sa.Column("told", sa.UnicodeText),  # the state of health the last mail told of
    sa.Column("last_digest", sa.DateTime(timezone=True)),
)
