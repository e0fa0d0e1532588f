"""The feed as a harvester meets it over HTTP: conditional, packed, refusing with a remedy, never wrong."""

from __future__ import annotations

import gzip
import logging
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.common import config
from ckan.tests import helpers
from ckanext.herne.feed import pages, staging, store
from ckanext.herne.feed.conditional import Conditional
from ckanext.herne.feed.fragments import Fragment, digest
from ckanext.herne.feed.model import change_table, entry_table, fragment_table
from ckanext.herne.feed.syntaxes import ENDINGS, SYNTAXES
from flask import Response
from herne_testing.publishing import admin, change, create
from rdflib import DCAT, DCTERMS, RDF, Graph, Namespace, URIRef

pytestmark = pytest.mark.usefixtures("portal", "tidy")

SITE = "http://herne.test"
DQV = Namespace("http://www.w3.org/ns/dqv#")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
HARVESTER = "text/turtle, application/rdf+xml;q=0.9, application/ld+json;q=0.8"


def settle() -> None:
    """Let the last change lie more than a second back."""
    aged = change_table.update().values(at=change_table.c.at - sa.text("interval '5 seconds'"))
    model.Session.execute(aged)
    model.Session.commit()


def delete(dataset: dict[str, Any]) -> None:
    helpers.call_action("package_delete", admin(), id=dataset["id"])


def titles(text: str | bytes) -> set[str]:
    graph = Graph().parse(data=text, format="turtle")
    return {str(graph.value(node, DCTERMS.title)) for node in graph.subjects(RDF.type, DCAT.Dataset)}


@pytest.mark.parametrize("path", ["/catalog.ttl", "/catalog.jsonld", "/dataset/gut.ttl", "/catalog/changes"])
def test_who_knows_the_tag_gets_nothing_again(portal: Any, path: str) -> None:
    dataset = create(name="gut")
    first = portal.get(path, status=200)
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    assert not first.headers.get("Set-Cookie")
    again = portal.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    change(dataset, title="Anders")
    assert portal.get(path, headers={"If-None-Match": tag}, status=200).headers["ETag"] != tag


def test_a_conditional_answer_reads_no_text(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    create()
    tag = portal.get("/catalog.ttl").headers["ETag"]
    asked = []
    read = store.parts
    monkeypatch.setattr(store, "parts", lambda *arguments: asked.append(arguments) or read(*arguments))
    portal.get("/catalog.ttl", headers={"If-None-Match": tag}, status=304)
    assert not asked
    portal.get("/catalog.ttl", status=200)
    assert asked


def test_a_known_tag_is_answered_without_reading_the_packages_again(
    portal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = create()
    ask = {"If-None-Match": portal.get("/catalog.ttl?page=1").headers["ETag"]}
    portal.get("/catalog.ttl?page=1", headers=ask, status=304)
    asked = []
    read = store.rows
    monkeypatch.setattr(store, "rows", lambda *arguments: asked.append(arguments) or read(*arguments))
    portal.get("/catalog.ttl?page=1", headers=ask, status=304)
    assert not asked
    portal.get("/catalog.ttl?page=1", headers={"If-None-Match": '"other"'}, status=200)
    change(dataset, title="Anders")
    portal.get("/catalog.ttl?page=1", headers=ask, status=200)


def test_a_text_that_is_repaired_otherwise_has_another_tag(portal: Any) -> None:
    dataset = create(name="gut")
    ask = {"If-None-Match": portal.get("/catalog.ttl").headers["ETag"]}
    portal.get("/catalog.ttl", headers=ask, status=304)
    text = store.texts([dataset["id"]], "ttl")[dataset["id"]]
    content = f"{text.content}# otherwise\n"
    staging.restore(dataset["id"], {"ttl": Fragment(content, text.beside, digest(content, text.beside))})
    model.Session.commit()
    assert "# otherwise" in portal.get("/catalog.ttl", headers=ask, status=200).body


@pytest.mark.parametrize("origin", [{}, {"Origin": "https://karte.example"}])
def test_an_early_answer_is_the_portals_own(
    portal: Any, monkeypatch: pytest.MonkeyPatch, origin: dict[str, str]
) -> None:
    create()
    ask = {"If-None-Match": portal.get("/catalog.ttl").headers["ETag"], **origin}
    early = portal.get("/catalog.ttl", headers=ask, status=304)
    monkeypatch.setattr(Conditional, "_answer", lambda *_: None)
    late = portal.get("/catalog.ttl", headers=ask, status=304)
    told = [{**answer.headers, "Vary": "", "Date": ""} for answer in (early, late)]
    assert told[0] == told[1]
    assert "Cookie" not in early.headers["Vary"]


def test_an_early_answer_asks_for_no_user(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    create()
    tag = portal.get("/catalog.ttl").headers["ETag"]
    monkeypatch.setattr("ckan.config.middleware.flask_app.identify_user", lambda: Response(status=418))
    assert portal.get("/catalog.ttl").status_code == 418
    assert portal.get("/catalog.ttl", headers={"If-None-Match": tag}).status_code == 304


def test_an_early_answer_waits_for_new_settings(portal: Any) -> None:
    create()
    tag = portal.get("/catalog.ttl").headers["ETag"]
    before = config["ckan.site_title"]
    try:
        # another process does this; this one has not read it yet
        model.set_system_info("ckan.site_title", "Neuer Titel")
        model.set_system_info("ckan.config_update", "1700000000.0")
        told = portal.get("/catalog.ttl", headers={"If-None-Match": tag})
        assert (told.status_code, "Neuer Titel" in told.body) == (200, True)
    finally:
        model.set_system_info("ckan.site_title", before)
        model.set_system_info("ckan.config_update", "1700000001.0")
        portal.get("/catalog.ttl")


@pytest.mark.parametrize(
    ("query", "status"),
    [("?page=7", 404), ("?page=abc", 400), ("?profiles=euro_dcat_ap_3", 200), ("?q=nichts+davon", 200)],
)
def test_a_condition_changes_no_other_answer(portal: Any, query: str, status: int) -> None:
    create()
    tag = portal.get("/catalog.ttl").headers["ETag"]
    assert portal.get(f"/catalog.ttl{query}", headers={"If-None-Match": tag}).status_code == status


def test_who_knows_the_time_gets_nothing_again(portal: Any) -> None:
    dataset = create()
    settle()
    last = portal.get("/catalog.ttl").headers["Last-Modified"]
    assert portal.get("/catalog.ttl", headers={"If-Modified-Since": last}).status_code == 304
    wrong_tag = {"If-Modified-Since": last, "If-None-Match": '"other"'}
    assert portal.get("/catalog.ttl", headers=wrong_tag).status_code == 200
    delete(dataset)
    assert portal.get("/catalog.ttl", headers={"If-Modified-Since": last}).status_code == 200


def test_a_time_that_may_not_be_the_last_of_its_second_is_not_told(portal: Any) -> None:
    create()
    model.Session.execute(change_table.update().values(at=sa.text("now() + interval '1 minute'")))
    model.Session.commit()
    assert "Last-Modified" not in portal.get("/catalog.ttl").headers


def test_a_change_elsewhere_leaves_a_page_as_it_is(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(config, "ckanext.dcat.datasets_per_page", 2)
    made = [create(title=f"Datensatz {number}") for number in range(5)]
    tags = [portal.get(f"/catalog.ttl?page={number}").headers["ETag"] for number in (1, 2, 3)]
    change(made[4], title="Anders")
    now = [portal.get(f"/catalog.ttl?page={number}").headers["ETag"] for number in (1, 2, 3)]
    assert [old == new for old, new in zip(tags, now, strict=True)] == [False, True, False]


def test_what_stands_beside_counts_for_the_tag(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(config, "ckanext.dcat.datasets_per_page", 1)
    series = create(type="dataset_series", title="Reihe")
    create(title="Teil", in_series=[f"{SITE}/dataset/{series['id']}"])
    create(title="Noch einer")
    tags = [portal.get(f"/catalog.ttl?page={number}").headers["ETag"] for number in (2, 3)]
    change(series, title="Umbenannt")
    assert "Umbenannt" in portal.get("/catalog.ttl?page=2").body
    now = [portal.get(f"/catalog.ttl?page={number}").headers["ETag"] for number in (2, 3)]
    assert [old == new for old, new in zip(tags, now, strict=True)] == [False, True]


def test_packed_it_is_the_same_text_under_another_tag(portal: Any) -> None:
    create()
    plain = portal.get("/catalog.ttl", headers={"Accept-Encoding": "gzip;q=0"})
    packed = portal.get("/catalog.ttl", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert packed.headers["ETag"] != plain.headers["ETag"]
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert "must-revalidate" in answer.headers["Cache-Control"]
    again = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert portal.get("/catalog.ttl", headers=again).status_code == 304


def test_head_tells_what_get_would_send(portal: Any) -> None:
    create()
    got, head = portal.get("/catalog.ttl"), portal.test_client().head("/catalog.ttl")
    assert head.data == b""
    for name in ("ETag", "Content-Length", "Content-Type", "Vary"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("ending", ENDINGS)
def test_each_ending_has_its_media_type(portal: Any, ending: str) -> None:
    create(name="gut")
    for path in (f"/catalog.{ending}", f"/dataset/gut.{ending}", f"/dataset/gut/quality.{ending}"):
        answer = portal.get(path, status=200)
        assert answer.headers["Content-Type"] == f"{ENDINGS[ending].media_type}; charset=utf-8"
        assert len(Graph().parse(data=answer.data, format=ENDINGS[ending].library_name)) > 5


@pytest.mark.parametrize("number", ["0", "-1", "abc", "1.5", "00", "²", "1e3", " 1"])
def test_a_number_that_is_none_is_refused_with_a_remedy(portal: Any, number: str) -> None:
    create()
    answer = portal.get("/catalog.ttl", query_string={"page": number})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "page=1" in answer.body


def test_beyond_the_last_page_the_last_one_is_named(portal: Any) -> None:
    create()
    for number in ("2", "9" * 30):
        answer = portal.get(f"/catalog.ttl?page={number}&q=Gut")
        assert answer.status_code == 404
        plain = portal.get(f"/catalog.ttl?page={number}")
        assert plain.status_code == 404
        assert f"{SITE}/catalog.ttl?page=1" in plain.body


@pytest.mark.parametrize("query", ["modified_since=gestern", "q=title:[", "fq={!parent}x", "since=x"])
def test_a_filter_that_is_none_is_refused(portal: Any, query: str) -> None:
    path = "/catalog/changes" if query.startswith("since") else "/catalog.ttl"
    create()
    answer = portal.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("accept", "of_catalogue", "of_dataset"),
    [
        (BROWSER, "/dataset/", "text/html"),
        ("", "text/turtle", "text/html"),
        ("*/*", "text/turtle", "text/html"),
        (HARVESTER, "text/turtle", "text/turtle"),
        ("application/rdf+xml, */*;q=0.1", "application/rdf+xml", "application/rdf+xml"),
        ("application/ld+json", "application/ld+json", "application/ld+json"),
        ("application/n-triples", "application/n-triples", "application/n-triples"),
        ("text/n3", "text/n3", "text/n3"),
        ("image/png", "text/turtle", "text/html"),
        ("text/html;q=0.5, text/turtle;q=0.4", "/dataset/", "text/html"),
    ],
)
def test_the_client_says_what_it_prefers(
    portal: Any, accept: str, of_catalogue: str, of_dataset: str
) -> None:
    create(name="gut")
    headers = {"Accept": accept} if accept else {}
    got = portal.get("/catalog", headers=headers, follow_redirects=False)
    assert of_catalogue in (got.headers.get("Location"), got.mimetype)
    assert "Accept" in got.headers["Vary"]
    for path in ("/dataset/gut", "/", "/organization/stadt-herne"):
        got = portal.get(path, headers=headers, status=200)
        assert got.mimetype == of_dataset
        assert "Accept" in got.headers["Vary"]
        assert ("<html" in got.body) == (of_dataset == "text/html")


def test_negotiation_refuses_as_the_plain_address_does(portal: Any) -> None:
    hidden = create(private=True)
    answer = portal.get(f"/dataset/{hidden['id']}", headers={"Accept": HARVESTER})
    assert answer.status_code == 403
    assert answer.mimetype == "text/plain"
    assert portal.get("/dataset/gibt-es-nicht", headers={"Accept": HARVESTER}).status_code == 404


def test_a_feed_that_was_lost_is_no_empty_catalogue(portal: Any) -> None:
    create()
    model.Session.execute(fragment_table.delete())
    model.Session.execute(entry_table.delete())
    model.Session.execute(
        change_table.insert().values(at=sa.func.now(), package_id="x", uri="x", kind="withdrawn")
    )
    model.Session.commit()
    for path in ("/catalog.ttl", "/catalog.xml?q=Gut", "/organization/stadt-herne/catalog.ttl"):
        answer = portal.get(path)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "dcat:Catalog" not in answer.body


def test_without_any_public_dataset_the_catalogue_is_empty(portal: Any) -> None:
    create(private=True)
    answer = portal.get("/catalog.ttl", status=200)
    assert titles(answer.data) == set()
    assert "dcat:Catalog" in answer.body


def test_without_the_search_the_feed_goes_on(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    create(title="Da")
    monkeypatch.setitem(config, "solr_url", "http://127.0.0.1:9/solr/ckan")
    assert titles(portal.get("/catalog.ttl", status=200).data) == {"Da"}
    assert portal.get("/organization/stadt-herne/catalog.ttl").status_code == 200
    answer = portal.get("/catalog.ttl?q=Da")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "modified_since" in answer.body  # says what works without the search


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(pages.log, "disabled", False)  # CKAN's migrations disable every logger there is
    caplog.set_level(logging.WARNING, pages.log.name)
    return caplog


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("harm", ["content", "beside", "digest", "all gone"])
def test_a_damaged_text_is_never_served(
    portal: Any, log: pytest.LogCaptureFixture, syntax: str, harm: str
) -> None:
    series = create(type="dataset_series", title="Reihe")
    create(title="Teil", name="teil", in_series=[f"{SITE}/dataset/{series['id']}"])
    path = f"/dataset/teil.{syntax}"
    before = portal.get(path)
    condition = fragment_table.c.syntax == syntax
    harmed = (
        fragment_table.delete() if harm == "all gone" else fragment_table.update().values({harm: "<x> <y> 1"})
    )
    model.Session.execute(harmed.where(condition))
    model.Session.commit()
    after = portal.get(path, status=200)
    statements = [
        set(Graph().parse(data=answer.data, format=SYNTAXES[syntax].library_name))
        for answer in (before, after)
    ]
    assert statements[0] == statements[1]
    assert "damaged" in log.text
    assert "http://www.w3.org/ns/dqv" in after.body
    log.clear()
    assert portal.get(path).data == after.data
    assert "damaged" not in log.text


def test_a_lost_connection_costs_no_page(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(config, "ckanext.dcat.datasets_per_page", 1)
    for number in range(3):
        create(title=f"Datensatz {number}")
    seen: set[str] = set()
    for number in (1, 2, 3):
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        model.Session.remove()
        with model.meta.engine.connect() as connection:
            connection.execute(sa.text(f"{others} AND usename = current_user"))
        seen |= titles(portal.get(f"/catalog.ttl?page={number}", status=200).data)
    assert seen == {"Datensatz 0", "Datensatz 1", "Datensatz 2"}


def test_what_was_withdrawn_is_gone_and_says_so(portal: Any) -> None:
    dataset = create(name="weg")
    before = portal.get("/dataset/weg.ttl", status=200)
    delete(dataset)
    for path in ("/dataset/weg.ttl", f"/dataset/{dataset['id']}.ttl", f"/dataset_series/{dataset['id']}.ttl"):
        answer = portal.get(path, headers={"If-None-Match": before.headers["ETag"]})
        assert answer.status_code == 410
        graph = Graph().parse(data=answer.data, format="turtle")
        (subject,) = set(graph.subjects())
        assert str(subject) == f"{SITE}/dataset/{dataset['id']}"
        assert "Gut" not in answer.body


def test_what_was_made_private_is_gone_at_once(portal: Any) -> None:
    dataset = create(name="bald-geheim", title="Bald geheim")
    change(dataset, private=True)
    assert portal.get("/dataset/bald-geheim.ttl").status_code == 410
    assert titles(portal.get("/catalog.ttl").data) == set()
    change(dataset, private=False)
    assert titles(portal.get("/dataset/bald-geheim.ttl", status=200).data) == {"Bald geheim"}


def test_a_merged_dataset_leads_to_the_one_that_stays(portal: Any) -> None:
    gone, kept = create(title="Doppelt"), create(title="Bleibt")
    helpers.call_action("herne_dataset_merge", admin(), id=gone["id"], into=kept["id"])
    answer = portal.get(f"/dataset/{gone['id']}.ttl")
    assert answer.status_code == 410
    replacement = f"{SITE}/dataset/{kept['id']}"
    assert f"<{replacement}>" in answer.headers["Link"]
    graph = Graph().parse(data=answer.data, format="turtle")
    assert set(graph.objects(None, DCTERMS.isReplacedBy)) == {URIRef(replacement)}


def test_a_dataset_with_errors_is_not_in_the_catalogue(portal: Any) -> None:
    held = create(title="Ohne Dateien", resources=[])
    answer = portal.get(f"/dataset/{held['id']}.ttl")
    assert answer.status_code == 404
    assert answer.mimetype == "text/plain"


def test_changes_can_be_followed_without_a_crawl(portal: Any) -> None:
    start = portal.get("/catalog/changes?limit=1").json["newest"]
    made = [create(title=f"Datensatz {number}") for number in range(3)]
    change(made[1], title="Anders")
    delete(made[0])
    followed, address = [], f"{SITE}/catalog/changes?since={start}&limit=2"
    while True:
        page = portal.get(address.removeprefix(SITE), status=200).json
        followed += page["changes"]
        address = page["next"]
        if not page["more"]:
            break
    told = [(entry["kind"], entry["uri"].rpartition("/")[2]) for entry in followed]
    ids = [dataset["id"] for dataset in made]
    assert told == [
        ("created", ids[0]),
        ("created", ids[1]),
        ("created", ids[2]),
        ("changed", ids[1]),
        ("withdrawn", ids[0]),
    ]
    assert set(page["fields"]) == set(followed[0])
    assert page["newest"] == followed[-1]["number"]
    assert not portal.get(address.removeprefix(SITE)).json["changes"]
    assert portal.get(followed[1]["address"].removeprefix(SITE)).status_code == 200


@pytest.mark.parametrize("query", ["since=-1", "since=x", "limit=1001", "limit=x", "since=" + "9" * 40])
def test_a_place_in_the_log_that_is_none_is_refused(portal: Any, query: str) -> None:
    answer = portal.get(f"/catalog/changes?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.body


def test_the_measured_quality_is_where_the_dataset_says(portal: Any) -> None:
    dataset = create(name="gut")
    node = URIRef(f"{SITE}/dataset/{dataset['id']}")
    said = Graph().parse(data=portal.get("/dataset/gut.ttl").data, format="turtle")
    (address,) = said.objects(node, DQV.hasQualityMetadata)
    measured = Graph().parse(
        data=portal.get(str(address).removeprefix(SITE), status=200).data, format="turtle"
    )
    assert len(set(measured.objects(node, DQV.hasQualityMeasurement))) == 3
    hidden = create(private=True)
    assert portal.get(f"/dataset/{hidden['id']}/quality.ttl").status_code == 403
