"""Datasets, series and services: what each type may say, how they name each other, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ckanext.herne.dcat_ap_de import describe
from ckanext.herne.quality import validate
from herne_testing.browser import Browser
from herne_testing.datasets import SERIES, SERVICE

LAW = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
MOBILITY = "http://data.europa.eu/bna/c_b79e35eb"
SITE = "http://herne.test"


def create(steward: Browser, **fields: Any) -> dict[str, Any]:
    return steward.call("package_create", **{"title": "Radverkehr", "notes": "Zählwerte", **fields})


def series(steward: Browser, **fields: Any) -> dict[str, Any]:
    return create(steward, **{"title": "Serie", **fields, "type": "dataset_series"})


def service(steward: Browser, **fields: Any) -> dict[str, Any]:
    address = {"endpoint_url": ["https://geo.herne.de/wfs"]}
    return create(steward, **{"title": "Dienst", **address, **fields, "type": "data_service"})


def refusal(steward: Browser, **fields: Any) -> dict[str, Any]:
    data = {"title": "Radverkehr", "notes": "Zählwerte", **fields}
    error: dict[str, Any] = steward.call("package_create", ok=False, **data)
    return {name: text for name, text in error.items() if name != "__type"}


@pytest.fixture
def reader(portal: Any) -> Browser:
    """An editor of an organization of their own, who may not see what others keep private."""
    from ckan.tests import factories

    user = factories.User()
    factories.Organization(users=[{"name": user["name"], "capacity": "editor"}], image_url="")
    return Browser(portal, factories.APIToken(user=user["name"])["token"])


# --- the types and their defaults


def test_a_series_gets_what_a_series_has(steward: Browser) -> None:
    shown = series(steward)
    assert shown["publisher"][0]["name"] == "Stadt Herne"
    assert shown["contact"][0]["email"] == "opendata@herne.de"
    assert shown["contributor_id"] == ["http://dcat-ap.de/def/contributors/openNRW"]
    assert len(shown["spatial_coverage"]) == 2
    assert not shown["license_id"]
    assert "license_warning" not in shown


def test_a_service_gets_what_a_service_has(steward: Browser) -> None:
    shown = service(steward)
    assert shown["license_id"] == "dl-de/zero-2.0"
    assert shown["publisher"][0]["type"].endswith("/LocalAuthority")
    assert "temporal_coverage" not in shown


def test_a_service_without_an_address_is_refused(steward: Browser) -> None:
    for address in (None, "", [], ["wfs.herne.de"], ["javascript:alert(1)"]):
        assert refusal(steward, type="data_service", endpoint_url=address).keys() == {"endpoint_url"}


@pytest.mark.parametrize("kind", ["dataset_series", "data_service"])
def test_series_and_services_have_no_files(steward: Browser, kind: str) -> None:
    sent = {"type": kind, "endpoint_url": "https://geo.herne.de/wfs"}
    assert "resources" in refusal(steward, **sent, resources=[{"url": "https://herne.de/a.csv"}])


@pytest.mark.parametrize("whole", [SERIES, SERVICE])
def test_everything_that_the_standard_knows_survives(steward: Browser, whole: dict[str, Any]) -> None:
    from ckanext.herne.dcat_ap_de.profile import portal_settings

    sent = {key: value for key, value in whole.items() if key != "id"}
    created = create(steward, **sent, name=f"ganz-{whole['type'].replace('_', '-')}")
    again = steward.call("package_update", **steward.call("package_show", id=created["id"]))
    assert validate(describe(again, portal_settings())).conforms
    for name in sent.keys() - {"tags", "format"}:
        assert again[name] == sent[name], name
    if "format" in sent:
        assert [uri.rsplit("/", 1)[1] for uri in again["format"]] == sent["format"]


def test_the_search_finds_all_types_and_tells_them_apart(steward: Browser, visitor: Browser) -> None:
    made = [create(steward, title="Zweigelenk"), series(steward, title="Zweigelenk")]
    made.append(service(steward, title="Zweigelenk"))
    found = visitor.call(
        "package_search", q="Zweigelenk", **{"facet.field": ["dataset_type"], "facet.limit": -1}
    )
    assert {row["id"] for row in found["results"]} == {row["id"] for row in made}
    items = {item["name"]: item["display_name"] for item in found["search_facets"]["dataset_type"]["items"]}
    assert items == {"dataset": "Datensatz", "dataset_series": "Serie", "data_service": "Dienst"}
    only = visitor.call("package_search", q="Zweigelenk", fq="dataset_type:dataset_series")
    assert [row["id"] for row in only["results"]] == [made[1]["id"]]
    page = visitor.page("/dataset/?q=Zweigelenk")
    links = {link["href"].rpartition("/")[2] for link in page.find_all("a", href=True)}
    assert {row["name"] for row in made} <= links


@pytest.mark.parametrize("whole", [SERIES, SERVICE])
def test_saving_the_form_loses_nothing(steward: Browser, whole: dict[str, Any]) -> None:
    sent = {
        **whole,
        "name": f"formular-{whole['type'].replace('_', '-')}",
        "further_statements": [{"a": [1]}],
    }
    sent["title_translated"] = {"en": "Series", "nl": "Reeks"}
    sent["uri"] = f"urn:formular:{whole['type']}"
    del sent["id"]
    created = create(steward, **sent)
    before = steward.call("package_show", id=created["id"])
    path = f"/{whole['type']}/edit/{sent['name']}"
    answer = steward.submit(path, "dataset-edit", "save", title="Neuer Titel")
    assert answer.status_code == 302, answer.body
    after = steward.call("package_show", id=created["id"])
    del before["metadata_modified"], after["metadata_modified"]
    assert after == {**before, "title": "Neuer Titel"}


@pytest.mark.parametrize(
    ("path", "form_id"),
    [
        ("/dataset/new", "dataset-edit"),
        ("/dataset_series/new", "dataset-edit"),
        ("/data_service/new", "dataset-edit"),
    ],
)
def test_the_forms_open_with_few_controls(steward: Browser, path: str, form_id: str) -> None:
    for number in range(20):
        create(steward, title=f"Zur Auswahl {number}")
    form = steward.page(path).find(id=form_id)
    controls = form.find_all(["input", "select", "textarea"])
    visible = [control for control in controls if control.get("type") not in ("hidden", "submit")]
    opened = [control for control in visible if not control.find_parent(["details", "template"])]
    assert {"title", "notes"} <= {control["name"] for control in opened}
    assert len(opened) <= 15
    assert all(control in opened for control in visible if control.has_attr("required"))


@pytest.mark.parametrize("kind", ["dataset_series", "data_service"])
def test_the_form_makes_a_public_entry_in_one_step(steward: Browser, kind: str) -> None:
    sent = {"title": f"Aus dem Formular {kind}", "notes": "n", "title_translated-en": "From the form"}
    if kind == "data_service":
        sent["endpoint_url"] = "https://a.herne.de/wfs\r\nhttps://b.herne.de/wfs"
    answer = steward.submit(f"/{kind}/new", "dataset-edit", "save", **sent)
    assert answer.status_code == 302, answer.body
    shown = steward.call("package_show", id=f"aus-dem-formular-{kind.replace('_', '-')}")
    assert (shown["type"], shown["state"], shown["private"]) == (kind, "active", False)
    assert shown["title_translated"] == {"en": "From the form"}
    if kind == "data_service":
        assert shown["endpoint_url"] == ["https://a.herne.de/wfs", "https://b.herne.de/wfs"]


def test_a_package_keeps_its_type(steward: Browser) -> None:
    made = series(steward)
    changed = steward.call("package_update", **{**made, "type": "dataset", "notes": "Neu"})
    assert changed["type"] == "dataset_series"
    for kind in ("unbekannt", ["dataset"], {"a": "b"}, 7):
        assert "type" in refusal(steward, type=kind), kind


def test_a_file_cannot_be_added_to_a_series(steward: Browser) -> None:
    made = series(steward)
    assert steward.call("resource_create", ok=False, package_id=made["id"], url="https://herne.de/a")
    assert steward.call("package_show", id=made["id"])["resources"] == []


def test_an_attribution_licence_asks_a_service_for_the_text(steward: Browser) -> None:
    sent = {"type": "data_service", "endpoint_url": "https://h.de/wfs", "license_id": "dl-de/by-2.0"}
    assert refusal(steward, **sent).keys() == {"license_attribution_by_text"}
    assert service(steward, license_id="dl-de/by-2.0", license_attribution_by_text="Stadt Herne")


# --- packages that name each other


def test_a_series_is_named_by_id_name_page_or_uri_and_stored_as_uri(steward: Browser) -> None:
    target = series(steward)
    uri = f"{SITE}/dataset/{target['id']}"
    spellings = [target["id"], target["name"], uri, f"{SITE}/dataset_series/{target['name']}"]
    spellings += [f"https://herne.test/de/dataset_series/{target['name']}?x=1#a", [target["name"], uri]]
    for spelling in spellings:
        assert create(steward, in_series=spelling)["in_series"] == [uri], spelling


def test_a_harvested_series_is_named_by_the_uri_it_came_with(steward: Browser) -> None:
    uri = "https://alt.example.org/serie/7"
    target = series(steward, uri=uri)
    assert create(steward, in_series=target["name"])["in_series"] == [uri]
    assert create(steward, in_series=uri)["in_series"] == [uri]
    assert refusal(steward, source=uri).keys() == {"source"}  # a series is no dataset


def test_what_is_not_there_or_of_another_kind_is_refused(steward: Browser) -> None:
    dataset, gone = create(steward), series(steward)
    steward.call("package_delete", id=gone["id"])
    for name in ("gibt-es-nicht", f"{SITE}/dataset/gibt-es-nicht", f"{SITE}/impressum", gone["name"]):
        assert "Portal" in refusal(steward, in_series=name)["in_series"][0], name
    assert dataset["title"] in refusal(steward, in_series=dataset["id"])["in_series"][0]
    errors = refusal(steward, type="data_service", endpoint_url="https://h.de", serves_dataset=["x", "y"])
    assert len(errors["serves_dataset"]) == 2


def test_addresses_elsewhere_are_taken_as_they_are(steward: Browser) -> None:
    foreign = "https://www.govdata.de/reihe/7?x=ä"
    shown = create(steward, in_series=foreign, has_version=[foreign], source=[foreign])
    assert shown["in_series"] == shown["has_version"] == shown["source"] == [foreign]


def test_a_private_series_is_for_private_datasets_and_its_own_people(
    steward: Browser, reader: Browser
) -> None:
    hidden = series(steward, private=True, owner_org="stadt-herne")
    assert hidden["title"] in refusal(steward, in_series=hidden["id"])["in_series"][0]
    assert create(steward, in_series=hidden["id"], private=True)["in_series"]
    # Whoever may not see it does not learn that it exists.
    assert hidden["title"] not in refusal(reader, in_series=hidden["id"])["in_series"][0]


def test_a_harvested_record_may_come_before_the_series_it_names(steward: Browser) -> None:
    import ckan.plugins.toolkit as tk

    uri = f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-0000000000aa"
    data = {"title": "Vorher", "notes": "n", "owner_org": "stadt-herne", "in_series": [uri]}
    context = {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}
    made = tk.get_action("package_create")(context, dict(data))
    assert made["in_series"] == [uri]
    assert refusal(steward, **data).keys() == {"in_series"}
    series(steward, id=uri.rpartition("/")[2])
    assert create(steward, **data)["in_series"] == [uri]


def test_a_strange_value_of_private_does_not_open_private_series(steward: Browser) -> None:
    hidden = series(steward, private=True)
    assert "in_series" in refusal(steward, in_series=hidden["id"], private="vielleicht")


def test_a_file_names_services_of_the_portal_and_describes_others(steward: Browser) -> None:
    target = service(steward)
    other = {"title": "Alt", "endpoint_url": ["https://alt.example.org/wfs"], "further": {"a": [1]}}
    file = {"url": "https://herne.de/a", "access_services": [target["name"], other]}
    shown = create(steward, resources=[file])["resources"][0]
    assert shown["access_services"] == [f"{SITE}/dataset/{target['id']}", other]
    bad = {**file, "access_services": [{"title": "x", "endpoint_url": "ftp://x"}]}
    assert "access_services" in refusal(steward, resources=[bad])["resources"][0]


def test_the_index_knows_the_members_of_a_series(steward: Browser, visitor: Browser) -> None:
    target = series(steward)
    member = create(steward, in_series=[target["id"]])
    query = f'vocab_in_series:"{SITE}/dataset/{target["id"]}"'
    assert [row["id"] for row in visitor.call("package_search", fq=query)["results"]] == [member["id"]]


# --- texts in two languages


def test_translations_are_texts_by_language(steward: Browser) -> None:
    shown = create(
        steward,
        title_translated={"en": " Bicycles ", "NL": "Fietsen", "fr": ""},
        notes_translated='{"en": "Counts"}',
        tags_translated={"en": "bicycle, traffic ,"},
        resources=[{"url": "https://herne.de/a", "name_translated": {"en": "Counts 2025"}}],
    )
    assert shown["title_translated"] == {"en": "Bicycles", "nl": "Fietsen"}
    assert shown["notes_translated"] == {"en": "Counts"}
    assert shown["tags_translated"] == {"en": ["bicycle", "traffic"]}
    assert shown["resources"][0]["name_translated"] == {"en": "Counts 2025"}
    assert "version_notes_translated" not in shown


def test_the_portals_own_language_stands_in_the_plain_field(steward: Browser) -> None:
    both = {"de": "Räder", "en": "Wheels"}
    assert create(steward, title="", title_translated=both)["title"] == "Räder"
    assert create(steward, title="Räder", title_translated=both)["title_translated"] == {"en": "Wheels"}
    assert refusal(steward, title="Anders", title_translated=both).keys() == {"title_translated"}


@pytest.mark.parametrize(
    "value", [["en"], "Bicycles", {"english": "x"}, {"e n": "x"}, {"en": ["x"]}, {"en": {"x": "y"}}, 7]
)
def test_other_shapes_of_translations_are_refused(steward: Browser, value: Any) -> None:
    assert refusal(steward, title_translated=value).keys() == {"title_translated"}


def test_long_translations_are_saved_and_found_by_their_words(steward: Browser, visitor: Browser) -> None:
    text = {"en": "Wheelbarrow " + "counted again and again. " * 20_000}
    made = create(
        steward, notes_translated=text, provenance=["Schubkarre " + "ä" * 9_000] * 1 + ["b" * 30_000]
    )
    assert visitor.call("package_show", id=made["id"])["notes_translated"] == {"en": text["en"].strip()}
    for word in ("wheelbarrow", "Schubkarre"):
        assert [row["id"] for row in visitor.call("package_search", q=word)["results"]] == [made["id"]]


# --- lists, statements, spans of time


def test_lists_take_one_value_or_many_and_drop_what_says_nothing(steward: Browser) -> None:
    shown = create(
        steward,
        alternate_identifier="doi:10.5072/x",
        provenance=["Gezählt.\nVon Hand.", "", None, "Gezählt.\nVon Hand."],
        conforms_to='["https://www.ogc.org/x", "Hausnorm"]',
        documentation=[" https://www.herne.de/a "],
        temporal_resolution="15 Minuten",
        spatial_resolution_in_meters="2,5",
        version=" 2.1 ",
        resources=[{"url": "https://herne.de/a", "compress_format": "GZIP", "rights": "Ohne Gewähr."}],
    )
    assert shown["alternate_identifier"] == ["doi:10.5072/x"]
    assert shown["provenance"] == ["Gezählt.\nVon Hand."]
    assert shown["conforms_to"] == ["https://www.ogc.org/x", "Hausnorm"]
    assert shown["documentation"] == ["https://www.herne.de/a"]
    assert shown["temporal_resolution"] == "PT15M"
    assert shown["spatial_resolution_in_meters"] == "2.5"
    assert shown["version"] == "2.1"
    assert shown["resources"][0]["compress_format"] == "application/gzip"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"provenance": ["ok", ["x"]]}, "provenance"),
        ({"conforms_to": ["https://exa mple.org"]}, "conforms_to"),
        ({"documentation": ["ok"]}, "documentation"),
        ({"temporal_resolution": "täglich"}, "temporal_resolution"),
        ({"spatial_resolution_in_meters": "1.000"}, "spatial_resolution_in_meters"),
        ({"spatial_resolution_in_meters": -1}, "spatial_resolution_in_meters"),
        ({"version": "1" * 101}, "version"),
        ({"uri": "kein URI"}, "uri"),
        ({"creator": ["Amt"]}, "creator"),
        ({"qualified_relation": [{"relation": "x"}]}, "qualified_relation"),
        ({"spatial_coverage": [{"bbox": "7,51"}]}, "spatial_coverage"),
        ({"contact": [{"telephone": "ruf an"}]}, "contact"),
    ],
)
def test_values_that_mean_nothing_are_refused(steward: Browser, fields: dict[str, Any], place: str) -> None:
    assert refusal(steward, **fields).keys() == {place}


def test_an_unknown_model_dataset_gets_proposals(steward: Browser) -> None:
    known = create(steward, musterdatensatz="Abfallkalender")["musterdatensatz"]
    assert known == "https://musterdatenkatalog.de/def/musterdatensatz/abfallentsorgung/abfallkalender"
    assert "Abfallkalender" in refusal(steward, musterdatensatz="Abfalkalender 1")["musterdatensatz"][0]


def test_roles_come_from_the_list_or_have_an_address(steward: Browser) -> None:
    roles = ["Bearbeiter", "https://example.org/role/x"]
    shown = create(steward, qualified_attribution=[{"role": role, "name": "Amt"} for role in roles])
    stored = [entry["role"] for entry in shown["qualified_attribution"]]
    assert stored == [
        "http://inspire.ec.europa.eu/metadata-codelist/ResponsiblePartyRole/processor",
        roles[1],
    ]
    assert refusal(steward, qualified_attribution=[{"role": "Chef"}]).keys() == {"qualified_attribution"}


# --- high-value data


@pytest.mark.parametrize("tick", [True, "true", "ja", "on"])
def test_a_tick_and_a_category_make_high_value_data(steward: Browser, tick: Any) -> None:
    shown = create(steward, hvd=tick, hvd_category=["Mobilität"])
    assert (shown["hvd"], shown["hvd_category"]) == ("true", [MOBILITY])
    assert "applicable_legislation" not in shown  # the catalogue for GovData says it


def test_a_category_counts_as_tick_and_either_alone_is_an_error(steward: Browser) -> None:
    shown = create(steward, hvd_category=[MOBILITY])
    assert shown["hvd"] == "true"
    assert "Haken" in refusal(steward, hvd=True)["hvd_category"][0]
    assert "Haken" in refusal(steward, hvd="false", hvd_category=[MOBILITY])["hvd_category"][0]
    assert refusal(steward, hvd="vielleicht", hvd_category=[MOBILITY]).keys() == {"hvd"}
    steward.call("package_patch", id=shown["id"], hvd="false", hvd_category=[])
    assert create(steward, hvd=False).get("hvd", "") == ""


# --- licences


def test_a_licence_that_is_not_open_is_allowed_with_a_word_about_it(
    steward: Browser, visitor: Browser
) -> None:
    files = [{"url": "https://herne.de/a"}, {"url": "https://herne.de/b", "license_id": "cc-zero"}]
    text = {"license_attribution_by_text": "Stadt Herne"}
    closed = create(steward, title="Geschlossen", license_id="cc-by-nc/4.0", **text, resources=files)
    shown = visitor.call("package_show", id=closed["id"])
    assert "offene" in shown["license_warning"]
    assert "offene" in shown["resources"][0]["license_warning"]
    assert "license_warning" not in shown["resources"][1]
    found = visitor.call("package_search", fq=f"id:{closed['id']}")["results"][0]
    assert found["license_warning"] == shown["license_warning"]
    assert shown["license_warning"] not in str(steward.call("package_update", **shown).get("extras"))
    opened = steward.call("package_patch", id=closed["id"], license_id="cc-zero")
    assert "license_warning" not in opened
    assert "license_warning" not in steward.call("package_show", id=closed["id"])


def test_a_foreign_licence_is_passed_on_with_a_word_about_it(steward: Browser) -> None:
    foreign = "https://www.landkarte.example/lizenz"
    shown = create(steward, license_id=foreign)
    assert shown["license_id"] == foreign
    assert foreign in shown["license_warning"]
    assert refusal(steward, license_id="http://dcat-ap.de/def/licenses/dl-zero-de/9").keys() == {"license_id"}


# --- identifiers that others have given (K25, K26)


def test_an_update_that_does_not_mention_identifiers_leaves_them(steward: Browser) -> None:
    given = {
        "uri": "urn:uuid:0b0e7c1e-0000-4000-8000-00000000abcd",
        "identifier": "AZ 12/3 (b)",
        "alternate_identifier": ["https://doi.org/10.5072/A_b", " 7 "],
    }
    created = create(steward, **given)
    updated = steward.call("package_update", id=created["id"], title="Neu", notes="Neu", name=created["name"])
    assert updated["uri"] == given["uri"]
    assert updated["identifier"] == given["identifier"]
    assert updated["alternate_identifier"] == ["https://doi.org/10.5072/A_b", "7"]
    answer = steward.submit(f"/dataset/edit/{created['name']}", "dataset-edit", "save", title="Formular")
    assert answer.status_code == 302
    after = steward.call("package_show", id=created["id"])
    assert {name: after[name] for name in given} == {name: updated[name] for name in given}


def test_a_uri_names_one_entry_only(steward: Browser) -> None:
    first = create(steward, uri="https://alt.example.org/datensatz/1")
    own = f"{SITE}/dataset/{first['id']}"
    for taken in (first["uri"], own, f" {first['uri']} "):
        assert refusal(steward, uri=taken).keys() == {"uri"}
    assert refusal(steward, type="dataset_series", uri=first["uri"]).keys() == {"uri"}
    assert steward.call("package_patch", id=first["id"], uri=own, title="Neu")["uri"] == own
    steward.call("package_delete", id=first["id"])
    assert create(steward, uri="https://alt.example.org/datensatz/1")["uri"] == first["uri"]


# --- organizations


def test_an_organization_is_a_local_authority_unless_it_says_otherwise(steward: Browser) -> None:
    made = steward.call(
        "organization_create",
        name="tiefbau",
        title="Tiefbau",
        title_translated={"de": "Tiefbau", "en": "Civil engineering"},
        email="tiefbau@herne.de",
        telephone="02323 16-0",
        contact_url="https://www.herne.de/kontakt",
    )
    assert made["publisher_type"].endswith("/LocalAuthority")
    assert made["title_translated"] == {"en": "Civil engineering"}
    steward.call("organization_patch", id=made["id"], publisher_type="RegionalAuthority")
    changed = steward.call("organization_show", id=made["id"])
    assert changed["publisher_type"].endswith("/RegionalAuthority")
    steward.call("organization_patch", id=made["id"], title="Tiefbauamt")
    kept = steward.call("organization_show", id=made["id"])
    assert (kept["publisher_type"], kept["telephone"]) == (changed["publisher_type"], "02323 16-0")
    assert kept["title_translated"] == {"en": "Civil engineering"}


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "keine"},
        {"url": "herne"},
        {"uri": "x"},
        {"telephone": "ruf an"},
        {"title_translated": ["x"]},
    ],
)
def test_an_organization_with_a_bad_value_is_refused(steward: Browser, fields: dict[str, Any]) -> None:
    errors = steward.call("organization_create", ok=False, name="schlecht", title="Schlecht", **fields)
    assert errors.keys() - {"__type"} == fields.keys()
