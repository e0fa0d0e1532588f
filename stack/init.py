"""CKAN's share of a start, in ONE process because loading CKAN takes seconds. Safe to repeat.

    python -m herne_stack.init [--tables-only | --rebuild-index]

Tables and plugin migrations, the DataStore's permissions (HERNE_SUPERUSER_URL names a PostgreSQL
superuser), then the administrator with an API token, the organization, the search index, and the feed.
Configuration comes from CKAN_INI. Values for the second half come from the environment too:
HERNE_ADMIN_PASSWORD_FILE, HERNE_ADMIN_TOKEN_FILE.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

import psycopg2
from herne_stack.configuration import DATABASE, DATABASE_USER, DATASTORE, DATASTORE_READER, ORGANIZATION
from herne_stack.home import write_private
from herne_stack.loading import load_ckan

log = logging.getLogger(__name__)

ADMIN = "admin"
TOKEN_NAME = "herne-stack"  # noqa: S105 - the token's name, not its value


def migrate() -> None:
    """CKAN's tables and those of every plugin, at their newest version."""
    from ckan.cli import db

    db._run_migrations("")
    db._migrate_plugins(apply=True)


def allow_datastore(superuser_url: str) -> None:
    """What the DataStore's reader and writer may do, as CKAN's own script says."""
    from ckanext.datastore.cli import permissions_sql

    script: str = permissions_sql(DATABASE, DATASTORE, DATABASE_USER, DATABASE_USER, DATASTORE_READER)
    statements = "\n".join(line for line in script.splitlines() if not line.startswith("\\connect"))
    connection = psycopg2.connect(superuser_url)
    connection.autocommit = True
    try:
        connection.cursor().execute(statements)
    finally:
        connection.close()


def ensure_admin(password: str) -> dict[str, Any]:
    """The administrator; a new one gets the password, an existing one keeps what a person has set."""
    from ckan import model
    from ckan.plugins import toolkit

    user = model.User.get(ADMIN)
    context = {"ignore_auth": True, "user": _site_user()}
    if user is None:
        toolkit.get_action("user_create")(
            context, {"name": ADMIN, "email": "admin@localhost.localdomain", "password": password}
        )
        user = model.User.get(ADMIN)
    if not user.sysadmin or user.state != "active":
        user.sysadmin, user.state = True, "active"
        model.repo.commit()
    return {"id": user.id, "name": user.name}


def ensure_token(path: Path) -> None:
    """A file with an API token of the administrator that works; made anew if the old one does not."""
    from ckan.lib import api_token
    from ckan.plugins import toolkit

    if path.exists():
        user = api_token.get_user_from_token(path.read_text("utf-8").strip(), update_access_time=False)
        if user is not None and user.name == ADMIN:
            return
    made = toolkit.get_action("api_token_create")(
        {"ignore_auth": True, "user": _site_user()}, {"user": ADMIN, "name": TOKEN_NAME}
    )
    write_private(path, made["token"] + "\n")


def ensure_organization() -> None:
    """The organization that owns datasets whose author names none."""
    from ckan import model
    from ckan.plugins import toolkit

    if model.Group.get(ORGANIZATION) is None:
        toolkit.get_action("organization_create")(
            {"ignore_auth": True, "user": ADMIN}, {"name": ORGANIZATION, "title": "Stadt Herne"}
        )


def ensure_index(*, rebuild_anyway: bool) -> None:
    """Rebuild the search index if it does not hold as many datasets as there are."""
    from ckan import model
    from ckan.lib.search import clear_all, make_connection, rebuild

    active = model.Session.query(model.Package).filter_by(state="active").count()
    indexed = make_connection().search("state:active", rows=0).hits
    if rebuild_anyway or indexed != active:
        log.warning("search index holds %s of %s datasets, rebuilding it", indexed, active)
        clear_all()
        rebuild()


def ensure_feed() -> None:
    """Build the feed if it was never built; have a job bring up to date what an update has made old.

    The first cannot wait: nothing is served before it is done.
    """
    from ckanext.herne.feed import check, jobs, rebuild

    faults = check.faults()
    if any(fault.kind == check.ABSENT for fault in faults):
        log.warning("the feed lacks datasets, building it")
        with rebuild.alone():
            for package_id, error in rebuild.prepared():
                if error is not None:
                    log.error("%s is not published: %s", package_id, error)
            rebuild.swap()
    elif faults:
        log.warning("%s entries of the feed are out of date, a job renews them", len(faults))
        jobs.enqueue(*(fault.package_id for fault in faults))


def _site_user() -> str:
    from ckan.plugins import toolkit

    name: str = toolkit.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return name


def main(arguments: list[str]) -> None:
    """Do what the module's docstring says; steps are printed as they finish."""
    app = load_ckan()
    migrate()
    if superuser_url := os.environ.pop("HERNE_SUPERUSER_URL", ""):
        allow_datastore(superuser_url)
    if "--tables-only" in arguments:
        return
    with app._wsgi_app.test_request_context():
        ensure_admin(Path(os.environ["HERNE_ADMIN_PASSWORD_FILE"]).read_text("utf-8").strip())
        ensure_token(Path(os.environ["HERNE_ADMIN_TOKEN_FILE"]))
        ensure_organization()
        ensure_index(rebuild_anyway="--rebuild-index" in arguments)
        ensure_feed()


if __name__ == "__main__":
    main(sys.argv[1:])
