"""The addresses behind form, tab and badge: who may ask, what bad input does, what nobody learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from ckan import model
from ckan.config.middleware.flask_app import csrf
from ckan.tests import factories
from ckanext.herne.quality.reports import actions
from herne_testing.browser import Browser, controls

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("portal")
FILE = {"url": "https://example.org/a.csv", "format": "CSV", "name": "A"}


class World:
    """Two organizations with an editor each, a sysadmin, and a stranger."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.stranger = Browser(app)
        self.admin = Browser(app, factories.SysadminWithToken(image_url="")["token"])
        self.a, self.b = (self.organization(name) for name in ("amt-a", "amt-b"))

    def organization(self, name: str) -> Browser:
        user = factories.UserWithToken(image_url="")
        members = [{"name": user["name"], "capacity": "editor"}]
        factories.Organization(name=name, title=name.upper(), image_url="", users=members)
        return Browser(self.app, user["token"])

    def package(self, **fields: Any) -> dict[str, Any]:
        given = {"title": "Datensatz", "notes": "Probe.", "owner_org": "amt-b", **fields}
        created: dict[str, Any] = self.admin.call("package_create", **given)
        return created


@pytest.fixture(scope="module")
def people(portal: Any) -> World:
    return World(portal)


@pytest.fixture
def world(people: World) -> Iterator[World]:
    yield people
    model.Session.rollback()
    for package in model.Session.query(model.Package).filter_by(state="active").all():
        people.admin.call("dataset_purge", id=package.id)


def check(who: Browser, path: str, status: int = 200, **sent: Any) -> BeautifulSoup:
    """What the address of a form answers to these fields."""
    answer = who.app.post(f"/quality/check/{path}", data=sent, headers=who.headers, status=status)
    return BeautifulSoup(answer.body, "html.parser")


def notes(answer: BeautifulSoup, kind: str) -> str:
    found = answer.find(class_=f"herne-notes-{kind}")
    return " ".join(found.get_text(" ").split()) if found else ""


def form_of(who: Browser, path: str) -> dict[str, Any]:
    """All that a browser would send for the form of a page."""
    return controls(who.page(path).find("form", class_="herne-form"))


# Who may ask


def test_only_who_may_save_is_answered(world: World) -> None:
    dataset = world.package(resources=[FILE])
    for path in ("dataset", f"dataset/{dataset['id']}", f"dataset/{dataset['id']}/resource"):
        assert not check(world.stranger, path, 403, title="T").text
    for path in (f"dataset/{dataset['id']}", f"dataset/{dataset['id']}/resource"):
        assert not check(world.a, path, 403, title="T").text
        assert check(world.b, path, title="T", notes="N").find(attrs={"data-herne-summary": True})


def test_a_new_draft_for_a_foreign_organization_is_refused(world: World) -> None:
    organization = model.Group.get("amt-b").id
    check(world.a, "dataset", 403, title="T", notes="N", owner_org=organization)
    check(world.b, "dataset", 200, title="T", notes="N", owner_org=organization)


def test_what_is_not_there_is_not_found(world: World) -> None:
    check(world.b, "dataset/nirgends", 404, title="T")
    check(world.b, "dataset/nirgends/resource", 404, url="https://example.org")
    world.b.get("/dataset/nirgends/govdata", status=404)


def test_a_form_without_its_token_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(world.app.flask_app.config, "WTF_CSRF_ENABLED", True)
    # CKAN exempts a view for good once it was called with an API token, as the other tests do.
    monkeypatch.setattr(csrf, "_exempt_views", set())
    user = factories.User(password="ein langes Passwort", image_url="")
    page = BeautifulSoup(world.app.get("/user/login").body, "html.parser")
    login = {**controls(page.find(id="field-login").find_parent("form")), "login": user["name"]}
    world.app.post("/user/login", data={**login, "password": "ein langes Passwort"}, status=200)
    world.app.post("/quality/check/dataset", data={"title": "T"}, status=400)
    token = BeautifulSoup(world.app.get("/dataset/").body, "html.parser").find(attrs={"name": "_csrf_token"})
    sent = {"title": "T", "_csrf_token": token["content"]}
    world.app.post(
        "/quality/check/dataset", data=sent, status=403
    )  # understood; the user has no organization
    world.app.get("/user/_logout", status=200)


# What a form is told


def test_a_new_form_is_told_what_is_missing(world: World) -> None:
    answer = check(world.b, "dataset", **form_of(world.b, "/dataset/new"))
    assert notes(answer, "wrong") == ""
    missing = notes(answer, "missing")
    assert "Titel" in missing
    assert "Beschreibung" in missing
    targets = {entry["data-herne-target"] for entry in answer.find_all(attrs={"data-herne-target": True})}
    assert {"field-title", "field-notes", "field-tag_string"} <= targets


def test_what_a_save_would_refuse_is_said_at_its_control(world: World) -> None:
    sent = {**form_of(world.b, "/dataset/new"), "title": "T", "notes": "N", "contact-0-email": "keine"}
    answer = check(world.b, "dataset", **sent)
    entry = answer.find(attrs={"data-herne-target": "field-contact-0-email"})
    assert entry["data-herne-kind"] == "wrong"
    assert "keine" in entry["data-herne-brief"]
    assert "Kontakt" in entry.get_text()


def test_contradictions_that_end_a_save_early_are_told(world: World) -> None:
    sent = {**form_of(world.b, "/dataset/new"), "title": "T", "notes": "N", "hvd": "true"}
    answer = check(world.b, "dataset", **sent)
    assert answer.find(attrs={"data-herne-target": "field-hvd_category"})


def test_a_fault_is_told_once(world: World) -> None:
    dataset = world.package(resources=[FILE])
    sent = {**form_of(world.b, f"/dataset/edit/{dataset['id']}"), "issued": "gestern"}
    answer = check(world.b, f"dataset/{dataset['id']}", **sent)
    assert len(answer.find_all(attrs={"data-herne-target": "field-issued"})) == 1


def test_what_the_form_does_not_show_is_judged_as_stored(world: World) -> None:
    dataset = world.package(resources=[FILE, {"url": "https://example.org/b", "name": "B"}], tag_string="rad")
    sent = form_of(world.b, f"/dataset/edit/{dataset['id']}")
    answer = check(world.b, f"dataset/{dataset['id']}", **sent)
    assert "keine Ressource" not in answer.get_text()
    format_missing = next(link for link in answer.find_all("a") if "Format" in link.get_text())
    resource = dataset["resources"][1]["id"]
    assert format_missing["href"] == f"/dataset/{dataset['id']}/resource/{resource}/edit#field-format"
    assert format_missing.get_text().startswith("B:")


def test_an_inherited_licence_is_mended_at_the_dataset(world: World) -> None:
    dataset = world.package(resources=[FILE])
    sent = {**form_of(world.b, f"/dataset/edit/{dataset['id']}"), "license_id": "dl-de/by-2.0"}
    answer = check(world.b, f"dataset/{dataset['id']}", **sent)
    assert [entry["data-herne-target"] for entry in answer.select("[data-herne-kind=missing]")] == [
        "field-license_attribution_by_text"
    ]


def test_the_form_of_a_resource_hears_of_that_resource(world: World) -> None:
    dataset = world.package(resources=[FILE, {"url": "https://example.org/b", "name": "B"}])
    path = f"/dataset/{dataset['id']}/resource/{dataset['resources'][0]['id']}/edit"
    sent = form_of(world.b, path)
    answer = check(world.b, f"dataset/{dataset['id']}/resource", **{**sent, "issued": "gestern"})
    assert "Format" not in answer.get_text()
    assert "Schlagw" not in answer.get_text()
    assert answer.find(attrs={"data-herne-target": "field-issued"})["data-herne-kind"] == "wrong"
    assert world.admin.call("package_show", id=dataset["id"])["resources"][0].get("issued") in (None, "")


def test_the_name_of_a_chosen_file_stands_for_it(world: World) -> None:
    dataset = world.package()
    sent = form_of(world.b, f"/dataset/{dataset['id']}/resource/new")
    path = f"dataset/{dataset['id']}/resource"
    assert notes(check(world.b, path, **sent), "missing")
    chosen = check(world.b, path, **{**sent, "upload": "Zählwerte 2024.csv"})
    assert notes(chosen, "missing") == ""
    assert "Format" not in chosen.get_text()


def test_nothing_is_stored(world: World) -> None:
    dataset = world.package(resources=[FILE])
    before = world.admin.call("package_show", id=dataset["id"])
    count = model.Session.query(model.Package).count()
    check(world.b, "dataset", title="Neu", notes="N")
    check(world.b, f"dataset/{dataset['id']}", title="Anders", notes="N")
    assert world.admin.call("package_show", id=dataset["id"]) == before
    assert model.Session.query(model.Package).count() == count


def test_a_private_series_stays_private(world: World) -> None:
    series = world.package(type="dataset_series", title="Streng geheim", name="geheim-1", private=True)
    uri = f"http://herne.test/dataset/{series['id']}"
    answer = check(world.a, "dataset", title="T", notes="N", in_series=uri)
    assert "Streng" not in answer.get_text()
    dataset = world.package(owner_org="amt-a", resources=[FILE], name="von-a")
    answer = check(world.a, f"dataset/{dataset['id']}", title="T", notes="N", in_series=uri)
    assert "Streng" not in answer.get_text()


# Bad input


@pytest.mark.parametrize(
    "sent",
    [
        {"title": ["a", "b"]},
        {"owner_org": ["a", "b"]},
        {"type": "dataset_series"},
        {"id": "fremd"},
        {"resources__0__url": "https://example.org"},
        {"extras__0__key": "a"},
        {"contact-0-email-0": "x", "contact-x": "y", "contact": "z"},
        {"title": "\x00", "notes": "\u202e"},
        {"issued": "x" * 50_000},
        {"tag_string": "a" * 200 + "," + "," * 500},
        {"state": "deleted", "private": "vielleicht"},
        {"upload": "datei.csv"},
    ],
)
def test_odd_fields_are_answered_calmly(world: World, sent: dict[str, Any]) -> None:
    answer = check(world.b, "dataset", **{"title": "T", "notes": "N", **sent})
    assert answer.find(attrs={"data-herne-summary": True})


def test_names_that_contradict_each_other_are_refused(world: World) -> None:
    for sent in ({"a__0__b": "1", "a__0__b__0__c": "2"}, {"__0": "x"}, {"a____b": "x", "a": "y"}):
        answer = world.b.app.post("/quality/check/dataset", data=sent, headers=world.b.headers)
        assert answer.status_code in (200, 400)


def test_an_unknown_type_is_said(world: World) -> None:
    assert "dataset_series" in check(world.b, "haushalt", title="T").get_text()


def test_what_is_too_large_for_a_form_is_too_large_here(world: World) -> None:
    assert check(world.b, "dataset", title="T", notes="x" * 400_000).find(attrs={"data-herne-summary": True})
    check(world.b, "dataset", 413, title="T", notes="x" * 2_000_000)


def test_haste_is_slowed_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "DRAFTS_PER_MINUTE", 0)
    answer = world.b.app.post("/quality/check/dataset", data={"title": "T"}, headers=world.b.headers)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


# The tab


def test_the_tab_is_for_those_who_may_edit(world: World) -> None:
    dataset = world.package(resources=[FILE], name="radverkehr")
    path = f"/dataset/{dataset['name']}/govdata"
    assert world.b.page(path).find(id="turtle")
    assert path in str(world.b.page("/dataset/radverkehr"))
    assert path not in str(world.a.page("/dataset/radverkehr"))
    world.a.get(path, status=403)
    refused = world.stranger.get(path, follow_redirects=False)
    assert refused.status_code in (302, 403)
    assert "turtle" not in refused.body


def test_a_private_dataset_is_not_disclosed(world: World) -> None:
    world.package(resources=[FILE], name="geheim", title="Streng geheim", private=True)
    world.a.get("/dataset/geheim/govdata", status=404)
    world.stranger.get("/dataset/geheim/govdata", status=404)
    page = world.b.page("/dataset/geheim/govdata")
    assert page.find(class_="alert-info")
    assert "Streng geheim" in page.find(id="turtle").get_text()


def test_the_address_of_another_type_leads_to_the_right_one(world: World) -> None:
    world.package(type="dataset_series", name="reihe")
    answer = world.b.get("/dataset/reihe/govdata", follow_redirects=False)
    assert answer.headers["Location"].endswith("/dataset_series/reihe/govdata")
    assert world.b.page("/dataset_series/reihe/govdata").find(id="turtle")


def test_a_draft_shows_what_would_be_seen(world: World) -> None:
    world.package(name="entwurf", state="draft")
    page = world.b.page("/dataset/entwurf/govdata")
    assert page.find(class_="alert-info")
    assert page.select(".herne-notes-wrong li")
    world.admin.call("dataset_purge", id="entwurf")


def test_markup_in_metadata_is_text(world: World) -> None:
    world.package(
        name="boese",
        title="<script>alert(1)</script>",
        resources=[FILE],
        license_id="dl-de/by-2.0",
        license_attribution_by_text="<b onclick=x>Stadt</b>",
    )
    page = world.b.get("/dataset/boese/govdata").body
    assert "<script>alert(1)" not in page
    assert "<b onclick" not in page
    answer = world.b.app.post(
        "/quality/check/dataset",
        data={"title": "T", "notes": "N", "issued": "<script>x</script>"},
        headers=world.b.headers,
    )
    assert "<script>" not in answer.body


# The badge


def badge(who: Browser, path: str) -> str:
    found = who.page(path).find(class_="herne-verdict")
    return " ".join(found.get_text(" ").split()) if found else ""


def test_everybody_sees_that_metadata_comply(world: World) -> None:
    world.package(resources=[FILE], name="gut")
    assert "DCAT-AP.de 3.0" in badge(world.stranger, "/dataset/gut")
    assert not world.stranger.page("/dataset/gut").select(".herne-verdict a")
    assert world.b.page("/dataset/gut").select(".herne-verdict a")


def test_faults_are_told_to_editors_alone(world: World) -> None:
    world.package(name="schlecht")
    assert "1" not in badge(world.stranger, "/dataset/schlecht")
    assert "DCAT" not in badge(world.stranger, "/dataset/schlecht")
    assert "1" in badge(world.b, "/dataset/schlecht")


def test_without_a_report_there_is_no_badge(world: World) -> None:
    world.package(name="entwurf-2", state="draft")
    assert badge(world.b, "/dataset/entwurf-2") == ""
    world.admin.call("dataset_purge", id="entwurf-2")
