"""Saving through API and form: defaults, licences, errors by field, and that nothing gets lost."""

from __future__ import annotations

import copy
import io
from typing import Any

import pytest
from herne_testing.browser import Browser
from herne_testing.datasets import maximal

DEU = "http://publications.europa.eu/resource/authority/language/DEU"
ENV = "http://publications.europa.eu/resource/authority/data-theme/ENVI"
TRAN = "http://publications.europa.eu/resource/authority/data-theme/TRAN"
CHANGES_WITH_EVERY_SAVE = ("metadata_modified",)


def create(steward: Browser, **fields: Any) -> dict[str, Any]:
    return steward.call("package_create", **{"title": "Radverkehr", "notes": "Zählwerte", **fields})


def stable(dataset: dict[str, Any]) -> dict[str, Any]:
    """The dataset without what every save changes by its nature."""
    kept = {key: value for key, value in copy.deepcopy(dataset).items() if key not in CHANGES_WITH_EVERY_SAVE}
    for resource in kept["resources"]:
        resource.pop("metadata_modified")
    return kept


def test_title_and_description_make_a_licensed_public_dataset(steward: Browser, visitor: Browser) -> None:
    created = create(steward, title="Zählstellen für den Radverkehr")
    shown = visitor.call("package_show", id=created["id"])
    assert shown["license_id"] == "dl-de/zero-2.0"
    assert shown["license_url"] == "https://www.govdata.de/dl-de/zero-2-0"
    assert shown["isopen"] is True
    assert shown["private"] is False
    assert shown["name"] == "zaehlstellen-fuer-den-radverkehr"
    assert shown["organization"]["name"] == "stadt-herne"
    assert shown["language"] == [DEU]
    assert shown["contributor_id"] == ["http://dcat-ap.de/def/contributors/openNRW"]
    assert shown["political_geocoding_level_uri"] == [
        "http://dcat-ap.de/def/politicalGeocoding/Level/municipality"
    ]
    assert [place["uri"].rsplit("/", 2)[1:] for place in shown["spatial_coverage"]] == [
        ["districtKey", "05916"],
        ["municipalityKey", "05916000"],
    ]
    assert shown["publisher"][0]["name"] == "Stadt Herne"
    assert shown["publisher"][0]["type"].endswith("/LocalAuthority")
    assert shown["contact"] == [{"name": "Stadt Herne", "email": "opendata@herne.de"}]


def test_equal_titles_get_different_names(steward: Browser) -> None:
    names = [create(steward, title="Doppelt")["name"] for _ in range(3)]
    assert names == ["doppelt", "doppelt-2", "doppelt-3"]


def test_own_values_win_and_emptied_ones_fall_back(steward: Browser) -> None:
    own = {"license_id": "cc-zero", "contact": [{"email": "amt@herne.de"}], "language": ["ENG"]}
    dataset = create(steward, **own)
    assert dataset["license_id"] == "cc-zero"
    assert dataset["contact"] == [{"email": "amt@herne.de"}]
    emptied = {**dataset, "license_id": "", "contact": [], "language": [], "publisher": [{"name": " "}]}
    updated = steward.call("package_update", **emptied)
    assert updated["license_id"] == "dl-de/zero-2.0"
    assert updated["contact"][0]["email"] == "opendata@herne.de"
    assert updated["language"] == [DEU]
    assert updated["publisher"][0]["name"] == "Stadt Herne"


def test_a_patch_changes_what_it_names_and_nothing_else(steward: Browser) -> None:
    dataset = create(steward, theme=[TRAN], resources=[{"url": "https://herne.de/a.csv", "odd": "kept"}])
    patched = steward.call("package_patch", id=dataset["id"], notes="Neu")
    assert stable(patched) == {**stable(dataset), "notes": "Neu"}


def test_a_maximal_dataset_survives_the_api(steward: Browser) -> None:
    sent = maximal(name="maximal", owner_org="stadt-herne")
    del sent["id"]
    shown = steward.call("package_show", id=steward.call("package_create", **sent)["id"])
    for field in sent.keys() - {"resources", "tags", "owner_org"}:
        assert shown[field] == sent[field], field
    assert sorted(tag["name"] for tag in shown["tags"]) == ["fahrrad", "verkehr"]
    for before, after in zip(sent["resources"], shown["resources"], strict=True):
        assert {key: after.get(key) for key in before} == before


def test_unknown_fields_are_kept_where_one_finds_them(steward: Browser) -> None:
    dataset = create(
        steward,
        house_number="7",
        publisher=[{"name": "Amt", "ror": "03"}],
        resources=[{"url": "https://herne.de/a", "columns": ["a", "b"], "note": "n"}],
    )
    shown = steward.call("package_show", id=dataset["id"])
    assert {"key": "house_number", "value": "7"} in shown["extras"]
    assert shown["publisher"] == [{"name": "Amt", "ror": "03"}]
    assert shown["resources"][0]["columns"] == ["a", "b"]
    again = steward.call("package_update", **shown)
    assert stable(again) == stable(shown)


def test_resources_show_the_licence_that_holds_and_ignore_it_on_the_way_back(steward: Browser) -> None:
    resources = [{"url": "https://herne.de/a"}, {"url": "https://herne.de/b", "license_id": "CC0"}]
    dataset = create(
        steward, license_id="dl-de/by-2.0", license_attribution_by_text="Stadt Herne", resources=resources
    )
    assert [row["effective_license_id"] for row in dataset["resources"]] == ["dl-de/by-2.0", "cc-zero"]
    dataset["resources"][0]["effective_license_id"] = "cc-by/4.0"
    updated = steward.call("package_update", **{**dataset, "license_id": "dl-de/zero-2.0"})
    assert [row["effective_license_id"] for row in updated["resources"]] == ["dl-de/zero-2.0", "cc-zero"]
    assert [row["license_id"] for row in updated["resources"]] == ["", "cc-zero"]
    resource = steward.call("resource_show", id=updated["resources"][0]["id"])
    assert resource["effective_license_id"] == "dl-de/zero-2.0"
    assert steward.call("resource_update", **resource)["effective_license_id"] == "dl-de/zero-2.0"


@pytest.mark.parametrize(
    "spelling",
    ["dl-zero-de/2.0", "https://www.govdata.de/dl-de/zero-2-0", "Datenlizenz Deutschland Zero 2.0"],
)
def test_known_spellings_of_a_licence_are_normalised(steward: Browser, spelling: str) -> None:
    assert create(steward, license_id=spelling)["license_id"] == "dl-de/zero-2.0"


@pytest.mark.parametrize(
    ("fields", "place", "words"),
    [
        ({"license_id": "dl-de/zreo-2.0"}, ["license_id"], ["dl-de/zreo-2.0", "dl-de/zero-2.0"]),
        ({"license_id": "cc-by/4.0"}, ["license_attribution_by_text"], ["CC BY 4.0"]),
        ({"theme": ["Verker"]}, ["theme"], ["Verkehr"]),
        ({"frequency": "ab und zu mal"}, ["frequency"], ["ab und zu mal"]),
        ({"issued": "gestern"}, ["issued"], ["gestern"]),
        ({"modified": "31.02.2025"}, ["modified"], ["31.02.2025"]),
        ({"url": "javascript:alert(1)"}, ["url"], ["http"]),
        ({"publisher": "Stadt Herne"}, ["publisher"], []),
        ({"contact": [{"email": "keine"}]}, ["contact", 0, "email"], ["keine"]),
        (
            {"temporal_coverage": [{"start": "2025", "end": "2024"}]},
            ["temporal_coverage", 0, "end"],
            ["2024"],
        ),
        ({"contributor_id": ["openNRW", "berlinOpenData"]}, ["contributor_id"], ["2"]),
        ({"resources": [{"url": "javascript:alert(1)"}]}, ["resources", 0, "url"], ["http"]),
        ({"resources": [{"url": "https://h.de", "license_id": "x"}]}, ["resources", 0, "license_id"], ["x"]),
        (
            {"resources": [{"url": "https://h.de", "license_id": "dl-de/by-2.0"}]},
            ["resources", 0, "license_attribution_by_text"],
            ["Namensnennung"],
        ),
        ({"title": " "}, ["title"], []),
        ({"notes": ""}, ["notes"], []),
    ],
)
def test_bad_values_are_errors_that_name_field_and_remedy(
    steward: Browser, fields: dict[str, Any], place: list[Any], words: list[str]
) -> None:
    error = steward.call("package_create", ok=False, **{"title": "t", "notes": "n", **fields})
    for step in place:
        error = error[step]
    assert all(word in str(error) for word in words), error


@pytest.mark.parametrize("value", ["a\x00b", "\x1b[0m", "\udcff", "x" * 40_000, ["x"], {"a": "b"}])
def test_a_text_that_nothing_can_hold_is_an_error_by_field(steward: Browser, value: Any) -> None:
    names = ["title", "identifier", "name", "tag_string", "owner_org", "license_attribution_by_text"]
    error = steward.call("package_create", ok=False, **{"notes": "n", **dict.fromkeys(names, value)})
    assert error.keys() - {"__type"} == set(names)
    resource = {"url": value, "name": value, "format": value}
    error = steward.call("package_create", ok=False, title="t", notes="n", resources=[{}, resource])
    assert error["resources"][1].keys() == resource.keys()


@pytest.mark.parametrize("value", ["a\x00b", "x" * 40_000])
def test_an_unknown_field_that_nothing_can_hold_is_an_error(steward: Browser, value: str) -> None:
    assert "extras" in steward.call("package_create", ok=False, title="t", notes="n", house=value)


@pytest.mark.parametrize("value", [7, -1.5, True, 10**30])
def test_numbers_are_taken_as_texts_or_refused_by_field(steward: Browser, value: Any) -> None:
    assert create(steward, identifier=value, title=value)["title"] == str(value)
    names = ["license_id", "owner_org", "issued", "url", "theme", "contributor_id", "publisher"]
    for name in names:
        if name == "issued" and value == 7:
            continue
        assert name in steward.call("package_create", ok=False, title="t", notes="n", **{name: value}), name


@pytest.mark.parametrize("size", [-1, 1.5, "viel", 10**30, "²"])
def test_a_size_is_a_number_of_bytes(steward: Browser, size: Any) -> None:
    resources = [{"url": "https://herne.de/a", "size": size}]
    error = steward.call("package_create", ok=False, title="t", notes="n", resources=resources)
    assert "size" in error["resources"][0]


@pytest.mark.parametrize("value", ["x", 7, ["x"], [["x"]], {"a": 1}])
def test_resources_and_extras_that_are_none_are_errors(steward: Browser, value: Any) -> None:
    assert steward.call("package_create", ok=False, title="t", notes="n", resources=value)


def test_an_inherited_attribution_text_cannot_be_taken_from_a_file_that_needs_it(steward: Browser) -> None:
    resources = [{"url": "https://herne.de/a", "license_id": "cc-by/4.0"}]
    dataset = create(steward, license_attribution_by_text="Stadt Herne", resources=resources)
    error = steward.call("package_patch", ok=False, id=dataset["id"], license_attribution_by_text="")
    assert "license_attribution_by_text" in error["resources"][0]


def test_an_editor_publishes_for_the_only_organization_there_is_for_them(steward: Browser) -> None:
    from ckan.tests import factories

    user = factories.User()
    factories.Organization(name="amt", users=[{"name": user["name"], "capacity": "editor"}])
    editor = Browser(steward.app, factories.APIToken(user=user["name"])["token"])
    assert create(editor)["organization"]["name"] == "amt"


# --- the forms, as a browser submits them


def rich_dataset(steward: Browser) -> dict[str, Any]:
    """A dataset with everything that the form shows, hides, and does not know."""
    from ckan.tests import factories

    group = factories.Group()
    file_facts = {"hash": "abc", "mimetype": "text/csv", "odd": ["x"]}
    resources = [{"url": "https://herne.de/a.csv", "license_id": "cc-zero", **file_facts}]
    sent = maximal(name="reich", owner_org="stadt-herne", author="Ada", version="3", resources=resources)
    sent["uri"] = "urn:reich"
    del sent["id"]
    sent["publisher"][0]["ror"] = "03"
    sent["extras"] = [{"key": "Aktenzeichen", "value": "42 ä"}]
    sent["groups"] = [{"name": group["name"]}]
    sent["issued"] = "2023"
    dataset: dict[str, Any] = steward.call("package_create", **sent)
    return dataset


def test_saving_the_form_loses_nothing(steward: Browser) -> None:
    before = rich_dataset(steward)
    answer = steward.submit("/dataset/edit/reich", "dataset-edit", "save", title="Neuer Titel")
    assert answer.status_code == 302, answer.body
    after = steward.call("package_show", id="reich")
    assert stable(after) == {**stable(before), "title": "Neuer Titel"}


def test_saving_the_resource_form_loses_nothing(steward: Browser) -> None:
    before = steward.call("package_show", id="reich")
    resource = before["resources"][0]
    path = f"/dataset/reich/resource/{resource['id']}/edit"
    answer = steward.submit(path, "resource-edit", "go-dataset-complete", name="Neuer Name")
    assert answer.status_code == 302, answer.body
    after = steward.call("package_show", id="reich")
    expected = stable(before)
    expected["resources"][0]["name"] = "Neuer Name"
    assert stable(after) == expected


def test_the_form_keeps_a_table_and_its_data_dictionary(steward: Browser) -> None:
    dataset = create(steward, title="Tabelle")
    columns = [{"id": "tag", "type": "date", "info": {"label": "Tag"}}, {"id": "anzahl", "type": "int"}]
    table = steward.call(
        "datastore_create",
        resource={"package_id": dataset["id"], "name": "Zählung"},
        fields=columns,
        records=[{"tag": "2025-01-01", "anzahl": 7}],
        primary_key=["tag"],
    )
    before = steward.call("package_show", id=dataset["id"])
    path = f"/dataset/tabelle/resource/{table['resource_id']}/edit"
    answer = steward.submit(path, "resource-edit", "go-dataset-complete", name="Neu")
    assert answer.status_code == 302, answer.body
    after = steward.call("package_show", id=dataset["id"])
    expected = stable(before)
    expected["resources"][0]["name"] = "Neu"
    assert stable(after) == expected
    found = steward.call("datastore_search", resource_id=table["resource_id"])
    assert [row["anzahl"] for row in found["records"]] == [7]
    assert found["fields"][1]["info"]["label"] == "Tag"


def test_the_form_keeps_replaces_and_gives_up_an_uploaded_file(steward: Browser, visitor: Browser) -> None:
    dataset = create(steward, title="Dateien")
    new = "/dataset/dateien/resource/new"
    upload = {"upload": (io.BytesIO(b"alt"), "alt.csv")}
    assert steward.submit(new, "resource-edit", "go-dataset-complete", **upload).status_code == 302
    stored = steward.call("package_show", id=dataset["id"])["resources"][0]
    path = f"/dataset/dateien/resource/{stored['id']}/edit"

    steward.submit(path, "resource-edit", "go-dataset-complete", description="Neu")
    kept = steward.call("resource_show", id=stored["id"])
    assert (kept["url"], kept["size"], kept["description"]) == (stored["url"], 3, "Neu")
    assert visitor.get("/" + kept["url"].partition("//")[2].partition("/")[2]).data == b"alt"

    upload = {"upload": (io.BytesIO(b"ganz neu"), "neu.json")}
    steward.submit(path, "resource-edit", "go-dataset-complete", **upload)
    replaced = steward.call("resource_show", id=stored["id"])
    assert (replaced["size"], replaced["mimetype"]) == (8, "application/json")
    assert visitor.get("/" + replaced["url"].partition("//")[2].partition("/")[2]).data == b"ganz neu"

    steward.submit(path, "resource-edit", "go-dataset-complete", url="https://herne.de/c.csv")
    linked = steward.call("resource_show", id=stored["id"])
    assert linked["url"] == "https://herne.de/c.csv"
    assert not linked["url_type"]
    assert linked.get("size") is None


def test_a_draft_can_be_gone_back_to(steward: Browser) -> None:
    steward.submit("/dataset/new", "dataset-edit", "save", title="Entwurf", notes="n", theme=[ENV])
    answer = steward.submit("/dataset/edit/entwurf", "dataset-edit", "save", notes="besser")
    assert answer.status_code == 302, answer.body
    shown = steward.call("package_show", id="entwurf")
    assert (shown["state"], shown["notes"], shown["theme"]) == ("draft", "besser", [ENV])


def test_a_value_outside_the_vocabulary_is_not_dropped_by_the_form(steward: Browser) -> None:
    from ckan import model

    dataset = create(steward, frequency="ANNUAL")
    row = model.Package.get(dataset["id"])
    row.extras = {**row.extras, "frequency": "urn:once-known"}
    model.Session.commit()
    from ckan.lib import search

    search.rebuild(dataset["id"])
    form = steward.page(f"/dataset/edit/{dataset['name']}").find(id="dataset-edit")
    assert form.find(id="field-frequency").find("option", selected=True)["value"] == "urn:once-known"


def test_what_the_form_empties_is_empty(steward: Browser) -> None:
    dataset = create(
        steward, title="Leeren", theme=[TRAN, ENV], tag_string="rad, verkehr", frequency="ANNUAL"
    )
    path = f"/dataset/edit/{dataset['name']}"
    answer = steward.submit(path, "dataset-edit", "save", theme=[ENV], tag_string="rad", frequency="")
    assert answer.status_code == 302
    after = steward.call("package_show", id=dataset["id"])
    assert after["theme"] == [ENV]
    assert [tag["name"] for tag in after["tags"]] == ["rad"]
    assert not after["frequency"]


def test_an_error_in_the_form_names_its_field_in_german_and_keeps_what_was_typed(steward: Browser) -> None:
    dataset = create(steward, title="Fehler")
    path = f"/dataset/edit/{dataset['name']}"
    changes = {"title": "Getippt", "contact-0-email": "keine", "license_id": "cc-by/4.0"}
    answer = steward.submit(path, "dataset-edit", "save", **changes)
    assert answer.status_code == 200
    from bs4 import BeautifulSoup

    page = BeautifulSoup(answer.body, "html.parser")
    lines = [line.text for line in page.select(".herne-errors li")]
    assert any(line.startswith("Namensnennung:") and "verlangt" in line for line in lines), lines
    assert any(line.startswith("Kontakt:") and "keine" in line for line in lines), lines
    assert page.find(id="field-title")["value"] == "Getippt"
    assert page.find(id="field-contact-0-email")["value"] == "keine"
    assert page.find(id="field-contact-0-email").find_parent("details").has_attr("open")


def test_publishing_one_csv_takes_a_title_a_description_and_a_file(
    steward: Browser, visitor: Browser
) -> None:
    answer = steward.submit("/dataset/new", "dataset-edit", "save", title="Eine CSV", notes="Werte")
    assert answer.status_code == 302, answer.body
    path = "/" + answer.headers["Location"].partition("//")[2].partition("/")[2]
    upload = {"upload": (io.BytesIO(b"a,b\n1,2\n"), "Zählwerte 2025.csv")}
    answer = steward.submit(path, "resource-edit", "go-metadata", **upload)
    assert answer.status_code == 302, answer.body
    shown = visitor.call("package_show", id="eine-csv")
    assert (shown["state"], shown["private"], shown["license_id"]) == ("active", False, "dl-de/zero-2.0")
    resource = shown["resources"][0]
    assert (resource["format"], resource["url_type"]) == ("CSV", "upload")
    assert resource["name"].endswith(".csv")
    assert resource["effective_license_id"] == "dl-de/zero-2.0"


def test_the_form_opens_with_few_controls_all_labelled(steward: Browser) -> None:
    form = steward.page("/dataset/new").find(id="dataset-edit")
    everything = form.find_all(["input", "select", "textarea"])
    visible = [control for control in everything if control.get("type") != "hidden"]
    opened = [control for control in visible if not control.find_parent(["details", "template"])]
    assert 2 <= len(opened) <= 15
    required = [control for control in visible if control.has_attr("required")]
    assert {control["name"] for control in required} == {"title", "notes"}
    assert all(control in opened for control in required)
    unlabelled = [
        control["name"]
        for control in visible
        if not form.find("label", attrs={"for": control.get("id")}) and not control.find_parent("label")
    ]
    assert unlabelled == []
    selected = form.find(id="field-license_id").find("option", selected=True)
    assert selected["value"] == "dl-de/zero-2.0"
    assert selected.text == "Datenlizenz Deutschland – Zero – Version 2.0"
    assert form.find(id="field-publisher-0-name")["value"] == "Stadt Herne"
    assert form.find(id="field-private").find("option", selected=True)["value"] == "False"


@pytest.fixture(scope="module")
def company(steward: Browser) -> dict[str, Any]:
    """An organization with an identity of its own."""
    made: dict[str, Any] = steward.call(
        "organization_create",
        name="stadtwerke",
        title="Stadtwerke",
        uri="https://www.stadtwerke.example.org",
        email="daten@stadtwerke.example.org",
        publisher_type="Company",
    )
    return made


def test_a_dataset_of_a_company_is_published_by_it(steward: Browser, company: dict[str, Any]) -> None:
    created = create(steward, owner_org=company["id"])
    assert created["publisher"][0]["uri"] == "https://www.stadtwerke.example.org"
    assert created["publisher"][0]["name"] == "Stadtwerke"
    assert created["publisher"][0]["type"].endswith("/Company")
    assert created["contact"] == [{"name": "Stadtwerke", "email": "daten@stadtwerke.example.org"}]


@pytest.mark.parametrize("owner", ["stadtwerke", "stadt-herne"])
def test_the_publisher_follows_the_organization_chosen_in_the_form(
    steward: Browser, company: dict[str, Any], owner: str
) -> None:
    """The form fills in the publisher of the organization it proposes; the steward then chooses another."""
    chosen = steward.call("organization_show", id=owner)["id"]
    for title, changes in (("gewählt", {}), ("anders", {"publisher-0-name": "Amt 1"})):
        fields = {"title": f"{title} {owner}", "notes": "N", "owner_org": chosen, **changes}
        assert steward.submit("/dataset/new", "dataset-edit", "save", **fields).status_code == 302
    untouched = steward.call("package_show", id=f"gewaehlt-{owner}")
    wanted = "https://www.stadtwerke.example.org" if owner == "stadtwerke" else "https://www.herne.de"
    assert [entry["uri"] for entry in untouched["publisher"]] == [wanted]
    changed = steward.call("package_show", id=f"anders-{owner}")
    assert [entry["name"] for entry in changed["publisher"]] == ["Amt 1"]
