"""Who sees harvest sources, jobs, objects and logs; no link changes them. Each person at each door."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan import model
from ckan.config.middleware.flask_app import csrf
from ckan.lib import search
from ckan.tests import factories
from ckanext.harvest.model import (
    HarvestGatherError,
    HarvestJob,
    HarvestLog,
    HarvestObject,
    HarvestObjectError,
    HarvestSource,
)
from ckanext.herne.harvesters.catalogues.harvester import CatalogueHarvester

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "canary-3f1c"
"""Stands in the address, configuration, object and errors of each source: who meets it saw them."""
SYSTEM = {"ignore_auth": True}
PEOPLE = ("anonymous", "stranger", "member", "editor", "sysadmin")
INSIDERS = ("editor", "sysadmin")


@dataclass(frozen=True)
class Scene:
    """A portal with an active and a deleted source, each with a job, an object and errors."""

    app: Any
    tokens: dict[str, str]
    sources: dict[str, dict[str, str]]
    dataset: str

    def get(self, person: str, path: str) -> Any:
        return self.app.get(path, headers=self.headers(person), follow_redirects=False)

    def post(self, person: str, path: str, **data: Any) -> Any:
        return self.app.post(path, headers=self.headers(person), data=data, follow_redirects=False)

    def ask(self, person: str, action: str, **data: Any) -> Any:
        return self.app.post(f"/api/3/action/{action}", json=data, headers=self.headers(person))

    def headers(self, person: str) -> dict[str, str]:
        return {"Authorization": self.tokens[person]} if person in self.tokens else {}


def somebody() -> dict[str, Any]:
    """A context of the system administrator, so that activities are shown."""
    return SYSTEM | {"user": "leitung"}


def made_source(
    name: str, owner: str, dataset: str | None = None, kind: str = "herne_hits"
) -> dict[str, str]:
    """A source with a job in the database as ckanext-harvest leaves it."""
    data = {
        "name": name,
        "title": name,
        "url": f"https://{MARK}.example/{name}",
        "source_type": kind,
        "owner_org": owner,
        "config": json.dumps({"theme": "bevoelkerung", "dataset": MARK}),
        "frequency": "MANUAL",
    }
    made = tk.get_action("harvest_source_create")(somebody(), data)
    source = HarvestSource.get(made["id"])
    job = HarvestJob(source=source, status="Finished")
    job.save()
    entry = HarvestObject(
        guid=f"{name}-guid", job=job, content=f'{{"title": "{MARK}"}}', current=True, package_id=dataset
    )
    entry.save()
    HarvestGatherError.create(message=MARK, job=job)
    HarvestObjectError.create(message=MARK, object=entry, stage="Fetch")
    return {"id": source.id, "name": name, "job": job.id, "object": entry.id}


@pytest.fixture(scope="module")
def scene(portal: Any) -> Scene:
    own, other = factories.Organization(image_url=""), factories.Organization(image_url="")
    people = {name: factories.User(image_url="") for name in ("stranger", "member", "editor")}
    people["sysadmin"] = factories.Sysadmin(name="leitung", image_url="")
    for name, organization, role in (
        ("stranger", other, "admin"),
        ("member", own, "member"),
        ("editor", own, "editor"),
    ):
        member = {"id": organization["id"], "username": people[name]["name"], "role": role}
        tk.get_action("organization_member_create")(dict(SYSTEM), member)
    tokens = {
        name: tk.get_action("api_token_create")(dict(SYSTEM), {"user": user["id"], "name": "t"})["token"]
        for name, user in people.items()
    }
    described = {
        "title": "Harvested",
        "notes": "From elsewhere.",
        "name": "harvested",
        "owner_org": own["id"],
    }
    dataset = tk.get_action("package_create")(somebody(), described)
    sources = {
        "active": made_source("quelle-active", own["id"], dataset["id"]),
        "deleted": made_source("quelle-deleted", own["id"]),
    }
    tk.get_action("harvest_source_delete")(somebody(), {"id": sources["deleted"]["id"]})
    model.Session.add(HarvestLog(content=MARK, level="INFO"))
    model.Session.commit()
    search.rebuild(dataset["id"])
    return Scene(portal, tokens, sources, dataset["id"])


def questions(source: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Every action that tells something about a source, and what to ask it for this one."""
    mine = {
        "fq": f"+dataset_type:harvest +name:{source['name']}",
        "include_private": True,
        "include_drafts": True,
    }
    return {
        "harvest_source_show": {"id": source["id"]},
        "harvest_source_show_status": {"id": source["id"]},
        "harvest_source_list": {},
        "harvest_job_show": {"id": source["job"]},
        "harvest_job_report": {"id": source["job"]},
        "harvest_job_list": {"source_id": source["id"]},
        "harvest_object_show": {"id": source["object"]},
        "herne_harvest_report": {"id": source["job"]},
        "package_show": {"id": source["name"]},
        "package_search": mine,
        "package_autocomplete": {"q": source["name"]},
        "package_activity_list": {"id": source["id"], "include_data": True},
    }


NOT_OF_DELETED = ("package_autocomplete", "package_search")
"""The index holds nothing deleted."""


def tells(answer: Any, source: dict[str, str]) -> bool:
    """Whether an answer holds anything of the source that its editors alone may know."""
    result = json.dumps(answer.json.get("result")) if answer.is_json else answer.body
    words = (MARK, source["name"], source["job"], source["object"], '"job_count": 1')
    return answer.status_code == 200 and any(word in result for word in words)


@pytest.mark.parametrize("state", ["active", "deleted"])
@pytest.mark.parametrize("person", PEOPLE)
def test_actions_tell_editors_only(scene: Scene, person: str, state: str) -> None:
    source = scene.sources[state]
    for action, asked in questions(source).items():
        answer = scene.ask(person, action, **asked)
        assert answer.status_code in (200, 403, 404), action
        expected = person in INSIDERS and not (state == "deleted" and action in NOT_OF_DELETED)
        assert tells(answer, source) is expected, (action, answer.body[:500])


@pytest.mark.parametrize("person", PEOPLE)
def test_objects_are_found_by_other_ways_by_editors_only(scene: Scene, person: str) -> None:
    ways = (
        {"dataset_id": scene.dataset},
        {"id": "quelle-active-guid", "attr": "guid"},
        {"id": scene.dataset, "attr": "package_id"},
    )
    for way in ways:
        answer = scene.ask(person, "harvest_object_show", **way)
        assert (MARK in answer.body) is (person in INSIDERS), way
    answer = scene.ask(person, "harvest_object_list", source_id=scene.sources["active"]["id"])
    assert (scene.sources["active"]["object"] in answer.body) is (person in INSIDERS)


@pytest.mark.parametrize("person", PEOPLE)
def test_what_is_about_all_sources_is_for_sysadmins(scene: Scene, person: str) -> None:
    entry = scene.sources["active"]
    for action, word in (("harvest_log_list", MARK), ("harvest_object_list", entry["object"])):
        answer = scene.ask(person, action)
        assert (word in answer.body) is (person == "sysadmin")
    assert (entry["job"] in scene.ask(person, "harvest_job_list").body) is (person == "sysadmin")
    assert scene.ask(person, "harvest_abort_failed_jobs", life_span="7").status_code == (
        200 if person == "sysadmin" else 403
    )


@pytest.mark.parametrize("person", PEOPLE)
def test_lists_of_packages_name_no_source(scene: Scene, person: str) -> None:
    names = scene.ask(person, "package_list").json["result"]
    assert "harvested" in names
    assert not [name for name in names if name.startswith("quelle-")]


def test_a_purged_source_leaves_nothing_to_others(scene: Scene) -> None:
    made = made_source("quelle-purged", "stadt-herne")
    model.Package.get(made["id"]).purge()
    model.Session.commit()
    for person in ("anonymous", "stranger", "editor"):
        for action in ("harvest_object_show", "harvest_job_show", "harvest_source_show"):
            key = {"harvest_object_show": "object", "harvest_job_show": "job"}.get(action, "id")
            answer = scene.ask(person, action, id=made[key])
            assert answer.status_code in (403, 404)
            assert MARK not in answer.body


PAGES = (
    "/harvest",
    "/harvest/{name}",
    "/harvest/about/{name}",
    "/harvest/admin/{name}",
    "/harvest/edit/{name}",
    "/harvest/{name}/job",
    "/harvest/{name}/job/last",
    "/harvest/{name}/job/{job}",
    "/harvest/object/{object}",
    "/harvest/groups/{name}",
    "/dataset/{name}",
    "/dataset/{name}.jsonld",
    "/dataset?q=quelle&fq=dataset_type:harvest",
    "/dataset/activity/{name}",
)
SHOWN_TO_EDITORS = [page for page in PAGES[1:] if page.startswith("/harvest")]


@pytest.mark.parametrize("state", ["active", "deleted"])
@pytest.mark.parametrize("person", PEOPLE)
def test_pages_show_editors_only(scene: Scene, person: str, state: str) -> None:
    source = scene.sources[state]
    words = (MARK, source["job"], source["object"], f">{source['name']}<", f"/harvest/{source['name']}")
    for page in PAGES:
        answer = scene.get(person, page.format(**source))
        assert answer.status_code < 500, page
        if person not in INSIDERS:
            assert not [word for word in words if answer.status_code == 200 and word in answer.body], page
        elif page in SHOWN_TO_EDITORS:
            assert answer.status_code == 200, page


def test_a_dataset_names_the_title_of_its_source(scene: Scene) -> None:
    page = scene.get("anonymous", "/dataset/harvested")
    assert "quelle-active" in page.body
    assert MARK not in page.body


CHANGING = ("refresh/{id}", "clear/{id}", "delete/{id}", "delete/{id}?clear=true", "{name}/job/{job}/abort")


@pytest.mark.parametrize("person", PEOPLE)
def test_a_link_changes_nothing(scene: Scene, person: str) -> None:
    source = scene.sources["active"]
    before = state_of(source)
    for page in CHANGING:
        answer = scene.get(person, "/harvest/" + page.format(**source))
        assert answer.status_code == 405, page
        assert answer.headers["Allow"] == "POST"
    assert state_of(source) == before


@pytest.mark.parametrize("person", ["anonymous", "stranger", "member"])
def test_a_form_of_others_changes_nothing(scene: Scene, person: str) -> None:
    source = scene.sources["active"]
    before = state_of(source)
    for page in CHANGING:
        assert scene.post(person, "/harvest/" + page.format(**source)).status_code in (302, 403), page
    assert state_of(source) == before


def test_what_the_api_does_by_get_only_reads(scene: Scene) -> None:
    """Of all actions about harvests, ckanext-harvest's own included."""
    from ckan.logic import _actions

    by_get = {
        name
        for name, action in _actions.items()
        if "harvest" in name and getattr(action, "side_effect_free", False)
    }
    assert {name for name in by_get if not name.endswith(("_show", "_list", "_status", "_report"))} == {
        "herne_harvest_history",
        "herne_harvest_provenance",
    }


@pytest.mark.parametrize("action", ["harvest_source_reindex", "harvest_sources_reindex"])
def test_the_index_is_not_changed_by_get(scene: Scene, action: str) -> None:
    answer = scene.get("sysadmin", f"/api/3/action/{action}?id={scene.sources['active']['id']}")
    assert answer.status_code == 400


def test_editors_start_clear_and_delete_by_form(scene: Scene) -> None:
    organization = model.Package.get(scene.sources["active"]["id"]).owner_org
    made = made_source("quelle-formular", organization)
    assert scene.post("editor", f"/harvest/refresh/{made['id']}").status_code == 302
    assert state_of(made)["jobs"] == 2
    assert scene.post("editor", f"/harvest/{made['name']}/job/{made['job']}/abort").status_code == 403
    assert scene.post("sysadmin", f"/harvest/{made['name']}/job/{made['job']}/abort").status_code == 302
    assert scene.post("editor", f"/harvest/clear/{made['id']}").status_code == 302
    assert state_of(made)["jobs"] == 0
    assert scene.post("editor", f"/harvest/delete/{made['id']}").status_code == 302
    assert state_of(made)["state"] == "deleted"


@pytest.fixture
def leader(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system administrator logged in as a person, at a portal that wants its token with each form."""
    monkeypatch.setitem(scene.app.flask_app.config, "WTF_CSRF_ENABLED", True)
    # CKAN exempts a view for good once it was called with an API token, as the other tests do
    monkeypatch.setattr(csrf, "_exempt_views", set())
    person = factories.Sysadmin(password="ein langes Passwort", image_url="")
    form = BeautifulSoup(scene.app.get("/user/login").body, "html.parser").find(id="field-login")
    hidden = form.find_parent("form").find_all("input", type="hidden")
    login = {entry["name"]: entry["value"] for entry in hidden} | {"login": person["name"]}
    scene.app.post("/user/login", data=login | {"password": "ein langes Passwort"}, status=200)
    yield
    scene.app.get("/user/_logout", status=200)


def forms_of(page: Any) -> dict[str, str]:
    """Where the forms and buttons of a page send to, and the token they send with it."""
    found = {}
    for form in BeautifulSoup(page.body, "html.parser").find_all("form", method="post"):
        token = form.find("input", attrs={"name": "_csrf_token"})
        targets = [form.get("action"), *(entry["formaction"] for entry in form.select("[formaction]"))]
        found |= {target: token["value"] for target in targets if target and token}
    return found


@pytest.mark.usefixtures("leader")
@pytest.mark.parametrize("button", CHANGING)
def test_buttons_carry_a_token_and_nothing_changes_without(scene: Scene, button: str) -> None:
    made = made_source(f"quelle-{CHANGING.index(button)}", "stadt-herne")
    job = model.Session.get(HarvestJob, made["job"])
    job.status = "Running"
    job.save()
    pages = [scene.app.get(f"/harvest/{page}/{made['name']}") for page in ("admin", "edit")]
    shown = forms_of(pages[0]) | forms_of(pages[1])
    target, before = "/harvest/" + button.format(**made), state_of(made)
    assert scene.app.post(target, data={}, status=400)
    assert scene.app.post(target, data={"_csrf_token": "forged"}, status=400)
    assert state_of(made) == before
    scene.app.post(target, data={"_csrf_token": shown[target]}, status=302, follow_redirects=False)
    assert button.startswith("refresh") or state_of(made) != before


@pytest.mark.usefixtures("leader")
def test_a_call_with_an_api_token_leaves_the_form_protected(scene: Scene) -> None:
    """CKAN itself asks nobody for the token of a view any more once a program called it."""
    made = made_source("quelle-programm", "stadt-herne")
    program = factories.SysadminWithToken(image_url="")["token"]
    target = f"/harvest/clear/{made['id']}"
    stranger = scene.app.flask_app.test_client()
    assert stranger.post(target, headers={"Authorization": program}).status_code == 302
    before = state_of(made)
    scene.app.post(target, data={}, status=400)
    assert state_of(made) == before
    assert stranger.post(target, headers={"Authorization": program}).status_code == 302


def state_of(source: dict[str, str]) -> dict[str, Any]:
    model.Session.expire_all()
    jobs = model.Session.query(HarvestJob).filter_by(source_id=source["id"])
    package = model.Package.get(source["id"])
    return {"jobs": jobs.count(), "statuses": {job.status for job in jobs}, "state": package.state}


def test_a_harvester_that_cannot_run_here_is_refused_with_those_that_can(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(CatalogueHarvester, "source")
    with pytest.raises(tk.ValidationError) as refused:
        made_source("quelle-fremd", "stadt-herne", kind="herne_dcat")
    (said,) = refused.value.error_dict["source_type"]
    assert "herne_dcat" in said
    assert "herne_hits" in said
    assert model.Package.get("quelle-fremd") is None
