"""What a newcomer gets from one command: harvested data, rows that are right, a feed that conforms."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
import requests
from herne_testing.needs import SHARED

if TYPE_CHECKING:
    from herne_testing.portal import Portal


def _harvested(portal: Portal) -> list[dict[str, Any]]:
    found = portal.result("package_search", fq="tags:demo", rows=100, include_private=False)
    return list(found["results"])


def test_status_names_every_service_and_where_it_listens(portal: Portal) -> None:
    status = portal.status()
    assert status["ready"] is True
    assert set(status["site"]) == {"url", "ini", "admin", "token_file"}
    assert {"postgres", "valkey", "solr", "web", "worker", "demo"} <= set(status["services"])
    for service in status["services"].values():
        assert set(service) == {"state", "pid", "url"}
        assert service["state"] == "running"
        assert service["pid"] > 1


def test_secrets_are_readable_by_their_owner_only(portal: Portal) -> None:
    site = portal.status()["site"]
    for path in (site["ini"], site["token_file"], str(portal.home / "secrets" / "admin-password")):
        mode = stat.S_IMODE(__import__("os").stat(path).st_mode)
        assert mode == 0o600, path


def test_up_says_what_it_harvested_and_that_the_feed_conforms(portal: Portal) -> None:
    assert portal.url in portal.said
    assert "datasets" in portal.said
    assert "rows" in portal.said
    assert "conforms" in portal.said


def test_the_demo_is_labelled_where_people_and_machines_meet_it(portal: Portal) -> None:
    datasets = _harvested(portal)
    assert len(datasets) >= 3
    for dataset in datasets:
        assert "erfunden" in dataset["title"]
        assert "erfunden" in dataset["notes"]
        assert all("erfunden" in resource["description"] for resource in dataset["resources"])


def test_a_dataset_with_title_and_description_only_is_open_and_complete(portal: Portal) -> None:
    created = portal.result("package_create", title="Straßenbäume", notes="Alle Bäume an Straßen.")
    try:
        shown = portal.result("package_show", id=created["id"])
        assert shown["license_id"] == "dl-de/zero-2.0"
        assert shown["private"] is False
        assert shown["organization"]["name"] == "stadt-herne"
        assert [agent["name"] for agent in shown["publisher"]] == ["Stadt Herne"]
    finally:
        portal.result("dataset_purge", id=created["id"])


def _hourly_means(base: str, datastream: int, unit_start: str, unit_end: str) -> dict[str, float]:
    """Independent of the harvester: full JSON, plain Python, arithmetic mean by UTC hour of the instants."""
    sums: dict[str, list[float]] = defaultdict(list)
    url: str | None = f"{base}/Datastreams({datastream})/Observations"
    parameters: dict[str, str] | None = {
        "$filter": f"phenomenonTime ge {unit_start} and phenomenonTime lt {unit_end}",
        "$orderby": "phenomenonTime asc",
        "$top": "500",
    }
    while url:
        answer = requests.get(url, params=parameters, timeout=30).json()
        parameters = None
        for observation in answer["value"]:
            if isinstance(observation["result"], int | float):
                sums[observation["phenomenonTime"][:13]].append(float(observation["result"]))
        url = answer.get("@iot.nextLink")
    return {hour: sum(values) / len(values) for hour, values in sums.items()}


def test_anonymous_readers_get_typed_keyed_documented_rows(portal: Portal) -> None:
    with_tables = [dataset for dataset in _harvested(portal) if dataset["type"] == "dataset"]
    assert len(with_tables) == 3
    for dataset in with_tables:
        resource = dataset["resources"][0]
        answer = portal.call("datastore_search", anonymous=True, resource_id=resource["id"], limit=5).json()
        assert answer["result"]["total"] > 0
        info = portal.call("datastore_info", anonymous=True, id=resource["id"]).json()["result"]
        assert all(field["info"]["label"] for field in info["fields"])
        assert any(field["schema"]["is_index"] for field in info["fields"])
        assert {field["type"] for field in info["fields"]} > {"text"}


def test_the_feed_passes_our_own_shapes_by_command(portal: Portal) -> None:
    done = portal.stack(
        "exec", "--", "ckan", "herne", "validate", "--format", "json", f"{portal.url}/catalog.ttl"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["conforms"] is True


@pytest.mark.needs("shared")
def test_the_feed_passes_the_official_shapes_without_a_warning(portal: Portal) -> None:
    judge = [sys.executable, str(SHARED / "conformance" / "check.py"), "--strict", "--warnings"]
    datasets = [f"{portal.url}/dataset/{dataset['id']}.ttl" for dataset in _harvested(portal)]
    done = subprocess.run(
        [*judge, f"{portal.url}/catalog.ttl", *datasets], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_stranger_learns_nothing_about_people_or_versions(portal: Portal) -> None:
    assert portal.call("user_list", anonymous=True).status_code == 403
    assert portal.call("user_show", anonymous=True, id=portal.admin).status_code in (403, 404)
    status = portal.call("status_show", anonymous=True).json()["result"]
    assert not status.get("ckan_version")
    home = requests.get(portal.url, timeout=30)
    assert "gravatar" not in home.text
    assert "gunicorn" not in home.headers.get("Server", "").lower()
    assert home.headers["X-Content-Type-Options"] == "nosniff"
