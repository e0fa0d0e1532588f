"""The containers' settings fit the templates they share with herne-stack. Containers are not started here."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from herne_stack.configuration import PLUGINS, Settings, render_ini

DOCKER = Path(__file__).parents[2] / "docker"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text("utf-8"))
    return content


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the script of the manual writes."""
    place = tmp_path_factory.mktemp("docker")
    script = shutil.copy(DOCKER / "make-secrets.sh", place)
    subprocess.run([script], check=True, capture_output=True)
    first = {path.name: path.read_text() for path in (place / "secrets").iterdir()}
    subprocess.run([script], check=True, capture_output=True)
    assert {path.name: path.read_text() for path in (place / "secrets").iterdir()} == first
    return place / "secrets"


def test_every_secret_a_service_asks_for_is_made_once_and_closed(
    compose: dict[str, Any], secrets: Path
) -> None:
    asked = {name for service in compose["services"].values() for name in service.get("secrets", [])}
    assert asked == {path.name for path in secrets.iterdir()} == set(compose["secrets"])
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700


@pytest.mark.parametrize("role", ["init", "web", "worker", "harvester"])
def test_a_role_gets_a_whole_ckan_ini(compose: dict[str, Any], secrets: Path, role: str) -> None:
    service = compose["services"][role]
    environ = {
        name: str(value).replace("/run/secrets", str(secrets))
        for name, value in service["environment"].items()
    }
    environ["HERNE_SITE_URL"] = "https://opendata.example"
    ini = render_ini(Settings.from_environment(environ))
    assert all(plugin in ini for plugin in PLUGINS)
    assert "@postgres:5432/ckan" in ini
    assert "SESSION_COOKIE_SECURE = true" in ini
    assert all((secrets / name).read_text().strip() in ini for name in ("session-key", "csrf-key", "valkey"))


def test_only_the_web_server_is_published_and_on_loopback(compose: dict[str, Any]) -> None:
    published = {
        name: service["ports"] for name, service in compose["services"].items() if "ports" in service
    }
    assert list(published) == ["web"]
    assert published["web"] == ["${HERNE_BIND:-127.0.0.1}:${HERNE_PORT:-5000}:5000"]
    assert compose["networks"]["inner"]["internal"] is True


def test_compose_itself_accepts_the_file() -> None:
    probe = ["docker", "compose", "version"]
    if not shutil.which("docker") or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not here")
    checked = subprocess.run(
        ["docker", "compose", "-f", str(DOCKER / "compose.yaml"), "config", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
