"""Two sources of one platform and domain, or of one list of workbooks and theme, bring one dataset."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckanext.harvest.model import HarvestObject, HarvestSource
from ckanext.herne.harvest.provenance import provenance
from ckanext.herne.harvesters.operations.addresses import normalised
from ckanext.herne.harvesters.operations.dataset import Identity
from ckanext.herne.harvesters.sensors.source import SensorSource
from herne_testing.runs import run
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harvesters.conftest import DemoServer

KINDS = {
    "herne_sensorthings": ("/sensorthings/v1.1", {"domain": "parking", "history_days": 1}),
    "herne_hits": ("/hits/", {"theme": "bevoelkerung"}),
}


@pytest.fixture
def make(site: dict[str, Any], demo: DemoServer) -> Callable[..., Any]:
    def made(kind: str, ending: str = "", **config: Any) -> Any:
        path, usual = KINDS[kind]
        name = f"q-{uuid4().hex[:8]}"
        data = {
            "name": name,
            "title": name,
            "url": f"{demo.url}{path}{ending}",
            "source_type": kind,
            "frequency": "MANUAL",
            "owner_org": "stadt-herne",
            "config": json.dumps({**usual, "dataset": f"d-{name}", "demo": True, **config}),
        }
        return HarvestSource.get(tk.get_action("harvest_source_create")(dict(site), data)["id"])

    return made


def count(resource_id: str) -> int:
    asked = {"resource_id": resource_id, "limit": 0}
    return int(tk.get_action("datastore_search")({"ignore_auth": True}, asked)["total"])


def counts(dataset: dict[str, Any]) -> dict[str, int]:
    """The number of rows of each table."""
    return {one["id"]: count(one["id"]) for one in dataset["resources"] if one.get("url_type") == "datastore"}


def brought(done: dict[str, Any]) -> dict[str, Any]:
    """The dataset with the tables; a series may come beside it."""
    (entry,) = [one for one in done["plan"]["create"] if one["rows"]]
    asked = {"id": entry["package_id"]}
    return dict(tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, asked))


def current_sources(package_id: str) -> set[str]:
    model.Session.rollback()
    found = model.Session.query(HarvestObject).filter_by(package_id=package_id, current=True)
    return {one.harvest_source_id for one in found}


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_keeps_it_until_another_has_priority_and_nothing_is_lost(
    make: Callable[..., Any], site: dict[str, Any], kind: str
) -> None:
    first = make(kind)
    stored = brought(run(first))
    rows = counts(stored)
    second = make(kind, ending="/" if kind == "herne_sensorthings" else "?")
    held = run(second)
    assert held["outcome"] == "ok"
    assert stored["id"] in [one["package_id"] for one in held["plan"]["held"]]
    assert first.title in held["plan"]["held"][0]["problem"]
    told = provenance(stored["id"])
    assert told is not None
    assert (told.source_id, told.also_at) == (first.id, (second.title,))

    mighty = make(kind, priority=5)
    done = run(mighty)
    assert done["errors"] == []
    assert done["plan"]["create"] == []
    assert current_sources(stored["id"]) == {mighty.id}
    after = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": stored["id"]})
    assert after["name"] == stored["name"]
    assert counts(after) == rows
    assert stored["id"] in [one["package_id"] for one in run(first)["plan"]["held"]]

    tk.get_action("harvest_source_delete")(dict(site), {"id": mighty.id})
    assert run(first)["plan"]["held"] == []
    assert current_sources(stored["id"]) == {first.id}
    part = json.loads(second.config).get("domain") or "bevoelkerung"
    assert model.Package.get(Identity.of(second.id, part).dataset_id) is None


def test_twins_that_both_have_a_dataset_keep_it_and_the_pages_say_so(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = "herne_sensorthings"
    first, second = make(kind), make(kind)
    with monkeypatch.context() as before_this_was_noticed:
        before_this_was_noticed.setattr(SensorSource, "sole", lambda _self, _url: None)
        datasets = [brought(run(one)) for one in (first, second)]
    assert datasets[0]["id"] != datasets[1]["id"]
    assert run(first)["plan"]["held"] == run(second)["plan"]["held"] == []
    told = provenance(datasets[0]["id"])
    assert told is not None
    assert told.twice_at == (second.title,)
    mighty = json.dumps({**json.loads(second.config), "priority": 1})
    second.config = mighty
    model.Session.commit()
    for _run in range(2):
        (held,) = run(first)["plan"]["held"]
        assert "no longer updated" in held["problem"] or "nicht mehr" in held["problem"]
    model.Session.expire_all()
    assert model.Package.get(datasets[0]["id"]).state == "active"


def test_another_domain_tenant_or_type_is_another_record(make: Callable[..., Any]) -> None:
    one = make("herne_sensorthings", headers={"Fiware-Service": "herne"})
    same = SensorSource.configured(one.config).sole(one.url)
    for change in ({"domain": "weather"}, {"headers": {}}, {"types": ["X"]}):
        config = json.dumps({**json.loads(one.config), **change})
        assert SensorSource.configured(config).sole(one.url) != same
    config = json.dumps({**json.loads(one.config), "headers": {"fiware-service": "herne"}})
    assert SensorSource.configured(config).sole(one.url + "/") == same


@pytest.mark.parametrize(
    "other",
    [
        "HTTP://Quelle.example/a",
        "http://quelle.example:80/a/",
        "http://quelle.example./a#x",
        " http://quelle.example/a",
    ],
)
def test_what_makes_no_difference_in_an_address(other: str) -> None:
    assert normalised(other) == normalised("http://quelle.example/a")
    assert normalised(other) != normalised("https://quelle.example/a")


@given(st.lists(st.tuples(st.text("ab", min_size=1), st.text("xy=&")), max_size=4), st.randoms())
def test_the_order_of_a_query_makes_no_difference(pairs: list[tuple[str, str]], order: Any) -> None:
    from urllib.parse import urlencode

    mixed = order.sample(pairs, len(pairs))
    assert normalised(f"http://q.example/?{urlencode(pairs)}") == normalised(
        f"http://q.example?{urlencode(mixed)}"
    )


@pytest.mark.parametrize("broken", ["http://[quelle", "http://quelle.example:abc/", ""])
def test_what_is_no_address_ends_no_run_of_another_source(broken: str) -> None:
    assert normalised(broken) == normalised(broken)
    assert normalised(broken) != normalised("http://quelle.example/")
