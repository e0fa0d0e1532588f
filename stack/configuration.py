"""The one truth of the portal's configuration: what the templates say, filled with the values of a place.

`herne-stack` fills them from a home; the containers in docker/ from environment variables and secret
files (`Settings.from_environment`, command `herne-stack render`). Both get the same ckan.ini and the
same Solr configset.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree

from herne_stack.errors import StackError
from herne_stack.home import write_private
from herne_stack.options import read_options, with_options
from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Mapping

# The order decides whose templates win and which validator is found first.
PLUGINS = (
    "herne",
    "herne_quality",
    "herne_feed",
    "herne_harvest",
    "herne_sensorthings",
    "herne_hits",
    "herne_dcat",
    "scheming_datasets",
    "scheming_organizations",
    "harvest",
    "dcat",
    "datastore",
    "datatables_view",
    "spatial_metadata",
    "spatial_query",
    "activity",
)
ORGANIZATION = "stadt-herne"
DATABASE = "ckan"
DATABASE_USER = "ckan"
DATASTORE = "datastore"
DATASTORE_READER = "datastore_ro"
# seconds; longer than any blocking wait of the workers, short enough to notice a dead server
REDIS_TIMEOUT = 60


def database_url(user: str, password: str, host: str, port: int, name: str) -> str:
    """A SQLAlchemy URL; the password may hold any character."""
    return f"postgresql://{user}:{quote(password, safe='')}@{host}:{port}/{name}"


def redis_url(password: str, host: str, port: int, database: int = 1) -> str:
    """CKAN's Redis URL. redis-py 8 would give up on an idle queue after 5 s without `socket_timeout`."""
    secret = f":{quote(password, safe='')}@" if password else ""
    return f"redis://{secret}{host}:{port}/{database}?socket_timeout={REDIS_TIMEOUT}"


@dataclass(frozen=True)
class Servers:
    """The addresses of the three servers below CKAN, with their credentials."""

    database_url: str
    datastore_write_url: str
    datastore_read_url: str
    redis_url: str
    solr_url: str
    storage_path: str

    def environ(self) -> dict[str, str]:
        """The same as the CKAN_* variables that override an ini file."""
        return {
            "CKAN_SQLALCHEMY_URL": self.database_url,
            "CKAN_DATASTORE_WRITE_URL": self.datastore_write_url,
            "CKAN_DATASTORE_READ_URL": self.datastore_read_url,
            "CKAN_REDIS_URL": self.redis_url,
            "CKAN_SOLR_URL": self.solr_url,
            "CKAN_STORAGE_PATH": self.storage_path,
        }


@dataclass(frozen=True)
class Settings:
    """Everything that differs between two portals. `demo` says that invented data may be in this one.

    `options` are CKAN's, as the operator sets them.
    """

    site_url: str
    servers: Servers
    session_key: str
    csrf_key: str
    api_token_key: str
    site_id: str = "herne"
    demo: bool = False
    plugins: tuple[str, ...] = PLUGINS
    organization: str = ORGANIZATION
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Settings from variables; a secret X may stand in a file that X_FILE names.

        Needed: HERNE_SITE_URL, HERNE_DATABASE_PASSWORD, HERNE_DATASTORE_READ_PASSWORD,
        HERNE_SESSION_KEY, HERNE_CSRF_KEY, HERNE_API_TOKEN_KEY.
        Optional: HERNE_DATABASE_HOST (postgres), HERNE_DATABASE_PORT (5432), HERNE_VALKEY_HOST (valkey),
        HERNE_VALKEY_PORT (6379), HERNE_VALKEY_PASSWORD, HERNE_SOLR_URL (http://solr:8983/solr/ckan),
        HERNE_STORAGE_PATH (/var/lib/ckan), HERNE_DEMO (false), HERNE_OPTIONS (a file with CKAN's options).
        Raises StackError for a value that is needed and missing.
        """
        return cls(
            site_url=_value(environ, "HERNE_SITE_URL"),
            servers=_servers_from_environment(environ),
            session_key=_value(environ, "HERNE_SESSION_KEY"),
            csrf_key=_value(environ, "HERNE_CSRF_KEY"),
            api_token_key=_value(environ, "HERNE_API_TOKEN_KEY"),
            demo=_value(environ, "HERNE_DEMO", "false").lower() in ("1", "true", "yes", "on"),
            options=read_options(Path(environ["HERNE_OPTIONS"])) if environ.get("HERNE_OPTIONS") else {},
        )


def _servers_from_environment(environ: Mapping[str, str]) -> Servers:
    host = _value(environ, "HERNE_DATABASE_HOST", "postgres")
    port = int(_value(environ, "HERNE_DATABASE_PORT", "5432"))
    password = _value(environ, "HERNE_DATABASE_PASSWORD")
    reader = _value(environ, "HERNE_DATASTORE_READ_PASSWORD")
    return Servers(
        database_url=database_url(DATABASE_USER, password, host, port, DATABASE),
        datastore_write_url=database_url(DATABASE_USER, password, host, port, DATASTORE),
        datastore_read_url=database_url(DATASTORE_READER, reader, host, port, DATASTORE),
        redis_url=redis_url(
            _value(environ, "HERNE_VALKEY_PASSWORD", ""),
            _value(environ, "HERNE_VALKEY_HOST", "valkey"),
            int(_value(environ, "HERNE_VALKEY_PORT", "6379")),
        ),
        solr_url=_value(environ, "HERNE_SOLR_URL", "http://solr:8983/solr/ckan"),
        storage_path=_value(environ, "HERNE_STORAGE_PATH", "/var/lib/ckan"),
    )


def _value(environ: Mapping[str, str], name: str, default: str | None = None) -> str:
    file = environ.get(f"{name}_FILE")
    if file:
        return Path(file).read_text("utf-8").strip()
    value = environ.get(name, default)
    if value is None:
        raise StackError(
            f"The setting {name} is missing.",
            "environment",
            f"Set {name}, or {name}_FILE to a file that holds it.",
        )
    return value


def render_template(name: str, **values: Any) -> str:
    """A template of herne_stack/templates with its values; a missing value is an error."""
    # what is rendered are ini and conf files, not HTML
    environment = Environment(  # noqa: S701
        loader=PackageLoader("herne_stack"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["ini"] = _ini_value
    return environment.get_template(name).render(**values)


def _ini_value(value: str) -> str:
    """A value as ConfigParser reads it back: `%` doubled, and on one line."""
    if "\n" in value or "\r" in value:
        raise StackError("A setting contains a line break.", repr(value[:20]), "Put it on one line.")
    return value.replace("%", "%%")


def render_ini(settings: Settings) -> str:
    """The text of ckan.ini."""
    servers = settings.servers
    text = render_template(
        "ckan.ini.j2",
        site_url=settings.site_url.rstrip("/"),
        site_id=settings.site_id,
        database_url=servers.database_url,
        datastore_write_url=servers.datastore_write_url,
        datastore_read_url=servers.datastore_read_url,
        redis_url=servers.redis_url,
        solr_url=servers.solr_url,
        storage_path=servers.storage_path,
        session_key=settings.session_key,
        csrf_key=settings.csrf_key,
        api_token_key=settings.api_token_key,
        secure=str(settings.site_url.startswith("https://")).lower(),
        demo=str(settings.demo).lower(),
        plugins=settings.plugins,
        organization=settings.organization,
    )
    return with_options(text, settings.options)


def write_ini(settings: Settings, path: Path) -> None:
    """Write ckan.ini, readable by its owner only."""
    write_private(path, render_ini(settings))


def write_solr_core(folder: Path) -> None:
    """Write the Solr core `ckan` (core.properties and conf/) below `folder`; an index in it is kept."""
    conf = folder / "ckan" / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    (folder / "ckan" / "core.properties").write_text("name=ckan\n", "utf-8")
    (conf / "schema.xml").write_text(solr_schema(), "utf-8")
    (conf / "solrconfig.xml").write_text(solr_resource("solrconfig.xml"), "utf-8")
    for name in ("synonyms.txt", "protwords.txt"):  # CKAN's schema names them
        (conf / name).touch()


def solr_resource(name: str) -> str:
    """A file of herne_stack/solr."""
    return resources.files("herne_stack.solr").joinpath(name).read_text("utf-8")


def solr_schema() -> str:
    """CKAN's own schema.xml with the portal's fields, so that a CKAN update brings its schema along."""
    origin = ckan_folder() / "config" / "solr" / "schema.xml"
    schema = ElementTree.fromstring(origin.read_bytes())  # noqa: S314 - a file of the installed package
    additions = ElementTree.fromstring(solr_resource("schema-additions.xml"))  # noqa: S314 - our own file
    for part in ("types", "fields"):
        target = schema.find(part)
        if target is None:
            raise StackError(f"CKAN's Solr schema has no <{part}>.", str(origin), "Install CKAN 2.12.")
        target.extend(additions.findall(f"{part}/*"))
    schema.extend(additions.findall("copies/*"))
    return ElementTree.tostring(schema, encoding="unicode", xml_declaration=True)


def ckan_folder() -> Path:
    """Where CKAN is installed, without importing it (that takes seconds)."""
    spec = find_spec("ckan")
    if spec is None or not spec.submodule_search_locations:
        raise StackError("CKAN is not installed.", sys.prefix, "Install requirements.lock here.")
    return Path(spec.submodule_search_locations[0])
