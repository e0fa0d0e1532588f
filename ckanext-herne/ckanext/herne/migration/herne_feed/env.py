"""Alembic's environment for the tables of the plugin `herne_feed`: own version table, CKAN's database."""

from __future__ import annotations

from alembic import context
from ckanext.herne.feed.model import metadata
from sqlalchemy import engine_from_config, pool

OPTIONS = {"target_metadata": metadata, "version_table": "herne_feed_alembic_version"}


def run_offline() -> None:
    """Write the statements instead of running them."""
    context.configure(url=context.config.get_main_option("sqlalchemy.url"), literal_binds=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run the statements in CKAN's database."""
    section = context.config.get_section(context.config.config_ini_section) or {}
    engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, **OPTIONS)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
