"""What the templates make of their values; CKAN reads the ini with ConfigParser, and so do these tests."""

from __future__ import annotations

import stat
import subprocess
import sys
from configparser import ConfigParser
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from herne_stack.configuration import (
    PLUGINS,
    Servers,
    Settings,
    database_url,
    redis_url,
    render_ini,
    solr_schema,
    write_ini,
)
from herne_stack.errors import StackError
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

SETTINGS = Settings(
    site_url="http://127.0.0.1:5000",
    servers=Servers(
        "postgresql://a/b", "postgresql://a/c", "postgresql://r/c", "redis://x", "http://s", "/d"
    ),
    session_key="session",
    csrf_key="csrf",
    api_token_key="token",
)
secrets = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)


def read(text: str) -> dict[str, str]:
    parser = ConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return dict(parser["app:main"])


@given(secrets, secrets, secrets)
def test_any_secret_survives_the_ini(session: str, csrf: str, token: str) -> None:
    ini = read(render_ini(replace(SETTINGS, session_key=session, csrf_key=csrf, api_token_key=token)))
    assert ini["SECRET_KEY"] == session
    assert ini["WTF_CSRF_SECRET_KEY"] == csrf
    assert ini["api_token.jwt.decode.secret"] == ini["api_token.jwt.encode.secret"] == f"string:{token}"


@given(st.text(min_size=1, max_size=30))
def test_any_password_survives_the_urls(password: str) -> None:
    assert make_url(database_url("ckan", password, "h", 1, "d")).password == password
    assert redis_url("", "h", 1).startswith("redis://h:1/")


def test_a_line_break_cannot_smuggle_in_an_option() -> None:
    with pytest.raises(StackError, match="line break"):
        render_ini(replace(SETTINGS, site_url="http://x\nckan.auth.anon_create_dataset = true"))


@pytest.mark.parametrize(
    ("url", "secure"), [("http://127.0.0.1:5000", "false"), ("https://opendata.herne.de", "true")]
)
def test_cookies_are_secure_behind_tls(url: str, secure: str) -> None:
    ini = read(render_ini(replace(SETTINGS, site_url=url)))
    assert ini["SESSION_COOKIE_SECURE"] == ini["REMEMBER_COOKIE_SECURE"] == secure


def test_safe_defaults() -> None:
    ini = read(render_ini(SETTINGS))
    assert ini["SESSION_TYPE"] == "redis"
    assert ini["SESSION_PERMANENT"] == "false"
    assert int(ini["PERMANENT_SESSION_LIFETIME"]) <= 24 * 3600
    assert ini["ckan.hide_version"] == "true"
    assert ini["ckan.gravatar_default"] == "disabled"
    assert ini["ckan.files.inline_content_types"] == ""
    for closed in (
        "public_user_details",
        "create_user_via_web",
        "create_user_via_api",
        "public_activity_stream_detail",
    ):
        assert ini[f"ckan.auth.{closed}"] == "false"
    assert ini["ckanext.herne.demo"] == ini["ckanext.herne.harvest.allow_private_addresses"] == "false"


def test_the_tests_run_with_the_same_plugins() -> None:
    parser = ConfigParser()
    parser.read(Path(__file__).parents[2] / "test.ini")
    assert tuple(parser["app:main"]["ckan.plugins"].split()) == PLUGINS
    ini = read(render_ini(SETTINGS))
    assert tuple(ini["ckan.plugins"].split()) == PLUGINS
    for option in ("scheming.dataset_schemas", "scheming.organization_schemas", "scheming.presets"):
        assert ini[option] == parser["app:main"][option]


def test_the_ini_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "ckan.ini"
    path.write_text("old")
    path.chmod(0o644)
    write_ini(SETTINGS, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_solr_schema_is_ckans_with_our_fields() -> None:
    schema = ElementTree.fromstring(solr_schema())
    fields = {field.get("name") for field in schema.iter("field")}
    assert {"id", "index_id", "metadata_modified", "spatial_geom", "text_de", "minx"} <= fields
    types = {kind.get("name") for kind in schema.find("types") or ()}
    assert {field.get("type") for field in schema.iter("field")} <= types
    assert schema.get("name", "").startswith("ckan-")


ENVIRONMENT = {
    "HERNE_SITE_URL": "https://opendata.herne.de",
    "HERNE_DATABASE_PASSWORD": "d",
    "HERNE_DATASTORE_READ_PASSWORD": "r",
    "HERNE_SESSION_KEY": "s",
    "HERNE_CSRF_KEY": "c",
}


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    settings = Settings.from_environment(ENVIRONMENT | {"HERNE_API_TOKEN_KEY_FILE": str(tmp_path / "key")})
    assert settings.api_token_key == "from a file"
    assert settings.servers.database_url == "postgresql://ckan:d@postgres:5432/ckan"
    assert not settings.demo


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(StackError, match="HERNE_API_TOKEN_KEY"):
        Settings.from_environment(ENVIRONMENT)


def test_render_writes_what_the_containers_need(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "herne_stack", "render", "--target", str(tmp_path / "out")]
    environ = ENVIRONMENT | {"HERNE_API_TOKEN_KEY": "t"}
    subprocess.run(command, env=environ, check=True, capture_output=True, timeout=60)
    assert read((tmp_path / "out/ckan.ini").read_text())["ckan.site_url"] == "https://opendata.herne.de"
    core = tmp_path / "out/solr/ckan"
    assert sorted(path.name for path in (core / "conf").iterdir()) == [
        "protwords.txt",
        "schema.xml",
        "solrconfig.xml",
        "synonyms.txt",
    ]
    refused = subprocess.run(
        command, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60
    )
    assert refused.returncode == 1
    assert "HERNE_API_TOKEN_KEY_FILE" in refused.stderr
