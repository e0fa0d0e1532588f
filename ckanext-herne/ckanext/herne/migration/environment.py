"""What Alembic's environment of each plugin does: own version table, in CKAN's database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import context
from sqlalchemy import engine_from_config, pool

if TYPE_CHECKING:
    from sqlalchemy import MetaData


def run(plugin: str, metadata: MetaData) -> None:
    """Run the migrations of `plugin`, or write their statements where Alembic is offline."""
    options = {"target_metadata": metadata, "version_table": f"{plugin}_alembic_version"}
    if context.is_offline_mode():
        url = context.config.get_main_option("sqlalchemy.url")
        context.configure(url=url, literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        return
    section = context.config.get_section(context.config.config_ini_section) or {}
    engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()
