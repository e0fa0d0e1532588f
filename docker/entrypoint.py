"""The first process of a portal container: writes ckan.ini from the environment, then becomes its role.

    entrypoint.py init | web | worker | harvester | COMMAND ...

`init` makes roles, databases, tables, the administrator and the organization, and ends; it is safe to
repeat, and the other roles wait for it. Any other word is run as a command, e.g. `ckan user list`.
The variables are those of herne_stack.configuration.Settings.from_environment.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from herne_stack import databases
from herne_stack.configuration import DATASTORE, Settings, database_url, write_ini

PYTHON = (sys.executable, "-m")
GUNICORN = ("gunicorn", "--config", "python:herne_stack.gunicorn_conf", "herne_stack.wsgi:application")
ROLES = {
    "init": (*PYTHON, "herne_stack.init"),
    "web": (*PYTHON, *GUNICORN),
    "worker": (*PYTHON, "herne_stack.worker"),
    "harvester": (*PYTHON, "herne_stack.harvester"),
}


def _secret(name: str) -> str:
    return Path(os.environ[f"{name}_FILE"]).read_text("utf-8").strip()


def prepare_databases() -> None:
    """Roles and databases, as PostgreSQL's superuser; tells `init` where that superuser is."""
    import psycopg2

    host = os.environ.get("HERNE_DATABASE_HOST", "postgres")
    port = int(os.environ.get("HERNE_DATABASE_PORT", "5432"))
    password = _secret("HERNE_POSTGRES_PASSWORD")
    connection = psycopg2.connect(database_url("postgres", password, host, port, "postgres"))
    connection.autocommit = True
    try:
        owner, reader = _secret("HERNE_DATABASE_PASSWORD"), _secret("HERNE_DATASTORE_READ_PASSWORD")
        databases.ensure(connection, owner, reader)
    finally:
        connection.close()
    os.environ["HERNE_SUPERUSER_URL"] = database_url("postgres", password, host, port, DATASTORE)


def main() -> None:
    """Never returns: the process is replaced by its role."""
    role = sys.argv[1] if len(sys.argv) > 1 else "web"
    write_ini(Settings.from_environment(os.environ), Path(os.environ["CKAN_INI"]))
    if role == "init":
        prepare_databases()
    command = ROLES.get(role, tuple(sys.argv[1:]))
    os.execvp(command[0], command)  # noqa: S606 - a role's own command, or what the operator typed


if __name__ == "__main__":
    main()
